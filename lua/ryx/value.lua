-- SPDX-License-Identifier: MIT
-- Values: ryx.null, ryx.decimal, ryx.date, ryx.json and the others; what kind and class
-- a value has.
local core = require "ryx.core"
local errors = require "ryx.errors"

-- ryx.core answers nil, err where a public function raises.
local function raising(name, make)
  return function(...)
    if (...) == nil then errors.raise("validation", "ryx.%s needs a value, not nil", name) end
    local value, err = make(...)
    if value == nil then errors.fail(err) end
    return value
  end
end

local function bytes(s)
  errors.check_type(s, "string", "ryx.bytes")
  return core.bytes(s)
end

local json = {
  encode = raising("json.encode", core.json_encode),
  decode = raising("json.decode", core.json_decode),
  array = core.array,
}

local M = {
  null = core.null,
  kind = core.kind,
  misfit = core.misfit,
  part = core.part,
  decimal = raising("decimal", core.decimal),
  date = raising("date", core.date),
  time = raising("time", core.time),
  datetime = raising("datetime", core.datetime),
  datetimetz = raising("datetimetz", core.datetimetz),
  duration = raising("duration", core.duration),
  now = core.now,
  today = core.today,
  bytes = bytes,
  json = json,
  array_meta = core.array_meta,
  numbers = core.numbers, -- of descriptions: src/sql/numbers.h
}

local null, kind_of = M.null, M.kind

local WORKED_OUT = { expr = true, q = true, queryset = true }

--- Is a value worked out by the database: F"views" + 1, ryx.Now(), a QuerySet?
function M.is_expression(v)
  if type(v) ~= "table" then return false end
  local mt = getmetatable(v)
  return mt ~= nil and WORKED_OUT[mt._class] or false
end

--- Is a value an object of a model?
function M.is_instance(v)
  if type(v) ~= "table" then return false end
  local mt = getmetatable(v)
  return mt ~= nil and mt._class == "object"
end

local function is_expr(v)
  return type(v) == "table" and (getmetatable(v) or M)._class == "expr"
end

-- What a list is by the class of its first item.
local LISTS = { int = "ints", double = "doubles", string = "strings" }

local class_of

local function class_of_table(v)
  local mt = getmetatable(v)
  if mt and mt._class then return mt._class end
  local a, b = v[1], v[2]
  if is_expr(a) or is_expr(b) then return "exprs" end
  local class = a ~= nil and LISTS[class_of(a)] or "table"
  if class == "ints" and type(b) == "number" and class_of(b) == "double" then return "doubles" end
  return class
end

--- The class of a value: what of it changes the SQL. int, double, string, yes, no,
--- null, object, a value of ryx's own by its kind, table (ints, doubles, strings),
--- expr, exprs, q, queryset.
function class_of(v)
  local t = type(v)
  if t == "number" then return v % 1 == 0 and v >= -2^63 and v < 2^63 and "int" or "double" end
  if t == "string" then return t end
  if t == "boolean" then return v and "yes" or "no" end
  if t == "cdata" then return "int" end
  if t == "userdata" then return v == null and "null" or kind_of(v) end
  if t == "table" then return class_of_table(v) end
  return t
end
M.class_of = class_of

return M
