-- SPDX-License-Identifier: MIT
-- ryx migrate --prove: what it prints.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local json = require("ryx.value").json
local project = require "ryx.cli.project"
local prove = require "ryx.migrations.prove"
local scratch = require "ryx.migrations.prove.scratch"

local COLOUR = { proven = "green", irreversible = "yellow", failed = "red" }

local function report(entry, prefix, out)
  out:line("%s%s %s", prefix, out:colour(COLOUR[entry.outcome], entry.outcome), entry.name)
  for _, line in ipairs(entry.problems) do out:line("  %s", line) end
end

local function warn(entry, prefix, out)
  for _, note in ipairs(compat.sorted_keys(entry.notes)) do
    out:err("%s %s%s: %s", out:colour("yellow", "warning:", "stderr"), prefix, entry.name, note)
  end
end

local function follower(out, prefix)
  local progress = out:progress()
  return function(event)
    if event.kind == "step" then
      progress:step(("%s%s: %s"):format(prefix, event.name, event.what))
    else
      progress:clear()
    end
  end
end

-- What one database says of the migrations.
local function run(name, prefix, graph, args, ctx)
  local setup, follow = project.look_only(ctx.project), follower(ctx.out, prefix)
  if not setup[name] then require("ryx.db").alias(name) end
  local function try(alias) return prove.run(alias, graph, args.target, follow) end
  if args.prove_url then return scratch.run_on(setup, name, args.prove_url, try) end
  return scratch.run(setup, name, try, function(text)
    ctx.out:err("%s %s%s", ctx.out:colour("yellow", "warning:", "stderr"), prefix, text)
  end)
end

local function data(entry, name)
  local problems, notes = json.array{}, json.array(compat.sorted_keys(entry.notes))
  for i, line in ipairs(entry.problems) do problems[i] = line end
  return { name = entry.name, database = name, outcome = entry.outcome, problems = problems, notes = notes }
end

--- Proves the migrations for each database: 1 where one does not hold.
return function(args, ctx, graph, aliases)
  local out, list, code = ctx.out, json.array{}, 0
  if args.prove_url and aliases[2] then
    errors.raise("misuse", "the migrations are for the databases %s, and --prove-url names one: say --database ALIAS",
      table.concat(aliases, ", "))
  end
  for _, name in ipairs(aliases) do
    local prefix = aliases[2] and ("[%s] "):format(name) or ""
    for _, entry in ipairs(run(name, prefix, graph, args, ctx)) do
      list[#list + 1] = data(entry, name)
      warn(entry, prefix, out)
      if not args.json then report(entry, prefix, out) end
      if entry.outcome == "failed" then code = 1 end
    end
  end
  if args.json then
    out:json{ proved = list }
  elseif not list[1] then
    out:line("%s", project.nothing(ctx.project, "Nothing to prove"))
  end
  return code
end
