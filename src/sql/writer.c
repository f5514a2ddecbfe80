/* SPDX-License-Identifier: MIT */
/* The sink of SQL text and binds, names and single expressions. */
#include "sql/writer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "sql/quote.h"

void ryx_sql_init(ryx_sql *q, const ryx_dialect *d, unsigned caps, ryx_err *e)
{
  q->dialect = d;
  q->tree = NULL;
  q->caps = caps | d->caps;
  q->fold = d->folds;
  while (q->fold->cap && !(q->fold->cap & q->caps))
    q->fold++;
  q->rc = 0;
  q->err = e;
  q->scalar = NULL;
  q->keys = false;
  q->batch = RYX_BATCH_NONE;
  q->text = q->small_text;
  q->cap = sizeof q->small_text;
  q->binds = q->small_binds;
  q->cap_binds = sizeof q->small_binds / sizeof q->small_binds[0];
  q->len = q->n_binds = 0;
}

void ryx_sql_fini(ryx_sql *q)
{
  if (q->text != q->small_text) ryx_mem_free(q->text);
  if (q->binds != q->small_binds) ryx_mem_free(q->binds);
  q->text = q->small_text;
  q->binds = q->small_binds;
}

void ryx_sql_fail(ryx_sql *q, int code, const char *fmt, ...)
{
  char text[RYX_MESSAGE_MAX + 1];
  va_list args;

  if (q->rc < 0) return;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  q->rc = ryx_err_set(q->err, code, "%s", text);
}

static void no_memory(ryx_sql *q)
{
  if (q->rc == 0) q->rc = ryx_err_nomem(q->err);
}

void ryx_sql_put_slow(ryx_sql *q, const char *s, size_t n)
{
  bool is_small = q->text == q->small_text;
  size_t cap = q->cap * 2 > q->len + n ? q->cap * 2 : q->len + n;
  char *more = ryx_mem_grow(is_small ? NULL : q->text, cap, 1);

  if (!more) {
    no_memory(q);
    return;
  }
  if (is_small) memcpy(more, q->small_text, q->len);
  memcpy(more + q->len, s, n);
  q->text = more;
  q->len += n;
  q->cap = cap;
}

void ryx_sql_put_number(ryx_sql *q, uint32_t v)
{
  char digits[10], *at = digits + sizeof digits;

  do {
    *--at = (char)('0' + v % 10);
    v /= 10;
  } while (v > 0);
  ryx_sql_put(q, at, (size_t)(digits + sizeof digits - at));
}

void ryx_sql_put_name(ryx_sql *q, const ryx_node *n)
{
  char quoted[RYX_QUOTED_MAX];
  int len = ryx_quote_name(q->dialect->quote, n->name, n->name_len, quoted);

  if (len < 0) {
    if (q->rc == 0) q->rc = ryx_quote_error(n->name, n->name_len, q->err);
    return;
  }
  ryx_sql_put(q, quoted, (size_t)len);
}

static int grow_binds(ryx_sql *q)
{
  bool is_small = q->binds == q->small_binds;
  ryx_bind *more = ryx_mem_grow(is_small ? NULL : q->binds,
                                (size_t)q->cap_binds * 2, sizeof *more);

  if (!more) {
    no_memory(q);
    return RYX_E_NOMEM;
  }
  if (is_small) memcpy(more, q->small_binds, sizeof q->small_binds);
  q->binds = more;
  q->cap_binds *= 2;
  return 0;
}

void ryx_sql_bind(ryx_sql *q, const ryx_bind *b)
{
  if (q->n_binds == RYX_PARAMS_MAX) {
    ryx_sql_fail(q, RYX_E_MISUSE, "the statement needs more than %d parameters",
                 RYX_PARAMS_MAX);
    return;
  }
  if (q->n_binds == q->cap_binds && grow_binds(q) < 0) return;
  q->binds[q->n_binds++] = *b;
  ryx_sql_put(q, &q->dialect->placeholder, 1);
  if (q->dialect->placeholder == '$') ryx_sql_put_number(q, q->n_binds);
}

void ryx_sql_put_expr(ryx_sql *q, const ryx_node *n)
{
  switch ((ryx_node_kind)n->kind) {
    case RYX_NODE_COLUMN: ryx_sql_put_name(q, n); break;
    case RYX_NODE_PARAM:
      ryx_sql_bind(
          q, &(ryx_bind){
                 .param = (int32_t)n->value, .type = n->type, .elem = n->elem});
      break;
    case RYX_NODE_STAR: ryx_sql_puts(q, "COUNT(*)"); break;
    case RYX_NODE_NONE:
    case RYX_NODE_LIST:
    case RYX_NODE_TABLE:
    case RYX_NODE_NAME:
    case RYX_NODE_OUTPUT:
    case RYX_NODE_SET:
    case RYX_NODE_ORDER:
    case RYX_NODE_TRUE:
    case RYX_NODE_FALSE:
    case RYX_NODE_AND:
    case RYX_NODE_OR:
    case RYX_NODE_NOT:
    case RYX_NODE_LOOKUP: break; /* the reader lets none of them be here */
  }
}

void ryx_sql_statement(ryx_sql *q, const ryx_tree *t)
{
  static void (*const writers[])(ryx_sql *) = {
      [RYX_STMT_KIND_SELECT] = ryx_sql_select,
      [RYX_STMT_KIND_INSERT] = ryx_sql_insert,
      [RYX_STMT_KIND_UPDATE] = ryx_sql_update,
      [RYX_STMT_KIND_DELETE] = ryx_sql_delete,
  };

  q->tree = t;
  writers[t->kind](q);
}
