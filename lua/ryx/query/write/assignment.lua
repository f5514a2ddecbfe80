-- SPDX-License-Identifier: MIT
-- qs:update, object:save and the other writes: what columns are set to, values as they
-- leave, expressions as they fit.
local bind = require "ryx.query.lookup.bind"
local builder = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local generated = require "ryx.field.generated"
local intern = require "ryx.query.expr.intern"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local path = require "ryx.query.resolve.path"
local record = require "ryx.row.record"
local resolve = require "ryx.query.resolve"
local rules = require "ryx.validate.rules"
local storage = require "ryx.storage"
local types = require "ryx.query.fn.types"
local value_of = require "ryx.value"

local M = {}

local null, is_expression = value_of.null, value_of.is_expression

local PLAIN = {
  int = true, double = true, string = true, yes = true, no = true, decimal = true, date = true, time = true,
  datetime = true, datetimetz = true, duration = true, bytes = true,
}

local function is_list_or_json(field, v, class)
  return type(v) == "table" and class ~= "object" and (field.type == "json" or field.type == "array")
end

--- A value for a column as it leaves: keys for instances, which are of the alias that is
--- written on, null for NULL.
function M.value(meta, field, v, alias)
  local class = value_of.class_of(v)
  if class == "null" then return null end
  if class == "object" and field.relation then
    if alias then record.check_relation(meta.model_name .. "." .. field.name, meta.class, alias, v) end
    return bind.key_of(v, { field = field })
  end
  if not PLAIN[class] and not field.is_custom and not is_list_or_json(field, v, class) then
    local what = type(v) == "table" and getmetatable(v) == nil and v[1] ~= nil and "list" or class
    errors.raise("misuse", "%s.%s takes one value and cannot be set to a %s", meta.model_name, field.name, what)
  end
  local value, message = field:to_column(v)
  if not message and field.storage then message = field.storage(value) end
  if message then rules.raise({ [field.name] = { message } }, meta.model_name) end
  if value == nil then return null end
  return value
end

--- The field that a name sets; a relation without a column is an error.
function M.field(meta, name, what)
  local rel = type(name) == "string" and not meta.paths[name] and meta:relation(name)
  if rel then
    errors.raise("field_error", "%s: %s{} cannot set %s, which is not a column: use its add, set and remove",
      meta.model_name, what, name)
  end
  return generated.writable(path.field(meta, name))
end

