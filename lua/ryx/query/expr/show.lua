-- SPDX-License-Identifier: MIT
-- Querysets as text, the way they were written: for messages and the prompt. No I/O.
local compat = require "ryx.compat"
local expr = require "ryx.query.expr"

local M = {}

local JOINERS = { ["and"] = " * ", ["or"] = " + " }

--- A condition as text; values stand as ?.
function M.condition(s)
  local join = JOINERS[s.op]
  if join then return "(" .. M.condition(s[1]) .. join .. M.condition(s[2]) .. ")" end
  if s.op == "not" then return "-" .. M.condition(s[1]) end
  if s.op == "leaf" then return "Q{ " .. s[1] .. " = " .. (s[3] and expr.show(s[3]) or "?") .. " }" end
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

local function steps_of(node, out)
  if node.parent then
    steps_of(node.parent, out)
    out[#out + 1] = node
  end
  return out
end

--- Post.objects:filter{ views__gt = 5 }:order_by("-id"):limit(3)
function M.queryset(qs)
  local parts = { qs.node.meta.model_name .. ".objects" }
  for _, node in ipairs(steps_of(qs.node, {})) do
    local path = node.path
    if path then
      local value = node.n > node.parent.n and qs.params[node.parent.n + 1]
      parts[#parts + 1] = ("filter{ %s = %s }"):format(path, value and compat.show(value) or "?")
    elseif node.says then
      parts[#parts + 1] = node.says
    end
  end
  if qs.loads then parts[#parts + 1] = "prefetch_related(" .. qs.loads:show() .. ")" end
  if qs.limit_value then parts[#parts + 1] = ("limit(%d)"):format(qs.limit_value) end
  if qs.offset_value then parts[#parts + 1] = ("offset(%d)"):format(qs.offset_value) end
  return "<QuerySet " .. table.concat(parts, ":") .. ">"
end

return M
