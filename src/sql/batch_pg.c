/* SPDX-License-Identifier: MIT */
/* Many rows on PostgreSQL: each column is one parameter, an array. */
#include "sql/batch_pg.h"

#include "base/err.h"
#include "sql/writer.h"
#include "value/json.h"
#include "value/pg_binary.h"
#include "value/text_check.h"

/* How a column's values travel in an array. Documents and arrays go as text:
 * unnest would flatten an array of arrays. */
static const struct {
  const char *type; /* of the items */
  uint8_t elem;
  bool is_cast; /* back to the column's own type */
} items[RYX_T_MAX] = {
    [RYX_T_NULL] = {"text", RYX_T_TEXT, false},
    [RYX_T_BOOL] = {"bool", RYX_T_BOOL, false},
    [RYX_T_INT] = {"int8", RYX_T_INT, false},
    [RYX_T_DOUBLE] = {"float8", RYX_T_DOUBLE, false},
    [RYX_T_TEXT] = {"text", RYX_T_TEXT, false},
    [RYX_T_BYTES] = {"bytea", RYX_T_BYTES, false},
    [RYX_T_DECIMAL] = {"numeric", RYX_T_DECIMAL, false},
    [RYX_T_DATE] = {"date", RYX_T_DATE, false},
    [RYX_T_TIME] = {"time", RYX_T_TIME, false},
    [RYX_T_DATETIME] = {"timestamp", RYX_T_DATETIME, false},
    [RYX_T_DATETIMETZ] = {"timestamptz", RYX_T_DATETIMETZ, false},
    [RYX_T_DURATION] = {"int8", RYX_T_INT, false},
    [RYX_T_UUID] = {"uuid", RYX_T_UUID, false},
    [RYX_T_JSON] = {"jsonb", RYX_T_TEXT, true},
    [RYX_T_ARRAY] = {"", RYX_T_TEXT, true},
};

static void put_item_cast(ryx_sql *q, const ryx_node *set)
{
  if (!items[set->type].is_cast) return;
  ryx_sql_puts(q, "::");
  if (set->type == RYX_T_ARRAY) {
    ryx_sql_puts(q, items[set->elem].type);
    ryx_sql_puts(q, "[]");
    return;
  }
  ryx_sql_puts(q, items[set->type].type);
}

/* A list is an array as it stands, also of documents; only lists of lists have
 * to go as texts. */
static ryx_bind bind_of(const ryx_node *set, bool lists)
{
  ryx_bind bind = {.param = (int32_t)ryx_set_param(set)->value,
                   .op = RYX_BIND_COLUMN,
                   .type = RYX_T_ARRAY,
                   .elem = items[set->type].elem};

  if (!lists) return bind;
  bind.op = set->type == RYX_T_ARRAY ? RYX_BIND_LITERALS : RYX_BIND_VALUE;
  if (set->type == RYX_T_JSON) bind.elem = RYX_T_JSON;
  return bind;
}

static void put_unnest(ryx_sql *q, const ryx_node *sets, bool lists)
{
  const ryx_node *c = ryx_node_first(sets);

  ryx_sql_puts(q, " FROM unnest(");
  for (; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    ryx_bind bind = bind_of(c, lists);

    if (c > ryx_node_first(sets)) ryx_sql_puts(q, ", ");
    ryx_sql_bind(q, &bind);
    ryx_sql_puts(q, "::");
    ryx_sql_puts(q, bind.elem == RYX_T_TEXT ? "text" : items[c->type].type);
    ryx_sql_puts(q, "[]");
  }
}

/* Column i of u, or what stands where a row has none. */
static void put_item(ryx_sql *q, const ryx_node *set, uint32_t i)
{
  const ryx_node *param = ryx_set_param(set);
  bool has_default = param != ryx_node_first(set);

  ryx_sql_puts(q, has_default ? "COALESCE(u.c" : "u.c");
  ryx_sql_put_number(q, i);
  put_item_cast(q, set);
  if (!has_default) return;
  ryx_sql_puts(q, ", ");
  ryx_sql_put_expr(q, ryx_node_end(param));
  ryx_sql_puts(q, ")");
}

