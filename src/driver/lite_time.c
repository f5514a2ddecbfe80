/* SPDX-License-Identifier: MIT */
/* Owns the functions over datetimes in their storage form: sums, differences,
 * and the wall time of a zone. NULL in is NULL out. */
#include "base/err.h"
#include "driver/lite_conn.h"
#include "value/text.h"
#include "value/time.h"
#include "value/zone.h"

enum { DATE_LENGTH = 10, DATETIME_LENGTH = 26 };

/* A date is its midnight. False after having reported what else v is. */
static bool read_datetime(sqlite3_context *ctx, sqlite3_value *v, int64_t *us)
{
  const char *s = (const char *)sqlite3_value_text(v);
  int n = sqlite3_value_bytes(v);
  ryx_err e = {0};
  int rc;

  if (!s) {
    sqlite3_result_error_nomem(ctx);
    return false;
  }
  rc = n == DATE_LENGTH || n == DATETIME_LENGTH
           ? ryx_text_datetime(s, (size_t)n, us, &e)
           : ryx_text_bad(&e, s, (size_t)n, RYX_T_DATETIME);
  if (rc < 0) ryx_lite_functions_fail(ctx, &e);
  return rc == 0;
}

static void put_datetime(sqlite3_context *ctx, int64_t us)
{
  char text[RYX_TEXT_MAX];
  int n;

  if (!ryx_civil_has_datetime(us)) {
    sqlite3_result_error(ctx, "the datetime leaves the years 1 to 9999", -1);
    return;
  }
  n = ryx_text_put_datetime(text, us);
  sqlite3_result_text(ctx, text, n, SQLITE_TRANSIENT);
}

static void datetime_add(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  int64_t us;

  if (ryx_lite_functions_any_null(n, v)) return;
  if (sqlite3_value_type(v[1]) != SQLITE_INTEGER) {
    sqlite3_result_error(ctx, "a duration is a number of microseconds", -1);
    return;
  }
  if (!read_datetime(ctx, v[0], &us)) return;
  if (__builtin_add_overflow(us, sqlite3_value_int64(v[1]), &us))
    us = INT64_MAX;
  put_datetime(ctx, us);
}

static void datetime_diff(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  int64_t a, b;

  if (ryx_lite_functions_any_null(n, v)) return;
  if (!read_datetime(ctx, v[0], &a) || !read_datetime(ctx, v[1], &b)) return;
  sqlite3_result_int64(ctx, a - b);
}

static void free_zone(void *p)
{
  ryx_zone_free(p);
}

static ryx_zone *open_zone(sqlite3_context *ctx, sqlite3_value *v)
{
  const char *name = (const char *)sqlite3_value_text(v);
  ryx_zone *zone = NULL;
  ryx_err e = {.code = RYX_E_NOMEM};

  if (name &&
      ryx_zone_open(name, (size_t)sqlite3_value_bytes(v), &zone, &e) == 0)
    return zone;
  ryx_lite_functions_fail(ctx, &e);
  return NULL;
}

/* A zone that is the same for all rows is read once, for the first. Results
 * change only with the system's zone files; PostgreSQL too takes such functions
 * for pure. */
static void local(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_zone *zone = sqlite3_get_auxdata(ctx, 1), *made = NULL;
  int64_t us;

  if (ryx_lite_functions_any_null(n, v)) return;
  if (!read_datetime(ctx, v[0], &us)) return;
  if (!zone) zone = made = open_zone(ctx, v[1]);
  if (!zone) return;
  us +=
      ryx_zone_offset(zone, ryx_time_floor(us, RYX_SECOND_US)) * RYX_SECOND_US;
  put_datetime(ctx, us);
  /* Last, because SQLite may free it at once. */
  if (made) sqlite3_set_auxdata(ctx, 1, made, free_zone);
}

int ryx_lite_time(sqlite3 *db)
{
  static const ryx_lite_function all[] = {
      {"ryx_datetime_add", 2, datetime_add, NULL},
      {"ryx_datetime_diff", 2, datetime_diff, NULL},
      {"ryx_local", 2, local, NULL},
      {NULL, 0, NULL, NULL},
  };

  return ryx_lite_functions_add(db, all);
}
