-- SPDX-License-Identifier: MIT
-- Applies one migration to a database: in one transaction where the database can hold all its steps, else piece by
-- piece with a journal, so that one that failed or was killed goes on where it stopped.
local context = require "ryx.migrations.dialect.context"
local errors = require "ryx.errors"
local file_steps = require "ryx.migrations.runner.file_steps"
local journal_of = require "ryx.migrations.runner.journal"
local record = require "ryx.migrations.runner.record"
local step_of = require "ryx.migrations.ddl.step"
local statement = require "ryx.db.statement"
local task = require "ryx.host.task"
local transaction = require "ryx.db.transaction"

local M = {}

M.LOCK_TIMEOUT, M.LOCK_RETRIES = 5, 10 -- seconds; how often it is tried again

local LOCK_REFUSED = "55P03"
local PAUSE_MIN, PAUSE_MAX = 0.5, 5 -- seconds

local function tell(job, event)
  if not job.progress then return end
  event.name, event.backwards = job.file.name, job.backwards
  job.progress(event)
end

-- What is not the database's word on a step: the task ends.
local PASSES = { cancelled = true }

-- An error of a step, told with the migration and the step.
local function named(job, step, err)
  if not errors.is_error(err) then
    return errors.new{
      kind = "operational", message = ("the migration %s: %s: %s"):format(job.file.name, step.what, tostring(err)),
    }
  end
  if not PASSES[err.kind] and not err.migration then
    local what = step.what .. ": "
    if err.message:sub(1, #what) == what then what = "" end
    err.message = ("the migration %s: %s%s"):format(job.file.name, what, err.message)
    err.migration = job.file.name
  end
  return err
end

local function run(job, step)
  job.number = job.number + 1
  tell(job, { kind = "step", what = step.what, number = job.number, of = job.n_steps })
  local ok, err = pcall(step_of.run, job.alias, step)
  if not ok then error(named(job, step, err), 0) end
end

-- Calls fn in a transaction, in which others' locks are not waited for without end: who waits for one that changes a
-- table stops all who come after. It is tried again for as often as the job says.
local function in_transaction(job, fn)
  local timeout = job.ctx.dialect.lock_timeout
  local number, tries = job.number, 0
  while true do
    job.number = number
    local ok, err = pcall(transaction.run, function()
      if timeout then step_of.execute(job.alias, timeout(job.lock_timeout)) end
      fn()
    end, { alias = job.alias.name })
    if ok then return end
    if tries >= job.lock_retries or not (errors.is_error(err) and err.sqlstate == LOCK_REFUSED) then error(err, 0) end
    tries = tries + 1
    tell(job, { kind = "locked", message = err.message, try = tries, of = job.lock_retries })
    task.pause(math.min(PAUSE_MIN * 2 ^ (tries - 1), PAUSE_MAX))
  end
end

-- Where tables are made anew: all in one transaction, each operation looks at what those before it made.
local function in_one_piece(job)
  in_transaction(job, function()
    for _, act in ipairs(file_steps.acts(job.ctx, job.file, job.without, job.backwards, job.rows)) do
      for _, step in ipairs(act()) do run(job, step) end
    end
    record.note(job.alias, job.file, job.backwards)
  end)
end

-- May a transaction hold this step and what is noted of it?
local function is_held(ctx, step)
  if ctx.dialect.transactional then return not step.bare end
  return step.is_rows or not step.run and not statement.may_define(step.sql)
end

-- Steps in pieces: as many as a transaction holds, else one.
local function pieces_of(ctx, steps)
  local pieces = {}
  for i, step in ipairs(steps) do
    local last, held = pieces[#pieces], is_held(ctx, step)
    if held and last and last.held and ctx.dialect.transactional then
      last[#last + 1] = step
    else
      pieces[#pieces + 1] = { step, first = i, held = held }
    end
  end
  return pieces
end

local function run_held(job, journal, piece)
  local last = piece.first + #piece - 1
  if journal:state(last, piece[#piece]) == true then
    job.number = last
    return
  end
  local noted = journal.noted[last]
  in_transaction(job, function()
    journal.noted[last] = noted -- what an attempt before noted is not there
    for _, step in ipairs(piece) do run(job, step) end
    journal:note(last, piece[#piece], true)
  end)
end

-- What a database says of a thing that is made or gone already.
local function is_done_already(ctx, err)
  if not errors.is_error(err) then return false end
  local says = ctx.dialect.done_already or {}
  local text = says[err.code] or says[err.sqlstate]
  return text ~= nil and err.message:find(text, 1, true) ~= nil
end

-- Was the server there to answer? Else nobody knows what it did.
local function is_answer(err)
  return errors.is_error(err) and err.kind ~= "connection" and err.kind ~= "cancelled" and err.kind ~= "timeout"
end

local function run_bare(job, journal, number, step)
  local state = journal:state(number, step)
  if state == true then
    job.number = number
    return
  end
  if not state then journal:note(number, step, false) end
  local ok, err = pcall(run, job, step)
  if not ok and not (state == "begun" and is_done_already(job.ctx, err)) then
    if is_answer(err) then pcall(journal.take_back, journal, number) end
    error(err, 0)
  end
  journal:note(number, step, true)
end

local function run_pieces(job, pieces)
  local journal = job.journal
  for _, piece in ipairs(pieces) do
    if piece.held then
      run_held(job, journal, piece)
    else
      run_bare(job, journal, piece.first, piece[1])
    end
  end
end

-- No migration can come before one that is begun, so what is in its way is put right by hand.
local function tell_rest(job, err)
  if not errors.is_error(err) or not err.migration or not job.journal:is_begun() then return end
  local from, to = err.message:find(step_of.BEFORE, 1, true)
  if from then err.message = err.message:sub(1, from - 1) .. " by hand" .. err.message:sub(to + 1) end
  err.message = err.message .. "; the steps before it are done, and ryx migrate goes on behind them"
end

local function in_pieces(job, pieces)
  record.create(job.alias, "steps")
  local journal = job.journal
  local ok, err = pcall(run_pieces, job, pieces)
  if not ok then
    tell_rest(job, err)
    error(err, 0)
  end
  transaction.run(function()
    record.note(job.alias, job.file, job.backwards)
    journal:close()
  end, { alias = job.alias.name })
end

local function in_transaction_or_pieces(job)
  local steps = file_steps.all(job.ctx, job.file, job.without, job.backwards, job.rows)
  job.n_steps = #steps
  local pieces = pieces_of(job.ctx, steps)
  if #pieces > 1 or pieces[1] and not pieces[1].held then return in_pieces(job, pieces) end
  in_transaction(job, function()
    for _, step in ipairs(steps) do run(job, step) end
    record.note(job.alias, job.file, job.backwards)
  end)
end

--- Applies a file to a database, or takes it back. `without` is the state without it; options: progress(event),
--- lock_timeout, lock_retries.
function M.run(alias, file, without, backwards, options)
  local job = {
    alias = alias, ctx = context.of(alias), file = file, without = without, backwards = backwards or false,
    progress = options.progress, number = 0, n_steps = nil, journal = options.journal,
    lock_timeout = options.lock_timeout or M.LOCK_TIMEOUT, lock_retries = options.lock_retries or M.LOCK_RETRIES,
  }
  job.journal = job.journal or journal_of.open(alias, file, job.backwards)
  function job.rows(done, of) tell(job, { kind = "rows", done = done, of = of }) end
  if job.ctx.dialect.rebuilds then in_one_piece(job) else in_transaction_or_pieces(job) end
end

return M
