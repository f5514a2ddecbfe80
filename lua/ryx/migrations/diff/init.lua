-- SPDX-License-Identifier: MIT
-- Schema, schema -> the changes that lead from one to the other, in the order in which they
-- must be done.
local compat = require "ryx.compat"
local diff_goes = require "ryx.migrations.diff.goes"
local diff_table = require "ryx.migrations.diff.table"
local renamed = require "ryx.migrations.diff.renamed"
local schema = require "ryx.migrations.schema"

local M = {}

-- What depends on others goes first and comes last.
local ORDER = {
  "drop_search", "drop_foreign_key", "drop_table", "drop_check", "drop_index", "drop_unique", "drop_primary_key",
  "early", "rename_table", "rename_column", "rename_constraint", "rename_index", "rename_unique", "rename_search",
  "alter_column", "comment_table", "add_column", "add_primary_key", "add_unique", "create_table", "add_foreign_key",
  "add_check", "add_index", "late", "drop_column", "add_search", "alone",
}
local RANK = {}
for i, kind in ipairs(ORDER) do RANK[kind] = i end

-- What may not be done in a transaction stands behind all else.
local function rank_of(change)
  return RANK[change.when or change.kind]
end

local function in_order(changes)
  for i, change in ipairs(changes) do change.number = i end
  table.sort(changes, function(a, b)
    local x, y = rank_of(a), rank_of(b)
    if x ~= y then return x < y end
    return a.number < b.number
  end)
  return changes
end

local function key_of(k)
  return schema.key{ name = k.table, schema = k.schema }
end

