-- SPDX-License-Identifier: MIT
-- OpenResty: the engine of a process, and who waits for it. A worker's engine has a
-- thread of its own; it writes a byte to a unix socket when requests are finished, and
-- one light thread in a timer reads it and posts the semaphore of each waiter.
--
-- Nothing tells a light thread that it is about to be killed. But a semaphore counts
-- those who wait for it, so a look at it now and then shows that a waiter is gone.
local core = require "ryx.core"
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local ngx = rawget(_G, "ngx")
local M = {}

local POLL_SECONDS = 0.002 -- when no dispatcher runs, because the worker is leaving
local LOOK_SECONDS = 0.1
local WAIT_SECONDS = 60

local PRIVATE_LOOKS = 20

local engine, engine_pid, is_threaded
local is_private = false -- without the code cache: this Lua state is one request's
local n_idle = 0 -- looks since somebody needed the engine
local dispatching -- the engine whose dispatcher runs
local waiting = {} -- slot -> { semaphore, is_posted, is_late }
local watched = {} -- the watches of M.watch
-- Calls of M.collect that hold, open streams, and looks meanwhile.
local n_collect, n_streams, n_looks = 0, 0, 0

local COLLECT_LOOKS = 10

local function drop(e, slot)
  waiting[slot] = nil
  core.drop(e, slot)
end

local function drain(e)
  while true do
    local slot = core.next(e)
    if not slot then return end
    local entry = waiting[slot]
    if entry then
      entry.is_posted = true
      entry.semaphore:post(1)
    elseif core.done(e, slot) then
      core.drop(e, slot)
    end
  end
end

-- Gives up what those who are gone waited for. One that was posted has its turn
-- before the next look.
local function look(e)
  for slot, entry in pairs(waiting) do
    if entry.is_late or not entry.is_posted and entry.semaphore:count() >= 0 then
      drop(e, slot)
    else
      entry.is_late = entry.is_posted
    end
  end
  local gone = {}
  for watch in pairs(watched) do
    if watch.semaphore:count() >= 0 then gone[#gone + 1] = watch end
  end
  for _, watch in ipairs(gone) do
    watched[watch] = nil
    watch.gone()
  end
  n_looks = n_collect + n_streams > 0 and n_looks + 1 or 0
  if n_looks == COLLECT_LOOKS then
    n_looks = 0
    collectgarbage()
  end
end

-- The engine of a request that is over goes, and with the last timer its Lua state.
local function has_served()
  local is_idle = not (next(waiting) or next(watched)) and n_collect + n_streams == 0
  n_idle = is_idle and n_idle + 1 or 0
  return is_private and n_idle > PRIVATE_LOOKS
end

local function read(e, path)
  local sock = ngx.socket.tcp()
  -- Read timeouts are logged as errors, so there are none: `dispatch` ends this thread.
  sock:settimeouts(1000, 1000, 2147483647)
  local ok, err = sock:connect("unix:" .. path)
  os.remove(path)
  if not ok then
    ngx.log(ngx.ERR, "ryx: cannot reach its engine: ", err)
    return
  end
  while sock:receiveany(4096) and engine == e do drain(e) end
end

local function dispatch(_, e, path)
  local reader = ngx.thread.spawn(read, e, path)
  drain(e)
  repeat
    -- Those who still wait in a worker that leaves are served until the last one is.
    local is_leaving = ngx.worker.exiting()
    ngx.sleep(is_leaving and POLL_SECONDS or LOOK_SECONDS)
    if engine == e then look(e) end
    if has_served() then M.close() end
  until engine ~= e or is_leaving and not next(waiting)
  if dispatching == e then dispatching = nil end
  ngx.thread.kill(reader)
end

local function socket_path()
  local name = os.tmpname()
  os.remove(name)
  return name .. ".ryx"
end

local function start_dispatcher(e)
  -- nginx's Lua module leaves a connection open when the first timer of a worker is
  -- made as it leaves, and logs that as an alert.
  if ngx.worker.exiting() then return end
  local path = socket_path()
  local ok, err = core.listen(e, path)
  if not ok then errors.fail(err) end
  dispatching = e
  ok, err = ngx.timer.at(0, dispatch, e, path)
  if not ok then
    dispatching = nil
    errors.raise("operational", "nginx refused the timer that wakes waiting requests: %s", err)
  end
end

function M.close()
  local e = engine
  engine, waiting, watched = nil, {}, {}
  if e then core.close(e) end
end

-- What init_by_lua opened must not be carried over a fork: SQLite loses its locks with
-- it. nginx tells nobody that the phase is over, but collects all garbage then, when no
-- function of Lua's runs any more.
local function close_after_init()
  compat.guard(function()
    if debug.getinfo(2, "S") then close_after_init() else M.close() end
  end)
end

--- One engine per process, made anew after init_by_lua, which cannot have a thread.
function M.get()
  local pid, is_init = ngx.worker.pid(), ngx.get_phase() == "init"
  n_idle = 0
  if engine and engine_pid == pid and is_threaded ~= is_init then return engine end
  M.close()
  engine, engine_pid, is_threaded = core.open(is_init and "inline" or "thread"), pid, not is_init
  is_private = is_private or is_init and ngx.worker.id() ~= nil
  if is_init then close_after_init() else start_dispatcher(engine) end
  return engine
end

local function new_semaphore()
  return require("ngx.semaphore").new(0)
end
M.new_semaphore = new_semaphore

--- Has the light thread wait for a slot.
function M.wait(e, slot)
  if dispatching ~= e then
    repeat ngx.sleep(POLL_SECONDS) until core.done(e, slot)
    return
  end
  local entry = { semaphore = new_semaphore() }
  waiting[slot] = entry
  while not core.done(e, slot) do
    local ok, err = pcall(entry.semaphore.wait, entry.semaphore, WAIT_SECONDS)
    if not ok then
      drop(e, slot)
      error(err, 0)
    end
  end
  waiting[slot] = nil
end

--- Cancels what somebody waits for.
function M.cancel(slot)
  if engine then core.cancel(engine, slot) end
end

--- Calls gone() when is_alive() no longer holds, or the request has ended; returns a
--- function that takes that back. A light thread waits meanwhile: it is gone with the
--- request.
function M.watch(is_alive, gone)
  local watch = { semaphore = new_semaphore(), gone = gone }
  watched[watch] = true
  local thread = ngx.thread.spawn(function()
    while watched[watch] and not watch.semaphore:wait(LOOK_SECONDS) do
      if watched[watch] and not is_alive() then
        watched[watch] = nil
        gone()
      end
    end
  end)
  return function()
    watched[watch] = nil
    -- Only who started it may end it, in the same request; else it ends by itself.
    local ok, killed = pcall(ngx.thread.kill, thread)
    if not (ok and killed) then watch.semaphore:post(1) end
  end
end

--- Has garbage collected now and then, as something may be held that nobody ends;
--- returns a function that takes that back.
function M.collect()
  n_collect = n_collect + 1
  return function() n_collect = n_collect - 1 end
end

--- So many streams are open: that of a request that ended is found by the collector.
function M.streams(n)
  n_streams = n
end

return M
