-- SPDX-License-Identifier: MIT
-- ryx.advisory_lock(name, fn): one at a time under a name, among all that use a database. A hold is a lock while it
-- is tried and held; its scope (host/scope.lua) has the hold itself in the place of an alias, so that it is nobody's
-- current transaction, yet is given back like one when its task ends. By what it is held, its means, is a file per
-- dialect:
--
--   room(alias)    how many may be held at once, nil: any number
--   open(hold)     makes ready for a try, which may wait for a connection
--   take(hold)     tries once, without waiting for others: is it ours now?
--   give(hold)     gives back what the end alone would not
--   close(hold)    ends it; raises when what held it is gone
--   drop(hold)     ends it without waiting
--   holder(alias, name)   who has it, in words with a number; sign(alias): where only we can know, notes it
local admission = require "ryx.host.admission"
local compat = require "ryx.compat"
local core = require "ryx.core"
local db = require "ryx.db"
local errors = require "ryx.errors"
local host = require "ryx.host"
local report = require "ryx.host.report"
local run = require "ryx.db.run"
local scope = require "ryx.host.scope"
local task = require "ryx.host.task"

local M = {}

local OPTIONS = { wait = true, alias = true }

local PAUSE_MIN, PAUSE_MAX = 0.01, 0.1 -- seconds between two tries

local LATE = "the advisory lock %s was not free within %g s"
local CROWDED = "no connection was free for the advisory lock %s within %g s: other locks have all but one"

-- What has not ended, to be found by whoever wants one as well.
local holds = setmetatable({}, { __mode = "k" })

local Hold = {}
Hold.__index = Hold

-- Nothing more is done with it.
local function finish(hold)
  hold.ended, hold.busy, holds[hold] = true, nil, nil
  if hold.scope then scope.unwatch(hold.scope) end
end

local function error_of(hold)
  return errors.new{
    kind = "misuse", where = hold.where or "?", message = ("the advisory lock %s was left by a coroutine that nobody "
      .. "resumed, or by a request that ended: it was given back"):format(compat.show(hold.name)),
  }, hold.trace
end

--- Its coroutine will not give it back (scope.lua).
---@package
function Hold:abandon()
  if self.ended then return end
  finish(self)
  self.abandoned = true
  self.means.drop(self)
  report.report(error_of(self))
end

-- A function whose hold is its own: locals of a light thread that was killed are no more.
local function abandoning(hold)
  return function() hold:abandon() end
end

-- For the collector, which meets it with its coroutine.
local function losing(hold)
  return function()
    if hold.ended then return false end
    hold.ended = true
    hold.means.drop(hold)
    report.keep(error_of(hold))
    return true
  end
end

-- Tries to give the lock back; what went wrong remains in the hold. Whose time is up does not
-- wait for a server that may hang.
local function give_back(hold)
  if hold.ended then return end
  local is_late = scope.is_late()
  local ok, err = true, nil
  if hold.got and not is_late then ok, err = pcall(hold.means.give, hold) end
  finish(hold)
  if is_late then return hold.means.drop(hold) end
  if ok then ok, err = pcall(hold.means.close, hold) end
  if ok then return end
  hold.problem = err
  hold.means.drop(hold)
end

-- How many locks have a connection of the same pool, and how many of them are the caller's.
local function count(call)
  local n, own = 0, 0
  for hold in pairs(holds) do
    if hold.alias == call.alias and hold.engine == call.engine then
      n = n + 1
      if hold.owner == call.owner then own = own + 1 end
    end
  end
  return n, own
end

-- Is there a connection for one more lock, beside one for what the functions do?
local function has_room(call)
  local room = call.means.room(call.alias)
  if not room then return true end
  local n, own = count(call)
  if own >= room then
    errors.raise("misuse", "advisory_lock: a lock has a connection of its own while its function runs; with "
      .. "max_connections = %d none is left for what that of %s does", room + 1, compat.show(call.name))
  end
  return n < room
end

local function open(call)
  local hold = setmetatable({
    name = call.name, alias = call.alias, engine = call.engine, owner = call.owner, means = call.means,
    where = call.where, trace = call.trace,
  }, Hold)
  holds[hold] = true
  local ok, err = pcall(call.means.open, hold)
  if not ok then
    holds[hold] = nil
    error(err, 0)
  end
  hold.scope = { alias = hold, tx = hold, lost = losing(hold), gone = host.watch and abandoning(hold) }
  return hold
end

