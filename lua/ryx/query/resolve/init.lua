-- SPDX-License-Identifier: MIT
-- Shapes of expressions against a build: names become columns, values parameters,
-- functions the rows of functions.lua. A state is the work on one step of a chain:
-- it numbers parameters and collects what each takes of the user's value.
local build = require "ryx.query.select.builder"
local condition = require "ryx.query.resolve.condition"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local ir = require "ryx.query.ir"
local lookup = require "ryx.query.lookup"
local ordering = require "ryx.query.resolve.order"
local path = require "ryx.query.resolve.path"
local subquery = require "ryx.query.resolve.subquery"
local taking = require "ryx.query.lookup.bind"
local transforms = require "ryx.query.resolve.transform"
local typing = require "ryx.query.fn.types"

local M = {}

local State = {}
State.__index = State
State.transforms = transforms.apply

--- The state of a step of a build whose parameters begin at number n. `call` ties
--- the joins of one filter together.
function M.state(b, n, call)
  return setmetatable({ build = b, n = n, takes = {}, call = call }, State)
end

--- The next parameter; what fills it must be taken.
function State:param(like)
  local node = {
    op = "param", number = self.n, type = like.type, elem = like.elem, places = like.places, name = like.name or "",
    null = false,
  }
  self.n = self.n + 1
  return node
end

