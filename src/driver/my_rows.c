/* SPDX-License-Identifier: MIT */
/* Owns the reading of results: columns by their metadata, cells from the binary
 * and the text protocol, straight into packed rows. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/my_conn.h"
#include "value/text.h"
#include "value/time.h"

enum { BINARY_CHARSET = 63 };

/* What the cells of a column are; RYX_T_NULL: each says it itself. */
static const uint8_t types[] = {
    [MY_INT] = RYX_T_INT,         [MY_UINT64] = RYX_T_NULL,
    [MY_FLOAT] = RYX_T_DOUBLE,    [MY_DOUBLE] = RYX_T_DOUBLE,
    [MY_DECIMAL] = RYX_T_DECIMAL, [MY_DATE] = RYX_T_DATE,
    [MY_TIME] = RYX_T_NULL,       [MY_DATETIME] = RYX_T_DATETIME,
    [MY_BIT] = RYX_T_NULL,        [MY_TEXT_CELL] = RYX_T_TEXT,
    [MY_BYTES] = RYX_T_BYTES,     [MY_JSON] = RYX_T_JSON,
    [MY_UUID] = RYX_T_UUID,
};

static bool attr_is(const MYSQL_FIELD *f, enum mariadb_field_attr_t which,
                    const char *word)
{
  MARIADB_CONST_STRING s = {NULL, 0};

  if (mariadb_field_attr(&s, f, which) || !s.str) return false;
  return s.length == strlen(word) && memcmp(s.str, word, s.length) == 0;
}

static my_kind text_kind(const MYSQL_FIELD *f)
{
  if (attr_is(f, MARIADB_FIELD_ATTR_DATA_TYPE_NAME, "uuid")) return MY_UUID;
  if (attr_is(f, MARIADB_FIELD_ATTR_FORMAT_NAME, "json")) return MY_JSON;
  return f->charsetnr == BINARY_CHARSET ? MY_BYTES : MY_TEXT_CELL;
}

/* In the binary protocol; 0: the length stands before it. */
static uint8_t size_of(enum enum_field_types type)
{
  switch (type) {
    case MYSQL_TYPE_TINY: return 1;
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR: return 2;
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_FLOAT: return 4;
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_DOUBLE: return 8;
    default: return 0;
  }
}

static my_kind kind_of(const MYSQL_FIELD *f)
{
  switch (f->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG: return MY_INT;
    case MYSQL_TYPE_LONGLONG:
      return f->flags & UNSIGNED_FLAG ? MY_UINT64 : MY_INT;
    case MYSQL_TYPE_FLOAT: return MY_FLOAT;
    case MYSQL_TYPE_DOUBLE: return MY_DOUBLE;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: return MY_DECIMAL;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE: return MY_DATE;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2: return MY_TIME;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2: return MY_DATETIME;
    case MYSQL_TYPE_BIT: return MY_BIT;
    case MYSQL_TYPE_JSON: return MY_JSON;
    case MYSQL_TYPE_GEOMETRY: return MY_BYTES;
    default: return text_kind(f);
  }
}

static my_col col_of(const MYSQL_FIELD *f, const my_flavour *flavour)
{
  return (my_col){.kind = kind_of(f),
                  .may_be_bytes = flavour->keeps_types && !f->org_table_length,
                  .size = size_of(f->type),
                  .is_unsigned = (f->flags & UNSIGNED_FLAG) != 0};
}

static int reserve(my_conn *c, unsigned n)
{
  my_col *cols;

  if (n <= c->cols_cap) return 0;
  cols = ryx_mem_grow(c->cols, n, sizeof *cols);
  if (!cols) return RYX_E_NOMEM;
  c->cols = cols;
  c->cols_cap = n;
  return 0;
}

int ryx_my_rows_begin(my_conn *c, const MYSQL_FIELD *fields, unsigned n)
{
  int rc = reserve(c, n);

  for (unsigned i = 0; rc == 0 && i < n; i++)
    c->cols[i] = col_of(&fields[i], c->flavour);
  if (rc || c->run.pack) return rc; /* a batch goes on */
  rc = ryx_pack_new((int)n, &c->run.pack);
  for (unsigned i = 0; rc == 0 && i < n; i++) {
    int type = types[c->cols[i].kind];
    rc = ryx_pack_col(c->run.pack, (int)i, fields[i].name, type);
  }
  if (rc) {
    ryx_pack_free(c->run.pack);
    c->run.pack = NULL;
  }
  return rc;
}

static uint64_t little_endian(const unsigned char *p, size_t n)
{
  uint64_t v = 0;

  for (size_t i = 0; i < n; i++)
    v |= (uint64_t)p[i] << (8 * i);
  return v;
}

