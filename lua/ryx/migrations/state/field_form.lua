-- SPDX-License-Identifier: MIT
-- A field as migrations hold it: an object that belongs to no model and names others by text, so
-- that models of any moment can be made of it.
local field = require "ryx.field"
local term = require "ryx.migrations.state.term"
local value = require "ryx.value"

local M = {}

-- The name of a model that a relation names as it likes. A proxy has the table of another one.
local function named(f, to)
  if to == "self" or f.meta and (to == f.meta.model_name or to == f.meta.class) then return "self" end
  local model = type(to) == "table" and to or f.meta and f.meta.registry:resolve(to, f.meta)
  return model and model._meta.concrete.model_name or to
end

local function name_of(model)
  return type(model) == "table" and model._meta.model_name or model
end

--- A copy of a field that belongs to no model, with some options changed; `to` is the name of a
--- relation's target.
function M.copy(f, changes)
  local options = {}
  for k, v in pairs(f.options) do options[k] = v end
  if f.relation or f.many then
    options.related_name = f.related_name or nil -- with the words that stood for the model's name
    options.through = name_of(f.through) or nil
  end
  for k, v in pairs(changes or {}) do options[k] = v end
  local to = options.to
  options.to = nil
  local copy = field.new(f.kind, options)
  copy.order = f.order
  if f.relation or f.many then copy.to = to or named(f, f.to) end
  return copy
end

--- The same field for a model to bind, at a place among the others.
function M.clone(f, order)
  local clone = {}
  for k, v in pairs(f) do clone[k] = v end
  clone.order = order
  return setmetatable(clone, getmetatable(f))
end

--- The model that a relation leads to by name: `own` stands for its own.
function M.target(f, own)
  return f.to == "self" and own or f.to
end

-- What a column of the field is like, without its place in a table.
local function type_text(f)
  local parts = { f.db }
  if f.db == "varchar" then parts[#parts + 1] = f.max_length end
  if f.db == "decimal" then parts[2], parts[3] = f.max_digits, f.decimal_places end
  if f.db == "array" then parts[2] = type_text(f.base) end
  if f.type == "text" and f.collation then parts[#parts + 1] = f.collation end
  return table.concat(parts, " ")
end

-- A value that the database has as DEFAULT; of functions, documents and lists it has none.
local function default_text(f)
  local v = f.default
  if v == nil or v == value.null or f.auto or type(v) == "function" or value.is_expression(v) then return nil end
  if f.type == "json" or f.type == "bytes" or type(v) == "table" then return nil end
  if not f.relation then v = f:to_column(v) end
  return term.value(v)
end

local function db_default_text(f)
  local v = f.db_default
  if v == nil then return nil end
  if value.is_expression(v) then return term.text(v) end
  if v ~= value.null and not f.relation then v = f:to_column(v) end
  return term.value(v)
end

-- How the database works a field out.
local function generated_text(f)
  return f.generated and (f.db_persist and "held: " or "read: ") .. term.text(f.expression)
end

-- NULL is what a key never is; what a relation, a key or a unique field has anyway counts once.
local function column_text(f, name)
  local is_indexed = f.db_index and not (f.relation or f.unique or f.primary_key)
  return {
    column = f.db_column or name and f.relation and name .. "_id" or name,
    null = f.null and not f.primary_key, key = f.primary_key, unique = f.unique and not f.primary_key,
    index = is_indexed, auto = f.auto, default = default_text(f), db_default = db_default_text(f),
    comment = f.db_comment ~= "" and f.db_comment, generated = generated_text(f),
  }
end

local RELATION = { "to", "through", "db_table", "db_constraint", "related_name", "on_delete" }

-- All that counts of a field, by what it is.
local function parts_of(f, name)
  local parts = f.many and {} or column_text(f, name)
  if f.relation or f.many then
    for _, option in ipairs(RELATION) do parts[option] = f[option] end
    parts.kind = f.many and "many" or "key"
  else
    parts.type = type_text(f)
  end
  return parts
end

--- Are two fields of a name the same to a database? related_name and on_delete count as well,
--- since models of the moment have them. Labels, checks and functions as defaults do not.
function M.same(a, b, name)
  if a == b then return true end
  local x, y = parts_of(a, name), parts_of(b, name)
  for k, v in pairs(x) do
    if (y[k] or false) ~= v then return false end
    y[k] = nil
  end
  for _, v in pairs(y) do
    if v then return false end
  end
  return true
end

--- Has a field's column a DEFAULT, so that a new column has it in rows that are there?
function M.has_default(f)
  return f.db_default ~= nil or default_text(f) ~= nil
end

--- Would a row have to be given a value: is the field one that is never NULL and without one of
--- its own?
function M.lacks_value(f)
  if f.many or f.null or f.auto or f.generated or f.db_default ~= nil or f.auto_value then return false end
  return f.default == nil or f.default == value.null
end

--- A value as the column of a field holds it, or nil and why it holds it not.
function M.held(f, v)
  local held, problem = f:to_column(v)
  problem = problem or held ~= nil and f.storage and f.storage(held)
  if problem then return nil, problem end
  return held
end

--- The value for rows that are there: what is given, the default, or for times that every row
--- gets by itself one moment; nil when there is none.
function M.fill(f, given, moment)
  if given ~= nil then return given end
  if f.generated then return nil end
  if f.auto_value then return f.auto_value(moment, true) end
  if f.default ~= nil and f.default ~= value.null then return f:get_default() end
  return f.db_default
end

local EMPTY = {
  text = "", int = 0, double = 0, decimal = 0, bool = false, bytes = "", json = {}, array = {},
  date = "1970-01-01", time = "00:00:00", datetime = "1970-01-01 00:00:00", datetimetz = "1970-01-01 00:00:00",
  duration = "PT0S", uuid = ("0"):rep(8) .. ("-0000"):rep(3) .. "-" .. ("0"):rep(12),
}

--- The value that rows get where nobody knows a better one, as when a column comes back: an empty
--- text, 0, false; nil where there is no such value, or no two rows may have it.
function M.empty(f)
  local v = EMPTY[f.type]
  if v == nil or f.generated or f.relation or f.unique or f.primary_key or select(2, f:to_column(v)) then return nil end
  return v
end

return M
