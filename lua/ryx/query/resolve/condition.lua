-- SPDX-License-Identifier: MIT
-- Conditions against a build: shapes of Q become conditions over its sources.
-- Under NOT each condition that goes to many rows is an EXISTS of its own.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local lookup = require "ryx.query.lookup"
local path = require "ryx.query.resolve.path"
local template = require "ryx.query.lookup.custom"

local M = {}

-- The lookup after a path and its transforms.
local function lookup_of(left, parts, i, whole)
  local name = parts[i]
  if not name then return "exact" end
  if left.json_value then return name end
  if parts[i + 1] then
    lookup.check(left, template.is_known(name) and parts[i + 1] or name, whole)
    errors.raise("field_error", "%s: nothing can follow the lookup %q", whole, name)
  end
  return lookup.check(left, name, whole)
end

-- A condition whose to-many paths, if any, are in a sub-query of their own.
local function apart(state, make)
  local was_apart, was_sub = state.apart, state.sub
  state.apart, state.sub = true, nil
  local condition = make()
  local sub = state.sub
  state.apart, state.sub = was_apart, was_sub
  if not sub then return condition end
  return { op = "exists", query = joins.scope(sub, condition, { { expr = ir.int(1), name = "one" } }) }
end

-- A condition about rows that are aggregated: what it reaches beyond them is asked of
-- each row.
local function of_row(state, make)
  local was = state.beyond
  state.beyond = nil
  local condition = make()
  local scope = state.beyond
  state.beyond = was
  if not scope then return condition end
  return { op = "exists", query = joins.scope(scope, condition, { { expr = ir.int(1), name = "one" } }) }
end

local function leaf(state, shape)
  local whole, class, operand = shape[1], shape[2], shape[3]
  local left, i, parts = path.walk(state, whole)
  left, i = state:transforms(left, parts, i, whole)
  return lookup.condition(state, left, lookup_of(left, parts, i, whole), class, operand, whole)
end

local MAKE = {}

MAKE.leaf = leaf

function MAKE.compare(state, shape)
  local left = state:resolve(shape[1])
  local name = left.json_value and shape[2] or lookup.check(left, shape[2], tostring(shape[2]))
  return lookup.condition(state, left, name, shape[3], shape[4], "the expression")
end

function MAKE.truth(state, shape)
  local node = state:resolve(shape[1])
  if node.type ~= "bool" then
    errors.raise("field_error", "a condition is true or false, but this expression is of type %s", node.type)
  end
  return ir.truth(node)
end

function MAKE.exists(state, shape)
  return { op = "exists", query = state:exists(shape[1], shape[2]) }
end

--- The condition of a Q's shape. `negated`: below an odd or even number of NOTs.
function M.of(state, shape, negated)
  local op = shape.op
  if op == "and" or op == "or" then
    local a = M.of(state, shape[1], negated)
    local b = M.of(state, shape[2], negated)
    local node = { op = op }
    for _, part in ipairs{ a, b } do
      if part.op == op then
        for _, inner in ipairs(part) do node[#node + 1] = inner end
      else
        node[#node + 1] = part
      end
    end
    return node
  end
  if op == "not" then return { op = "not", M.of(state, shape[1], true) } end
  if state.about == "rows" then return MAKE[op](state, shape) end
  if state.about then return of_row(state, function() return MAKE[op](state, shape) end) end
  if not negated then return MAKE[op](state, shape) end
  return apart(state, function() return MAKE[op](state, shape) end)
end

return M
