/* SPDX-License-Identifier: MIT */
/* Owns the databases that were set up, in entries that stay where they are: a
 * definition replaces the last one of its name. One lock, never held across a
 * call that waits. */
#include "api/runtime.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

enum { SHOW_MAX = 512, NAMES_MAX = 256 };

/* A database that was set up. */
typedef struct entry {
  const char *name;           /* in the runtime's arena: never forgotten */
  uint32_t generation;        /* 0: forgotten */
  ryx_arena arena;            /* holds the texts below */
  const char *url;            /* as given, with its password */
  const char *const *options; /* name, value, ..., NULL */
  const char *show;           /* the URL without its password */
  const ryx_driver *driver;
  const ryx_dialect *dialect;
  void *held; /* what the driver holds of a database in memory, or NULL */
  pid_t held_by;
} entry;

struct ryx_runtime {
  _Atomic uint32_t refs;
  _Atomic uint32_t changes; /* generations handed out so far */
  pthread_mutex_t lock;     /* guards entries */
  entry **entries;          /* by number */
  int n_entries;
  ryx_arena names;
  ryx_plans *plans; /* both are thread-safe by themselves */
  ryx_raws *raws;
};

int ryx_runtime_new(ryx_runtime **out, ryx_err *err)
{
  ryx_runtime *rt = ryx_mem_new(sizeof *rt);

  if (!rt) return ryx_err_nomem(err);
  if (ryx_plans_new(&rt->plans) < 0 || ryx_raws_new(rt->plans, &rt->raws) < 0) {
    ryx_plans_free(rt->plans);
    ryx_mem_free(rt);
    return ryx_err_nomem(err);
  }
  pthread_mutex_init(&rt->lock, NULL);
  ryx_arena_init(&rt->names, 0);
  atomic_init(&rt->refs, 1);
  *out = rt;
  return 0;
}

ryx_plans *ryx_runtime_plans(ryx_runtime *rt)
{
  return rt->plans;
}

ryx_raws *ryx_runtime_raws(ryx_runtime *rt)
{
  return rt->raws;
}

ryx_runtime *ryx_runtime_keep(ryx_runtime *rt)
{
  atomic_fetch_add_explicit(&rt->refs, 1, memory_order_relaxed);
  return rt;
}

/* What a parent held is the parent's. */
static void let_go(entry *def)
{
  if (def->held && def->held_by == getpid()) def->driver->let_go(def->held);
  def->held = NULL;
}

static void clear(entry *def)
{
  let_go(def);
  ryx_arena_fini(&def->arena);
  def->generation = 0;
}

void ryx_runtime_release(ryx_runtime *rt)
{
  if (!rt || atomic_fetch_sub(&rt->refs, 1) != 1) return;
  for (int i = 0; i < rt->n_entries; i++) {
    clear(rt->entries[i]);
    ryx_mem_free(rt->entries[i]);
  }
  ryx_mem_free(rt->entries);
  ryx_arena_fini(&rt->names);
  ryx_raws_free(rt->raws);
  ryx_plans_free(rt->plans);
  pthread_mutex_destroy(&rt->lock);
  ryx_mem_free(rt);
}

static int index_of(const ryx_runtime *rt, const char *name)
{
  for (int i = 0; i < rt->n_entries; i++) {
    if (strcmp(rt->entries[i]->name, name) == 0) return i;
  }
  return -1;
}

/* An entry that is defined by nothing yet. */
static int add(ryx_runtime *rt, const char *name)
{
  size_t n = (size_t)rt->n_entries;
  entry **grown = ryx_mem_grow(rt->entries, n + 1, sizeof *grown);
  entry *def;

  if (!grown) return RYX_E_NOMEM;
  rt->entries = grown;
  def = ryx_mem_new(sizeof *def);
  if (!def) return RYX_E_NOMEM;
  def->name = ryx_arena_dup(&rt->names, name, strlen(name));
  if (!def->name) {
    ryx_mem_free(def);
    return RYX_E_NOMEM;
  }
  ryx_arena_init(&def->arena, 0);
  rt->entries[n] = def;
  return rt->n_entries++;
}

static int count(const char *const *options)
{
  int n = 0;

  while (options && options[n])
    n++;
  return n;
}

/* Copies what from borrows. */
static int own(entry *to, const entry *from)
{
  int n = count(from->options);
  const char **options;

  ryx_arena_init(&to->arena, 0);
  to->driver = from->driver;
  to->dialect = from->dialect;
  to->url = ryx_arena_dup(&to->arena, from->url, strlen(from->url));
  options = ryx_arena_alloc(&to->arena, ((size_t)n + 1) * sizeof *options);
  to->show = ryx_arena_dup(&to->arena, from->show, strlen(from->show));
  if (!to->url || !options || !to->show) return RYX_E_NOMEM;
  for (int i = 0; i < n; i++) {
    const char *s = from->options[i];
    options[i] = ryx_arena_dup(&to->arena, s, strlen(s));
    if (!options[i]) return RYX_E_NOMEM;
  }
  options[n] = NULL;
  to->options = options;
  return 0;
}

/* Puts a definition in its place, the number of its name; it is the registry's
 * from now on. */
static int place(ryx_runtime *rt, entry *def)
{
  int i = index_of(rt, def->name);
  entry *at;

  if (i < 0) i = add(rt, def->name);
  if (i < 0) return i;
  at = rt->entries[i];
  clear(at);
  def->name = at->name;
  def->generation = atomic_fetch_add(&rt->changes, 1) + 1;
  *at = *def;
  return i;
}

/* An in-memory database lives in its one connection, which must stay. */
static void keep_memory(ryx_opts *o)
{
  if (!o->memory) return;
  o->max_connections = o->min_connections = 1;
  o->idle_timeout_ms = o->max_lifetime_ms = 0;
}