static uint64_t big_endian(const unsigned char *p, size_t n)
{
  uint64_t v = 0;

  for (size_t i = 0; i < n; i++)
    v = v << 8 | p[i];
  return v;
}

/* Bytes of a value that its length stands before; moves *p to its start. */
static size_t read_length(const unsigned char **p)
{
  size_t first = *(*p)++;
  size_t n = first < 251 ? 0 : first == 252 ? 2 : first == 253 ? 3 : 8;
  size_t len = n ? (size_t)little_endian(*p, n) : first;

  *p += n;
  return len;
}

static int set_int(ryx_val *cell, int type, int64_t v)
{
  cell->type = (uint8_t)type;
  cell->u.i = v;
  return 0;
}

static int set_double(ryx_val *cell, double v)
{
  cell->type = RYX_T_DOUBLE;
  cell->u.d = v;
  return 0;
}

/* Beyond int64 an integer is a decimal. */
static int set_unsigned(ryx_pack *p, ryx_val *cell, uint64_t v)
{
  char digits[24];
  size_t n = sizeof digits;

  if (v <= INT64_MAX) return set_int(cell, RYX_T_INT, (int64_t)v);
  for (; v; v /= 10)
    digits[--n] = (char)('0' + v % 10);
  return ryx_pack_bytes(p, cell, RYX_T_DECIMAL, digits + n, sizeof digits - n);
}

static int64_t sign_extended(uint64_t v, size_t size)
{
  unsigned shift = (unsigned)(64 - 8 * size);

  return (int64_t)(v << shift) >> shift;
}

static int set_float(ryx_val *cell, const unsigned char *p)
{
  uint32_t bits = (uint32_t)little_endian(p, 4);
  float f;

  memcpy(&f, &bits, sizeof f);
  return set_double(cell, (double)f);
}

static int set_bits(ryx_val *cell, const unsigned char *p)
{
  uint64_t bits = little_endian(p, 8);
  double d;

  memcpy(&d, &bits, sizeof d);
  return set_double(cell, d);
}

/* Length, year, month, day, hour, minute, second, microsecond; the zeros at the
 * end are left out. A date without a month or a day is none. */
static int set_datetime(ryx_val *cell, int type, const unsigned char *p,
                        size_t n)
{
  int64_t days, us = 0;

  if (n < 4 || p[2] == 0 || p[3] == 0)
    return set_int(cell, type, RYX_TIME_ZEROS);
  days = ryx_civil_days((int)little_endian(p, 2), p[2], p[3]);
  if (type == RYX_T_DATE) return set_int(cell, type, days);
  if (n >= 7) us = ryx_civil_clock(p[4], p[5], p[6]);
  if (n >= 11) us += (int64_t)little_endian(p + 7, 4);
  return set_int(cell, type, days * RYX_DAY_US + us);
}

static int set_span(ryx_val *cell, int64_t us)
{
  return set_int(cell, ryx_time_in_day(us) ? RYX_T_TIME : RYX_T_DURATION, us);
}

/* Sign, days, hour, minute, second, microsecond. */
static int set_time(ryx_val *cell, const unsigned char *p, size_t n)
{
  int64_t us = 0;

  if (n >= 8) {
    us = (int64_t)little_endian(p + 1, 4) * RYX_DAY_US;
    us += ryx_civil_clock(p[5], p[6], p[7]);
  }
  if (n >= 12) us += (int64_t)little_endian(p + 8, 4);
  return set_span(cell, n > 0 && p[0] ? -us : us);
}

/* A ZEROFILL column pads with zeros, which the canonical form has not. */
static int set_decimal(ryx_pack *p, ryx_val *cell, const char *s, size_t n)
{
  for (; n > 1 && s[0] == '0' && s[1] != '.'; n--)
    s++;
  return ryx_pack_bytes(p, cell, RYX_T_DECIMAL, s, n);
}

static ryx_type bytes_type(const my_col *col, const char *s, size_t n)
{
  bool is_text = col->kind == MY_TEXT_CELL;

  if (is_text && col->may_be_bytes && !ryx_text_valid(s, n)) return RYX_T_BYTES;
  return types[col->kind];
}

