-- SPDX-License-Identifier: MIT
-- ryx.migrate: makes the tables of models that are not there yet. And what files of migrations call m: the
-- functions of operation/.
local compat = require "ryx.compat"
local db = require "ryx.db"
local ddl = require "ryx.migrations.ddl"
local errors = require "ryx.errors"
local index = require "ryx.migrations.index"
local operation = require "ryx.migrations.operation"
local router = require "ryx.db.router"
local run = require "ryx.db.run"
local search = require "ryx.migrations.search"
local signals = require("ryx.signal").signals
local transaction = require "ryx.db.transaction"
local value = require "ryx.value"

local M = {}

for name, fn in pairs(operation.constructors) do M[name] = fn end

local function execute(alias, sql)
  run.execute_sql(alias, run.current_tx(alias), sql)
end

-- The names that a query of the catalog gives, as a set.
local function names(alias, sql, params)
  local set = {}
  for _, row in ipairs(run.fetch_sql(alias, run.current_tx(alias), sql, params)) do set[row.name] = true end
  return set
end

-- The parameters of such a query about a model's table; some ask for its name twice.
local function place(ctx, sql)
  local name = ctx.meta.table_name
  if ctx.dialect.has_schemas then return { ctx.meta.schema or value.null, name } end
  return select(2, sql:gsub("%?", "")) == 2 and { name, name } or { name }
end

local function existing_columns(alias, ctx)
  local set = names(alias, ctx.dialect.columns_sql, place(ctx, ctx.dialect.columns_sql))
  return next(set) and set
end

-- What the search indexes of a model still need, of a table that is there, too: without them
-- its searches fail.
local function search_statements(alias, ctx)
  if not search.has(ctx.meta) then return {} end
  local sql = ctx.dialect.search_there_sql
  return search.statements(ctx, names(alias, sql, place(ctx, sql)))
end

-- A table that is there must have every column of its model.
local function check_columns(meta, columns)
  local missing = {}
  for _, f in ipairs(meta.fields) do
    if not columns[f.column] then missing[#missing + 1] = f.column end
  end
  if #missing > 0 then
    errors.raise("operational", "%s: the table %s exists without the columns %s; add them, or drop the table to have "
      .. "it made anew", meta.model_name, meta.table_name, table.concat(missing, ", "))
  end
end

-- Targets before those who refer to them, otherwise in the order given.
local function sorted(contexts)
  local by_meta, done, out = {}, {}, {}
  for _, ctx in ipairs(contexts) do by_meta[ctx.meta] = ctx end
  local function visit(ctx)
    if done[ctx] then return end
    done[ctx] = true
    for _, f in ipairs(ctx.meta.fields) do
      local target = f.relation and by_meta[f:target_meta().concrete]
      if target then visit(target) end
    end
    out[#out + 1] = ctx
  end
  for _, ctx in ipairs(contexts) do visit(ctx) end
  return out
end

-- A join table needs both its sides: made along with it or there already.
local function has_sides(alias, ctx, given)
  for _, f in ipairs(ctx.meta.fields) do
    local target = f.relation and f:target_meta().concrete
    if target and not given[target] and not existing_columns(alias, ddl.context(alias, target, db.quote)) then
      return false
    end
  end
  return true
end

local function missing(alias, contexts)
  local to_make, given = {}, {}
  for _, ctx in ipairs(contexts) do given[ctx.meta] = true end
  for _, ctx in ipairs(sorted(contexts)) do
    local columns = existing_columns(alias, ctx)
    if columns then
      check_columns(ctx.meta, columns)
    elseif not ctx.is_join or has_sides(alias, ctx, given) then
      to_make[#to_make + 1] = ctx
    end
  end
  return to_make
end

-- Indexes that are made beside running writes, of tables that are there, too: those that lack.
local function concurrent(alias, contexts, statements)
  local out = {}
  for _, ctx in ipairs(contexts) do
    local there
    for _, statement in ipairs(statements[ctx] or {}) do
      if statement.undo then
        there = there or names(alias, ctx.dialect.indexes_sql, place(ctx, ctx.dialect.indexes_sql))
        if not there[statement.name] then out[#out + 1] = statement end
      end
    end
  end
  return out
end

-- No transaction may make those.
local function refuse_inside(statements)
  if statements[1] then
    errors.raise("misuse", "%s: concurrently = true cannot be done inside a transaction; call ryx.migrate outside",
      statements[1].what)
  end
end

-- Makes what lacks but for the indexes that it gives back: no transaction may make those.
local function create(alias, contexts, is_inside)
  local to_make = missing(alias, contexts)
  local pending, statements, searches = {}, {}, {}
  -- What a database lacks is told before anything is made.
  for _, ctx in ipairs(to_make) do pending[ctx.meta] = true end
  for _, ctx in ipairs(contexts) do
    if pending[ctx.meta] or index.has_concurrent(ctx.meta) then statements[ctx] = index.statements(ctx) end
  end
  index.check_names(to_make, statements)
  for i, ctx in ipairs(contexts) do searches[i] = search_statements(alias, ctx) end
  local after = concurrent(alias, contexts, statements)
  if is_inside then refuse_inside(after) end
  local later = {}
  for _, ctx in ipairs(to_make) do
    pending[ctx.meta] = nil
    -- In a cycle of tables one key must wait, where the database can add it afterwards.
    execute(alias, ddl.create_table(ctx, function(f)
      if not ctx.dialect.alter_constraints or not pending[f:target_meta().concrete] then return true end
      later[#later + 1] = { ctx, f }
      return false
    end))
  end
  for _, pair in ipairs(later) do execute(alias, ddl.add_foreign_key(pair[1], pair[2])) end
  local changed = #to_make > 0
  for _, ctx in ipairs(to_make) do
    for _, statement in ipairs(statements[ctx]) do
      if not statement.undo then index.run(statement, alias, execute) end
    end
  end
  for _, list in ipairs(searches) do
    for _, sql in ipairs(list) do
      execute(alias, sql)
      changed = true
    end
  end
  if changed then db.schema_changed(alias) end
  return after
end

-- The same, all or nothing where the database can.
local function create_as_one(alias, contexts)
  local after, is_inside = nil, run.current_tx(alias) ~= nil
  local function make() after = create(alias, contexts, is_inside) end
  if contexts[1].dialect.transactional then transaction.run(make, { alias = alias.name }) else make() end
  return after
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
      groups[alias] = {}
      order[#order + 1] = alias
    end
    local ctx = ddl.context(alias, meta, db.quote)
    ctx.is_join = is_join
    table.insert(groups[alias], ctx)
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
    for _, statement in ipairs(create_as_one(alias, groups[alias])) do index.run(statement, alias, execute) end
    signals.post_migrate:send(alias.name, { alias = alias.name })
  end
end

return M
