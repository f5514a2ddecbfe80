/* SPDX-License-Identifier: MIT */
/* A path into a document as one literal: '$."key"[0]'. */
#include "sql/json.h"

#include "base/buf.h"
#include "value/json.h"

void ryx_sql_json_document(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_put_expr(q, ryx_node_first(n));
}

static bool begins_with_dash(const ryx_node *step)
{
  return step->kind == RYX_NODE_KEY && step->name_len > 0 &&
         step->name[0] == '-';
}

const ryx_dashes *ryx_sql_json_dashes(const ryx_sql *q, const ryx_node *n,
                                      const ryx_node *end)
{
  for (const ryx_node *c = ryx_sql_json_steps(n); c < end; c++) {
    if (begins_with_dash(c)) return q->dialect->dashes;
  }
  return NULL;
}

/* A key between quotes, as documents spell it. */
static void put_spelled(ryx_sql *q, const ryx_node *key, const ryx_buf *text)
{
  bool is_dashed = q->dialect->dashes && begins_with_dash(key);
  size_t skip = is_dashed ? 2 : 0;

  ryx_sql_puts(q, ".");
  if (is_dashed) {
    ryx_sql_puts(q, "\"");
    ryx_sql_puts(q, q->dialect->dashes->spelled);
  }
  ryx_sql_put_escaped(q, text->data + skip, text->len - skip);
}

/* As documents spell it, escapes and all. */
static void put_key(ryx_sql *q, const ryx_node *key)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, 0);
  rc = ryx_json_put_string(&text, key->name, key->name_len);
  if (rc == 0) {
    put_spelled(q, key, &text);
  } else if (rc == RYX_E_NOMEM) {
    ryx_sql_fail(q, rc, "out of memory");
  } else {
    ryx_sql_fail(q, rc, "a key of a document is not valid UTF-8");
  }
  ryx_buf_fini(&text);
}

static void put_path(ryx_sql *q, const ryx_node *n, const ryx_node *end)
{
  ryx_sql_puts(q, "'$");
  for (const ryx_node *c = ryx_sql_json_steps(n); c < end; c++) {
    if (c->kind == RYX_NODE_KEY) {
      put_key(q, c);
      continue;
    }
    ryx_sql_puts(q, "[");
    ryx_sql_put_number(q, c->value);
    ryx_sql_puts(q, "]");
  }
  ryx_sql_puts(q, "'");
}

void ryx_sql_json_at(ryx_sql *q, const char *fn, const ryx_node *n,
                     const ryx_node *end)
{
  const ryx_dashes *dashes = ryx_sql_json_dashes(q, n, end);

  ryx_sql_puts(q, fn);
  ryx_sql_puts(q, "(");
  if (dashes) ryx_sql_puts(q, dashes->open);
  ryx_sql_json_document(q, n);
  if (dashes) ryx_sql_puts(q, dashes->hide);
  ryx_sql_puts(q, ", ");
  put_path(q, n, end);
  ryx_sql_puts(q, ")");
}
