-- SPDX-License-Identifier: MIT
-- Meta.track_changes: what the columns of an instance held when it was read or written last,
-- under its key `_was` (src/lua/rows.c puts it there). NULL is an absent key, or null where
-- the column was read later. Without `_was` nothing is known, so every column is written.
local value = require "ryx.value"

local M = {}

local KEY, null = "_was", value.null

local function copy(v)
  if type(v) ~= "table" then return v end
  local out = {}
  for k, item in pairs(v) do out[k] = copy(item) end
  return setmetatable(out, getmetatable(v))
end

-- Are two values the same, item by item? An expression equals nothing.
local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  if value.is_expression(a) or getmetatable(a) ~= getmetatable(b) then return false end
  for k, item in pairs(a) do
    if not same(item, b[k]) then return false end
  end
  for k in pairs(b) do
    if a[k] == nil then return false end
  end
  return true
end

-- Was the column left out when the object was read?
local function was_left_out(object, attname)
  local record = rawget(object, "_r")
  local deferred = record and (record.base or record).deferred
  return deferred ~= nil and deferred[attname] == true
end

local function is_changed(object, was, attname)
  local before, now = was[attname], rawget(object, attname)
  if before == nil and was_left_out(object, attname) then return true end
  if before == null then before = nil end
  if now == null then now = nil end
  return not same(now, before)
end

--- Those of some fields that hold something else than their row.
function M.changed(object, fields)
  local was = rawget(object, KEY)
  if not was then return fields end
  local out = {}
  for _, f in ipairs(fields) do
    if is_changed(object, was, f.attname) then out[#out + 1] = f end
  end
  return out
end

--- Notes that the row holds what an object holds in some fields; all of them, if nothing was
--- known of it. What is undone is not known.
function M.keep(object, fields, tx)
  local was = rawget(object, KEY)
  if not was then
    was = {}
    rawset(object, KEY, was)
  end
  for _, f in ipairs(fields) do
    local v = rawget(object, f.attname)
    was[f.attname] = v == nil and null or copy(v)
  end
  if tx then tx:on_rollback(function() rawset(object, KEY, nil) end) end
end

--- Nothing is known any more of what the rows of some objects hold.
function M.forget(list)
  for i = 1, #list do rawset(list[i], KEY, nil) end
end

return M
