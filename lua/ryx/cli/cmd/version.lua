-- SPDX-License-Identifier: MIT
--- ryx version: prints the versions of ryx and of the Lua inside.
local M = { name = "version", args = "", help = "print the version" }

function M.run(_, version)
  io.stdout:write("ryx ", version, " (", _VERSION, ")\n")
  return 0
end

return M
