/* SPDX-License-Identifier: MIT */
/* The instances that bulk_create stores. */
#ifndef RYX_BENCH_RAW_ITEM_H
#define RYX_BENCH_RAW_ITEM_H

#include "raw_lua.h"

typedef struct raw_item {
  raw_text name, category;
  int64_t price, created_us; /* since 1970 */
  char is_active;
} raw_item;

/* What the two below need of the stack; record: the index of what "_r" is. */
raw_part raw_push_item(lua_State *L, int record);

/* Reads the instance on the top of the stack, and marks it as stored. */
void raw_read_item(lua_State *L, const raw_part *p, raw_item *out);
void raw_stored_item(lua_State *L, const raw_part *p, int64_t id);

#endif
