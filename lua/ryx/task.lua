-- SPDX-License-Identifier: MIT
-- Tasks: run, spawn, gather, sleep, timeout, wrap. What differs between hosts is
-- behind ryx.host.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local db = require "ryx.db"
local host = require "ryx.host"

local M = {}

local Task = {}
Task.__index = Task

local function finish(task, ok, ...)
  task.done, task.ok, task.values = true, ok, compat.pack(...)
  for stream in pairs(task.streams or {}) do stream:close() end
  for _, waiter in ipairs(task.waiters) do host.wake(waiter) end
  if not ok and not task.watched and not task.cancelled then host.failed((...)) end
end

local function start(fn, args, txs)
  local task = setmetatable({ fn = fn, waiters = {}, parent = host.current(), txs = txs }, Task)
  host.start(task, function() finish(task, pcall(fn, compat.unpack(args, 1, args.n))) end)
  return task
end

-- Waits until a task has ended; its parent is marked so that a child that needs
-- what the waiting parent holds can be told (ryx.query.run).
local function await(task)
  local me = host.current()
  task.watched = true
  if not task.done then
    table.insert(task.waiters, me)
    me.joining = (me.joining or 0) + 1
    local ok, err = pcall(function()
      while not task.done do host.park() end
    end)
    me.joining = me.joining > 1 and me.joining - 1 or nil
    if not ok then error(err, 0) end
  end
end

--- Waits for a task; returns what its function returned or raises its error.
function Task:join()
  await(self)
  if not self.ok then error(self.values[1], 0) end
  return compat.unpack(self.values, 1, self.values.n)
end

--- Stops a task: its query is cancelled and its next wait raises.
function Task:cancel()
  if self.done then return end
  self.cancelled = true
  host.interrupt(self, errors.new{ kind = "cancelled", message = "the task was cancelled" })
end

--- Starts fn(...) as a task of its own. It has no transaction unless given one
--- with :using(tx).  local task = ryx.spawn(fn)   task:join()
function M.spawn(fn, ...)
  errors.check_type(fn, "function", "ryx.spawn")
  if not host.may_spawn() then
    errors.raise("misuse", "ryx.spawn outside ryx.run: nothing would run the task")
  end
  return start(fn, compat.pack(...))
end

local function surface()
  local failed = host.take_failure()
  if failed then error(failed[1], 0) end
end

--- Runs fn(...) with the event loop; returns its values after all its tasks ended.
--- ryx.run(function() return Post.objects:count() end)
function M.run(fn, ...)
  errors.check_type(fn, "function", "ryx.run")
  if host.can_yield(host.current()) then return fn(...) end
  local task = start(fn, compat.pack(...))
  task.watched = true
  host.finish()
  if not task.ok then
    host.take_failure()
    error(task.values[1], 0)
  end
  surface()
  return compat.unpack(task.values, 1, task.values.n)
end

local SECONDS_MAX = 1e9

-- NaN fails every comparison, so it is no time either.
local function check_seconds(seconds, what)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= SECONDS_MAX) then
    errors.raise("misuse", "%s: seconds are a number from 0 to %g, not %s", what, SECONDS_MAX, compat.show(seconds))
  end
end

--- Lets other tasks run for some seconds.  ryx.sleep(0.5)
function M.sleep(seconds)
  check_seconds(seconds, "ryx.sleep")
  host.sleep(seconds)
end

local function deadline(err, seconds, fn, ...)
  local task = host.current()
  local undo = host.after(seconds, function() host.interrupt(task, err) end)
  local results = compat.pack(pcall(fn, ...))
  undo()
  if task.interrupt == err then task.interrupt = nil end
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

-- The same in a task that shares the caller's transactions, when the caller
-- itself cannot be interrupted.
local function deadline_as_task(err, seconds, fn, ...)
  local me = host.current()
  me.txs = me.txs or {}
  local task = start(deadline, compat.pack(err, seconds, fn, ...), me.txs)
  task.fn = fn
  return task:join()
end

--- Calls fn(...); after `seconds` its query is cancelled and TimeoutError raised.
--- ryx.timeout(0.5, function() return Post.objects:count() end)
function M.timeout(seconds, fn, ...)
  check_seconds(seconds, "ryx.timeout")
  errors.check_type(fn, "function", "ryx.timeout")
  local err = errors.new{ kind = "timeout", message = ("timed out after %g s"):format(seconds) }
  if host.can_yield(host.current()) then return deadline(err, seconds, fn, ...) end
  return deadline_as_task(err, seconds, fn, ...)
end

local function cancel_all(tasks)
  for _, t in ipairs(tasks) do
    t.watched = true
    t:cancel()
  end
  for _, t in ipairs(tasks) do await(t) end
end

-- Workers take functions from the list in order; `results[i]` is a packed table.
local function work(fns, results, state)
  while state.next <= #fns and not state.failed do
    local i = state.next
    state.next = i + 1
    host.current().fn = fns[i]
    local got = compat.pack(pcall(fns[i]))
    if not got[1] then
      state.failed = state.failed or { got[2] }
      host.wake(state.owner)
      return
    end
    results[i] = got
  end
end

local function run_all(fns, limit)
  local results, workers = {}, {}
  local state = { next = 1, owner = host.current() }
  for i = 1, math.min(limit, #fns) do
    workers[i] = start(work, compat.pack(fns, results, state))
    workers[i].watched = true
  end
  local ok, err = pcall(function()
    for _, w in ipairs(workers) do
      -- A failure elsewhere wakes this wait early.
      while not w.done and not state.failed do
        table.insert(w.waiters, state.owner)
        state.owner.joining = true
        host.park()
      end
    end
  end)
  state.owner.joining = nil
  if not ok or state.failed then
    state.failed = state.failed or { err }
    cancel_all(workers)
    error(ok and state.failed[1] or err, 0)
  end
  return results
end

--- Runs functions at once. gather(f, g) returns the first value of each in order;
--- gather({ f, g, ... }, { limit = n }) a list. The first error cancels the rest.
function M.gather(first, ...)
  if type(first) == "table" then
    local options = ... or {}
    errors.check_options(options, { limit = true }, "ryx.gather")
    local limit = options.limit or math.max(#first, 1)
    errors.check_whole(limit, 1, "ryx.gather: limit")
    for _, fn in ipairs(first) do errors.check_type(fn, "function", "ryx.gather") end
    local results = run_all(first, limit)
    for i = 1, #first do
      local value = results[i][2]
      if value == nil then value = db.null end
      results[i] = value
    end
    return results
  end
  local fns = compat.pack(first, ...)
  local n = first == nil and fns.n == 1 and 0 or fns.n
  for i = 1, n do errors.check_type(fns[i], "function", "ryx.gather") end
  local results = run_all(fns, n)
  for i = 1, n do results[i] = results[i][2] end
  return compat.unpack(results, 1, n)
end

--- Runs fn(...) soon, where its queries may wait: for phases of nginx that cannot
--- (log, header_filter, ...). Elsewhere it is a task nobody waits for, or runs at
--- once when no task could run.  ryx.enqueue(function() Visit.objects:create{ path = path } end)
function M.enqueue(fn, ...)
  errors.check_type(fn, "function", "ryx.enqueue")
  if host.enqueue then return host.enqueue(fn, ...) end
  if not host.may_spawn() then
    fn(...)
    return
  end
  start(fn, compat.pack(...))
end

--- coroutine.wrap for generators that query.  for x in ryx.wrap(function() ... end) do
function M.wrap(fn)
  errors.check_type(fn, "function", "ryx.wrap")
  return host.wrap(fn)
end

function errors.running_function()
  return host.current().fn
end

return M
