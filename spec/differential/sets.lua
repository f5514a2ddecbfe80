-- SPDX-License-Identifier: MIT
-- union, union_all, intersection and difference of answers.
local M = {}

-- What one part of a set operation leaves of the rows so far.
local SETS = {
  union = function(a, b) return a + b > 0 and 1 or 0 end,
  union_all = function(a, b) return a + b end,
  intersection = function(a, b) return a > 0 and b > 0 and 1 or 0 end,
  difference = function(a, b) return a > 0 and b == 0 and 1 or 0 end,
}

local function counted(answer, row_key)
  local counts, order = {}, {}
  for _, row in ipairs(answer.rows) do
    local key = row_key(answer.columns, row)
    if not counts[key] then
      counts[key] = 0
      order[#order + 1] = { key, row }
    end
    counts[key] = counts[key] + 1
  end
  return counts, order
end

--- Rows of two answers of equal columns in one; row_key(columns, row) is text.
function M.combine(op, a, b, row_key)
  local in_a, order = counted(a, row_key)
  local in_b, more = counted(b, row_key)
  for _, pair in ipairs(more) do
    if not in_a[pair[1]] then order[#order + 1] = pair end
  end
  local rows = {}
  for _, pair in ipairs(order) do
    for _ = 1, SETS[op](in_a[pair[1]] or 0, in_b[pair[1]] or 0) do rows[#rows + 1] = pair[2] end
  end
  return { columns = a.columns, rows = rows }
end

return M
