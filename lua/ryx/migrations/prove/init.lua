-- SPDX-License-Identifier: MIT
-- ryx migrate --prove: each migration is applied, taken back and applied again in an empty database, over rows. The way
-- back must lead to what was before it, and the second time to what the first made.
local apply = require "ryx.migrations.runner.apply"
local context = require "ryx.migrations.dialect.context"
local db = require "ryx.db"
local diff = require "ryx.migrations.diff"
local errors = require "ryx.errors"
local hints_along = require "ryx.migrations.state.hints_along"
local introspect = require "ryx.migrations.introspect"
local noop = require("ryx.migrations.operation.run").noop
local operation_steps = require "ryx.migrations.runner.operation_steps"
local record = require "ryx.migrations.runner.record"
local risk = require "ryx.migrations.schema.risk"
local run = require "ryx.db.run"
local sample = require "ryx.migrations.prove.sample"
local schema_of = require "ryx.migrations.schema"
local snapshot = require "ryx.migrations.prove.snapshot"
local touched = require "ryx.migrations.state.touched"
local value = require "ryx.value"
local words_of = require "ryx.migrations.diff.words"

local M = {}

local OURS = { ryx_migrations = true, ryx_migration_steps = true, ryx_prove = true }
local UNKNOWN = "which should not be there"

-- What a database holds now: { schema, rows }.
local function look(ctx)
  local schema = introspect.run(ctx.alias)
  for key in pairs(OURS) do schema.tables[key] = nil end
  return { schema = schema, rows = snapshot.take(ctx, schema) }
end

local function by_name(t)
  local set = {}
  for _, c in ipairs(t.columns) do set[c.name] = c end
  return set
end

-- Does a column keep every value that the other one has?
local function keeps(from, to)
  if to.generated or from.generated then return false end
  return risk.holds(to.type, from.type) and not (from.null and not to.null)
end

-- Each column of before that is one of after as well: fn(table before, column, table after, column).
local function each_known(before, after, along, fn)
  for key, t in pairs(before.tables) do
    local new_key = along.tables[key] or key
    local other, renamed = after.tables[new_key], along.columns[new_key] or {}
    local columns = other and by_name(other) or {}
    for _, c in ipairs(other and t.columns or {}) do
      local to = columns[renamed[c.name] or c.name]
      if to then fn(key, c, new_key, to) end
    end
  end
end

local function add(set, key, column)
  set[key] = set[key] or {}
  set[key][column] = true
end

-- The columns whose values the way forth and back leaves as they were.
local function kept(before, after, along)
  local set = {}
  each_known(before, after, along, function(key, c, _, to)
    if keeps(c, to) then add(set, key, c.name) end
  end)
  return set
end

-- The columns that are another value each time: moments, what functions and the database make.
local function made_anew(alias, state)
  local set = {}
  for _, meta in ipairs(operation_steps.metas(alias, state)) do
    local key = schema_of.key{ name = meta.table_name, schema = meta.schema }
    for _, f in ipairs(meta.fields) do
      local is_anew = f.auto or f.auto_value or type(f.default) == "function" or value.is_expression(f.db_default)
      if is_anew then add(set, key, f.column) end
    end
  end
  return set
end

-- The columns that have the same values each time: of tables that were there before.
local function repeated(job, before, after, along)
  local set, anew, known = {}, made_anew(job.alias, job.with), {}
  each_known(before, after, along, function(_, _, key, to)
    add(set, key, to.name)
    add(known, key, to.name)
  end)
  for key in pairs(known) do
    for _, c in ipairs(after.tables[key].columns) do
      if not (anew[key] or {})[c.name] then add(set, key, c.name) end
    end
  end
  return set
end

-- Is nothing undone by something that changes rows?
local function leaves_rows(file)
  for _, op in ipairs(file.operations) do
    if op.run and (op.backwards == noop or type(op.backwards) == "table" and not op.backwards[1]) then return true end
  end
  return false
end

local function is_reversible(file)
  for _, op in ipairs(file.operations) do
    if not op.is_reversible then return false end
  end
  return true
end

local function note_all(job, when, lines)
  for _, line in ipairs(lines) do table.insert(job.problems, when .. line) end
end

local function compare(job, when, was, is, known)
  local changes = diff.run(is.schema, was.schema, nil, job.ctx.dialect)
  note_all(job, when, words_of(changes, job.ctx.dialect, UNKNOWN))
  if known then note_all(job, when, snapshot.compare(was.rows, is.rows, known)) end
end

-- Schemas that tables are in are the user's to make, in the database that is meant.
local function make_schemas(job)
  for _, meta in ipairs(job.ctx.dialect.has_schemas and operation_steps.metas(job.alias, job.with) or {}) do
    if meta.schema then
      run.execute_sql(job.alias, nil, "CREATE SCHEMA IF NOT EXISTS " .. job.ctx.quote(meta.schema))
    end
  end
end

local function travel(job, backwards)
  job.progress{ kind = "begin", name = job.file.name, backwards = backwards }
  apply.run(job.alias, job.file, job.without, backwards, { progress = job.progress })
  db.schema_changed(job.alias)
  return look(job.ctx)
end

local function fill(job)
  job.sampler:fill(job.with, touched(job.without, job.with), function(text) job.notes[text] = true end)
end

-- Forth, back and forth. What is in the way is told with the way that it was in.
local function forth_and_back(job)
  make_schemas(job)
  local before = look(job.ctx)
  local along = hints_along.new()
  along:go(job.ctx, job.file.operations, job.without)
  job.way = "apply"
  local first = travel(job, false)
  fill(job)
  if not is_reversible(job.file) then
    job.outcome = "irreversible"
    return
  end
  job.way = "take back"
  local back = travel(job, true)
  compare(job, "taken back: ", before, back,
    not leaves_rows(job.file) and kept(before.schema, first.schema, along) or nil)
  if job.problems[1] then return end
  job.way = "apply again"
  local second = travel(job, false)
  compare(job, "applied again: ", first, second, repeated(job, before.schema, first.schema, along))
  fill(job)
end

local PASSES = { cancelled = true, connection = true }

local function prove(job)
  local ok, err = pcall(forth_and_back, job)
  if not ok then
    if not errors.is_error(err) or PASSES[err.kind] then error(err, 0) end
    table.insert(job.problems, ("cannot %s: %s"):format(job.way or "begin", err.message))
  end
  if job.problems[1] then job.outcome = "failed" end
end

local function silent() end

--- Proves the files on the way to a target, nil: all, on an alias that leads to an empty database: the list of what
--- was done, { name, outcome = "proven", "irreversible" or "failed", problems = lines, notes = set of lines }. It ends
--- with the first that failed. progress(event) is told what runner.migrate tells.
function M.run(alias, graph, target, progress)
  graph:head()
  local ctx, sampler, done = context.of(alias), sample.new(alias), {}
  record.create(alias, "migrations")
  for entry, without, with in graph:walk({}, graph:plan({}, target)) do
    local job = {
      alias = alias, ctx = ctx, file = entry.file, without = without, with = with, sampler = sampler,
      progress = progress or silent, outcome = "proven", problems = {}, notes = {},
      way = nil, -- what is being done
    }
    prove(job)
    job.progress{ kind = "end", name = entry.file.name }
    done[#done + 1] = { name = entry.file.name, outcome = job.outcome, problems = job.problems, notes = job.notes }
    if job.problems[1] then break end
  end
  return done
end

return M
