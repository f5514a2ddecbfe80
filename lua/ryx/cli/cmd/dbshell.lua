-- SPDX-License-Identifier: MIT
--- ryx dbshell: becomes the database's own client, connected as ryx connects.
local errors = require "ryx.errors"
local system = require "ryx.cli.system"

local M = {
  name = "dbshell", help = "open the database's own client, connected as ryx connects",
  args = {
    { "-c --command", metavar = "SQL", help = "run this and end with the client's exit code" },
    { "--database", metavar = "ALIAS", default = "default", help = "which database" },
  },
  project = "databases",
}

local NO_SUCH_FILE = 2

-- Returns only when no program could be started.
local function become(client, option, command)
  for name, value in pairs(client.environment(option)) do system.set_environment(name, value) end
  for _, program in ipairs(client.programs) do
    local words = client.arguments(option, command, program)
    table.insert(words, 1, program)
    local _, why, code = system.become(words)
    if code ~= NO_SUCH_FILE then errors.raise("operational", "cannot start %s: %s", program, why) end
  end
  errors.raise("operational", "there is no %s on the PATH: install the database's client",
    table.concat(client.programs, " or "))
end

function M.run(args)
  local db = require "ryx.db"
  local alias = args.database
  local client = require("ryx.cli.client." .. db.show(alias):match("^%w+"))
  become(client, function(name) return db.option(alias, name) end, args.command)
end

return M
