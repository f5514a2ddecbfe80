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
  local graph = require("ryx.cli.project").graph(ctx.project)
  require("ryx.cli.project").look_only(ctx.project)
  local alias, journal = require("ryx.db").alias(args.database), require "ryx.migrations.runner.journal"
  local applied = require("ryx.migrations.runner.record").applied(alias)
  local view, list = require("ryx.migrations.files.view")(graph.files, applied), require("ryx.value").json.array{}
  local begun, backwards = journal.unfinished(alias)
  for _, file in ipairs(view.order) do
    local is_applied, state = view.is_applied[file.name], file.name == begun and journal.words(backwards) or nil
    if not (args.unapplied and is_applied and not state) then
      list[#list + 1] = { name = file.name, applied = is_applied, state = state }
    end
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
    local state = entry.state and ("  (%s)"):format(entry.state) or ""
    out:line("%s %s%s", entry.applied and out:colour("green", "[X]") or "[ ]", entry.name, state)
  end
  return 0
end

return M
