-- SPDX-License-Identifier: MIT
--- ryx migrate: brings databases to a migration, forwards or backwards.
local M = {
  name = "migrate", help = "apply migrations, or take them back",
  args = {
    { "target", metavar = "NAME", optional = true,
      help = "the migration to end with, by its name or the beginning of it, or zero; all of them when not given" },
    { "--fake", help = "note migrations as applied, or as not, and touch no table" },
    { "--fake-initial", help = "take the tables of a first migration that are there as they are" },
    { "--plan", help = "print what would be done, do nothing" },
    { "--dry-run", help = "print the SQL of what would be done, do nothing" },
    { "--json", help = "print the result as JSON" },
    { "--prove", help = "apply, take back and apply again each migration in a scratch database, over rows; no more" },
    { "--prove-url", metavar = "URL", help = "an empty database to do that in" },
    { "--database", metavar = "ALIAS", help = "this database only, instead of all that models are on" },
    { "--dir", metavar = "DIR", help = "the folder of migrations" },
    { "--wait", metavar = "SECONDS", number = true, help = "for another migrator to end, 60 when not given" },
    { "--lock-timeout", metavar = "SECONDS", number = true,
      help = "for the lock of a table on PostgreSQL, 5 when not given" },
    { "--lock-retries", metavar = "N", number = true,
      help = "how often such a lock is tried again, 10 when not given" },
  },
  project = "models",
}

local DONE = { applied = "applied", reversed = "took back", noted = "noted" }

-- The databases that are meant.
local function aliases_of(args, graph)
  if args.database then return { args.database } end
  return require("ryx.migrations.runner").aliases(graph)
end

local function list(items, fn)
  local out = require("ryx.value").json.array{}
  for i, item in ipairs(items) do out[i] = fn(item) end
  return out
end

-- Calls fn(alias, prefix) for each database; the prefix of lines names it where there are several.
local function each(aliases, fn)
  local db = require "ryx.db"
  for _, name in ipairs(aliases) do
    fn(db.alias(name), aliases[2] and ("[%s] "):format(name) or "")
  end
end

local function previews(args, graph, ctx)
  local runner, all = require "ryx.migrations.runner", {}
  require("ryx.cli.project").look_only(ctx.project)
  each(aliases_of(args, graph), function(alias, prefix)
    for _, entry in ipairs(runner.preview(alias, graph, args.target)) do
      entry.alias, entry.prefix = alias, prefix
      all[#all + 1] = entry
    end
  end)
  return all
end

local function operations_of(entry)
  return list(entry.recorded and {} or entry.file.operations, function(op) return op:describe() end)
end

local function doing(entry)
  if entry.recorded then return "note" end
  return entry.backwards and "take back" or "apply"
end

-- How much of it a run before has done.
local function part_of(entry)
  if entry.n_done == 0 then return "" end
  return entry.n_done == 1 and " (1 step is done)" or (" (%d steps are done)"):format(entry.n_done)
end

local function nothing(ctx) return require("ryx.cli.project").nothing(ctx.project, "Nothing to do") end

local function print_plan(entries, args, ctx)
  local out = ctx.out
  if args.json then
    out:json{ plan = list(entries, function(entry)
      return {
        name = entry.name, database = entry.alias.name, backwards = entry.backwards, operations = operations_of(entry),
      }
    end) }
    return 0
  end
  for _, entry in ipairs(entries) do
    out:line("%s%s %s%s", entry.prefix, doing(entry), out:colour("bold", entry.name), part_of(entry))
    for _, text in ipairs(operations_of(entry)) do out:line("  %s", text) end
  end
  if not entries[1] then out:line("%s", nothing(ctx)) end
  return 0
end

local function script_of(entry)
  local context = require "ryx.migrations.dialect.context"
  return require("ryx.migrations.ddl.script").text(context.of(entry.alias), entry.steps)
end

local function print_sql(entries, args, ctx)
  local out = ctx.out
  if args.json then
    out:json{ plan = list(entries, function(entry)
      return { name = entry.name, database = entry.alias.name, backwards = entry.backwards, sql = script_of(entry) }
    end) }
    return 0
  end
  for _, entry in ipairs(entries) do
    out:line("-- %s%s %s%s", entry.prefix, doing(entry), entry.name, part_of(entry))
    out:write(script_of(entry))
  end
  if not entries[1] then out:line("-- %s", nothing(ctx)) end
  return 0
end

-- What is under way, as a line on a terminal that is drawn again and again.
local function follower(out, prefix)
  local progress = out:progress()
  return function(event)
    local text = prefix .. event.name
    if event.kind == "step" then
      local number = event.of and ("%d/%d "):format(event.number, event.of) or ""
      progress:step(("%s: %s%s"):format(text, number, event.what))
    elseif event.kind == "rows" then
      progress:step(("%s: %d of %d rows"):format(text, event.done, event.of))
    elseif event.kind == "locked" then
      progress:clear()
      out:err("%s waits for the lock of a table (%d of %d): %s", text, event.try, event.of, event.message)
    else
      progress:clear()
    end
  end
end

local function report(done, prefix, out)
  local time = out:is_terminal("stdout") and ("  %.2f s"):format(done.seconds) or ""
  out:line("%s%s %s%s", prefix, out:colour("green", DONE[done.outcome]), done.name, time)
end

-- Each is reported when it is done: the next may fail.
local function migrate(alias, prefix, graph, args, out, all)
  local follow = follower(out, prefix)
  require("ryx.migrations.runner").migrate(alias, graph, args.target, {
    fake = args.fake, fake_initial = args.fake_initial, wait = args.wait, lock_timeout = args.lock_timeout,
    lock_retries = args.lock_retries,
    warn = function(text) out:err("%s %s%s", out:colour("yellow", "warning:", "stderr"), prefix, text) end,
    progress = function(event)
      follow(event)
      if event.kind ~= "end" then return end
      event.database = alias.name
      all[#all + 1] = event
      if not args.json then report(event, prefix, out) end
    end,
  })
end

local function data(event)
  return {
    name = event.name, database = event.database, backwards = event.backwards, noted = event.outcome == "noted",
    seconds = event.seconds,
  }
end

function M.run(args, ctx)
  local out = ctx.out
  local graph = require("ryx.cli.project").graph(ctx.project)
  if args.prove or args.prove_url then return require("ryx.cli.prove")(args, ctx, graph, aliases_of(args, graph)) end
  if args.plan then return print_plan(previews(args, graph, ctx), args, ctx) end
  if args.dry_run then return print_sql(previews(args, graph, ctx), args, ctx) end
  local all = {}
  each(aliases_of(args, graph), function(alias, prefix) migrate(alias, prefix, graph, args, out, all) end)
  if args.json then
    out:json{ applied = list(all, data) }
  elseif not all[1] then
    out:line("%s", nothing(ctx))
  end
  return 0
end

return M
