-- SPDX-License-Identifier: MIT
-- db_default: which columns a new object leaves to the database: a set under its key `_left`. Only
-- models that have such columns have it.
local value = require "ryx.value"

local M = {}

--- Notes what a new object was not given.
function M.mark(meta, object)
  local left
  for _, f in ipairs(meta.db_defaults) do
    if rawget(object, f.attname) == nil then
      left = left or {}
      left[f.attname] = true
    end
  end
  rawset(object, "_left", left)
end

--- Has the setters of a field note that a column was given, be it NULL.
function M.watch(setters, f)
  for name in pairs{ [f.attname] = true, [f.name] = true } do
    local set = setters[name]
    setters[name] = function(object, v)
      local left = rawget(object, "_left")
      if left then left[f.attname] = nil end
      set(object, v)
    end
  end
end

--- Is a column left to the database?
function M.is(object, attname)
  local left = rawget(object, "_left")
  return left ~= nil and left[attname] == true and rawget(object, attname) == nil
end

--- Fields of an insert without those that the object leaves out, and these and generated ones (nil: none).
function M.split(meta, object, fields)
  if not meta.db_defaults then return fields, nil end
  if not rawget(object, "_left") then return fields, meta.generated end
  local kept, left = {}, nil
  for _, f in ipairs(fields) do
    if M.is(object, f.attname) then
      left = left or {}
      left[#left + 1] = f
    else
      kept[#kept + 1] = f
    end
  end
  for _, f in ipairs(meta.generated or {}) do
    left = left or {}
    left[#left + 1] = f
  end
  return kept, left
end

local function count(list, attname)
  local n = 0
  for i = 1, #list do
    if M.is(list[i], attname) then n = n + 1 end
  end
  return n
end

local function fill(list, f)
  for i = 1, #list do
    if M.is(list[i], f.attname) then rawset(list[i], f.attname, f:db_default_value()) end
  end
end

--- The same for a list: fields without those that all leave out; these; and those that only some
--- do and the database works out. Where it is a plain value those objects get it here.
function M.split_list(meta, list, fields)
  if not meta.db_defaults then return fields, nil, nil end
  local kept, left, mixed = {}, {}, {}
  for _, f in ipairs(fields) do
    local n = f.db_default ~= nil and count(list, f.attname) or 0
    if n > 0 and n < #list then
      if value.is_expression(f.db_default) then mixed[#mixed + 1] = f else fill(list, f) end
    end
    if n > 0 and n == #list then left[#left + 1] = f else kept[#kept + 1] = f end
  end
  return kept, left[1] and left, mixed[1] and mixed
end

-- Is NULL given for a column that others of the list leave out?
local function has_null(list, f)
  for i = 1, #list do
    if rawget(list[i], f.attname) == nil and not M.is(list[i], f.attname) then return true end
  end
  return false
end

--- A list in parts that one statement each can write: where some leave a column out that others
--- want to be NULL, those go apart.
function M.parts(meta, list)
  for _, f in ipairs(meta.db_defaults or {}) do
    if f.null and value.is_expression(f.db_default) and count(list, f.attname) > 0 and has_null(list, f) then
      local given, left = {}, {}
      for i = 1, #list do
        local part = M.is(list[i], f.attname) and left or given
        part[#part + 1] = list[i]
      end
      return { given, left }
    end
  end
  return { list }
end

return M
