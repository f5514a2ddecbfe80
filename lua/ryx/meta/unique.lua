-- SPDX-License-Identifier: MIT
-- unique = true, Meta.unique_together, unique indexes: the unique keys of a model; unique_for_date and the
-- others. Pure.
local errors = require "ryx.errors"

local M = {}

--- Lists of fields whose values together are unique; the first is the primary key.
function M.keys(meta)
  if meta.unique_keys then return meta.unique_keys end
  local keys = { meta.key_fields }
  for _, field in ipairs(meta.fields) do
    if field.unique and not field.primary_key then keys[#keys + 1] = { field } end
  end
  for _, names in ipairs(meta.unique_together) do keys[#keys + 1] = meta:get_fields(names) end
  for _, index in ipairs(meta.indexes) do
    if index:is_key() then keys[#keys + 1] = meta:get_fields(index.fields) end
  end
  meta.unique_keys = keys
  return keys
end

--- Refuses a list of names in which one is no field, or a field is there twice: no database has a key
--- or an index of one column twice.
function M.check_list(meta, names, what)
  local seen = {}
  for _, field in ipairs(meta:get_fields(names)) do
    if seen[field] then errors.raise("misuse", "%s %s names %s twice", meta.model_name, what, field.name) end
    seen[field] = true
  end
end

local OPTIONS = { "unique_for_date", "unique_for_month", "unique_for_year" }
local MOMENTS = { date = true, datetime = true, datetimetz = true }

--- Refuses unique_for_date = "name" and the others where the name is that of no date or moment.
function M.check(meta)
  for _, field in ipairs(meta.fields) do
    for _, option in ipairs(OPTIONS) do
      local name = field[option]
      if name and not MOMENTS[meta:get_field(name).type] then
        errors.raise("misuse", "%s.%s: %s = %q names no DateField or DateTimeField", meta.model_name, field.name,
          option, name)
      end
    end
  end
end

--- What validate_unique looks at: { fields, is_primary } for each key, { fields, condition } for unique indexes
--- of some rows, and for the options of fields that no index keeps { fields, option, moment }.
function M.checks(meta)
  if meta.unique_checks then return meta.unique_checks end
  local list = {}
  for i, fields in ipairs(M.keys(meta)) do list[i] = { fields = fields, is_primary = i == 1 } end
  for _, index in ipairs(meta.indexes) do
    if index.unique and index.condition and not index.expressions[1] then
      list[#list + 1] = { fields = meta:get_fields(index.fields), condition = index.condition }
    end
  end
  for _, field in ipairs(meta.fields) do
    for _, option in ipairs(OPTIONS) do
      local moment = field[option] and meta:get_field(field[option])
      if moment then list[#list + 1] = { fields = { field }, option = option, moment = moment } end
    end
  end
  meta.unique_checks = list
  return list
end

local function set_of(fields)
  local set = {}
  for _, field in ipairs(fields) do set[field] = true end
  return set
end

local function within(key, set)
  for _, field in ipairs(key) do
    if not set[field] then return false end
  end
  return true
end

--- Are these fields, in any order, the primary key?
function M.is_primary(meta, fields)
  return #fields == #meta.key_fields and within(fields, meta.is_key)
end

--- Are these fields, in any order, a unique key?
function M.is_key(meta, fields)
  local set = set_of(fields)
  for _, key in ipairs(M.keys(meta)) do
    if #key == #fields and within(key, set) then return true end
  end
  return false
end

--- The first unique key all of whose fields are in a set, or nil.
function M.covered(meta, set)
  for _, key in ipairs(M.keys(meta)) do
    if within(key, set) then return key end
  end
  return nil
end

--- Can a new row meet others by this key alone? A key the database makes meets none.
function M.is_only(meta, fields, with_key)
  local set = set_of(fields)
  for _, key in ipairs(M.keys(meta)) do
    local is_same = #key == #fields and within(key, set)
    local is_made = key == meta.key_fields and not with_key
    if not is_same and not is_made then return false end
  end
  return true
end

return M
