-- SPDX-License-Identifier: MIT
--- The ryx command: finds the command that is meant, reads its arguments, sets up what it needs
-- and runs it. Exit codes: 0, 1 it failed, 2 wrong usage, 130 interrupted.
local arguments = require "ryx.cli.arguments"
local commands = require "ryx.cli.commands"
local config = require "ryx.cli.config"
local errors = require "ryx.errors"
local help = require "ryx.cli.help"
local print_of = require "ryx.cli.print"

local M = {}

local FAILED, USAGE, CLOSED = 1, 2, 141

local function usage_error(ctx, what, text)
  ctx.out:err("ryx: %s\n", what)
  ctx.out:err("%s", (text:gsub("\n$", "")))
  return USAGE
end

-- One readable block.
local function report(ctx, err)
  local text = tostring(err)
  ctx.out:err("%s %s", ctx.out:colour("red", "ryx:", "stderr"), text)
  if ctx.args and ctx.args.json then ctx.out:json{ error = text } end
  return FAILED
end

-- An error of ryx says all in one line; anything else is a defect, and wants a traceback.
local function traced(err)
  if errors.is_error(err) or err == print_of.CLOSED then return err end
  if type(err) == "table" and getmetatable(err) == nil and err.kind and err.message then return err.message end
  local text = tostring(err)
  return text:find("\nstack traceback:", 1, true) and text or debug.traceback(text, 2)
end

-- Calls fn, which answers with an exit code; what it raises becomes one.
local function guarded(ctx, fn)
  local ok, result = xpcall(fn, traced)
  if ok then ok, result = pcall(function() ctx.out:flush() return result end) end
  if ok then return result or 0 end
  if result == print_of.CLOSED then return CLOSED end
  local told, code = pcall(report, ctx, result)
  return told and code or FAILED
end

local function open(command, ctx)
  ctx.config = config.load(ctx.args)
  if command.project == "config" then return end
  ctx.project = require("ryx.cli.project").open(ctx.config, command.project)
end

local function execute(command, ctx)
  if not command.project then return command.run(ctx.args, ctx) end
  return require("ryx.cli.task").run(ctx, function()
    open(command, ctx)
    return command.run(ctx.args, ctx)
  end)
end

local function slice(words, from, to)
  local out = {}
  for i = from, math.min(to or #words, #words) do out[#out + 1] = words[i] end
  return out
end

-- Those of a command that hands the rest on as it stands end with its first plain one.
local function divide(command, rows, words)
  if not command.verbatim then return words, {} end
  local last = arguments.first_plain(rows, words) or #words
  return slice(words, 1, last), slice(words, last + 1)
end

-- Runs a command with what its words say, and those before its name, where they say nothing.
local function start(command, ctx, args, common)
  for name, value in pairs(common) do
    if args[name] == nil then args[name] = value end
  end
  if args.help then
    ctx.out:write(help.command(command))
    return 0
  end
  ctx.args = args
  return execute(command, ctx)
end

local function run_command(command, ctx, common, after)
  local rows = arguments.rows(command.args)
  local words, rest = divide(command, rows, after)
  -- Help is there although arguments lack.
  if arguments.asks_help(words) then return start(command, ctx, { help = true }, common) end
  local args, wrong = arguments.parse(rows, words)
  if not args then return usage_error(ctx, wrong, help.command(command)) end
  args.rest = rest
  return start(command, ctx, args, common)
end

-- A plugin's arguments are its own business, but for those that every command takes.
local function run_plugin(name, ctx, common, after)
  local words, rest = arguments.pick_common(after)
  local args, wrong = arguments.parse(arguments.COMMON, words)
  if not args then return usage_error(ctx, wrong, help.all(commands.all())) end
  args.rest = rest
  config.enter{ config = args.config or common.config }
  local plugin, near = commands.plugin(name)
  if plugin then return start(plugin, ctx, args, common) end
  local hint = near and (" (did you mean %q?)"):format(near) or ""
  return usage_error(ctx, ("there is no command %q%s"):format(name, hint), help.all(commands.all()))
end

local ALIASES = { ["--version"] = "version", ["-v"] = "version" }

local function main(ctx, args)
  local words = slice(args, 1)
  words[1] = ALIASES[words[1]] or words[1]
  local at = arguments.first_plain(arguments.COMMON, words)
  local name, after = at and words[at], slice(words, (at or #words) + 1)
  local common, wrong = arguments.parse(arguments.COMMON, slice(words, 1, at and at - 1))
  if not common then return usage_error(ctx, wrong, help.all(commands.all())) end
  if name == "help" then name, after = after[1], { "--help" } end
  if not name then
    ctx.out:write(help.all(commands.all()))
    return 0
  end
  local command = commands.own(name)
  if command then return run_command(command, ctx, common, after) end
  return run_plugin(name, ctx, common, after)
end

--- Runs the command that the words name, of the ryx of that version.
-- main({ [0] = "ryx", "run", "script.lua" }, "0.1.0")  -> exit code
function M.main(args, version, out)
  local ctx = { version = version, argv = args, out = out or print_of.new(), traced = traced }
  return guarded(ctx, function() return main(ctx, args) end)
end

return M
