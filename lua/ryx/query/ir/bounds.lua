-- SPDX-License-Identifier: MIT
-- limit() and offset() of a query: which of both are given is a number, 0 none, 1 the
-- limit, 2 the offset, 3 both; their values are parameters behind those of the query.
local M = {}

--- Which bounds a queryset has.
function M.of(qs)
  return (qs.limit_value and 1 or 0) + (qs.offset_value and 2 or 0)
end

--- How many bounds are given.
function M.count(bounds)
  return bounds % 2 + (bounds >= 2 and 1 or 0)
end

local function param(number)
  return { op = "param", number = number, type = "int", name = "", null = false }
end

--- Limit and offset as parameters numbered from `first`: limit|nil, offset|nil.
function M.params(bounds, first)
  local has_limit = bounds % 2 == 1
  return has_limit and param(first) or nil, bounds >= 2 and param(first + (has_limit and 1 or 0)) or nil
end

--- Appends the values of a queryset's bounds to n parameters: their new number.
function M.bind(params, n, qs)
  if qs.limit_value then
    n = n + 1
    params[n] = qs.limit_value
  end
  if qs.offset_value then
    n = n + 1
    params[n] = qs.offset_value
  end
  return n
end

return M