/* The columns of u are c1, c2, ...; its last one, n, is the row's number. The
 * rows are inserted in the caller's order, so the keys that the database makes
 * rise with it. */
void ryx_batch_pg_rows(ryx_sql *q, const ryx_node *sets, bool lists)
{
  const ryx_node *c;
  uint32_t i = 0;

  ryx_sql_puts(q, "SELECT ");
  for (c = ryx_node_first(sets); c < ryx_node_end(sets); c = ryx_node_end(c)) {
    if (i > 0) ryx_sql_puts(q, ", ");
    put_item(q, c, ++i);
  }
  put_unnest(q, sets, lists);
  ryx_sql_puts(q, ") WITH ORDINALITY AS u(");
  for (uint32_t k = 1; k <= i; k++) {
    ryx_sql_puts(q, "c");
    ryx_sql_put_number(q, k);
    ryx_sql_puts(q, ", ");
  }
  ryx_sql_puts(q, "n) ORDER BY u.n");
}

static void put_row_key(ryx_sql *q, const ryx_node *key, uint32_t number)
{
  ryx_sql_puts(q, number == 1 ? ") WHERE " : " AND ");
  ryx_sql_source_name(q, 0);
  ryx_sql_puts(q, ".");
  ryx_sql_put_name(q, key);
  ryx_sql_puts(q, " = ryx_u.c");
  ryx_sql_put_number(q, number);
  put_item_cast(q, key);
}

/* UPDATE ... FROM unnest: the first columns are the key, up to `rest`. No table
 * of the caller's is likely to bear the name. */
void ryx_batch_pg_update(ryx_sql *q, const ryx_node *sets, const ryx_node *rest)
{
  const ryx_node *key = ryx_node_first(sets), *c = key;
  uint32_t n_key = 0, i;

  for (; c < rest; c = ryx_node_end(c))
    n_key++;
  for (i = n_key; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c == rest ? " SET " : ", ");
    ryx_sql_put_name(q, c);
    ryx_sql_puts(q, " = ryx_u.c");
    ryx_sql_put_number(q, ++i);
    put_item_cast(q, c);
  }
  put_unnest(q, sets, false);
  ryx_sql_puts(q, ") AS ryx_u(c1");
  for (uint32_t k = 2; k <= i; k++) {
    ryx_sql_puts(q, ", c");
    ryx_sql_put_number(q, k);
  }
  for (i = 1; i <= n_key; i++) {
    put_row_key(q, key, i);
    key = ryx_node_end(key);
  }
}

/* An array inside an array travels as PostgreSQL's text for it. */
static int as_literal(const ryx_bind_job *j, ryx_val *v)
{
  bool is_duration = v->elem == RYX_T_DURATION;
  int elem = is_duration ? RYX_T_INT : v->elem;
  int rc = is_duration ? ryx_bind_durations(j, v) : 0;
  ryx_buf text;

  if (rc < 0) return rc;
  ryx_buf_init(&text, UINT32_MAX);
  rc = ryx_json_array_to_pg(v->u.s, v->len, elem, &text, j->err);
  v->type = RYX_T_TEXT;
  if (rc == 0) rc = ryx_bind_text(j, &text, v);
  ryx_buf_fini(&text);
  return rc;
}

/* A column's value as an item of the column's array, in the form of `items`. */
static int to_item(const ryx_bind_job *j, ryx_val *v)
{
  int rc = ryx_bind_value(j, v);

  if (rc < 0) return rc;
  if (v->type == RYX_T_ARRAY) return as_literal(j, v);
  if (v->type == RYX_T_JSON) {
    /* As text among others the driver cannot tell a document any more. */
    rc = ryx_text_check(v, j->err);
    v->type = RYX_T_TEXT;
  }
  if (v->type == RYX_T_DURATION) v->type = RYX_T_INT;
  return rc;
}

