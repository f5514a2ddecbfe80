/* SPDX-License-Identifier: MIT */
/* JSON over jansson: a ryx_json is a json_t. Written by our own code, because
 * canonical text must not depend on the library's version or the locale. */
#include "value/json.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "value/text.h"

/* jansson's readers take no const. */
static json_t *node(const ryx_json *j)
{
  union {
    const ryx_json *in;
    json_t *out;
  } u = {.in = j};
  return u.out;
}

static ryx_json *handle(json_t *j)
{
  return (ryx_json *)j;
}

/* json_loadb asks the locale for its decimal point, and ends the process where
 * that is more than one byte. */
static int load(const char *s, size_t n, json_t **doc, json_error_t *why)
{
  const size_t flags =
      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0), before;

  if (!c_locale) return RYX_E_NOMEM;
  before = uselocale(c_locale);
  *doc = json_loadb(s, n, flags, why);
  uselocale(before);
  freelocale(c_locale);
  if (*doc) return 0;
  return json_error_code(why) == json_error_out_of_memory ? RYX_E_NOMEM
                                                          : RYX_E_VALIDATION;
}

int ryx_json_parse(const char *s, size_t n, ryx_json **out, ryx_err *e)
{
  json_error_t why;
  json_t *doc;
  const char *nul;
  int rc;

  *out = NULL;
  /* jansson takes a NUL for the end and would not look further. */
  nul = n > 0 ? memchr(s, '\0', n) : NULL;
  if (nul) {
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "invalid JSON at byte %zu: a NUL byte must be escaped",
                       (size_t)(nul - s));
  }
  rc = load(s, n, &doc, &why);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc < 0) {
    return ryx_err_set(e, RYX_E_VALIDATION, "invalid JSON at byte %d: %s",
                       why.position, why.text);
  }
  *out = handle(doc);
  return 0;
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* The end of the string that begins at s. */
static const char *skip_string(const char *s, const char *end)
{
  for (s++; s < end && *s != '"'; s++) {
    if (*s == '\\' && s + 1 < end) s++;
  }
  return s < end ? s + 1 : end;
}

/* The end of the number that begins at s. */
static const char *skip_number(const char *s, const char *end, bool *is_whole)
{
  *is_whole = true;
  for (s++; s < end && (is_digit(*s) || strchr(".eE+-", *s)); s++) {
    if (!is_digit(*s)) *is_whole = false;
  }
  return s;
}

/* Copies a document; integers beyond int64 get a fraction. */
static int widen(const char *s, size_t n, ryx_buf *out)
{
  const char *end = s + n, *from;
  bool is_number, is_whole = false;
  int64_t ignored;
  int rc = 0;

  while (rc == 0 && s < end) {
    from = s;
    is_number = is_digit(*s) || *s == '-';
    if (is_number) {
      s = skip_number(s, end, &is_whole);
    } else {
      s = *s == '"' ? skip_string(s, end) : s + 1;
    }
    n = (size_t)(s - from);
    rc = ryx_buf_put(out, from, n);
    if (rc < 0 || !is_number || !is_whole) continue;
    if (ryx_text_int(from, n, &ignored, NULL) < 0) rc = ryx_buf_puts(out, ".0");
  }
  return rc;
}

int ryx_json_parse_stored(const char *s, size_t n, ryx_json **out, ryx_err *e)
{
  int rc = ryx_json_parse(s, n, out, e);
  ryx_buf text;

  if (rc != RYX_E_VALIDATION) return rc;
  ryx_buf_init(&text, 0);
  if (widen(s, n, &text) < 0) {
    rc = ryx_err_nomem(e);
  } else {
    rc = ryx_json_parse(text.data, text.len, out, e);
  }
  ryx_buf_fini(&text);
  return rc;
}

bool ryx_json_has_nul(const char *s, size_t n)
{
  const char *end = s + n;

  while (s < end && (s = memchr(s, '\\', (size_t)(end - s)))) {
    if (end - s >= 6 && memcmp(s, "\\u0000", 6) == 0) return true;
    s += 2;
  }
  return false;
}

void ryx_json_free(ryx_json *doc)
{
  json_decref(node(doc));
}

ryx_json_kind ryx_json_type(const ryx_json *j)
{
  static const ryx_json_kind kinds[] = {
      [JSON_NULL] = RYX_JSON_NULL,   [JSON_FALSE] = RYX_JSON_FALSE,
      [JSON_TRUE] = RYX_JSON_TRUE,   [JSON_INTEGER] = RYX_JSON_INT,
      [JSON_REAL] = RYX_JSON_DOUBLE, [JSON_STRING] = RYX_JSON_STRING,
      [JSON_ARRAY] = RYX_JSON_ARRAY, [JSON_OBJECT] = RYX_JSON_OBJECT,
  };

  return kinds[json_typeof(node(j))];
}

int64_t ryx_json_int(const ryx_json *j)
{
  return json_integer_value(node(j));
}

double ryx_json_double(const ryx_json *j)
{
  return json_number_value(node(j));
}

const char *ryx_json_string(const ryx_json *j, size_t *n)
{
  *n = json_string_length(node(j));
  return json_string_value(node(j));
}

size_t ryx_json_size(const ryx_json *j)
{
  return json_is_array(node(j)) ? json_array_size(node(j))
                                : json_object_size(node(j));
}

const ryx_json *ryx_json_at(const ryx_json *j, size_t i)
{
  return handle(json_array_get(node(j), i));
}

