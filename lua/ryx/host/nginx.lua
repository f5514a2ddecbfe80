-- SPDX-License-Identifier: MIT
-- OpenResty: light threads and phases. The state of a light thread is kept by its
-- coroutine, which nginx uses again for other threads of any request. So what a record
-- says counts only while the function it was made for (a frame) is on the stack of
-- that coroutine.
local core = require "ryx.core"
local engine = require "ryx.host.nginx_engine"
local errors = require "ryx.errors"
local report = require "ryx.host.report"

local ngx = rawget(_G, "ngx")
local M = {
  name = "nginx", engine = engine.get, close = engine.close, streams = engine.streams,
}

-- Phases in which a light thread may wait, and those in which blocking is right.
local YIELDS = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true, precontent = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true,
}
local BLOCKS = { init = true, init_worker = true }

local running = coroutine.running

-- Coroutine -> its record; that of a generator names the record of its light thread
-- (`owner`) and its `caller`. A record that has state has a home: { co, frame }.
local tasks = setmetatable({}, { __mode = "k" })
local main = { name = "main" }

-- A coroutine and what runs in it are held by nobody but themselves.
local weak = { __mode = "v" }

function report.write(text)
  ngx.log(ngx.ERR, text)
end

-- Is a call of a function on the stack of a coroutine?
local function runs(co, frame)
  for level = 0, 1000 do
    local info = debug.getinfo(co, level, "f")
    if not info then return false end
    if info.func == frame then return true end
  end
  return true -- deeper than anybody looks
end

local function is_valid_home(home)
  return home.co and home.frame and runs(home.co, home.frame)
end

local function is_valid(task)
  return not task.home or is_valid_home(task.home)
end

--- Does the frame of a scope run? One of a generator does while its caller waits for it;
--- nginx's own word on the state of a coroutine means nothing in another request.
function M.in_force(co, frame)
  local caller = tasks[co] and tasks[co].caller
  return runs(co, frame) and (not caller or is_valid_home(caller))
end

function M.current()
  local co = running() or main
  local task = tasks[co]
  if task and is_valid(task) then
    local owner = task.owner
    if not owner then return task end
    if is_valid(owner) then return owner end
  end
  task = {}
  tasks[co] = task
  return task
end

local function here(frame)
  return setmetatable({ co = running(), frame = frame }, weak)
end

--- A scope was opened, whose function is `frame`.
function M.enter(task, frame)
  local co = running()
  if co and not task.home and tasks[co] == task then task.home = here(frame) end
end

function M.leave(task, frame)
  if task.home and task.home.frame == frame then task.home = nil end
end

local ENDED = { dead = true, zombie = true }

-- Is a coroutine a light thread? A generator and what a timer calls look alike; they
-- are none here.
local function is_light_thread(co)
  local _, why = ngx.thread.kill(co)
  if why ~= "not user thread" then return true end
  local bottom
  for level = 0, 1000 do
    local info = debug.getinfo(co, level, "S")
    if not info then break end
    bottom = info
  end
  return bottom.what == "main"
end

--- Calls gone() when the light thread of a frame was killed or its request ended. What
--- else runs a frame is left to the collector (a light thread that waits for a generator
--- would keep its request from ending).
function M.watch(frame, gone)
  local co = running()
  if not co or not YIELDS[ngx.get_phase()] then return nil end
  if not is_light_thread(co) then return engine.collect() end
  return engine.watch(function()
    return not ENDED[coroutine.status(co)] and runs(co, frame)
  end, gone)
end

local PASSES = { [pcall] = true, [xpcall] = true } -- calls of C that a yield passes through

-- nginx's own table of coroutines has no isyieldable.
local function is_yieldable()
  for level = 2, 1000 do
    local info = debug.getinfo(level, "Sf")
    if not info then return true end
    if info.what == "C" and not PASSES[info.func] then return false end
  end
  return true
end

