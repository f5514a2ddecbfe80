-- SPDX-License-Identifier: MIT
-- What the Python package calls of its `async with` blocks: transactions with their savepoints,
-- advisory locks.
local admission = require "ryx.host.admission"
local advisory_lock = require "ryx.db.advisory_lock"
local awaited = require "ryx.python.awaited"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local loop = require "ryx.host.loop"
local run = require "ryx.db.run"
local transaction = require "ryx.db.transaction"

local M = {}

-- The transactions of a block's context: those around it and its own.
local function context(around, tx)
  local txs = { [tx.alias] = tx }
  for alias, other in pairs(around or {}) do txs[alias] = txs[alias] or other end
  return txs
end

-- Runs the body of `async with`: pauses until it ends.
local function body()
  local ok, err = coroutine.yield("body")
  if not ok then error(err, 0) end
end

-- Named savepoints are blocks of the connection that have no extent of their own: tx.points has
-- their names, the innermost last. Ends those from one on by "release" or "rollback_to".
local function pop(tx, from, how)
  local points = tx.points or {}
  for i = #points, from, -1 do
    points[i] = nil
    run.op(tx.alias, how, tx.id)
  end
end

--- A block in a transaction. The calls in it are tasks of their own, which are handed
--- `txs`.
function M.transaction(options)
  return transaction.run(function(tx)
    local task = loop.current_task
    local around = task.txs
    task.tx, task.txs = tx, context(around, tx)
    local ok, err = pcall(body)
    if not tx.ended then pop(tx, 1, ok and "release" or "rollback_to") end
    if not ok then error(err, 0) end
    task.txs = around
  end, options)
end

--- A block under an advisory lock of a task of Python's.
function M.advisory_lock(name, options, owner)
  return advisory_lock.run_for(owner, name, body, options)
end

-- Only the innermost block has a connection's savepoints at hand.
local function check_open(tx, what)
  admission.refuse_ended(tx)
  if tx.inner and not tx.inner.ended then
    errors.raise("misuse", "%s: a block inside of this one is open; use its own", what)
  end
end

function M.rollback(tx)
  if tx.ended then return end
  check_open(tx, "rollback")
  pop(tx, 1, "rollback_to")
  tx:rollback()
end

function M.commit(tx)
  if tx.ended then return end
  check_open(tx, "commit")
  pop(tx, 1, "release")
  transaction.commit(tx)
end

function M.is_active(tx)
  return not tx.ended
end

--- What is done from here on can be undone by its name.
function M.savepoint(tx, name)
  check_open(tx, "savepoint")
  errors.check_type(name, "string", "savepoint")
  run.op(tx.alias, "savepoint", tx.id)
  tx.points = tx.points or {}
  tx.points[#tx.points + 1] = name
end

local function place_of(tx, what, name)
  check_open(tx, what)
  for i = #(tx.points or {}), 1, -1 do
    if tx.points[i] == name then return i end
  end
  errors.raise("misuse", "%s: there is no savepoint %s%s", what, compat.show(name),
    errors.hint(tostring(name), tx.points or {}))
end

--- Undoes what was done since; the savepoint stays, later ones are gone.
function M.rollback_to(tx, name)
  pop(tx, place_of(tx, "rollback_to", name), "rollback_to")
  M.savepoint(tx, name)
end

--- Forgets it and later ones.
function M.release_savepoint(tx, name)
  pop(tx, place_of(tx, "release_savepoint", name), "release")
end

--- Has a function of Python's, in a box, called after the outermost commit, or after a rollback.
function M.on_end(tx, method, box)
  tx[method](tx, awaited.calling(box))
end

return M
