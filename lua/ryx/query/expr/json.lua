-- SPDX-License-Identifier: MIT
-- F"meta":at("a", 0), F"meta":set("a", 1), F"meta":remove("a"): parts of JSON documents.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local value_of = require "ryx.value"

local methods = expr.methods

local MAX_POSITION = 2147483646

-- The first n arguments as keys and positions.
local function check_steps(what, n, ...)
  for i = 1, n do
    local step = select(i, ...)
    if type(step) ~= "string" then
      errors.check_whole(step, 0, what .. ": a position")
      if step > MAX_POSITION then errors.raise("misuse", "%s: the position %d is too large", what, step) end
    end
  end
end

--- A part of a JSON document by any keys and positions.  F"meta":at("a.b", 0, "year")
---@param ... string|integer
---@return ryx.Expr
function methods:at(...)
  local n = select("#", ...)
  if n == 0 then errors.raise("misuse", "at(key, ...) takes keys and positions (from 0)") end
  check_steps("at", n, ...)
  return expr.new(intern.term("at", self.term, ...), self.values)
end

-- A value as JSON: anything a document can hold, or an expression.
local function json_value(v)
  if v == nil then errors.raise("misuse", "set(..., nil): nil is no value; ryx.null is JSON's null") end
  if value_of.is_expression(v) then return expr.of(v, "value") end
  if value_of.is_instance(v) then errors.raise("misuse", "set(): a document holds no %s", tostring(v)) end
  local ok = pcall(value_of.json.encode, v)
  if not ok then errors.raise("misuse", "set(): JSON cannot hold %s", compat.show(v)) end
  return expr.new(intern.term("value", "json"), { v })
end

--- The document with another value at keys and positions; objects on the way are made.
--- qs:update{ meta = F"meta":set("a", "b", 1):set("seen", F"views") }
---@param ... any keys and positions, then the value
---@return ryx.Expr
function methods:set(...)
  local n = select("#", ...)
  if n < 2 then errors.raise("misuse", "set(key, ..., value) takes keys and positions (from 0), and a value") end
  check_steps("set", n - 1, ...)
  local e = json_value((select(n, ...)))
  local steps, values = { ... }, {}
  steps[n] = nil
  intern.append(values, self.values)
  intern.append(values, e.values)
  return expr.new(intern.term("json_set", self.term, e.term, compat.unpack(steps)), values)
end

--- The document without what is at keys and positions.
--- qs:update{ meta = F"meta":remove("a"):remove("list", 0) }
---@param ... string|integer
---@return ryx.Expr
function methods:remove(...)
  local n = select("#", ...)
  if n == 0 then errors.raise("misuse", "remove(key, ...) takes keys and positions (from 0)") end
  check_steps("remove", n, ...)
  return expr.new(intern.term("json_remove", self.term, ...), self.values)
end
