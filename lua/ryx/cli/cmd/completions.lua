-- SPDX-License-Identifier: MIT
--- ryx completions: what a shell reads to complete the command's words.
local M = {
  name = "completions", help = "print completions for a shell",
  args = {
    { "shell", choices = { "bash", "zsh", "fish" }, help = "for bash: source <(ryx completions bash)" },
  },
}

function M.run(args, ctx)
  local complete = require("ryx.cli.complete")[args.shell]
  ctx.out:write(complete(require("ryx.cli.commands").all()))
  return 0
end

return M
