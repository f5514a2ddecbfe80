/* SPDX-License-Identifier: MIT */
/* The runtime: aliases and compiled plans, shared by the engines of a process
 * or of one Lua state. */
#include <string.h>

#include "api/api.h"
#include "base/err.h"
#include "base/mem.h"

enum { SHOW_MAX = 512, NAMES_MAX = 256 };

int ryx_runtime_new(ryx_runtime **out, ryx_err *err)
{
  ryx_runtime *rt = ryx_mem_new(sizeof *rt);

  if (!rt) return ryx_err_nomem(err);
  if (ryx_plans_new(&rt->plans) < 0) {
    ryx_mem_free(rt);
    return ryx_err_nomem(err);
  }
  pthread_mutex_init(&rt->lock, NULL);
  ryx_arena_init(&rt->names, 0);
  atomic_init(&rt->refs, 1);
  *out = rt;
  return 0;
}

ryx_runtime *ryx_runtime_keep(ryx_runtime *rt)
{
  atomic_fetch_add_explicit(&rt->refs, 1, memory_order_relaxed);
  return rt;
}

static void clear(ryx_alias_def *def)
{
  ryx_arena_fini(&def->arena);
  def->generation = 0;
}

void ryx_runtime_release(ryx_runtime *rt)
{
  if (!rt || atomic_fetch_sub(&rt->refs, 1) != 1) return;
  for (int i = 0; i < rt->n_aliases; i++) {
    clear(rt->aliases[i]);
    ryx_mem_free(rt->aliases[i]);
  }
  ryx_mem_free(rt->aliases);
  ryx_arena_fini(&rt->names);
  ryx_plans_free(rt->plans);
  pthread_mutex_destroy(&rt->lock);
  ryx_mem_free(rt);
}

static int index_of(const ryx_runtime *rt, const char *name)
{
  for (int i = 0; i < rt->n_aliases; i++) {
    if (strcmp(rt->aliases[i]->name, name) == 0) return i;
  }
  return -1;
}

/* An entry that is defined by nothing yet. */
static int add(ryx_runtime *rt, const char *name)
{
  size_t n = (size_t)rt->n_aliases;
  ryx_alias_def **grown = ryx_mem_grow(rt->aliases, n + 1, sizeof *grown);
  ryx_alias_def *def;

  if (!grown) return RYX_E_NOMEM;
  rt->aliases = grown;
  def = ryx_mem_new(sizeof *def);
  if (!def) return RYX_E_NOMEM;
  def->name = ryx_arena_dup(&rt->names, name, strlen(name));
  if (!def->name) {
    ryx_mem_free(def);
    return RYX_E_NOMEM;
  }
  ryx_arena_init(&def->arena, 0);
  rt->aliases[n] = def;
  return rt->n_aliases++;
}

static int count(const char *const *options)
{
  int n = 0;

  while (options && options[n])
    n++;
  return n;
}

/* Copies what the definition borrows. */
static int own(ryx_alias_def *def, const ryx_alias_def *from)
{
  int n = count(from->options);
  const char **options;

  ryx_arena_init(&def->arena, 0);
  def->dialect = from->dialect;
  def->url = ryx_arena_dup(&def->arena, from->url, strlen(from->url));
  options = ryx_arena_alloc(&def->arena, ((size_t)n + 1) * sizeof *options);
  def->show = ryx_arena_dup(&def->arena, from->show, strlen(from->show));
  if (!def->url || !options || !def->show) return RYX_E_NOMEM;
  for (int i = 0; i < n; i++) {
    const char *s = from->options[i];
    options[i] = ryx_arena_dup(&def->arena, s, strlen(s));
    if (!options[i]) return RYX_E_NOMEM;
  }
  options[n] = NULL;
  def->options = options;
  return 0;
}

int ryx_runtime_define(ryx_runtime *rt, const char *name,
                       const ryx_alias_def *def, ryx_err *e)
{
  ryx_alias_def copy = {0}, *entry;
  int i = -1, rc = own(&copy, def);

  pthread_mutex_lock(&rt->lock);
  if (rc == 0) {
    i = index_of(rt, name);
    if (i < 0) i = add(rt, name);
    rc = i < 0 ? i : 0;
  }
  if (rc == 0) {
    entry = rt->aliases[i];
    clear(entry);
    copy.name = entry->name;
    copy.generation = atomic_fetch_add(&rt->changes, 1) + 1;
    *entry = copy;
  } else {
    clear(&copy);
  }
  pthread_mutex_unlock(&rt->lock);
  return rc < 0 ? ryx_err_nomem(e) : i;
}

void ryx_runtime_forget(ryx_runtime *rt, const char *name)
{
  int i;

  pthread_mutex_lock(&rt->lock);
  i = index_of(rt, name);
  if (i >= 0) {
    clear(rt->aliases[i]);
    atomic_fetch_add(&rt->changes, 1);
  }
  pthread_mutex_unlock(&rt->lock);
}

