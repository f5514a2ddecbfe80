-- SPDX-License-Identifier: MIT
-- ryx.transaction(fn): transactions with a function's extent: a nested one is a savepoint. The current
-- transaction is a scope (host/scope.lua) of the running task for an alias.
local admission = require "ryx.host.admission"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local ending = require "ryx.db.ending"
local holders = require "ryx.db.holders"
local host = require "ryx.host"
local report = require "ryx.host.report"
local run = require "ryx.db.run"
local scope = require "ryx.host.scope"
local task = require "ryx.host.task"

local M = {}

local OPTIONS = {
  alias = true, isolation = true, read_only = true, deferrable = true, retries = true, timeout = true,
}
local ISOLATION = { ["read committed"] = true, ["repeatable read"] = true, serializable = true }

-- What another try may help: by kind, and by number where the kind says less (a lock that
-- was not granted in time: MariaDB's 1205, SQLite's BUSY).
local RETRY = { serialization = true, deadlock = true }
local RETRY_CODE = { [1205] = true, [5] = true, [261] = true, [773] = true }

local PAUSE_MIN, PAUSE_MAX = 0.005, 0.25 -- seconds between two tries

--- A block of a transaction; `using` hands it on.
---@class ryx.Transaction
---@field attempt integer 1 in the first run, one more with each of `retries`
local Tx = { _class = "tx" }
Tx.__index = Tx
Tx.__tostring = function(tx) return "<transaction on " .. tx.alias.name .. ">" end

local function close_streams(tx)
  for stream in pairs(tx.streams or {}) do stream:close() end
end

--- Calls fn after the outermost commit; not at all when something rolls back.
--- tx:on_commit(function() notify(post) end)
---@param fn fun()
function Tx:on_commit(fn)
  errors.check_type(fn, "function", "on_commit")
  admission.refuse_ended(self)
  ending.add(self, "committed", fn)
end

--- Calls fn once when the block, or one around it, was undone, in each attempt that fails
--- too; not at all when all of them are committed.
--- tx:on_rollback(function() os.remove(path) end)
---@param fn fun()
function Tx:on_rollback(fn)
  errors.check_type(fn, "function", "on_rollback")
  admission.refuse_ended(self)
  ending.add(self, "undone", fn)
end

-- Nothing more is done in it: its number, and of the outermost one what the collector
-- would roll back.
local function finish(tx)
  close_streams(tx)
  tx.ended, tx.busy = true, nil
  if not tx.outer then holders.remove(tx) end
  tx.state.id = nil
  if tx.scope then scope.unwatch(tx.scope) end
  return tx.id
end

local function undo(tx)
  local id = finish(tx)
  tx.state.outcome = ending.ROLLED_BACK
  -- Whose time is up does not wait for a server that may hang.
  if not tx.outer and scope.is_late() then return run.drop_tx(id, tx.state.engine) end
  run.op(tx.alias, tx.outer and "rollback_to" or "rollback", id)
end

--- Undoes the block's work now; what is left of the block may not use it.  tx:rollback()
function Tx:rollback()
  admission.refuse_ended(self)
  local ok, err = pcall(undo, self)
  -- For its functions it is current no more.
  self.scope.alias = false
  local problem = ending.tell(self.state, self)
  self.scope.alias = self.alias
  if not ok then error(err, 0) end
  if problem then error(problem[1], 0) end
end

local function commit(tx)
  finish(tx)
  local ok, err = pcall(run.op, tx.alias, tx.outer and "release" or "commit", tx.id)
  if ok then
    tx.state.outcome = ending.COMMITTED
    return
  end
  if errors.is_error(err) and err.kind == "commit_unknown" then
    tx.state.outcome = ending.UNKNOWN
  else
    -- What could not be committed is rolled back; the first error is the one to tell.
    tx.state.outcome = ending.ROLLED_BACK
    pcall(run.op, tx.alias, tx.outer and "rollback_to" or "rollback", tx.id)
  end
  error(err, 0)
end

local LEFT = "a transaction was left open by a coroutine that nobody resumed, or by a request that ended: "
  .. "it was rolled back"

local function error_of(state)
  return errors.new{ kind = "misuse", message = LEFT, where = state.where or "?" }, state.trace
end

-- Does the outer block of a savepoint go on?
local function goes_on(outer, s)
  return not outer.ended and (outer.scope.task ~= s.task or scope.in_force(outer.scope))
end

--- Its coroutine will not end it: rolls it back and tells of it. What ends with the
--- transaction around it is not told of.
---@package
function Tx:abandon()
  if self.ended then return end
  local outer = self.outer
  local id = finish(self)
  self.abandoned = true
  if not outer then
    run.drop_tx(id, self.state.engine)
  elseif goes_on(outer, self.scope) then
    outer.inner = nil
    pcall(run.op, self.alias, "rollback_to", id)
  else
    return
  end
  self.state.outcome = ending.ROLLED_BACK
  report.report(error_of(self.state))
  ending.tell_aside(self.state, self)
end

local function begin(alias, outer, opts)
  local id, where
  if outer and outer.ended then
    errors.raise("misuse", "this transaction has ended; nothing can be nested in it")
  elseif outer then
    run.op(alias, "savepoint", outer.id)
    id = outer.id
  else
    id, where = run.op(alias, "begin", 0, opts)
  end
  local state = { id = not outer and id or nil, engine = host.engine(), alias = alias, is_nested = outer ~= nil }
  state.where, state.trace = scope.origin()
  local tx = setmetatable({ alias = alias, id = id, outer = outer, state = state }, Tx)
  -- A savepoint of such a coroutine lives as long as the block around it.
  if outer then outer.inner = tx else holders.add(tx, where) end
  return tx