/* One database for every engine of the process, until the next definition. */
static int share_memory(const ryx_runtime *rt, entry *def, ryx_opts *o)
{
  char name[NAMES_MAX];
  int n;

  if (!o->memory || !o->driver->hold) return 0;
  n = snprintf(name, sizeof name, "/ryx-%ld-%p-%lu", (long)getpid(),
               (const void *)rt, (unsigned long)def->generation);
  o->memory_name = ryx_arena_dup(&o->arena, name, (size_t)n);
  if (!o->memory_name) return RYX_E_NOMEM;
  if (def->held && def->held_by == getpid()) return 0;
  def->held = o->driver->hold(o);
  def->held_by = getpid();
  return 0;
}

/* The options of a pool for that definition. */
static int parse(const entry *def, ryx_opts *out, ryx_err *e)
{
  const char *const *o = def->options;
  int rc = ryx_opts_parse(def->url, out, e);

  if (rc < 0) return rc;
  for (; rc == 0 && o && o[0]; o += 2)
    rc = ryx_opts_set(out, o[0], o[1], e);
  if (rc == 0) rc = ryx_opts_check(out, e);
  keep_memory(out);
  out->alias = ryx_arena_dup(&out->arena, def->name, strlen(def->name));
  if (rc == 0 && !out->alias) rc = ryx_err_nomem(e);
  if (rc < 0) ryx_opts_fini(out);
  return rc;
}

int ryx_runtime_define(ryx_runtime *rt, const char *name, const char *url,
                       const char *const *options, ryx_err *e)
{
  char show[SHOW_MAX];
  entry given = {.name = name, .url = url, .options = options, .show = show};
  entry def = {.name = name};
  ryx_opts opts;
  int rc = parse(&given, &opts, e);

  if (rc < 0) return rc;
  ryx_opts_show(&opts, show, sizeof show);
  given.driver = opts.driver;
  given.dialect = ryx_dialect_spoken(opts.driver->name, 0);
  ryx_opts_fini(&opts);
  rc = own(&def, &given);
  pthread_mutex_lock(&rt->lock);
  if (rc == 0) rc = place(rt, &def);
  pthread_mutex_unlock(&rt->lock);
  if (rc >= 0) return rc;
  clear(&def);
  return ryx_err_nomem(e);
}

void ryx_runtime_forget(ryx_runtime *rt, const char *name)
{
  int i;

  pthread_mutex_lock(&rt->lock);
  i = index_of(rt, name);
  if (i >= 0) {
    clear(rt->entries[i]);
    atomic_fetch_add(&rt->changes, 1);
  }
  pthread_mutex_unlock(&rt->lock);
}

/* Under the lock. */
static entry *peek(const ryx_runtime *rt, int alias)
{
  if (alias < 0 || alias >= rt->n_entries) return NULL;
  return rt->entries[alias]->generation ? rt->entries[alias] : NULL;
}

/* Names what exists, in order of definition. */
static int unknown(const ryx_runtime *rt, const char *name, ryx_err *e)
{
  char names[NAMES_MAX] = "";
  size_t at = 0;

  for (int i = 0; i < rt->n_entries; i++) {
    const char *known = rt->entries[i]->name;
    size_t n = strlen(known);

    if (!peek(rt, i)) continue;
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
  if (!peek(rt, i)) i = unknown(rt, name, e);
  pthread_mutex_unlock(&rt->lock);
  return i;
}

uint32_t ryx_runtime_changes(const ryx_runtime *rt)
{
  return atomic_load(&rt->changes);
}

uint32_t ryx_runtime_generation(ryx_runtime *rt, int alias)
{
  const entry *def;
  uint32_t generation;

  pthread_mutex_lock(&rt->lock);
  def = peek(rt, alias);
  generation = def ? def->generation : 0;
  pthread_mutex_unlock(&rt->lock);
  return generation;
}

int ryx_runtime_read(ryx_runtime *rt, int alias, ryx_definition *out,
                     ryx_err *e)
{
  entry *def;
  int rc;

  pthread_mutex_lock(&rt->lock);
  def = peek(rt, alias);
  if (def) {
    out->generation = def->generation;
    out->dialect = def->dialect;
    rc = parse(def, &out->opts, e);
    if (rc == 0 && share_memory(rt, def, &out->opts) < 0) {
      ryx_opts_fini(&out->opts);
      rc = ryx_err_nomem(e);
    }
  } else {
    rc = ryx_err_set(e, RYX_E_MISUSE,
                     "there is no database number %d: call setup first", alias);
  }
  pthread_mutex_unlock(&rt->lock);
  return rc;
}

const ryx_dialect *ryx_runtime_dialect(ryx_runtime *rt, int alias)
{
  const entry *def;
  const ryx_dialect *dialect;

  pthread_mutex_lock(&rt->lock);
  def = peek(rt, alias);
  dialect = def ? def->dialect : NULL;
  pthread_mutex_unlock(&rt->lock);
  return dialect;
}

const ryx_driver *ryx_runtime_driver(ryx_runtime *rt, int alias)
{
  const entry *def;
  const ryx_driver *driver;

  pthread_mutex_lock(&rt->lock);
  def = peek(rt, alias);
  driver = def ? def->driver : NULL;
  pthread_mutex_unlock(&rt->lock);
  return driver;
}

bool ryx_runtime_show(ryx_runtime *rt, int alias, char *out, size_t size)
{
  const entry *def;

  pthread_mutex_lock(&rt->lock);
  def = peek(rt, alias);
  snprintf(out, size, "%s", def ? def->show : "");
  pthread_mutex_unlock(&rt->lock);
  return def != NULL;
}
