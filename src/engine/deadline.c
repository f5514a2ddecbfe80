/* SPDX-License-Identifier: MIT */
/* A pairing heap. */
#include "engine/deadline.h"

#include <assert.h>

static ryx_due *meld(ryx_due *a, ryx_due *b)
{
  if (!a) return b;
  if (!b) return a;
  if (b->at < a->at) {
    ryx_due *t = a;
    a = b;
    b = t;
  }
  b->prev = a;
  b->next = a->child;
  if (b->next) b->next->prev = b;
  a->child = b;
  a->next = a->prev = NULL;
  return a;
}

/* Joins a list of siblings: in pairs first, then all, which is what makes a
 * removal cost O(log n) on average. */
static ryx_due *meld_all(ryx_due *first)
{
  ryx_due *pairs = NULL, *root = NULL;
  while (first) {
    ryx_due *a = first, *b = a->next;
    first = b ? b->next : NULL;
    a = meld(a, b);
    a->next = pairs;
    pairs = a;
  }
  while (pairs) {
    ryx_due *next = pairs->next;
    pairs->next = NULL;
    root = meld(root, pairs);
    pairs = next;
  }
  if (root) root->prev = root->next = NULL;
  return root;
}

static void detach(ryx_dues *h, ryx_due *d)
{
  if (d == h->root) {
    h->root = meld_all(d->child);
  } else {
    if (d->prev->child == d)
      d->prev->child = d->next;
    else
      d->prev->next = d->next;
    if (d->next) d->next->prev = d->prev;
    h->root = meld(h->root, meld_all(d->child));
  }
  d->child = d->next = d->prev = NULL;
  d->at = 0;
}

void ryx_deadline_init(ryx_due *d, ryx_due_kind kind)
{
  *d = (ryx_due){.kind = kind};
}

void ryx_deadline_set(ryx_dues *h, ryx_due *d, uint64_t at)
{
  assert(at != 0);
  if (d->at == at) return;
  if (d->at) detach(h, d);
  d->at = at;
  h->root = meld(h->root, d);
}

void ryx_deadline_clear(ryx_dues *h, ryx_due *d)
{
  if (d->at) detach(h, d);
}

ryx_due *ryx_deadline_pop(ryx_dues *h, uint64_t now)
{
  ryx_due *d = h->root;
  if (!d || d->at > now) return NULL;
  detach(h, d);
  return d;
}
