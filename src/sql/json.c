/* SPDX-License-Identifier: MIT */
/* A path into a document as one literal: '$."key"[0]'. */
#include "sql/json.h"

#include "base/buf.h"
#include "value/json.h"

void ryx_sql_json_document(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_put_expr(q, ryx_node_first(n));
}

/* As documents spell it, escapes and all. */
static void put_key(ryx_sql *q, const ryx_node *key)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, 0);
  rc = ryx_json_put_string(&text, key->name, key->name_len);
  if (rc == 0) {
    ryx_sql_puts(q, ".");
    ryx_sql_put_escaped(q, text.data, text.len);
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
  ryx_sql_puts(q, fn);
  ryx_sql_puts(q, "(");
  ryx_sql_json_document(q, n);
  ryx_sql_puts(q, ", ");
  put_path(q, n, end);
  ryx_sql_puts(q, ")");
}
