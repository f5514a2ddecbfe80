-- SPDX-License-Identifier: MIT
-- ryx check: models against migrations, those against the live database; and what is to be applied yet risks.
-- Nothing is made, and nobody is waited for.
local autodetect = require "ryx.migrations.autodetect"
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local hints_along = require "ryx.migrations.state.hints_along"
local introspect = require "ryx.migrations.introspect"
local journal_of = require "ryx.migrations.runner.journal"
local operation_steps = require "ryx.migrations.runner.operation_steps"
local record = require "ryx.migrations.runner.record"
local rehearsal = require "ryx.migrations.ddl.rehearsal"
local runner = require "ryx.migrations.runner"
local schema = require "ryx.migrations.schema"
local words_of = require "ryx.migrations.diff.words"

local M = {}

local UNKNOWN = "of which no migration knows"

--- What models need that no file does: operations, and the questions about them that are open.
function M.models(graph, models)
  graph:head()
  return autodetect.run(graph:state(), models)
end

local function schema_of(alias, state)
  return schema.of(alias, operation_steps.metas(alias, state))
end

-- What a database has otherwise than the migrations say that it has applied.
local function differences(alias, graph, applied)
  local lines, ctx = {}, context.of(alias)
  for _, name in ipairs(graph:unknown(applied)) do
    lines[#lines + 1] = ("the migration %s is applied, and not in %s"):format(name, graph.dir)
  end
  local expected = schema_of(alias, graph:state_with(applied))
  local there = introspect.run(alias, { like = expected })
  for _, line in ipairs(words_of(diff.run(there, expected, nil, ctx.dialect), ctx.dialect, UNKNOWN)) do
    lines[#lines + 1] = line
  end
  return lines
end

-- What the steps of files that are not applied risk, each once.
local function warnings_of(entry)
  local list, seen = {}, {}
  for _, step in ipairs(entry.steps) do
    local id = step.risk and table.concat({ step.risk, step.column or "", step.what }, "\0")
    if id and not seen[id] then
      seen[id] = true
      list[#list + 1] = { kind = step.risk, migration = entry.name, column = step.column, step = step.what }
    end
  end
  return list
end

--- What a database lacks: { migrations = names of those that are not applied, database = lines, warnings = { { kind,
--- migration, column, step } ... } }. warn(text) is told of files that were changed after they had been applied.
function M.database(alias, graph, warn)
  local out, applied = { migrations = {}, warnings = {} }, record.applied(alias)
  runner.check_changed(graph, applied, warn)
  out.database = differences(alias, graph, applied)
  local begun, backwards = journal_of.unfinished(alias)
  if begun and backwards then table.insert(out.migrations, begun .. " (" .. journal_of.words(true) .. ")") end
  for _, entry in ipairs(runner.pending(alias, graph)) do
    table.insert(out.migrations, entry.name .. (entry.name == begun and " (" .. journal_of.words() .. ")" or ""))
    for _, warning in ipairs(warnings_of(entry)) do table.insert(out.warnings, warning) end
  end
  return out
end

-- The tables that are there of those that models or migrations know.
local function read(alias, known, after, released)
  local like, tables = { tables = {} }, {}
  for key, t in pairs(after.tables) do like.tables[key] = t end
  for key, t in pairs(known.tables) do like.tables[key] = t end
  for _, key in ipairs(compat.sorted_keys(like.tables)) do
    if not released[key] or after.tables[key] then tables[#tables + 1] = key end
  end
  return introspect.run(alias, { tables = tables, like = like })
end

--- The steps that bring a database to the models, whatever it is now; what functions and SQL of migrations do to rows
--- is not among them. `operations` are those of M.models.
function M.steps(alias, graph, operations)
  local ctx, along, applied = context.of(alias), hints_along.new(), record.applied(alias)
  for entry, without in graph:walk(applied, graph:plan(applied)) do
    if without then along:go(ctx, entry.file.operations, without) end
  end
  local models = along:go(ctx, operations, graph:state())
  local after = schema_of(alias, models)
  local before = read(alias, schema_of(alias, graph:state_with(applied)), after, along.released)
  local changes = diff.run(before, after, along, ctx.dialect)
  return rehearsal.run(ctx, false, function(staged) return ddl.steps(staged, changes) end)
end

return M
