-- SPDX-License-Identifier: MIT
-- post:save{ force_insert, force_update, update_fields }: is a save an INSERT or an UPDATE, and of
-- which columns? What was saved is updated, whatever its key is, unless the options say otherwise.
local assignment = require "ryx.query.write.assignment"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local generated = require "ryx.field.generated"

local M = {}

local function check(meta, object, options)
  for _, name in ipairs{ "force_insert", "force_update", "validate" } do
    if options[name] ~= nil then errors.check_type(options[name], "boolean", "save: " .. name) end
  end
  local other = options.force_update and "force_update" or options.update_fields and "update_fields"
  if options.force_insert and other then
    errors.raise("misuse", "%s: force_insert wants an INSERT, %s an UPDATE: give one of them", meta.model_name, other)
  end
  if not options.force_update or rawget(object, "_r") then return end
  if object.pk == nil then
    errors.raise("misuse", "%s: force_update finds the row by its key, and the object has no key", meta.model_name)
  end
end

--- Does a save insert?
function M.inserts(meta, object, options)
  if next(options) == nil then return rawget(object, "_r") == nil end
  check(meta, object, options)
  if options.force_insert then return true end
  if options.force_update or rawget(object, "_r") then return false end
  if not options.update_fields then return true end
  if object.pk == nil then
    errors.raise("misuse", "%s is not saved yet, so update_fields has nothing to update", tostring(object))
  end
  return false
end

--- The fields that an update writes: all but the key, or those that update_fields names and
--- the times that are automatic.
function M.fields(meta, names)
  if not names then return meta.without_key end
  errors.check_type(names, "table", meta.model_name .. ": update_fields")
  if names[1] == nil and next(names) ~= nil then
    errors.raise("misuse", "%s: update_fields is a list of names, not a table by name", meta.model_name)
  end
  local chosen = {}
  for _, name in ipairs(names) do
    local f = meta:get_field(name)
    if meta.is_key[f] then
      errors.raise("misuse", "%s: update_fields cannot name the key %s, by which the row is found", meta.model_name,
        compat.show(name))
    end
    if f.generated then generated.refuse(f) end
    chosen[f] = true
  end
  return assignment.with_times(meta, chosen)
end

return M
