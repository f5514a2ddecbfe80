-- SPDX-License-Identifier: MIT
-- post.author, post.title = ..., a == b: what instances do for names that are no keys of theirs,
-- and when two of them are one row.
local forward = require "ryx.relation.forward"
local left_out = require "ryx.row.left_out"
local record = require "ryx.row.record"
local value_of = require "ryx.value"

local M = {}

local function assign(object, f, v)
  if rawget(object, "_r") then record.loaded(object, f.attname) end
  if v == nil or v == value_of.null then
    rawset(object, f.attname, nil)
  else
    -- What cannot be converted stays as it is: full_clean names every such field.
    local value, problem = f:convert(v)
    if problem then value = v end
    rawset(object, f.attname, value)
  end
end

--- The functions of a model by name, kept in its meta: relations add what they give.
function M.new(meta, key)
  local getters, setters = {}, {}
  for _, f in ipairs(meta.fields) do
    if f.relation then getters[f.name] = forward.getter(f) end
    setters[f.attname] = function(object, v) assign(object, f, v) end
    if f.relation then setters[f.name] = function(object, v) forward.set(object, f, v) end end
    if f.db_default ~= nil then left_out.watch(setters, f) end
  end
  function getters.pk(object) return rawget(object, key) end
  setters.pk = setters[key]
  meta.getters, meta.setters = getters, setters
  return getters, setters
end

--- When two objects are equal. A row is the same one whatever its model is called: all models of a
--- table have the same function.
function M.equality(key)
  local function equal(a, b)
    local theirs = getmetatable(b)
    if not theirs or getmetatable(a).__eq ~= equal or theirs.__eq ~= equal then return false end
    local k = rawget(a, key)
    return k ~= nil and k == rawget(b, key)
  end
  return equal
end

return M
