-- SPDX-License-Identifier: MIT
-- ryx.run, spawn, gather, sleep, timeout, wrap: tasks. What differs between hosts is behind
-- ryx.host.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local host = require "ryx.host"
local report = require "ryx.host.report"
local admission = require "ryx.host.admission"
local scope = require "ryx.host.scope"
local value_of = require "ryx.value"

local M = {}

--- What ryx.spawn started.
---@class ryx.Task
local Task = {}
Task.__index = Task
Task.__tostring = function(task)
  return "<Task: " .. (not task.done and "under way" or task.ok and "ended" or "failed") .. ">"
end

local function finish(task, ok, ...)
  task.done, task.ok, task.values = true, ok, compat.pack(...)
  for stream in pairs(task.streams or {}) do stream:close() end
  scope.end_task(task)
  for _, waiter in ipairs(task.waiters) do host.wake(waiter) end
  if not ok and not task.watched and not task.cancelled then host.failed((...), scope.trace_of(task, (...)), task) end
end

local function start(fn, args, due)
  local parent = host.current()
  local task = setmetatable({ waiters = {}, parent = parent, due = due, tags = parent.tags,
    tag_text = parent.tag_text }, Task)
  local function body()
    finish(task, xpcall(fn, scope.traced, compat.unpack(args, 1, args.n)))
    errors.started(body, nil)
  end
  errors.started(body, fn)
  host.start(task, body)
  return task
end

-- Waits until is_over(), at most until the deadline of the block; looks every `pause` seconds
-- even if nobody wakes it.
local function park_until(is_over, needs_end, pause)
  while not is_over() do
    local left, late
    if not needs_end then left, late = scope.left() end
    if left and left <= 0 then error(late, 0) end
    host.park(left and pause and math.min(left, pause) or left or pause)
  end
end

--- Waits until is_over(), which somebody makes true who wakes this task; looks every `pause`
--- seconds besides.
function M.park_until(is_over, pause)
  park_until(is_over, false, pause)
end

-- Waits until a task has ended; with needs_end beyond a deadline. Meanwhile a task
-- that needs what this one holds is told at once (admission.lua).
local function await(task, needs_end)
  task.watched = true
  if task.done then return end
  local me = host.current()
  table.insert(task.waiters, me)
  admission.refuse_waiter(me, task)
  scope.run({ joining = true }, park_until, function() return task.done end, needs_end)
end

--- Waits for a task; returns what its function returned or raises its error.
--- local n = task:join()
---@return any ...
function Task:join()
  await(self)
  if not self.ok then error(self.values[1], 0) end
  return compat.unpack(self.values, 1, self.values.n)
end

--- Stops a task: its query is cancelled and its next wait raises.  task:cancel()
function Task:cancel()
  if self.done then return end
  self.cancelled = true
  host.interrupt(self, errors.new{ kind = "cancelled", message = "the task was cancelled" })
end

--- Starts fn(...) as a task of its own. It has no transaction unless given one
--- with :using(tx).  local task = ryx.spawn(fn)   task:join()
---@param fn function
---@param ... any
---@return ryx.Task
function M.spawn(fn, ...)
  errors.check_type(fn, "function", "ryx.spawn")
  if not host.may_spawn() then
    errors.raise("misuse", "ryx.spawn outside ryx.run: nothing would run the task")
  end
  return start(fn, compat.pack(...))
end

--- Runs fn(...) with the event loop; returns its values after all its tasks ended.
--- ryx.run(function() return Post.objects:count() end)
---@param fn function
---@param ... any
---@return any ...
function M.run(fn, ...)
  errors.check_type(fn, "function", "ryx.run")
  if host.in_task() then return fn(...) end
  local task = start(fn, compat.pack(...), scope.n_due > 0 and scope.due() or nil)
  task.watched = true
  host.finish()
  local failed = host.take_failure()
  if not task.ok then
    if failed then report.report(failed[1], failed[2]) end
    error(task.values[1], 0)
  end
  if failed then error(failed[1], 0) end
  return compat.unpack(task.values, 1, task.values.n)
end

local SECONDS_MAX = 1e9

