-- SPDX-License-Identifier: MIT
-- object:validate_unique(): are there rows with the values of an object's unique keys already? One
-- statement asks for all of them.
local compat = require "ryx.compat"
local holds = require "ryx.model.holds"
local q = require "ryx.query.expr.q"
local query = require "ryx.query"
local record = require "ryx.row.record"
local unique = require "ryx.meta.unique"
local validation_error = require "ryx.validate.validation_error"
local value = require "ryx.value"

-- The value of a field as its column has it; nil where it clashes with nothing: NULL, what the database
-- works out, and what full_clean refuses.
local function value_of(object, f)
  local v = object[f.attname]
  if v == nil or v == value.null or value.is_expression(v) then return nil end
  return (f:convert(v))
end

-- What rows of the same day, month or year have, by the option that asks for it.
local PERIOD = {
  unique_for_date = function(name, v, of_day)
    if of_day then return { [name] = v } end
    return { [name .. "__date"] = v:date() }
  end,
  unique_for_month = function(name, v) return { [name .. "__year"] = v.year, [name .. "__month"] = v.month } end,
  unique_for_year = function(name, v) return { [name .. "__year"] = v.year } end,
}

-- Conditions of the rows that a key is about, or nil when no row can clash.
local function conditions(meta, object, key)
  if key.condition and not holds(meta, object, key.condition) then return nil end
  local of_key = {}
  for _, f in ipairs(key.fields) do
    local v = value_of(object, f)
    if v == nil then return nil end
    of_key[f.attname] = v
  end
  if not key.moment then return of_key end
  local v = value_of(object, key.moment)
  if v == nil then return nil end
  for path, part in pairs(PERIOD[key.option](key.moment.name, v, key.moment.type == "date")) do of_key[path] = part end
  return of_key
end

-- Was the row read without all of a key? Then the key is as it was.
local function is_unread(object, key)
  for _, f in ipairs(key.fields) do
    if not record.is_deferred(object, f.attname) then return false end
  end
  return not key.moment or record.is_deferred(object, key.moment.attname)
end

-- The keys whose values may clash, each with a queryset of the rows that would.
local function questions(meta, object)
  local is_saved, list = rawget(object, "_r") ~= nil, {}
  local rows = query.new(meta)
  if is_saved then rows = rows:exclude{ pk = object.pk } end
  for _, key in ipairs(unique.checks(meta)) do
    local of_key = not (is_saved and key.is_primary) and not is_unread(object, key) and conditions(meta, object, key)
    if of_key then
      local those = rows:filter(of_key)
      list[#list + 1] = { key = key, rows = key.condition and those:filter(key.condition) or those }
    end
  end
  return list
end

-- SELECT EXISTS (...), EXISTS (...) FROM table LIMIT 1: without a row nothing is taken.
local function ask(meta, list, alias)
  local columns, names = {}, {}
  for i, question in ipairs(list) do
    names[i] = "taken" .. i .. "_"
    columns[names[i]] = q.Exists(question.rows)
  end
  return query.new(meta):using(alias):annotate(columns):order_by():limit(1):values_list(compat.unpack(names)):all()[1]
end

--- Raises one ValidationError for all keys that are taken.
return function(meta, object)
  local list = questions(meta, object)
  local taken = list[1] and ask(meta, list, record.write_alias(object, meta).name)
  local found
  for i, question in ipairs(list) do
    local fields = question.key.fields
    if taken and taken[i] then
      found = found or {}
      found[#fields == 1 and fields[1].name or "__all__"] = { validation_error.UNIQUE }
    end
  end
  if found then validation_error.raise(found, meta.model_name) end
end
