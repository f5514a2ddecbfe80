-- SPDX-License-Identifier: MIT
-- Terms of expressions against a build: names become columns, values parameters,
-- functions the rows of functions.lua. A resolver is the work on one step of a chain:
-- it numbers parameters and collects what each takes of the user's value.
local builder = require "ryx.query.select.builder"
local condition = require "ryx.query.resolve.condition"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local ir = require "ryx.query.ir"
local lookup = require "ryx.query.lookup"
local ordering = require "ryx.query.resolve.order"
local path = require "ryx.query.resolve.path"
local subquery = require "ryx.query.resolve.subquery"
local bind = require "ryx.query.lookup.bind"
local transform = require "ryx.query.resolve.transform"
local types = require "ryx.query.fn.types"

local M = {}

local Resolver = {}
Resolver.__index = Resolver
Resolver.transforms = transform.apply

--- The resolver of a step of a build whose parameters begin at number n. `call` ties
--- the joins of one filter together.
function M.resolver(b, n, call)
  return setmetatable({ build = b, n = n, binders = {}, call = call }, Resolver)
end

--- The next parameter; what fills it must be taken.
function Resolver:param(like)
  local node = {
    op = "param", number = self.n, type = like.type, elem = like.elem, places = like.places, name = like.name or "",
    null = false,
  }
  self.n = self.n + 1
  return node
end

