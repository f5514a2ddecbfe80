/* SPDX-License-Identifier: MIT */
/* The cache of users' texts: from dialect and text to what is sent. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "sql/dialect.h"

enum { TEXTS_MAX = 1024, LENGTH_MAX = 8192 };

struct ryx_raws {
  pthread_mutex_t lock;          /* guards all below; held for a look-up only */
  ryx_map map[RYX_DIALECTS_MAX]; /* from text to entry, by dialect */
  const ryx_dialect *dialect[RYX_DIALECTS_MAX]; /* NULL: not yet met */
  ryx_list used; /* entries, least recently first */
  int n;
  ryx_plans *plans; /* thread-safe by itself */
};

/* A text in the cache, which holds one reference to it. */
typedef struct entry {
  ryx_raw_text text;
  ryx_list used; /* outside any list: not in the cache */
  ryx_map *map;
  size_t key_len;
  char bytes[]; /* the text as given, then as it is sent with its NUL */
} entry;

static entry *entry_of(ryx_list *used)
{
  return RYX_OF(used, entry, used);
}

static void forget(ryx_raws *r, entry *x)
{
  ryx_map_remove(x->map, x->bytes, x->key_len);
  ryx_list_remove(&x->used);
  r->n--;
  ryx_raws_release(&x->text);
}

static int make(const ryx_dialect *d, const char *sql, size_t n, entry **out,
                ryx_err *e)
{
  ryx_raw about;
  ryx_buf buf;
  entry *x = NULL;
  int rc;

  ryx_buf_init(&buf, 0);
  rc = ryx_sql_raw(d, sql, n, &buf, &about, e);
  if (rc < 0) goto done;
  x = ryx_mem_alloc(sizeof *x + n + buf.len + 1);
  if (!x) {
    rc = ryx_err_nomem(e);
    goto done;
  }
  *x = (entry){.text = {.about = about, .sql_len = buf.len}, .key_len = n};
  atomic_init(&x->text.refs, 1);
  ryx_list_init(&x->used);
  x->text.sql = x->bytes + n;
  if (n > 0) memcpy(x->bytes, sql, n);
  if (buf.len > 0) memcpy(x->bytes + n, buf.data, buf.len);
  x->bytes[n + buf.len] = '\0';
done:
  ryx_buf_fini(&buf);
  *out = x;
  return rc;
}

static ryx_map *map_of(ryx_raws *r, const ryx_dialect *d)
{
  int i = 0;

  while (r->dialect[i] && r->dialect[i] != d)
    i++;
  r->dialect[i] = d;
  return &r->map[i];
}

static bool may_keep(const ryx_dialect *d, const ryx_raw *about)
{
  return !about->taints && !(about->has_star && d->stale_star);
}

/* The lock is held. The text that is used again is worth a number. */
static entry *look_up(ryx_raws *r, const ryx_dialect *d, const char *sql,
                      size_t n)
{
  entry *x = ryx_map_get(map_of(r, d), sql, n);

  if (!x) return NULL;
  ryx_list_remove(&x->used);
  ryx_list_add_tail(&r->used, &x->used);
  atomic_fetch_add_explicit(&x->text.refs, 1, memory_order_relaxed);
  if (x->text.id == 0 && may_keep(d, &x->text.about))
    x->text.id = ryx_plans_number(r->plans);
  return x;
}

/* Keeps a text unless another thread was first; without memory it stays the
 * caller's alone. */
static void keep(ryx_raws *r, const ryx_dialect *d, entry *x)
{
  ryx_map *map;

  pthread_mutex_lock(&r->lock);
  map = map_of(r, d);
  if (!ryx_map_get(map, x->bytes, x->key_len) &&
      ryx_map_set(map, x->bytes, x->key_len, x, NULL) == 0) {
    x->map = map;
    atomic_fetch_add_explicit(&x->text.refs, 1, memory_order_relaxed);
    ryx_list_add_tail(&r->used, &x->used);
    if (++r->n > TEXTS_MAX) forget(r, entry_of(r->used.next));
  }
  pthread_mutex_unlock(&r->lock);
}

int ryx_raws_new(ryx_plans *plans, ryx_raws **out)
{
  ryx_raws *r = ryx_mem_new(sizeof *r);

  if (!r) return RYX_E_NOMEM;
  if (pthread_mutex_init(&r->lock, NULL) != 0) {
    ryx_mem_free(r);
    return RYX_E_NOMEM;
  }
  ryx_list_init(&r->used);
  r->plans = plans;
  *out = r;
  return 0;
}

void ryx_raws_free(ryx_raws *r)
{
  if (!r) return;
  while (!ryx_list_empty(&r->used))
    forget(r, entry_of(r->used.next));
  for (int i = 0; i < RYX_DIALECTS_MAX; i++)
    ryx_map_fini(&r->map[i], NULL);
  pthread_mutex_destroy(&r->lock);
  ryx_mem_free(r);
}

int ryx_raws_get(ryx_raws *r, const ryx_dialect *d, const char *sql, size_t n,
                 ryx_raw_text **out, ryx_err *e)
{
  entry *x = NULL;
  int rc = 0;

  if (n <= LENGTH_MAX) {
    pthread_mutex_lock(&r->lock);
    x = look_up(r, d, sql, n);
    pthread_mutex_unlock(&r->lock);
  }
  if (!x) {
    rc = make(d, sql, n, &x, e);
    if (rc == 0 && n <= LENGTH_MAX) keep(r, d, x);
  }
  if (rc == 0) *out = &x->text;
  return rc;
}

void ryx_raws_release(ryx_raw_text *t)
{
  if (!t || atomic_fetch_sub(&t->refs, 1) != 1) return;
  ryx_mem_free(RYX_OF(t, entry, text));
}
