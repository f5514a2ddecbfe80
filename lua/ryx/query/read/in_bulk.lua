-- SPDX-License-Identifier: MIT
-- qs:in_bulk: objects by the values of a unique field.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local key = require "ryx.meta.key"
local path = require "ryx.query.resolve.path"
local slice = require "ryx.query.clause.slice"
local unique = require "ryx.meta.unique"
local value = require "ryx.value"

local queryset = require "ryx.query.clause.queryset"
local methods = {}

local OPTIONS = { field_name = true }

local function check(list)
  if value.class_of(list) == "queryset" or type(list) ~= "table" or list[1] == nil and next(list) ~= nil then
    errors.raise("misuse", "in_bulk takes a list of values, not %s", compat.show(list))
  end
end

-- A key of several fields is a list, and another list of the same values finds its object.
local function by_keys(qs, meta, list)
  check(list)
  local by_id, out = {}, {}
  for _, object in ipairs(slice.whole(qs):filter("pk__in", list):all()) do
    local values = key.of(meta, object)
    by_id[key.id(values)], out[values] = object, object
  end
  return setmetatable(out, { __index = function(_, values)
    return type(values) == "table" and by_id[key.id(values)] or nil
  end })
end

--- Objects by key.  qs:in_bulk({ 1, 2 })[1].title
--- Of a key of several fields too: qs:in_bulk{ { 1, 2 }, { 3, 4 } }[{ 3, 4 }]
---@param list any[]
---@param options? { field_name?: string } a unique field, the key when not given
---@return table<any, ryx.Model>
function methods:in_bulk(list, options)
  local meta = queryset.node(self, "in_bulk").meta
  options = options or {}
  errors.check_options(options, OPTIONS, "in_bulk")
  local name = options.field_name or "pk"
  if name == "pk" and not meta.pk_field then return by_keys(self, meta, list) end
  local field = path.field(meta, name)
  if not unique.is_key(meta, { field }) then
    errors.raise("misuse", "in_bulk: %s.%s is not unique, so its values name no single object", meta.model_name, name)
  end
  check(list)
  local out = {}
  for _, object in ipairs(slice.whole(self):filter(name .. "__in", list):all()) do
    out[compat.keyof(object[field.attname])] = object
  end
  return out
end

return { methods = methods }
