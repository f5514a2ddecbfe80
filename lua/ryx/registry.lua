-- SPDX-License-Identifier: MIT
-- Models by name, so that relations can name models declared later. Those of ryx.model are in the
-- registry that this module is; `new` gives another one, whose models know nothing of these.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local Registry = {}
Registry.__index = Registry

--- A registry without models.
function Registry.new()
  return setmetatable({
    version = 0, -- another one after every change
    models = {},
    refs = {}, -- model name -> its relations (fields) whose targets are named by text
    abstract = {}, -- names of models that have no rows, for messages
    alias = nil, -- when set, the database of all its models, whatever they and a router say
    added = nil, -- when set, added(name, model) is told of every model
    referrers = nil, -- what meta/referrers.lua found out
  }, Registry)
end

--- Adds a model under its name (the newest wins) with its relations to names.
function Registry:add(name, model, relations)
  self.models[name], self.refs[name], self.version = model, relations, self.version + 1
  if self.added then self.added(name, model) end
end

--- Notes the name of an abstract model, which nothing can refer to.
function Registry:add_abstract(name)
  self.abstract[name] = true
end

function Registry:get(name)
  return self.models[name]
end

--- The relations of other models to a name, whether a model has it already or not.
function Registry:referrers_of(name)
  local out = {}
  for _, source in ipairs(compat.sorted_keys(self.refs)) do
    for _, f in ipairs(source ~= name and self.refs[source] or {}) do
      if f.to == name then out[#out + 1] = f end
    end
  end
  return out
end

--- Every model that is no proxy of another one, by name.
function Registry:all()
  local out = {}
  for _, name in ipairs(compat.sorted_keys(self.models)) do
    if not self.models[name]._meta.is_proxy then out[#out + 1] = self.models[name] end
  end
  return out
end

--- The model of a table, or nil.
function Registry:by_table(table_name)
  for _, model in pairs(self.models) do
    if model._meta.table_name == table_name then return model._meta.concrete end
  end
end

--- The model of a name, or an error that says who asked.
function Registry:find(name, who)
  local model = self.models[name]
  if model then return model end
  if self.abstract[name] then
    errors.raise("misuse", "%s refers to %s, which is abstract and has no rows", who, name)
  end
  local names = {}
  for n in pairs(self.models) do names[#names + 1] = n end
  errors.raise("field_error", "%s refers to model %q, which is not defined%s", who, name, errors.hint(name, names))
end

return Registry.new()