--- The fields chosen, a set, and the times that every write sets, in the model's order.
function M.with_times(meta, chosen)
  local fields = {}
  for _, f in ipairs(meta.fields) do
    if chosen[f] or f.auto_now then fields[#fields + 1] = f end
  end
  return fields
end

--- Fields, terms of expressions (false for values) and values of `update{...}` on an alias.
function M.parse(meta, values, what, alias)
  errors.check_type(values, "table", meta.model_name .. ": " .. what)
  local keys = intern.sorted_keys(values)
  if #keys == 0 then errors.raise("misuse", "%s: %s{} names no field", meta.model_name, what) end
  local fields, terms, list, seen = {}, {}, {}, {}
  for i, key in ipairs(keys) do
    local field = M.field(meta, key, what)
    if seen[field] then errors.raise("misuse", "%s: %s{} sets %s twice", meta.model_name, what, key) end
    seen[field], fields[i] = true, field
    terms[i], list[i] = M.operand(meta, field, values[key], alias)
  end
  return fields, terms, list
end

--- The term and values of an expression, or false and the value for the column.
function M.operand(meta, field, v, alias)
  if not is_expression(v) then return false, M.value(meta, field, v, alias) end
  local e = expr.of(v, "value")
  return e.term, e.values
end

--- A name for the plan of these fields, and of the terms that some are set to.
function M.name(fields, terms)
  local parts = {}
  for i, field in ipairs(fields) do parts[i] = field.attname .. (terms and terms[i] and "#" .. terms[i].id or "") end
  return table.concat(parts, ",")
end

-- Expressions.

local INTO = {
  int = { bool = function(node) return ir.call("cast_int_bool", "int", { node }) end },
  double = { int = types.double, decimal = types.double },
  decimal = { int = true },
  text = { uuid = types.to_text },
  datetime = {
    date = types.datetime,
    datetimetz = function(node) return ir.call("cast_datetime_datetimetz", "datetime", { node }) end,
  },
  datetimetz = { datetime = types.datetimetz, date = types.datetimetz },
}

local function cast_hint(typed)
  local target = storage[typed.type].cast and typed.type
  if typed.type == "decimal" then target = ("decimal(%d, %d)"):format(typed.max_digits, typed.decimal_places) end
  return target and ("; write ryx.Cast(expression, %q)"):format(target) or ""
end

-- An expression as the column's type, where nothing can be lost.
local function fit(field, node)
  local typed = field.target_field or field
  if field.type == "array" and node.type == "array" and node.elem ~= field.elem then
    errors.raise("field_error", "%s.%s holds a list of %s and cannot be set to one of %s", field.meta.model_name,
      field.name, field.elem, node.elem)
  end
  if node.type ~= field.type and node.type ~= "null" then
    local into = INTO[field.type] and INTO[field.type][node.type]
    if not into then
      errors.raise("field_error", "%s.%s is of type %s and cannot be set to an expression of type %s%s",
        field.meta.model_name, field.name, field.type, node.type, cast_hint(typed))
    end
    if into ~= true then node = into(node) end
  end
  if typed.type == "decimal" then node = types.decimal(node, typed.decimal_places) end
  return node
end

local function branches(node)
  local list = { node.otherwise }
  for _, when in ipairs(node.whens) do list[#list + 1] = when[2] end
  return list
end

-- Values of the user's, also as the results of a CASE of nothing else.
local function is_loose(node)
  if node.op == "param" then return true end
  if node.op ~= "case" then return false end
  for _, result in ipairs(branches(node)) do
    if not is_loose(result) then return false end
  end
  return true
end

local function coerce(node, like)
  if node.op == "case" then
    for _, result in ipairs(branches(node)) do coerce(result, like) end
  end
  node.type, node.elem, node.places, node.loose, node.name = like.type, like.elem, nil, nil, like.name
  return node
end

local function refuse_many(field, scope)
  for _, source in ipairs(scope.sources) do
    if source.how == "many" then
      errors.raise("field_error", "%s.%s is set to one value, but a path leads to many: aggregate it, or take one by "
        .. "Subquery", field.meta.model_name, field.name)
    end
  end
end

local function refuse_window(field, node)
  if ir.has(node, "window") then
    errors.raise("field_error", "%s.%s: no database assigns a window function: use it in a Subquery",
      field.meta.model_name, field.name)
  end
end

-- What an annotation means may be no part of the row that is written.
local function refuse_foreign(b, field, scope, node)
  if type(node) ~= "table" or node.op == "subquery" or node.op == "exists" then return end
  local source = node.op == "column" and node.source
  local is_own = not source or source == b.root or source.scope == scope
  if not is_own or node.op == "aggregate" or node.op == "correlated" then
    errors.raise("field_error", "%s.%s: the annotation is not worked out of the row alone: assign a Subquery",
      field.meta.model_name, field.name)
  end
  for _, part in ipairs{ node.left or false, node.otherwise or false } do refuse_foreign(b, field, scope, part) end
  for i = 1, #node do refuse_foreign(b, field, scope, node[i]) end
  for _, when in ipairs(node.whens or {}) do
    refuse_foreign(b, field, scope, when[1])
    refuse_foreign(b, field, scope, when[2])
  end
end

-- Is the expression NULL where a row of a relation is missing, or can none be?
local function needs_rows(scope, node)
  if node.op == "column" then return true end
  for _, source in ipairs(scope.sources) do
    if not source.always then return false end
  end
  return true
end

-- An expression for a column: it sees the old row; over a relation it is a sub-query of
-- its own. Gives the node and the resolver that numbered its parameters.
local function expression(b, first, field, s)
  field:settle()
  local scope = builder.scope()
  b.root.to_one, b.root.to_many, b.root.join_scope = {}, {}, scope
  local resolver = resolve.new(b, first)
  resolver.around, resolver.scope, resolver.own_scope, resolver.assigns = scope, scope, true, true
  local node = resolver:resolve(s)
  b.root.join_scope = nil
  if b.unbound then errors.raise("misuse", "%s.%s: OuterRef means a query around this one, and there is none",
    field.meta.model_name, field.name) end
  refuse_many(field, scope)
  refuse_window(field, node)
  refuse_foreign(b, field, scope, node)
  node = M.fit(field, node)
  if #scope.sources == 0 then return node, resolver end
  local query = joins.scope(scope, { op = "true" }, { { expr = node, name = "" } }, needs_rows(scope, node))
  return ir.subquery(query, node), resolver
end

--- A column of a query's rows, for a field.
function M.fit(field, node)
  field:settle()
  if node.type == "null" or is_loose(node) then
    node = coerce(node, { type = field.type, elem = field.elem, name = field.column })
  end
  return fit(field, node)
end

local ONE = { { expr = ir.int(1), name = "one" } }

--- A condition about the row that is there; over a relation it is an EXISTS of its own.
--- Gives the resolver that numbered its parameters, too.
function M.condition(b, first, term, what)
  local scope = builder.scope()
  b.root.to_one, b.root.to_many, b.root.join_scope = {}, {}, scope
  local resolver = resolve.new(b, first)
  resolver.around, resolver.scope, resolver.own_scope = scope, scope, true
  local condition = resolver:condition(term)
  b.root.join_scope = nil
  if b.unbound then errors.raise("misuse", "%s: OuterRef means a query around this one, and there is none", what) end
  if ir.has(condition, "window") then
    errors.raise("field_error", "%s: a window function is of many rows, this is about one", what)
  end
  if #scope.sources > 0 then condition = { op = "exists", query = joins.scope(scope, condition, ONE) } end
  return condition, resolver
end

--- A parameter for a field's value.
function M.param(number, field)
  return { op = "param", number = number, type = field.type, elem = field.elem, name = field.column, null = false }
end

--- Sets of an insert or update: parameters and expressions, numbered from `first`; and
--- what each expression takes of its values.
function M.sets(b, fields, terms, first)
  local sets, binders = {}, {}
  for i, field in ipairs(fields) do
    local node
    if terms[i] then
      local resolver
      node, resolver = expression(b, first, field, terms[i])
      first, binders[i] = resolver.n, resolver.binders
    else
      field:settle()
      node = M.param(first, field)
      first = first + 1
    end
    sets[i] = { column = field.column, expr = node }
  end
  return sets, binders, first
end

--- Sets of a parameter each, in order.
function M.param_sets(fields, first)
  local sets = {}
  for i, f in ipairs(fields) do sets[i] = { column = f.column, expr = M.param((first or 0) + i - 1, f) } end
  return sets
end

--- Appends the values of assignments to params after n: the new count.
function M.bind(params, n, terms, list, binders)
  for i = 1, #list do
    if terms[i] then
      for k, fn in ipairs(binders[i]) do n = fn(params, n, list[i][k]) end
    else
      n = n + 1
      params[n] = list[i]
    end
  end
  return n
end

return M
