-- SPDX-License-Identifier: MIT
-- post.author, post.title = ...: what instances do for names that are no keys of theirs.
local forward = require "ryx.relation.forward"
local generated = require "ryx.field.generated"
local identity = require "ryx.model.identity"
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
function M.new(meta)
  local getters, setters = {}, {}
  for _, f in ipairs(meta.fields) do
    if f.relation then getters[f.name] = forward.getter(f) end
    setters[f.attname] = function(object, v) assign(object, f, v) end
    if f.relation then setters[f.name] = function(object, v) forward.set(object, f, v) end end
    if f.db_default ~= nil then left_out.watch(setters, f) end
    if f.generated then setters[f.attname] = function() generated.refuse(f) end end
  end
  identity.install(meta, getters, setters)
  meta.getters, meta.setters = getters, setters
  return getters, setters
end

return M