const ryx_alias_def *ryx_runtime_alias(const ryx_runtime *rt, int alias)
{
  if (alias < 0 || alias >= rt->n_aliases) return NULL;
  return rt->aliases[alias]->generation ? rt->aliases[alias] : NULL;
}

/* Names what exists, in order of definition. */
static int unknown(const ryx_runtime *rt, const char *name, ryx_err *e)
{
  char names[NAMES_MAX] = "";
  size_t at = 0;

  for (int i = 0; i < rt->n_aliases; i++) {
    const char *known = rt->aliases[i]->name;
    size_t n = strlen(known);

    if (!ryx_runtime_alias(rt, i)) continue;
    if (at + n + 3 > sizeof names) break;
    if (at > 0) memcpy(names + at, ", ", 2);
    if (at > 0) at += 2;
    memcpy(names + at, known, n + 1);
    at += n;
  }
  if (at == 0) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "there is no database '%s': call setup first", name);
  }
  return ryx_err_set(e, RYX_E_MISUSE,
                     "there is no database '%s': setup named %s", name, names);
}

int ryx_runtime_find(ryx_runtime *rt, const char *name, ryx_err *e)
{
  int i;

  pthread_mutex_lock(&rt->lock);
  i = index_of(rt, name);
  if (!ryx_runtime_alias(rt, i)) i = unknown(rt, name, e);
  pthread_mutex_unlock(&rt->lock);
  return i;
}

/* An in-memory database lives in its one connection, which must stay. */
static void keep_memory(ryx_opts *o)
{
  if (!o->memory) return;
  o->max_connections = o->min_connections = 1;
  o->idle_timeout_ms = o->max_lifetime_ms = 0;
}

int ryx_runtime_opts(const ryx_alias_def *def, ryx_opts *out, ryx_err *e)
{
  const char *const *o = def->options;
  int rc = ryx_opts_parse(def->url, out, e);

  if (rc < 0) return rc;
  for (; rc == 0 && o && o[0]; o += 2)
    rc = ryx_opts_set(out, o[0], o[1], e);
  if (rc == 0) rc = ryx_opts_check(out, e);
  if (rc < 0) {
    ryx_opts_fini(out);
    return rc;
  }
  keep_memory(out);
  out->alias = ryx_arena_dup(&out->arena, def->name, strlen(def->name));
  if (out->alias) return 0;
  ryx_opts_fini(out);
  return ryx_err_nomem(e);
}

int ryx_setup(ryx *r, const char *alias, const char *url, ryx_err *err)
{
  return ryx_setup_options(r, alias, url, NULL, err);
}

int ryx_setup_options(ryx *r, const char *alias, const char *url,
                      const char *const *options, ryx_err *err)
{
  char show[SHOW_MAX];
  ryx_err *e = err ? err : &r->err;
  ryx_alias_def def = {.name = alias, .url = url, .options = options};
  ryx_opts opts;
  int rc;

  if (!alias || !*alias || !url) {
    return ryx_err_set(e, RYX_E_MISUSE, "setup needs a name and a URL");
  }
  if (count(options) % 2 != 0) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "options of setup come in pairs of name and value");
  }
  rc = ryx_runtime_opts(&def, &opts, e);
  if (rc < 0) return ryx_api_leave(r, rc, e);
  ryx_opts_show(&opts, show, sizeof show);
  def.show = show;
  def.dialect = ryx_dialect_find(opts.driver->name);
  ryx_opts_fini(&opts);
  rc = ryx_runtime_define(r->rt, alias, &def, e);
  ryx_pools_peek(r, rc);
  return rc;
}

void ryx_forget(ryx *r, const char *alias)
{
  ryx_runtime_forget(r->rt, alias);
  ryx_pools_peek(r, -1);
}

int ryx_alias(ryx *r, const char *name, ryx_err *err)
{
  return ryx_runtime_find(r->rt, name, err ? err : &r->err);
}

const char *ryx_alias_dialect(ryx *r, int alias)
{
  const ryx_alias_def *def;
  const ryx_dialect *d;

  pthread_mutex_lock(&r->rt->lock);
  def = ryx_runtime_alias(r->rt, alias);
  d = def ? def->dialect : NULL;
  pthread_mutex_unlock(&r->rt->lock);
  return d ? ryx_dialect_name(d) : NULL;
}

int ryx_alias_show(ryx *r, int alias, char *out, size_t size)
{
  const ryx_alias_def *def;
  size_t n = 0;

  if (size == 0) return RYX_E_MISUSE;
  pthread_mutex_lock(&r->rt->lock);
  def = ryx_runtime_alias(r->rt, alias);
  if (def) n = strlen(def->show);
  if (n >= size) n = size - 1;
  if (def) memcpy(out, def->show, n);
  pthread_mutex_unlock(&r->rt->lock);
  out[n] = '\0';
  return def ? 0 : RYX_E_MISUSE;
}
