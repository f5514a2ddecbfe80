/* SPDX-License-Identifier: MIT */
/* The sink of SQL text and binds, names and literals. */
#include "sql/writer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "sql/quote.h"
#include "value/text.h"

enum { TEXT_MAX = 16 << 20 };

void ryx_sql_init(ryx_sql *q, const ryx_dialect *d, unsigned caps, ryx_err *e)
{
  q->dialect = d;
  q->tree = NULL;
  q->caps = caps | d->caps;
  q->fold = d->folds;
  q->boolean = d->boolean;
  while (q->fold->cap && !(q->fold->cap & q->caps))
    q->fold++;
  q->rc = 0;
  q->err = e;
  q->ctes = q->outputs = NULL;
  q->scalar = q->no_search = q->hint = NULL;
  q->shadows = q->inside = q->sets = q->kept = NULL;
  q->depth = 0;
  q->full = NULL;
  q->related = NULL;
  q->reads = q->keys = q->qualifies = false;
  q->is_grouped = q->makes_one = q->reuses = q->is_whole = false;
  q->hints_words = false;
  q->hinted = 0;
  q->batch = RYX_BATCH_NONE;
  q->copies = false;
  q->row_at = q->row_len = 0;
  q->row_binds = 0;
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
  char *more;

  if (q->rc < 0) return;
  if (q->len + n > TEXT_MAX) {
    ryx_sql_fail(q, RYX_E_MISUSE, "the statement is longer than 16 MiB");
    return;
  }
  more = ryx_mem_grow(is_small ? NULL : q->text, cap, 1);
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

/* Behind a table's schema and a NUL byte stands its own name. */
static ryx_node own_name(const ryx_node *table)
{
  const char *nul = memchr(table->name, '\0', table->name_len);
  ryx_node own = *table;

  if (!nul) return own;
  own.name = nul + 1;
  own.name_len = table->name_len - (uint32_t)(own.name - table->name);
  return own;
}

void ryx_sql_put_own_name(ryx_sql *q, const ryx_node *table)
{
  ryx_node own = own_name(table);

  ryx_sql_put_name(q, &own);
}

void ryx_sql_put_table(ryx_sql *q, const ryx_node *table)
{
  ryx_node own = own_name(table), schema = *table;

  if (own.name != table->name) {
    if (!q->dialect->has_schemas) {
      ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                   "this database has no schemas: leave Meta.schema out");
      return;
    }
    schema.name_len = (uint32_t)(own.name - table->name) - 1;
    ryx_sql_put_name(q, &schema);
    ryx_sql_puts(q, ".");
  }
  ryx_sql_put_name(q, &own);
}

/* Quotes are doubled, and backslashes where they would escape: whatever it
 * holds, it stays inside the literal. */
void ryx_sql_put_escaped(ryx_sql *q, const char *s, size_t n)
{
  bool escapes = q->dialect->lex & RYX_LEX_BACKSLASH;

  if (memchr(s, '\0', n)) {
    ryx_sql_fail(q, RYX_E_MISUSE,
                 "a text that is part of a query must not hold a NUL byte");
    return;
  }
  if (!ryx_text_valid(s, n)) {
    ryx_sql_fail(q, RYX_E_MISUSE,
                 "a text that is part of a query must be valid UTF-8");
    return;
  }
  for (size_t i = 0; i < n; i++) {
    if (s[i] == '\'' || (escapes && s[i] == '\\')) ryx_sql_put(q, s + i, 1);
    ryx_sql_put(q, s + i, 1);
  }
}

void ryx_sql_put_literal(ryx_sql *q, const char *s, size_t n)
{
  ryx_sql_put(q, "'", 1);
  ryx_sql_put_escaped(q, s, n);
  ryx_sql_put(q, "'", 1);
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

/* The number of an equal bind that is there already, or 0. */
static uint32_t bound_before(const ryx_sql *q, const ryx_bind *b)
{
  for (uint32_t i = 0; i < q->n_binds; i++) {
    const ryx_bind *old = &q->binds[i];
    if (old->param == b->param && old->op == b->op && old->type == b->type &&
        old->elem == b->elem) {
      return i + 1;
    }
  }
  return 0;
}

/* PostgreSQL takes what is grouped or distinct for the same expression only
 * when its placeholders are the same, too. */
static bool put_again(ryx_sql *q, const ryx_bind *b)
{
  uint32_t number = 0;

  if (q->reuses && q->dialect->placeholder == '$') number = bound_before(q, b);
  if (number == 0) return false;
  ryx_sql_put(q, "$", 1);
  ryx_sql_put_number(q, number);
  return true;
}

void ryx_sql_bind_apart(ryx_sql *q, const ryx_bind *b)
{
  if (q->n_binds == RYX_PARAMS_MAX) {
    ryx_sql_fail(q, RYX_E_MISUSE, "the statement needs more than %d parameters",
                 RYX_PARAMS_MAX);
    return;
  }
  if (q->n_binds == q->cap_binds && grow_binds(q) < 0) return;
  q->binds[q->n_binds++] = *b;
}

void ryx_sql_bind(ryx_sql *q, const ryx_bind *b)
{
  uint32_t n = q->n_binds;

  if (put_again(q, b)) return;
  ryx_sql_bind_apart(q, b);
  if (q->n_binds == n) return;
  ryx_sql_put(q, &q->dialect->placeholder, 1);
  if (q->dialect->placeholder == '$') ryx_sql_put_number(q, q->n_binds);
}

void ryx_sql_put_param(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_bind(
      q, &(ryx_bind){
             .param = (int32_t)n->value, .type = n->type, .elem = n->elem});
}

void ryx_sql_change(ryx_sql *q, const ryx_node *n)
{
  if (n->kind == RYX_NODE_INSERT) {
    ryx_sql_insert(q, n);
  } else if (n->kind == RYX_NODE_UPDATE) {
    ryx_sql_update(q, n);
  } else {
    ryx_sql_delete(q, n);
  }
}

void ryx_sql_statement(ryx_sql *q, const ryx_tree *t)
{
  const ryx_node *root = &t->nodes[t->root];

  q->tree = t;
  q->qualifies = t->n_sources > 1;
  if (t->ctes) ryx_sql_ctes(q, &t->nodes[t->ctes]);
  if (root->kind == RYX_NODE_QUERY) {
    ryx_sql_query(q, root);
  } else {
    ryx_sql_change(q, root);
  }
  for (int i = 0; i < t->n_comments; i++) {
    ryx_sql_puts(q, " /*");
    ryx_sql_put(q, t->comments[i].text, t->comments[i].len);
    ryx_sql_puts(q, "*/");
  }
}
