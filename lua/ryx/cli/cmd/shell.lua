-- SPDX-License-Identifier: MIT
--- ryx shell: Lua, line by line, with the models at hand.
local M = {
  name = "shell", help = "type Lua with the models at hand",
  args = {
    { "-q --query", metavar = "EXPR", help = "print what this gives, and end" },
  },
  project = "models",
}

function M.run(args, ctx)
  local session = require("ryx.cli.shell.session").new(ctx)
  if args.query then return session:run_text(args.query) end
  if ctx.out:is_terminal("stdin") then return session:talk() end
  return session:run_lines(io.lines())
end

return M
