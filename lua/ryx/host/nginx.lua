-- SPDX-License-Identifier: MIT
-- OpenResty: one engine thread per worker. It writes a byte to a unix socket when
-- requests are finished; one light thread in a timer reads it and posts the
-- semaphore of each waiter.
local core = require "ryx.core"
local errors = require "ryx.errors"

local ngx = rawget(_G, "ngx")
local M = { name = "nginx" }

local POLL_SECONDS = 0.002 -- when no dispatcher runs, because the worker is leaving
local WATCH_SECONDS = 0.25

-- Phases in which a light thread may wait, and those in which blocking is right.
local YIELDS = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true, precontent = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true,
}
local BLOCKS = { init = true, init_worker = true }

local engine, engine_pid
local dispatching -- the engine whose dispatcher runs
local waiting = setmetatable({}, { __mode = "v" }) -- slot -> semaphore; gone when the waiter was killed
local tasks = setmetatable({}, { __mode = "k" }) -- light thread -> task
local main = { name = "main" }

local function drain(e)
  while true do
    local slot = core.next(e)
    if not slot then return end
    local semaphore = waiting[slot]
    waiting[slot] = nil
    if semaphore then
      semaphore:post(1)
    elseif core.done(e, slot) then
      core.drop(e, slot)
    end
  end
end

local function read(e, path)
  local sock = ngx.socket.tcp()
  -- Read timeouts are logged as errors, so there are none: `watch` ends this thread.
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
  repeat ngx.sleep(WATCH_SECONDS) until ngx.worker.exiting() or engine ~= e
  if dispatching == e then dispatching = nil end
  ngx.thread.kill(reader)
  -- Those who still wait are served here until the last one is; a waiter that
  -- was killed is gone only when it has been collected.
  while engine == e and next(waiting) do
    drain(e)
    ngx.sleep(POLL_SECONDS)
    collectgarbage()
  end
end

local function socket_path()
  local name = os.tmpname()
  os.remove(name)
  return name .. ".ryx"
end

local function start_dispatcher(e)
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

--- One engine per process: what was opened before the fork is left behind.
function M.engine()
  local pid = ngx.worker.pid()
  if engine and engine_pid == pid then return engine end
  if engine then core.close(engine) end
  local blocking = BLOCKS[ngx.get_phase()]
  engine, engine_pid = core.open(blocking and "inline" or "thread"), pid
  if not blocking then start_dispatcher(engine) end
  return engine
end

function M.close()
  local e = engine
  engine = nil
  if e then core.close(e) end
end

local function key()
  return coroutine.running() or main
end

function M.current()
  local k = key()
  local task = tasks[k]
  if not task then
    task = {}
    tasks[k] = task
  end
  return task
end

function M.can_yield()
  return YIELDS[ngx.get_phase()] == true
end

local function new_semaphore()
  return require("ngx.semaphore").new(0)
end

local function wait_for(e, slot)
  if dispatching ~= e then
    repeat ngx.sleep(POLL_SECONDS) until core.done(e, slot)
    return
  end
  local semaphore = new_semaphore()
  waiting[slot] = semaphore
  while not core.done(e, slot) do semaphore:wait(60) end
  waiting[slot] = nil
end

function M.wait(e, slot, shield)
  local phase = ngx.get_phase()
  if BLOCKS[phase] then
    core.wait(e, slot, -1)
    return
  end
  if not YIELDS[phase] then
    core.drop(e, slot)
    errors.raise("misuse", "a query cannot wait in the phase %s_by_lua of nginx; use ryx.enqueue or ngx.timer.at there",
      phase)
  end
  local task = M.current()
  task.slot, task.shield = slot, shield
  if task.interrupt and not shield then core.cancel(e, slot) end
  if not core.done(e, slot) then wait_for(e, slot) end
  task.slot, task.shield = nil, nil
  if task.interrupt and not shield then
    local err = task.interrupt
    task.interrupt = nil
    core.drop(e, slot)
    error(err, 0)
  end
end

function M.park()
  local task = M.current()
  task.semaphore = task.semaphore or new_semaphore()
  while not task.woken and not task.interrupt do task.semaphore:wait(60) end
  task.woken = nil
  local err = task.interrupt
  task.interrupt = nil
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
    core.cancel(engine, task.slot)
  elseif task.semaphore then
    task.semaphore:post(1)
  end
end

function M.after(seconds, fn)
  local thread = ngx.thread.spawn(function()
    ngx.sleep(seconds)
    fn()
  end)
  return function() ngx.thread.kill(thread) end
end

function M.sleep(seconds)
  ngx.sleep(seconds)
  local task = M.current()
  local err = task.interrupt
  task.interrupt = nil
  if err then error(err, 0) end
end

function M.start(task, body)
  ngx.thread.spawn(function()
    tasks[coroutine.running()] = task
    body()
  end)
end

local function run_later(_, fn, ...)
  local ok, err = pcall(fn, ...)
  if not ok then M.failed(err) end
end

--- Runs fn(...) in a timer: a light thread that may wait, whatever the phase.
function M.enqueue(fn, ...)
  local ok, err = ngx.timer.at(0, run_later, fn, ...)
  if not ok then errors.raise("operational", "nginx refused the timer of ryx.enqueue: %s", err) end
end

function M.may_spawn()
  return M.can_yield()
end

--- Sleeps are nginx's own, not requests of the engine.
function M.sleeping()
  return 0
end

--- nginx itself waits for the light threads of a request.
function M.finish() end

function M.failed(err)
  ngx.log(ngx.ERR, "ryx: a task failed: ", tostring(err))
end

function M.take_failure()
  return nil
end

--- A generator whose queries belong to the light thread that calls it.
function M.wrap(fn)
  local owner
  local generate = coroutine.wrap(function(...)
    tasks[coroutine.running()] = owner
    return fn(...)
  end)
  return function(...)
    owner = M.current()
    return generate(...)
  end
end

return M
