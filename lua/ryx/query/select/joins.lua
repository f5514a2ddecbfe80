-- SPDX-License-Identifier: MIT
-- INNER or LEFT: which joins may lose rows, and what a scope is as a sub-query.
local ir = require "ryx.query.ir"
local nulls = require "ryx.query.ir.nulls"

local M = {}

--- A list of conditions as one.
local function all(list)
  local node = { op = "and" }
  for _, condition in ipairs(list) do
    if condition.op ~= "true" then node[#node + 1] = condition end
  end
  if #node == 0 then return { op = "true" } end
  return #node == 1 and node[1] or node
end
M.all = all

local function is_inner(source)
  return source.join == "inner" or source.join == "first" or source.join == "cross"
end

-- Sources without whose row a condition cannot hold, and those they hang on.
local function needed_by(condition)
  local marked = {}
  for source in pairs(nulls.by_condition(condition)) do
    while source and not marked[source] do
      marked[source] = true
      source = source.parent
    end
  end
  return marked
end

-- Whose rows may be missing: those of the right side of a left or full join; those of
-- all sources before a right or full one.
local function mark_nullable(sources, i)
  local join = sources[i].join
  sources[i].nullable = join == "left" or join == "full"
  if join ~= "right" and join ~= "full" then return end
  for k = 1, i - 1 do sources[k].nullable = true end
end

--- Decides the joins of sources: inner where the condition cannot hold without the
--- row, or where every row has one; else left.
function M.join(sources, condition)
  local marked = needed_by(condition)
  for i, source in ipairs(sources) do
    local parent = source.parent
    if source.how then
      local inner = marked[source] or source.always and (parent == nil or is_inner(parent) and not parent.nullable)
      source.join = inner and is_inner(parent) and "inner" or "left"
    end
    mark_nullable(sources, i)
  end
end

-- The sources of a scope that hang on rows outside it.
local function roots_of(scope)
  local roots = {}
  for _, source in ipairs(scope.sources) do
    if source.parent.scope ~= scope then roots[#roots + 1] = source end
  end
  return roots
end

--- The sub-query of a scope: its rows for a row around it. With `strict` (or where
--- the condition needs it anyway) only rows that are there; else one of NULLs where
--- there is none, as a left join gives.
function M.scope(scope, condition, outputs, strict)
  local roots = roots_of(scope)
  local root = #roots == 1 and roots[1]
  local needed = not strict and needed_by(condition)
  if root and (strict or needed[root]) then
    root.join, root.how = "first", nil
    M.join(scope.sources, condition)
    return { sources = scope.sources, outputs = outputs, where = all{ root.on, condition } }
  end
  local one = { join = "first", query = { sources = {}, outputs = { { expr = ir.int(1), name = "one" } } } }
  local sources = { one }
  for i, source in ipairs(scope.sources) do sources[i + 1] = source end
  for _, source in ipairs(scope.sources) do
    source.join, source.nullable = "left", true
    if source.parent.scope ~= scope then source.how = nil end
  end
  return { sources = sources, outputs = outputs, where = condition }
end

return M
