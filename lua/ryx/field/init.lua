-- SPDX-License-Identifier: MIT
-- ryx.CharField{ ... } and the others: what every field is: options, name, column, type, conversion, checks. Families
-- add types with define.
local choices = require "ryx.field.choices"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local rules = require "ryx.validate.rules"
local value_of = require "ryx.value"

local M = {}

local Field = {}
Field.__index = Field
M.Field = Field

local COMMON = {}
for _, name in ipairs{
  "null", "blank", "default", "db_default", "primary_key", "unique", "db_index", "choices", "validators", "editable",
  "help_text", "verbose_name", "db_column", "db_comment", "unique_for_date", "unique_for_month", "unique_for_year",
  "was",
} do
  COMMON[name] = true
end

--- A field of a model, by ryx.CharField{ ... } and the like.
---@class ryx.Field

--- What every field with a column takes.
---@class ryx.FieldOptions
---@field null? boolean
---@field blank? boolean
---@field default? any a value, a function that gives one, or an expression
---@field db_default? any a value or an expression that the table has as DEFAULT
---@field primary_key? boolean
---@field unique? boolean
---@field db_index? boolean
---@field choices? any[] values, or { value, label }
---@field validators? (ryx.Validator|function)[]
---@field editable? boolean
---@field help_text? string
---@field verbose_name? string
---@field db_column? string
---@field db_comment? string what the database says of the column to those who look at it
---@field unique_for_date? string validate_unique: among the rows of the same day of a date or moment
---@field unique_for_month? string validate_unique: among the rows of the same month of one year
---@field unique_for_year? string validate_unique: among the rows of the same year
---@field was? string the name it had, so that migrations rename it; may stay

local n_created = 0

-- Options that count something, and the least they may be.
local COUNTS = { max_length = 1, min_length = 0, max_digits = 1, decimal_places = 0 }

local function check_counts(field)
  for name, low in pairs(COUNTS) do
    if field[name] then errors.check_whole(field[name], low, field.kind.name .. ": " .. name) end
  end
end

-- What options are, by type; false says of any that there is none.
local TYPES = {
  boolean = "null blank primary_key unique db_index editable auto_create auto_now auto_now_add tz strip db_constraint "
    .. "symmetrical",
  string = "help_text verbose_name db_column db_comment unique_for_date unique_for_month unique_for_year collation "
    .. "db_table was",
  table = "choices validators through_fields",
}
local TYPE_OF = {}
for wanted, names in pairs(TYPES) do
  for name in names:gmatch("%S+") do TYPE_OF[name] = wanted end
end

local function check_types(kind, options)
  for _, name in ipairs(compat.sorted_keys(options)) do
    local v, wanted = options[name], TYPE_OF[name]
    if wanted and v and type(v) ~= wanted then
      errors.raise("misuse", "%s: %s is %s, not %s", kind.name, name,
        wanted == "boolean" and "true or false" or "a " .. wanted, compat.show(v))
    end
  end
end

-- Bounds are values of the field itself.
local function convert_bounds(field)
  for _, name in ipairs{ "min_value", "max_value" } do
    local v = field[name]
    if v then
      local convert = field.kind.bound or field.kind.convert
      local bound, problem = convert(v, field)
      if problem then errors.raise("misuse", "%s: %s: %s is no value of it", field.kind.name, name, compat.show(v)) end
      field[name] = bound
    end
  end
end

-- What an option gives for a new row must be a value of the field, which its column can hold.
-- Of a relation nobody knows yet which those are.
local function check_value(field, option)
  local v = field[option]
  if v == nil or v == value_of.null or type(v) == "function" or field.relation then return end
  local value, problem = field:convert(v)
  if not problem and field.storage and not value_of.is_expression(v) then problem = field.storage(value) end
  if problem then
    errors.raise("misuse", "%s: %s: %s is no value of it: %s", field.kind.name, option, compat.show(v), problem)
  end
end

local function check_default(field)
  check_value(field, "default")
  if field.db_default == nil then return end
  if type(field.db_default) == "function" then
    errors.raise("misuse", "%s: db_default is a value or an expression; a function is for default", field.kind.name)
  end
  if field.auto then
    errors.raise("misuse", "%s: the database makes the key, so it has no db_default", field.kind.name)
  end
  check_value(field, "db_default")
end

local function flag(value, fallback)
  if value == nil then return fallback end
  return value
end

