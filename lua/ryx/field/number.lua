-- SPDX-License-Identifier: MIT
-- ryx.IntField, FloatField, DecimalField, BooleanField, AutoField: numbers, and the keys that
-- a database makes.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local rules = require "ryx.validate.rules"
local value_of = require "ryx.value"

local function bounds(f, add)
  if f.min_value ~= nil then add(rules.MinValueValidator(f.min_value)) end
  if f.max_value ~= nil then add(rules.MaxValueValidator(f.max_value)) end
end

local WHOLE = "Enter a whole number."

-- JSON's reader keeps all 64 bits on LuaJIT too, and refuses more.
local function from_text(s)
  local sign, digits = s:match("^%s*([+-]?)0*(%d+)%s*$")
  if not digits then return nil end
  local ok, v = pcall(value_of.json.decode, (sign == "-" and "-" or "") .. digits)
  return ok and v or nil
end

local math_type = rawget(math, "type") or function() end

local function to_int(v)
  if math_type(v) == "integer" then return v end
  if type(v) == "string" then v = from_text(v) end
  if v == true then return 1 end
  if v == false then return 0 end
  if not compat.is_integer(v) or type(v) == "number" and (v < -2 ^ 63 or v >= 2 ^ 63) then return nil, WHOLE end
  if compat.is_54 and v % 1 == 0 then return math.floor(v) end
  return v
end

-- Ranges every database keeps to; SQLite by a CHECK.
local RANGE = {
  smallint = { -32768, 32767 },
  int = { -2147483648, 2147483647 },
}

-- Both ends are checked even where wider bounds are given.
local function range(f, add)
  bounds(f, add)
  local r = RANGE[f.db]
  if not r then return end
  if f.min_value == nil or f.min_value < r[1] then add(rules.MinValueValidator(r[1])) end
  if f.max_value == nil or f.max_value > r[2] then add(rules.MaxValueValidator(r[2])) end
end

local function is_number(v)
  local t = type(v)
  return t == "number" or t == "cdata"
end

local function within_range(r)
  local low, high = r[1], r[2]
  local rule = rules.RangeValidator(low, high)
  return function(v)
    if is_number(v) and (v < low or v > high) then return rule.message end
  end
end

-- What a column can hold; of a field for positive numbers those.
local function int_storage(f)
  local in_range = RANGE[f.db] and within_range(RANGE[f.db])
  if not (f.kind.is_positive and f.min_value >= 0) then return in_range end
  local rule = rules.MinValueValidator(0)
  return function(v)
    if is_number(v) and v < 0 then return rule.message end
    return in_range and in_range(v)
  end
end

local OPEN = { min_value = false, max_value = false }

local function integer(name, kind, options)
  local is_positive = options.min_value == 0
  field.define(name, {
    type = "int", db = kind, convert = to_int, checks = range, storage = int_storage, options = options,
    is_positive = is_positive, is_ours = function() return is_positive end,
  })
end

---@class ryx.IntFieldOptions: ryx.FieldOptions
---@field min_value? integer
---@field max_value? integer

--- A whole number of 32 bits.  ryx.IntField{ default = 0, min_value = 0 }
---@param options? ryx.IntFieldOptions
---@return ryx.Field
integer("IntField", "int", OPEN)

--- A whole number of 16 bits.  ryx.SmallIntField{ default = 0 }
---@param options? ryx.IntFieldOptions
---@return ryx.Field
integer("SmallIntField", "smallint", OPEN)

--- A whole number of 64 bits.  ryx.BigIntField{ default = 0 }
---@param options? ryx.IntFieldOptions
---@return ryx.Field
integer("BigIntField", "bigint", OPEN)

-- What they are for is part of their type, unless another least value is given.
local POSITIVE = { min_value = 0, max_value = false }

--- A whole number of 32 bits from 0.  ryx.PositiveIntField{ default = 0 }
---@param options? ryx.IntFieldOptions
---@return ryx.Field
integer("PositiveIntField", "int", POSITIVE)

--- A whole number of 16 bits from 0.  ryx.PositiveSmallIntField{ default = 0 }
---@param options? ryx.IntFieldOptions
---@return ryx.Field
integer("PositiveSmallIntField", "smallint", POSITIVE)

--- A whole number of 64 bits from 0.  ryx.PositiveBigIntField{ default = 0 }
---@param options? ryx.IntFieldOptions
---@return ryx.Field
integer("PositiveBigIntField", "bigint", POSITIVE)

local function auto(f)
  f.auto, f.primary_key = true, true
  f.editable = false
end

--- A key of 32 bits that the database makes.  ryx.AutoField()
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("AutoField", { type = "int", db = "int", convert = to_int, init = auto, is_auto = true })

--- A key of 64 bits that the database makes.  ryx.BigAutoField()
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("BigAutoField", { type = "int", db = "bigint", convert = to_int, init = auto, is_auto = true })

