-- SPDX-License-Identifier: MIT
-- A loop outside Lua (Python, a C host) drives tasks:
--
--   task = external.start(engine, fn, ...)   made, not yet running
--   external.step(task, ...)  -> "wait"      it waits for a slot of its engine
--                             -> "park"      it waits for another task
--                             -> "call", f, args   the host runs f(args) its own way and
--                                            steps again with true, results or false, error
--                             -> "done", ok, values   its end; values is a packed table
--   external.ready(slot)                     a slot finished (core.next said so)
--   external.next()           -> task        one to step now, or nil
--
-- After every pump: external.ready for each finished slot, then step whatever
-- external.next gives. The engine is opened with core.open(mode, true). Tasks that
-- ryx.spawn started come through next as well.
local compat = require "ryx.compat"
local host = require "ryx.host"
local loop = require "ryx.host.loop"
local plain = require "ryx.host.plain"

local M = { name = "external", ready = loop.ready, next = loop.pop }

local H = {}
for name, fn in pairs(plain) do H[name] = fn end
H.name = "external"
H.queues = true -- a statement on a busy transaction waits for its turn

function H.may_spawn()
  return true
end

function H.start(task, body)
  task.engine = loop.engine()
  task.external = true
  loop.start(task, body)
end

--- Makes the outer loop the host of this Lua state.
function M.attach()
  host.use(H)
end

--- A task that runs fn(...) on an engine of the outer loop.
function M.start(engine, fn, ...)
  local args = compat.pack(...)
  local task = { engine = engine, external = true }
  local function body()
    task.values = compat.pack(pcall(fn, compat.unpack(args, 1, args.n)))
    task.done, task.ok = true, task.values[1]
  end
  loop.start(task, body)
  loop.pop() -- the host steps it itself
  return task
end

function M.step(task, ...)
  loop.set_engine(task.engine)
  local what, detail, args = loop.resume(task, ...)
  if task.done then return "done", task.ok, task.values end
  return what, detail, args
end

--- Inside a task: has the outer host call f(...) and returns its results.
function M.call(f, ...)
  local got = compat.pack(coroutine.yield("call", f, compat.pack(...)))
  if not got[1] then error(got[2], 0) end
  return compat.unpack(got, 2, got.n)
end

return M