local function add_checks(field)
  local checks = {}
  local function add(v) checks[#checks + 1] = rules.as_check(v) end
  if field.choices then
    field.choice = choices.read(field)
    add(choices.check(field.choice))
  end
  if field.kind.checks then field.kind.checks(field, add) end
  for _, v in ipairs(field.validators) do
    add(v)
    field.refuses_null = field.refuses_null or rules.refuses_null(v)
  end
  field.checks = checks
end

--- A field of a kind: { name, type, db, options, convert, checks, storage, init }.
function M.new(kind, options)
  if type(options) ~= "table" then
    errors.raise("misuse", "%s takes a table of options, not %s", kind.name, compat.show(options))
  end
  local known = {}
  for k in pairs(COMMON) do known[k] = true end
  for k in pairs(kind.options or {}) do known[k] = true end
  errors.check_options(options, known, kind.name)
  n_created = n_created + 1
  local field = setmetatable({ kind = kind, order = n_created, options = options }, Field)
  -- In a kind's options false means: known, without a default.
  for k, v in pairs(kind.options or {}) do field[k] = v or nil end
  for k, v in pairs(options) do field[k] = v end
  field.type, field.elem, field.db = kind.type, kind.elem, kind.db
  field.null = flag(options.null, field.null or false)
  field.blank = flag(options.blank, false)
  field.editable = flag(options.editable, true)
  field.help_text, field.verbose_name = options.help_text or "", options.verbose_name or ""
  field.validators = options.validators or {}
  check_counts(field)
  if kind.init then kind.init(field) end
  check_types(kind, options)
  convert_bounds(field)
  field.storage = kind.storage and kind.storage(field)
  check_default(field)
  add_checks(field)
  return field
end

local constructors = {}
M.constructors = constructors
M.kinds = {} -- constructors -> kinds, of those that other fields may be built upon

--- Is an option one of every field's?
function M.is_common(option)
  return COMMON[option] ~= nil
end

--- Adds a type of field; ryx.<name>{ options } makes one.
function M.define(name, kind)
  kind.name = name
  local function make(options) return M.new(kind, options or {}) end
  constructors[name], M.kinds[make] = make, kind
end

--- A field for another model: fields are never shared.
function Field:copy()
  local order = self.order
  local field = M.new(self.kind, self.options)
  field.order = order
  if self.kind.copied then self.kind.copied(field, self) end
  return field
end

--- Gives the field its place in a model.
function Field:bind(meta, name)
  self.name, self.meta = name, meta
  self.attname = self.relation and name .. "_id" or name
  self.column = self.db_column or self.attname
end

--- Works out what needs other models; fields without relations have nothing to do.
function Field.settle() end

local function deep_copy(v)
  if type(v) ~= "table" then return v end
  local out = {}
  for k, item in pairs(v) do out[k] = deep_copy(item) end
  return setmetatable(out, getmetatable(v))
end

local type, is_expression = type, value_of.is_expression

--- The default of a new instance: functions are called, tables copied.
function Field:get_default()
  local d = self.default
  if d == nil or d == value_of.null then return nil end
  if type(d) == "function" then return d() end
  if is_expression(d) then return d end
  return deep_copy(d)
end

--- The db_default of a field, where it is a value, as instances hold it.
function Field:db_default_value()
  local d = self.db_default
  if d == value_of.null then return nil end
  return (self:convert(deep_copy(d)))
end

--- A value as instances hold it: value, or nil and a message.
function Field:convert(v)
  local convert = self.kind.convert
  if v == nil or not convert or type(v) == "table" and is_expression(v) then return v end
  return convert(v, self)
end

--- A value as the column holds it: value, or nil and a message.
Field.to_column = Field.convert

--- Does every write look at the values, also of lists, because no database keeps to what they are?
--- Those with a form of their own, and limits that are no column's (`is_ours`).
function Field:is_exact()
  return self.kind.compare ~= nil or self.kind.is_ours ~= nil and self.kind.is_ours(self)
end

-- Keys the database makes may be absent; every other NULL is an error.
local function may_be_null(field)
  return field.null and not field.refuses_null or field.primary_key and field.auto
end

-- A value that the model itself gives is valid by definition.
local function is_default(field, value)
  local default = field.default
  if default == nil or type(default) == "function" or is_expression(default) then return false end
  return default == value or field:convert(default) == value
end

--- Converts and checks a value: value, or value and a list of messages.
function Field:clean(v)
  if v == nil then
    if may_be_null(self) then return nil end
    return nil, { rules.NOT_NULL }
  end
  if type(v) == "table" and is_expression(v) then return v end
  local convert, checks = self.kind.convert, self.checks
  local value, problem, messages = v, nil, nil
  if convert then value, problem = convert(v, self) end
  if problem then return v, { problem } end
  for i = 1, #checks do
    local message = checks[i](value)
    if message then
      messages = messages or {}
      messages[#messages + 1] = message
    end
  end
  if messages and is_default(self, value) then return value end
  return value, messages
end

Field.__tostring = function(f)
  return "<" .. f.kind.name .. (f.name and ": " .. f.name or "") .. ">"
end

return M
