-- SPDX-License-Identifier: MIT
-- qs:filter after annotate: is a condition WHERE, HAVING, or asked of a derived table?
local grouped = require "ryx.query.select.grouped"
local ir = require "ryx.query.ir"

local M = {}

-- Is it the same for all rows of the builder's query? A column of a query around it is.
local function is_fixed(b, node)
  return node.op == "param" or node.op == "column" and node.source.scope ~= b
end

-- Does every comparison of a condition ask an aggregate? One that asks something else
-- as well is asked of the grouped rows: not every database repeats it in HAVING.
local function only_aggregates(b, condition)
  if condition.op == "lookup" then
    -- MariaDB gives wrong groups for a list in HAVING.
    if ir.IN[condition.lookup] or not ir.has(condition.left, "aggregate") then return false end
    for i = 1, #condition do
      if not is_fixed(b, condition[i]) and not ir.has(condition[i], "aggregate") then return false end
    end
    return true
  end
  if condition.op ~= "or" and condition.op ~= "not" and condition.op ~= "and" then return false end
  for i = 1, #condition do
    if not only_aggregates(b, condition[i]) then return false end
  end
  return true
end

-- A condition that is asked of the rows of a query: of groups only what they hold.
local function ask_around(b, condition)
  grouped.check_condition(b, condition)
  b.qualify[#b.qualify + 1] = condition
end

--- Adds a condition to a select builder. One on aggregates is HAVING, one on windows is
--- asked of the rows that have them, all others are WHERE.
function M.add(b, condition)
  if condition.op == "and" then
    for _, part in ipairs(condition) do M.add(b, part) end
  elseif ir.has(condition, "window") or ir.has(condition, "correlated") then
    ask_around(b, condition)
  elseif ir.has(condition, "aggregate") then
    if not only_aggregates(b, condition) then return ask_around(b, condition) end
    b.having[#b.having + 1] = condition
  else
    b.where[#b.where + 1] = condition
  end
end

return M
