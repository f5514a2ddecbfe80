/* SPDX-License-Identifier: MIT */
/* Reading CSV in parts. */
#include "value/csv.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* A value: its bytes in the text, without quotes. */
typedef struct cell {
  size_t at;
  uint32_t len;
  bool quoted;
  bool doubled; /* quotes inside, to be halved */
} cell;

struct ryx_csv {
  ryx_buf text;
  size_t at;  /* of the next row */
  bool over;  /* no more text comes */
  bool begun; /* a byte order mark would be behind us */
  cell *cells;
  size_t n_cells, cap;
  int width;    /* values of a row, 0: not known */
  int64_t rows; /* read so far */
};

ryx_csv *ryx_csv_open(void)
{
  ryx_csv *c = ryx_mem_new(sizeof *c);

  if (c) ryx_buf_init(&c->text, 0);
  return c;
}

void ryx_csv_close(ryx_csv *c)
{
  if (!c) return;
  ryx_buf_fini(&c->text);
  ryx_mem_free(c->cells);
  ryx_mem_free(c);
}

int ryx_csv_width(const ryx_csv *c)
{
  return c->width;
}

/* What has been read makes room. */
static void drop_read(ryx_csv *c)
{
  size_t left = c->text.len - c->at;

  if (c->at == 0) return;
  memmove(c->text.data, c->text.data + c->at, left);
  c->text.len = left;
  c->at = 0;
}

static void skip_bom(ryx_csv *c)
{
  c->begun = c->begun || c->rows > 0;
  if (c->begun || c->text.len < 3) return;
  c->begun = true;
  if (memcmp(c->text.data, "\xEF\xBB\xBF", 3) == 0) c->at = 3;
}

int ryx_csv_give(ryx_csv *c, const char *s, size_t n, ryx_err *e)
{
  int rc;

  c->n_cells = 0;
  drop_read(c);
  if (n == 0) c->over = true;
  rc = ryx_buf_put(&c->text, s, n);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc < 0) return ryx_err_set(e, RYX_E_VALIDATION, "a row is over 1 GiB");
  skip_bom(c);
  return 0;
}

static int add(ryx_csv *c, const cell *one)
{
  if (c->n_cells == c->cap) {
    size_t cap = c->cap ? 2 * c->cap : 256;
    cell *more = ryx_mem_grow(c->cells, cap, sizeof *more);

    if (!more) return RYX_E_NOMEM;
    c->cells = more;
    c->cap = cap;
  }
  c->cells[c->n_cells++] = *one;
  return 0;
}

/* How a value ended. */
typedef enum { COMMA, LINE, NEEDS_MORE, LOOSE_QUOTE, NO_END } ending;

/* *at is behind the value; what follows decides. */
static ending end_of(const ryx_csv *c, size_t *at)
{
  const char *s = c->text.data;
  size_t n = c->text.len;

  if (*at == n) return c->over ? LINE : NEEDS_MORE;
  if (s[*at] == ',') {
    ++*at;
    return COMMA;
  }
  if (s[*at] == '\r') {
    if (*at + 1 == n && !c->over) return NEEDS_MORE;
    if (*at + 1 < n && s[*at + 1] == '\n') ++*at;
    ++*at;
    return LINE;
  }
  if (s[*at] != '\n') return LOOSE_QUOTE;
  ++*at;
  return LINE;
}

static ending read_quoted(const ryx_csv *c, size_t *at, cell *out)
{
  const char *s = c->text.data;
  size_t n = c->text.len, i = *at + 1;

  *out = (cell){.at = i, .quoted = true};
  for (;;) {
    const char *q = i < n ? memchr(s + i, '"', n - i) : NULL;

    if (!q) return c->over ? NO_END : NEEDS_MORE;
    i = (size_t)(q - s) + 1;
    if (i == n && !c->over) return NEEDS_MORE;
    if (i == n || s[i] != '"') break;
    out->doubled = true;
    i++;
  }
  out->len = (uint32_t)(i - 1 - out->at);
  *at = i;
  return end_of(c, at);
}

static ending read_value(const ryx_csv *c, size_t *at, cell *out)
{
  const char *s = c->text.data;
  size_t n = c->text.len, i = *at;

  if (i < n && s[i] == '"') return read_quoted(c, at, out);
  while (i < n && s[i] != ',' && s[i] != '\n' && s[i] != '\r' && s[i] != '"')
    i++;
  *out = (cell){.at = *at, .len = (uint32_t)(i - *at)};
  *at = i;
  return end_of(c, at);
}

static void halve_quotes(ryx_csv *c, cell *one)
{
  char *s = c->text.data + one->at;
  uint32_t to = 0;

  for (uint32_t i = 0; i < one->len; i++) {
    s[to++] = s[i];
    if (s[i] == '"') i++;
  }
  one->len = to;
}

static int refuse(const ryx_csv *c, ending how, ryx_err *e)
{
  long long row = (long long)c->rows + 1;

  if (how == NO_END) {
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "line of values %lld: a value in quotes has no end",
                       row);
  }
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "line of values %lld: a quote, or text behind one, in a "
                     "value: quotes stand around a value, and double inside",
                     row);
}

static int check_width(ryx_csv *c, size_t n, ryx_err *e)
{
  if (c->width == 0) c->width = (int)n;
  if ((size_t)c->width == n) return 0;
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "line of values %lld has %zu of them, the first one %d",
                     (long long)c->rows + 1, n, c->width);
}

/* 1: a row; 0: more bytes are needed, or there are none. */
static int read_row(ryx_csv *c, ryx_err *e)
{
  size_t at = c->at, first = c->n_cells;
  ending how;
  cell one;

  if (at == c->text.len) return 0;
  do {
    how = read_value(c, &at, &one);
    if (how == NEEDS_MORE) {
      c->n_cells = first;
      return 0;
    }
    if (how != COMMA && how != LINE) return refuse(c, how, e);
    if (add(c, &one) < 0) return ryx_err_nomem(e);
  } while (how == COMMA);
  if (check_width(c, c->n_cells - first, e) < 0) return RYX_E_VALIDATION;
  for (size_t i = first; i < c->n_cells; i++)
    if (c->cells[i].doubled) halve_quotes(c, &c->cells[i]);
  c->at = at;
  c->rows++;
  return 1;
}

int ryx_csv_read(ryx_csv *c, int max, ryx_err *e)
{
  int n = 0;

  c->n_cells = 0;
  while (n < max) {
    int rc = read_row(c, e);

    if (rc < 0) return rc;
    if (rc == 0) break;
    n++;
  }
  return n;
}

void ryx_csv_get(const ryx_csv *c, int row, int col, ryx_val *out)
{
  size_t i = (size_t)row * (size_t)c->width + (size_t)col;

  *out = (ryx_val){0};
  if (row < 0 || col < 0 || col >= c->width || i >= c->n_cells) return;
  if (c->cells[i].len == 0 && !c->cells[i].quoted) return;
  out->type = RYX_T_TEXT;
  out->len = c->cells[i].len;
  out->u.s = c->text.data + c->cells[i].at;
}
