/* SPDX-License-Identifier: MIT */
/* Text forms of values: reading and writing, and turning a value into another
 * type. Nothing here depends on a database or a locale. */
#ifndef RYX_VALUE_TEXT_H
#define RYX_VALUE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "ryx_value.h"

const char *ryx_type_name(int type); /* "datetime"; "?" when out of range */
int ryx_type_of(const char *name);   /* -1 when unknown */

bool ryx_text_valid(const char *s, size_t n);     /* UTF-8 without surrogates */
int64_t ryx_text_length(const char *s, size_t n); /* characters */

/* Readers: the whole of s must be the value (no spaces around it). 0, or
 * RYX_E_VALIDATION with a message that quotes the text.
 *
 *  int       -?digits within int64
 *  double    C locale, also NaN, Infinity, -Infinity, inf, -inf
 *  bool      true false t f 1 0 yes no on off (any case)
 *  date      YYYY-MM-DD, year 1-9999
 *  time      HH:MM[:SS[.f{1,6}]]
 *  datetime  date, then [T or space] time, then nothing, Z, or +-HH[:MM[:SS]]
 *            which is converted to UTC; a bare date is its midnight; more than
 *            6 digits of a fraction are an error, never a cut
 *  duration  ISO 8601 PnDTnHnMnS, or [-][D day[s] ][-]HH:MM:SS[.f{1,6}]
 *  uuid      36 with hyphens, 32 without, any case; braces and urn:uuid: may
 *            stand around it
 *  decimal   -?digits[.digits][e+-n], NaN; made canonical (no exponent, no '+',
 *            no leading zeros, no -0, trailing zeros kept) in the arena; at
 *            most 131072 digits before and 16383 after the point */
RYX_MUST int ryx_text_int(const char *s, size_t n, int64_t *out, ryx_err *e);
RYX_MUST int ryx_text_double(const char *s, size_t n, double *out, ryx_err *e);
RYX_MUST int ryx_text_bool(const char *s, size_t n, int64_t *out, ryx_err *e);
RYX_MUST int ryx_text_date(const char *s, size_t n, int64_t *out, ryx_err *e);
RYX_MUST int ryx_text_time(const char *s, size_t n, int64_t *out, ryx_err *e);
RYX_MUST int ryx_text_datetime(const char *s, size_t n, int64_t *out,
                               ryx_err *e);
RYX_MUST int ryx_text_duration(const char *s, size_t n, int64_t *out,
                               ryx_err *e);
RYX_MUST int ryx_text_uuid(const char *s, size_t n, char out[37], ryx_err *e);
RYX_MUST int ryx_text_decimal(const char *s, size_t n, ryx_arena *a,
                              ryx_val *out, ryx_err *e);

/* RYX_E_VALIDATION: "cannot read 's' as date: expected ...". */
int ryx_text_bad(ryx_err *e, const char *s, size_t n, int type);

/* Writers. Buffers of RYX_TEXT_MAX bytes are enough for every one; all return
 * the number of bytes written (a NUL follows).
 *
 *  int       decimal digits            double  shortest text that reads back
 *  date      YYYY-MM-DD                time    HH:MM:SS.ffffff
 *  datetime  YYYY-MM-DD HH:MM:SS.ffffff (26 characters)
 *  duration  [-]HH:MM:SS.ffffff, hours may be more than two digits */
enum { RYX_TEXT_MAX = 40 };
int ryx_text_put_int(char *out, int64_t v);
int ryx_text_put_double(char *out, double v);
int ryx_text_put_date(char *out, int64_t days);
int ryx_text_put_time(char *out, int64_t us);
int ryx_text_put_datetime(char *out, int64_t us);
int ryx_text_put_duration(char *out, int64_t us);
/* Any value without bytes by its writer; "true", "false", "null". */
int ryx_text_put(char *out, const ryx_val *v);
/* Any of these four, and a datetimetz, as ISO 8601: T and Z, no fraction of
 * zero, [-]PnDTnHnMn.nS. Nothing (0) for another type. */
int ryx_text_put_iso(char *out, const ryx_val *v);

/* Turns *v into type `want` in place; bytes that must be made go to the arena.
 * Only what loses nothing: text to any type by the readers above, int to
 * double (when exact), decimal, bool (0, 1) and text; double to int when whole;
 * bool to int; date to datetime; datetime and datetimetz into each other; any
 * of them to text by the writers; text to bytes and back when valid UTF-8;
 * text to JSON means "this is a document"; an array to JSON. NULL stays NULL.
 * RYX_E_VALIDATION: "cannot read 'x' as date". */
RYX_MUST int ryx_val_cast(ryx_val *v, int want, ryx_arena *a, ryx_err *e);

/* The value lives in u.s and len, not in i or d. */
bool ryx_val_has_bytes(const ryx_val *v);

/* Copies what v borrows into the arena. */
RYX_MUST int ryx_val_copy(ryx_val *v, ryx_arena *a);

/* A one-line picture of a value for errors and logs, cut at 60 bytes. */
void ryx_val_show(const ryx_val *v, char out[80]);

#endif
