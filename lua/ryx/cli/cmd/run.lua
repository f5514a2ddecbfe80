-- SPDX-License-Identifier: MIT
--- ryx run: runs a Lua script with ryx at hand, the models loaded and the databases set up.
local config = require "ryx.cli.config"
local errors = require "ryx.errors"
local system = require "ryx.cli.system"
local unpack = require("ryx.compat").unpack

local M = {
  name = "run", help = "run a Lua script with the models loaded",
  args = {
    { "script", metavar = "SCRIPT", help = "the script; - is standard input. What follows it is its own" },
  },
  verbatim = true,
}

-- The global `arg` as lua(1) sets it: the script is 0, what follows is 1..n,
-- what stands before it is negative.
local function script_args(args, argv)
  local out, first = { [0] = args.script }, #argv - #args.rest
  for i = 0, #argv do out[i - first] = argv[i] end
  return out
end

local function run_script(args, ctx)
  local chunk, err = loadfile(args.script ~= "-" and args.script or nil)
  if not chunk then errors.raise("misuse", "%s", err) end
  local rest = script_args(args, ctx.argv)
  rawset(_G, "arg", rest)
  system.die_of_pipes()
  chunk(unpack(rest))
  return 0
end

-- Without any configuration a script runs as lua(1) runs it: in the main chunk, no database set up.
function M.run(args, ctx)
  local settings = config.load(args)
  if next(settings.databases) == nil and settings.models[1] == nil then return run_script(args, ctx) end
  return require("ryx.cli.task").run(ctx, function()
    ctx.project = require("ryx.cli.project").open(settings, "models")
    return run_script(args, ctx)
  end)
end

return M
