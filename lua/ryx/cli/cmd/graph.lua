-- SPDX-License-Identifier: MIT
--- ryx graph: a picture of the models.
local M = {
  name = "graph", help = "draw the models and how they refer to each other",
  args = {
    { "--format", choices = { "mermaid", "dot", "svg" }, default = "mermaid", help = "svg is drawn by Graphviz" },
    { "--models", metavar = "MODULE", help = "the module of models, instead of the configured ones" },
    { "-o --output", metavar = "FILE", help = "write into a file, not to standard output" },
  },
  project = "definitions",
}

function M.run(args, ctx)
  require("ryx.cli.project").check_models(ctx.project)
  local facts = require("ryx.cli.diagram.facts").of(ctx.project.models)
  local text = require("ryx.cli.diagram." .. args.format)(facts)
  require("ryx.cli.into_file").text(ctx.out, args.output, text)
  return 0
end

return M
