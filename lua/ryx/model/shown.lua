-- SPDX-License-Identifier: MIT
-- post:to_table, pairs(post): what an instance shows of itself: columns and annotations.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local record = require "ryx.row.record"
local value_of = require "ryx.value"

local M = {}

local function is_shown(key)
  return type(key) ~= "string" or key:sub(1, 1) ~= "_"
end

-- What is ryx's own begins with an underscore and is not walked over.
local function next_shown(object, key)
  local v
  repeat key, v = next(object, key) until key == nil or is_shown(key)
  return key, v
end

--- What walks over an instance on Lua 5.4, and on a LuaJIT that was built with Lua 5.2's hook.
function M.pairs(object)
  return next_shown, object, nil
end

local TO_TABLE = { null = true, only = true, exclude = true, related = true }

local function set_of(meta, names, what)
  if names == nil then return nil end
  errors.check_type(names, "table", "to_table: " .. what)
  local set = {}
  for _, name in ipairs(names) do set[meta:get_field(name).attname] = true end
  return set
end

-- What a relation leads to as a table, or a list of them.
local function related_table(object, name, null)
  local meta = getmetatable(object).model._meta
  if not meta.relations[name] then
    errors.raise("field_error", "%s has no relation %s%s", meta.model_name, compat.show(name),
      errors.hint(tostring(name), meta:relation_names()))
  end
  local v, list = object[name], {}
  if v == nil or value_of.is_instance(v) then return v and v:to_table{ null = null } end
  for i, one in ipairs(v:all()) do list[i] = one:to_table{ null = null } end
  return list
end

--- post:to_table{ ... }
function M.to_table(object, options)
  options = options or {}
  errors.check_options(options, TO_TABLE, "to_table")
  local meta, null, out = getmetatable(object).model._meta, options.null, {}
  local only, left_out = set_of(meta, options.only, "only"), set_of(meta, options.exclude, "exclude") or {}
  for key, v in next_shown, object do
    if not left_out[key] and (not only or only[key]) then out[key] = v end
  end
  for _, f in ipairs(null ~= nil and record.present(object, meta.fields) or {}) do
    local key = f.attname
    if out[key] == nil and not left_out[key] and (not only or only[key]) then out[key] = null end
  end
  for _, name in ipairs(options.related or {}) do out[name] = related_table(object, name, null) end
  return out
end

return M
