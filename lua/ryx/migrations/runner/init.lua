-- SPDX-License-Identifier: MIT
-- Brings a database to a migration: which files are still to be applied or taken back, one migrator at a time, and
-- what is noted of it.
local apply = require "ryx.migrations.runner.apply"
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local db = require "ryx.db"
local errors = require "ryx.errors"
local file_steps = require "ryx.migrations.runner.file_steps"
local host = require "ryx.host"
local introspect = require "ryx.migrations.introspect"
local journal_of = require "ryx.migrations.runner.journal"
local lock = require "ryx.migrations.runner.lock"
local operation_steps = require "ryx.migrations.runner.operation_steps"
local record = require "ryx.migrations.runner.record"
local rehearsal = require "ryx.migrations.ddl.rehearsal"
local router = require "ryx.db.router"
local run = require "ryx.db.run"
local schema = require "ryx.migrations.schema"
local signals = require("ryx.signal").signals
local transaction = require "ryx.db.transaction"
local view_of = require "ryx.migrations.files.view"

local M = {}

local OPTIONS = {
  fake = true, fake_initial = true, wait = true, lock_timeout = true, lock_retries = true, progress = true,
  warn = true,
}

--- Warns of files that were applied and are others now.
function M.check_changed(graph, applied, warn)
  for _, name in ipairs(compat.sorted_keys(applied)) do
    local file, noted = graph.files[name], applied[name].checksum
    if file and type(noted) == "string" and noted ~= file.checksum then
      warn(("the migration %s was changed after it had been applied to this database"):format(name))
    end
  end
end

local function check_files(graph, applied, warn)
  M.check_changed(graph, applied, warn)
  for _, name in ipairs(graph:unknown(applied)) do
    warn(("the database has the migration %s, which is not in %s"):format(name, graph.dir))
  end
end

--- Refuses a file that cannot be taken back.
function M.check_way_back(file)
  for _, op in ipairs(file.operations) do
    if not op.is_reversible then
      errors.raise("misuse", "the migration %s is not reversible: %s says no way back (its second argument; m.noop "
        .. "where nothing has to be undone)", file.name, op:describe())
    end
  end
end

-- Nothing is taken back when something in the way cannot be.
local function check_ways_back(plan)
  for _, entry in ipairs(plan) do
    if entry.backwards then M.check_way_back(entry.file) end
  end
end

local function key_of(meta)
  return schema.key{ name = meta.table_name, schema = meta.schema }
end

-- The metas whose tables a file makes, by their keys: those of the state with it that the one without has not.
local function made_by(alias, without, with)
  local had, made = {}, {}
  for _, meta in ipairs(operation_steps.metas(alias, without)) do had[key_of(meta)] = true end
  for _, meta in ipairs(operation_steps.metas(alias, with)) do
    if not had[key_of(meta)] then made[key_of(meta)] = meta end
  end
  return made
end

local function renames_table(file)
  for _, op in ipairs(file.operations) do
    if op.kind == "rename_model" then return true end
  end
end

