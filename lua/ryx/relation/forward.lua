-- SPDX-License-Identifier: MIT
-- post.author: the object kept with the instance, else loaded for every row of the
-- result it came in.
local errors = require "ryx.errors"
local load_related = require "ryx.query.read.load_related"
local loaded = require "ryx.row.loaded"
local record = require "ryx.row.record"
local relation = require "ryx.meta.relation"
local value = require "ryx.value"

local M = {}

local null, get, is_absent = value.null, loaded.get, loaded.is_absent

--- A function(object) that reads the relation of a field.
function M.getter(f)
  local name, attname, pk = f.name, f.attname, nil
  return function(object)
    local related, key = get(object, name), rawget(object, attname)
    if related and key ~= nil and key ~= null then
      pk = pk or f:target_meta().pk_field.attname
      if rawget(related, pk) == key then return related end
      if is_absent(related) and related.pk == key then return nil end
      loaded.keep(object, name, nil)
    end
    if value.is_expression(key) then return nil end -- until it is saved
    if key == nil then key = object[attname] end -- perhaps it was left out
    if key == nil or key == null then return loaded.awaited(object, name) end
    return load_related.forward(object, f, key)
  end
end

--- Sets a relation from an instance, a key, nil or null.
function M.set(object, f, v)
  local related
  if v == null then v = nil end
  if value.is_instance(v) then
    local target = f:target_meta()
    if not record.is_of(v, target) then
      errors.raise("misuse", "%s.%s takes a %s, not a %s", f.meta.model_name, f.name, target.model_name,
        getmetatable(v).model._meta.model_name)
    end
    related, v = v, v.pk
    local mine = rawget(object, "_r")
    if mine then record.check_relation(f.meta.model_name .. "." .. f.name, object, mine.alias, related) end
    -- It may have been known to have none.
    local reverse_name = relation.single_reverse_name(f)
    if reverse_name and get(related, reverse_name) == null then loaded.keep(related, reverse_name, nil) end
  end
  record.loaded(object, f.attname)
  rawset(object, f.attname, v)
  loaded.assign(object, f.name, related, v ~= nil)
end

-- The object that a foreign key means: one whose key it waits for, or has.
local function meant(object, f, known)
  local key = rawget(object, f.attname)
  if key == nil then return loaded.awaited(object, f.name) end
  local related = known[f.name]
  return value.is_instance(related) and related.pk == key and related or nil
end

--- Before a write: refuses related objects that are not saved, and takes the keys of those
--- that were saved after they were assigned. A new row of an alias refers to rows of that one.
function M.fill_keys(meta, object, alias)
  local known = loaded.all(object)
  if not known then return end
  for name in pairs(known) do
    -- What a reverse side leads to is kept here too; it has no column.
    local f = meta.paths[name]
    local related = f and meant(object, f, known)
    if related and alias then record.check_relation(meta.model_name .. "." .. name, object, alias, related) end
    if related and not rawget(related, "_r") then
      errors.raise("misuse", "%s.%s: %s is not saved; save it first", meta.model_name, name, tostring(related))
    end
    if related and rawget(object, f.attname) == nil then rawset(object, f.attname, related.pk) end
  end
end

return M
