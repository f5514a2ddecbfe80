-- SPDX-License-Identifier: MIT
-- Shapes of expressions and conditions, one table for each structure: two trees
-- of the same form are the same shape, whatever their values. A shape knows no
-- model; what it means is worked out where it is used.
local M = {}

local SHAPES_MAX = 4096

local shapes, n_shapes, last_id = {}, 0, 0

--- A number that no other shape or node has.
function M.id()
  last_id = last_id + 1
  return last_id
end

-- Shapes lie in a tree of tables by operation and parts, so that no key is built.
local SHAPE, NIL = {}, {} -- where a leaf keeps its shape; what stands for nil

--- The shape of an operation: { op, id, parts... }. Parts are shapes, nodes of
--- querysets, texts, numbers and booleans.
function M.shape(op, ...)
  local n = select("#", ...)
  local leaf = shapes[op]
  if not leaf then
    leaf = {}
    shapes[op] = leaf
  end
  for i = 1, n do
    local part = (select(i, ...))
    if part == nil then part = NIL end
    local deeper = leaf[part]
    if not deeper then
      deeper = {}
      leaf[part] = deeper
    end
    leaf = deeper
  end
  local shape = leaf[SHAPE]
  if shape then return shape end
  n_shapes = n_shapes + 1
  if n_shapes > SHAPES_MAX then shapes, n_shapes = {}, 1 end
  shape = { op = op, id = M.id(), n = n, ... }
  leaf[SHAPE] = shape
  return shape
end

--- Appends values to a list.
function M.append(list, values)
  local n = #list
  for i = 1, #values do list[n + i] = values[i] end
end

return M
