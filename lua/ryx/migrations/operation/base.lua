-- SPDX-License-Identifier: MIT
-- What the operations of migration files have in common. Each is made by a function of m, which
-- checks its arguments; what it changes is checked against the state that it is applied to.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local hints_of = require "ryx.migrations.state.hints"
local mention = require "ryx.migrations.state.mention"
local naming = require "ryx.naming"
local state_of = require "ryx.migrations.state"
local term = require "ryx.migrations.state.term"
local value = require "ryx.value"

local M = {}

local Operation = { _class = "operation", is_reversible = true }
Operation.__index = Operation

--- An operation of a kind: { name, doc, apply, describe, slug } and whatever else its methods need.
function M.kind(name, methods)
  local kind = setmetatable(methods, Operation)
  kind.kind, kind.__index = name, kind
  kind.__tostring = function(op) return op:describe() end
  return function(op) return setmetatable(op, kind) end
end

--- Is this an operation?
function M.is_operation(v)
  local mt = getmetatable(v)
  return type(v) == "table" and type(mt) == "table" and getmetatable(mt) == Operation
end

--- What two schemas do not tell of what was done (state/hints.lua), from one state to another in the
--- direction of travel, on a dialect.
function Operation:hints(ctx, from, to, backwards)
  local hints = hints_of.of(from, to, {
    ctx = ctx, backwards = backwards or false, moment = value.now(),
    models = self.models or {}, fields = self.fields or {}, fill = self.fill or {},
  })
  hints.untouched = self.untouched
  return hints
end

-- The words of a name as a part of the name of a file.
local function word(text)
  return (tostring(text):lower():gsub("[^%w_]+", "_"):gsub("^_+", ""):gsub("_+$", ""))
end
M.word = word

--- The name of a model's table, for names of files: that of the state, else by rule.
function M.table_of(model, state)
  local record = state and state:get(model)
  return word(record and record.options.table_name or naming.table_name(model))
end

--- Refuses what is not a name of a model or a field.
function M.check_name(what, kind, v)
  if type(v) ~= "string" or not v:find("^%a[%w_]*$") then
    errors.raise("misuse", "%s: %s is not the name of a %s", what, compat.show(v), kind)
  end
  return v
end

--- The record of a model and its field of a name; an error names the nearest one.
function M.find(state, model, name)
  local record = state:find(model)
  local f, place = state_of.field(record, name)
  if not f then
    errors.raise("field_error", "%s has no field %s%s", model, compat.show(name),
      errors.hint(tostring(name), state_of.field_names(record)))
  end
  return record, f, place
end

--- Refuses a record whose table is that of another model.
function M.refuse_taken(op, state, record, but)
  local key = state_of.table_key(record)
  for _, name in ipairs(record.is_managed and state:names() or {}) do
    local other = state:get(name)
    local is_same = name ~= but and other.is_managed and state_of.table_key(other) == key
    if is_same and other.options.database == record.options.database then
      errors.raise("misuse", "%s: the table %s is that of %s", op, key, name)
    end
  end
end

--- Refuses a field whose model is not there.
function M.check_target(state, model, name, f)
  for _, other in ipairs{ (f.relation or f.many) and f.to or "self", f.through or "self" } do
    if other ~= "self" and other ~= model and not state:get(other) then
      errors.raise("field_error", "%s.%s refers to %s, which no migration before makes%s", model, name, other,
        next(state.records) and errors.hint(other, state:names()) or "")
    end
  end
end

--- Is a field worked out of one of some names, which are the keys of a table?
function M.reads(f, names)
  if not f.generated then return false end
  local other = {}
  for name in pairs(names) do other[name] = name .. "?" end
  return term.renamed(f.expression, other, other) ~= f.expression
end

--- Refuses to take a field away as long as something of its model names it.
function M.refuse_named(record, name, f, doing)
  local column = f.db_column or f.relation and name .. "_id" or name
  local mark = { [name] = name .. "?", [name .. "_id"] = f.relation and name .. "_id?" or nil }
  local _, found = mention.renamed(record.options, mark, { [column] = column .. "?" })
  for _, pair in ipairs(record.fields) do
    for _, option in ipairs{ "unique_for_date", "unique_for_month", "unique_for_year" } do
      if pair[2][option] == name then found[#found + 1] = option .. " of " .. pair[1] end
    end
    if M.reads(pair[2], mark) then found[#found + 1] = "the expression of " .. pair[1] end
  end
  if found[1] then
    errors.raise("misuse", "%s.%s cannot be %s: it is named by %s; change that first", record.name, name, doing,
      table.concat(found, ", "))
  end
end

--- A copy of a list with item i replaced, or taken out where `item` is nil.
function M.list_with(list, i, item)
  local out = {}
  for j, old in ipairs(list) do
    if j ~= i then out[#out + 1] = old elseif item ~= nil then out[#out + 1] = item end
  end
  if i > #list then out[#out + 1] = item end
  return out
end

--- A copy of options with one of them changed; nil and an empty list take it away.
function M.options_with(options, option, v)
  local out = {}
  for k, old in pairs(options) do out[k] = old end
  if type(v) == "table" and next(v) == nil then v = nil end
  out[option] = v
  return out
end

return M
