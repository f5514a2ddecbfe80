/* SPDX-License-Identifier: MIT */
/* A description compiled: read, written as SQL, and laid out in one block that
 * the plan itself is part of. */
#include <stdatomic.h>

#include "base/err.h"
#include "sql/writer.h"

/* Everything of variable size in a plan. */
typedef struct layout {
  char *at; /* the next free byte of the block; NULL while only counting */
  size_t size;
} layout;

static void *carve(layout *l, size_t n)
{
  void *p = l->at;

  n = (n + 7) & ~(size_t)7;
  l->size += n;
  if (l->at) l->at += n;
  return p;
}

static const char *carve_text(layout *l, const char *s, size_t n)
{
  char *p = carve(l, n + 1);

  if (!p) return NULL;
  memcpy(p, s, n);
  p[n] = '\0';
  return p;
}

static const ryx_node *output_name(const ryx_node *output)
{
  return output->name_len > 0 ? output : ryx_node_first(output);
}

static void lay_params(const ryx_sql *q, layout *l, ryx_plan *p)
{
  const ryx_tree *t = q->tree;
  size_t n = t->n_params;
  uint8_t *type = carve(l, n), *elem = carve(l, n);
  const char **name = carve(l, n * sizeof *name);

  for (size_t i = 0; i < n; i++) {
    const ryx_node *param = &t->nodes[t->params[i]];
    const char *s = carve_text(l, param->name, param->name_len);

    if (!p) continue;
    type[i] = param->type;
    elem[i] = param->elem;
    name[i] = s;
  }
  if (!p) return;
  p->n_params = (int32_t)n;
  p->param_type = type;
  p->param_elem = elem;
  p->param_name = name;
}

static void lay_columns(const ryx_sql *q, layout *l, ryx_plan *p)
{
  const ryx_node *list = q->outputs, *c;
  size_t n = 0, i = 0;
  uint8_t *type, *elem;
  const char **name;

  for (c = ryx_node_first(list); c < ryx_node_end(list); c = ryx_node_end(c)) {
    n++;
  }
  type = carve(l, n);
  elem = carve(l, n);
  name = carve(l, n * sizeof *name);
  for (c = ryx_node_first(list); c < ryx_node_end(list); c = ryx_node_end(c)) {
    const ryx_node *expr = ryx_node_first(c), *named = output_name(c);
    bool is_star = named->kind == RYX_NODE_STAR;
    const char *s = carve_text(l, is_star ? "count" : named->name,
                               is_star ? 5 : named->name_len);

    if (!p) continue;
    type[i] = expr->type;
    elem[i] = expr->elem;
    name[i++] = s;
  }
  if (!p) return;
  p->n_cols = (int32_t)n;
  p->col_type = type;
  p->col_elem = elem;
  p->col_name = name;
}

/* The one column of COUNT and EXISTS. */
static void lay_scalar(const ryx_sql *q, layout *l, ryx_plan *p)
{
  uint8_t *type = carve(l, 1), *elem = carve(l, 1);
  const char **name = carve(l, sizeof *name);
  const char *s = carve_text(l, q->scalar, strlen(q->scalar));

  if (!p) return;
  *type = RYX_T_INT;
  *elem = RYX_T_NULL;
  *name = s;
  p->n_cols = 1;
  p->col_type = type;
  p->col_elem = elem;
  p->col_name = name;
}

/* Runs twice: with p NULL it counts the bytes, then it fills the block. */
static void lay_out(const ryx_sql *q, layout *l, ryx_plan *p)
{
  ryx_bind *binds = carve(l, q->n_binds * sizeof *binds);
  const char **name = carve(l, q->n_binds * sizeof *name);
  const char *sql = carve_text(l, q->text, q->len);

  lay_params(q, l, p);
  if (q->scalar) {
    lay_scalar(q, l, p);
  } else {
    lay_columns(q, l, p);
  }
  if (!p) return;
  for (size_t i = 0; i < q->n_binds; i++) {
    binds[i] = q->binds[i];
    name[i] = p->param_name[binds[i].param];
  }
  p->binds = binds;
  p->bind_name = name;
  p->n_binds = (int32_t)q->n_binds;
  p->sql = sql;
  p->sql_len = q->len;
}

static bool is_direct(const ryx_plan *p)
{
  if (p->n_binds != p->n_params || p->batch == RYX_BATCH_UNNEST) return false;
  for (int32_t i = 0; i < p->n_binds; i++) {
    const ryx_bind *b = &p->binds[i];
    if (b->param != i || b->op != RYX_BIND_VALUE ||
        b->type != p->param_type[i] || b->elem != p->param_elem[i]) {
      return false;
    }
  }
  return true;
}

static int make_plan(const ryx_sql *q, ryx_plan **out, ryx_err *e)
{
  layout l = {.at = NULL, .size = 0};
  ryx_arena arena;
  ryx_plan *p;

  (void)carve(&l, sizeof *p);
  lay_out(q, &l, NULL);
  ryx_arena_init(&arena, l.size);
  l.at = ryx_arena_alloc(&arena, l.size);
  if (!l.at) return ryx_err_nomem(e);
  p = carve(&l, sizeof *p);
  memset(p, 0, sizeof *p);
  atomic_init(&p->refs, 1);
  p->arena = arena;
  p->dialect = q->dialect;
  p->read = q->reads;
  p->copies = q->copies;
  p->keys = q->keys;
  p->batch = q->batch;
  p->row_at = q->row_at;
  p->row_len = q->row_len;
  p->row_binds = (int32_t)q->row_binds;
  lay_out(q, &l, p);
  p->direct = is_direct(p);
  *out = p;
  return 0;
}

int ryx_plan_compile(const ryx_dialect *d, unsigned caps, const void *desc,
                     size_t n, ryx_plan **out, ryx_err *e)
{
  ryx_tree tree;
  ryx_sql q;
  int rc = ryx_tree_read(&tree, desc, n, e);

  if (rc < 0) {
    ryx_tree_fini(&tree);
    return rc;
  }
  ryx_sql_init(&q, d, caps, e);
  ryx_sql_statement(&q, &tree);
  rc = q.rc;
  if (rc == 0) rc = make_plan(&q, out, e);
  ryx_sql_fini(&q);
  ryx_tree_fini(&tree);
  return rc;
}

void ryx_plan_retain(ryx_plan *p)
{
  atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
}

void ryx_plan_release(ryx_plan *p)
{
  ryx_arena arena;

  if (!p) return;
  if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) > 1) return;
  arena = p->arena; /* it holds the plan, too */
  ryx_arena_fini(&arena);
}
