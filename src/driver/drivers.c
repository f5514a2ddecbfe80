/* SPDX-License-Identifier: MIT */
/* The drivers of this build. The build defines RYX_WITH_PG, RYX_WITH_MY and
 * RYX_WITH_LITE as 1 for the client libraries that it found. */
#include "driver/driver.h"

#ifndef RYX_WITH_PG
#define RYX_WITH_PG 0
#endif
#ifndef RYX_WITH_MY
#define RYX_WITH_MY 0
#endif
#ifndef RYX_WITH_LITE
#define RYX_WITH_LITE 0
#endif

#if RYX_WITH_PG
#include "driver/pg.h"
#endif
#if RYX_WITH_MY
#include "driver/my.h"
#endif
#if RYX_WITH_LITE
#include "driver/lite.h"
#endif

const ryx_driver *const ryx_drivers[] = {
#if RYX_WITH_PG
    &ryx_pg_driver,
#endif
#if RYX_WITH_MY
    &ryx_my_driver,
#endif
#if RYX_WITH_LITE
    &ryx_lite_driver,
#endif
    NULL,
};

const char *const ryx_drivers_missing[] = {
#if !RYX_WITH_PG
    "postgres", "libpq-dev",      "postgresql", "libpq-dev",
#endif
#if !RYX_WITH_MY
    "mysql",    "libmariadb-dev", "mariadb",    "libmariadb-dev",
#endif
#if !RYX_WITH_LITE
    "sqlite",   "libsqlite3-dev",
#endif
    NULL,
};
