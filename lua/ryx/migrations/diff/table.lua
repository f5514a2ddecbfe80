-- SPDX-License-Identifier: MIT
-- What differs in one table that both schemas have, its names being the same by now: columns,
-- keys, checks, indexes. What differs in its name only is renamed where the database can.
local canonical = require "ryx.migrations.text.canonical"
local compat = require "ryx.compat"
local diff_column = require "ryx.migrations.diff.column"
local diff_goes = require "ryx.migrations.diff.goes"
local schema = require "ryx.migrations.schema"

local M = {}

local function same_list(a, b)
  return table.concat(a or {}, "\0") == table.concat(b or {}, "\0")
end

local function same_columns(_, a, b)
  return same_list(a.columns, b.columns)
end

local function same_key(_, a, b)
  return same_list(a.columns, b.columns) and a.schema == b.schema and a.table == b.table and same_list(a.to, b.to)
    and a.on_delete == b.on_delete
end

local function same_check(dialect, a, b)
  return canonical.is_same(dialect, a.sql, b.sql)
end

local function same_part(dialect, a, b)
  return a.column == b.column and (a.desc or false) == (b.desc or false) and a.letters == b.letters
    and a.nulls == b.nulls and canonical.is_same(dialect, a.sql, b.sql)
end

-- Whether it is made beside running writes, nobody sees afterwards.
local function same_index(dialect, a, b)
  if (a.unique or false) ~= (b.unique or false) or a.method ~= b.method or #a.parts ~= #b.parts then return false end
  for i, part in ipairs(a.parts) do
    if not same_part(dialect, part, b.parts[i]) then return false end
  end
  return same_list(a.include, b.include) and canonical.is_same(dialect, a.condition, b.condition)
end

local function same_search(_, a, b)
  return same_list(a.columns, b.columns) and a.config == b.config and same_list(a.weights, b.weights)
end

-- The sets of a table's parts: what a part is called, when two do the same, and by which change
-- a dialect with this flag renames them.
local PARTS = {
  { set = "foreign_keys", kind = "foreign_key", same = same_key, rename = "rename_constraint",
    needs = "renames_constraints" },
  { set = "checks", kind = "check", same = same_check, rename = "rename_constraint", needs = "renames_constraints" },
  { set = "indexes", kind = "index", same = same_index, rename = "rename_index", needs = "renames_indexes" },
  { set = "uniques", kind = "unique", same = same_columns, rename = "rename_unique", needs = "renames_indexes" },
  { set = "searches", kind = "search", same = same_search, rename = "rename_search", needs = "renames_searches" },
}

--- Do two parts of a set do the same, whatever their names?
function M.is_same(dialect, set, a, b)
  for _, p in ipairs(PARTS) do
    if p.set == set then return p.same(dialect, a, b) end
  end
end

-- A part of before that is not the same under its name in after: one that does the same.
local function find_same(part, p, dialect, to, from, taken)
  for _, other in ipairs(schema.sorted(to)) do
    if not from[other.name] and not taken[other.name] and p.same(dialect, other, part) then
      return other
    end
  end
end

-- A search of which the database lacks a part gets that.
local function keep_search(pair, part, wanted, add)
  pair.kept[part.name] = part
  local there = {}
  for _, name in ipairs(part.objects) do there[name] = true end
  for _, name in ipairs(wanted.objects) do
    if not there[name] then
      add("add_search", { to = wanted })
      return
    end
  end
end

