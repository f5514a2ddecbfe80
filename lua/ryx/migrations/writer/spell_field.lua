-- SPDX-License-Identifier: MIT
-- Fields, indexes, constraints and definitions of models as the Lua text that gives them again, with
-- what differs from the defaults and what a database or a model of that moment has use for.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local index = require "ryx.meta.index"
local layout = require "ryx.migrations.writer.layout"
local literal = require "ryx.migrations.writer.literal"
local search_index = require "ryx.meta.search_index"
local spell = require "ryx.migrations.writer.spell"
local state = require "ryx.migrations.state"
local value_of = require "ryx.value"

local M = {}

-- What is about people and forms, and hints that were taken.
local LEFT_OUT = {}
for _, name in ipairs{
  "choices", "editable", "help_text", "max_value", "min_length", "min_value", "unique_for_date", "unique_for_month",
  "unique_for_year", "validators", "verbose_name", "was", "base",
} do
  LEFT_OUT[name] = true
end

local function braces(name, items)
  if not items[1] then return name .. "()" end
  return layout.group(name .. "{", items, "}")
end

local function pair(name, piece) return layout.behind(literal.key(name) .. " = ", piece) end

-- Of fields of the user's own a file names what keeps their values.
local function kind_of(f) return f.kind.base or f.kind end

local function model_name(model)
  return literal.value(type(model) == "table" and model._meta.model_name or model)
end

local RELATED = {
  related_name = function(f) return f.related_name end,
  on_delete = function(f) return f.on_delete end,
  through = function(f) return f.through and model_name(f.through) end,
}

-- What a column is given must be there for old rows as well: a function of the user's is no part of
-- a file.
local function default(f, name, what)
  local v = f.options[name]
  if v == value_of.null and name == "default" then return nil end
  if value_of.is_expression(v) then return spell.of(v, what .. ": " .. name) end
  if type(v) == "function" then return literal.value(v) end
  -- A number as a text is written by one Lua in another way than by the other.
  local is_text = f.type == "text" and type(v) == "number"
  if (f.is_custom or is_text) and v ~= value_of.null then v = f:to_column(v) end
  return literal.value(v) or errors.raise("unsupported", "%s: %s: %s cannot be written into a migration", what, name,
    compat.show(v))
end

-- Where no value means another thing than false.
local USUAL = { symmetrical = true }

-- Of a generated field: what works it out, and what its values are.
local GENERATED = {
  expression = function(f, what) return spell.of(f.expression, what) end,
  output_field = function(f, what) return M.field(f.output_field, what) end,
  db_persist = function(f) return literal.value(f.db_persist) end,
}

local function option(f, name, what)
  if f.generated and GENERATED[name] then return GENERATED[name](f, what) end
  local options, v = kind_of(f).options or {}, f.options[name]
  if LEFT_OUT[name] or options[name] == nil and not field.is_common(name) then return nil end
  if name == "default" or name == "db_default" then return default(f, name, what) end
  if name ~= "through" and RELATED[name] then v = RELATED[name](f) end
  local usual = USUAL[name] or options[name] or false
  if v == usual or v == nil then return nil end
  return name == "through" and RELATED.through(f) or literal.value(v)
end

local function options_of(f, what, with_choices)
  local items = {}
  for _, name in ipairs(compat.sorted_keys(f.options)) do
    local piece = with_choices and name == "choices" and literal.value(f.choices) or option(f, name, what)
    if piece then items[#items + 1] = pair(name, piece) end
  end
  return items
end

--- A field; `what` names it in errors. Choices are for people, and left out of migrations.
function M.field(f, what, with_choices)
  local items, name = options_of(f, what, with_choices), "ryx." .. kind_of(f).name
  local first = f.base and not f.generated and M.field(f.base, what) or (f.relation or f.many) and model_name(f.to)
  if not first then return braces(name, items) end
  return layout.group(name .. "(", { first, items[1] and braces("", items) or nil }, ")")
end

local function list(v) return literal.value(v) end

local function index_fields(ix)
  local names = {}
  for i, name in ipairs(ix.fields) do names[i] = (ix.desc[i] and "-" or "") .. name end
  return list(names)
end

local function expressions(ix, what)
  local items = {}
  for i, e in ipairs(ix.expressions) do items[i] = spell.of(e, what) end
  return layout.group("{", items, "}")
end

-- The options of each, in the order of their names, and what writes them.
local WRITE = {
  index = {
    { "concurrently", function(ix) return ix.concurrently and "true" end },
    { "condition", function(ix, what) return ix.condition and spell.of(ix.condition, what) end },
    { "expressions", function(ix, what) return ix.expressions[1] and expressions(ix, what) end },
    { "fields", function(ix) return ix.fields[1] and index_fields(ix) end },
    { "include", function(ix) return ix.include[1] and list(ix.include) end },
    { "method", function(ix) return ix.method and ix.method ~= index.USUAL and list(ix.method) end },
    { "name", function(ix) return ix.name and list(ix.name) end },
    { "unique", function(ix) return ix.unique and "true" end },
  },
  search_index = {
    { "config", function(ix) return ix.config ~= search_index.CONFIG and list(ix.config) end },
    { "fields", function(ix) return list(ix.fields) end },
    { "name", function(ix) return ix.name and list(ix.name) end },
    { "weights", function(ix) return next(ix.weights) and list(ix.weights) end },
  },
  constraint = {
    { "check", function(c, what)
      return type(c.check) == "string" and list(c.check) or spell.of(c.check, what)
    end },
    { "name", function(c) return list(c.name) end },
  },
}
local NAME = { index = "ryx.Index", search_index = "ryx.SearchIndex", constraint = "ryx.Constraint" }

--- An index or a constraint; `what` names its model in errors.
function M.item(item, what)
  local items = {}
  what = ("%s: %s"):format(what, item.name or NAME[item._class])
  for _, row in ipairs(WRITE[item._class]) do
    local piece = row[2](item, what)
    if piece then items[#items + 1] = pair(row[1], piece) end
  end
  return braces(NAME[item._class], items)
end

local function items_of(meta, name)
  local items = {}
  for i, item in ipairs(meta) do items[i] = M.item(item, name) end
  return layout.group("{", items, "}")
end

local LISTS = { indexes = true, constraints = true }
-- What a database, or a model of that moment, sees of Meta.
local META = { "app_label", "constraints", "database", "db_comment", "index_together", "indexes", "managed",
  "primary_key", "schema", "table_name", "unique_together" }

local function is_empty(v)
  return v == nil or v == "" or type(v) == "table" and next(v) == nil
end

local function meta_of(options, name)
  local items = {}
  for _, key in ipairs(META) do
    local v = options[key]
    local is_usual = is_empty(v) or key == "managed" and v or key == "database" and v == "default"
    if not is_usual then items[#items + 1] = pair(key, LISTS[key] and items_of(v, name) or literal.value(v)) end
  end
  return items
end

--- The definition of a model of a state: its fields in their order, then Meta.
function M.definition(record, with_choices)
  local items = {}
  for _, one in ipairs(record.fields) do
    local name, f = one[1], one[2]
    if not state.is_implicit_key(name, f) then
      items[#items + 1] = pair(name, M.field(f, record.name .. "." .. name, with_choices))
    end
  end
  local meta = meta_of(record.options, record.name)
  if meta[1] then items[#items + 1] = pair("Meta", layout.group("{", meta, "}")) end
  return layout.group("{", items, "}")
end

return M
