-- SPDX-License-Identifier: MIT
-- Rows that Lua had to make, since it had something to load or to convert for them, as Python is
-- to have them.
local compat = require "ryx.compat"
local plans = require "ryx.query.read.plan"
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

-- The mark of rows that are tuples to Python, with names or without.
local function tuple_meta(rows)
  rows.tuple = rows.tuple or { names = rows.named and value.json.array{ unpack(rows.keys) } or nil, is_tuple = true }
  return rows.tuple
end

--- Rows that Lua had to make, as Python is to have them.
function M.finished(qs, list)
  if type(list) ~= "table" then return list end
  local rows = plans.plan_for(qs, plans.read_alias(qs), "all").rows
  if rows.kind == "list" then
    for _, row in ipairs(list) do setmetatable(row, tuple_meta(rows)) end
  elseif rows.kind ~= "flat" then
    fill_all(qs, rows, list)
  end
  return list
end

--- The same for one, or what is none.
function M.finished_row(qs, row)
  return type(row) == "table" and M.finished(qs, { row })[1] or row
end

return M
