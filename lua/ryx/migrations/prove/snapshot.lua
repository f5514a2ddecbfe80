-- SPDX-License-Identifier: MIT
-- All rows of some tables at a moment, and what of them another moment has otherwise.
local compat = require "ryx.compat"
local step = require "ryx.migrations.ddl.step"
local value = require "ryx.value"

local M = {}

local function text_of(v)
  if v == nil or v == value.null then return "NULL" end
  if type(v) == "table" and not getmetatable(v) then return value.json.encode(v) end
  return type(v) == "string" and compat.show(v) or tostring(v)
end

local function select_sql(ctx, t)
  local names = {}
  for i, c in ipairs(t.columns) do names[i] = c.name end
  return ("SELECT %s FROM %s"):format(ctx.columns(names), ctx.name_of(t))
end

local function key_text(row, columns)
  local parts = {}
  for i, name in ipairs(columns) do parts[i] = text_of(row[name]) end
  return table.concat(parts, ", ")
end

--- The rows of the tables of a schema that have a key: { [table] = { [key] = { [column] = text } } }.
function M.take(ctx, schema)
  local out = {}
  for name, t in pairs(schema.tables) do
    local rows = {}
    for _, row in ipairs(t.primary_key and step.fetch(ctx.alias, select_sql(ctx, t)) or {}) do
      local texts = {}
      for _, c in ipairs(t.columns) do texts[c.name] = text_of(row[c.name]) end
      rows[key_text(row, t.primary_key.columns)] = texts
    end
    out[name] = rows
  end
  return out
end

-- What differs in the rows of a table, in columns that count.
local function compare_table(lines, name, was, is, columns)
  for _, key in ipairs(compat.sorted_keys(was)) do
    if not is[key] then
      lines[#lines + 1] = ("%s has lost the row %s"):format(name, key)
    else
      for _, column in ipairs(compat.sorted_keys(columns)) do
        local old, new = was[key][column], is[key][column]
        if old ~= new then
          lines[#lines + 1] = ("%s.%s of the row %s was %s and is %s"):format(name, column, key, old, tostring(new))
        end
      end
    end
  end
end

--- What of the rows of `was` is not so in `is`, as lines. `known` says what counts: { [table] = set of columns }.
function M.compare(was, is, known)
  local lines = {}
  for _, name in ipairs(compat.sorted_keys(known)) do
    compare_table(lines, name, was[name] or {}, is[name] or {}, known[name])
  end
  return lines
end

return M
