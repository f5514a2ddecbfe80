/* SPDX-License-Identifier: MIT */
/* Intrusive doubly linked list. A node is in at most one list; a node outside
 * any list points to itself. */
#ifndef RYX_BASE_LIST_H
#define RYX_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ryx_list {
  struct ryx_list *prev, *next;
} ryx_list;

#define RYX_OF(ptr, type, member) \
  ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void ryx_list_init(ryx_list *l)
{
  l->prev = l->next = l;
}
static inline bool ryx_list_empty(const ryx_list *l)
{
  return l->next == l;
}

static inline void ryx_list_add_tail(ryx_list *l, ryx_list *n)
{
  n->prev = l->prev;
  n->next = l;
  l->prev->next = n;
  l->prev = n;
}

static inline void ryx_list_add_head(ryx_list *l, ryx_list *n)
{
  ryx_list_add_tail(l->next, n);
}

static inline void ryx_list_remove(ryx_list *n)
{
  n->prev->next = n->next;
  n->next->prev = n->prev;
  ryx_list_init(n);
}

/* The first node, taken out, or NULL. */
static inline ryx_list *ryx_list_pop(ryx_list *l)
{
  ryx_list *n = l->next;
  if (n == l) return NULL;
  ryx_list_remove(n);
  return n;
}

/* Moves all nodes of src to the tail of dst. */
static inline void ryx_list_move(ryx_list *dst, ryx_list *src)
{
  if (ryx_list_empty(src)) return;
  src->next->prev = dst->prev;
  dst->prev->next = src->next;
  src->prev->next = dst;
  dst->prev = src->prev;
  ryx_list_init(src);
}

#endif
