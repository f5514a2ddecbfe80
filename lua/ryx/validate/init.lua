-- SPDX-License-Identifier: MIT
-- object:full_clean(): validation of an instance: every field's errors are collected, then clean()
-- has its say when there were none.
local errors = require "ryx.errors"
local left_out = require "ryx.row.left_out"
local record = require "ryx.row.record"
local validation_error = require "ryx.validate.validation_error"
local value_of = require "ryx.value"

local M = {}

local rawget, rawset, null, is_expression = rawget, rawset, value_of.null, value_of.is_expression

-- What clean() raised, as an error of its model.
local function named(meta, err)
  if errors.is_error(err) and err.kind == "validation" and not err.model then
    return validation_error.name(err, meta.model_name)
  end
  return err
end

--- Checks (and converts) the fields of an instance; raises one ValidationError.
function M.full_clean(meta, object)
  local fields, found = record.present(object, meta.written), nil
  for i = 1, #fields do
    local field = fields[i]
    local raw = rawget(object, field.attname)
    if raw == null then
      rawset(object, field.attname, nil)
      raw = nil
    end
    local value, messages
    if raw ~= nil or field.db_default == nil or not left_out.is(object, field.attname) then
      value, messages = field:clean(raw)
    end
    if messages then
      found = found or {}
      found[field.name] = messages
    elseif value ~= raw then
      rawset(object, field.attname, value)
    end
  end
  if found then validation_error.raise(found, meta.model_name) end
  local clean = rawget(meta.class, "clean")
  if clean then
    local ok, err = pcall(clean, object)
    if not ok then error(named(meta, err), 0) end
    M.check_storage(meta, object) -- it may have set values
  end
end

--- Refuses values that are none of their field and those that the columns cannot hold, for writes
--- that are not cleaned: a database would say so in its own words, round or cut. Of all fields,
--- unless it is said which.
function M.check_storage(meta, object, fields)
  fields = fields or meta.written
  for i = 1, #fields do
    local field = fields[i]
    local raw = rawget(object, field.attname)
    if raw ~= nil and raw ~= null and not is_expression(raw) then
      local value, message = field:convert(raw)
      message = message or field.storage and field.storage(value)
      if message then validation_error.raise({ [field.name] = { message } }, meta.model_name) end
      if value ~= raw then rawset(object, field.attname, value) end
    end
  end
end

return M
