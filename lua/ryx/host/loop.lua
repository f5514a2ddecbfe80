-- SPDX-License-Identifier: MIT
-- Tasks as coroutines for hosts whose engine runs inline (plain Lua, luv, outer
-- loops): who runs, who waits for which slot, who is ready to go on.
--
-- Only coroutines made here yield. In the main chunk and in a user's own
-- coroutine a wait runs the scheduler nested until its own slot is done.
local core = require "ryx.core"
local errors = require "ryx.errors"
local wrap = require "ryx.host.wrap"

local M = {}

local NESTED_MAX = 100

local main = { name = "main" }
M.current_task = main
M.live = 0 -- tasks that have not ended

local waiting, n_waiting = {}, 0 -- slot -> task, or a timer { fire = fn }
local ready, first, last = {}, 1, 0
local n_sleeping = 0
local depth = 0
local engine

function M.engine()
  if not engine then engine = core.open("inline") end
  return engine
end

-- Who waits and who is ready, of engines that are not the present one.
local aside = setmetatable({}, { __mode = "k" })

--- The engine of an outer loop; nil: one of our own is opened on next use. Each
--- engine has its own slots, so each has its own waiting and ready tasks.
function M.set_engine(e)
  if e == engine then return end
  if engine then aside[engine] = { waiting, n_waiting, ready, first, last } end
  local s = e and aside[e] or { {}, 0, {}, 1, 0 }
  waiting, n_waiting, ready, first, last = s[1], s[2], s[3], s[4], s[5]
  engine = e
end

--- An engine is gone, with all that waited on it.
function M.forget_engine(e)
  if e == engine then M.set_engine(nil) end
  aside[e] = nil
end

--- Closes the engine, unless tasks are still alive: they may sleep on it.
function M.close()
  if M.live > 0 then return end
  local e = engine
  engine, waiting, n_waiting = nil, {}, 0
  if e then core.close(e) end
end

function M.current()
  return M.current_task
end

local function push(task)
  last = last + 1
  ready[last] = task
end

--- The next task that can go on, or nil.
function M.pop()
  if first > last then
    first, last = 1, 0
    return nil
  end
  local task = ready[first]
  ready[first] = nil
  first = first + 1
  return task
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
  local entry = waiting[slot]
  if not entry then return end
  waiting[slot] = nil
  n_waiting = n_waiting - 1
  if entry.fire then entry.fire() else push(entry) end
end

--- Takes finished slots from the engine; true when there were any.
function M.collect()
  local any = false
  while engine do
    local slot = core.next(engine)
    if not slot then break end
    any = true
    M.ready(slot)
  end
  return any
end

--- Runs what is ready now; true when something was.
function M.run_ready()
  local stop = last
  local any = false
  while first <= stop do
    local task = M.pop()
    if not task then break end
    any = true
    M.resume(task)
  end
  return any
end

local function turn(own)
  if M.run_ready() then
    -- The main task's own slot may be finished as well: look before blocking.
    if engine then core.poll(engine, 0) end
  else
    if n_waiting == 0 and not own then
      errors.raise("misuse", "every task waits for another one: nothing can go on")
    end
    core.poll(M.engine(), -1)
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

local can_yield = wrap.reaches
M.can_yield = can_yield

local function take_interrupt(task)
  local err = task.interrupt
  task.interrupt = nil
  return err
end

-- Blocks for one slot.
local function block(e, slot)
  local ok, err = core.wait(e, slot, -1)
  if ok == nil then errors.fail(err) end
end

local function wait_task(task, e, slot)
  task.slot = slot
  if can_yield(task) then
    waiting[slot] = task
    n_waiting = n_waiting + 1
    coroutine.yield("wait", slot)
  elseif task.external then
    block(e, slot)
  else
    drive(function() return core.done(e, slot) end, true)
  end
  task.slot = nil
end

--- Waits until a slot is finished. A task that was interrupted meanwhile raises
--- that here, unless `shield` (ends of transactions are not interrupted).
function M.wait(e, slot, shield)
  if M.live == 0 then
    local ok, err = core.wait(e, slot, -1) -- block(), whose call would be felt
    if ok == nil then errors.fail(err) end
    return
  end
  local task = M.current_task
  if task.interrupt and not shield then core.cancel(e, slot) end
  if not core.done(e, slot) then
    task.shield = shield
    wait_task(task, e, slot)
    task.shield = nil
  end
  if task.interrupt and not shield then
    core.drop(e, slot)
    error(take_interrupt(task), 0)
  end
end

--- Waits until M.wake(task); may return early, so callers look at their condition.
function M.park()
  local task = M.current_task
  if not task.woken and not task.interrupt then
    if can_yield(task) then
      task.parked = true
      coroutine.yield("park")
    else
      drive(function() return task.woken or task.interrupt end)
    end
  end
  task.woken = nil
  if task.interrupt then error(take_interrupt(task), 0) end
end

function M.wake(task)
  task.woken = true
  if task.parked then
    task.parked = nil
    push(task)
  end
end

--- Makes a task's present (or next) wait raise err, cancelling its query.
function M.interrupt(task, err)
  if task.done then return end
  task.interrupt = err
  if task.parked then
    M.wake(task)
  elseif task.slot and not task.shield then
    core.cancel(engine, task.slot)
  end
end

--- Calls fn after some seconds; returns a function that takes that back.
function M.after(seconds, fn)
  local e = M.engine()
  local slot, err = core.sleep(e, seconds)
  if not slot then errors.fail(err) end
  local timer = {}
  timer.fire = function()
    n_sleeping = n_sleeping - 1
    core.drop(e, slot)
    fn()
  end
  waiting[slot] = timer
  n_waiting, n_sleeping = n_waiting + 1, n_sleeping + 1
  return function()
    if waiting[slot] ~= timer then return end
    waiting[slot] = nil
    n_waiting, n_sleeping = n_waiting - 1, n_sleeping - 1
    core.drop(e, slot)
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
  push(task)
end

local failure

--- Notes the error of a task that nobody waits for.
function M.failed(err)
  failure = failure or { err }
end

--- The first such error in a table, or nil; it is forgotten here.
function M.take_failure()
  local f = failure
  failure = nil
  return f
end

--- coroutine.wrap whose waits pass through to the scheduler.
function M.wrap(fn)
  return wrap.new(fn, M.current)
end

return M
