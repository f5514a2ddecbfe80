/* SPDX-License-Identifier: MIT */
/* Sums of doubles as integers times a power of two, which is what doubles are:
 * nothing is lost, so there is nothing to keep stable. */
#include "value/spread.h"

#include <gmp.h>
#include <math.h>

#include "base/mem.h"

enum { MANTISSA = 53 };

/* sum and squares are in units of 2^exponent and 2^(2 * exponent); item is the
 * room for one value. */
struct ryx_spread {
  int64_t n, n_odd; /* finite values; NaN and infinities */
  long exponent;
  mpz_t sum, squares, item;
};

ryx_spread *ryx_spread_new(void)
{
  ryx_spread *s = ryx_mem_new(sizeof *s);

  if (s) mpz_inits(s->sum, s->squares, s->item, NULL);
  return s;
}

void ryx_spread_free(ryx_spread *s)
{
  if (!s) return;
  mpz_clears(s->sum, s->squares, s->item, NULL);
  ryx_mem_free(s);
}

static void set_int(mpz_t z, int64_t v)
{
  uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

  mpz_import(z, 1, 1, sizeof size, 0, 0, &size);
  if (v < 0) mpz_neg(z, z);
}

/* Adds item * 2^exponent. A finer unit than before makes all sums finer. */
static void add(ryx_spread *s, long exponent, bool remove)
{
  if (exponent < s->exponent) {
    unsigned long finer = (unsigned long)(s->exponent - exponent);

    mpz_mul_2exp(s->sum, s->sum, finer);
    mpz_mul_2exp(s->squares, s->squares, 2 * finer);
    s->exponent = exponent;
  }
  mpz_mul_2exp(s->item, s->item, (unsigned long)(exponent - s->exponent));
  s->n += remove ? -1 : 1;
  if (remove) {
    mpz_sub(s->sum, s->sum, s->item);
    mpz_submul(s->squares, s->item, s->item);
  } else {
    mpz_add(s->sum, s->sum, s->item);
    mpz_addmul(s->squares, s->item, s->item);
  }
}

void ryx_spread_int(ryx_spread *s, int64_t v, bool remove)
{
  set_int(s->item, v);
  add(s, 0, remove);
}

void ryx_spread_double(ryx_spread *s, double v, bool remove)
{
  int exponent;
  double fraction;

  if (!isfinite(v)) {
    s->n_odd += remove ? -1 : 1;
    return;
  }
  if (v == floor(v) && fabs(v) < 9e15) {
    ryx_spread_int(s, (int64_t)v, remove);
    return;
  }
  fraction = frexp(v, &exponent);
  set_int(s->item, (int64_t)ldexp(fraction, MANTISSA));
  add(s, exponent - MANTISSA, remove);
}

/* a / b * 2^exponent, where a and b may be beyond every double. */
static double quotient(const mpz_t a, const mpz_t b, long exponent)
{
  signed long ea, eb;
  double fa = mpz_get_d_2exp(&ea, a), fb = mpz_get_d_2exp(&eb, b);
  long e = ea - eb + exponent;

  if (e > 4096) e = 4096;
  if (e < -4096) e = -4096;
  return ldexp(fa / fb, (int)e);
}

bool ryx_spread_variance(const ryx_spread *s, bool sample, double *out)
{
  mpz_t above, below, n;

  if (s->n + s->n_odd <= (sample ? 1 : 0)) return false;
  *out = NAN;
  if (s->n_odd > 0) return true;
  mpz_inits(above, below, n, NULL);
  set_int(n, s->n);
  set_int(below, sample ? s->n - 1 : s->n);
  mpz_mul(below, below, n);
  mpz_mul(above, s->squares, n);
  mpz_submul(above, s->sum, s->sum);
  *out = quotient(above, below, 2 * s->exponent);
  mpz_clears(above, below, n, NULL);
  return true;
}
