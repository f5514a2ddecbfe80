-- SPDX-License-Identifier: MIT
-- Null-rejecting sources: without whose row can a condition not be true? A comparison with
-- NULL is not true, so the source of a compared column must have a row, and its join can be
-- an inner one.
local M = {}

-- Functions that give a value for a NULL.
local TOLERANT = {
  coalesce = true, json_object = true, json_array = true, was_inserted = true,
}

local function add(out, more)
  for source in pairs(more) do out[source] = true end
  return out
end

--- Sources whose missing row makes an expression NULL.
function M.by_expression(node)
  local out = {}
  if node.op == "column" then
    out[node.source] = true
  elseif node.op == "call" then
    if TOLERANT[node.fn] then return out end
    if node.fn == "nullif" then return M.by_expression(node[1]) end
    for i = 1, #node do add(out, M.by_expression(node[i])) end
  elseif node.op == "json" then
    return M.by_expression(node[1])
  end
  return out
end

local function common(a, b)
  local out = {}
  for source in pairs(a) do out[source] = b[source] end
  return out
end

--- Lookups of C's that may be true of NULL: those that lookup/catalog.lua says so of.
M.LOOKUPS = {}

--- Sources whose missing row keeps a condition from being true.
function M.by_condition(node)
  local op, out = node.op, {}
  if op == "lookup" then
    if M.LOOKUPS[node.lookup] then return out end
    add(out, M.by_expression(node.left))
    for i = 1, #node do add(out, M.by_expression(node[i])) end
  elseif op == "truth" then
    -- No words are found where there is no row.
    return M.by_expression(node[1].op == "search" and node[1][2] or node[1])
  elseif op == "and" then
    for i = 1, #node do add(out, M.by_condition(node[i])) end
  elseif op == "or" then
    for i = 1, #node do
      local more = M.by_condition(node[i])
      out = i == 1 and more or common(out, more)
    end
  end
  return out
end

return M
