-- SPDX-License-Identifier: MIT
-- The commands of ryx, each a module ryx.cli.cmd.NAME, and those of others on the path.
local errors = require "ryx.errors"
local modules = require "ryx.cli.modules"
local spelling = require "ryx.spelling"

local M = {}

--- Their names, in the order of the help.
M.NAMES = {
  "init",
  "run",
  "makemigrations",
  "migrate",
  "showmigrations",
  "sqlmigrate",
  "check",
  "dumpdata",
  "loaddata",
  "flush",
  "shell",
  "dbshell",
  "inspectdb",
  "graph",
  "types",
  "completions",
  "version",
}

-- A file init.lua would be the module of its folder.
local FILES = { init = "scaffold" }

local is_own = {}
for _, name in ipairs(M.NAMES) do is_own[name] = true end

--- One of ryx's own, or nil.
function M.own(name)
  return is_own[name] and require("ryx.cli.cmd." .. (FILES[name] or name)) or nil
end

--- All that ryx has.
function M.all()
  local out = {}
  for i, name in ipairs(M.NAMES) do out[i] = M.own(name) end
  return out
end

--- A command of somebody else's, found on package.path, which is called with its words as they
--- are given; or nil and the name that was meant perhaps.
function M.plugin(name)
  local module = "ryx.cli.cmd." .. name
  if not name:find("^%a[%w_-]*$") or not modules.path_of(module) then
    return nil, spelling.nearest(name, M.NAMES)
  end
  local found = require(module)
  if type(found) ~= "table" or type(found.run) ~= "function" then
    errors.raise("misuse", "the plugin %s is no command: it returns no { name =, args =, help =, run = }", module)
  end
  return {
    name = name, help = found.help or "a plugin", project = "databases",
    args = type(found.args) == "table" and table.concat(found.args, " ") or found.args or "",
    run = function(args)
      local code = found.run(args.rest)
      return type(code) == "number" and code or 0
    end,
  }
end

return M
