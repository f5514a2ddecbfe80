-- SPDX-License-Identifier: MIT
-- post.author: loads the object on first touch and keeps it with the instance.
local db = require "ryx.db"
local errors = require "ryx.errors"
local field = require "ryx.field"

local M = {}

-- Loaded objects hang on the instance under a key of ryx's own.
local CACHE = "_related"

local function cached(object, name)
  local cache = rawget(object, CACHE)
  return cache and cache[name]
end

--- Remembers a related object.
function M.keep(object, name, related)
  local cache = rawget(object, CACHE)
  if not cache then
    cache = {}
    rawset(object, CACHE, cache)
  end
  cache[name] = related
end

--- A function(object) that reads the relation of a field.
function M.getter(f)
  local name, attname = f.name, f.attname
  return function(object)
    local key = rawget(object, attname)
    local related = cached(object, name)
    if key == nil or key == db.null then return related end
    if related and (related.pk == nil or related.pk == key) then return related end
    local record = rawget(object, "_r")
    local qs = f:target().objects
    if record and record.alias then qs = qs:using(record.alias.name) end
    related = qs:get{ pk = key }
    M.keep(object, name, related)
    return related
  end
end

--- Sets a relation from an instance, a key, nil or null.
function M.set(object, f, v)
  local related
  if v == db.null then v = nil end
  if field.is_instance(v) then
    local target = f:target()
    if getmetatable(v).model ~= target then
      errors.raise("misuse", "%s.%s takes a %s, not a %s", f.meta.model_name, f.name, target._meta.model_name,
        getmetatable(v).model._meta.model_name)
    end
    related, v = v, v.pk
  end
  M.keep(object, f.name, related)
  rawset(object, f.attname, v)
end

--- Before a write: keys of objects that were saved after they were assigned.
function M.fill_keys(meta, object)
  local cache = rawget(object, CACHE)
  if not cache then return end
  for name, related in pairs(cache) do
    local f = meta.paths[name]
    if rawget(object, f.attname) == nil then
      local key = related.pk
      if key == nil then
        errors.raise("misuse", "%s.%s: %s is not saved; save it first", meta.model_name, name, tostring(related))
      end
      rawset(object, f.attname, key)
    end
  end
end

--- Forgets what was loaded.
function M.forget(object)
  rawset(object, CACHE, nil)
end

return M
