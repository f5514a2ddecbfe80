/* SPDX-License-Identifier: MIT */
/* What the files of the binding share. The module's state is upvalue 1 of every
 * function; userdata are known by the address of their metatable. */
#ifndef RYX_LUA_CORE_H
#define RYX_LUA_CORE_H

#include "lua/compat.h"

/* A metatable: its address to compare, its reference to push. */
typedef struct lua_meta {
  const void *at;
  int ref;
} lua_meta;

typedef struct lua_core {
  ryx_runtime *rt;
  lua_meta engine, plan, bound, shape, lock, csv, regex, folder, array;
  lua_meta value[RYX_T_MAX]; /* by type; unused ones are zero */
  ryx_val *vals; /* room for parameters, which the registry keeps alive */
  size_t n_vals;
  int vals_ref;
  int weak; /* the metatable of lists that keep nothing alive */
  /* Things that must outlive an error raised by Lua while they are in use:
   * they are freed on the next use, or with the module. */
  ryx_json *doc;     /* being turned into tables */
  ryx_text_buf text; /* JSON on its way out */
  void *made;        /* bytes of the value converted last */
  ryx_err err;       /* of the call that runs */
  bool open;         /* all of it was made */
  bool busy;         /* what is above is in use, or was when Lua raised */
} lua_core;

/* A request that was sent and not taken, by the low bits of its tag. */
typedef struct lua_slot {
  ryx_tag tag;    /* 0: free */
  ryx_plan *plan; /* counted; NULL for a raw statement */
} lua_slot;

typedef struct lua_engine {
  ryx *r; /* NULL: closed */
  lua_slot *slots;
  uint32_t n_slots;
  ryx_result result; /* taken last, until it has become Lua values */
  ryx_tag early;     /* the result is this one's, for core.duration; or 0 */
  ryx_plan *plan;    /* that the result is of, or NULL */
  bool queues;       /* statements wait for a busy transaction, not fail */
} lua_engine;

typedef struct lua_plan {
  ryx_plan *plan;
  ryx_plan_info info;
} lua_plan;

static inline lua_core *ryx_lua_core(lua_State *L)
{
  return lua_touserdata(L, lua_upvalueindex(1));
}

/* The userdata at idx when it has this metatable, else NULL. */
static inline void *ryx_lua_test(lua_State *L, int idx, const lua_meta *meta)
{
  const void *at;

  if (!lua_getmetatable(L, idx)) return NULL;
  at = lua_topointer(L, -1);
  lua_pop(L, 1);
  return at == meta->at ? lua_touserdata(L, idx) : NULL;
}

static inline void ryx_lua_set(lua_State *L, const lua_meta *meta)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, meta->ref);
  lua_setmetatable(L, -2);
}

/* NULL, as Lua has it: the null light userdata. */
static inline bool ryx_lua_is_null(lua_State *L, int idx)
{
  return lua_islightuserdata(L, idx) && !lua_touserdata(L, idx);
}

/* core.c. Around every use of what the state lends: Lua runs finalizers
 * wherever it allocates, and one that came back in would take it away. Raises
 * when that happens. */
void ryx_lua_enter(lua_State *L, lua_core *c);
static inline void ryx_lua_leave(lua_core *c)
{
  c->busy = false;
}
/* The argument at idx as an int, or an argument error. */
int ryx_lua_int_arg(lua_State *L, int idx);

/* Makes a metatable with these functions (upvalue 1: the state) and
 * leaves it on the stack [-0, +1]. */
void ryx_lua_meta(lua_State *L, lua_meta *meta, const char *name,
                  const luaL_Reg *functions);

/* value_text.c. Gives the metatable on the top ".." */
void ryx_lua_set_concat(lua_State *L);

/* error.c. Sets c->err; always false. */
bool ryx_lua_fail(lua_core *c, int code, const char *fmt, ...) RYX_PRINTF(3, 4);
int ryx_lua_push_error(lua_State *L, const ryx_err *e); /* nil, err: 2 */
/* What a Lua value is, for messages: "a table", "'abc'", "12". */
void ryx_lua_show(lua_State *L, int idx, char out[80]);

/* engine.c */
lua_engine *ryx_lua_engine(lua_State *L, lua_core *c); /* argument 1, open */
/* Remembers a tag; the number of its slot. plan is counted here. */
int ryx_lua_slot_add(lua_State *L, lua_engine *en, ryx_tag tag, ryx_plan *plan);
/* Argument 2 as a slot in use, or an argument error. */
lua_slot *ryx_lua_slot(lua_State *L, lua_engine *en);
void ryx_lua_slot_end(lua_slot *s);
/* Takes the result of a slot into en->result; RYX_E_MISUSE: not finished. */
int ryx_lua_fetch(lua_engine *en, const lua_slot *s);
/* The same for argument 2, which ends unless the result goes on; false: nil,
 * err are pushed. */
bool ryx_lua_take(lua_State *L, lua_core *c, lua_engine *en);

/* shape.c */
typedef enum { LUA_MODEL, LUA_DICT, LUA_LIST, LUA_FLAT } lua_kind;
/* An object made of columns of a row that lie side by side. Part 0 is the row
 * itself, the others are objects that hang on an earlier part. */