--- A key of 16 bits that the database makes.  ryx.SmallAutoField()
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("SmallAutoField", { type = "int", db = "smallint", convert = to_int, init = auto, is_auto = true })

local NUMBER = "Enter a number."

-- As people write numbers: no "0x10", "inf" or "nan", which one Lua reads and the other does not.
local function float_from_text(s)
  if s:find("[^%d%s.eE+-]") then return nil end
  return tonumber(s)
end

local function to_float(v)
  if type(v) == "string" then v = float_from_text(v) end
  if type(v) == "cdata" then v = tonumber(v) end
  if type(v) ~= "number" then return nil, NUMBER end
  return v + 0.0
end

---@class ryx.FloatFieldOptions: ryx.FieldOptions
---@field min_value? number
---@field max_value? number

--- A float of 64 bits.  ryx.FloatField{ null = true }
---@param options? ryx.FloatFieldOptions
---@return ryx.Field
field.define("FloatField", {
  type = "double", db = "double", convert = to_float, checks = bounds, options = OPEN,
})

local TRUTH = {
  ["true"] = true, ["1"] = true, yes = true, on = true, ["false"] = false, ["0"] = false, no = false, off = false,
  [""] = false,
}

local function to_bool(v)
  if type(v) == "boolean" then return v end
  if compat.is_integer(v) then v = ("%d"):format(tonumber(v)) end
  local truth = TRUTH[tostring(v):lower()]
  if truth == nil then return nil, "Enter true or false." end
  return truth
end

--- True or false.  ryx.BooleanField{ default = true }
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("BooleanField", { type = "bool", db = "bool", convert = to_bool })

--- True, false or NULL.  ryx.NullBooleanField()
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("NullBooleanField", {
  type = "bool", db = "bool", convert = to_bool, options = { null = true },
})

local function to_decimal(v)
  if value_of.kind(v) == "decimal" then return v end
  if type(v) ~= "string" and not compat.is_integer(v) then
    return nil, "Enter an exact decimal: text, an integer or ryx.decimal, not a float."
  end
  local ok, value = pcall(value_of.decimal, type(v) == "string" and v or compat.keyof(v))
  if not ok or value == nil then return nil, "Enter a decimal number." end
  return value
end

-- Digits before and after the point of canonical decimal text.
local function digits(v, f)
  local whole, fraction = tostring(v):match("^%-?0*(%d*)%.?(%d*)$")
  if not whole then return "Enter a decimal number." end
  fraction = fraction:gsub("0+$", "")
  if #fraction > f.decimal_places then
    return ("Ensure that there are no more than %d decimal places."):format(f.decimal_places)
  end
  if #whole > f.max_digits - f.decimal_places then
    return ("Ensure that there are no more than %d digits before the decimal point."):format(
      f.max_digits - f.decimal_places)
  end
end

-- For comparisons: exactly the field's places, so that equal values are equal
-- text; a value with more digits stays as it is.
local function to_places(v, f)
  local value, message = to_decimal(v)
  if value == nil then return nil, message end
  return value:places(f.decimal_places, true) or value
end

local POINT = ("."):byte()

-- For columns: what would be rounded is refused.
local function to_column(v, f)
  local value, message = to_places(v, f)
  message = message or digits(value, f)
  if message then return nil, message end
  return value
end

-- Values already in the column's form are known by their length and their point.
local function storage(f)
  local places, longest = f.decimal_places, f.max_digits + 1
  return function(v)
    local s = tostring(v)
    if #s <= longest and s:byte(-1 - places) == POINT and value_of.kind(v) == "decimal" then return nil end
    return select(2, to_column(v, f))
  end
end

local function decimal_bound(v)
  return v ~= nil and to_decimal(v) or nil
end

---@class ryx.DecimalFieldOptions: ryx.FieldOptions
---@field max_digits? integer 10 when not given
---@field decimal_places? integer 2 when not given
---@field min_value? string|integer|ryx.Decimal
---@field max_value? string|integer|ryx.Decimal

--- An exact decimal number: ryx.decimal, text or a whole number.
--- ryx.DecimalField{ max_digits = 8, decimal_places = 2 }
---@param options? ryx.DecimalFieldOptions
---@return ryx.Field
field.define("DecimalField", {
  type = "decimal", db = "decimal", convert = to_column, compare = to_places,
  options = { max_digits = 10, decimal_places = 2, min_value = false, max_value = false },
  init = function(f)
    if f.decimal_places > f.max_digits then
      errors.raise("misuse", "DecimalField: decimal_places (%d) is more than max_digits (%d)", f.decimal_places,
        f.max_digits)
    end
    f.min_value, f.max_value = decimal_bound(f.min_value), decimal_bound(f.max_value)
  end,
  checks = bounds,
  storage = storage,
})

return { to_places = to_places }
