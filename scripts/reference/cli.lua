#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes docs/reference/cli.md, or with the word "man" the manual page ryx.1, from the commands'
-- tables of arguments.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
-- What commands need of the system is there only inside the ryx command; their tables do without.
package.preload["ryx.cli.system"] = function() return {} end
local arguments = require "ryx.cli.arguments"
local commands = require "ryx.cli.commands"
local help = require "ryx.cli.help"

local CONFIGURATION = {
  "What counts, the first that says it:",
  { { "--url URL", "the database of the alias default." },
    { "RYX_DATABASE_URL", "the same, from the environment." },
    { "RYX_DB_ALIAS_URL", "the database of another alias: RYX_DB_REPLICA_URL is that of replica." },
    { "--config FILE", "a file of Lua that returns a table." },
    { "ryx.lua", "such a file in the working directory." } },
  "Keys of that table. Others are an error.",
  { { "database", "{ url =, pool = { options } }: the one of the alias default." },
    { "databases", "{ alias = { url =, pool = } }: several." },
    { "models", "the name of a module, or a list. What counts is every model declared while they load." },
    { "migrations", "the folder of migrations, migrations when not given, beside the file." },
    { "dev, test, prod", "sections with the same keys, which are merged over the rest when --env or RYX_ENV names them." } },
  "Modules are looked for in the folder of the file, then in the working directory.",
}
local ENVIRONMENT = {
  { "RYX_DATABASE_URL", "the database, unless --url says it." },
  { "RYX_DB_ALIAS_URL", "the database of an alias." },
  { "RYX_ENV", "dev, test or prod: the section of the configuration, unless --env says it." },
  { "NO_COLOR", "when it is not empty: no colours. There are none in pipes, and with TERM=dumb or without TERM." },
}
local CODES = {
  { "0", "it is done." },
  { "1", "it failed; standard error says why." },
  { "2", "wrong usage: the command's help is on standard error." },
  { "130", "it was interrupted; 143 by SIGTERM. What was under way is rolled back." },
}
local PLUGINS = "A Lua module ryx.cli.cmd.NAME on the path that returns { name =, args =, help =, run = } is the command "
  .. "NAME. run(args) gets its arguments as given, with the databases set up, and returns the exit code. It cannot "
  .. "replace a command of ryx."

local lines = {}
local function say(fmt, ...)
  lines[#lines + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
end

-- The page: markdown.
local page = {}

local function code(s)
  return "`" .. s:gsub("|", "\\|") .. "`"
end

function page.title(text) say("\n## %s\n", text) end
function page.command(command)
  say("\n## `ryx %s`\n\n%s.\n\n```sh\n%s\n```\n", command.name, (help.sentence(command.help)), help.usage(command))
end
function page.text(text) say("\n%s\n", text) end
function page.rows(rows)
  say "| | |"
  say "|---|---|"
  for _, row in ipairs(rows) do say("| %s | %s |", code(row[1]), (row[2]:gsub("|", "\\|"))) end
end

-- The manual page: roff.
local man = {}

local function roff(s)
  return (s:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^([.'])", "\\&%1"))
end

function man.title(text) say(".SH %s", text:upper()) end
function man.command(command)
  say(".SS %s\n%s.", roff(help.usage(command)), roff(help.sentence(command.help)))
end
function man.text(text) say(".PP\n%s", roff(text)) end
function man.rows(rows)
  for _, row in ipairs(rows) do say(".TP\n.B %s\n%s", roff(row[1]), roff(row[2])) end
end

local function rows_of(list, keep)
  local out = {}
  for _, row in ipairs(list) do
    if keep(row) then out[#out + 1] = { help.label(row), row.help } end
  end
  return out
end

local function all() return true end

local function write(form)
  form.title "With every command"
  form.rows(rows_of(arguments.COMMON, all))
  for i, command in ipairs(commands.all()) do
    if i == 1 and form == man then form.title "Commands" end
    form.command(command)
    local rows = rows_of(command.args, all)
    if rows[1] then form.rows(rows) end
  end
  form.title "Configuration"
  for _, part in ipairs(CONFIGURATION) do
    if type(part) == "table" then form.rows(part) else form.text(part) end
  end
  form.title "Environment"
  form.rows(ENVIRONMENT)
  form.title "Exit codes"
  form.rows(CODES)
  form.title "Plugins"
  form.text(PLUGINS)
end

if arg[1] == "man" then
  local header = assert(io.open("include/ryx.h")):read("*a")
  say('.TH RYX 1 "" "ryx %s"', header:match('RYX_VERSION "(.-)"'))
  say(".SH NAME\nryx \\- databases, models and migrations of a project")
  say(".SH SYNOPSIS\n.B ryx\nCOMMAND [OPTIONS]\n.SH DESCRIPTION")
  say("ryx makes and applies the migrations of the models that a project declares in Lua, and runs scripts with them at hand.")
  write(man)
else
  say "# The `ryx` command"
  say "\nMade by `make docs` from the commands' tables of arguments. With examples: [the guide](../guide/cli.md).\n"
  say("Also `man ryx`, and `ryx COMMAND --help`.")
  write(page)
end
io.write((table.concat(lines, "\n"):gsub("\n\n\n+", "\n\n")), "\n")
