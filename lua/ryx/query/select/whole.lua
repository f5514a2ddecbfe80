-- SPDX-License-Identifier: MIT
-- Which rows can a condition not leave out without changing the others: those with windows,
-- which see all of them, and those of DISTINCT over fields, which keeps one of several.
local ir = require "ryx.query.ir"

local M = {}

-- SQL of the user's may have windows of its own.
local function has_over(pieces)
  for i = 1, #(pieces or {}), 2 do
    if pieces[i]:lower():find("%f[%w]over%f[%W]") then return true end
  end
  return false
end

local function is_of_one_row(node)
  if type(node) ~= "table" then return true end
  if node.op == "column" or node.op == "subquery" or node.op == "exists" then return true end
  return node.op ~= "window" and not has_over(node.pieces) and ir.all_parts(node, is_of_one_row)
end

local function any_sees_others(list)
  for _, item in ipairs(list or {}) do
    if not is_of_one_row(item.expr or item) then return true end
  end
  return false
end

--- Does what a builder's rows hold depend on which of them there are?
function M.is_needed(b)
  if b.distinct_on then return true end
  for _, node in pairs(b.annotations) do
    if not is_of_one_row(node) then return true end
  end
  return #b.qualify > 0 and any_sees_others(b.qualify) or any_sees_others(b.order)
    or any_sees_others(b.select and b.select.fields) or any_sees_others(b.group)
end

return M
