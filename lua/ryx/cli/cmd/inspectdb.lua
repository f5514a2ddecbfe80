-- SPDX-License-Identifier: MIT
--- ryx inspectdb: models of the tables that a database has.
local errors = require "ryx.errors"

local M = {
  name = "inspectdb", help = "write models for the tables of a database",
  args = {
    { "--table", metavar = "TABLE", help = "only this one" },
    { "-o --output", metavar = "FILE", help = "write into this file, in place of standard output" },
    { "--database", metavar = "ALIAS", default = "default", help = "which database" },
  },
  project = "databases",
}

local function write(path, text)
  local file, why = io.open(path, "w")
  if not file then errors.raise("operational", "cannot write %s", why) end
  local ok, problem = file:write(text)
  file:close()
  if not ok then errors.raise("operational", "cannot write %s: %s", path, problem) end
end

function M.run(args, ctx)
  local text = require("ryx.migrations.inspect").run(args.database, args.table)
  if args.output then write(args.output, text) else ctx.out:line("%s", (text:gsub("\n$", ""))) end
  return 0
end

return M
