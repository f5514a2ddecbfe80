-- SPDX-License-Identifier: MIT
-- What a schema is called after renames: its tables under their new names, with all that names
-- a table or a column of them. A database does the same by itself when it renames.
local compat = require "ryx.compat"
local schema = require "ryx.migrations.schema"

local M = {}

local function mapped(list, columns)
  if not list then return nil end
  local out = {}
  for i, name in ipairs(list) do out[i] = columns[name] or name end
  return out
end

-- SQL text in which quoted names of columns are others; literals stay.
local function text(sql, columns, mark)
  if not sql or next(columns) == nil then return sql end
  local out, i = {}, 1
  while i <= #sql do
    local c = sql:sub(i, i)
    local j = (c == "'" or c == mark) and sql:find(c, i + 1, true) or nil
    local piece = sql:sub(i, j or i)
    local name = j and c == mark and columns[piece:sub(2, -2)]
    out[#out + 1] = name and mark .. name .. mark or piece
    i = (j or i) + 1
  end
  return table.concat(out)
end

local function each(set, change)
  local out = {}
  for name, part in pairs(set) do
    out[name] = compat.with(part)
    change(out[name])
  end
  return out
end

local NONE = {}

--- The names of a schema after hints: `new_key[key]` of tables, `columns(key)` old -> new, by the old key.
function M.names(before, hints)
  local new_key, of = {}, {}
  for key in pairs(before.tables) do
    new_key[key] = (hints.tables or NONE)[key] or key
    local columns = hints.columns or NONE
    of[key] = columns[new_key[key]] or columns[key] or NONE
  end
  return { new_key = new_key, columns = function(key) return of[key] or NONE end }
end

-- Where a foreign key leads afterwards.
local function follow(k, names, after)
  local key = schema.key{ name = k.table, schema = k.schema }
  local target = after.tables[names.new_key[key]]
  if target then k.table, k.schema = target.name, target.schema end
  k.to = mapped(k.to, names.columns(key))
end

--- A table of before under its names in after; `mark` is the quote of names.
function M.table(t, names, after, mark)
  local key = schema.key(t)
  local columns, new = names.columns(key), after.tables[names.new_key[key]]
  local out = compat.with(t)
  out.name, out.schema, out.columns = new.name, new.schema, {}
  for i, c in ipairs(t.columns) do
    out.columns[i] = compat.with(c)
    out.columns[i].name, out.columns[i].generated = columns[c.name] or c.name, text(c.generated, columns, mark)
  end
  if t.primary_key then
    out.primary_key = { name = t.primary_key.name, columns = mapped(t.primary_key.columns, columns) }
  end
  local function with_columns(part) part.columns = mapped(part.columns, columns) end
  out.uniques, out.searches = each(t.uniques, with_columns), each(t.searches, with_columns)
  out.checks = each(t.checks, function(c) c.sql = text(c.sql, columns, mark) end)
  out.foreign_keys = each(t.foreign_keys, function(k)
    with_columns(k)
    follow(k, names, after)
  end)
  out.indexes = each(t.indexes, function(ix)
    ix.include, ix.condition = mapped(ix.include, columns), text(ix.condition, columns, mark)
    local parts = {}
    for i, p in ipairs(ix.parts) do
      parts[i] = compat.with(p)
      parts[i].column, parts[i].sql = p.column and (columns[p.column] or p.column), text(p.sql, columns, mark)
    end
    ix.parts = parts
  end)
  return out
end

return M
