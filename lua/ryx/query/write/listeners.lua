-- SPDX-License-Identifier: MIT
-- object:save, object:delete, qs:update, qs:delete: who is told of a write before and after its
-- statements: the hooks of the model and the receivers of its signals.
local signal = require "ryx.signal"

local M = {}

local signals = signal.signals

-- What may be listened to: hooks of the model, signals.
local HOOKS = { save = { "before_save", "after_save" }, delete = { "before_delete", "after_delete" } }
local SIGNALS = {
  save = { "pre_save", "post_save" }, delete = { "pre_delete", "post_delete" },
  update = { "pre_update", "post_update" }, bulk_delete = { "pre_bulk_delete", "post_bulk_delete" },
}

local function is_heard(class, kind)
  for _, name in ipairs(SIGNALS[kind]) do
    if signal.is_heard(signals[name], class) then return true end
  end
  for _, hook in ipairs(HOOKS[kind] or {}) do
    if rawget(class, hook) then return true end
  end
  return nil
end

-- Of links that a relation makes its own signal tells.
local function ask(class)
  if class._meta.join_of then return false end
  local heard = {}
  for kind in pairs(SIGNALS) do heard[kind] = is_heard(class, kind) end
  return next(heard) ~= nil and heard
end

--- class -> false when nobody is told of its writes, else which of save, delete, update and
--- bulk_delete somebody is told of. Found out when it is asked.
M.of = setmetatable({}, {
  __mode = "k",
  __index = function(of, class)
    local heard = ask(class)
    of[class] = heard
    return heard
  end,
})

--- Is anybody told of each row of a model that is deleted? Then they must be known one by one.
function M.of_deletes(meta)
  local told = M.of[meta.class]
  return told and told.delete or false
end

--- Has it found out again: a hook, or a receiver, is new or gone.
function M.forget()
  for class in pairs(M.of) do M.of[class] = nil end
end
signal.changed = M.forget

local function call(object, hook, ...)
  local fn = rawget(getmetatable(object).model, hook)
  if fn then fn(object, ...) end
end

local function send(name, object, created)
  signals[name]:send(getmetatable(object).model, { instance = object, created = created })
end

--- An object is about to be written: inserted, if nothing is in the way, when `created`.
function M.before_save(object, created)
  call(object, "before_save", created)
  send("pre_save", object, created)
end

function M.after_save(object, created)
  send("post_save", object, created)
  call(object, "after_save", created)
end

function M.before_delete(object)
  call(object, "before_delete")
  send("pre_delete", object)
end

--- The row of an object is gone; its key is there yet.
function M.after_delete(object)
  send("post_delete", object)
  call(object, "after_delete")
end

-- A write gives the number of its rows, or the rows.
local function count(result)
  return type(result) == "table" and #result or result
end

--- Updates fields of a queryset's rows by write().
function M.update(qs, fields, write)
  local class, names = qs.node.meta.class, {}
  for i, f in ipairs(fields) do names[i] = f.name end
  signals.pre_update:send(class, { queryset = qs, fields = names })
  local result = write()
  signals.post_update:send(class, { queryset = qs, fields = names, updated_count = count(result) })
  return result
end

--- Deletes a queryset's rows by write().
function M.delete(qs, write)
  local class = qs.node.meta.class
  signals.pre_bulk_delete:send(class, { queryset = qs })
  local result = write()
  signals.post_bulk_delete:send(class, { queryset = qs, deleted_count = count(result) })
  return result
end

return M
