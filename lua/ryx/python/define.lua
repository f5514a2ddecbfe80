-- SPDX-License-Identifier: MIT
-- What the Python package calls to define models: fields, validators and classes made of what a
-- Python class says. Every function gives one value and does no I/O.
local api = require "ryx.python.api"
local callback = require "ryx.python.callback"
local choices = require "ryx.field.choices"
local compat = require "ryx.compat"
local custom = require "ryx.field.custom"
local field = require "ryx.field"
local formats = require "ryx.validate.formats"
local index = require "ryx.meta.index"
local model = require "ryx.model"
local naming = require "ryx.naming"
local registry = require "ryx.registry"
local rules = require "ryx.validate.rules"
local signals = require("ryx.signal").signals
local value = require "ryx.value"
for _, family in ipairs{ "array", "format", "generated", "json", "many", "number", "relation", "text", "time" } do
  require("ryx.field." .. family)
end

local M = {}

local null = value.null

-- Lists as Lua's own have them, without the mark that those of Python's come with.
local function unmarked(v)
  if type(v) ~= "table" or getmetatable(v) ~= value.array_meta then return v end
  local out = {}
  for i, item in ipairs(v) do out[i] = unmarked(item) end
  return out
end

-- A list of texts, or of such lists, with the mark that it goes to Python as one.
local function marked(list)
  local out = {}
  for i, v in ipairs(list) do out[i] = type(v) == "table" and marked(v) or v end
  return value.json.array(out)
end

--- A function that calls one of Python's.
M.plain_callback = callback.plain

--- A validator by its name, for fields and to be asked.
function M.validator(name, args)
  return (rules[name] or formats[name])(compat.unpack(unmarked(args)))
end

--- The message of a validator for a value, or nil.
function M.validator_message(validator, v)
  if v == null and not validator.refuses_null then return nil end
  return validator.check(api.absent(v))
end

-- What values of a field of the user's own go through: the kind of field that keeps them, made anew.
local function custom_kind(name, base, to_db, from_db)
  return custom.define(name, {
    base = field.constructors[base],
    to_db = function(v) return to_db(v) end,
    from_db = function(v) return from_db(v) end,
  })
end

local WITH_TARGET = { ForeignKey = true, OneToOneField = true, ManyToManyField = true, ArrayField = true }

--- A field: the name of its constructor, its options, and what it refers to or is made of. `own`,
--- unless null, is { name, to_db, from_db } of one of the user's own.
function M.field(kind, options, to, own)
  for name, v in pairs(options) do options[name] = unmarked(v) end
  if own ~= null then return custom_kind(own.name, kind, own.to_db, own.from_db)(options) end
  local make = field.constructors[kind]
  if WITH_TARGET[kind] then return make(to, options) end
  return make(options)
end

--- The messages of a field for a value, or nil.
function M.field_messages(f, v)
  local _, messages = f:clean(api.absent(v))
  return messages and api.as_list(messages)
end

--- Index or Constraint.
function M.meta_item(kind, options)
  for name, v in pairs(options) do options[name] = unmarked(v) end
  return index[kind](options)
end

function M.table_name(model_name)
  return naming.table_name(model_name)
end

-- The definition as ryx.model takes it; fields are in the order of the list.
local function definition(spec)
  local def, options = {}, {}
  for name, v in pairs(spec.meta) do options[name] = unmarked(v) end
  for i, pair in ipairs(spec.fields) do
    local f = pair[2]
    if f then f.order = i end
    def[pair[1]] = f
  end
  def.Meta = options
  return def
end

local function scalar(v)
  return type(v) == "number" or type(v) == "string" or type(v) == "boolean"
end

-- Options that Python knows as they are.
local function plain_options(f)
  local out = {}
  for name, v in pairs(f.options) do
    if scalar(v) then out[name] = v end
  end
  return out
end

local function facts_of(f)
  local default = f.default
  return {
    name = f.name, attname = f.attname, column = f.column, kind = f.kind.name, null = f.null, lua = f,
    unique = f.unique or false, primary_key = f.primary_key or false, options = plain_options(f),
    is_relation = f.relation or false, is_implied = f.is_implied or false,
    is_left_out = f.db_default ~= nil or f.generated or false, has_choices = f.choices ~= nil,
    is_made = default ~= nil and not scalar(default), to = f.relation and f:target_name() or nil,
    base = f.base and facts_of(f.base) or f.output_field and facts_of(f.output_field) or nil,
  }
end

local function facts_of_many(f)
  return {
    name = f.name, kind = f.kind.name, lua = f, options = plain_options(f), to = f:target_name(), null = false,
    unique = false, primary_key = false, is_made = false,
  }
end

--- What Python needs to know of a model. Asks nothing of other models, which may not be there yet.
function M.describe(class)
  local meta = class._meta
  local fields, many = {}, {}
  for i, f in ipairs(meta.fields) do fields[i] = facts_of(f) end
  for i, f in ipairs(meta.many_to_many) do many[i] = facts_of_many(f) end
  return {
    name = meta.model_name, key = meta.key, table_name = meta.table_name, database = meta.options.database,
    abstract = meta.abstract, managed = meta.managed, app_label = meta.app_label, ordering = marked(meta.ordering),
    unique_together = marked(meta.unique_together), index_together = marked(meta.index_together),
    fields = api.as_list(fields), many_to_many = api.as_list(many), pk = meta.pk_field and meta.pk_field.attname,
    objects = not meta.abstract and class.objects or nil,
  }
end

--- The types of a model's columns by attribute name.
function M.column_types(class)
  local meta, out = class._meta, {}
  if not meta.abstract then meta:settle() end
  for _, f in ipairs(meta.fields) do out[f.attname] = f.type end
  return out
end

--- What people see of a value of a field with choices.
function M.choice_label(f, v)
  return choices.label(f, v)
end

--- The default of a field of Lua's.
function M.field_default(f)
  return f:get_default()
end

--- The key of the model that a foreign key leads to.
function M.target_key(class, name)
  return class._meta.paths[name]:target_meta().key
end

--- A model of what a class of Python's says: { name, key, module, bases, fields, meta }. A pair of
--- fields is a name and a field, or false for one that is not taken over.
function M.define(spec)
  local made = model.define(registry, spec.name, definition(spec), unmarked(spec.bases),
    { key = spec.key, module = spec.module })
  if not made._meta.abstract then signals.class_prepared:send(made) end
  return made
end

return M
