-- SPDX-License-Identifier: MIT
-- What holds while a function runs: a transaction, a deadline, strictness, waiting for
-- tasks. A scope belongs to one task and to the coroutine that opened it. It is in
-- force there and in the coroutines resumed from inside it; while its coroutine is
-- suspended it is in force for nobody.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local host = require "ryx.host"
local report = require "ryx.host.report"

local running, status = compat.running, coroutine.status

local M = {
  -- Open transactions and deadlines, at least: with 0 nobody needs to look.
  n_tx = 0, n_due = 0,
}

-- A user's coroutine -> the task whose scopes it opened, for when another resumes it.
local owners = setmetatable({}, { __mode = "k" })

-- Only the frames of a coroutine hold its scopes: one that was collected is a hole
-- (nil) in the list of its task, one that was closed is false.
local weak = { __mode = "v" }

local function holder()
  if next(owners) == nil then return host.current() end
  return owners[running()] or host.current()
end

local function count(s, d)
  if s.alias then M.n_tx = M.n_tx + d end
  if s.due then M.n_due = M.n_due + d end
end

local function trim(task)
  local list, n = task.scopes, task.n_scopes
  while n > 0 and not list[n] do
    list[n] = nil
    n = n - 1
  end
  task.n_scopes = n
end

local function unwatch(state)
  local undo = state.unwatch
  state.unwatch = nil
  if undo then undo() end
end

-- A scope that is never closed is collected with its coroutine. A transaction that has
-- something to tell then counts until it was told.
local function guard(state, kind, lost)
  return compat.guard(function()
    if not state.is_open then return end
    unwatch(state)
    if not (lost and lost()) then count(kind, -1) end
  end)
end

local TX, DUE = { alias = true }, { due = true }

local function flush()
  if report.n_kept > 0 then M.n_tx = M.n_tx - report.flush() end
end

local function open(s)
  local task, co = holder(), running()
  s.task, s.co = task, co
  if host.enter then
    host.enter(task, s.frame)
  elseif co and co ~= task.co then
    owners[co] = task
  end
  if not task.scopes then task.scopes, task.n_scopes = setmetatable({}, weak), 0 end
  s.at = task.n_scopes + 1
  task.n_scopes = s.at
  task.scopes[s.at] = s
  count(s, 1)
  -- The main chunk is never collected.
  if co and (s.alias or s.due) then
    s.state = { is_open = true }
    s.guard = guard(s.state, s.alias and TX or DUE, s.lost)
    if s.gone then s.state.unwatch = host.watch(s.frame, s.gone) end
  end
end

local function has_open(task, co)
  for i = 1, task.n_scopes do
    local s = task.scopes[i]
    if s and s.co == co then return true end
  end
  return false
end

local function close(s)
  local task = s.task
  if s.state then s.state.is_open = false end
  count(s, -1)
  task.scopes[s.at] = false
  trim(task)
  if host.leave then
    host.leave(task, s.frame)
  elseif s.co and not has_open(task, s.co) then
    owners[s.co] = nil
  end
end

--- Does a scope of the running task hold here?
function M.in_force(s)
  if not s.co then return true end
  if host.in_force then return host.in_force(s.co, s.frame) end
  local now = status(s.co)
  return now == "running" or now == "normal"
end
local in_force = M.in_force

-- Of a task that waits, no coroutine runs; but where they are used again, a scope may be
-- one of an earlier use.
local function is_open(s)
  return not host.in_force or in_force(s)
end

-- Transactions that were opened inside this one and are open yet.
local function abandon_above(s)
  local list = s.task.scopes
  for i = s.task.n_scopes, s.at + 1, -1 do
    local inner = list[i]
    if inner and inner.alias == s.alias then inner.tx:abandon() end
  end
end

-- A message handler. An error of ryx carries its traceback; that of any other value
-- is kept by the task.
local function traced(e)
  if not errors.is_error(e) then
    local task = holder()
    if not (task.raised and rawequal(task.raised[1], e)) then task.raised = { e, errors.traceback(2) } end
  elseif e.trace == nil then
    e.trace = errors.traceback(2)
  end
  return e
end
M.traced = traced

--- The traceback of an error that a task raised, or nil.
function M.trace_of(task, e)
  if errors.is_error(e) then return e.trace end
  return task.raised and rawequal(task.raised[1], e) and task.raised[2] or nil
end

--- Runs fn(...) with a scope open; the packed results of pcall.
--- scope.call({ due = { at = clock, err = err } }, fn)
function M.call(s, fn, ...)
  local results
  -- A function of its own: while it is on the stack of the coroutine, the scope lives.
  local function frame(...)
    results = compat.pack(compat.xpcall(fn, traced, ...))
  end
  s.frame = frame
  if not s.alias then errors.started(frame, fn) end
  open(s)
  frame(...)
  if s.alias then abandon_above(s) else errors.started(frame, nil) end
  close(s)
  return results
end

--- The same, whose error goes on up: returns what fn returns.
function M.run(s, fn, ...)
  local results = M.call(s, fn, ...)
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

--- Where a scope is opened that may be left open, and the traceback: in a coroutine of
--- the user's, or a light thread.
function M.origin()
  local co = running()
  if co and co ~= host.current().co then return errors.where(), errors.traceback(4) end
end

--- What the scope's transaction holds has ended: nobody needs to be told when its
--- coroutine is gone.
function M.unwatch(s)
  if s.state then unwatch(s.state) end
end

--- The transaction that is current here, or nil. One whose coroutine is suspended was
--- left, and is rolled back now.
function M.tx(alias)
  flush()
  local task = holder()
  if task.scopes then
    trim(task)
    for i = task.n_scopes, 1, -1 do
      local s = task.scopes[i]
      if s and s.alias == alias then
        if in_force(s) then return s.tx end
        s.tx:abandon()
      end
    end
  end
  return task.txs and task.txs[alias]
end

--- The earliest deadline in force here: { at, err }, or nil.
function M.due()
  local task = holder()
  local first = task.due
  for i = 1, task.n_scopes or 0 do
    local s = task.scopes[i]
    local due = s and s.due
    if due and (not first or due.at < first.at) and in_force(s) then first = due end
  end
  return first
end

--- The seconds that are left to the deadline in force here, and its error; or nil.
function M.left()
  local due = M.n_due > 0 and M.due()
  if due then return due.at - host.clock(), due.err end
end

--- Has the deadline in force here passed?
function M.is_late()
  local left = M.left()
  return left ~= nil and left <= 0
end

local function has(task, field, holds)
  for i = 1, task.n_scopes or 0 do
    local s = task.scopes[i]
    if s and s[field] and holds(s) then return true end
  end
  return false
end

--- Is a scope with that field in force here?
function M.find(field)
  return has(holder(), field, in_force)
end

--- Has a task a scope with that field, in force or not?
function M.has(task, field)
  return has(task, field, is_open)
end

--- Has a task a transaction open on an alias?
function M.holds(task, alias)
  for i = 1, task.n_scopes or 0 do
    local s = task.scopes[i]
    if s and s.alias == alias and not s.tx.ended and is_open(s) then return true end
  end
  return task.txs ~= nil and task.txs[alias] ~= nil
end

--- A task has ended: what its coroutines left open is given up. Another task may yet
--- resume such a coroutine, which is then told that its transaction has ended.
function M.end_task(task)
  for i = task.n_scopes or 0, 1, -1 do
    local s = task.scopes[i]
    if s and s.tx then s.tx:abandon() end
  end
  flush()
end

return M
