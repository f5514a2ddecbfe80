-- SPDX-License-Identifier: MIT
-- Where a database alters little (SQLite): all changes of a table that it cannot do become one
-- rebuild of the table.
local definition = require "ryx.migrations.ddl.definition"
local rebuild = require "ryx.migrations.ddl.rebuild"
local risk = require "ryx.migrations.schema.risk"

-- What goes before the rebuilds, which find it done; and what comes after them.
local BEFORE = { drop_search = true, drop_table = true, rename_table = true, rename_column = true }
local AFTER = { create_table = true, add_search = true }

local function is_constant(sql)
  return sql:find("^'[^']*'$") ~= nil or sql:find("^[%-%d][%d%.eE+%-]*$") ~= nil or sql:find("^x'%x*'$") ~= nil
end

-- A column that a table can be given as it is.
local function is_simple(change)
  local c = change.column
  if c.identity or change.recomputed or change.fill and change.fill ~= c.default then return false end
  if c.generated then return c.virtual == true end
  if c.default then return is_constant(c.default) end
  return c.null
end

-- The columns that are simply added, by table and name.
local function simple_columns(changes)
  local simple = {}
  for _, change in ipairs(changes) do
    if change.kind == "add_column" and is_simple(change) then
      simple[change.table] = simple[change.table] or {}
      simple[change.table][change.column.name] = true
    end
  end
  return simple
end

local function needs_rebuild(change, simple)
  local kind = change.kind
  if not change.pair or BEFORE[kind] or AFTER[kind] then return false end
  if kind == "add_index" or kind == "drop_index" then return false end
  local columns = simple[change.table] or {}
  if kind == "add_column" then return not columns[change.column.name] end
  -- The check of such a column's type comes with it.
  return not (kind == "add_check" and columns[change.to.column or ""])
end

-- The tables that must be made anew, in order and by key.
local function find(changes, simple)
  local list, set = {}, {}
  for _, change in ipairs(changes) do
    if not set[change.table] and needs_rebuild(change, simple) then
      list[#list + 1], set[change.table] = change.pair, true
    end
  end
  return list, set
end

-- ADD COLUMN with the check of its type.
local function add_column(ctx, change)
  local c, t = change.column, change.at
  local sql = "ADD COLUMN " .. definition.column(ctx, t, c, false)
  for _, check in pairs(t.checks) do
    if check.column == c.name then sql = sql .. " " .. definition.check(ctx, check) end
  end
  return { { sql = ctx.alter(t, sql), what = ("add column %s to %s"):format(c.name, t.name) } }
end

local function loses(change)
  if change.kind == "drop_column" then return not change.column.generated end
  return change.kind == "alter_column" and change.difference.type ~= nil
    and not risk.holds(change.to.type, change.from.type)
end

-- The name of the column that a change is about, or nil: a type is a check as well.
local function column_of(change)
  if change.column then return change.name or change.column.name end
  if change.kind == "alter_column" then return change.to.name end
  return change.kind == "add_check" and change.to.column or nil
end

-- The columns of a table that changes are about, those that lose something or all, as text; or nil.
local function columns_of(changes, pair, only_lost)
  local list, seen = {}, {}
  for _, change in ipairs(changes) do
    local name = change.table == pair.key and (loses(change) or not only_lost) and column_of(change)
    if name and not seen[name] then
      list[#list + 1], seen[name] = pair.to.name .. "." .. name, true
    end
  end
  return list[1] and table.concat(list, ", ")
end

-- What the rows of a table that is made anew risk, and the columns that this is about.
local function risk_of(changes, pair)
  local lost = columns_of(changes, pair, true)
  return lost and "destructive" or "blocking", lost or columns_of(changes, pair)
end

local function works_of(list, changes)
  local works = {}
  for i, pair in ipairs(list) do
    local there, map = {}, {}
    for _, c in ipairs(pair.from.columns) do there[c.name] = c.name end
    for _, c in ipairs(pair.to.columns) do map[c.name] = there[c.name] end
    works[i] = { from = pair.from, to = pair.to, map = map, fill = pair.fill }
    works[i].risk, works[i].column = risk_of(changes, pair)
  end
  return works
end

-- The changes that are left to be done one by one: those of tables that are not made anew.
local function rest(ctx, changes, simple, set)
  local creates, others = {}, {}
  for _, change in ipairs(changes) do
    local columns = simple[change.table] or {}
    if change.kind == "create_table" then
      creates[#creates + 1] = change
    elseif AFTER[change.kind] or not (change.steps or set[change.table] or change.kind
      == "add_check" and columns[change.to.column or ""]) then
      if change.kind == "add_column" then change.steps = add_column(ctx, change) end
      others[#others + 1] = change
    end
  end
  return creates, others
end

local function append(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
end

--- The changes in an order that such a database can follow; those that are steps already have them.
return function(ctx, changes, write)
  local simple = simple_columns(changes)
  local list, set = find(changes, simple)
  local out, before = {}, {}
  for _, change in ipairs(changes) do
    if BEFORE[change.kind] or change.kind == "drop_index" and not set[change.table] then
      change.steps = write(change)
      append(before, change.steps)
      out[#out + 1] = change
    end
  end
  local creates, others = rest(ctx, changes, simple, set)
  local steps, last = {}, {}
  if list[1] then steps, last = rebuild.several(ctx, works_of(list, changes), before) end
  out[#out + 1] = { steps = steps }
  append(out, creates)
  out[#out + 1] = { steps = last }
  append(out, others)
  return out
end
