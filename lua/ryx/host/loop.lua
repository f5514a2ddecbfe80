-- SPDX-License-Identifier: MIT
-- Tasks as coroutines for hosts whose engine runs inline (plain Lua, luv, outer
-- loops): who runs, who waits for which slot, who is ready to go on.
--
-- Only coroutines made here yield. In the main chunk and in a user's own
-- coroutine a wait runs the scheduler nested until its own slot is done.
local core = require "ryx.core"
local errors = require "ryx.errors"
local queue = require "ryx.host.queue"
local report = require "ryx.host.report"
local wrap = require "ryx.host.generator"

local M = {}

local NESTED_MAX = 100

local main = { name = "main" }
M.current_task = main
M.live = 0 -- tasks that have not ended
M.runs = 0 -- ryx.run at work, which raises what nobody waited for

local n_sleeping = 0
local depth = 0

M.engine, M.sends = queue.engine, queue.engine
M.set_engine, M.forget_engine, M.pop = queue.set_engine, queue.forget_engine, queue.pop

--- Closes the engine, unless tasks are still alive: they may sleep on it.
function M.close()
  if M.live == 0 then queue.close() end
end

function M.current()
  return M.current_task
end

function M.in_task()
  return M.current_task ~= main
end

--- Tasks that wait for a statement, and timers.
function M.waiting()
  return queue.waiting
end

--- Lets a task go on to its next wait; returns what it yielded.
function M.resume(task, ...)
  local previous = M.current_task
  M.current_task = task
  local ok, what, detail, args = coroutine.resume(task.co, ...)
  M.current_task = previous
  if not ok then error(what, 0) end
  return what, detail, args
end

--- A slot finished: its task becomes ready, its timer fires.
function M.ready(slot)
  local waiting = queue.waiting
  local entry = waiting[slot]
  if not entry then return end
  waiting[slot] = nil
  if entry.fire then entry.fire() else queue.push(entry) end
end

--- Takes finished slots from the engine; true when there were any.
function M.collect()
  local any = false
  while queue.current do
    local slot = core.next(queue.current)
    if not slot then break end
    any = true
    M.ready(slot)
  end
  return any
end

--- Runs what is ready now; true when something was.
function M.run_ready()
  local any = false
  for _ = 1, queue.n_ready() do
    local task = queue.pop()
    if not task then break end
    any = true
    M.resume(task)
  end
  return any
end

local function idle(e)
  core.poll(e, -1)
end

-- Waits until the engine has something to do.
M.idle = idle

--- Has wait(descriptor of the engine, milliseconds or -1) wait in the place of the engine, so that
--- it may wait for something else as well; nil takes it back.
function M.idle_with(wait)
  M.idle = wait and function(e)
    local ms, err = core.pump(e)
    if not ms then errors.fail(err) end
    if not M.collect() and queue.n_ready() == 0 then wait(core.fd(e), ms) end
  end or idle
end

local function turn(own)
  if M.run_ready() then
    -- The main task's own slot may be finished as well: look before blocking.
    if queue.current then core.poll(queue.current, 0) end
  else
    if not own and next(queue.waiting) == nil then
      errors.raise("misuse", "every task waits for another one: nothing can go on")
    end
    M.idle(M.engine())
  end
  M.collect()
end

local function drive(done, own)
  if depth >= NESTED_MAX then
    errors.raise("misuse", "%d coroutines wait inside one another; make generators with ryx.wrap", NESTED_MAX)
  end
  depth = depth + 1
  local ok, err = pcall(function()
    while not done() do turn(own) end
  end)
  depth = depth - 1
  if not ok then error(err, 0) end
end
M.drive = drive

local function take_interrupt(task)
  local err = task.interrupt
  task.interrupt = nil
  return err
end

-- Yields until the scheduler resumes the task; false when it cannot yield here.
local function yields(task, what, detail)
  return wrap.reaches(task) and wrap.yield(what, detail)
end

-- Waits where it cannot yield: in the main chunk, in a user's coroutine, inside a call
-- of C.
local function block(task, e, slot)
  if not task.external then return drive(function() return core.done(e, slot) end, true) end
  local ok, err = core.wait(e, slot, -1)
  if ok == nil then errors.fail(err) end
