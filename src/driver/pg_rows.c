/* SPDX-License-Identifier: MIT */
/* A PGresult read in place. How a column is read is settled once, from its type
 * and format; a cell is then one switch. */
#include <string.h>

#include "base/mem.h"
#include "driver/pg_conn.h"
#include "value/json.h"
#include "value/text.h"
#include "value/time.h"

/* B: binary, T: text. AS_IS is the bytes in either. */
typedef enum {
  AS_IS,
  B_INT2,
  B_INT4,
  B_INT8,
  B_OID,
  B_BOOL,
  B_FLOAT4,
  B_FLOAT8,
  B_DATE,
  B_TIME,
  B_DATETIME,
  B_UUID,
  B_JSONB,
  T_INT,
  T_BOOL,
  T_FLOAT4,
  T_FLOAT8,
  T_NUMERIC,
  T_DATE,
  T_TIME,
  T_DATETIME,
  T_INTERVAL,
  T_BYTES,
  T_ARRAY
} method;

/* The types that are known; `array` is the type of arrays of them. Those whose
 * binary is TEXT_ONLY keep a whole result in text. */
enum { TEXT_ONLY = -1 };
static const struct known {
  Oid oid, array;
  uint8_t type;
  int8_t binary;
  uint8_t text;
} known[] = {
    {23, 1007, RYX_T_INT, B_INT4, T_INT},
    {20, 1016, RYX_T_INT, B_INT8, T_INT},
    {25, 1009, RYX_T_TEXT, AS_IS, AS_IS},
    {1043, 1015, RYX_T_TEXT, AS_IS, AS_IS}, /* varchar */
    {16, 1000, RYX_T_BOOL, B_BOOL, T_BOOL},
    {1114, 1115, RYX_T_DATETIME, B_DATETIME, T_DATETIME},
    {1184, 1185, RYX_T_DATETIMETZ, B_DATETIME, T_DATETIME},
    {701, 1022, RYX_T_DOUBLE, B_FLOAT8, T_FLOAT8},
    {1700, 1231, RYX_T_DECIMAL, TEXT_ONLY, T_NUMERIC},
    {1082, 1182, RYX_T_DATE, B_DATE, T_DATE},
    {1083, 1183, RYX_T_TIME, B_TIME, T_TIME},
    {2950, 2951, RYX_T_UUID, B_UUID, AS_IS},
    {3802, 3807, RYX_T_JSON, B_JSONB, AS_IS},
    {114, 199, RYX_T_JSON, AS_IS, AS_IS},
    {17, 1001, RYX_T_BYTES, AS_IS, T_BYTES},
    {21, 1005, RYX_T_INT, B_INT2, T_INT},
    {700, 1021, RYX_T_DOUBLE, B_FLOAT4, T_FLOAT4},
    {1042, 1014, RYX_T_TEXT, AS_IS, AS_IS}, /* bpchar */
    {19, 1003, RYX_T_TEXT, AS_IS, AS_IS},   /* name */
    {26, 1028, RYX_T_INT, B_OID, T_INT},
    {1186, 0, RYX_T_DURATION, TEXT_ONLY, T_INTERVAL},
};

enum { UUID_TEXT = 36 };

typedef struct column {
  uint8_t how; /* method */
  uint8_t type;
  uint8_t elem;
  char *room; /* for the text of a binary uuid */
} column;

typedef struct pg_rows {
  ryx_rows rows;
  PGresult *result;
  int row, n_rows;
  bool dirty;      /* the arena holds something */
  ryx_arena arena; /* converted cells of the current row */
  column *columns;
  ryx_col cols[];
} pg_rows;

static const struct known *find(Oid oid)
{
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].oid == oid) return &known[i];
  }
  return NULL;
}

static const struct known *find_array(Oid oid)
{
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].array == oid) return &known[i];
  }
  return NULL;
}

static uint32_t read_16(const char *s)
{
  const unsigned char *b = (const unsigned char *)s;

  return (uint32_t)b[0] << 8 | b[1];
}

static uint32_t read_32(const char *s)
{
  return read_16(s) << 16 | read_16(s + 2);
}

static uint64_t read_64(const char *s)
{
  return (uint64_t)read_32(s) << 32 | read_32(s + 4);
}

static double read_float4(const char *s)
{
  uint32_t bits = read_32(s);
  float f;

  memcpy(&f, &bits, sizeof f);
  return f;
}

static double read_float8(const char *s)
{
  uint64_t bits = read_64(s);
  double d;

  memcpy(&d, &bits, sizeof d);
  return d;
}

