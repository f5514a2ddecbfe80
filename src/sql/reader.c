/* SPDX-License-Identifier: MIT */
/* The primitives of reading: bytes, numbers, texts, nodes. */
#include "sql/reader.h"

#include <string.h>

#include "base/mem.h"

static const char no_memory[] = "out of memory";

void ryx_read_fail(ryx_reader *r, const char *why)
{
  if (!r->wrong) r->wrong = why;
}

void ryx_read_no_memory(ryx_reader *r)
{
  ryx_read_fail(r, no_memory);
}

bool ryx_read_is_no_memory(const ryx_reader *r)
{
  return r->wrong == no_memory;
}

char ryx_read_byte(ryx_reader *r)
{
  if (r->wrong) return 0;
  if (r->at < r->end) return (char)*r->at++;
  ryx_read_fail(r, "it ends too early");
  return 0;
}

bool ryx_read_eat(ryx_reader *r, char byte)
{
  if (r->wrong || r->at == r->end || (char)*r->at != byte) return false;
  r->at++;
  return true;
}

uint32_t ryx_read_number(ryx_reader *r)
{
  uint64_t v = 0;

  /* Nearly all are one byte. */
  if (!r->wrong && r->at < r->end && *r->at < 0x80) return *r->at++;
  for (int shift = 0; shift < 35; shift += 7) {
    uint8_t byte = (uint8_t)ryx_read_byte(r);
    v |= (uint64_t)(byte & 0x7F) << shift;
    if (byte & 0x80) continue;
    if (v <= UINT32_MAX) return (uint32_t)v;
    break;
  }
  ryx_read_fail(r, "a number is too large");
  return 0;
}

uint32_t ryx_read_below(ryx_reader *r, uint32_t limit, const char *why)
{
  uint32_t v = ryx_read_number(r);

  if (v < limit) return v;
  ryx_read_fail(r, why);
  return 0;
}

const char *ryx_read_text(ryx_reader *r, uint32_t *len)
{
  const char *s;

  *len = ryx_read_number(r);
  if (*len > (size_t)(r->end - r->at))
    ryx_read_fail(r, "a text ends too early");
  if (r->wrong) *len = 0;
  s = (const char *)r->at;
  r->at += *len;
  return s;
}

static int grow_nodes(ryx_tree *t)
{
  bool is_small = t->nodes == t->small_nodes;
  ryx_node *more = ryx_mem_grow(is_small ? NULL : t->nodes, (size_t)t->cap * 2,
                                sizeof *more);

  if (!more) return RYX_E_NOMEM;
  if (is_small) memcpy(more, t->small_nodes, sizeof t->small_nodes);
  t->nodes = more;
  t->cap *= 2;
  return 0;
}

uint32_t ryx_read_open(ryx_reader *r, ryx_node_kind kind)
{
  ryx_tree *t = r->tree;

  if (t->n == t->cap && grow_nodes(t) < 0) {
    ryx_read_no_memory(r);
    return 0;
  }
  t->nodes[t->n] = (ryx_node){.kind = (uint8_t)kind, .size = 1, .name = ""};
  return t->n++;
}

void ryx_read_close(ryx_reader *r, uint32_t node)
{
  if (!r->wrong) r->tree->nodes[node].size = r->tree->n - node;
}

uint32_t ryx_read_named(ryx_reader *r, ryx_node_kind kind)
{
  uint32_t len, node = ryx_read_open(r, kind);
  const char *s = ryx_read_text(r, &len);

  ryx_read_at(r, node)->name = s;
  ryx_read_at(r, node)->name_len = len;
  return node;
}

void ryx_read_list(ryx_reader *r, void (*item)(ryx_reader *))
{
  uint32_t node = ryx_read_open(r, RYX_NODE_LIST), n = ryx_read_number(r);

  for (; n > 0 && !r->wrong; n--)
    item(r);
  ryx_read_close(r, node);
}

void ryx_read_none(ryx_reader *r)
{
  ryx_read_open(r, RYX_NODE_NONE);
}

/* Numbers that grow behind an array which begins inside the tree. */
static uint32_t *grow_numbers(uint32_t *now, uint32_t *small, uint32_t n_small,
                              uint32_t cap)
{
  bool is_small = now == small;
  uint32_t *more = ryx_mem_grow(is_small ? NULL : now, cap, sizeof *more);

  if (more && is_small) memcpy(more, small, n_small * sizeof *small);
  return more;
}

uint32_t ryx_read_source(ryx_reader *r, uint32_t node)
{
  ryx_tree *t = r->tree;

  if (t->n_sources == RYX_SOURCES_MAX) {
    ryx_read_fail(r, "there are too many sources");
  } else if (t->n_sources == t->cap_sources) {
    uint32_t n_small = sizeof t->small_sources / sizeof t->small_sources[0];
    uint32_t *more =
        grow_numbers(t->sources, t->small_sources, n_small, t->cap_sources * 2);
    if (!more) {
      ryx_read_no_memory(r);
    } else {
      t->sources = more;
      t->cap_sources *= 2;
    }
  }
  if (r->wrong) return 0;
  t->sources[t->n_sources] = node;
  return t->n_sources++;
}

static int grow_params(ryx_tree *t, uint32_t number)
{
  uint32_t n_small = sizeof t->small_params / sizeof t->small_params[0];
  uint32_t cap = t->cap_params, *more;

  while (cap <= number)
    cap *= 2;
  more = grow_numbers(t->params, t->small_params, n_small, cap);
  if (!more) return RYX_E_NOMEM;
  t->params = more;
  t->cap_params = cap;
  return 0;
}

void ryx_read_params(ryx_reader *r, uint32_t n)
{
  ryx_tree *t = r->tree;

  if (n > t->cap_params && grow_params(t, n - 1) < 0) {
    ryx_read_no_memory(r);
    return;
  }
  while (t->n_params < n)
    t->params[t->n_params++] = 0;
}

void ryx_read_param_at(ryx_reader *r, uint32_t number, uint32_t node)
{
  ryx_tree *t = r->tree;

  ryx_read_params(r, number + 1);
  if (!r->wrong && t->params[number] == 0) t->params[number] = node;
}

bool ryx_read_enter(ryx_reader *r)
{
  if (++r->depth > RYX_LIMIT_DEPTH) {
    ryx_read_fail(r, "it is nested deeper than 200 levels");
  }
  return !r->wrong;
}

void ryx_read_leave(ryx_reader *r)
{
  r->depth--;
}
