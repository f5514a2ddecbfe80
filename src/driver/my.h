/* SPDX-License-Identifier: MIT */
/* The driver over MariaDB Connector/C, for MariaDB and MySQL servers. */
#ifndef RYX_DRIVER_MY_H
#define RYX_DRIVER_MY_H

#include "driver/driver.h"

extern const ryx_driver ryx_my_driver;

#endif