-- The keys of the tables that are there, of those that a file makes, and what lacks of the others.
local function find_tables(alias, made)
  local keys, there, lacking = compat.sorted_keys(made), {}, {}
  local tables = introspect.run(alias, { tables = keys }).tables
  for _, key in ipairs(keys) do
    local columns = {}
    for _, c in ipairs(tables[key] and tables[key].columns or {}) do columns[c.name] = true end
    table.insert(tables[key] and there or lacking, key)
    for _, f in ipairs(tables[key] and made[key].fields or {}) do
      if not columns[f.column] then lacking[#lacking + 1] = key .. "." .. f.column end
    end
  end
  return there, lacking
end

-- May a file be applied as if its tables were its own? Tables that no migration made are the user's.
local function is_there_already(alias, file, without, with, options)
  if renames_table(file) then return false end
  local there, lacking = find_tables(alias, made_by(alias, without, with))
  if not there[1] then return false end
  local names = table.concat(there, ", ")
  if not options.fake_initial or file.dependencies[1] then
    errors.raise("operational", "the migration %s makes %s, which %s there already, though no migration is noted that "
      .. "made %s: --fake-initial takes the tables of a first migration as they are", file.name, names,
      there[2] and "are" or "is", there[2] and "them" or "it")
  end
  if lacking[1] then
    errors.raise("operational", "the migration %s cannot be noted as applied: %s there, but %s not", file.name,
      names .. (there[2] and " are" or " is"), table.concat(lacking, ", ") .. (lacking[2] and " are" or " is"))
  end
  return true
end

local function note(alias, file, backwards)
  transaction.run(function()
    record.note(alias, file, backwards)
    journal_of.forget(alias, file.name)
  end, { alias = alias.name })
end

-- What is done in part is finished before anything else is done or taken back: nobody knows the tables else. So there
-- is something to do, too, where everything else is as it should be.
local function check_unfinished(alias, first)
  local name, backwards = journal_of.unfinished(alias)
  local is_first = first and first.file.name == name and (first.backwards or false) == backwards
  if name and not is_first then journal_of.refuse(name, backwards) end
end

-- Does one entry of a plan; gives what was done in words: "applied", "reversed", "noted".
local function do_entry(alias, entry, without, with, options)
  local file, backwards = entry.file, entry.backwards or false
  local journal = not entry.recorded and not options.fake and journal_of.open(alias, file, backwards)
  local is_noted = not journal
  if journal and not backwards and not journal:is_begun() then
    is_noted = is_there_already(alias, file, without, with, options)
  end
  if is_noted then
    note(alias, file, backwards)
    return "noted"
  end
  apply.run(alias, file, without, backwards, {
    journal = journal, progress = options.progress, lock_timeout = options.lock_timeout,
    lock_retries = options.lock_retries,
  })
  return backwards and "reversed" or "applied"
end

local function follow(alias, graph, applied, plan, options)
  local done = {}
  for entry, without, with in graph:walk(applied, plan) do
    local name, began = entry.file.name, host.clock()
    local backwards = entry.backwards or false
    options.progress{ kind = "begin", name = name, backwards = backwards }
    local outcome = do_entry(alias, entry, without, with, options)
    db.schema_changed(alias)
    local seconds = host.clock() - began
    options.progress{ kind = "end", name = name, backwards = backwards, outcome = outcome, seconds = seconds }
    done[#done + 1] = { name = name, backwards = backwards, outcome = outcome, seconds = seconds }
  end
  return done
end

local function silent() end

local function checked(alias, options)
  options = options or {}
  errors.check_options(options, OPTIONS, "migrate")
  local dialect = context.of(alias).dialect
  for _, name in ipairs{ "lock_timeout", "lock_retries" } do
    if options[name] ~= nil and not dialect.lock_timeout then
      errors.raise("unsupported", "%s: %s has no such limit for changes of tables", name, dialect.server)
    end
  end
  if run.current_tx(alias) then
    errors.raise("misuse", "migrations are applied in transactions of their own: call outside of ryx.transaction")
  end
  return compat.with(options, { progress = options.progress or silent, warn = options.warn or silent })
end

-- Where rows of a model are, without asking the model's class when nobody else decides.
local function alias_of(state, name)
  if router.current then return router.write(state:meta(name)).name end
  return state:get(name).options.database or "default"
end

--- The names of the databases that models of a graph are on, or have been, sorted; with those of `models`, a state.
function M.aliases(graph, models)
  local set = {}
  for _, file in ipairs(graph:order()) do
    for _, op in ipairs(file.operations) do
      if op.record and op.record.options and op.record.options.database then
        set[op.record.options.database] = true
      end
    end
  end
  for _, state in ipairs{ graph:state(), models } do
    for _, name in ipairs(state:names()) do set[alias_of(state, name)] = true end
  end
  if next(set) == nil then set.default = true end
  return compat.sorted_keys(set)
end

--- Brings a database to a target (nil: all files, "zero", a name or its beginning): the list of what was done,
--- { name, backwards, outcome = "applied", "reversed" or "noted", seconds }. options: fake, fake_initial, wait (seconds
--- for another migrator), lock_timeout (seconds), lock_retries, progress(event), warn(text). An event is { kind =
--- "begin", "step", "rows", "locked" or "end", name, backwards, ... }.
function M.migrate(alias, graph, target, options)
  options = checked(alias, options)
  graph:head()
  return lock.run(alias, options.wait, function()
    local applied = record.applied(alias)
    check_files(graph, applied, options.warn)
    local plan = graph:plan(applied, target)
    if not options.fake then
      check_ways_back(plan)
      check_unfinished(alias, plan[1])
    end
    signals.pre_migrate:send(alias.name, { alias = alias.name })
    local done = {}
    if plan[1] then
      record.create(alias, "migrations")
      done = follow(alias, graph, applied, plan, options)
    end
    signals.post_migrate:send(alias.name, { alias = alias.name })
    return done
  end)
end

-- The entries of a plan with their steps; those that a run before has done are only counted.
local function rehearsed(ctx, graph, applied, plan)
  local out, begun = {}, journal_of.unfinished(ctx.alias)
  for entry, without in graph:walk(applied, plan) do
    local file, backwards, n_done = entry.file, entry.backwards or false, 0
    local steps = entry.recorded and {} or file_steps.all(ctx, file, without, backwards)
    if file.name == begun then n_done, steps = journal_of.left(ctx.alias, begun, steps) end
    out[#out + 1] = {
      name = file.name, backwards = backwards, recorded = entry.recorded, file = file, n_done = n_done, steps = steps,
    }
  end
  return out
end

local function entries_of(alias, graph, applied, plan)
  if not plan[1] then return {} end
  return rehearsal.run(context.of(alias), false, function(ctx) return rehearsed(ctx, graph, applied, plan) end)
end

--- What migrate would do, without doing it: entries { name, backwards, recorded, n_done, steps }. Nothing is made, and
--- nobody is waited for.
function M.preview(alias, graph, target)
  graph:head()
  local applied = record.applied(alias)
  local plan = graph:plan(applied, target)
  check_ways_back(plan)
  check_unfinished(alias, plan[1])
  return entries_of(alias, graph, applied, plan)
end

--- The entries of what is not applied yet, whatever is in the way of it.
function M.pending(alias, graph)
  graph:head()
  local applied = record.applied(alias)
  return entries_of(alias, graph, applied, graph:plan(applied))
end

-- Is a file what would be done next in a direction, or after others that are to be applied?
local function way_to(graph, applied, file, backwards)
  local view = view_of(graph.files, applied)
  if not view.has[file.name] or view.is_applied[file.name] ~= backwards then return nil end
  local plan = graph:plan(applied, backwards and (file.dependencies[1] or "zero") or file.name)
  if backwards then return plan[1].file == file and { plan[1] } or nil end
  return plan
end

--- The steps of a file in a direction: from the tables that are there where it is to be applied to them, else from
--- those that the files before it make.
function M.steps_of(alias, graph, file, backwards)
  if backwards then M.check_way_back(file) end
  local applied, ctx = record.applied(alias), context.of(alias)
  local way = way_to(graph, applied, file, backwards)
  if way then
    local entries = rehearsal.run(ctx, false, function(staged) return rehearsed(staged, graph, applied, way) end)
    return entries[#entries].steps
  end
  return rehearsal.run(ctx, true, function(staged)
    local before = graph:files_before(file.name)
    if backwards then before[#before + 1] = file end
    for i = 1, staged.stage and #before or 0 do
      file_steps.all(staged, before[i], graph:state_before(before[i].name), false)
    end
    return file_steps.all(staged, file, graph:state_before(file.name), backwards)
  end)
end

return M
