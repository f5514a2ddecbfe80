/* SPDX-License-Identifier: MIT */
/* Exact decimals: a text is an integer and a scale. What text alone can answer
 * (comparing, adding zeros) never reaches GMP. */
#include "value/decimal.h"

#include <gmp.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { EXTRA_SCALE = 4, MAX_SCALE = 16383 };

/* A canonical decimal in its parts. */
typedef struct parts {
  bool minus;
  ryx_span whole, frac;
} parts;

static size_t count_digits(const char *s, size_t n)
{
  size_t i = 0;

  while (i < n && s[i] >= '0' && s[i] <= '9')
    i++;
  return i;
}

static bool is_zero(ryx_span digits)
{
  for (size_t i = 0; i < digits.n; i++) {
    if (digits.s[i] != '0') return false;
  }
  return true;
}

static bool is_nan(ryx_span t)
{
  return t.n == 3 && memcmp(t.s, "NaN", 3) == 0;
}

/* False when t is NaN or not canonical. */
static bool split(ryx_span t, parts *p)
{
  size_t n;

  p->minus = t.n > 0 && t.s[0] == '-';
  t.s += p->minus;
  t.n -= p->minus;
  n = count_digits(t.s, t.n);
  p->whole = (ryx_span){.s = t.s, .n = n};
  p->frac = (ryx_span){.s = t.s + n, .n = 0};
  if (n == 0 || (n > 1 && t.s[0] == '0')) return false;
  if (n < t.n) {
    if (t.s[n] != '.' || n + 1 == t.n) return false;
    p->frac = (ryx_span){.s = t.s + n + 1, .n = t.n - n - 1};
    if (count_digits(p->frac.s, p->frac.n) < p->frac.n) return false;
  }
  return !(p->minus && is_zero(p->whole) && is_zero(p->frac));
}

static int sign(int v)
{
  return (v > 0) - (v < 0);
}

/* Compares without the signs. Digits missing in a fraction are zeros. */
static int cmp_size(const parts *a, const parts *b)
{
  size_t n = a->frac.n < b->frac.n ? a->frac.n : b->frac.n;
  ryx_span rest_a = {.s = a->frac.s + n, .n = a->frac.n - n};
  ryx_span rest_b = {.s = b->frac.s + n, .n = b->frac.n - n};
  int c;

  if (a->whole.n != b->whole.n) return a->whole.n < b->whole.n ? -1 : 1;
  c = memcmp(a->whole.s, b->whole.s, a->whole.n);
  if (c == 0) c = memcmp(a->frac.s, b->frac.s, n);
  if (c != 0) return sign(c);
  return (int)!is_zero(rest_a) - (int)!is_zero(rest_b);
}

int ryx_decimal_cmp(ryx_span a, ryx_span b)
{
  bool nan_a = is_nan(a), nan_b = is_nan(b);
  parts x, y;

  if ((!nan_a && !split(a, &x)) || (!nan_b && !split(b, &y))) return 2;
  if (nan_a || nan_b) return (int)nan_a - (int)nan_b;
  if (x.minus != y.minus) return x.minus ? -1 : 1;
  return x.minus ? cmp_size(&y, &x) : cmp_size(&x, &y);
}

void ryx_decimal_digits(ryx_span a, int *before, int *after)
{
  parts p;

  *before = *after = 0;
  if (!split(a, &p)) return;
  *before = p.whole.s[0] == '0' ? 0 : (int)p.whole.n;
  *after = (int)p.frac.n;
}

/* p's digits as an integer. z is initialised. */
static int read_integer(const parts *p, mpz_t z)
{
  char small[128];
  size_t n = p->whole.n + p->frac.n;
  char *digits = n < sizeof small ? small : ryx_mem_alloc(n + 1);

  if (!digits) return RYX_E_NOMEM;
  memcpy(digits, p->whole.s, p->whole.n);
  memcpy(digits + p->whole.n, p->frac.s, p->frac.n);
  digits[n] = '\0';
  mpz_set_str(z, digits, 10);
  if (p->minus) mpz_neg(z, z);
  if (digits != small) ryx_mem_free(digits);
  return 0;
}

