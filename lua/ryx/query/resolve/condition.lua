-- SPDX-License-Identifier: MIT
-- Q{ author__name = "Ann" }: what the term of a condition becomes. Under NOT each
-- condition that goes to many rows is an EXISTS of its own.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local key = require "ryx.query.lookup.key"
local lookup = require "ryx.query.lookup"
local path = require "ryx.query.resolve.path"
local custom = require "ryx.query.lookup.custom"
local Resolver = require("ryx.query.resolve.resolver").Resolver
local transform = require "ryx.query.resolve.transform"

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

local ONE = { { expr = ir.int(1), name = "one" } }

-- A condition whose to-many paths, if any, are in a sub-query of their own.
local function in_own_scope(resolver, make, term)
  local condition, inner = resolver:within({ own_scope = true, scope = false }, make, term)
  if not inner.scope then return condition end
  return { op = "exists", query = joins.scope(inner.scope, condition, ONE) }
end

-- A condition about rows that are aggregated: what it reaches beyond them is asked of
-- each row.
local function of_row(resolver, make, term)
  local condition, inner = resolver:within({ beyond = false }, make, term)
  if not inner.beyond then return condition end
  return { op = "exists", query = joins.scope(inner.beyond, condition, ONE) }
end

local function leaf(resolver, term)
  local whole, class, operand = term[1], term[2], term[3]
  local left, i, parts = path.walk(resolver, whole)
  if left.op == "key" then return key.condition(resolver, left, parts, i, class, operand, whole) end
  if class == "keys" then class, operand = term[4], nil end
  left, i = transform.apply(left, parts, i, whole)
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

function MAKE.constant(_, term)
  return { op = tostring(term[1]) }
end

function MAKE.exists(resolver, term)
  return { op = "exists", query = resolver:exists(term[1], term[2]) }
end

-- The parts of AND in AND, of OR in OR, are parts of the whole.
local function join(op, a, b)
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

--- The condition of a Q's term. `negated`: below an odd or even number of NOTs.
function Resolver:condition(term, negated)
  local op = term.op
  if op == "and" or op == "or" then
    local a = self:condition(term[1], negated)
    return join(op, a, self:condition(term[2], negated))
  end
  if op == "not" then return { op = "not", self:condition(term[1], true) } end
  if self.about == "rows" then return MAKE[op](self, term) end
  if self.about then return of_row(self, MAKE[op], term) end
  if not negated then return MAKE[op](self, term) end
  return in_own_scope(self, MAKE[op], term)
end