-- Tables, each after those that its foreign keys lead to; of a circle one key waits:
-- wait(table, foreign key). `leads(table)` calls back with each key.
local function sorted(tables, wait)
  local by_key, state, out = {}, {}, {}
  for _, t in ipairs(tables) do by_key[schema.key(t)] = t end
  local function visit(t)
    state[t] = "begun"
    for _, k in ipairs(schema.sorted(t.foreign_keys)) do
      local target = by_key[key_of(k)]
      if target and target ~= t and state[target] == "begun" then wait(t, k) end
      if target and not state[target] then visit(target) end
    end
    state[t] = "done"
    out[#out + 1] = t
  end
  for _, t in ipairs(tables) do
    if not state[t] then visit(t) end
  end
  return out
end

local function create(changes, tables, dialect)
  local later = {}
  local order = sorted(tables, function(t, k)
    -- Elsewhere a reference to a table that is not there yet is fine.
    if not dialect.alter_constraints then return end
    later[t] = later[t] or {}
    later[t][k.name] = true
  end)
  for _, t in ipairs(order) do
    local key = schema.key(t)
    changes[#changes + 1] = { kind = "create_table", table = key, at = t, to = t, later = later[t] }
    local function add(kind, part)
      changes[#changes + 1] = {
        kind = kind, table = key, at = t, to = part, is_new = true, when = part.concurrently and "alone" or nil,
      }
    end
    for _, k in ipairs(later[t] and schema.sorted(t.foreign_keys) or {}) do
      if later[t][k.name] then add("add_foreign_key", k) end
    end
    for _, ix in ipairs(schema.sorted(t.indexes)) do add("add_index", ix) end
    for _, search in ipairs(schema.sorted(t.searches)) do add("add_search", search) end
  end
end

-- Those that refer to others go first, and the keys of a circle before all.
local function drop(changes, tables, dialect)
  local order = sorted(tables, function(t, k)
    if not dialect.alter_constraints then return end
    changes[#changes + 1] = { kind = "drop_foreign_key", table = schema.key(t), at = t, from = k }
  end)
  for i = #order, 1, -1 do
    local t = order[i]
    for _, search in ipairs(dialect.drops_search_apart and schema.sorted(t.searches) or {}) do
      changes[#changes + 1] = { kind = "drop_search", table = schema.key(t), at = t, from = search }
    end
    changes[#changes + 1] = { kind = "drop_table", table = schema.key(t), at = t, from = t }
  end
end

-- The tables of both schemas, as { was (of before), from (the same under its new names), to }.
local function pairs_of(before, after, names, dialect)
  local list, dropped, made, seen = {}, {}, {}, {}
  for _, was in ipairs(schema.sorted(before.tables)) do
    local key = names.new_key[schema.key(was)]
    local to = after.tables[key]
    if to and not seen[key] then
      seen[key] = true
      list[#list + 1] = {
        key = key, was = was, to = to, from = renamed.table(was, names, after, dialect.mark),
        columns = names.columns(schema.key(was)), kept = {},
      }
    else
      dropped[#dropped + 1] = was
    end
  end
  for _, t in ipairs(schema.sorted(after.tables)) do
    if not seen[schema.key(t)] then made[#made + 1] = t end
  end
  return list, dropped, made
end

-- Those of a list whose new name is free are done; gives what is left.
local function rename_free(list, held, add)
  local left = {}
  for _, r in ipairs(list) do
    if held[r.to] then
      left[#left + 1] = r
    else
      add(r.from, r.to, r)
      held[r.from] = nil
    end
  end
  return left
end

-- Renames { from, to }, each when its new name is free; in a circle one goes by a name of its own.
local function rename(list, add)
  local held = {}
  for _, r in ipairs(list) do held[r.from] = true end
  while list[1] do
    local left = rename_free(list, held, add)
    local r = left[1]
    if #left == #list then
      local other = "ryx_" .. r.to
      add(r.from, other, r)
      held[r.from], held[other], r.from = nil, true, other
    end
    list = left
  end
end

local function rename_tables(changes, list)
  local wanted = {}
  for _, pair in ipairs(list) do
    if schema.key(pair.was) ~= pair.key then
      wanted[#wanted + 1] = { from = schema.key(pair.was), to = pair.key, pair = pair, name = pair.was.name }
    end
  end
  rename(wanted, function(_, to, r)
    local was, new = r.pair.was, r.pair.to
    local from = { name = r.name, schema = was.schema, model = new.model }
    local last = to == r.pair.key and { name = new.name, schema = new.schema, model = new.model }
    local change = {
      kind = "rename_table", table = r.pair.key, at = from, from = from,
      to = last or { name = to, schema = was.schema, model = new.model },
    }
    r.name, changes[#changes + 1] = change.to.name, change
  end)
end

local function rename_columns(changes, pair)
  local wanted, there = {}, {}
  for _, c in ipairs(pair.was.columns) do there[c.name] = true end
  for _, from in ipairs(compat.sorted_keys(pair.columns)) do
    local to = pair.columns[from]
    if there[from] and to ~= from then wanted[#wanted + 1] = { from = from, to = to } end
  end
  rename(wanted, function(from, to)
    changes[#changes + 1] = {
      kind = "rename_column", table = pair.key, at = pair.to, from = from, to = to, pair = pair,
    }
  end)
end

local OF_INDEXES = { rename_constraint = true, rename_index = true, rename_unique = true, rename_search = true }

-- Names of indexes that tables exchange, where a schema has each once.
local function rename_in_turn(changes)
  local others, wanted = {}, {}
  for _, change in ipairs(changes) do
    if OF_INDEXES[change.kind] then
      local in_schema = (change.at.schema or "") .. "\0"
      wanted[#wanted + 1] = {
        from = in_schema .. change.from.name, to = in_schema .. change.to.name, name = change.from.name,
        change = change,
      }
    else
      others[#others + 1] = change
    end
  end
  rename(wanted, function(_, to, r)
    local from, name = r.name, to == r.to and r.change.to.name or "ryx_" .. r.change.to.name
    r.name = name
    others[#others + 1] = compat.with(r.change, { from = { name = from }, to = { name = name } })
  end)
  return others
end

--- Changes from one schema to another. `hints` are the renames and what fills new columns:
--- { tables = { [old] = new }, columns = { [table] = { [old] = new } }, fill = { [table] = { [column] = SQL } } },
--- tables by their keys, those of columns by the new one. `untouched`: who looks after tables is all
--- that changed.
function M.run(before, after, hints, dialect)
  hints = hints or {}
  local changes = {}
  if hints.untouched then return changes end
  local names = renamed.names(before, hints)
  local list, dropped, made = pairs_of(before, after, names, dialect)
  drop(changes, dropped, dialect)
  rename_tables(changes, list)
  for _, pair in ipairs(list) do
    rename_columns(changes, pair)
    pair.fill = (hints.fill or {})[pair.key] or {}
  end
  local touched = diff_goes.touched(list, dialect)
  for _, pair in ipairs(list) do diff_table.run(changes, pair, touched, dialect) end
  create(changes, made, dialect)
  if dialect.shares_index_names then changes = rename_in_turn(changes) end
  return in_order(changes)
end

return M
