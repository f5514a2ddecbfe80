-- SPDX-License-Identifier: MIT
-- The steps of an operation on a database: those that lead from the schema before it to the one after it. Only the
-- models that it touches are compared.
local compat = require "ryx.compat"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local field_form = require "ryx.migrations.field_form"
local router = require "ryx.db.router"
local schema = require "ryx.migrations.schema"
local state_of = require "ryx.migrations.state"

local M = {}

-- The fields of a record's primary key, as a list.
local function key_of(record)
  local key = {}
  for _, pair in ipairs(record.fields) do
    if pair[2].primary_key then key[#key + 1] = pair[2] end
  end
  return key
end

-- Do references to a model look another way afterwards?
local function changes_references(a, b)
  if not a or not b then return true end
  if state_of.table_key(a) ~= state_of.table_key(b) then return true end
  local keys, others = key_of(a), key_of(b)
  for i = 1, math.max(#keys, #others) do
    if not (keys[i] and others[i] and state_of.same_field(keys[i], others[i])) then return true end
  end
  return false
end

local function add_referrers(set, state, name)
  for _, other in ipairs(state:names()) do
    for _, pair in ipairs(set[other] and {} or state:get(other).fields) do
      local f = pair[2]
      if (f.relation or f.many) and field_form.target(f, other) == name and not set[other] then
        set[other] = true
        add_referrers(set, state, other)
      end
    end
  end
end

-- The names of the models whose tables may differ.
local function touched(from, to)
  local set = {}
  for _, state in ipairs{ from, to } do
    for _, name in ipairs(state:names()) do
      if from:get(name) ~= to:get(name) then set[name] = true end
    end
  end
  for _, name in ipairs(compat.sorted_keys(set)) do
    if changes_references(from:get(name), to:get(name)) then
      add_referrers(set, from, name)
      add_referrers(set, to, name)
    end
  end
  return set
end

local function present(state, set)
  local names = {}
  for _, name in ipairs(compat.sorted_keys(set)) do
    if state:get(name) then names[#names + 1] = name end
  end
  return names
end

--- Does the table of a model belong to a database?
function M.belongs(alias, meta)
  return router.write(meta) == alias and router.may_migrate(alias, meta)
end

--- The metas of models of a state, nil: all, whose tables belong to a database.
function M.metas(alias, state, names)
  local out = {}
  for _, meta in ipairs(state:metas(names)) do
    if M.belongs(alias, meta) then out[#out + 1] = meta end
  end
  return out
end

-- The metas of both states: those of the models in `set` and what they refer to before or after.
local function metas_of(alias, from, to, set)
  for _, state in ipairs{ from, to } do
    for _, meta in ipairs(state:metas(present(state, set))) do
      if from:get(meta.model_name) or to:get(meta.model_name) then set[meta.model_name] = true end
    end
  end
  return M.metas(alias, from, present(from, set)), M.metas(alias, to, present(to, set))
end

--- The steps from one state to the next, in the direction of travel.
function M.of(ctx, op, from, to, backwards)
  local set = touched(from, to)
  if next(set) == nil then return {} end
  local old, new = metas_of(ctx.alias, from, to, set)
  local before, after = schema.of(ctx.alias, old), schema.of(ctx.alias, new)
  return ddl.steps(ctx, diff.run(before, after, op:hints(ctx, from, to, backwards), ctx.dialect))
end

return M