-- In the scope of the hold: the packed results of fn, false when the lock is another's.
local function try(hold, fn)
  hold.got = hold.means.take(hold)
  local results = hold.got and scope.call({}, fn)
  give_back(hold)
  return results
end

-- The lock was not held until the end, though fn does not know.
local function raise_problem(hold, err)
  if not errors.is_error(err) or err.kind == "cancelled" or err.kind == "timeout" then error(err, 0) end
  errors.raise("connection", "the advisory lock %s was lost while its function ran: %s", compat.show(hold.name),
    err.message)
end

-- Tries once: the packed results of fn, or false.
local function attempt(call, fn)
  call.is_crowded = not has_room(call)
  if call.is_crowded then return false end
  local hold = open(call)
  local tried = scope.call(hold.scope, try, hold, fn)
  if not tried[1] then
    if not hold.ended then
      finish(hold)
      hold.means.drop(hold)
    end
    error(tried[2], 0)
  end
  local results = tried[2]
  if not results then return false end
  if not results[1] then error(results[2], 0) end
  if hold.abandoned then
    errors.raise("misuse", "the advisory lock %s was given back before its function ended: its task had ended",
      compat.show(call.name))
  end
  if hold.problem then raise_problem(hold, hold.problem) end
  return results
end

-- Would the caller wait for itself, or for a task that waits for it?
local function refuse_own(call)
  for hold in pairs(holds) do
    if hold.name == call.name and hold.alias == call.alias and hold.got and not hold.ended then
      if hold.owner == call.owner then
        errors.raise("misuse", "advisory_lock: %s is held by this task already", compat.show(call.name))
      elseif admission.waits_for(hold.owner, host.current()) then
        errors.raise("misuse", "advisory_lock: %s is held by a task that waits for this one", compat.show(call.name))
      end
    end
  end
end

local function raise_timeout(call)
  errors.raise("timeout", call.is_crowded and CROWDED or LATE, compat.show(call.name), call.wait)
end

local function try_until(call, fn)
  local pause = PAUSE_MIN
  while true do
    refuse_own(call)
    local results = attempt(call, fn)
    if results then return results end
    local left = call.limit and call.limit - host.clock() or pause * 2
    if left <= 0 then raise_timeout(call) end
    task.pause(pause, left)
    pause = math.min(pause * 2, PAUSE_MAX)
  end
end

local function check_name(name)
  errors.check_type(name, "string", "advisory_lock")
  if name == "" or name:find("\0", 1, true) or not core.json_encode(name) then
    errors.raise("misuse", "advisory_lock: a name is text without NUL, not %s", compat.show(name))
  end
end

-- By what the locks of an alias are held.
local function means_of(alias)
  return require("ryx.db.lock." .. run.dialect(alias))
end

local function call_of(owner, name, options)
  local alias = db.alias(options.alias or "default")
  local call = { name = name, wait = options.wait, alias = alias, engine = host.sends(), owner = owner }
  call.means = means_of(alias)
  call.where, call.trace = scope.origin()
  call.limit = call.wait and host.clock() + call.wait
  return call
end

--- The same as run, for an owner that may be no task of ours.
function M.run_for(owner, name, fn, options)
  options = options or {}
  check_name(name)
  errors.check_type(fn, "function", "advisory_lock")
  errors.check_options(options, OPTIONS, "advisory_lock")
  if options.wait ~= nil then task.check_seconds(options.wait, "advisory_lock: wait") end
  local results = try_until(call_of(owner, name, options), fn)
  return compat.unpack(results, 2, results.n)
end

--- Has an alias no connection for a lock, beside one for what its function does?
function M.lacks_room(alias)
  local room = means_of(alias).room(alias)
  return room ~= nil and room < 1
end

--- Notes who has a lock that the caller has, where the database does not.
function M.sign(alias)
  local means = means_of(alias)
  if means.sign then means:sign(alias) end
end

--- Who has a lock, in words with a number, nil where nobody has it any more.
function M.holder(alias, name)
  return means_of(alias):holder(alias, name)
end

---@class ryx.AdvisoryLockOptions
---@field wait? number seconds until it is given up, 0: one try; for as long as it takes when not given
---@field alias? string

--- Calls fn when nobody else who uses the database is in a call under that name, and gives what it gives.
--- ryx.advisory_lock("nightly", function() ... end, { wait = 5 })
---@param name string
---@param fn fun(): any
---@param options? ryx.AdvisoryLockOptions
---@return any ...
function M.run(name, fn, options)
  return M.run_for(host.current(), name, fn, options)
end

return M
