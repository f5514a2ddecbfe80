-- SPDX-License-Identifier: MIT
--- ryx sqlmigrate: the SQL of a migration.
local M = {
  name = "sqlmigrate", help = "print the SQL of a migration",
  args = {
    { "name", metavar = "NAME", help = "the migration, or the beginning of its name" },
    { "--backwards", help = "the way back" },
    { "--database", metavar = "ALIAS", default = "default", help = "for which database" },
    { "--dir", metavar = "DIR", help = "the folder of migrations" },
  },
  project = "models",
}

function M.run(args, ctx)
  local graph = require("ryx.cli.project").graph(ctx.project)
  require("ryx.cli.project").look_only(ctx.project)
  local file, backwards = graph:find(args.name), args.backwards or false
  local alias = require("ryx.db").alias(args.database)
  local steps = require("ryx.migrations.runner").steps_of(alias, graph, file, backwards)
  ctx.out:write(require("ryx.migrations.ddl.script").text(require("ryx.migrations.dialect.context").of(alias), steps))
  return 0
end

return M