bool ryx_json_pair(const ryx_json *j, void **it, const char **key, size_t *nkey,
                   const ryx_json **value)
{
  *it = *it ? json_object_iter_next(node(j), *it) : json_object_iter(node(j));
  if (!*it) return false;
  *key = json_object_iter_key(*it);
  *nkey = strlen(*key); /* jansson refuses NUL in keys */
  *value = handle(json_object_iter_value(*it));
  return true;
}

const ryx_json *ryx_json_get(const ryx_json *j, const char *key)
{
  return handle(json_object_get(node(j), key));
}

typedef struct pair {
  const char *key;
  size_t n;
  const ryx_json *value;
} pair;

static int by_key(const void *a, const void *b)
{
  const pair *x = a, *y = b;

  return strcmp(x->key, y->key); /* compares as unsigned bytes */
}

static int write_array(const ryx_json *j, ryx_buf *out)
{
  int rc = ryx_buf_putc(out, '[');

  for (size_t i = 0; rc == 0 && i < ryx_json_size(j); i++) {
    if (i > 0) rc = ryx_buf_putc(out, ',');
    if (rc == 0) rc = ryx_json_write(ryx_json_at(j, i), out);
  }
  return rc < 0 ? rc : ryx_buf_putc(out, ']');
}

static int write_pairs(const pair *pairs, size_t n, ryx_buf *out)
{
  int rc = ryx_buf_putc(out, '{');

  for (size_t i = 0; rc == 0 && i < n; i++) {
    if (i > 0) rc = ryx_buf_putc(out, ',');
    if (rc == 0) rc = ryx_json_put_string(out, pairs[i].key, pairs[i].n);
    if (rc == 0) rc = ryx_buf_putc(out, ':');
    if (rc == 0) rc = ryx_json_write(pairs[i].value, out);
  }
  return rc < 0 ? rc : ryx_buf_putc(out, '}');
}

static int write_object(const ryx_json *j, ryx_buf *out)
{
  size_t n = 0;
  pair *pairs = ryx_mem_array(ryx_json_size(j), sizeof *pairs);
  void *it = NULL;
  int rc;

  if (!pairs) return RYX_E_NOMEM;
  while (ryx_json_pair(j, &it, &pairs[n].key, &pairs[n].n, &pairs[n].value)) {
    if (++n == ryx_json_size(j)) break;
  }
  qsort(pairs, n, sizeof *pairs, by_key);
  rc = write_pairs(pairs, n, out);
  ryx_mem_free(pairs);
  return rc;
}

int ryx_json_write(const ryx_json *j, ryx_buf *out)
{
  const char *s;
  size_t n;

  switch (ryx_json_type(j)) {
    case RYX_JSON_NULL: return ryx_buf_put(out, "null", 4);
    case RYX_JSON_FALSE: return ryx_buf_put(out, "false", 5);
    case RYX_JSON_TRUE: return ryx_buf_put(out, "true", 4);
    case RYX_JSON_INT: return ryx_json_put_int(out, ryx_json_int(j));
    case RYX_JSON_DOUBLE: return ryx_json_put_double(out, ryx_json_double(j));
    case RYX_JSON_STRING:
      s = ryx_json_string(j, &n);
      return ryx_json_put_string(out, s, n);
    case RYX_JSON_ARRAY: return write_array(j, out);
    case RYX_JSON_OBJECT: return write_object(j, out);
  }
  return RYX_E_MISUSE;
}

/* The letter after the backslash of a short escape, or 0. */
static char short_escape(char c)
{
  switch (c) {
    case '"':
    case '\\': return c;
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
  }
}

static int put_escape(ryx_buf *out, char c)
{
  char letter = short_escape(c);
  char text[] = {'\\', letter};

  if (letter) return ryx_buf_put(out, text, 2);
  return ryx_buf_printf(out, "\\u%04x", (unsigned char)c);
}

/* Bytes of s before the first that a string cannot hold as it is. */
static size_t plain_run(const char *s, size_t n)
{
  size_t i = 0;

  while (i < n && (unsigned char)s[i] >= ' ' && s[i] != '"' && s[i] != '\\')
    i++;
  return i;
}

int ryx_json_put_string(ryx_buf *out, const char *s, size_t n)
{
  int rc;

  if (!ryx_text_valid(s, n)) return RYX_E_VALIDATION;
  rc = ryx_buf_reserve(out, n + 2);
  if (rc < 0) return rc;
  out->data[out->len++] = '"';
  for (;;) {
    size_t run = plain_run(s, n);
    rc = ryx_buf_put(out, s, run);
    if (rc < 0 || run == n) break;
    rc = put_escape(out, s[run]);
    if (rc < 0) break;
    s += run + 1;
    n -= run + 1;
  }
  return rc < 0 ? rc : ryx_buf_putc(out, '"');
}

int ryx_json_put_int(ryx_buf *out, int64_t v)
{
  char text[RYX_TEXT_MAX];

  return ryx_buf_put(out, text, (size_t)ryx_text_put_int(text, v));
}

int ryx_json_put_double(ryx_buf *out, double v)
{
  char text[RYX_TEXT_MAX + 2];
  int n;

  if (!isfinite(v)) return RYX_E_VALIDATION;
  n = ryx_text_put_double(text, v);
  if (!strpbrk(text, ".e")) {
    memcpy(text + n, ".0", 3); /* reads back as a double, not an integer */
    n += 2;
  }
  return ryx_buf_put(out, text, (size_t)n);
}
