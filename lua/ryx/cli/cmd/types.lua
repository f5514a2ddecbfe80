-- SPDX-License-Identifier: MIT
--- ryx types: what instances of the models have, for editors and checkers.
local M = {
  name = "types", help = "write the types of the models for editors and checkers",
  args = {
    { "--format", choices = { "lua", "pyi" }, default = "lua", help = "lua-language-server, or a stub of Python" },
    { "--models", metavar = "MODULE", help = "the module of models, instead of the configured ones" },
    { "-o --output", metavar = "FILE", help = "write into a file, not to standard output" },
  },
  project = "definitions",
}

function M.run(args, ctx)
  require("ryx.cli.project").check_models(ctx.project)
  local text = require("ryx.cli.typing." .. args.format)(require("ryx.cli.typing.facts").of(ctx.project.models))
  require("ryx.cli.into_file").text(ctx.out, args.output, text)
  return 0
end

return M
