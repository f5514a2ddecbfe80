-- SPDX-License-Identifier: MIT
--- ryx showmigrations: which migrations a database has.
local M = {
  name = "showmigrations", help = "show which migrations are applied",
  args = {
    { "--unapplied", help = "only those that are not" },
    { "--json", help = "print them as JSON" },
    { "--database", metavar = "ALIAS", default = "default", help = "of which database" },
    { "--dir", metavar = "DIR", help = "the folder of migrations" },
  },
  project = "databases",
}

local function collect(args, ctx)
  local graph = require("ryx.migrations.files.graph").load(ctx.project.dir)
  local applied = require("ryx.migrations.runner.record").applied(require("ryx.db").alias(args.database))
  local view, list = require("ryx.migrations.files.view")(graph.files, applied), require("ryx.value").json.array{}
  for _, file in ipairs(view.order) do
    local is_applied = view.is_applied[file.name]
    if not (args.unapplied and is_applied) then list[#list + 1] = { name = file.name, applied = is_applied } end
  end
  return list
end

function M.run(args, ctx)
  local out, list = ctx.out, collect(args, ctx)
  if args.json then
    out:json(list)
    return 0
  end
  for _, entry in ipairs(list) do
    out:line("%s %s", entry.applied and out:colour("green", "[X]") or "[ ]", entry.name)
  end
  return 0
end

return M