/* The server counts from 2000-01-01. */
static int64_t read_days(const char *s)
{
  int32_t v = (int32_t)read_32(s);

  if (v == INT32_MAX) return INT64_MAX;
  return v == INT32_MIN ? INT64_MIN : (int64_t)v + RYX_DAY_2000;
}

static int64_t read_datetime(const char *s)
{
  int64_t v = (int64_t)read_64(s);

  return ryx_time_is_infinite(v) ? v : v + RYX_DAY_2000 * RYX_DAY_US;
}

static void write_uuid(const char *s, char *out)
{
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = "0123456789abcdef"[(unsigned char)s[i] >> 4];
    *out++ = "0123456789abcdef"[s[i] & 15];
  }
}

static void set_bytes(ryx_val *out, int type, const char *s, size_t n)
{
  out->type = (uint8_t)type;
  out->len = (uint32_t)n;
  out->u.s = s;
}

static bool text_float(const char *s, size_t n, bool is_float4, ryx_val *out)
{
  if (ryx_text_double(s, n, &out->u.d, NULL) < 0) return false;
  if (is_float4) out->u.d = (float)out->u.d; /* what binary gives */
  return true;
}

static bool text_bytes(pg_rows *r, const char *s, size_t n, ryx_val *out)
{
  char *room = ryx_arena_alloc(&r->arena, n / 2 + 1);
  int64_t size = room ? ryx_pg_text_bytes(s, n, room) : -1;

  r->dirty = true;
  if (size < 0) return false;
  set_bytes(out, RYX_T_BYTES, room, (size_t)size);
  return true;
}

static bool text_array(pg_rows *r, const char *s, size_t n, ryx_val *out)
{
  ryx_buf json;
  char *copy = NULL;

  ryx_buf_init(&json, 0);
  if (ryx_json_array_from_pg(s, n, out->elem, &json, NULL) == 0) {
    copy = ryx_arena_dup(&r->arena, json.data, json.len);
  }
  if (copy) set_bytes(out, RYX_T_ARRAY, copy, json.len);
  r->dirty = true;
  ryx_buf_fini(&json);
  return copy != NULL;
}

/* The rarer cells in text. A form that is not the expected one (a user changed
 * DateStyle, an interval has months) or memory that is out leave it as text. */
static void read_text(pg_rows *r, const column *col, const char *s,
                      ryx_val *out)
{
  size_t n = out->len;
  bool ok = false;

  switch ((method)col->how) {
    case T_INT: ok = ryx_text_int(s, n, &out->u.i, NULL) == 0; break;
    case T_BOOL:
      out->u.i = *s == 't';
      ok = true;
      break;
    case T_FLOAT4:
    case T_FLOAT8: ok = text_float(s, n, col->how == T_FLOAT4, out); break;
    case T_NUMERIC: /* it is canonical */
      out->u.s = s;
      ok = true;
      break;
    case T_DATE: ok = ryx_pg_text_date(s, n, &out->u.i); break;
    case T_TIME: ok = ryx_pg_text_time(s, n, &out->u.i); break;
    case T_DATETIME: ok = ryx_pg_text_datetime(s, n, &out->u.i); break;
    case T_INTERVAL: ok = ryx_pg_text_interval(s, n, &out->u.i); break;
    case T_BYTES: ok = text_bytes(r, s, n, out); break;
    case T_ARRAY: ok = text_array(r, s, n, out); break;
    case AS_IS:
    case B_INT2:
    case B_INT4:
    case B_INT8:
    case B_OID:
    case B_BOOL:
    case B_FLOAT4:
    case B_FLOAT8:
    case B_DATE:
    case B_TIME:
    case B_DATETIME:
    case B_UUID:
    case B_JSONB: break;
  }
  if (ok) return;
  out->elem = 0;
  set_bytes(out, RYX_T_TEXT, s, n);
}

static void read_cell(pg_rows *r, const column *col, const char *s,
                      ryx_val *out)
{
  switch ((method)col->how) {
    case AS_IS: out->u.s = s; break;
    case B_INT4: out->u.i = (int32_t)read_32(s); break;
    case B_INT8:
    case B_TIME: out->u.i = (int64_t)read_64(s); break;
    case B_BOOL: out->u.i = *s != 0; break;
    case B_INT2: out->u.i = (int16_t)read_16(s); break;
    case B_OID: out->u.i = read_32(s); break;
    case B_FLOAT4: out->u.d = read_float4(s); break;
    case B_FLOAT8: out->u.d = read_float8(s); break;
    case B_DATE: out->u.i = read_days(s); break;
    case B_DATETIME: out->u.i = read_datetime(s); break;
    case B_UUID:
      write_uuid(s, col->room);
      set_bytes(out, RYX_T_UUID, col->room, UUID_TEXT);
      break;
    case B_JSONB: /* a version byte comes first */
      set_bytes(out, RYX_T_JSON, s + 1, out->len - 1);
      break;
    case T_INT:
    case T_BOOL:
    case T_FLOAT4:
    case T_FLOAT8:
    case T_NUMERIC:
    case T_DATE:
    case T_TIME:
    case T_DATETIME:
    case T_INTERVAL:
    case T_BYTES:
    case T_ARRAY: read_text(r, col, s, out); break;
  }
}

