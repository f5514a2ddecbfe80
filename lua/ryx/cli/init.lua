-- SPDX-License-Identifier: MIT
--- The ryx command: looks up its first argument among the commands and runs it.
-- A command is a module under ryx.cli.cmd with name, args, help and
-- run(arguments, version), which returns the exit code: 0, 1 failed, 2 wrong usage.
local M = {}

local COMMANDS = { "run", "version" }

local function load_command(name)
  for _, known in ipairs(COMMANDS) do
    if known == name then return require("ryx.cli.cmd." .. name) end
  end
end

local function help_text()
  local lines = { "usage: ryx COMMAND [ARGUMENTS]", "", "commands:" }
  for _, name in ipairs(COMMANDS) do
    local command = load_command(name)
    lines[#lines + 1] = string.format("  %-26s %s", name .. " " .. command.args, command.help)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Runs one command of the ryx of that version.
-- main({ [0] = "ryx", "run", "script.lua" }, "0.1.0")  -> exit code
function M.main(args, version)
  local name = args[1]
  if not name or name == "help" or name == "--help" or name == "-h" then
    io.stdout:write(help_text())
    return 0
  end
  if name == "--version" or name == "-v" then name = "version" end
  local command = load_command(name)
  if not command then
    io.stderr:write("ryx: there is no command '", name, "'\n\n", help_text())
    return 2
  end
  return command.run(args, version)
end

return M