function Resolver:bind(fn)
  self.binders[#self.binders + 1] = fn
end

function Resolver:condition(term, negated)
  return condition.of(self, term, negated)
end

-- The kinds of values that have no type of their own.
local NATURAL = { json = "json", object = "null", null = "null", when = "null" }

local function value(resolver, term)
  local kind = term[1]
  local places = kind:match("^decimal:(%d+)$")
  if places then kind = "decimal" end
  local node = resolver:param{ type = NATURAL[kind] or kind, name = "", places = places and tonumber(places) }
  node.loose, node.null = true, kind == "null"
  resolver:bind(function(params, n, v)
    if kind == "object" then
      if v.pk == nil then errors.raise("misuse", "%s is not saved, so nothing can refer to it", tostring(v)) end
      v = v.pk
    end
    return bind.as_is(params, n, v)
  end)
  return node
end

local function failing(name)
  return function(fmt, ...)
    errors.raise("field_error", "%s: %s", name, fmt:format(...))
  end
end

local RESOLVE = {}

--- The expression of a term.
function Resolver:resolve(term)
  return RESOLVE[term.op](self, term)
end

function RESOLVE.path(resolver, term)
  local node, i, parts = path.walk(resolver, term[1])
  node, i = resolver:transforms(node, parts, i, term[1])
  if parts[i] then
    lookup.no_step(node, parts[i], term[1])
  end
  return node
end

RESOLVE.value = value

-- The row that was to be inserted: its column, or its value where the statement is
-- an update.
function RESOLVE.new(resolver, term)
  local b = resolver.build
  if not b.new_row then
    errors.raise("misuse", "New(%q) is the value that was to be inserted: it belongs into update_fields", term[1])
  end
  local field = path.field(b.meta, term[1])
  local node = builder.column(b.root, field)
  if b.new_row == "values" then
    node = resolver:param(node)
    node.null = field.null
    resolver:bind(bind.as_is)
    return node
  end
  resolver:bind(function(_, n) return n end)
  node.op, node.source, node.field = "new", nil, nil
  return node
end

-- The build around may not be known yet: then its column is taken to be of the
-- type of what it meets, until the sub-query is used.
function RESOLVE.outer(resolver, term)
  local b = resolver.build
  if not b.outer then
    b.unbound = true
    return { op = "outer", type = "null", null = true, loose = true }
  end
  local around = M.resolver(b.outer, resolver.n)
  around.binders = resolver.binders
  return around:resolve(type(term[1]) == "table" and term[1] or { op = "path", term[1] })
end

function RESOLVE.operator(resolver, term)
  local op = term[1]
  local a = resolver:resolve(term[2])
  local b = term[3] and resolver:resolve(term[3])
  return functions.operator[op](a, b, failing(op))
end

function RESOLVE.condition(resolver, term)
  return ir.condition(resolver:condition(term[1], not resolver.own_scope))
end

RESOLVE["case"] = function(resolver, term)
  local whens, last = {}, term.n % 2 == 1 and term.n or nil
  local results = {}
  for i = 1, term.n - (last and 1 or 0), 2 do
    whens[#whens + 1] = { resolver:condition(term[i]) }
    results[#results + 1] = resolver:resolve(term[i + 1])
  end
  if last then results[#results + 1] = resolver:resolve(term[last]) end
  local like = types.unify(results, failing "Case") -- results may become others
  for i, when in ipairs(whens) do when[2] = results[i] end
  return ir.case(like.type, whens, results[#whens + 1], { elem = like.elem, places = like.places })
end

RESOLVE["function"] = function(resolver, term)
  local row = functions.row[term[1]]
  local args = {}
  for i = 1, term[2].n do
    local part = term[2][i]
    args[i] = type(part) == "table" and resolver:resolve(part) or part
  end
  return row.resolve(args, M.options(term[3]), failing(row.name))
end

RESOLVE.window_function = function(_, term)
  errors.raise("misuse", "%s is a window function: write Window(%s(...), { ... })", term[1], term[1])
end

--- Options of a function as a table.
function M.options(term)
  local options = {}
  for i = 1, term.n, 2 do options[term[i]] = term[i + 1] end
  return options
end

function RESOLVE.raw(resolver, term)
  local pieces = {}
  for i = 2, term.n do
    local part = term[i]
    pieces[i - 1] = type(part) == "table" and resolver:resolve(part) or part
  end
  return { op = "raw", type = term[1], null = true, pieces = pieces }
end

function RESOLVE.raw_aggregate(resolver, term)
  if not resolver.may_aggregate then
    errors.raise("field_error", "RawAgg: an aggregate belongs into annotate or aggregate")
  end
  local b = resolver.build
  if not b.group and not b.whole then b.grouped_by_key = true end
  local node = RESOLVE.raw(resolver, term)
  node.is_aggregate = true
  return node
end

function RESOLVE.at(resolver, term)
  local node = resolver:resolve(term[1])
  local steps = {}
  for i = 2, term.n do steps[i - 1] = term[i] end
  return require("ryx.query.lookup.json").at(node, steps)
end

RESOLVE["order"] = function()
  errors.raise("misuse", "asc() and desc() belong into order_by")
end

Resolver.part, Resolver.exists, Resolver.rows = subquery.part, subquery.exists, subquery.rows
RESOLVE.subquery = subquery.value

-- Windows.

function RESOLVE.window(resolver, term)
  local inner, partition, order, frame = term[1], term[2], term[3], term[4]
  local of
  if inner.op == "aggregate" then
    of = require("ryx.query.resolve.aggregate").in_window(resolver, inner)
  else
    local row, args = functions.row[inner[1]], {}
    for i = 1, inner[2].n do
      local part = inner[2][i]
      args[i] = type(part) == "table" and resolver:resolve(part) or part
    end
    of = row.resolve(args, M.options(inner[3]), failing(row.name))
    if row.needs_order and order.n == 0 then failing(row.name)("its window needs an order: order_by = { ... }") end
  end
  local node = {
    op = "window", type = of.type, elem = of.elem, places = of.places, null = ir.may_be_null(of), of,
    partition = {}, order = {},
  }
  for i = 1, partition.n do node.partition[i] = resolver:resolve(partition[i]) end
  for i = 1, order.n do node.order[i] = ordering.key(resolver, order[i]) end
  if frame then node.frame = { mode = frame[1], from = frame[2], to = frame[3], exclude = frame[4] } end
  return node
end

function RESOLVE.aggregate(resolver, term)
  return require("ryx.query.resolve.aggregate").resolve(resolver, term)
end

M.failing = failing

return M
