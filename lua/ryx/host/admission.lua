-- SPDX-License-Identifier: MIT
-- May a statement be sent now, and how long may it take? What is asked before the
-- engine is.
local errors = require "ryx.errors"
local host = require "ryx.host"
local scope = require "ryx.host.scope"

local M = {}

-- Ends of transactions get so many seconds even where a deadline has passed.
local GRACE = 0.5

--- The milliseconds that are left to a statement, -1 without a deadline; raises when
--- there are none.
function M.time_left(shield)
  if scope.n_due == 0 then return -1 end
  local left, late = scope.left()
  if not left then return -1 end
  if shield then
    left = math.max(left, GRACE)
  elseif left <= 0 then
    error(late, 0)
  end
  return math.ceil(left * 1000)
end

--- The engine ended a statement at a deadline: the error is that of the deadline's block.
function M.raise_late(err)
  if err.kind ~= "timeout" then return end
  local left, late = scope.left()
  if left and left <= 0 then error(late, 0) end
end

--- Refuses a transaction that has ended.
function M.refuse_ended(tx)
  if tx.ended then errors.raise("misuse", "this transaction has ended; it can no longer be used") end
end

--- Begins a statement in a transaction: its number. One runs at a time.
function M.enter(tx)
  M.refuse_ended(tx)
  if tx.copying then
    errors.raise("misuse", "a copy has the connection of this transaction: read what its rows need before it")
  end
  local task = host.current()
  if tx.busy and tx.busy ~= task and not host.queues then
    errors.raise("misuse", "another task is using this transaction at the moment: its statements run one at a time")
  end
  tx.busy = task
  return tx.id
end

local function refusal()
  return errors.new{
    kind = "misuse", message = "this task would wait for the transaction of the task that waits for it: "
      .. "hand it on with :using(tx)",
  }
end

--- On a database with one writer, a write waits for the transaction of a parent that
--- waits for this very task. True: of one that may yet begin to.
function M.refuse_deadlock(alias)
  if scope.n_tx == 0 then return false end
  local task = host.current()
  local p, risky = task.parent, false
  while p do
    if scope.holds(p, alias) then
      if scope.has(p, "joining") then error(refusal(), 0) end
      risky = true
    end
    p = p.parent
  end
  task.wants = risky and alias or nil
  return risky
end

--- Does a task wait for one that it started, which may be this one or have started it?
function M.waits_for(other, task)
  local p = task.parent
  while p and p ~= other do p = p.parent end
  return p ~= nil and scope.has(p, "joining")
end

--- A task begins to wait for another one, which may wait for its transaction.
function M.refuse_waiter(task, other)
  if other.wants and scope.holds(task, other.wants) then host.interrupt(other, refusal()) end
end

return M
