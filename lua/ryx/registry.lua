-- SPDX-License-Identifier: MIT
-- Models by name, so that relations can name models declared later.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local M = {
  version = 0, -- another one after every change
}

-- refs: model name -> its relations (fields) whose targets are named by text.
local models, refs = {}, {}
local abstract = {} -- names of models that have no rows, for messages

--- M.added(name, model), when set, is told of every model.
--- Adds a model under its name (the newest wins) with its relations to names.
function M.add(name, model, relations)
  models[name], refs[name], M.version = model, relations, M.version + 1
  if M.added then M.added(name, model) end
end

--- Notes the name of an abstract model, which nothing can refer to.
function M.add_abstract(name)
  abstract[name] = true
end

function M.get(name)
  return models[name]
end

--- The relations of other models to a name, whether a model has it already or not.
function M.referrers(name)
  local out = {}
  for _, source in ipairs(compat.sorted_keys(refs)) do
    for _, f in ipairs(source ~= name and refs[source] or {}) do
      if f.to == name then out[#out + 1] = f end
    end
  end
  return out
end

--- Every model that is no proxy of another one, by name.
function M.all()
  local out = {}
  for _, name in ipairs(compat.sorted_keys(models)) do
    if not models[name]._meta.is_proxy then out[#out + 1] = models[name] end
  end
  return out
end

--- The model of a table, or nil.
function M.by_table(table_name)
  for _, model in pairs(models) do
    if model._meta.table_name == table_name then return model._meta.concrete end
  end
end

--- The model of a name, or an error that says who asked.
function M.find(name, who)
  local model = models[name]
  if model then return model end
  if abstract[name] then errors.raise("misuse", "%s refers to %s, which is abstract and has no rows", who, name) end
  local names = {}
  for n in pairs(models) do names[#names + 1] = n end
  errors.raise("field_error", "%s refers to model %q, which is not defined%s", who, name, errors.hint(name, names))
end

--- Forgets every model: for tests.
function M.clear()
  models, refs, abstract, M.version = {}, {}, {}, M.version + 1
end

return M
