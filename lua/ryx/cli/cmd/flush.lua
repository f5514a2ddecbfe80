-- SPDX-License-Identifier: MIT
--- ryx flush: deletes all rows of the models' tables.
local M = {
  name = "flush", help = "delete all rows of the models, keep the tables",
  args = {
    { "--yes", help = "ask nothing" },
  },
  project = "models",
}

local function plural(n, what)
  return ("%d %s%s"):format(n, what, n == 1 and "" or "s")
end

local function may_go(out, text)
  while true do
    local line = out:ask(text .. " [y/n] ")
    local letter = line and line:lower():match("^%s*([yn])")
    if line == nil or letter then return letter == "y" end
  end
end

local function say_where(aliases)
  local db, names = require "ryx.db", {}
  for i, alias in ipairs(aliases) do names[i] = db.show(alias.name) end
  return table.concat(names, " and ")
end

function M.run(args, ctx)
  local out = ctx.out
  local groups, aliases = require("ryx.migrations.schema.by_alias").group(ctx.project.models)
  if not aliases[1] then
    out:line("There are no models.")
    return 0
  end
  if not args.yes then
    if not out:is_terminal("stdin") or not out:is_terminal("stderr") then
      require("ryx.errors").raise("misuse", "flush deletes all rows in %s: say --yes where nobody can be asked",
        say_where(aliases))
    end
    if not may_go(out, ("This deletes all rows of the models in %s. Go on?"):format(say_where(aliases))) then
      out:err("Nothing is deleted.")
      return 1
    end
  end
  for _, alias in ipairs(aliases) do
    local n = require("ryx.migrations.rows").empty(alias, groups[alias].metas)
    out:line("%s: %s emptied", alias.name, plural(n, "table"))
  end
  return 0
end

return M
