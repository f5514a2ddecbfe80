-- SPDX-License-Identifier: MIT
-- Transactions with a function's extent: a nested one is a savepoint. The current
-- transaction belongs to the running task and the alias.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local host = require "ryx.host"
local run = require "ryx.query.run"
local task = require "ryx.task"

local M = {}

local OPTIONS = {
  alias = true, isolation = true, read_only = true, deferrable = true, retries = true, timeout = true,
}
local ISOLATION = { ["read committed"] = true, ["repeatable read"] = true, serializable = true }
local RETRY = { serialization = true, deadlock = true }

local Tx = { _class = "tx" }
Tx.__index = Tx
Tx.__tostring = function(tx) return "<transaction on " .. tx.alias.name .. ">" end

local function close_streams(tx)
  for stream in pairs(tx.streams or {}) do stream:close() end
end

--- Calls fn after the outermost commit; not at all when something rolls back.
function Tx:on_commit(fn)
  errors.check_type(fn, "function", "on_commit")
  if self.ended then errors.raise("misuse", "this transaction has ended; it can no longer be used") end
  table.insert(self.callbacks, fn)
end

local function undo(tx)
  close_streams(tx)
  tx.ended, tx.busy, tx.callbacks = true, nil, {}
  tx.state.id = nil
  run.op(tx.alias, tx.outer and "rollback_to" or "rollback", tx.id)
end

--- Undoes the block's work now; what is left of the block may not use it.
function Tx:rollback()
  if self.ended then errors.raise("misuse", "this transaction has ended; it can no longer be used") end
  undo(self)
end

local function commit(tx)
  close_streams(tx)
  tx.ended = true
  tx.state.id = nil
  local ok, err = pcall(run.op, tx.alias, tx.outer and "release" or "commit", tx.id)
  if ok then return end
  if not (errors.is_error(err) and err.kind == "commit_unknown") then
    -- What could not be committed is rolled back; the first error is the one to tell.
    pcall(run.op, tx.alias, tx.outer and "rollback_to" or "rollback", tx.id)
  end
  error(err, 0)
end

local function begin(alias, outer, opts)
  local id
  if outer and outer.ended then
    errors.raise("misuse", "this transaction has ended; nothing can be nested in it")
  elseif outer then
    run.op(alias, "savepoint", outer.id)
    id = outer.id
  else
    id = run.op(alias, "begin", 0, opts)
  end
  -- A light thread that is killed never ends its block: the collector does.
  local state = { id = not outer and id or nil, engine = host.engine() }
  return setmetatable({
    alias = alias, id = id, outer = outer, callbacks = {}, state = state,
    guard = compat.guard(function()
      if state.id then run.drop_tx(state.id, state.engine) end
    end),
  }, Tx)
end

local function attempt(fn, alias, opts, outer)
  local me = host.current()
  me.txs = me.txs or {}
  local before = me.txs[alias]
  outer = outer or before
  local tx = begin(alias, outer, opts)
  me.txs[alias] = tx
  local results = compat.pack(pcall(fn, tx))
  me.txs[alias] = before
  if not results[1] then
    if not tx.ended then pcall(undo, tx) end
    error(results[2], 0)
  end
  if not tx.ended then
    commit(tx)
    if outer then
      for _, f in ipairs(tx.callbacks) do table.insert(outer.callbacks, f) end
    else
      for _, f in ipairs(tx.callbacks) do f() end
    end
  end
  return compat.unpack(results, 2, results.n)
end

local function with_retries(fn, alias, opts, left)
  local results = compat.pack(pcall(attempt, fn, alias, opts))
  if results[1] then return compat.unpack(results, 2, results.n) end
  local err = results[2]
  if left > 0 and errors.is_error(err) and RETRY[err.kind] then
    return with_retries(fn, alias, opts, left - 1)
  end
  error(err, 0)
end

--- Runs fn(tx) as a block of a transaction, which may have been handed on.
function M.savepoint(tx, fn)
  return attempt(fn, tx.alias, nil, tx)
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

--- Runs fn(tx) in a transaction and returns what it returns; an error rolls back
--- and goes on up.  ryx.transaction(function(tx) ... end, { isolation = "serializable", retries = 3 })
function M.run(fn, opts)
  opts = opts or {}
  errors.check_type(fn, "function", "transaction")
  errors.check_options(opts, OPTIONS, "transaction")
  local alias = db.alias(opts.alias or "default")
  local begin_opts = begin_options(opts)
  if opts.retries ~= nil then errors.check_whole(opts.retries, 0, "transaction: retries") end
  local nested = run.current_tx(alias) ~= nil
  if nested and (begin_opts.isolation or begin_opts.read_only or begin_opts.deferrable) then
    errors.raise("misuse", "a nested transaction is a savepoint: its options belong to the outer one")
  end
  local retries = not nested and opts.retries or 0
  local function body() return with_retries(fn, alias, begin_opts, retries) end
  if opts.timeout then return task.timeout(opts.timeout, body) end
  return body()
end

return M