-- What adds a change of a table.
local function adder(changes, pair)
  return function(kind, change)
    change.kind, change.table, change.at, change.pair = kind, pair.key, change.at or pair.to, pair
    changes[#changes + 1] = change
  end
end

local function compare(changes, p, pair, touched, dialect)
  local was, from, to, taken = pair.was[p.set], pair.from[p.set], pair.to[p.set], {}
  local add = adder(changes, pair)
  for _, part in ipairs(schema.sorted(from)) do
    local same = to[part.name]
    local goes = diff_goes.of[p.kind](same or part, pair, touched, dialect)
    if same and (goes or not p.same(dialect, same, part)) then same = nil end
    local other = not same and not goes and dialect[p.needs] and find_same(part, p, dialect, to, from, taken)
    if other then
      taken[other.name] = true
      add(p.rename, { from = part, to = other })
    elseif same then
      taken[part.name] = true
      if p.kind == "search" then keep_search(pair, part, same, add) end
    else
      local is_alone = part.concurrently and not goes and not to[part.name]
      add("drop_" .. p.kind, { from = was[part.name], at = pair.was, when = is_alone and "alone" or nil })
    end
  end
  for _, part in ipairs(schema.sorted(to)) do
    if not taken[part.name] then
      add("add_" .. p.kind, { to = part, when = part.concurrently and "alone" or nil })
    end
  end
end

-- A column goes last of all, unless another takes its name. One that is worked out of others goes before them.
local function drop_column(pair, c, taken)
  local old
  for name, new in pairs(pair.columns) do old = new == c.name and name or old end
  if not taken[c.name] and not c.generated then return { column = c, name = c.name, at = pair.to } end
  return { column = c, name = old or c.name, at = pair.was, when = "early" }
end

-- Columns in their order, those that are worked out of others before or behind them.
local function in_order(list, generated_first)
  local first, last = {}, {}
  for _, c in ipairs(list) do
    local part = (c.generated ~= nil) == generated_first and first or last
    part[#part + 1] = c
  end
  for _, c in ipairs(last) do first[#first + 1] = c end
  return first
end

local function columns(changes, pair, remade, dialect)
  local from, taken, gone, add = {}, {}, {}, adder(changes, pair)
  for _, new in pairs(pair.columns) do taken[new] = true end
  for _, c in ipairs(pair.from.columns) do from[c.name], gone[c.name] = c, true end
  for _, c in ipairs(in_order(pair.to.columns, false)) do
    local was = from[c.name]
    local difference = was and diff_column.difference(dialect, was, c)
    local is_remade = c.generated and remade[c.name]
    gone[c.name] = is_remade
    taken[c.name] = taken[c.name] or is_remade
    if not was or is_remade then
      add("add_column", { column = c, fill = pair.fill[c.name], recomputed = is_remade })
    elseif difference then
      local to = difference.comment and c or compat.with(c, { comment = was.comment })
      add("alter_column", { from = was, to = to, difference = difference, fill = pair.fill[c.name] })
    end
  end
  for _, c in ipairs(in_order(pair.from.columns, true)) do
    if gone[c.name] then
      local change = drop_column(pair, c, taken)
      change.recomputed = from[c.name] and remade[c.name]
      add("drop_column", change)
    end
  end
end

local function primary_key(changes, pair, dialect)
  local a, b, add = pair.from.primary_key, pair.to.primary_key, adder(changes, pair)
  local is_same = a and b and table.concat(a.columns, "\1") == table.concat(b.columns, "\1")
  if is_same and (a.name == b.name or not dialect.names_keys) or not a and not b then return end
  if is_same then
    add("rename_constraint", { from = a, to = b })
    return
  end
  if a then add("drop_primary_key", { from = pair.was.primary_key, at = pair.was }) end
  if b then add("add_primary_key", { to = b }) end
end

-- The columns of an index or a unique key, by name and the first of them.
local function indexed(part)
  local set, first = {}, nil
  for i, p in ipairs(part.columns or part.parts) do
    local name = type(p) == "table" and p.column or p
    if i == 1 then first = name end
    if name then set[name] = true end
  end
  return set, first
end

-- What a table has no more, by kind and name.
local function names_by_kind(changes, first)
  local by_kind = { drop_column = {}, add_index = {}, add_unique = {}, drop_foreign_key = {} }
  for i = first, #changes do
    local c = changes[i]
    local is_late = c.kind == "drop_column" and c.when ~= "early"
    if by_kind[c.kind] and not is_late then by_kind[c.kind][c.name or (c.to or c.from).name] = true end
  end
  return by_kind
end

-- A foreign key of these columns that stays goes and comes again.
local function again(changes, pair, column, gone)
  for name, k in pairs(pair.to.foreign_keys) do
    if k.columns[1] == column and pair.from.foreign_keys[name] and not gone[name] then
      gone[name] = true
      local was = pair.was.foreign_keys[name]
      changes[#changes + 1] = { kind = "drop_foreign_key", table = pair.key, at = pair.was, pair = pair, from = was }
      changes[#changes + 1] = { kind = "add_foreign_key", table = pair.key, at = pair.to, pair = pair, to = k }
    end
  end
end

local SET = { drop_index = "indexes", drop_unique = "uniques" }

-- A foreign key needs an index of its columns at every moment: one that it may use goes after
-- its successor has come, or the key goes meanwhile, as where the primary key goes.
local function keep_for_keys(changes, first, pair)
  local needed, by_kind = {}, names_by_kind(changes, first)
  for _, k in pairs(pair.to.foreign_keys) do needed[k.columns[1]] = true end
  for i = first, #changes do
    local c = changes[i]
    if c.kind == "drop_primary_key" then
      for _, column in ipairs(pair.from.primary_key.columns) do
        again(changes, pair, column, by_kind.drop_foreign_key)
      end
    end
    local set = SET[c.kind]
    local held, column = indexed(set and pair.from[set][c.from.name] or { columns = {} })
    if set and needed[column] then
      local waits = not (by_kind.add_index[c.from.name] or by_kind.add_unique[c.from.name])
      for name in pairs(by_kind.drop_column) do waits = waits and not held[name] end
      if waits then c.when, c.at = "late", pair.to else again(changes, pair, column, by_kind.drop_foreign_key) end
    end
  end
end

--- Adds the changes of a table: pair = { key, was, from, to, columns, fill } (diff/init.lua).
function M.run(changes, pair, touched, dialect)
  local first = #changes + 1
  for _, p in ipairs(PARTS) do compare(changes, p, pair, touched, dialect) end
  primary_key(changes, pair, dialect)
  if diff_column.is_other_comment(pair.from, pair.to) then
    adder(changes, pair)("comment_table", { to = pair.to })
  end
  columns(changes, pair, touched.remade[pair.key], dialect)
  if dialect.keys_need_index then keep_for_keys(changes, first, pair) end
end

return M
