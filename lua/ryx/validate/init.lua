-- SPDX-License-Identifier: MIT
-- object:full_clean(): validation of an instance: every field's errors are collected, then clean()
-- has its say when there were none.
local errors = require "ryx.errors"
local record = require "ryx.row.record"
local validation_error = require "ryx.validate.validation_error"
local value_of = require "ryx.value"

local M = {}

-- What clean() raised, as an error of its model.
local function named(meta, err)
  if errors.is_error(err) and err.kind == "validation" and not err.model then
    return validation_error.name(err, meta.model_name)
  end
  return err
end

--- Checks (and converts) the fields of an instance; raises one ValidationError.
function M.full_clean(meta, object)
  local found, any = {}, false
  for _, field in ipairs(record.present(object, meta.fields)) do
    local raw = rawget(object, field.attname)
    if raw == value_of.null then
      rawset(object, field.attname, nil)
      raw = nil
    end
    local value, messages = field:clean(raw)
    if messages then
      found[field.name], any = messages, true
    elseif value ~= raw then
      rawset(object, field.attname, value)
    end
  end
  if any then validation_error.raise(found, meta.model_name) end
  local clean = rawget(meta.class, "clean")
  if clean then
    local ok, err = pcall(clean, object)
    if not ok then
      error(named(meta, err), 0)
    end
  end
end

local function stored_fields(meta)
  meta.stored = {}
  for _, field in ipairs(meta.fields) do
    if field.storage then meta.stored[#meta.stored + 1] = field end
  end
  return meta.stored
end

--- Refuses what the columns cannot hold, for writes that are not cleaned: some
--- databases would round or cut it.
function M.check_storage(meta, object)
  local fields = meta.stored or stored_fields(meta)
  for i = 1, #fields do
    local field = fields[i]
    local v = rawget(object, field.attname)
    local message = v ~= nil and type(v) ~= "table" and field.storage(v)
    if message then validation_error.raise({ [field.name] = { message } }, meta.model_name) end
  end
end

return M
