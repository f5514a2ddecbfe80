/* SPDX-License-Identifier: MIT */
/* Packed rows. Everything, the pack itself included, lies in a chain of blocks
 * that double: a result of one row is one allocation. Cells lie row by row in
 * chunks; bytes lie between the chunks. */
#include "value/pack.h"

#include <string.h>

#include "base/mem.h"

/* The first block is of a size that malloc has at hand (glibc: 1032 bytes);
 * the largest stays below the one at which it turns to mmap. */
enum {
  FIRST_SIZE = 1024,
  MAX_SIZE = 64 * 1024,
  FIRST_ROWS = 2,
  NAME_SIZE = 16
};

typedef struct block {
  struct block *next; /* older; the first one holds the pack and comes last */
} block;

typedef struct chunk {
  struct chunk *next;
  int64_t n_rows; /* it has room for; only the last one is not full */
  ryx_val cells[];
} chunk;

struct ryx_pack {
  ryx_rows rows;
  char *at, *end; /* free space of the newest block */
  ryx_val *row;   /* the next row: to fill, later to read */
  int64_t room;   /* rows left in the chunk */
  int64_t count;
  size_t row_size; /* of one row's cells in bytes */
  chunk *first, *last;
  block *blocks;
  size_t next_size, size;
  ryx_col cols[];
};

static char *align(char *p)
{
  return p + (-(uintptr_t)p & (_Alignof(ryx_val) - 1));
}

static block *add_block(ryx_pack *p, size_t size)
{
  block *b = ryx_mem_alloc(size);

  if (!b) return NULL;
  p->size += size;
  return b;
}

/* The slow way of ryx_pack_room. A big piece gets a block of its own, so that
 * the rest of the newest block stays in use. */
static char *room_in_block(ryx_pack *p, size_t n)
{
  block *b;
  char *start;

  if (n > SIZE_MAX / 2) return NULL;
  if (n > p->next_size / 4) {
    b = add_block(p, sizeof *b + n);
    if (!b) return NULL;
    b->next = p->blocks;
    p->blocks = b;
    return (char *)(b + 1);
  }
  b = add_block(p, p->next_size);
  if (!b) return NULL;
  b->next = p->blocks;
  p->blocks = b;
  start = (char *)(b + 1);
  p->at = start + n;
  p->end = (char *)b + p->next_size;
  if (p->next_size < MAX_SIZE) p->next_size *= 2;
  return start;
}

/* Each chunk has room for twice the rows of the one before, but is no larger
 * than a block, however wide a row is. */
static bool add_chunk(ryx_pack *p)
{
  int64_t n = p->last ? p->last->n_rows * 2 : FIRST_ROWS;
  int64_t most = (int64_t)((MAX_SIZE - 64) / (p->row_size | 1));
  char *start = align(p->at);
  size_t size;
  chunk *c;

  if (n > most) n = most > 0 ? most : 1;
  size = sizeof *c + (size_t)n * p->row_size;
  if (start <= p->end && (size_t)(p->end - start) >= size) {
    p->at = start + size;
  } else {
    start = room_in_block(p, size);
    if (!start) return false;
  }
  c = (chunk *)(void *)start;
  c->next = NULL;
  c->n_rows = n;
  if (p->last) p->last->next = c;
  if (!p->last) p->first = c;
  p->last = c;
  p->row = c->cells;
  p->room = n;
  return true;
}

static void enter_chunk(ryx_pack *p, chunk *c)
{
  p->last = c;
  p->row = c->cells;
  p->room = c->n_rows;
}

/* While reading, `last` is the chunk being read, `row` the one after the
 * current row, `count` the rows not yet read. */
static bool pack_next(ryx_rows *r)
{
  ryx_pack *p = (ryx_pack *)(void *)r;

  if (p->count == 0) return false;
  if (p->room == 0) enter_chunk(p, p->last->next);
  p->count--;
  p->room--;
  p->row += r->n_cols;
  return true;
}

static void pack_cell(ryx_rows *r, int col, ryx_val *out)
{
  const ryx_pack *p = (const ryx_pack *)(const void *)r;

  *out = p->row[col - r->n_cols];
}

