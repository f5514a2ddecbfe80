-- SPDX-License-Identifier: MIT
-- ryx.MaxLengthValidator and the others: objects whose check(value) gives a message or nil. Calling one
-- raises ValidationError. NULL is only NotNull's business.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local M = {}

--- For the option `validators` of fields; called, it raises ValidationError.
---@class ryx.Validator
---@field name string
---@field message string
---@field check fun(value: any): string? gives the message
---@overload fun(value: any)
local Validator = {}
Validator.__index = Validator
Validator.__call = function(self, value)
  local message = self.check(value)
  if message then M.raise({ __all__ = { message } }) end
end

local function new(name, check, message)
  local v = setmetatable({ name = name, check = check, message = message }, Validator)
  return v
end

-- A ValidationError from { field = { messages } }; `who` begins the text.
local function new_error(list, who)
  local parts = {}
  for _, name in ipairs(compat.sorted_keys(list)) do
    local text = table.concat(list[name], " ")
    parts[#parts + 1] = name == "__all__" and text or name .. ": " .. text
  end
  local field = next(list)
  return errors.new{
    kind = "validation", message = (who and who .. ": " or "") .. table.concat(parts, "; "), errors = list, model = who,
    field = field ~= "__all__" and next(list, field) == nil and field or nil,
  }
end

--- Raises it.
function M.raise(list, who)
  error(new_error(list, who), 0)
end

--- Called, it makes an error to raise: of messages by field, or of the whole.
---@class ryx.ValidationErrorClass: ryx.ErrorClass
---@overload fun(messages: string|string[]|table<string, string|string[]>): ryx.Error

--- Values do not fit their fields: `errors` has the messages. What clean() raises.
--- error(ryx.ValidationError{ due = "Enter a day to come." })   error(ryx.ValidationError("Closed on Sundays."))
---@type ryx.ValidationErrorClass
M.ValidationError = errors.ValidationError

-- A message, or several, as a list.
local function messages_of(name, v)
  local list = type(v) == "table" and getmetatable(v) == nil and v or { v }
  for i = 1, math.max(#list, 1) do
    if type(list[i]) ~= "string" then
      errors.raise("misuse", "ValidationError: a message of %s is a text, not %s", name, compat.show(list[i]))
    end
  end
  return list
end

getmetatable(M.ValidationError).__call = function(_, what)
  local list = {}
  if type(what) ~= "table" or what[1] ~= nil then what = { __all__ = what } end
  for name, v in pairs(what) do list[name] = messages_of(compat.show(name), v) end
  if next(list) == nil then
    errors.raise("misuse", "ValidationError takes a message, or messages by field: { name = \"...\" }")
  end
  return new_error(list)
end

local function limit(name, text, fails)
  M[name] = function(bound)
    local message = text:format(tostring(bound))
    return new(name, function(v)
      if fails(v, bound) then return message end
    end, message)
  end
end

local function length(v)
  return compat.utf8_len(tostring(v))
end

--- At most so many characters.  ryx.CharField{ validators = { ryx.MaxLengthValidator(80) } }
---@param bound integer
---@return ryx.Validator
limit("MaxLengthValidator", "Ensure this value has at most %s characters.", function(v, n) return length(v) > n end)

--- At least so many characters.  ryx.CharField{ validators = { ryx.MinLengthValidator(3) } }
---@param bound integer
---@return ryx.Validator
limit("MinLengthValidator", "Ensure this value has at least %s characters.", function(v, n) return length(v) < n end)

--- At least this value.  ryx.IntField{ validators = { ryx.MinValueValidator(1) } }
---@param bound any
---@return ryx.Validator
limit("MinValueValidator", "Ensure this value is greater than or equal to %s.", function(v, n) return v < n end)

--- At most this value.  ryx.IntField{ validators = { ryx.MaxValueValidator(99) } }
---@param bound any
---@return ryx.Validator
limit("MaxValueValidator", "Ensure this value is less than or equal to %s.", function(v, n) return v > n end)

--- Between two values, both included.  ryx.IntField{ validators = { ryx.RangeValidator(1, 99) } }
---@param low any
---@param high any
---@return ryx.Validator
function M.RangeValidator(low, high)
  local message = ("Value must be between %s and %s."):format(tostring(low), tostring(high))
  return new("RangeValidator", function(v)
    if v < low or v > high then return message end
  end, message)
end

local NOT_NULL = "This field may not be null."
M.NOT_NULL = NOT_NULL

--- Not NULL.  ryx.CharField{ null = true, validators = { ryx.NotNullValidator() } }
---@return ryx.Validator
function M.NotNullValidator()
  return new("NotNullValidator", function(v)
    if v == nil then return NOT_NULL end
  end, NOT_NULL)
end

--- Not a text without characters but white space.  ryx.TextField{ validators = { ryx.NotBlankValidator() } }
---@return ryx.Validator
function M.NotBlankValidator()
  local message = "This field may not be blank."
  return new("NotBlankValidator", function(v)
    if type(v) == "string" and not v:find("%S") then return message end
  end, message)
end

local function literal(v)
  return type(v) == "string" and "'" .. v .. "'" or tostring(v)
end

--- Values, or { value, label } pairs.  ryx.CharField{ validators = { ryx.ChoicesValidator{ "a", "b" } } }
---@param choices any[]
---@return ryx.Validator
function M.ChoicesValidator(choices)
  local known, texts = {}, {}
  for i, c in ipairs(choices) do
    local value = c
    if type(c) == "table" then value = c[1] end
    known[compat.keyof(value)] = true
    texts[i] = literal(value)
  end
  table.sort(texts)
  local message = "Value must be one of: [" .. table.concat(texts, ", ") .. "]"
  return new("ChoicesValidator", function(v)
    if not known[compat.keyof(v)] then return message end
  end, message)
end

--- The message where fn(value) is false or nil, "Invalid value." when not given.
--- ryx.FunctionValidator(function(v) return v % 2 == 0 end, "Enter an even number.")
---@param fn fun(value: any): any
---@param message? string
---@return ryx.Validator
function M.FunctionValidator(fn, message)
  message = message or "Invalid value."
  return new("FunctionValidator", function(v)
    if not fn(v) then return message end
  end, message)
end

--- A user's validator as a check: an object of ours, or a function that returns a
--- message, false, or raises a ValidationError.
function M.as_check(v)
  if getmetatable(v) == Validator then return v.check end
  if type(v) ~= "function" then
    errors.raise("misuse", "a validator is a function or made by ryx.*Validator, not %s", compat.show(v))
  end
  return function(value)
    local ok, answer = pcall(v, value)
    if ok then
      if answer == false then return "Invalid value." end
      return type(answer) == "string" and answer or nil
    end
    if not errors.is_error(answer) or answer.kind ~= "validation" then error(answer, 0) end
    local all = answer.errors and answer.errors.__all__
    return all and table.concat(all, " ") or answer.message
  end
end

return M
