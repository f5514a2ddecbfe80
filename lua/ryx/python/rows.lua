-- SPDX-License-Identifier: MIT
-- Rows that Lua had to make, since it had something to load or to convert for them or they came out
-- of a cache, as Python is to have them.
local callback = require "ryx.python.callback"
local compat = require "ryx.compat"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local value = require "ryx.value"

local M = {}

local unpack = compat.unpack

-- Sets what rows lack to NULL, which is a value to Python.
local function fill(list, key)
  for _, row in ipairs(list) do
    if rawget(row, key) == nil then rawset(row, key, value.null) end
  end
end

-- Annotations and dicts.
local function fill_all(qs, rows, list)
  local paths = rows.kind == "model" and qs.node.meta.paths or {}
  local n = rows.nested and rows.nested[1] and rows.nested[1].from - 1 or #rows.keys
  for i = 1, n do
    if not paths[rows.keys[i]] then fill(list, rows.keys[i]) end
  end
end

local of_type = {}

--- Functions of Python's, by the type of a column, that make what Lua does not tell from text.
function M.set_makers(invokes)
  for name, fn in pairs(invokes) do of_type[name] = callback.plain(fn) end
end

-- Of columns that need one, by key or position: those of values(), annotations of objects.
local function makers(qs, alias, plan)
  if plan.makers then return plan.makers end
  local b, found = query.build(qs.node, alias), {}
  for i, field in ipairs(b.select and b.select.fields or {}) do
    found[plan.rows.kind == "dict" and field.name or i] = of_type[field.expr.type]
  end
  for _, name in ipairs(b.select and {} or b.annotated) do found[name] = of_type[b.annotations[name].type] end
  plan.makers = found
  return found
end

local function made(make, v)
  if type(v) ~= "string" then return v end
  return make(v)
end

local function convert(list, is_flat, found)
  if next(found) == nil then return end
  for i, row in ipairs(list) do
    for key, make in pairs(found) do
      if is_flat then
        list[i] = made(make, row)
      else
        rawset(row, key, made(make, rawget(row, key)))
      end
    end
  end
end

-- The mark of rows that are tuples to Python, with names or without.
local function tuple_meta(rows)
  rows.tuple = rows.tuple or { names = rows.named and value.json.array{ unpack(rows.keys) } or nil, is_tuple = true }
  return rows.tuple
end

--- Rows that Lua had to make, as Python is to have them.
function M.finished(qs, list)
  if type(list) ~= "table" then return list end
  local alias = plans.read_alias(qs)
  local plan = plans.plan_for(qs, alias, "all")
  local rows = plan.rows
  convert(list, rows.kind == "flat", makers(qs, alias, plan))
  if rows.kind == "list" then
    for _, row in ipairs(list) do setmetatable(row, tuple_meta(rows)) end
  elseif rows.kind ~= "flat" then
    fill_all(qs, rows, list)
  end
  return list
end

--- The same for one, or what is none.
function M.finished_row(qs, row)
  if row == nil or type(row) == "userdata" and row ~= value.null then return row end
  return M.finished(qs, { row })[1]
end

return M
