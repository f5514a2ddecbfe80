-- SPDX-License-Identifier: MIT
-- ryx.migrate: the tables of models become what these say (evolve.lua). And what files of migrations call m: the
-- functions of operation/.
local compat = require "ryx.compat"
local context = require "ryx.migrations.context"
local db = require "ryx.db"
local errors = require "ryx.errors"
local evolve = require "ryx.migrations.evolve"
local operation = require "ryx.migrations.operation"
local router = require "ryx.db.router"
local run = require "ryx.db.run"
local schema = require "ryx.migrations.schema"
local signals = require("ryx.signal").signals
local step = require "ryx.migrations.step"
local transaction = require "ryx.db.transaction"

local M = {}

for name, fn in pairs(operation.constructors) do M[name] = fn end

-- No transaction may make those.
local function refuse_inside(steps)
  for _, s in ipairs(steps) do
    if s.bare then
      errors.raise("misuse", "%s: concurrently = true cannot be done inside a transaction; call ryx.migrate outside",
        s.lacks)
    end
  end
end

-- Does what differs but for the steps that it gives back: no transaction may do those.
local function evolve_now(alias, given, is_inside)
  local steps, rest, changed = evolve.steps(alias, given.metas, given.joins), {}, false
  if is_inside then refuse_inside(steps) end
  for _, s in ipairs(steps) do
    if s.bare then
      rest[#rest + 1] = s
    else
      step.run(alias, s)
      changed = true
    end
  end
  if changed then db.schema_changed(alias) end
  return rest
end

-- The same, all or nothing where the database can.
local function evolve_as_one(alias, given)
  local rest, is_inside = nil, run.current_tx(alias) ~= nil
  local function make() rest = evolve_now(alias, given, is_inside) end
  if context.of(alias).dialect.transactional then transaction.run(make, { alias = alias.name }) else make() end
  return rest
end

-- The models given, then the join tables that ryx makes for them, each once.
local function metas_of(models)
  local metas, joins, seen = {}, {}, {}
  for i, model in ipairs(models) do
    local meta = type(model) == "table" and rawget(model, "_meta")
    if not meta then errors.raise("misuse", "migrate: item %d is not a model", i) end
    if not meta.abstract and not meta.is_proxy then metas[#metas + 1] = meta end
  end
  for _, meta in ipairs(metas) do
    for _, name in ipairs(compat.sorted_keys(meta.relations)) do
      local many = meta.relations[name].many
      local join = many and not many.through and many:is_declared() and many:through_meta()
      if join and not seen[join] then
        joins[#joins + 1], seen[join] = join, true
      end
    end
  end
  return metas, joins
end

local function group(models, only)
  local groups, order = {}, {}
  local function add(meta, is_join)
    if not meta.managed then return end
    meta:settle()
    local alias = only and db.alias(only) or router.write(meta)
    if not router.may_migrate(alias, meta) then return end
    if not groups[alias] then
      groups[alias] = { metas = {}, joins = {} }
      order[#order + 1] = alias
    end
    table.insert(groups[alias].metas, meta)
    groups[alias].joins[schema.key{ name = meta.table_name, schema = meta.schema }] = is_join or nil
  end
  local metas, joins = metas_of(models)
  for _, meta in ipairs(metas) do add(meta, false) end
  for _, meta in ipairs(joins) do add(meta, true) end
  return groups, order
end

--- Makes the tables of models what the models say: those that lack are created, with keys, checks and
--- indexes, those that are there are changed. No column is dropped: one that no field has is an error. Join
--- tables come with either of their models, as soon as both have tables.  ryx.migrate{ Author, Post }
---@param models ryx.ModelClass[]
---@param options? { alias?: string } the database of all of them, instead of their own
function M.migrate(models, options)
  options = options or {}
  if type(models) ~= "table" or rawget(models, "_meta") then
    errors.raise("misuse", "ryx.migrate takes a list of models: ryx.migrate{ Author, Post }")
  end
  if models[1] == nil and next(models) ~= nil then
    errors.raise("misuse", "ryx.migrate takes a list, ryx.migrate{ Author, Post }, not a table of names")
  end
  errors.check_options(options, { alias = true }, "migrate")
  local groups, order = group(models, options.alias)
  for _, alias in ipairs(order) do
    signals.pre_migrate:send(alias.name, { alias = alias.name })
    for _, s in ipairs(evolve_as_one(alias, groups[alias])) do step.run(alias, s) end
    signals.post_migrate:send(alias.name, { alias = alias.name })
  end
end

return M