static int set_binary(my_conn *c, const my_col *col, ryx_val *cell,
                      const unsigned char *p, size_t n)
{
  ryx_pack *pack = c->run.pack;
  uint64_t v;

  switch (col->kind) {
    case MY_INT:
      v = little_endian(p, n);
      return set_int(cell, RYX_T_INT,
                     col->is_unsigned ? (int64_t)v : sign_extended(v, n));
    case MY_UINT64: return set_unsigned(pack, cell, little_endian(p, n));
    case MY_FLOAT: return set_float(cell, p);
    case MY_DOUBLE: return set_bits(cell, p);
    case MY_DATE: return set_datetime(cell, RYX_T_DATE, p, n);
    case MY_DATETIME: return set_datetime(cell, RYX_T_DATETIME, p, n);
    case MY_TIME: return set_time(cell, p, n);
    case MY_BIT: return set_unsigned(pack, cell, big_endian(p, n));
    case MY_DECIMAL: return set_decimal(pack, cell, (const char *)p, n);
    case MY_TEXT_CELL:
    case MY_BYTES:
    case MY_JSON:
    case MY_UUID: break;
  }
  return ryx_pack_bytes(pack, cell, bytes_type(col, (const char *)p, n), p, n);
}

/* What is thrown away needs no memory, not even for its columns. */
static size_t cell_size(const my_conn *c, unsigned i)
{
  if (!c->run.is_dropping) return c->cols[i].size;
  return size_of(mariadb_stmt_fetch_fields(c->run.st)[i].type);
}

static void begin_row(my_conn *c)
{
  c->row = c->run.is_dropping ? NULL : ryx_pack_row(c->run.pack);
  if (!c->row && !c->run.is_dropping) c->no_memory = true;
}

void ryx_my_rows_cell(void *ud, unsigned i, unsigned char **row)
{
  my_conn *c = ryx_my_conn_of(ud);
  const unsigned char *p;
  size_t n;

  if (i == 0) begin_row(c);
  if (!row) return;
  p = *row;
  n = cell_size(c, i);
  if (n == 0) n = read_length(&p);
  *row += (size_t)(p - *row) + n;
  if (c->row && set_binary(c, &c->cols[i], &c->row[i], p, n))
    c->no_memory = true;
}

/* Text of numbers and times; what cannot be read stays text, but a date with
 * zeros is none, as in the binary protocol. */
static int set_text(my_conn *c, const my_col *col, ryx_val *cell, const char *s,
                    size_t n)
{
  ryx_pack *pack = c->run.pack;
  const unsigned char *bytes = (const unsigned char *)s;
  int64_t v = 0;
  double d;

  switch (col->kind) {
    case MY_INT:
    case MY_UINT64:
      if (ryx_text_int(s, n, &v, NULL) == 0) return set_int(cell, RYX_T_INT, v);
      return set_decimal(pack, cell, s, n);
    case MY_DECIMAL: return set_decimal(pack, cell, s, n);
    case MY_FLOAT:
    case MY_DOUBLE:
      if (ryx_text_double(s, n, &d, NULL) == 0) return set_double(cell, d);
      break;
    case MY_DATE:
      if (ryx_text_date(s, n, &v, NULL)) v = RYX_TIME_ZEROS;
      return set_int(cell, RYX_T_DATE, v);
    case MY_DATETIME:
      if (ryx_text_datetime(s, n, &v, NULL)) v = RYX_TIME_ZEROS;
      return set_int(cell, RYX_T_DATETIME, v);
    case MY_TIME:
      if (ryx_text_duration(s, n, &v, NULL)) break;
      return set_span(cell, v);
    case MY_BIT: return set_unsigned(pack, cell, big_endian(bytes, n));
    case MY_TEXT_CELL:
    case MY_BYTES:
    case MY_JSON:
    case MY_UUID:
      return ryx_pack_bytes(pack, cell, bytes_type(col, s, n), s, n);
  }
  return ryx_pack_bytes(pack, cell, RYX_T_TEXT, s, n);
}

void ryx_my_rows_text(my_conn *c, MYSQL_ROW row, const unsigned long *len,
                      unsigned n)
{
  ryx_val *cells;

  if (c->run.is_dropping) return;
  cells = ryx_pack_row(c->run.pack);
  if (!cells) c->no_memory = true;
  for (unsigned i = 0; cells && i < n; i++) {
    if (row[i] && set_text(c, &c->cols[i], &cells[i], row[i], len[i]))
      c->no_memory = true;
  }
}

void ryx_my_rows_drop(my_conn *c)
{
  ryx_pack_free(c->run.pack);
  c->run.pack = NULL;
  c->run.is_dropping = true;
}

int ryx_my_rows_check(my_conn *c, ryx_err *e)
{
  int64_t max = c->run.is_bounded ? c->opts->max_result_bytes : 0;

  if (c->no_memory) {
    c->no_memory = false;
    return ryx_err_nomem(e);
  }
  if (max <= 0 || ryx_pack_size(c->run.pack) <= (uint64_t)max) return 0;
  return ryx_refuse_result(c->opts, e);
}