-- Raises where a query could not be waited for.
local function check()
  local phase = ngx.get_phase()
  if BLOCKS[phase] then return end
  if not YIELDS[phase] then
    errors.raise("misuse", "a query cannot wait in the phase %s_by_lua of nginx; use ryx.enqueue or ngx.timer.at there",
      phase)
  end
  if not is_yieldable() then
    errors.raise("misuse", "a query cannot wait inside a call of C (table.sort, string.gsub, a metamethod, require): "
      .. "do it before, for relations with select_related or prefetch_related")
  end
end

function M.sends()
  check()
  return engine.get()
end

local function take_interrupt(task)
  local err = task.interrupt
  task.interrupt = nil
  return err
end

function M.wait(e, slot, shield)
  if BLOCKS[ngx.get_phase()] then
    local ok, err = core.wait(e, slot, -1)
    if ok == nil then errors.fail(err) end
    return
  end
  local task = M.current()
  task.slot, task.shield = slot, shield
  if task.interrupt and not shield then core.cancel(e, slot) end
  if not core.done(e, slot) then engine.wait(e, slot) end
  task.slot, task.shield = nil, nil
  if task.interrupt and not shield then
    core.drop(e, slot)
    error(take_interrupt(task), 0)
  end
end

function M.park(seconds)
  check()
  local task = M.current()
  task.semaphore = task.semaphore or engine.new_semaphore()
  if not task.woken and not task.interrupt then task.semaphore:wait(seconds or 60) end
  task.woken = nil
  local err = take_interrupt(task)
  if err then error(err, 0) end
end

function M.wake(task)
  task.woken = true
  if task.semaphore then task.semaphore:post(1) end
end

function M.interrupt(task, err)
  if task.done then return end
  task.interrupt = err
  if task.slot and not task.shield then
    engine.cancel(task.slot)
  elseif task.semaphore then
    task.semaphore:post(1)
  end
end

local function block(seconds)
  local e = engine.get()
  local slot, err = core.sleep(e, seconds)
  if not slot then errors.fail(err) end
  core.wait(e, slot, -1)
  core.drop(e, slot)
end

function M.sleep(seconds)
  check()
  if BLOCKS[ngx.get_phase()] then return block(seconds) end
  ngx.sleep(seconds)
  local err = take_interrupt(M.current())
  if err then error(err, 0) end
end

function M.start(task, body)
  local function frame()
    local co = running()
    tasks[co] = task
    task.home = here(frame)
    body()
    tasks[co] = nil
  end
  ngx.thread.spawn(frame)
end

--- Everything runs in what nginx has started.
function M.in_task()
  return true
end

function M.may_spawn()
  return YIELDS[ngx.get_phase()] == true
end

local function run_later(_, fn, ...)
  local trace
  local ok, err = xpcall(fn, function(e)
    trace = errors.traceback(2)
    return e
  end, ...)
  if not ok then M.failed(err, trace) end
end

--- Runs fn(...) in a timer: a light thread that may wait, whatever the phase.
function M.enqueue(fn, ...)
  local ok, err = ngx.timer.at(0, run_later, fn, ...)
  if not ok then errors.raise("operational", "nginx refused the timer of ryx.enqueue: %s", err) end
end

--- Sleeps are nginx's own, not requests of the engine.
function M.sleeping()
  return 0
end

--- nginx itself waits for the light threads of a request.
function M.finish() end

M.failed = report.report

function M.take_failure()
  return nil
end

local function results(...)
  return ...
end

--- A generator whose queries belong to the light thread that calls it.
function M.wrap(fn)
  local entry = {}
  local function frame(...)
    tasks[running()] = entry
    entry.home = here(frame)
    return results(fn(...)) -- no tail call: the frame stays on the stack
  end
  local generate = coroutine.wrap(frame)
  return function(...)
    check()
    entry.owner = M.current()
    local function call(...)
      return results(generate(...))
    end
    entry.caller = here(call)
    return results(call(...))
  end
end

return M
