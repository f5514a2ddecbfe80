-- SPDX-License-Identifier: MIT
-- Models by name, so that relations can name models declared later.
local errors = require "ryx.errors"

local M = {}

local models, waiting = {}, {}

--- M.added(name, model), when set, is told of every model.
--- Adds a model under its name (the newest wins) and tells those who wait for it.
function M.add(name, model)
  models[name] = model
  if M.added then M.added(name, model) end
  local list = waiting[name]
  waiting[name] = nil
  for _, fn in ipairs(list or {}) do fn(model) end
end

--- Calls fn(model) now or when a model of that name is added.
function M.when(name, fn)
  if models[name] then return fn(models[name]) end
  waiting[name] = waiting[name] or {}
  table.insert(waiting[name], fn)
end

function M.get(name)
  return models[name]
end

--- The model of a name, or an error that says who asked.
function M.find(name, who)
  local model = models[name]
  if model then return model end
  local names = {}
  for n in pairs(models) do names[#names + 1] = n end
  errors.raise("field_error", "%s refers to model %q, which is not defined%s", who, name, errors.hint(name, names))
end

--- Forgets every model: for tests.
function M.clear()
  models, waiting = {}, {}
end

return M
