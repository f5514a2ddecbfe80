-- SPDX-License-Identifier: MIT
-- ryx.migrate{ ... }: the tables that are there become what models say, by what differs. Nothing is
-- dropped but what ryx itself had made of the models and can make again.
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local diff_table = require "ryx.migrations.diff.table"
local errors = require "ryx.errors"
local field_form = require "ryx.migrations.state.field_form"
local hints_of = require "ryx.migrations.state.hints"
local introspect = require "ryx.migrations.introspect"
local naming = require "ryx.naming"
local schema = require "ryx.migrations.schema"
local step = require "ryx.migrations.ddl.step"
local value = require "ryx.value"

local M = {}

local function key_of(meta)
  return schema.key{ name = meta.table_name, schema = meta.schema }
end

-- The key of a table under the name that `was` says, where the model's name makes the table's; or nil.
local function old_key(meta)
  local name
  local many = meta.join_of
  if many then
    local was = many.meta.options.was
    if many.db_table or not was and not many.was then return nil end
    name = naming.generated(naming.snake(was or many.meta.model_name), many.was or many.name)
  else
    if not meta.options.was or meta.options.table_name then return nil end
    name = naming.table_name(meta.options.was)
  end
  return schema.key{ name = name, schema = meta.schema }
end

-- The column of a field under the name that `was` says, or nil. Keys of a join table are called after models.
local function old_column(f)
  if f.meta.join_of then
    local target = f.relation and f:target_meta()
    local was, ending = target and target.options.was, target and naming.snake(target.model_name) .. "_id"
    if not was or f.column:sub(-#ending) ~= ending then return nil end
    return f.column:sub(1, -1 - #ending) .. naming.snake(was) .. "_id"
  end
  if not f.was or f.db_column then return nil end
  return f.relation and f.was .. "_id" or f.was
end

local function by_name(columns)
  local set = {}
  for _, c in ipairs(columns) do set[c.name] = c end
  return set
end

-- What is there: the tables of the models, those that they were, and those to which their join tables lead.
local function read(alias, after, metas)
  local wanted = {}
  for key in pairs(after.tables) do wanted[key] = true end
  for _, meta in ipairs(metas) do
    local old = old_key(meta)
    if old then wanted[old] = true end
    for _, k in pairs(meta.join_of and after.tables[key_of(meta)].foreign_keys or {}) do
      wanted[schema.key{ name = k.table, schema = k.schema }] = true
    end
  end
  return introspect.run(alias, { tables = compat.sorted_keys(wanted), like = after })
end

-- A join table needs both its sides: made along with it or there already.
local function leave_joins(before, after, joins)
  for key in pairs(joins) do
    for _, k in pairs(after.tables[key] and not before.tables[key] and after.tables[key].foreign_keys or {}) do
      local target = schema.key{ name = k.table, schema = k.schema }
      if not after.tables[target] and not before.tables[target] then after.tables[key] = nil end
    end
  end
end

-- The renames that models tell of and that are not done yet.
local function renames(before, after, metas)
  local hints = { tables = {}, columns = {}, fill = {} }
  for _, meta in ipairs(metas) do
    local key, old = key_of(meta), old_key(meta)
    if after.tables[key] and old and before.tables[old] and not before.tables[key] then hints.tables[old] = key end
    local t = before.tables[key] or hints.tables[old] and before.tables[old]
    local there, columns = t and by_name(t.columns) or {}, {}
    for _, f in ipairs(meta.fields) do
      local was = old_column(f)
      if was and there[was] and not there[f.column] then columns[was] = f.column end
    end
    hints.columns[key] = columns
  end
  return hints
end

-- Tables that were read for another reason are none of the difference.
local function forget_others(before, after, hints)
  for key in pairs(before.tables) do
    if not after.tables[key] and not hints.tables[key] then before.tables[key] = nil end
  end
end

local function refuse_drop(t, c, model)
  errors.raise("misuse", "%s.%s is in the database, and %s has no such field: ryx.migrate drops nothing. Give %s a "
    .. "field for it, say was = %q in the field that it became, or drop the column by a migration", t.name, c.name,
    model, model, c.name)
end

local function is_empty(ctx, t, condition)
  return not step.fetch(ctx.alias, ("SELECT 1 AS n FROM %s%s LIMIT 1"):format(ctx.name_of(t), condition or ""))[1]
end

local function needs_value(meta, f)
  errors.raise("misuse", "%s.%s: the rows of %s need a value for it: give the field a default, or null = true, or add "
    .. "it by a migration, which asks for one", meta.model_name, f.name, meta.table_name)
end

-- What rows that are there get in a column that is never NULL.
local function fill(ctx, t, meta, f, was, moment)
  if f.auto or f.null or f.generated or was and not was.null then return nil end
  local sql = hints_of.fill(ctx, f, field_form.fill(f, nil, moment))
  if sql then return sql end
  local condition = was and (" WHERE %s IS NULL"):format(ctx.quote(was.name))
  if not is_empty(ctx, t, condition) then needs_value(meta, f) end
end

-- Compares the columns of a table that is there with the fields of its model.
local function check_columns(ctx, t, meta, hints, moment)
  local key, there, fills = key_of(meta), by_name(t.columns), {}
  local columns, used = hints.columns[key], {}
  for was, new in pairs(columns) do
    used[was], there[new] = true, there[was]
  end
  for _, f in ipairs(meta.fields) do
    used[f.column], fills[f.column] = true, fill(ctx, t, meta, f, there[f.column], moment)
  end
  for _, c in ipairs(t.columns) do
    if not used[c.name] then refuse_drop(t, c, meta.model_name) end
  end
  hints.fill[key] = fills
end

-- What the names of parts that ryx makes begin with, before that of the table.
local PREFIXES = {
  indexes = { "idx", "ix" }, uniques = { "uq" }, checks = { "ck" }, foreign_keys = { "fk" }, searches = { "search" },
}

local function is_ours(set, name, table_name)
  for _, prefix in ipairs(PREFIXES[set]) do
    local start = prefix .. "_" .. table_name .. "_"
    if name:sub(1, #start) == start then return true end
  end
  return false
end

local function does_the_same(ctx, set, parts, part)
  for _, other in pairs(parts) do
    if diff_table.is_same(ctx.dialect, set, other, part) then return true end
  end
  return false
end

-- Indexes and constraints that others gave a table stay.
local function keep_others(ctx, t, was)
  for set in pairs(PREFIXES) do
    for name, part in pairs(was[set]) do
      local is_others = not t[set][name] and not is_ours(set, name, was.name)
      if is_others and not does_the_same(ctx, set, t[set], part) then t[set][name] = part end
    end
  end
end

--- The steps that make the tables of an alias what models say; `joins` are the keys of join tables.
--- An error names what would be lost, or what is missing for rows that are there.
function M.steps(alias, metas, joins)
  local ctx, moment = context.of(alias), value.now()
  local after = schema.of(alias, metas)
  local before = read(alias, after, metas)
  leave_joins(before, after, joins)
  local hints = renames(before, after, metas)
  forget_others(before, after, hints)
  local old = {}
  for from, to in pairs(hints.tables) do old[to] = from end
  for _, meta in ipairs(metas) do
    local key = key_of(meta)
    local t = before.tables[old[key] or key]
    if t and after.tables[key] then
      check_columns(ctx, t, meta, hints, moment)
      keep_others(ctx, after.tables[key], t)
    end
  end
  return ddl.steps(ctx, diff.run(before, after, hints, ctx.dialect))
end

return M
