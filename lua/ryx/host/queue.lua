-- SPDX-License-Identifier: MIT
-- Who waits for which slot and who is ready to go on, of each engine that is driven
-- inline.
local core = require "ryx.core"

local M = {
  waiting = {}, -- slot -> task, or a timer { fire = fn }
  current = nil, -- the engine of this call
}

local ready, first, last = {}, 1, 0

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
  if engine then aside[engine] = { M.waiting, ready, first, last } end
  local s = e and aside[e] or { {}, {}, 1, 0 }
  M.waiting, ready, first, last = s[1], s[2], s[3], s[4]
  M.current = e
end

--- An engine is gone, with all that waited on it.
function M.forget_engine(e)
  if e == M.current then M.set_engine(nil) end
  aside[e] = nil
end

function M.close()
  local e = M.current
  M.current, M.waiting = nil, {}
  if e then core.close(e) end
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
