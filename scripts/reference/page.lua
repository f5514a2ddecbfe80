-- SPDX-License-Identifier: MIT
-- What the generators of reference pages write with: lines, cells of tables, code.
local M = {}

local lines = {}

--- Adds a line, formatted when there is something to format.
function M.say(fmt, ...)
  lines[#lines + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
end

--- A text in a table: a bar would end the cell, even in code.
function M.cell(s)
  return (s:gsub("|", "\\|"))
end

function M.code(s)
  return "`" .. M.cell(s) .. "`"
end

--- The names in a table, sorted.
function M.names(t)
  local list = {}
  for name in pairs(t) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- Writes the page.
function M.write()
  io.write(table.concat(lines, "\n"), "\n")
end

return M