--- Refuses what is no span of time; NaN fails every comparison, so it is none either.
function M.check_seconds(seconds, what)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= SECONDS_MAX) then
    errors.raise("misuse", "%s: seconds are a number from 0 to %g, not %s", what, SECONDS_MAX, compat.show(seconds))
  end
end

--- Lets other tasks run for some seconds.  ryx.sleep(0.5)
---@param seconds number
function M.sleep(seconds)
  M.check_seconds(seconds, "ryx.sleep")
  local left, late = scope.left()
  if not left or seconds < left then
    host.sleep(seconds)
    return
  end
  if left > 0 then host.sleep(left) end
  error(late, 0)
end

--- Waits before another try, about so many seconds, but at most `most`: those who wait for
--- the same thing do not try at the same moments.
function M.pause(seconds, most)
  seconds = seconds * (0.75 + host.clock() * 1e5 % 1 / 2)
  M.sleep(math.max(math.min(seconds, most or seconds), 0))
end

--- A deadline in some seconds, for a scope: `fn` is what has to end until then.
function M.deadline(seconds, fn, what)
  M.check_seconds(seconds, what)
  local err = errors.new{ kind = "timeout", message = ("timed out after %g s"):format(seconds) }
  err.where = err.where or errors.beginning(fn)
  return { at = host.clock() + seconds, err = err }
end

--- Calls fn(...); after `seconds` its query is ended and TimeoutError raised. Of nested
--- ones the earlier counts.
--- ryx.timeout(0.5, function() return Post.objects:count() end)
---@param seconds number
---@param fn function
---@param ... any
---@return any ... what fn returns
function M.timeout(seconds, fn, ...)
  errors.check_type(fn, "function", "ryx.timeout")
  return scope.run({ due = M.deadline(seconds, fn, "ryx.timeout") }, fn, ...)
end

local function cancel_all(tasks)
  for _, t in ipairs(tasks) do
    t.watched = true
    t:cancel()
  end
  for _, t in ipairs(tasks) do await(t, true) end
end

-- Workers take functions from the list in order; `results[i]` is a packed table.
local function work(fns, results, state)
  while state.next <= #fns and not state.failed do
    local i = state.next
    state.next = i + 1
    local got = scope.call({}, fns[i])
    if not got[1] then
      state.failed = state.failed or { got[2] }
      host.wake(state.owner)
      return
    end
    results[i] = got
  end
end

-- Starts the workers and waits for them; a failure of one ends the wait.
local function work_all(fns, results, state, n)
  local workers = state.workers
  local due = scope.n_due > 0 and scope.due() or nil
  for i = 1, n do
    workers[i] = start(work, compat.pack(fns, results, state), due)
    workers[i].watched = true
  end
  for _, w in ipairs(workers) do
    if not w.done then table.insert(w.waiters, state.owner) end
    park_until(function() return w.done or state.failed end)
  end
end

local function run_all(fns, limit)
  local results = {}
  local state = { next = 1, owner = host.current(), workers = {} }
  -- Where tasks run as soon as they are started, the owner waits from before that.
  local done = scope.call({ joining = true }, work_all, fns, results, state, math.min(limit, #fns))
  if done[1] and not state.failed then return results end
  cancel_all(state.workers)
  if not done[1] then error(done[2], 0) end
  error(state.failed[1], 0)
end

--- Runs functions at once. gather(f, g) returns the first value of each in order; with
--- a list, gather({ f, g, ... }, { limit = n }), a list. The first error cancels the rest.
--- local posts, authors = ryx.gather(count_posts, count_authors)
---@param first function|function[]
---@param ... function|{ limit?: integer } functions; after a list how many run at once, all when not given
---@return any ...
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
      if value == nil then value = value_of.null end
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
---@param fn function
---@param ... any
function M.enqueue(fn, ...)
  errors.check_type(fn, "function", "ryx.enqueue")
  if host.enqueue then
    host.enqueue(fn, ...)
    return
  end
  if not host.may_spawn() then
    fn(...)
    return
  end
  start(fn, compat.pack(...))
end

--- coroutine.wrap for generators that query.  for x in ryx.wrap(function() ... end) do
---@param fn function
---@return function
function M.wrap(fn)
  errors.check_type(fn, "function", "ryx.wrap")
  return host.wrap(fn)
end

return M
