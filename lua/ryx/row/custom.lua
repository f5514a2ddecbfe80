-- SPDX-License-Identifier: MIT
-- Fields of the user's own (field/custom.lua): what was read becomes what instances hold.
local value = require "ryx.value"

local M = {}

local null = value.null

--- The values of an object that was read, and those that tell what has changed (row/tracked.lua).
function M.object(fields, object)
  local was = rawget(object, "_was")
  for i = 1, #fields do
    local f = fields[i]
    local v = rawget(object, f.attname)
    if v ~= nil then
      rawset(object, f.attname, f.from_db(v, f))
      if was then was[f.attname] = f.from_db(was[f.attname], f) end
    end
  end
end

-- Stands for the field of the items of an array.
local function items_of(f)
  return { from_db = function(list)
    for i = 1, #list do list[i] = M.value(f, list[i]) end
    return list
  end }
end

--- What is converted in rows whose values are those of expressions: by name or position, the
--- field; nil when there is none.  custom.keys(#names, function(i) return names[i], nodes[i] end)
function M.keys(n, at)
  local by_key
  for i = 1, n do
    local key, node = at(i)
    local field = node.custom or node.custom_items and items_of(node.custom_items)
    if field then
      by_key = by_key or {}
      by_key[key] = field
    end
  end
  return by_key
end

--- The values of a row at keys (name or position -> field).
function M.row(by_key, row)
  for key, f in pairs(by_key) do
    local v = rawget(row, key)
    if v ~= nil and v ~= null then rawset(row, key, f.from_db(v, f)) end
  end
end

--- One value.
function M.value(f, v)
  if v == nil or v == null then return v end
  return f.from_db(v, f)
end

return M