typedef struct lua_part {
  int from, n;     /* its columns */
  int key;         /* column whose NULL says that there is no object */
  int child, next; /* first part that hangs on it, next on the same; 0: none */
  bool marks;      /* without an object its place holds null */
  bool has_back;   /* the object knows what it hangs on */
  bool peers;      /* its record knows the objects read together */
  bool tracked;    /* it keeps what it was read as */
} lua_part;
/* What a part has in the shape's table, after what all shapes have. */
enum { PART_META, PART_NAME, PART_BACK, PART_SLOTS };
/* How rows become Lua values. Its table holds the keys 1..n_keys, then at
 * n_keys + 1 the metatable, at n_keys + 2 what stands for NULL, and PART_SLOTS
 * values of each part but the first. */
typedef struct lua_shape {
  lua_kind kind;
  int n_keys;     /* LIST and FLAT: 0 */
  bool has_null;  /* NULL is written, not left out */
  int n_types;    /* 0: the plan's own types */
  int n_parts;    /* MODEL: with the row itself; else 0 */
  lua_part *part; /* behind the types */
  uint8_t type[]; /* n_types types, then n_types item types */
} lua_shape;

/* "int", "array", or "int[]"; another name is an error of Lua's. */
void ryx_lua_read_type(lua_State *L, const char *name, uint8_t *type,
                       uint8_t *elem);

/* param.c */
typedef struct lua_want {
  int type, elem;   /* RYX_T_NULL: the Lua value decides */
  const char *name; /* of the column, or "" */
  bool lists;       /* with RYX_T_NULL: a list is an array, not a document */
} lua_want;
/* The value at idx as a parameter. Text is borrowed from Lua, or lies in
 * c->text at offset u.i (reserved is 1) until ryx_lua_settle. */
bool ryx_lua_param(lua_State *L, int idx, const lua_want *want, ryx_val *out);

/* send.c. The text that was made for n values does not move any more. */
void ryx_lua_settle(const lua_core *c, ryx_val *v, size_t n);

/* copy.c. Rows for a plan: a list of tables or a reader of CSV at `source`, the
 * plan's parameters by the table at `layout`. */
size_t ryx_lua_source_rows(lua_State *L, const lua_core *c, int source);
/* Fills v, n_params values a row. False: c->err, *bad the row's number. */
bool ryx_lua_source_read(lua_State *L, lua_core *c, const ryx_plan_info *info,
                         int source, int layout, ryx_val *v, size_t *bad);

/* cell.c. Pushes a value as the type it should have (RYX_T_NULL: as it is).
 * False: c->err, and nothing is pushed. */
bool ryx_lua_push(lua_State *L, ryx_val *v, int type, int elem);
/* Makes it of that type where no byte has to change for it. */
bool ryx_lua_relabel(ryx_val *v, int type);

/* cells.c. Turns the kept cell at -1, of a column of that type, into its value.
 * False: c->err. */
bool ryx_lua_kept(lua_State *L, int type, int elem);

/* json.c. Appends the value at idx to c->text. */
bool ryx_lua_encode(lua_State *L, int idx, lua_core *c);
bool ryx_lua_encode_array(lua_State *L, int idx, lua_core *c, int elem);
/* Is the table at idx a list, of *n items? -1: no. False: c->err, its keys are
 * neither. */
bool ryx_lua_list(lua_State *L, int idx, lua_core *c, int *n);
/* Pushes a document; false: c->err. */
bool ryx_lua_decode(lua_State *L, lua_core *c, const char *s, size_t n);
bool ryx_lua_decode_array(lua_State *L, lua_core *c, const ryx_val *v,
                          int elem);

/* wait.c. core.duration(E, slot): seconds. Only the result knows, so it is
 * fetched early; the call that takes it must be the next one. */
int ryx_lua_took(lua_State *L);

/* value.c. Value userdata: an int64 for times, the bytes for decimals and
 * bytes. */
/* Turns *v into a type; its bytes are good until the next call. False: c->err.
 */
bool ryx_lua_convert(lua_core *c, ryx_val *v, int type);
bool ryx_lua_value(lua_State *L, int idx, const lua_core *c, ryx_val *out);
void ryx_lua_push_value(lua_State *L, const lua_core *c, const ryx_val *v);
void ryx_lua_open_values(lua_State *L, lua_core *c);
void ryx_lua_open_times(lua_State *L, lua_core *c);
void ryx_lua_open_decimals(lua_State *L, lua_core *c);

extern const luaL_Reg ryx_lua_engine_functions[], ryx_lua_send_functions[],
    ryx_lua_list_functions[], ryx_lua_wait_functions[],
    ryx_lua_rows_functions[], ryx_lua_shape_functions[],
    ryx_lua_json_functions[], ryx_lua_value_functions[],
    ryx_lua_time_functions[], ryx_lua_decimal_functions[],
    ryx_lua_lock_functions[], ryx_lua_copy_functions[],
    ryx_lua_cells_functions[], ryx_lua_take_functions[],
    ryx_lua_regex_functions[], ryx_lua_folder_functions[];
extern const luaL_Reg ryx_lua_engine_meta[], ryx_lua_plan_meta[],
    ryx_lua_bound_meta[], ryx_lua_shape_meta[], ryx_lua_lock_meta[],
    ryx_lua_csv_meta[], ryx_lua_regex_meta[], ryx_lua_folder_meta[];

#endif
