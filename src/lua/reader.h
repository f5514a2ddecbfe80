/* SPDX-License-Identifier: MIT */
/* A result being read: what rows.c and take.c share. While Lua may raise, the
 * result lies in the engine's userdata, which frees it on the next take or when
 * it is collected. */
#ifndef RYX_LUA_READER_H
#define RYX_LUA_READER_H

#include "lua/core.h"

/* A result being read, and where on the stack lies what every row needs. */
typedef struct reader {
  lua_State *L;
  lua_core *c;
  lua_engine *en;             /* NULL: the rows were kept */
  ryx_rows *rows;             /* NULL: the statement has none */
  int kept;                   /* index of rows that were kept, 0: none */
  int at;                     /* index of the current one of them */
  const uint8_t *type, *elem; /* the columns should be, or NULL */
  int n_cols;
  int keys;      /* index of the first key, 0: no keys */
  int null;      /* index of what stands for NULL, 0: left out */
  int meta;      /* index of the metatable, 0: none */
  int record;    /* index of "_r" and the record after it, 0: none */
  int peers;     /* index of the weak list of the rows, 0: none */
  int related;   /* index of "_related", 0: nothing is nested */
  int nested;    /* index of what parts 1 and up need, NESTED values each */
  int n;         /* number of the current row */
  lua_part root; /* where the shape has no parts */
  const lua_part *part; /* part[0] is the row itself */
} reader;

/* take.c. Takes the result of argument 2. False: nil, err are pushed. */
bool ryx_lua_read_begin(reader *r, lua_State *L);
/* Ends what begin began. */
void ryx_lua_read_end(reader *r);
int ryx_lua_read_failed(reader *r); /* the same with nil, err: 2 */
/* Column i could not be pushed: its name into the message; always false. */
bool ryx_lua_read_refuse(reader *r, int i);

/* Pushes column i of the current row: v as the type it should have. */
static inline bool ryx_lua_read_cell(reader *r, int i, ryx_val *v)
{
  int type = r->type ? r->type[i] : RYX_T_NULL;
  int elem = r->elem ? r->elem[i] : RYX_T_NULL;

  if (v->type == RYX_T_INT && (type == RYX_T_INT || type == RYX_T_NULL)) {
    ryx_lua_push_int(r->L, v->u.i);
    return true;
  }
  if (v->type == RYX_T_TEXT && (type == RYX_T_TEXT || type == RYX_T_NULL)) {
    lua_pushlstring(r->L, v->u.s, v->len);
    return true;
  }
  if (v->type == RYX_T_INT && type == RYX_T_BOOL && (v->u.i | 1) == 1) {
    lua_pushboolean(r->L, v->u.i != 0);
    return true;
  }
  if (ryx_lua_push(r->L, v, type, elem)) return true;
  return ryx_lua_read_refuse(r, i);
}

#endif
