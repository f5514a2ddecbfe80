-- SPDX-License-Identifier: MIT
-- Functions of Python's that Lua calls. An awaited one is called, and awaited if it asks for that, by
-- whoever waits for the task: the task stops until it is stepped with ok, value and what became of
-- its instances. An instance has its Python object in a box (python/src/box.c) as `_python`.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local loop = require "ryx.host.loop"
local scope = require "ryx.host.scope"
local value = require "ryx.value"
local wrap = require "ryx.host.generator"

local M = {
  box = nil, -- box(address) leads to an object of Python's, box() to none yet; the extension's
}

local null = value.null

-- The transactions that the task's function is in, by alias; false when it is in none. One that has
-- ended is over for whoever is told of that.
local function transactions(task)
  local txs = {}
  for alias, tx in pairs(task.txs or {}) do txs[alias] = not tx.ended and tx or nil end
  for i = 1, task.n_scopes or 0 do
    local s = task.scopes[i]
    if s and s.alias and not s.tx.ended and scope.in_force(s) then txs[s.alias] = s.tx end
  end
  return next(txs) ~= nil and txs
end

-- An instance of a model with a Python class: its meta.
local function meta_of(v)
  if not value.is_instance(v) then return nil end
  local meta = getmetatable(v).model._meta
  return meta.python and meta
end

-- Arguments as Python is to have them; those that are instances, in their order.
local function hand_over(args, n)
  local list, instances = value.json.array{}, {}
  for i = 1, n do
    local v = args[i]
    if v == nil then v = null end
    if meta_of(v) then
      if not rawget(v, "_python") then rawset(v, "_python", M.box()) end
      instances[#instances + 1] = v
    end
    list[i] = v
  end
  return list, instances
end

local function same(a, b)
  return a == b or (a == nil or a == null) and (b == nil or b == null)
end

-- Takes from an instance what Python changed of it; `now` holds its columns.
local function take_back(object, now)
  local meta = meta_of(object)
  for _, f in ipairs(meta.fields) do
    local v = rawget(now, f.attname)
    if not f.generated and not same(v, rawget(object, f.attname)) then
      meta.setters[f.attname](object, v == nil and null or v)
    end
  end
end

--- A function that calls the one of Python's in a box.
function M.calling(box)
  return function(...)
    local task = loop.current_task
    if not (task.python and wrap.reaches(task)) then
      errors.raise("misuse", "a function of Python's is called where nothing can wait for it: in a task or a coroutine "
        .. "that Lua started, or below a function of C")
    end
    local list, instances = hand_over({ ... }, select("#", ...))
    local got = compat.pack(coroutine.yield("call", { box, transactions(task), list }))
    if not got[1] then error(got[2], 0) end
    for i, object in ipairs(instances) do take_back(object, got[i + 2]) end
    if got[2] == null then return nil end
    return got[2]
  end
end

return M
