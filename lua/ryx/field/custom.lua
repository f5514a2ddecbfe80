-- SPDX-License-Identifier: MIT
-- ryx.field(name, { base, options, to_db, from_db }): types of field of the user's own, kept as another
-- field keeps its values. Instances hold what the user works with; to_db makes of it what the base
-- field takes, from_db makes it of what was read.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local validation_error = require "ryx.validate.validation_error"
local value_of = require "ryx.value"

local M = {}

local function text_of(err)
  if errors.is_error(err) and err.kind == "validation" then
    local all = err.errors and err.errors.__all__
    return all and table.concat(all, " ") or err.message
  end
  return (tostring(err):gsub("^[^\n]-:%d+: ", ""):gsub("\n.*", ""))
end

-- What to_db makes of a value: it and nil, or nil and a message. What it raises is a message, too:
-- it may be given anything. An exception of a host's own is not.
local function converted(f, v)
  local ok, made, message = pcall(f.kind.to_db, v, f)
  if not ok and type(made) == "userdata" then error(made, 0) end
  if not ok then return nil, text_of(made) end
  if made == value_of.null then made = nil end
  return made, message
end

-- The value of the column: nil is NULL.
local function to_column(f, v)
  local made, message = converted(f, v)
  if message or made == nil then return nil, message end
  local value, problem = made, nil
  if f.kind.base.convert then value, problem = f.kind.base.convert(made, f) end
  if not problem and f.base_storage then problem = f.base_storage(value) end
  return value, problem
end

-- What a comparison takes: it may hold more than the column.
local function to_compared(v, f)
  local made, message = converted(f, v)
  if message or made == nil then return nil, message or "Enter a value." end
  local convert = f.kind.base.compare or f.kind.base.convert
  if convert then return convert(made, f) end
  return made
end

-- The value stays as the user has it, where the column could hold it.
local function hold(v, f)
  local value, message = to_column(f, v)
  if message then return nil, message end
  if value == nil then return nil end
  return v
end

-- The checks of the base see what the column gets.
local function clean(f, v)
  if v == nil or value_of.is_expression(v) then return field.Field.clean(f, v) end
  local value, problem = to_column(f, v)
  if problem then return v, { problem } end
  if value == nil then
    if f.null then return nil end
    return v, { validation_error.NOT_NULL }
  end
  local messages
  for _, check in ipairs(f.checks) do
    local message = check(value)
    if message then
      messages = messages or {}
      messages[#messages + 1] = message
    end
  end
  return v, messages
end

local function init(f)
  local base = f.kind.base
  if base.init then base.init(f) end
  if f.primary_key then
    errors.raise("misuse", "%s: a field of your own cannot be the primary key; make it unique", f.kind.name)
  end
  if f.auto_now or f.auto_now_add then
    errors.raise("misuse", "%s: auto_now is for fields of dates; say default = function() ... end", f.kind.name)
  end
  f.base_storage = base.storage and base.storage(f)
  f.clean, f.to_column, f.is_custom = clean, to_column, true
  f.from_db = f.kind.from_db or function(v) return v end
end

-- The kind of a constructor that may be a base.
local function base_of(name, constructor)
  local kind = field.kinds[constructor]
  if kind == nil or kind.is_auto then
    errors.raise("misuse", "ryx.field(%q): base is a constructor of a field with a column of its own, "
      .. "ryx.CharField, not %s", name, compat.show(constructor))
  end
  return kind
end

-- The options of the base and one's own, with what they are when they are not given.
local function options_of(name, base, own)
  local options = {}
  for option, v in pairs(base.options or {}) do options[option] = v end
  for option, v in pairs(own) do
    if type(option) ~= "string" or options[option] ~= nil or field.is_common(option) then
      errors.raise("misuse", "ryx.field(%q): the option %s is one that it has already", name, compat.show(option))
    end
    if field.Field[option] ~= nil or option == "kind" or option == "type" or option == "name" or option == "column" then
      errors.raise("misuse", "ryx.field(%q): an option cannot be called %s", name, compat.show(option))
    end
    options[option] = v
  end
  return options
end

--- Are the values of two fields converted in one way?
function M.are_alike(a, b)
  if a.kind ~= b.kind then return false end
  for option in pairs(a.kind.own_options) do
    if a[option] ~= b[option] then return false end
  end
  return true
end

local DEFINITION = { base = true, options = true, to_db = true, from_db = true }

---@class ryx.FieldDefinition
---@field base fun(options?: table): ryx.Field what keeps the values: ryx.CharField, ...
---@field options? table<string, any> options of your own, each with its default (false: none)
---@field to_db? fun(value: any, field: ryx.Field): any what the base takes; or nil and a message
---@field from_db? fun(value: any, field: ryx.Field): any what instances hold, of what was read

--- A constructor of fields of your own: kept as the base keeps its values, converted in every write,
--- comparison and read. NULL is never converted.
--- local ListField = ryx.field("ListField", { base = ryx.CharField, options = { sep = "," },
---   to_db = function(v, f) return table.concat(v, f.sep) end, from_db = split })
---@param name string
---@param definition ryx.FieldDefinition
---@return fun(options?: table): ryx.Field
function M.define(name, definition)
  errors.check_type(name, "string", "ryx.field: name")
  local what = ("ryx.field(%q)"):format(name)
  errors.check_options(definition, DEFINITION, what)
  for _, fn in ipairs{ "to_db", "from_db" } do
    if definition[fn] ~= nil then errors.check_type(definition[fn], "function", what .. ": " .. fn) end
  end
  if definition.options ~= nil then errors.check_type(definition.options, "table", what .. ": options") end
  local base = base_of(name, definition.base)
  local kind = {
    name = name, type = base.type, db = base.db, elem = base.elem, checks = base.checks, base = base, init = init,
    options = options_of(name, base, definition.options or {}), own_options = definition.options or {},
    is_positive = base.is_positive,
    convert = hold, compare = to_compared, bound = base.convert or function(v) return v end,
    to_db = definition.to_db or function(v) return v end, from_db = definition.from_db,
  }
  return function(options) return field.new(kind, options or {}) end
end

return M
