/* SPDX-License-Identifier: MIT */
/* JSON documents and the arrays that are written in JSON (ryx_value.h). */
#ifndef RYX_VALUE_JSON_H
#define RYX_VALUE_JSON_H

#include "base/buf.h"
#include "ryx_value.h"

typedef struct ryx_json ryx_json; /* a parsed node; owned by its document */

typedef enum {
  RYX_JSON_NULL,
  RYX_JSON_FALSE,
  RYX_JSON_TRUE,
  RYX_JSON_INT,
  RYX_JSON_DOUBLE,
  RYX_JSON_STRING,
  RYX_JSON_ARRAY,
  RYX_JSON_OBJECT
} ryx_json_kind;

/* Parses one document (any value at the top). Integers beyond int64 and
 * numbers beyond double are RYX_E_VALIDATION, as is a repeated key. The caller
 * frees the document with ryx_json_free. */
RYX_MUST int ryx_json_parse(const char *s, size_t n, ryx_json **out,
                            ryx_err *e);
void ryx_json_free(ryx_json *doc); /* NULL is fine */
/* The same for a document that a database gives: PostgreSQL writes 1e300 with
 * all its digits, so integers beyond int64 are doubles. */
RYX_MUST int ryx_json_parse_stored(const char *s, size_t n, ryx_json **out,
                                   ryx_err *e);
/* The text of a document holds an escaped NUL. */
bool ryx_json_has_nul(const char *s, size_t n);

ryx_json_kind ryx_json_type(const ryx_json *j);
int64_t ryx_json_int(const ryx_json *j);
double ryx_json_double(const ryx_json *j);
const char *ryx_json_string(const ryx_json *j, size_t *n);
size_t ryx_json_size(const ryx_json *j); /* items of an array or object */
const ryx_json *ryx_json_at(const ryx_json *j, size_t i); /* array item */
/* Walks an object: *it starts at NULL, returns false at the end. */
bool ryx_json_pair(const ryx_json *j, void **it, const char **key, size_t *nkey,
                   const ryx_json **value);
const ryx_json *ryx_json_get(const ryx_json *j, const char *key); /* or NULL */

/* Writes a document in canonical form: keys sorted by bytes, no spaces, doubles
 * with the shortest text that reads back and always a '.' or exponent. */
RYX_MUST int ryx_json_write(const ryx_json *j, ryx_buf *out);

/* Pieces for writers that build text themselves (hosts encoding their own
 * values). s is checked: invalid UTF-8 is RYX_E_VALIDATION. A double that is
 * NaN or infinite is RYX_E_VALIDATION. */
RYX_MUST int ryx_json_put_string(ryx_buf *out, const char *s, size_t n);
RYX_MUST int ryx_json_put_int(ryx_buf *out, int64_t v);
RYX_MUST int ryx_json_put_double(ryx_buf *out, double v);

/* One item of an ARRAY value (ryx_value.h): v as JSON. */
RYX_MUST int ryx_json_put_item(ryx_buf *out, const ryx_val *v, ryx_err *e);

/* An ARRAY in JSON text and PostgreSQL's array literal, both ways; elem as in
 * ryx_val. "{}" and "[]" are the empty array. Ragged nesting is
 * RYX_E_VALIDATION (PostgreSQL has only boxes). */
RYX_MUST int ryx_json_array_to_pg(const char *s, size_t n, int elem,
                                  ryx_buf *out, ryx_err *e);
RYX_MUST int ryx_json_array_from_pg(const char *s, size_t n, int elem,
                                    ryx_buf *out, ryx_err *e);

#endif
