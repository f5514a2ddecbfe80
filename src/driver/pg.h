/* SPDX-License-Identifier: MIT */
/* The PostgreSQL driver, over libpq in pipeline mode. */
#ifndef RYX_DRIVER_PG_H
#define RYX_DRIVER_PG_H

#include "driver/driver.h"

extern const ryx_driver ryx_pg_driver;

#endif
