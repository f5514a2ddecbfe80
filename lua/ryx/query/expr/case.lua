-- SPDX-License-Identifier: MIT
-- Case{ When(...), ... }: values by conditions.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local q = require "ryx.query.expr.q"

local M = {}

local new, term_of, append = expr.new, intern.term, intern.append

---@class ryx.When
local When = { _class = "when" }
When.__index = When

--- One branch of Case.  When({ views__gte = 40 }, "big"), When("active", true, F"name")
---@param ... any a condition as of filter, and the result
---@return ryx.When
function M.When(...)
  local n = select("#", ...)
  if n < 2 then errors.raise("misuse", "When(condition, result) takes a condition and a result") end
  local args = { ... }
  local result = args[n]
  args[n] = nil
  if result == nil then errors.raise("misuse", "When: the result is nil; ryx.null means NULL") end
  return setmetatable({ q = q.of("When", compat.unpack(args, 1, n - 1)), result = expr.of(result, "value") }, When)
end

--- CASE.  Case{ When({ views__gte = 40 }, "big"), When({ views__gte = 10 }, "some"), default = "small" }
---@param list { [integer]: ryx.When, default?: ryx.ValueOrExpr }
---@return ryx.Expr
function M.Case(list)
  errors.check_type(list, "table", "Case")
  for key in pairs(list) do
    if type(key) ~= "number" and key ~= "default" then
      errors.raise("misuse", "Case: unknown option %s: it takes Whens and default", compat.show(key))
    end
  end
  local terms, values = {}, {}
  for i, when in ipairs(list) do
    if getmetatable(when) ~= When then
      errors.raise("misuse", "Case takes When(condition, result), not %s", compat.show(when))
    end
    terms[2 * i - 1], terms[2 * i] = when.q.term, when.result.term
    append(values, when.q.values)
    append(values, when.result.values)
  end
  if #terms == 0 then errors.raise("misuse", "Case{} has no When") end
  if list.default ~= nil then
    local e = expr.of(list.default, "value")
    terms[#terms + 1] = e.term
    append(values, e.values)
  end
  return new(term_of("case", compat.unpack(terms)), values)
end

return M
