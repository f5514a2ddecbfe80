-- SPDX-License-Identifier: MIT
-- qs:union, qs:intersection, qs:difference: the rows of several querysets as those of one, which can be
-- filtered, ordered and cut like any other.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local outputs = require "ryx.query.select.outputs"
local query = require "ryx.query.resolve.query"
local ir = require "ryx.query.ir"
local query_bounds = require "ryx.query.ir.bounds"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local bind = require "ryx.query.lookup.bind"
local chain_node = require "ryx.query.clause.node"

local M = {}

local function type_name(node)
  return node.type == "array" and node.elem .. "[]" or node.type
end

-- Parts have the same columns in the same order; numbers of two kinds become one.
local function check_part(first, part, i, what)
  if #part.outputs ~= #first.outputs then
    errors.raise("field_error", "%s: queryset %d has %d columns, the first has %d", what, i, #part.outputs,
      #first.outputs)
  end
  for k, output in ipairs(part.outputs) do
    local a, b = first.outputs[k].expr, output.expr
    if type_name(a) ~= type_name(b) and a.type ~= "null" and b.type ~= "null" then
      errors.raise("field_error", "%s: column %d is %s in queryset %d and %s in the first; Cast one of them", what, k,
        type_name(b), i, type_name(a))
    end
  end
end

local function check_model(b, other, what)
  if not b.select and not other.select and b.meta.concrete ~= other.meta.concrete then
    errors.raise("misuse", "%s: rows of %s and of %s have nothing in common; choose columns by values()", what,
      b.meta.model_name, other.meta.model_name)
  end
  if (b.select ~= nil) ~= (other.select ~= nil) then
    errors.raise("misuse", "%s: one queryset gives objects, another one values", what)
  end
end

-- May a column of the whole be NULL, when that of the first part and of another may?
local MAY_BE_NULL = {
  union = function(first, other) return first or other end,
  intersection = function(first, other) return first and other end,
  difference = function(first) return first end,
}

local function merge_null(what, first, part)
  for k, output in ipairs(part.outputs) do
    local own = first.outputs[k]
    local was = ir.may_be_null(own.expr)
    local may = MAY_BE_NULL[what](was, ir.may_be_null(output.expr))
    if may ~= was then
      local expression = ir.copy(own.expr)
      expression.null = may
      first.outputs[k] = { expr = expression, name = own.name }
    end
  end
end

local function combining(op, what, bounds, others)
  return function(b, first)
    local resolver = resolve.new(b, first)
    local limit, offset = query_bounds.params(bounds, first)
    for _ = 1, query_bounds.count(bounds) do resolver:bind(bind.as_is) end
    resolver.n = first + query_bounds.count(bounds)
    local names = outputs.names(b)
    local parts = { query.part(b, limit, offset) }
    for i = 1, #others, 2 do
      local other, l, o = resolver:beside(others[i], others[i + 1])
      check_model(b, other, what)
      local part = query.part(other, l, o)
      check_part(parts[1], part, #parts + 1, what)
      merge_null(what, parts[1], part)
      parts[#parts + 1] = part
    end
    b:derive({ combine = op, parts = parts, outputs = parts[1].outputs }, names, not b.select)
    return resolver
  end
end

-- Has a set operation no rows because of those parts that have none?
local EMPTY = {
  union = function(first, n_none, n) return first and n_none == n end,
  intersection = function(first, n_none) return first or n_none > 0 end,
  difference = function(first) return first end,
}

local function is_none(name, parent, others)
  local n_none = 0
  for i = 1, #others, 2 do n_none = n_none + (others[i].is_none and 1 or 0) end
  return EMPTY[name](parent.is_none or false, n_none, #others / 2)
end

local function operation(name)
  return function(qs, ...)
    local args, n, options = { ... }, select("#", ...), {}
    if n > 1 and args[n] == nil then n = n - 1 end -- options that are not given
    local last = args[n]
    if type(last) == "table" and getmetatable(last) == nil then
      options, n = last, n - 1
      errors.check_options(options, { all = true }, name)
    end
    if n == 0 then errors.raise("misuse", "%s takes at least one QuerySet", name) end
    local _, bounds, own = expr.queryset_parts(qs)
    local values, others = {}, {}
    for i = qs.node.n + 1, #own do values[#values + 1] = own[i] end
    for i = 1, n do
      expr.check_queryset(args[i], name)
      local node, other_bounds, list = expr.queryset_parts(args[i])
      others[2 * i - 1], others[2 * i] = node, other_bounds
      intern.append(values, list)
    end
    local op = options.all and name .. "_all" or name
    local key = intern.term(op, bounds, compat.unpack(others))
    local node = chain_node.follow(qs.node, "sets", key, function(parent)
      return chain_node.new(parent, combining(op, name, bounds, others), {
        is_combined = true, is_none = is_none(name, parent, others), says = name .. "(...)",
      })
    end)
    return queryset.unbounded(qs, node, chain_node.params(qs, node, values))
  end
end

--- Rows of this queryset and of others, equal ones once; { all = true } keeps them.
--- a:union(b, c):order_by("-views"):limit(10)  -> a UNION b UNION c
---@param ... ryx.QuerySet|{ all?: boolean }
---@return ryx.QuerySet
M.union = operation "union"

--- Rows that are in every queryset.  a:intersection(b)  -> INTERSECT
---@param ... ryx.QuerySet|{ all?: boolean }
---@return ryx.QuerySet
M.intersection = operation "intersection"

--- Rows of this queryset that are in no other.  a:difference(b)  -> EXCEPT
---@param ... ryx.QuerySet|{ all?: boolean }
---@return ryx.QuerySet
M.difference = operation "difference"

return M
