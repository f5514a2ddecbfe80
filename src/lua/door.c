/* SPDX-License-Identifier: MIT */
/* What ryx_lua.h offers to hosts that make their own objects of results. */
#include "lua/core.h"
#include "ryx_lua.h"

static lua_core *state_of(lua_State *L)
{
  lua_core *c;

  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.core");
  c = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return c;
}

ryx *ryx_lua_to_engine(lua_State *L, int idx)
{
  lua_engine *en = ryx_lua_test(L, idx, &state_of(L)->engine);

  return en ? en->r : NULL;
}

int ryx_lua_take_slot(lua_State *L, int idx, int slot, ryx_result *out,
                      ryx_plan **plan)
{
  lua_engine *en = ryx_lua_test(L, idx, &state_of(L)->engine);
  lua_slot *s;

  *plan = NULL;
  if (!en || !en->r || slot < 0 || (uint32_t)slot >= en->n_slots) {
    return RYX_E_MISUSE;
  }
  s = &en->slots[slot];
  if (!s->tag || ryx_lua_fetch(en, s) < 0) return RYX_E_MISUSE;
  *out = en->result;
  en->result.rows = NULL;
  en->early = 0;
  if (s->plan) ryx_plan_keep(s->plan);
  *plan = s->plan;
  if (!out->more) ryx_lua_slot_end(s);
  return 0;
}

void ryx_lua_push_err(lua_State *L, const ryx_err *err)
{
  ryx_lua_push_error(L, err);
  lua_remove(L, -2);
}

bool ryx_lua_to_val(lua_State *L, int idx, ryx_val *out)
{
  return ryx_lua_value(L, idx, state_of(L), out);
}

void ryx_lua_push_val(lua_State *L, const ryx_val *v)
{
  lua_core *c = state_of(L);

  if (v->type >= RYX_T_MAX || !c->value[v->type].at) {
    (void)luaL_error(L, "there are no userdata of type %s",
                     ryx_type_text(v->type));
  }
  ryx_lua_push_value(L, c, v);
}

void ryx_lua_mark_list(lua_State *L)
{
  ryx_lua_set(L, &state_of(L)->array);
}
