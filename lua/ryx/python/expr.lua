-- SPDX-License-Identifier: MIT
-- What the Python package calls to make expressions, conditions and CTEs. Every
-- function gives one value and does no I/O.
local api = require "ryx.python.api"
local case = require "ryx.query.expr.case"
local call = require "ryx.query.expr.call"
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local cte = require "ryx.query.clause.cte"
local expr = require "ryx.query.expr"
local raw = require "ryx.query.expr.raw"
local functions = require "ryx.query.fn"
local q = require "ryx.query.expr.q"
local window = require "ryx.query.expr.window"
local value = require "ryx.value"

local M = {}

local unpack = compat.unpack
local as_list, absent, plain = api.as_list, api.absent, api.plain

--- The functions, aggregates and window functions that there are.
function M.functions()
  local list = {}
  for i, row in ipairs(functions.rows) do
    list[i] = {
      name = row.name, kind = row.kind, doc = row.doc, types = row.types, sql = row.sql,
      args = as_list{ unpack(row.args or {}) }, options = as_list(compat.sorted_keys(row.options or {})),
    }
  end
  return as_list(list)
end

--- The methods of expressions that compare.
function M.comparisons()
  return as_list(compat.sorted_keys(catalog.methods))
end

local constructors = {}

--- An expression by the row of query/fn that has this name.
function M.apply(name, args, options)
  local make = constructors[name] or call.constructor(functions.row[name])
  constructors[name] = make
  local n = #args
  if next(options) ~= nil then
    options.order_by = plain(options.order_by)
    n = n + 1
    args[n] = options
  end
  return make(unpack(args, 1, n))
end

M.f, M.value, M.new_value, M.outer_ref = expr.F, expr.Value, expr.New, expr.OuterRef
M.subquery, M.exists_in = expr.Subquery, q.Exists

local OPERATORS = {
  ["+"] = function(a, b) return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end,
  ["%"] = function(a, b) return a % b end,
  ["**"] = function(a, b) return a ^ b end,
}

--- Two operands, one of them an expression.
function M.operator(op, a, b)
  return OPERATORS[op](expr.of(a, "value"), b)
end

function M.negative(e)
  return -e
end

--- A key of an order; nulls is "first", "last" or null.
function M.order(e, direction, nulls)
  return expr.methods[direction](e, { nulls = absent(nulls) })
end

function M.at(e, parts)
  return expr.methods.at(e, unpack(parts, 1, #parts))
end

--- A document with another value at a place, or without what is there.
function M.set(e, parts, v)
  local args = { unpack(parts, 1, #parts) }
  args[#args + 1] = v
  return expr.methods.set(e, unpack(args))
end

function M.remove(e, parts)
  return expr.methods.remove(e, unpack(parts, 1, #parts))
end

function M.compare(e, method, v)
  return q.compare(e, catalog.methods[method], v)
end

function M.lookup(e, name, v)
  return q.compare(e, name, v)
end

function M.when(condition, result)
  return case.When(condition, result)
end

function M.case(whens, default)
  local list = plain(whens)
  list.default = absent(default)
  return case.Case(list)
end

function M.window(e, options)
  options.partition_by, options.order_by = plain(options.partition_by), plain(options.order_by)
  return window.Window(e, options)
end

function M.raw(sql, params, kind)
  return raw.Raw(sql, params, { type = absent(kind) })
end

function M.func(name, args, kind)
  return raw.Func(name, plain(args), { type = absent(kind) })
end

function M.raw_agg(sql, params, kind)
  return raw.RawAgg(sql, params, { type = absent(kind) })
end

--- An expression as text, for repr().
function M.show(e)
  return expr.show(e.term)
end

--- The Q of { connector, is negated, children, lookups }; a child is an expression or
--- such a list.
function M.q(tree)
  local list = {}
  for i, child in ipairs(tree[3]) do
    list[i] = getmetatable(child) == value.array_meta and M.q(child) or child
  end
  for name, v in pairs(api.named(tree[4])) do list[name] = v end
  local out = tree[1] == "OR" and q.Q.any(list) or q.Q.all(list)
  return tree[2] and q.negate(out) or out
end

-- CTEs. The recursive part is made by Python code, which runs while Lua does not: the
-- making of the CTE stops where it needs that part.

local Making = {}
Making.__index = Making

function M.cte(name, qs, options)
  options.returning = plain(options.returning)
  return cte.CTE(name, qs, options)
end

--- Begins a recursive CTE: { what goes on with it, the CTE's own rows }.
function M.cte_begin(name, qs, options)
  options.recursive = coroutine.yield
  local resume = coroutine.wrap(cte.CTE)
  local within = resume(name, qs, options)
  return as_list{ setmetatable({ resume = resume }, Making), within }
end

--- Ends it with the queryset of the rows to add.
function M.cte_end(making, more)
  return making.resume(more)
end

function M.cte_rows(c)
  return c:rows()
end

return M