static void rows_cell(ryx_rows *rows, int i, ryx_val *out)
{
  pg_rows *r = (pg_rows *)(void *)rows;
  const column *col = &r->columns[i];
  int n = PQgetlength(r->result, r->row, i);

  if (n == 0 && PQgetisnull(r->result, r->row, i)) {
    *out = (ryx_val){.type = RYX_T_NULL};
    return;
  }
  *out = (ryx_val){.type = col->type, .elem = col->elem, .len = (uint32_t)n};
  read_cell(r, col, PQgetvalue(r->result, r->row, i), out);
}

static bool rows_next(ryx_rows *rows)
{
  pg_rows *r = (pg_rows *)(void *)rows;

  if (r->row + 1 >= r->n_rows) return false;
  r->row++;
  if (r->dirty) ryx_arena_reset(&r->arena);
  r->dirty = false;
  return true;
}

static void rows_free(ryx_rows *rows)
{
  pg_rows *r = (pg_rows *)(void *)rows;

  PQclear(r->result);
  ryx_arena_fini(&r->arena);
  ryx_mem_free(r);
  ryx_rows_count(-1);
}

static const ryx_rows_vt rows_vt = {
    .next = rows_next,
    .cell = rows_cell,
    .free = rows_free,
};

/* What a column's cells surely are; those that may fall back to text are asked
 * one by one. */
static uint8_t promised(const column *c)
{
  return c->how <= T_FLOAT8 ? c->type : RYX_T_NULL;
}

static column column_of(Oid oid, int format)
{
  const struct known *k = find(oid);

  if (k) {
    return (column){.how = format ? (uint8_t)k->binary : k->text,
                    .type = k->type};
  }
  k = find_array(oid);
  if (k) return (column){.how = T_ARRAY, .type = RYX_T_ARRAY, .elem = k->type};
  return (column){.how = AS_IS, .type = RYX_T_TEXT};
}

static void add_columns(pg_rows *r, char *room)
{
  for (int i = 0; i < r->rows.n_cols; i++) {
    column *c = &r->columns[i];

    *c = column_of(PQftype(r->result, i), PQfformat(r->result, i));
    if (c->how == B_UUID) {
      c->room = room;
      room += UUID_TEXT;
    }
    r->cols[i].name = PQfname(r->result, i);
    r->cols[i].type = promised(c);
  }
}

static size_t count_uuids(const PGresult *result)
{
  size_t n = 0;

  for (int i = 0; i < PQnfields(result); i++) {
    n += PQfformat(result, i) && PQftype(result, i) == 2950;
  }
  return n;
}

ryx_rows *ryx_pg_rows_new(PGresult *result)
{
  size_t n = (size_t)PQnfields(result);
  size_t head = sizeof(pg_rows) + n * sizeof(ryx_col);
  size_t size = head + n * sizeof(column) + count_uuids(result) * UUID_TEXT;
  pg_rows *r = ryx_mem_alloc(size);

  if (!r) return NULL;
  *r = (pg_rows){.rows = {.vt = &rows_vt,
                          .cols = r->cols,
                          .n_cols = (int32_t)n,
                          .n_rows = PQntuples(result)},
                 .result = result,
                 .row = -1,
                 .n_rows = PQntuples(result)};
  r->columns = (column *)(void *)((char *)r + head);
  ryx_arena_init(&r->arena, 0);
  add_columns(r, (char *)(r->columns + n));
  ryx_rows_count(1);
  return &r->rows;
}

void ryx_pg_rows_swap(ryx_rows *rows, PGresult *result)
{
  pg_rows *r = (pg_rows *)(void *)rows;

  PQclear(r->result);
  r->result = result;
  r->row = -1;
  r->n_rows = PQntuples(result);
}

bool ryx_pg_rows_binary(const PGresult *result)
{
  for (int i = 0; i < PQnfields(result); i++) {
    const struct known *k = find(PQftype(result, i));

    if (!k || k->binary == TEXT_ONLY) return false;
  }
  return true;
}
