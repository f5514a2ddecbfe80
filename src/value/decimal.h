/* SPDX-License-Identifier: MIT */
/* Exact decimals over GMP: scaled integers read from and written to text. */
#ifndef RYX_VALUE_DECIMAL_H
#define RYX_VALUE_DECIMAL_H

#include "base/buf.h"
#include "ryx_value.h"

typedef struct ryx_span {
  const char *s;
  size_t n;
} ryx_span;

/* -1, 0, 1; both must be canonical (ryx_text_decimal), else 2. NaN sorts last.
 */
int ryx_decimal_cmp(ryx_span a, ryx_span b);
/* a op b with op one of + - * /; scale of + and - is the larger one, of * the
 * sum, of / the larger one + 4, rounded half away from zero. Division by zero
 * and NaN are RYX_E_VALIDATION. Appends to out. */
RYX_MUST int ryx_decimal_op(char op, ryx_span a, ryx_span b, ryx_buf *out,
                            ryx_err *e);
/* a with exactly `places` digits after the point. exact: losing a digit that
 * is not 0 is RYX_E_VALIDATION; else rounds half away from zero. */
RYX_MUST int ryx_decimal_quantize(ryx_span a, int places, bool exact,
                                  ryx_buf *out, ryx_err *e);
/* Digits before and after the point of a canonical decimal, for max_digits. */
void ryx_decimal_digits(ryx_span a, int *before, int *after);

/* A running exact sum, for SQLite's decimal_sum and
 * ryx_decimal_avg. */
typedef struct ryx_decimal_acc ryx_decimal_acc;
RYX_MUST ryx_decimal_acc *ryx_decimal_acc_new(void);
RYX_MUST int ryx_decimal_acc_add(ryx_decimal_acc *acc, ryx_span a, bool minus);
RYX_MUST int ryx_decimal_acc_text(const ryx_decimal_acc *acc, ryx_buf *out);
/* The sum divided by n > 0 with exactly `places` digits after the point,
 * rounded once, half away from zero. */
RYX_MUST int ryx_decimal_acc_average(const ryx_decimal_acc *acc, int64_t n,
                                     int places, ryx_buf *out, ryx_err *e);
void ryx_decimal_acc_free(ryx_decimal_acc *acc);

#endif
