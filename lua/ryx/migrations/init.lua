-- SPDX-License-Identifier: MIT
-- ryx.migrate: makes the tables of models that are not there yet. And what files of migrations call m: the
-- functions of operation/.
local compat = require "ryx.compat"
local context = require "ryx.migrations.context"
local db = require "ryx.db"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local errors = require "ryx.errors"
local operation = require "ryx.migrations.operation"
local router = require "ryx.db.router"
local run = require "ryx.db.run"
local schema = require "ryx.migrations.schema"
local signals = require("ryx.signal").signals
local step = require "ryx.migrations.step"
local transaction = require "ryx.db.transaction"
local value = require "ryx.value"

local M = {}

for name, fn in pairs(operation.constructors) do M[name] = fn end

-- The names that a query of the catalog gives, as a set.
local function names(alias, sql, params)
  local set = {}
  for _, row in ipairs(step.fetch(alias, sql, params)) do set[row.name] = true end
  return set
end

-- The parameters of such a query about a table; some ask for its name twice.
local function place(ctx, t, sql)
  if ctx.dialect.has_schemas then return { t.schema or value.null, t.name } end
  return select(2, sql:gsub("%?", "")) == 2 and { t.name, t.name } or { t.name }
end

local function existing_columns(ctx, t)
  local set = names(ctx.alias, ctx.dialect.columns_sql, place(ctx, t, ctx.dialect.columns_sql))
  return next(set) and set
end

-- A table that is there must have every column of its model.
local function check_columns(t, columns)
  local missing = {}
  for _, c in ipairs(t.columns) do
    if not columns[c.name] then missing[#missing + 1] = c.name end
  end
  if #missing > 0 then
    errors.raise("operational", "%s: the table %s exists without the columns %s; add them, or drop the table to have "
      .. "it made anew", t.model, t.name, table.concat(missing, ", "))
  end
end

-- The indexes of a table that is there: those that are made beside running writes may lack.
local function indexes_there(ctx, t)
  local there, set = nil, {}
  for name, ix in pairs(t.indexes) do
    if ix.concurrently then
      there = there or names(ctx.alias, ctx.dialect.indexes_sql, place(ctx, t, ctx.dialect.indexes_sql))
    end
    if not ix.concurrently or there[name] then set[name] = ix end
  end
  return set
end

-- What searches look into may lack, too, and without it they fail.
local function searches_there(ctx, t)
  if next(t.searches) == nil then return t.searches end
  local there, set = names(ctx.alias, ctx.dialect.search_there_sql, place(ctx, t, ctx.dialect.search_there_sql)), {}
  for name, search in pairs(t.searches) do
    local objects = {}
    for _, object in ipairs(search.objects) do
      if there[object] then objects[#objects + 1] = object end
    end
    set[name] = schema.with(search, { objects = objects })
  end
  return set
end

-- A join table needs both its sides: made along with it or there already.
local function has_sides(ctx, t, given)
  for _, k in pairs(t.foreign_keys) do
    local target = { name = k.table, schema = k.schema }
    if not given[schema.key(target)] and not existing_columns(ctx, target) then return false end
  end
  return true
end

-- The schema that is there, as far as it must be known to make what lacks.
local function existing(ctx, after, joins)
  local tables = {}
  for key, t in pairs(after.tables) do
    local columns = existing_columns(ctx, t)
    if columns then
      check_columns(t, columns)
      tables[key] = schema.with(t, { indexes = indexes_there(ctx, t), searches = searches_there(ctx, t) })
    elseif joins[key] and not has_sides(ctx, t, after.tables) then
      after.tables[key] = nil
    end
  end
  return { tables = tables }
end

-- No transaction may make those.
local function refuse_inside(steps)
  for _, s in ipairs(steps) do
    if s.bare then
      errors.raise("misuse", "%s: concurrently = true cannot be done inside a transaction; call ryx.migrate outside",
        s.lacks)
    end
  end
end

-- Makes what lacks but for the steps that it gives back: no transaction may do those.
local function create(alias, metas, joins, is_inside)
  local ctx = context.of(alias)
  local after = schema.of(alias, metas)
  local before = existing(ctx, after, joins)
  local steps, rest, changed = ddl.steps(ctx, diff.run(before, after, nil, ctx.dialect)), {}, false
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
local function create_as_one(alias, metas, joins)
  local rest, is_inside = nil, run.current_tx(alias) ~= nil
  local function make() rest = create(alias, metas, joins, is_inside) end
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
    groups[alias].joins[schema.key{ name = meta.table_name, schema = meta.schema }] = is_join
  end
  local metas, joins = metas_of(models)
  for _, meta in ipairs(metas) do add(meta, false) end
  for _, meta in ipairs(joins) do add(meta, true) end
  return groups, order
end

--- Creates the missing tables of models, with keys, checks and indexes; a table
--- that exists is left alone. Join tables come with either of their models, as soon
--- as both have tables.  ryx.migrate{ Author, Post }
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
    local given = groups[alias]
    for _, s in ipairs(create_as_one(alias, given.metas, given.joins)) do step.run(alias, s) end
    signals.post_migrate:send(alias.name, { alias = alias.name })
  end
end

return M
