-- SPDX-License-Identifier: MIT
--- ryx check: do models, migrations and databases say the same?
local M = {
  name = "check", help = "compare models, migrations and databases; exit 1 when they differ",
  args = {
    { "--json", help = "print the result as JSON" },
    { "--sql", help = "print the SQL that would bring the databases to the models" },
    { "--models", metavar = "MODULE", help = "the module of models, instead of the configured ones" },
    { "--database", metavar = "ALIAS", help = "this database only, instead of all that models are on" },
    { "--dir", metavar = "DIR", help = "the folder of migrations" },
  },
  project = "models",
}

local function list(items, fn)
  local out = require("ryx.value").json.array{}
  for i, item in ipairs(items) do out[i] = fn and fn(item) or item end
  return out
end

-- What changed in models, as lines.
local function model_lines(operations, questions)
  local lines = list(operations, function(op) return op:describe() end)
  for _, q in ipairs(questions) do lines[#lines + 1] = require("ryx.migrations.autodetect.question").text(q) end
  return lines
end

local function add(to, items, prefix)
  for _, item in ipairs(items) do to[#to + 1] = type(item) == "string" and prefix .. item or item end
end

-- All databases together; lines name theirs where there are several.
local function look(graph, aliases, out)
  local db, drift = require "ryx.db", require "ryx.migrations.drift"
  local all = { migrations = list{}, database = list{}, warnings = list{} }
  for _, name in ipairs(aliases) do
    local prefix = aliases[2] and ("[%s] "):format(name) or ""
    local found = drift.database(db.alias(name), graph, function(text)
      out:err("%s %s%s", out:colour("yellow", "warning:", "stderr"), prefix, text)
    end)
    for _, warning in ipairs(found.warnings) do warning.database = name end
    for part, items in pairs(found) do add(all[part], items, prefix) end
  end
  return all
end

local function print_part(out, title, lines)
  if not lines[1] then return end
  out:line("%s", out:colour("red", title))
  for _, line in ipairs(lines) do out:line("  %s", line) end
end

local function warning_line(warning)
  local column = warning.column and (" (%s)"):format(warning.column) or ""
  return ("%s: %s%s is %s"):format(warning.migration, warning.step, column, warning.kind)
end

local function report(found, out)
  print_part(out, "Models have changed, and no migration says so:", found.models)
  print_part(out, "Migrations are not applied:", found.migrations)
  print_part(out, "The database is not what its migrations say:", found.database)
  for _, warning in ipairs(found.warnings) do
    out:line("%s %s", out:colour("yellow", "warning:"), warning_line(warning))
  end
  if found.ok then out:line("%s", out:colour("green", "Models, migrations and database say the same.")) end
end

-- The script for each database; what is not sure stands in comments.
local function scripts(graph, aliases, operations, questions)
  local lines = {}
  local text_of = require("ryx.migrations.autodetect.question").text
  for _, q in ipairs(questions) do lines[#lines + 1] = "-- " .. text_of(q) .. "\n" end
  for _, name in ipairs(aliases) do
    local alias = require("ryx.db").alias(name)
    local steps = require("ryx.migrations.drift").steps(alias, graph, operations)
    if aliases[2] and steps[1] then lines[#lines + 1] = ("-- [%s]\n"):format(name) end
    local context = require "ryx.migrations.dialect.context"
    lines[#lines + 1] = require("ryx.migrations.ddl.script").text(context.of(alias), steps)
  end
  return table.concat(lines)
end

function M.run(args, ctx)
  local out, runner = ctx.out, require "ryx.migrations.runner"
  require("ryx.cli.project").check_models(ctx.project)
  local graph = require("ryx.cli.project").graph(ctx.project)
  require("ryx.cli.project").look_only(ctx.project)
  local models = require("ryx.migrations.state").from_models(ctx.project.models)
  local operations, questions = require("ryx.migrations.drift").models(graph, models)
  local aliases = args.database and { args.database } or runner.aliases(graph, models)
  local found = look(graph, aliases, out)
  found.models = model_lines(operations, questions)
  found.ok = not (found.models[1] or found.migrations[1] or found.database[1])
  local sql = args.sql and scripts(graph, aliases, operations, questions)
  if args.json then
    found.sql = sql or nil
    out:json(found)
  elseif sql then
    out:write(sql)
  else
    report(found, out)
  end
  return found.ok and 0 or 1
end

return M