static const ryx_val *pack_row(const ryx_rows *r)
{
  return ((const ryx_pack *)(const void *)r)->row - r->n_cols;
}

static void pack_free(ryx_rows *r)
{
  ryx_pack_free((ryx_pack *)(void *)r);
  ryx_rows_count(-1);
}

static const ryx_rows_vt pack_vt = {
    .next = pack_next,
    .cell = pack_cell,
    .row = pack_row,
    .free = pack_free,
};

int ryx_pack_new(int n_cols, ryx_pack **out)
{
  size_t n = (size_t)n_cols;
  size_t row_size = n * sizeof(ryx_val);
  size_t head = sizeof(block) + sizeof(ryx_pack) + n * sizeof(ryx_col);
  size_t need = head + n * NAME_SIZE + sizeof(chunk) + FIRST_ROWS * row_size;
  size_t size = need < FIRST_SIZE * 3 / 4 ? FIRST_SIZE : need + FIRST_SIZE / 2;
  block *b = ryx_mem_alloc(size);
  ryx_pack *p;

  *out = NULL;
  if (!b) return RYX_E_NOMEM;
  b->next = NULL;
  p = (ryx_pack *)(void *)(b + 1);
  memset(p, 0, sizeof *p);
  for (int i = 0; i < n_cols; i++) {
    p->cols[i] = (ryx_col){.name = "", .type = RYX_T_NULL};
  }
  p->rows.vt = &pack_vt;
  p->rows.cols = p->cols;
  p->rows.n_cols = n_cols;
  p->at = (char *)b + head;
  p->end = (char *)b + size;
  p->row_size = row_size;
  p->blocks = b;
  p->size = size;
  p->next_size = 2 * FIRST_SIZE;
  *out = p;
  return 0;
}

int ryx_pack_col(ryx_pack *p, int col, const char *name, int type)
{
  size_t n = strlen(name) + 1;
  char *copy = ryx_pack_room(p, n);

  if (!copy) return RYX_E_NOMEM;
  memcpy(copy, name, n);
  p->cols[col].name = copy;
  p->cols[col].type = (uint8_t)type;
  return 0;
}

int ryx_pack_names(ryx_pack *p, const char *names, size_t n)
{
  char *copy = ryx_pack_room(p, n);

  if (!copy) return RYX_E_NOMEM;
  memcpy(copy, names, n);
  for (int i = 0; i < p->rows.n_cols; i++) {
    p->cols[i].name = copy;
    copy += strlen(copy) + 1;
  }
  return 0;
}

ryx_val *ryx_pack_row(ryx_pack *p)
{
  ryx_val *row;

  if (p->room == 0 && !add_chunk(p)) return NULL;
  row = p->row;
  p->row += p->rows.n_cols;
  p->room--;
  p->count++;
  memset(row, 0, p->row_size); /* RYX_T_NULL is 0 */
  return row;
}

int ryx_pack_bytes(ryx_pack *p, ryx_val *cell, int type, const void *s,
                   size_t n)
{
  char *copy;

  if (n > UINT32_MAX) return RYX_E_NOMEM;
  copy = ryx_pack_room(p, n);
  if (!copy) return RYX_E_NOMEM;
  if (n > 0) memcpy(copy, s, n);
  cell->type = (uint8_t)type;
  cell->len = (uint32_t)n;
  cell->u.s = copy;
  return 0;
}

char *ryx_pack_room(ryx_pack *p, size_t n)
{
  char *start = p->at;

  if ((size_t)(p->end - start) < n) return room_in_block(p, n);
  p->at = start + n;
  return start;
}

int64_t ryx_pack_count(const ryx_pack *p)
{
  return p->count;
}

size_t ryx_pack_size(const ryx_pack *p)
{
  return p->size;
}

ryx_rows *ryx_pack_rows(ryx_pack *p)
{
  p->rows.n_rows = p->count;
  p->room = 0;
  if (p->first) enter_chunk(p, p->first);
  ryx_rows_count(1);
  return &p->rows;
}

void ryx_pack_free(ryx_pack *p)
{
  block *b = p ? p->blocks : NULL;

  while (b) {
    block *next = b->next;
    ryx_mem_free(b);
    b = next;
  }
}