end

local function wait_task(task, e, slot, alias)
  task.slot = slot
  task.waits_on, task.waits_since = alias, alias and core.clock()
  queue.waiting[slot] = task
  local ok, err = true, nil
  if not yields(task, "wait", slot) then
    queue.waiting[slot] = nil
    ok, err = pcall(block, task, e, slot)
  end
  task.slot, task.waits_on = nil, nil
  if ok then return end
  core.drop(e, slot)
  error(err, 0)
end

--- Waits until a slot is finished. A task that was interrupted meanwhile raises
--- that here, unless `shield` (ends of transactions are not interrupted). A statement that has
--- a connection of `alias` for itself says so.
function M.wait(e, slot, shield, alias)
  if M.live == 0 then
    local ok, err = core.wait(e, slot, -1)
    if ok == nil then errors.fail(err) end
    return
  end
  local task = M.current_task
  if task.interrupt and not shield then core.cancel(e, slot) end
  if not core.done(e, slot) then
    task.shield = shield
    wait_task(task, e, slot, alias)
    task.shield = nil
  end
  if task.interrupt and not shield then
    core.drop(e, slot)
    error(take_interrupt(task), 0)
  end
end

-- Calls fn after some seconds; returns a function that takes that back.
local function after(seconds, fn)
  local e = M.engine()
  local slot, err = core.sleep(e, seconds)
  if not slot then errors.fail(err) end
  local timer = {}
  timer.fire = function()
    n_sleeping = n_sleeping - 1
    core.drop(e, slot)
    fn()
  end
  queue.waiting[slot] = timer
  n_sleeping = n_sleeping + 1
  return function()
    if queue.waiting[slot] ~= timer then return end
    queue.waiting[slot] = nil
    n_sleeping = n_sleeping - 1
    core.drop(e, slot)
  end
end

local function park(task)
  task.parked = true
  if yields(task, "park") then return end
  task.parked = nil
  drive(function() return task.woken or task.interrupt end)
end

--- Waits until M.wake(task), at most some seconds; may return early, so callers look
--- at their condition.
function M.park(seconds)
  local task = M.current_task
  if not task.woken and not task.interrupt then
    local undo = seconds and after(seconds, function() M.wake(task) end)
    local ok, err = pcall(park, task)
    if undo then undo() end
    if not ok then error(err, 0) end
  end
  task.woken = nil
  if task.interrupt then error(take_interrupt(task), 0) end
end

function M.wake(task)
  task.woken = true
  if task.parked then
    task.parked = nil
    queue.push(task)
  end
end

--- Makes a task's present (or next) wait raise err, cancelling its query.
function M.interrupt(task, err)
  if task.done then return end
  task.interrupt = err
  if task.parked then
    M.wake(task)
  elseif task.slot and not task.shield then
    core.cancel(queue.current, task.slot)
  end
end

function M.sleep(seconds)
  local e = M.engine()
  local slot, err = core.sleep(e, seconds)
  if not slot then errors.fail(err) end
  n_sleeping = n_sleeping + 1
  local ok, why = pcall(M.wait, e, slot)
  n_sleeping = n_sleeping - 1
  core.drop(e, slot)
  if not ok then error(why, 0) end
end

--- Sleeps and timers under way: requests that nobody forgot.
function M.sleeping()
  return n_sleeping
end

--- Makes a task of a body and lets it start soon.
function M.start(task, body)
  task.co = coroutine.create(function()
    body()
    M.live = M.live - 1
  end)
  M.live = M.live + 1
  queue.push(task)
end

local failure

--- Tells of the error of a task that nobody waits for: ryx.run raises the first, unless
--- somebody joins the task yet.
function M.failed(err, trace, task)
  if M.runs > 0 and (not failure or failure[3].watched) then
    failure = { err, trace, task }
  else
    report.report(err, trace)
  end
end

--- The first such error in a table, or nil; it is forgotten here.
function M.take_failure()
  local f = failure
  failure = nil
  return f and not f[3].watched and f or nil
end

--- coroutine.wrap whose waits pass through to the scheduler.
function M.wrap(fn)
  return wrap.new(fn, M.current)
end

return M
