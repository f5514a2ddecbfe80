-- SPDX-License-Identifier: MIT
-- Steps that keep rows. The edge of a plain condition is its path and the class of
-- its value; the value goes into the parameters.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local q = require "ryx.query.expr.q"
local intern = require "ryx.query.expr.intern"
local chain_node = require "ryx.query.clause.node"
local show = require "ryx.query.expr.show"
local step = require "ryx.query.clause.step"
local bind = require "ryx.query.lookup.bind"
local value = require "ryx.value"

local M = {}

local class_of = value.class_of

-- Does every comparison of a condition ask an aggregate? One that asks something else
-- as well is asked of the grouped rows: not every database repeats it in HAVING.
local function only_aggregates(made)
  if made.op == "lookup" then
    -- MariaDB gives wrong groups for a list in HAVING.
    if made.lookup == "in" or not ir.has(made.left, "aggregate") then return false end
    for i = 1, #made do
      if made[i].op ~= "param" and not ir.has(made[i], "aggregate") then return false end
    end
    return true
  end
  if made.op ~= "or" and made.op ~= "not" and made.op ~= "and" then return false end
  for i = 1, #made do
    if not only_aggregates(made[i]) then return false end
  end
  return true
end

-- Conditions on aggregates are HAVING, those on windows are asked of the rows that
-- have them, all others are WHERE.
local function place(b, made)
  if made.op == "and" then
    for _, part in ipairs(made) do place(b, part) end
  elseif ir.has(made, "window") or ir.has(made, "correlated") then
    b.qualify[#b.qualify + 1] = made
  elseif ir.has(made, "aggregate") then
    local list = only_aggregates(made) and b.having or b.qualify
    list[#list + 1] = made
  else
    b.where[#b.where + 1] = made
  end
end

-- Conditions of one call share their joins; `goes_on` belongs to the call before.
local function applying(s, goes_on)
  return function(b, first)
    if not goes_on then b.call = b.call + 1 end
    local resolver = step.resolver(b, first, b.call)
    place(b, resolver:condition(s))
    return resolver
  end
end

local function step_leaf(class, goes_on)
  return function(node, path)
    local child = step.make(node, applying({ op = "leaf", path, class }, goes_on), { is_condition = true, path = path })
    local binder = child.binders[1]
    child.binder = binder ~= bind.as_is and binder or nil
    return child
  end
end

local steps = { {}, {} }

-- Edges of a condition alone are by class, those of a call that goes on have a name
-- of their own.
local function edges_of(class, goes_on)
  local known = steps[goes_on and 2 or 1]
  local make = known[class]
  if not make then
    make = step_leaf(class, goes_on)
    known[class] = make
  end
  return goes_on and "& " .. class or class, make
end

local function one(node, params, path, v, goes_on)
  if type(path) ~= "string" then
    errors.raise("misuse", "a condition is named by text, not by %s", compat.show(path))
  end
  local class = class_of(v)
  if q.STRUCTURED[class] then return M.q(node, params, q.of("filter", path, v), goes_on) end
  local group, make = edges_of(class, goes_on)
  local child = chain_node.follow(node, group, path, make)
  if child.binder then child.binder(params, node.n, v) else params[node.n + 1] = v end
  return child
end

--- The node after one condition; appends its parameters to `params`.
function M.one(node, params, path, v)
  return one(node, params, path, v, false)
end

--- The node after a table of conditions.
function M.all(node, params, conditions, what)
  local path, v = next(conditions)
  if path == nil then q.refuse_empty(what) end
  if next(conditions, path) == nil then return one(node, params, path, v, false) end
  local goes_on = false
  for _, key in ipairs(intern.sorted_keys(conditions)) do
    node = one(node, params, key, conditions[key], goes_on)
    goes_on = true
  end
  return node
end

local function step_q(goes_on)
  return function(node, s)
    return step.make(node, applying(s, goes_on), {
      is_condition = true, says = "filter(" .. show.condition(s) .. ")",
    })
  end
end

local q_alone, q_after = step_q(false), step_q(true)

--- The node after a Q.
function M.q(node, params, made, goes_on)
  local child = goes_on and chain_node.follow(node, "& q", made.term, q_after)
    or chain_node.follow(node, "q", made.term, q_alone)
  local n = node.n
  for i, binder in ipairs(child.binders) do n = binder(params, n, made.values[i]) end
  return child
end

return M
