-- SPDX-License-Identifier: MIT
-- ryx.MaxLengthValidator and the others: objects whose check(value) gives a message or nil. Calling one
-- raises ValidationError. NULL is only NotNull's business.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local validation_error = require "ryx.validate.validation_error"
local value = require "ryx.value"

local M = { raise = validation_error.raise }

local byte, type = string.byte, type

--- For the option `validators` of fields; called, it does what `validate` does.
---@class ryx.Validator
---@field name string
---@field message string
---@field check fun(value: any): string? gives the message
---@overload fun(value: any)
local Validator = {}
Validator.__index = Validator
Validator.__tostring = function(self) return "<" .. self.name .. ">" end

--- Raises ValidationError where a value is wrong.  ryx.EmailValidator():validate("ann@example.com")
---@param v any
function Validator:validate(v)
  if v == value.null then v = nil end
  local message = (v ~= nil or self.refuses_null) and self.check(v)
  if message then M.raise{ __all__ = { message } } end
end
Validator.__call = Validator.validate

--- Makes one: check(value) gives the message, or nil.
function M.validator(name, check, message)
  return setmetatable({ name = name, check = check, message = message }, Validator)
end
local validator = M.validator

--- A value in a message: the same on every Lua, on which whole floats differ.
function M.text_of(v)
  if type(v) == "number" and v % 1 == 0 and v > -2^53 and v < 2^53 then return ("%d"):format(v) end
  return tostring(compat.keyof(v))
end
local text_of = M.text_of

-- Characters of a text, items of a list.
local function length(v)
  if type(v) == "table" then return #v end
  return compat.utf8_len(type(v) == "string" and v or text_of(v))
end

--- At most so many characters, or items of a list.  ryx.CharField{ validators = { ryx.MaxLengthValidator(80) } }
---@param bound integer
---@return ryx.Validator
function M.MaxLengthValidator(bound)
  errors.check_whole(bound, 0, "MaxLengthValidator")
  local message = ("Ensure this value has at most %d characters."):format(bound)
  return validator("MaxLengthValidator", function(v)
    -- There are no more characters than bytes.
    if type(v) == "string" and #v <= bound then return nil end
    if length(v) > bound then return message end
  end, message)
end

--- At least so many characters, or items of a list.  ryx.CharField{ validators = { ryx.MinLengthValidator(3) } }
---@param bound integer
---@return ryx.Validator
function M.MinLengthValidator(bound)
  errors.check_whole(bound, 0, "MinLengthValidator")
  local message = ("Ensure this value has at least %d characters."):format(bound)
  return validator("MinLengthValidator", function(v)
    if length(v) < bound then return message end
  end, message)
end

-- What reads a bound beside a value of a kind of ryx's own.
local READ = {}
for _, kind in ipairs{ "date", "time", "datetime", "datetimetz", "duration" } do READ[kind] = value[kind] end
function READ.decimal(v) return value.decimal(type(v) == "number" and text_of(v) or v) end

local function compare(low, v)
  local mine, theirs = value.kind(low), value.kind(v)
  if mine ~= theirs and READ[theirs] then
    low = READ[theirs](low)
  elseif mine ~= theirs and READ[mine] then
    v = READ[mine](v)
  end
  return low <= v
end

-- Is low <= v? Not where the two have no order, as NaN and texts beside numbers. One of them is a bound,
-- which stands beside a date as the text of one.
local function is_ordered(low, v)
  if type(low) == "number" and type(v) == "number" then return low <= v end
  local ok, answer = pcall(compare, low, v)
  return ok and answer
end

local function check_bound(bound, what)
  if bound == nil then errors.raise("misuse", "%s takes a bound, not nil", what) end
end

--- At least this value, which may be the text of a date or decimal.
--- ryx.IntField{ validators = { ryx.MinValueValidator(1) } }
---@param bound any
---@return ryx.Validator
function M.MinValueValidator(bound)
  check_bound(bound, "MinValueValidator")
  local message = ("Ensure this value is greater than or equal to %s."):format(text_of(bound))
  local is_number = type(bound) == "number"
  return validator("MinValueValidator", function(v)
    if is_number and type(v) == "number" and v >= bound then return nil end
    if not is_ordered(bound, v) then return message end
  end, message)
end