function State:take(fn)
  self.takes[#self.takes + 1] = fn
end

function State:condition(shape, negated)
  return condition.of(self, shape, negated)
end

-- The kinds of values that have no type of their own.
local NATURAL = { json = "json", object = "null", null = "null", when = "null" }

local function value(state, shape)
  local kind = shape[1]
  local places = kind:match("^decimal:(%d+)$")
  if places then kind = "decimal" end
  local node = state:param{ type = NATURAL[kind] or kind, name = "", places = places and tonumber(places) }
  node.loose, node.null = true, kind == "null"
  state:take(function(params, n, v)
    if kind == "object" then
      if v.pk == nil then errors.raise("misuse", "%s is not saved, so nothing can refer to it", tostring(v)) end
      v = v.pk
    end
    return taking.put(params, n, v)
  end)
  return node
end

local function failing(name)
  return function(fmt, ...)
    errors.raise("field_error", "%s: %s", name, fmt:format(...))
  end
end

local RESOLVE = {}

--- The expression of a shape.
function State:resolve(shape)
  return RESOLVE[shape.op](self, shape)
end

function RESOLVE.path(state, shape)
  local node, i, parts = path.walk(state, shape[1])
  node, i = state:transforms(node, parts, i, shape[1])
  if parts[i] then
    lookup.no_step(node, parts[i], shape[1])
  end
  return node
end

RESOLVE.value = value

-- The row that was to be inserted: its column, or its value where the statement is
-- an update.
function RESOLVE.new(state, shape)
  local b = state.build
  if not b.new_row then
    errors.raise("misuse", "New(%q) is the value that was to be inserted: it belongs into update_fields", shape[1])
  end
  local field = path.field(b.meta, shape[1])
  local node = build.column(b.root, field)
  if b.new_row == "values" then
    node = state:param(node)
    node.null = field.null
    state:take(taking.put)
    return node
  end
  state:take(function(_, n) return n end)
  node.op, node.source, node.field = "new", nil, nil
  return node
end

-- The build around may not be known yet: then its column is taken to be of the
-- type of what it meets, until the sub-query is used.
function RESOLVE.outer(state, shape)
  local b = state.build
  if not b.outer then
    b.unbound = true
    return { op = "outer", type = "null", null = true, loose = true }
  end
  local around = M.state(b.outer, state.n)
  around.takes = state.takes
  return around:resolve(type(shape[1]) == "table" and shape[1] or { op = "path", shape[1] })
end

function RESOLVE.operator(state, shape)
  local op = shape[1]
  local a = state:resolve(shape[2])
  local b = shape[3] and state:resolve(shape[3])
  return functions.operator[op](a, b, failing(op))
end

function RESOLVE.condition(state, shape)
  return ir.condition(state:condition(shape[1], not state.apart))
end

RESOLVE["case"] = function(state, shape)
  local whens, last = {}, shape.n % 2 == 1 and shape.n or nil
  local results = {}
  for i = 1, shape.n - (last and 1 or 0), 2 do
    whens[#whens + 1] = { state:condition(shape[i]) }
    results[#results + 1] = state:resolve(shape[i + 1])
  end
  if last then results[#results + 1] = state:resolve(shape[last]) end
  local like = typing.unify(results, failing "Case") -- results may become others
  for i, when in ipairs(whens) do when[2] = results[i] end
  return ir.case(like.type, whens, results[#whens + 1], { elem = like.elem, places = like.places })
end

RESOLVE["function"] = function(state, shape)
  local row = functions.row[shape[1]]
  local args = {}
  for i = 1, shape[2].n do
    local part = shape[2][i]
    args[i] = type(part) == "table" and state:resolve(part) or part
  end
  return row.resolve(args, M.options(shape[3]), failing(row.name))
end

RESOLVE.window_function = function(_, shape)
  errors.raise("misuse", "%s is a window function: write Window(%s(...), { ... })", shape[1], shape[1])
end

--- Options of a function as a table.
function M.options(shape)
  local options = {}
  for i = 1, shape.n, 2 do options[shape[i]] = shape[i + 1] end
  return options
end

function RESOLVE.raw(state, shape)
  local pieces = {}
  for i = 2, shape.n do
    local part = shape[i]
    pieces[i - 1] = type(part) == "table" and state:resolve(part) or part
  end
  return { op = "raw", type = shape[1], null = true, pieces = pieces }
end

function RESOLVE.raw_aggregate(state, shape)
  if not state.may_aggregate then
    errors.raise("field_error", "RawAgg: an aggregate belongs into annotate or aggregate")
  end
  local b = state.build
  if not b.group and not b.whole then b.grouped_by_key = true end
  local node = RESOLVE.raw(state, shape)
  node.is_aggregate = true
  return node
end

function RESOLVE.at(state, shape)
  local node = state:resolve(shape[1])
  local steps = {}
  for i = 2, shape.n do steps[i - 1] = shape[i] end
  return require("ryx.query.lookup.json").at(node, steps)
end

RESOLVE["order"] = function()
  errors.raise("misuse", "asc() and desc() belong into order_by")
end

State.part, State.exists, State.rows = subquery.part, subquery.exists, subquery.rows
RESOLVE.subquery = subquery.value

-- Windows.

function RESOLVE.window(state, shape)
  local inner, partition, order, frame = shape[1], shape[2], shape[3], shape[4]
  local of
  if inner.op == "aggregate" then
    of = require("ryx.query.resolve.aggregate").in_window(state, inner)
  else
    local row, args = functions.row[inner[1]], {}
    for i = 1, inner[2].n do
      local part = inner[2][i]
      args[i] = type(part) == "table" and state:resolve(part) or part
    end
    of = row.resolve(args, M.options(inner[3]), failing(row.name))
    if row.needs_order and order.n == 0 then failing(row.name)("its window needs an order: order_by = { ... }") end
  end
  local node = {
    op = "window", type = of.type, elem = of.elem, places = of.places, null = ir.may_be_null(of), of,
    partition = {}, order = {},
  }
  for i = 1, partition.n do node.partition[i] = state:resolve(partition[i]) end
  for i = 1, order.n do node.order[i] = ordering.key(state, order[i]) end
  if frame then node.frame = { mode = frame[1], from = frame[2], to = frame[3], exclude = frame[4] } end
  return node
end

function RESOLVE.aggregate(state, shape)
  return require("ryx.query.resolve.aggregate").resolve(state, shape)
end

M.failing = failing

return M
