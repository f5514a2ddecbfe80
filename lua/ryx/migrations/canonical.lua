-- SPDX-License-Identifier: MIT
-- When do two texts of SQL mean the same?
local M = {}

--- Do two texts mean the same? nil is no text at all.
function M.is_same(_, a, b)
  return a == b
end

--- The same of defaults: without one it is NULL.
function M.is_same_default(dialect, a, b)
  return M.is_same(dialect, a or "NULL", b or "NULL")
end

return M