end

M.commit = commit

-- A function whose transaction is its own: locals of a light thread that was killed are
-- no more.
local function abandoning(tx)
  return function() tx:abandon() end
end

-- For the collector, which meets it with its coroutine.
local function losing(state)
  return function()
    if not state.id then return false end
    run.drop_tx(state.id, state.engine)
    state.outcome = ending.ROLLED_BACK
    local err, trace = error_of(state)
    report.keep(err, trace, function() ending.tell_aside(state) end)
    return true
  end
end

-- Runs a block once, in call.tx: the packed results of its function.
local function block(call, n)
  local outer = call.outer or run.current_tx(call.alias)
  local tx = begin(call.alias, outer, call.begin)
  call.tx, tx.attempt = tx, outer and outer.attempt or n
  tx.scope = { alias = call.alias, tx = tx }
  -- A savepoint goes with the block around it.
  if not outer then
    tx.scope.lost = losing(tx.state)
    tx.scope.gone = host.watch and abandoning(tx)
  end
  local results = scope.call(tx.scope, call.fn, tx)
  if outer then outer.inner = nil end
  if not results[1] then
    if not tx.ended then pcall(undo, tx) end
    error(results[2], 0)
  end
  if tx.abandoned then
    errors.raise("misuse", "this transaction was rolled back: its coroutine was suspended while its task went on")
  end
  if not tx.ended then commit(tx) end
  return results
end

local function may_help(err)
  return errors.is_error(err) and (RETRY[err.kind] or RETRY_CODE[err.code]) ~= nil
end

-- With what is current at a deadline, if there is one: functions that tell of an end run
-- outside of it.
local function bounded(call, fn, ...)
  if not call.due then return fn(...) end
  return scope.run({ due = call.due }, fn, ...)
end

local function attempt(call, n)
  call.tx = nil
  local ok, results = pcall(bounded, call, block, call, n)
  local problem = call.tx and ending.tell(call.tx.state, call.tx)
  if ok then
    if problem then error(problem[1], 0) end
    return compat.unpack(results, 2, results.n)
  end
  if problem then report.report(problem[1]) end
  if n > call.retries or not may_help(results) then error(results, 0) end
  bounded(call, task.pause, math.min(PAUSE_MIN * 2 ^ (n - 1), PAUSE_MAX))
  return attempt(call, n + 1)
end

--- Runs fn(tx) as a block of a transaction, which may have been handed on.
function M.savepoint(tx, fn)
  return attempt({ fn = fn, alias = tx.alias, outer = tx, retries = 0 }, 1)
end

--- Runs fn(tx) in the transaction at hand (tx, or the task's own), else in a new one,
--- which may be tried again (`retries`) when the database gives it up.
function M.within(alias, tx, fn, retries)
  tx = tx or run.current_tx(alias)
  if tx then return fn(tx) end
  return M.run(fn, { alias = alias.name, retries = retries })
end

local function begin_options(opts)
  local isolation = opts.isolation and tostring(opts.isolation):lower():gsub("_", " ")
  if isolation and not ISOLATION[isolation] then
    errors.raise("misuse", "transaction: isolation is read committed, repeatable read or serializable, not %s",
      tostring(opts.isolation))
  end
  for _, name in ipairs{ "read_only", "deferrable" } do
    if opts[name] ~= nil then errors.check_type(opts[name], "boolean", "transaction: " .. name) end
  end
  return { isolation = isolation, read_only = opts.read_only, deferrable = opts.deferrable }
end

---@class ryx.TransactionOptions
---@field alias? string
---@field isolation? "read committed"|"repeatable read"|"serializable"
---@field read_only? boolean
---@field deferrable? boolean
---@field retries? integer how often fn is called again when a conflict with others may be over
---@field timeout? number seconds, from BEGIN to COMMIT, with retries

--- Runs fn(tx) in a transaction and returns what it returns; an error rolls back
--- and goes on up.  ryx.transaction(function(tx) ... end, { isolation = "serializable", retries = 3 })
---@param fn fun(tx: ryx.Transaction): any
---@param opts? ryx.TransactionOptions
---@return any ...
function M.run(fn, opts)
  opts = opts or {}
  errors.check_type(fn, "function", "transaction")
  errors.check_options(opts, OPTIONS, "transaction")
  local alias = db.alias(opts.alias or "default")
  local begin_opts = begin_options(opts)
  if opts.deferrable and not run.can(alias, "deferrable") then
    errors.raise("unsupported", "transaction: deferrable is PostgreSQL's; this database has no such transactions")
  end
  if opts.retries ~= nil then errors.check_whole(opts.retries, 0, "transaction: retries") end
  local nested = run.current_tx(alias) ~= nil
  if nested and (begin_opts.isolation or begin_opts.read_only or begin_opts.deferrable) then
    errors.raise("misuse", "a nested transaction is a savepoint: its options belong to the outer one")
  end
  return attempt({
    fn = fn, alias = alias, begin = begin_opts, retries = not nested and opts.retries or 0,
    due = opts.timeout and task.deadline(opts.timeout, fn, "transaction: timeout"),
  }, 1)
end

--- A function that runs fn with its arguments in a transaction and gives its values.
--- local transfer = ryx.atomic(function(from, to, amount) ... end, { retries = 3 })
---@param fn function
---@param opts? ryx.TransactionOptions
---@return function
function M.atomic(fn, opts)
  errors.check_type(fn, "function", "atomic")
  errors.check_options(opts or {}, OPTIONS, "atomic")
  return function(...)
    local args = compat.pack(...)
    return M.run(function() return fn(compat.unpack(args, 1, args.n)) end, opts)
  end
end

return M
