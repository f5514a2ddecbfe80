-- SPDX-License-Identifier: MIT
-- tostring(qs): conditions and names as text, the way they were written. No I/O.
local compat = require "ryx.compat"
local expr = require "ryx.query.expr"

local M = {}

local JOINERS = { ["and"] = " * ", ["or"] = " + " }

--- A condition as text; values stand as ?.
function M.condition(s)
  local join = JOINERS[s.op]
  if join then return "(" .. M.condition(s[1]) .. join .. M.condition(s[2]) .. ")" end
  if s.op == "not" then return "-" .. M.condition(s[1]) end
  if s.op == "leaf" then return "Q{ " .. s[1] .. " = " .. (type(s[3]) == "table" and expr.show(s[3]) or "?") .. " }" end
  if s.op == "truth" then return expr.show(s[1]) end
  if s.op == "constant" then return s[1] and "Q.all{}" or "Q.any{}" end
  if s.op == "exists" then return "Exists(" .. s[1].meta.model_name .. ")" end
  return expr.show(s)
end

--- Names, or names and expressions, as the inside of a call.
function M.names(names, terms)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = terms and terms[i] and name .. " = " .. expr.show(terms[i]) or compat.show(name)
  end
  return table.concat(parts, ", ")
end

return M
