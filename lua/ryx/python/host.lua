-- SPDX-License-Identifier: MIT
-- The Python extension as the host: an engine per event loop, a task per call.
-- The extension calls the functions of M; none runs while another one does.
--
--   start(engine, python, txs, fn, ...) -> task, ...   made, not yet running
--   step(task, ...) -> "wait" | "park"      until ready() and next() bring it back
--                   -> "rows", args | "row", args      the extension takes a result, then
--                      steps with list, n, more (or object, n), or nil, err
--                   -> "body"               paused until it is stepped with ok, err
--                   -> "call", { box, transactions, args }  wants a function of Python's called
--                      (awaited.lua), and its answer: ok, value, instances, or ok, err
--                   -> "done", ok, value
--
-- Objects of Python's pass through as light userdata.
local core = require "ryx.core"
local api = require "ryx.python.api"
local awaited = require "ryx.python.awaited"
local block = require "ryx.python.block"
local compat = require "ryx.compat"
local define = require "ryx.python.define"
local errors = require "ryx.errors"
local host = require "ryx.host"
local loop = require "ryx.host.loop"
local plain = require "ryx.host.plain"
local expression = require "ryx.python.expr"
local listen = require "ryx.python.listen"
local plugged = require "ryx.python.plugged"
local query = require "ryx.python.query"
local touch = require "ryx.python.touch"
local write = require "ryx.python.write"

local M = { array_meta = core.array_meta, awaited = awaited }

local unpack = compat.unpack
local create, resume, status, yield = coroutine.create, coroutine.resume, coroutine.status, coroutine.yield
local null = core.null

local H = {}
for name, fn in pairs(plain) do H[name] = fn end
H.name = "python"
-- Tasks of one context share its transaction: their statements queue on it.
H.queues = true

function H.may_spawn()
  return true
end

function H.start(task, body)
  task.engine, task.external = loop.engine(), true
  loop.start(task, body)
end

-- The extension closes engines, when nothing runs on them.
function H.close() end

local function result(list, n, more)
  if type(n) == "userdata" then error(n, 0) end
  return list, n, more
end

-- The first rows of a direct call become Python objects; other queries of the
-- same call (hooks, savepoints) are Lua's own.
local function is_direct()
  local task = loop.current_task
  local direct = task.direct
  task.direct = nil
  return direct
end

-- Kinds of rows by their number in the extension.
local KINDS = { model = 0, dict = 1, list = 2, flat = 3 }
local NAMED = 4

-- Do the keys of a row say what the class does, its columns in their order?
local function is_whole(meta, keys)
  if #keys ~= #meta.fields then return false end
  for i, field in ipairs(meta.fields) do
    if field.attname ~= keys[i] then return false end
  end
  return true
end

-- Objects that hang on those of the rows; nil: a model of theirs has no Python class.
local function parts_of(plan, rows)
  local parts = {}
  for i, nested in ipairs(rows.nested) do
    local meta, after = nested.meta.model._meta, rows.nested[i + 1]
    if not meta.python then return nil end
    parts[i] = {
      from = nested.from, key = nested.key, parent = nested.parent, marks = nested.marks, name = nested.name,
      back = nested.back, class = meta.python[1], alias = plan.alias.name ~= meta.alias and plan.alias.name or nil,
      names = { unpack(rows.keys, nested.from, after and after.from - 1 or #rows.keys) },
    }
  end
  return parts
end

-- What Python makes of the rows of a plan: { kind, class, names, parts }; nil: Lua
-- makes them, as it does where fields of the user's own convert what was read.
local function shape_of(plan)
  if plan.converts then return nil end
  local python, shape = plan.meta.python, plan.python
  if shape and shape.of == python then return shape end
  local rows = plan.rows
  local is_model = rows.kind == "model"
  if is_model and not python then return nil end
  shape = { rows.named and NAMED or KINDS[rows.kind], of = python }
  if rows.nested then
    shape[4] = parts_of(plan, rows)
    if not shape[4] then return nil end
  end
  if is_model then shape[2] = python[1] end
  local has_names = rows.kind == "dict" or rows.named or is_model and not is_whole(plan.meta, rows.keys)
  if rows.nested and rows.nested[1] then
    shape[3] = { unpack(rows.keys, 1, rows.nested[1].from - 1) }
  elseif has_names then
    shape[3] = rows.keys
  end
  plan.python = shape
  return shape
end

local function taken(what, slot, shape, plan)
  local alias = plan and plan.alias.name ~= plan.meta.alias and plan.alias.name or nil
  return result(yield(what, { slot, shape, alias }))
end

function H.rows(e, slot, shape, record, plan)
  local own = is_direct() and shape_of(plan)
  if own then return taken("rows", slot, own, plan) end
  return core.rows(e, slot, shape, record)
end

function H.row(e, slot, shape, record, plan)
  local own = is_direct() and shape_of(plan)
  if own then return taken("row", slot, own, plan) end
  return core.row(e, slot, shape, record)
end

function H.dicts(e, slot, opts)
  if is_direct() then return taken("rows", slot) end
  return core.dicts(e, slot, opts)
end

host.use(H)

function M.open()
  local e, err = core.open("inline")
  if not e then errors.fail(err) end
  return e
end

--- Closes an engine on which n calls had not ended.
function M.close(engine, n)
  loop.live = loop.live - n
  loop.forget_engine(engine)
  core.close(engine)
end

--- A function that does no I/O.
function M.call(engine, fn, ...)
  loop.set_engine(engine)
  return fn(...)
end

--- A task for fn(...), in the transactions `txs` (alias -> transaction).
function M.start(engine, python, txs, fn, ...)
  local task = { engine = engine, external = true, python = python, co = create(fn) }
  if txs ~= null then
    task.txs = {}
    for alias, tx in pairs(txs) do task.txs[alias] = tx end
  end
  loop.live = loop.live + 1
  return task, ...
end

function M.step(task, ...)
  loop.set_engine(task.engine)
  local previous = loop.current_task
  loop.current_task = task
  local ok, what, detail = resume(task.co, ...)
  loop.current_task = previous
  if status(task.co) ~= "dead" then return what, detail end
  -- Tasks that Lua started count themselves.
  if task.python then loop.live = loop.live - 1 end
  task.done = true
  return "done", ok, what
end

function M.ready(engine, slot)
  loop.set_engine(engine)
  loop.ready(slot)
end

function M.next(engine)
  loop.set_engine(engine)
  return loop.pop()
end

function M.interrupt(task)
  loop.set_engine(task.engine)
  loop.interrupt(task, errors.new{ kind = "cancelled", message = "the call was cancelled" })
end

for _, functions in ipairs{ api, block, define, expression, listen, plugged, query, touch, write } do
  for name, fn in pairs(functions) do
    assert(M[name] == nil, name)
    M[name] = fn
  end
end

return M
