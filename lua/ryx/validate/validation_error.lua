-- SPDX-License-Identifier: MIT
-- ryx.ValidationError: messages by field; those of the whole are under "__all__".
local compat = require "ryx.compat"
local errors = require "ryx.errors"

-- What a database may say in place of ryx (meta/constraint.lua).
local M = { NOT_NULL = "This field may not be null.", UNIQUE = "This value must be unique." }

local function text_of(list, who)
  local parts = {}
  for _, name in ipairs(compat.sorted_keys(list)) do
    local text = table.concat(list[name], " ")
    parts[#parts + 1] = name == "__all__" and text or name .. ": " .. text
  end
  return (who and who .. ": " or "") .. table.concat(parts, "; ")
end

-- What follows from the messages: the text, and the field where it is only one.
local function tell(err)
  local name = next(err.errors)
  err.message = text_of(err.errors, err.model)
  err.field = name ~= "__all__" and next(err.errors, name) == nil and name or nil
  return err
end

--- One from { field = { messages } }; `who` begins the text.
function M.new(list, who)
  return errors.new(tell{ kind = "validation", errors = list, model = who })
end

--- Raises it.
function M.raise(list, who)
  error(M.new(list, who), 0)
end

--- Called, it makes an error to raise: of messages by field, or of the whole.
---@class ryx.ValidationErrorClass: ryx.ErrorClass
---@overload fun(messages: string|string[]|table<string, string|string[]>): ryx.Error

--- Values do not fit their fields: `errors` has the messages. What clean() raises.
--- error(ryx.ValidationError{ due = "Enter a day to come." })   error(ryx.ValidationError("Closed on Sundays."))
---@type ryx.ValidationErrorClass
M.ValidationError = errors.ValidationError

local function is_plain(v)
  return type(v) == "table" and getmetatable(v) == nil
end

-- Puts one message or a list of them behind those that a field has.
local function append(list, name, given)
  if not is_plain(given) then given = { given } end
  for _, message in ipairs(given) do
    if type(name) ~= "string" or type(message) ~= "string" then
      errors.raise("misuse", "ValidationError: a message of %s is a text, not %s", compat.show(name),
        compat.show(message))
    end
    list[name] = list[name] or {}
    table.insert(list[name], message)
  end
end

-- The messages of all that makes an error, which another error is, too.
local function read(given)
  if errors.is_error(given) and given.kind == "validation" then given = given.errors or given.message end
  if not is_plain(given) then given = { given } end
  local list = {}
  for _, message in ipairs(given) do append(list, "__all__", message) end
  for name, messages in pairs(given) do
    if type(name) ~= "number" then append(list, name, messages) end
  end
  if next(list) == nil then
    errors.raise("misuse", "ValidationError takes a message, or messages by field: { name = \"...\" }")
  end
  return list
end

getmetatable(M.ValidationError).__call = function(_, given)
  return M.new(read(given))
end

--- The model that an error is about, where it knows none.
function M.name(err, who)
  err.errors = err.errors or { __all__ = { err.message } }
  err.model = err.model or who
  return tell(err)
end

-- Of the class, so that err:merge(other) finds it.
function M.ValidationError:merge(other)
  local more = read(other)
  self.errors = self.errors or { __all__ = { self.message } }
  for name, messages in pairs(more) do append(self.errors, name, messages) end
  return tell(self)
end

return M
