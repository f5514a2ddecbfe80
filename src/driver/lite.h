/* SPDX-License-Identifier: MIT */
/* The SQLite driver: statements run inside step and block. */
#ifndef RYX_DRIVER_LITE_H
#define RYX_DRIVER_LITE_H

#include "driver/driver.h"

extern const ryx_driver ryx_lite_driver;

#endif
