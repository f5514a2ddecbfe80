/* SPDX-License-Identifier: MIT */
/* The vocabulary every room and every host shares: types, values, error codes.
 * It declares no function. <ryx.h> includes it. */
#ifndef RYX_VALUE_H
#define RYX_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RYX_MUST         __attribute__((warn_unused_result))
#define RYX_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define RYX_MUST
#define RYX_PRINTF(f, a)
#endif

/* X(NAME, "name"): the types a value can have. The number is part of the query
 * description, so new types are added at the end. */
#define RYX_TYPES(X)          \
  X(NULL, "null")             \
  X(BOOL, "bool")             \
  X(INT, "int")               \
  X(DOUBLE, "double")         \
  X(TEXT, "text")             \
  X(BYTES, "bytes")           \
  X(DECIMAL, "decimal")       \
  X(DATE, "date")             \
  X(TIME, "time")             \
  X(DATETIME, "datetime")     \
  X(DATETIMETZ, "datetimetz") \
  X(DURATION, "duration")     \
  X(UUID, "uuid")             \
  X(JSON, "json")             \
  X(ARRAY, "array")

typedef enum {
#define X(name, text) RYX_T_##name,
  RYX_TYPES(X)
#undef X
      RYX_T_MAX
} ryx_type;

/* One value. `type` says which member counts:
 *
 *   NULL            elem may say which type it would have (0: not known)
 *   BOOL        i   0 or 1
 *   INT         i
 *   DOUBLE      d   NaN and infinities included
 *   TEXT        s   UTF-8, may hold NUL bytes
 *   BYTES       s
 *   DECIMAL     s   canonical text: -?digits[.digits], "NaN" (PostgreSQL)
 *   DATE        i   days since 1970-01-01, proleptic Gregorian
 *   TIME        i   microseconds since midnight
 *   DATETIME    i   microseconds since 1970-01-01 00:00:00, no zone
 *   DATETIMETZ  i   microseconds since 1970-01-01 00:00:00 UTC
 *   DURATION    i   microseconds
 *   UUID        s   36 bytes, lower case with hyphens
 *   JSON        s   a JSON document
 *   ARRAY       s   a JSON array whose items are `elem` values: integers and
 *                   doubles as numbers (NaN, Infinity, -Infinity as strings),
 *                   booleans, text and JSON as they are, bytes as hex strings,
 *                   all others as strings in the form given by value/text.h;
 *                   nested arrays nest
 *
 * INT64_MAX and INT64_MIN in DATE, DATETIME and DATETIMETZ are PostgreSQL's
 * infinity and -infinity. `s` is borrowed: whoever hands the value over says
 * for how long. `s` need not end in NUL. */
typedef struct ryx_val {
  uint8_t type;      /* ryx_type */
  uint8_t elem;      /* ryx_type of the items of an ARRAY; of a NULL */
  uint16_t reserved; /* 0; other values are for use inside */
  uint32_t len;      /* bytes at s */
  union {
    int64_t i;
    double d;
    const char *s;
  } u;
} ryx_val;

/* Microseconds, the unit of TIME, DATETIME and DURATION: a day has no leap
 * second. Macros, because an enum holds an int. */
#define RYX_SECOND_US INT64_C(1000000)
#define RYX_MINUTE_US (60 * RYX_SECOND_US)
#define RYX_HOUR_US   (60 * RYX_MINUTE_US)
#define RYX_DAY_US    (24 * RYX_HOUR_US)

/* The years that texts and parts may name. A database may hold others. */
enum { RYX_YEAR_MIN = 1, RYX_YEAR_MAX = 9999 };

/* Civil time, proleptic Gregorian. */
typedef struct ryx_civil {
  int year, month, day, hour, minute, second, micro;
} ryx_civil;

/* X(NAME, code, "kind"): every way a call can fail. `kind` is what Lua and
 * Python see as err.kind. */
#define RYX_ERRORS(X)                              \
  X(VALIDATION, -1, "validation")                  \
  X(DOES_NOT_EXIST, -2, "does_not_exist")          \
  X(MULTIPLE_OBJECTS, -3, "multiple_objects")      \
  X(FIELD, -4, "field_error")                      \
  X(UNIQUE, -5, "unique_violation")                \
  X(FOREIGN_KEY, -6, "foreign_key_violation")      \
  X(NOT_NULL, -7, "not_null_violation")            \
  X(CHECK, -8, "check_violation")                  \
  X(PROTECTED, -9, "protected")                    \
  X(OPERATIONAL, -10, "operational")               \
  X(CONNECTION, -11, "connection")                 \
  X(TIMEOUT, -12, "timeout")                       \
  X(CANCELLED, -13, "cancelled")                   \
  X(SERIALIZATION, -14, "serialization")           \
  X(DEADLOCK, -15, "deadlock")                     \
  X(COMMIT_UNKNOWN, -16, "commit_unknown")         \
  X(TRANSACTION_BROKEN, -17, "transaction_broken") \
  X(UNSUPPORTED, -18, "unsupported")               \
  X(MISUSE, -19, "misuse")                         \
  X(NOMEM, -20, "out_of_memory")

typedef enum {
  RYX_OK = 0,
#define X(name, code, text) RYX_E_##name = code,
  RYX_ERRORS(X)
#undef X
} ryx_code;

/* A number of the query description by its name: "JOIN", "left", 2. */
typedef struct ryx_number {
  const char *list, *name;
  int number;
} ryx_number;

enum { RYX_NAME_MAX = 127, RYX_MESSAGE_MAX = 1023 };

/* What went wrong, filled once, where it is known. Strings end in NUL; a field
 * the database does not tell is "". Long messages are cut at a character. */
typedef struct ryx_err {
  int code;         /* RYX_E_*, or 0 when nothing failed */
  int native;       /* the database's own number, or 0 */
  char sqlstate[6]; /* five characters, or "" */
  char constraint[RYX_NAME_MAX + 1];
  char table[RYX_NAME_MAX + 1];
  char column[RYX_NAME_MAX + 1];
  char message[RYX_MESSAGE_MAX + 1];
  char detail[RYX_MESSAGE_MAX + 1]; /* holds values of rows: not for logs */
} ryx_err;

#endif
