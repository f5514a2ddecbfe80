-- SPDX-License-Identifier: MIT
-- sqlite3. A word that begins with a dash would be an option.
local M = { programs = { "sqlite3" } }

function M.environment()
  return {}
end

function M.arguments(option, command)
  local out, path = {}, option "database"
  if option "mode" == "ro" then out[1] = "-readonly" end
  out[#out + 1] = path:sub(1, 1) == "-" and "./" .. path or path
  if command then out[#out + 1] = command:sub(1, 1) == "-" and " " .. command or command end
  return out
end

return M
