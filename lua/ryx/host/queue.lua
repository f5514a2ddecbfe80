-- SPDX-License-Identifier: MIT
-- Who waits for which slot and who is ready to go on, of each engine that is driven
-- inline.
local core = require "ryx.core"

local M = {}

local waiting, n_waiting = {}, 0 -- slot -> task, or a timer { fire = fn }
local ready, first, last = {}, 1, 0

M.current = nil -- the engine of this call

-- The same of engines that are not the present one.
local aside = setmetatable({}, { __mode = "k" })

function M.engine()
  if not M.current then M.current = core.open("inline") end
  return M.current
end

--- The engine of an outer loop; nil: one of our own is opened on next use. Each
--- engine has its own slots, so each has its own waiting and ready tasks.
function M.set_engine(e)
  local engine = M.current
  if e == engine then return end
  if engine then aside[engine] = { waiting, n_waiting, ready, first, last } end
  local s = e and aside[e] or { {}, 0, {}, 1, 0 }
  waiting, n_waiting, ready, first, last = s[1], s[2], s[3], s[4], s[5]
  M.current = e
end

--- An engine is gone, with all that waited on it.
function M.forget_engine(e)
  if e == M.current then M.set_engine(nil) end
  aside[e] = nil
end

function M.close()
  local e = M.current
  M.current, waiting, n_waiting = nil, {}, 0
  if e then core.close(e) end
end

--- A task or a timer waits for a slot.
function M.await(slot, entry)
  waiting[slot] = entry
  n_waiting = n_waiting + 1
end

--- Who waits for a slot, or nil.
function M.waiter(slot)
  return waiting[slot]
end

--- The same; nobody does any more.
function M.forget(slot)
  local entry = waiting[slot]
  if not entry then return nil end
  waiting[slot] = nil
  n_waiting = n_waiting - 1
  return entry
end

--- Nobody waits for a slot?
function M.is_idle()
  return n_waiting == 0
end

--- A task can go on.
function M.push(task)
  last = last + 1
  ready[last] = task
end

function M.n_ready()
  return last - first + 1
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

return M
