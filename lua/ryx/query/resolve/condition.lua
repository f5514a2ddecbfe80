-- SPDX-License-Identifier: MIT
-- Conditions against a build: terms of Q become conditions over its sources.
-- Under NOT each condition that goes to many rows is an EXISTS of its own.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local lookup = require "ryx.query.lookup"
local path = require "ryx.query.resolve.path"
local custom = require "ryx.query.lookup.custom"

local M = {}

-- The lookup after a path and its transforms.
local function lookup_of(left, parts, i, whole)
  local name = parts[i]
  if not name then return "exact" end
  if left.json_value then return name end
  if parts[i + 1] then
    lookup.check(left, custom.is_known(name) and parts[i + 1] or name, whole)
    errors.raise("field_error", "%s: nothing can follow the lookup %q", whole, name)
  end
  return lookup.check(left, name, whole)
end

-- A condition whose to-many paths, if any, are in a sub-query of their own.
local function in_own_scope(resolver, make)
  local was_own_scope, was_sub = resolver.own_scope, resolver.sub
  resolver.own_scope, resolver.sub = true, nil
  local condition = make()
  local sub = resolver.sub
  resolver.own_scope, resolver.sub = was_own_scope, was_sub
  if not sub then return condition end
  return { op = "exists", query = joins.scope(sub, condition, { { expr = ir.int(1), name = "one" } }) }
end

-- A condition about rows that are aggregated: what it reaches beyond them is asked of
-- each row.
local function of_row(resolver, make)
  local was = resolver.beyond
  resolver.beyond = nil
  local condition = make()
  local scope = resolver.beyond
  resolver.beyond = was
  if not scope then return condition end
  return { op = "exists", query = joins.scope(scope, condition, { { expr = ir.int(1), name = "one" } }) }
end

local function leaf(resolver, term)
  local whole, class, operand = term[1], term[2], term[3]
  local left, i, parts = path.walk(resolver, whole)
  left, i = resolver:transforms(left, parts, i, whole)
  return lookup.condition(resolver, left, lookup_of(left, parts, i, whole), class, operand, whole)
end

local MAKE = {}

MAKE.leaf = leaf

function MAKE.compare(resolver, term)
  local left = resolver:resolve(term[1])
  local name = left.json_value and term[2] or lookup.check(left, term[2], tostring(term[2]))
  return lookup.condition(resolver, left, name, term[3], term[4], "the expression")
end

function MAKE.truth(resolver, term)
  local node = resolver:resolve(term[1])
  if node.type ~= "bool" then
    errors.raise("field_error", "a condition is true or false, but this expression is of type %s", node.type)
  end
  return ir.truth(node)
end

function MAKE.exists(resolver, term)
  return { op = "exists", query = resolver:exists(term[1], term[2]) }
end

--- The condition of a Q's term. `negated`: below an odd or even number of NOTs.
function M.of(resolver, term, negated)
  local op = term.op
  if op == "and" or op == "or" then
    local a = M.of(resolver, term[1], negated)
    local b = M.of(resolver, term[2], negated)
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
  if op == "not" then return { op = "not", M.of(resolver, term[1], true) } end
  if resolver.about == "rows" then return MAKE[op](resolver, term) end
  if resolver.about then return of_row(resolver, function() return MAKE[op](resolver, term) end) end
  if not negated then return MAKE[op](resolver, term) end
  return in_own_scope(resolver, function() return MAKE[op](resolver, term) end)
end

return M