--- At most this value.  ryx.DateField{ validators = { ryx.MaxValueValidator("2099-12-31") } }
---@param bound any
---@return ryx.Validator
function M.MaxValueValidator(bound)
  check_bound(bound, "MaxValueValidator")
  local message = ("Ensure this value is less than or equal to %s."):format(text_of(bound))
  local is_number = type(bound) == "number"
  return validator("MaxValueValidator", function(v)
    if is_number and type(v) == "number" and v <= bound then return nil end
    if not is_ordered(v, bound) then return message end
  end, message)
end

--- Between two values, both included.  ryx.IntField{ validators = { ryx.RangeValidator(1, 99) } }
---@param low any
---@param high any
---@return ryx.Validator
function M.RangeValidator(low, high)
  check_bound(low, "RangeValidator")
  check_bound(high, "RangeValidator")
  local message = ("Value must be between %s and %s."):format(text_of(low), text_of(high))
  return validator("RangeValidator", function(v)
    if not is_ordered(low, v) or not is_ordered(v, high) then return message end
  end, message)
end

local NOT_NULL = validation_error.NOT_NULL
M.NOT_NULL = NOT_NULL

--- Not NULL.  ryx.CharField{ null = true, validators = { ryx.NotNullValidator() } }
---@return ryx.Validator
function M.NotNullValidator()
  local v = validator("NotNullValidator", function(v)
    if v == nil then return NOT_NULL end
  end, NOT_NULL)
  v.refuses_null = true
  return v
end

local SPACE = value.regex("^\\s*$")

-- Nothing but white space, that of Unicode as well. Most texts begin with a letter.
local function is_blank(text)
  local c = byte(text)
  if c and c > 32 and c < 127 then return false end
  return not text:find("[^%s\128-\255]") and value.regex_find(SPACE, text)
end

--- Not a text without characters but white space.  ryx.TextField{ validators = { ryx.NotBlankValidator() } }
---@return ryx.Validator
function M.NotBlankValidator()
  local message = "This field may not be blank."
  return validator("NotBlankValidator", function(v)
    if type(v) == "string" and is_blank(v) then return message end
  end, message)
end

local function literal(v)
  return type(v) == "string" and "'" .. v .. "'" or text_of(v)
end

-- The value of a choice: itself, or the first of a pair.
local function choice_of(choice)
  local v = choice
  if type(choice) == "table" then v = choice[1] end
  if v == nil or type(v) == "table" then
    errors.raise("misuse", "choices holds values, or pairs { value, label }, not %s", compat.show(choice))
  end
  return v
end

--- Values, or { value, label } pairs.  ryx.CharField{ validators = { ryx.ChoicesValidator{ "a", "b" } } }
---@param choices any[]
---@return ryx.Validator
function M.ChoicesValidator(choices)
  errors.check_type(choices, "table", "ChoicesValidator")
  local known, texts = {}, {}
  for i, choice in ipairs(choices) do
    local v = choice_of(choice)
    known[compat.keyof(v)] = true
    texts[i] = literal(v)
  end
  table.sort(texts)
  local message = "Value must be one of: [" .. table.concat(texts, ", ") .. "]"
  return validator("ChoicesValidator", function(v)
    if not known[compat.keyof(v)] then return message end
  end, message)
end

local INVALID = "Invalid value."

--- The message where fn(value) is false or nil, "Invalid value." when not given.
--- ryx.FunctionValidator(function(v) return v % 2 == 0 end, "Enter an even number.")
---@param fn fun(value: any): any
---@param message? string
---@return ryx.Validator
function M.FunctionValidator(fn, message)
  errors.check_type(fn, "function", "FunctionValidator")
  if message ~= nil then errors.check_type(message, "string", "FunctionValidator: message") end
  message = message or INVALID
  return validator("FunctionValidator", function(v)
    if not fn(v) then return message end
  end, message)
end

--- Does a user's validator ask about NULL?
function M.refuses_null(v)
  return getmetatable(v) == Validator and v.refuses_null or false
end

--- A user's validator as a check: an object of ours, or a function that returns a
--- message, false, or raises a ValidationError.
function M.as_check(v)
  if getmetatable(v) == Validator then return v.check end
  if type(v) ~= "function" then
    errors.raise("misuse", "a validator is a function or made by ryx.*Validator, not %s", compat.show(v))
  end
  return function(given)
    local ok, answer = pcall(v, given)
    if ok then
      if answer == false then return INVALID end
      return type(answer) == "string" and answer or nil
    end
    if not errors.is_error(answer) or answer.kind ~= "validation" then error(answer, 0) end
    local all = answer.errors and answer.errors.__all__
    return all and table.concat(all, " ") or answer.message
  end
end

return M