/* z *= 10^n */
static void scale_up(mpz_t z, size_t n)
{
  mpz_t power;

  if (n == 0) return;
  mpz_init(power);
  mpz_ui_pow_ui(power, 10, n);
  mpz_mul(z, z, power);
  mpz_clear(power);
}

/* z = z / d, half away from zero. d is not zero. */
static void divide(mpz_t z, const mpz_t d)
{
  int direction = mpz_sgn(z) * mpz_sgn(d);
  mpz_t rest;

  mpz_init(rest);
  mpz_tdiv_qr(z, rest, z, d);
  mpz_mul_2exp(rest, rest, 1);
  if (mpz_cmpabs(rest, d) >= 0 && direction > 0) mpz_add_ui(z, z, 1);
  if (mpz_cmpabs(rest, d) >= 0 && direction < 0) mpz_sub_ui(z, z, 1);
  mpz_clear(rest);
}

static int put_zeros(ryx_buf *out, size_t n)
{
  int rc = ryx_buf_reserve(out, n);

  if (rc < 0) return rc;
  memset(out->data + out->len, '0', n);
  out->len += n;
  out->data[out->len] = '\0';
  return 0;
}

static int put_digits(ryx_buf *out, const char *s, size_t n, size_t scale)
{
  size_t whole = n > scale ? n - scale : 0;
  int rc = whole > 0 ? ryx_buf_put(out, s, whole) : ryx_buf_putc(out, '0');

  if (rc < 0 || scale == 0) return rc;
  rc = ryx_buf_putc(out, '.');
  if (rc == 0 && n < scale) rc = put_zeros(out, scale - n);
  return rc < 0 ? rc : ryx_buf_put(out, s + whole, n - whole);
}

/* Appends z / 10^scale. */
static int put_integer(ryx_buf *out, const mpz_t z, size_t scale)
{
  size_t size = mpz_sizeinbase(z, 10) + 2;
  char small[128];
  char *text = size <= sizeof small ? small : ryx_mem_alloc(size);
  bool minus = mpz_sgn(z) < 0;
  int rc;

  if (!text) return RYX_E_NOMEM;
  mpz_get_str(text, 10, z);
  rc = minus ? ryx_buf_putc(out, '-') : 0;
  if (rc == 0) {
    rc = put_digits(out, text + minus, strlen(text) - minus, scale);
  }
  if (text != small) ryx_mem_free(text);
  return rc;
}

static int bad_decimal(ryx_err *e, ryx_span t)
{
  return ryx_err_set(e, RYX_E_VALIDATION, "cannot compute with '%.*s'",
                     t.n > 60 ? 60 : (int)t.n, t.s);
}

static int too_long(ryx_err *e, int rc)
{
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  return rc < 0 ? ryx_err_set(e, rc, "the decimal is too long") : 0;
}

/* z / 10^scale */
typedef struct scaled {
  mpz_t z;
  size_t scale;
} scaled;

/* x = x op y; y is used up. */
static void compute(char op, scaled *x, scaled *y)
{
  size_t scale = x->scale > y->scale ? x->scale : y->scale;

  if (op == '*') {
    mpz_mul(x->z, x->z, y->z);
    x->scale += y->scale;
    return;
  }
  scale_up(x->z, scale - x->scale);
  scale_up(y->z, scale - y->scale);
  x->scale = scale;
  if (op == '+') mpz_add(x->z, x->z, y->z);
  if (op == '-') mpz_sub(x->z, x->z, y->z);
  if (op != '/') return;
  x->scale += EXTRA_SCALE;
  scale_up(x->z, x->scale);
  divide(x->z, y->z);
}

int ryx_decimal_op(char op, ryx_span a, ryx_span b, ryx_buf *out, ryx_err *e)
{
  parts p, q;
  scaled x, y;
  int rc;

  if (op == '\0' || !strchr("+-*/", op)) {
    return ryx_err_set(e, RYX_E_MISUSE, "unknown decimal operator");
  }
  if (!split(a, &p)) return bad_decimal(e, a);
  if (!split(b, &q)) return bad_decimal(e, b);
  if (op == '/' && is_zero(q.whole) && is_zero(q.frac)) {
    return ryx_err_set(e, RYX_E_VALIDATION, "division by zero");
  }
  mpz_inits(x.z, y.z, NULL);
  x.scale = p.frac.n;
  y.scale = q.frac.n;
  rc = read_integer(&p, x.z);
  if (rc == 0) rc = read_integer(&q, y.z);
  if (rc == 0) {
    compute(op, &x, &y);
    rc = put_integer(out, x.z, x.scale);
  }
  mpz_clears(x.z, y.z, NULL);
  return too_long(e, rc);
}

