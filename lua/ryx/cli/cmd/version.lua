-- SPDX-License-Identifier: MIT
--- ryx version: which ryx, which Lua, which databases.
local system = require "ryx.cli.system"

local M = {
  name = "version", help = "print the version",
  args = {
    { "-v --verbose", help = "with the databases that this ryx was built for" },
    { "--json", help = "as one line of JSON" },
  },
}

function M.run(args, ctx)
  local out = ctx.out
  if args.json then
    out:json{ version = ctx.version, lua = _VERSION, databases = system.databases() }
    return 0
  end
  out:line("ryx %s (%s)", ctx.version, _VERSION)
  if args.verbose then out:line("databases: %s", table.concat(system.databases(), ", ")) end
  return 0
end

return M
