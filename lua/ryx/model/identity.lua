-- SPDX-License-Identifier: MIT
-- post.pk, a == b: the key of an instance; one of several fields is a list of their values.
local errors = require "ryx.errors"
local key = require "ryx.meta.key"
local value = require "ryx.value"

local M = {}

local null = value.null

local function refuse_list(meta, v)
  if v == nil or v == null or key.is_list(meta, v) then return end
  errors.raise("misuse", "%s.pk is a list of %d values (%s)", meta.model_name, #meta.key_fields, key.names(meta))
end

-- A key of one field is that field.
local function install_one(meta, getters, setters)
  local attname = meta.pk_field.attname
  function getters.pk(object) return rawget(object, attname) end
  setters.pk = setters[attname]
end

local function install_several(meta, getters, setters)
  local fields = meta.key_fields
  function getters.pk(object) return key.of(meta, object) end
  function setters.pk(object, v)
    refuse_list(meta, v)
    for i, f in ipairs(fields) do setters[f.name](object, type(v) == "table" and v[i] or nil) end
  end
end

--- Gives instances their pk.
function M.install(meta, getters, setters)
  if meta.pk_field then return install_one(meta, getters, setters) end
  return install_several(meta, getters, setters)
end

local function are_rows(a, b, equal)
  local theirs = getmetatable(b)
  return theirs and getmetatable(a).__eq == equal and theirs.__eq == equal
end

--- A row is the same one whatever its model is called: the function is one of a table's models.
function M.equality(meta)
  local fields, one = meta.key_fields, meta.pk_field and meta.pk_field.attname
  local equal
  function equal(a, b)
    if not are_rows(a, b, equal) then return false end
    if one then
      local k = rawget(a, one)
      return k ~= nil and k == rawget(b, one)
    end
    for _, f in ipairs(fields) do
      local k = rawget(a, f.attname)
      if k == nil or k ~= rawget(b, f.attname) then return false end
    end
    return true
  end
  return equal
end

return M