/* n values, one from each row of parameters, as a list of JSON. */
static int put_list(const ryx_bind_job *j, ryx_buf *out, const ryx_val *in,
                    int32_t n)
{
  int rc = ryx_buf_putc(out, '[');

  for (int32_t row = 0; row < n && rc == 0; row++) {
    ryx_val v = in[j->bind->param];
    if (row > 0) rc = ryx_buf_putc(out, ',');
    if (rc < 0) break;
    rc = to_item(j, &v);
    if (rc == 0) rc = ryx_json_put_item(out, &v, j->err);
    if (rc < 0) return rc;
    in += j->plan->n_params;
  }
  if (rc == 0) rc = ryx_buf_putc(out, ']');
  return rc < 0 ? ryx_bind_full(rc, j->err) : 0;
}

/* The same as the server's own array. */
static int put_array(const ryx_bind_job *j, int elem, ryx_buf *out,
                     const ryx_val *in, int32_t n)
{
  int rc = ryx_pg_array_begin(out, elem, n, j->err);

  for (int32_t row = 0; row < n && rc == 0; row++) {
    ryx_val v = in[j->bind->param];
    rc = to_item(j, &v);
    if (rc == 0) rc = ryx_pg_array_put(out, elem, &v, j->err);
    in += j->plan->n_params;
  }
  return rc;
}

/* The binds of an UNNEST say how the array goes out; its items are prepared as
 * the parameters say. */
int ryx_batch_pg_bind(const ryx_bind_job *j, const ryx_val *in, int32_t n,
                      ryx_val *out)
{
  int32_t param = j->bind->param;
  ryx_bind one = {.param = param,
                  .type = j->plan->param_type[param],
                  .elem = j->plan->param_elem[param]};
  ryx_bind_job item = *j;
  ryx_buf text;
  int rc;

  item.bind = &one;
  *out = (ryx_val){.type = RYX_T_ARRAY, .elem = j->bind->elem};
  ryx_buf_init(&text, UINT32_MAX);
  if (ryx_pg_array_takes(out->elem)) {
    out->reserved = RYX_ARRAY_PG;
    rc = put_array(&item, out->elem, &text, in, n);
  } else {
    rc = put_list(&item, &text, in, n);
  }
  if (rc == 0) rc = ryx_bind_text(j, &text, out);
  ryx_buf_fini(&text);
  return rc;
}

static int put_literal(const ryx_bind_job *j, const ryx_json *item, int elem,
                       ryx_buf *out)
{
  ryx_val v = {.type = RYX_T_ARRAY, .elem = (uint8_t)elem};
  ryx_buf text;
  int rc;

  if (ryx_json_type(item) == RYX_JSON_NULL) {
    rc = ryx_buf_puts(out, "null");
    return rc < 0 ? ryx_bind_full(rc, j->err) : 0;
  }
  ryx_buf_init(&text, UINT32_MAX);
  rc = ryx_json_write(item, &text);
  rc = rc < 0 ? ryx_bind_full(rc, j->err) : ryx_bind_text(j, &text, &v);
  ryx_buf_fini(&text);
  if (rc == 0) rc = as_literal(j, &v);
  return rc < 0 ? rc : ryx_json_put_item(out, &v, j->err);
}

static int put_literals(const ryx_bind_job *j, const ryx_json *list, int elem,
                        ryx_buf *out)
{
  size_t n = ryx_json_type(list) == RYX_JSON_ARRAY ? ryx_json_size(list) : 0;
  int rc = ryx_buf_putc(out, '[');

  for (size_t i = 0; i < n && rc == 0; i++) {
    if (i > 0) rc = ryx_buf_putc(out, ',');
    if (rc < 0) break;
    rc = put_literal(j, ryx_json_at(list, i), elem, out);
    if (rc < 0) return rc;
  }
  if (rc == 0) rc = ryx_buf_putc(out, ']');
  return rc < 0 ? ryx_bind_full(rc, j->err) : 0;
}

int ryx_batch_pg_literals(const ryx_bind_job *j, ryx_val *v)
{
  ryx_json *list;
  ryx_buf out;
  int rc = ryx_json_parse(v->u.s, v->len, &list, j->err);

  if (rc < 0) return rc;
  ryx_buf_init(&out, UINT32_MAX);
  rc = put_literals(j, list, v->elem, &out);
  if (rc == 0) rc = ryx_bind_text(j, &out, v);
  v->elem = RYX_T_TEXT;
  ryx_buf_fini(&out);
  ryx_json_free(list);
  return rc;
}