/* The digits after `places` go away, rounded. */
static int round_to(const parts *p, size_t places, ryx_buf *out)
{
  mpz_t z, d;
  int rc;

  mpz_inits(z, d, NULL);
  rc = read_integer(p, z);
  mpz_ui_pow_ui(d, 10, p->frac.n - places);
  if (rc == 0) divide(z, d);
  if (rc == 0) rc = put_integer(out, z, places);
  mpz_clears(z, d, NULL);
  return rc;
}

static int check_places(int places, ryx_err *e)
{
  if (places >= 0 && places <= MAX_SCALE) return 0;
  return ryx_err_set(e, RYX_E_MISUSE, "decimal places must be 0 to %d",
                     MAX_SCALE);
}

int ryx_decimal_quantize(ryx_span a, int places, bool exact, ryx_buf *out,
                         ryx_err *e)
{
  parts p;
  ryx_span lost;
  size_t want = (size_t)places;
  int rc;

  if (!split(a, &p)) return bad_decimal(e, a);
  rc = check_places(places, e);
  if (rc < 0) return rc;
  if (p.frac.n > want) {
    lost = (ryx_span){.s = p.frac.s + want, .n = p.frac.n - want};
    if (exact && !is_zero(lost)) {
      return ryx_err_set(e, RYX_E_VALIDATION,
                         "'%.*s' has more than %d decimal places",
                         a.n > 60 ? 60 : (int)a.n, a.s, places);
    }
    rc = round_to(&p, want, out);
  } else {
    rc = ryx_buf_put(out, a.s, a.n);
    if (rc == 0 && p.frac.n == 0 && want > 0) rc = ryx_buf_putc(out, '.');
    if (rc == 0) rc = put_zeros(out, want - p.frac.n);
  }
  return too_long(e, rc);
}

struct ryx_decimal_acc {
  scaled sum, item;
};

ryx_decimal_acc *ryx_decimal_acc_new(void)
{
  ryx_decimal_acc *acc = ryx_mem_new(sizeof *acc);

  if (acc) mpz_inits(acc->sum.z, acc->item.z, NULL);
  return acc;
}

int ryx_decimal_acc_add(ryx_decimal_acc *acc, ryx_span a, bool minus)
{
  parts p;
  int rc;

  if (!split(a, &p)) return RYX_E_VALIDATION;
  rc = read_integer(&p, acc->item.z);
  if (rc < 0) return rc;
  acc->item.scale = p.frac.n;
  compute(minus ? '-' : '+', &acc->sum, &acc->item);
  return 0;
}

int ryx_decimal_acc_text(const ryx_decimal_acc *acc, ryx_buf *out)
{
  return put_integer(out, acc->sum.z, acc->sum.scale);
}

int ryx_decimal_acc_average(const ryx_decimal_acc *acc, int64_t n, int places,
                            ryx_buf *out, ryx_err *e)
{
  size_t want = (size_t)places, scale = acc->sum.scale;
  mpz_t z, d;
  int rc = check_places(places, e);

  if (rc < 0) return rc;
  mpz_init_set(z, acc->sum.z);
  mpz_init(d);
  mpz_import(d, 1, 1, sizeof n, 0, 0, &n);
  scale_up(z, want > scale ? want - scale : 0);
  scale_up(d, scale > want ? scale - want : 0);
  divide(z, d);
  rc = put_integer(out, z, want);
  mpz_clears(z, d, NULL);
  return too_long(e, rc);
}

void ryx_decimal_acc_free(ryx_decimal_acc *acc)
{
  if (!acc) return;
  mpz_clears(acc->sum.z, acc->item.z, NULL);
  ryx_mem_free(acc);
}
