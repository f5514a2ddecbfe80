-- SPDX-License-Identifier: MIT
-- What the Python package calls to be told of writes: receivers of signals, hooks of models. Every
-- function gives one value and does no I/O.
local api = require "ryx.python.api"
local awaited = require "ryx.python.awaited"
local compat = require "ryx.compat"
local signal = require "ryx.signal"
local value = require "ryx.value"

local M = {}

local absent, null = api.absent, value.null

--- A model as Python is to have it: its class, if there is one.
function M.class_of(v)
  local meta = type(v) == "table" and rawget(v, "_meta")
  return meta and meta.python and meta.python[1] or v
end

local class_of = M.class_of

-- What a receiver is told besides its sender and its instance.
local function told(kwargs)
  local out = {}
  for name, v in pairs(kwargs) do out[name] = class_of(v) end
  out.instance = nil
  for _, name in ipairs{ "fields", "pk_set" } do
    if out[name] then out[name] = value.json.array{ compat.unpack(out[name], 1, #out[name]) } end
  end
  if out.action and out.pk_set == nil then out.pk_set = null end
  return out
end

--- Has fn(sender, instance, kwargs) of Python's, in a box, told of a signal: the function
--- that takes that back.
function M.listen(name, sender, box)
  local fn = awaited.calling(box)
  return signal.signals[name]:connect(function(from, kwargs)
    fn(class_of(from), kwargs.instance, told(kwargs))
  end, { sender = absent(sender) })
end

--- A hook of a model is this method of Python's, in a box; null: it has none.
function M.hook(class, name, box)
  class[name] = absent(box) and awaited.calling(box)
end

return M
