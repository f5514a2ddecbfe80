-- SPDX-License-Identifier: MIT
--- ryx inspectdb: models of the tables that a database has.
local M = {
  name = "inspectdb", help = "write models for the tables of a database",
  args = {
    { "--table", metavar = "TABLE", help = "only this one" },
    { "-o --output", metavar = "FILE", help = "write into this file, in place of standard output" },
    { "--database", metavar = "ALIAS", default = "default", help = "which database" },
  },
  project = "databases",
}

function M.run(args, ctx)
  require("ryx.cli.project").look_only(ctx.project)
  local text = require("ryx.migrations.inspect").run(args.database, args.table)
  require("ryx.cli.into_file").text(ctx.out, args.output, text)
  return 0
end

return M
