-- SPDX-License-Identifier: MIT
-- Models by name, so that relations can name models declared later. Those of ryx.model are in the
-- registry that this module is; `new` gives another one, whose models know nothing of these.
--
-- The key of a model of Lua's is its name. Elsewhere modules have names of their own: the key of a
-- class of Python's is "shop.models.Order", of its module "shop.models" (meta.key, meta.module).
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local Registry = {}
Registry.__index = Registry

--- A registry without models.
function Registry.new()
  return setmetatable({
    version = 0, -- another one after every change
    models = {}, -- by key
    keys = {}, -- name -> the keys of the models that are called so, the newest last
    refs = {}, -- key -> the relations (fields) of its model whose targets are named by text
    abstract = {}, -- names of models that have no rows, for messages
    alias = nil, -- when set, the database of all its models, whatever they and a router say
    added = nil, -- when set, added(name, model) is told of every model
    referrers = nil, -- what meta/referrers.lua found out
  }, Registry)
end

-- The keys of a name with this one as the newest.
local function newest(keys, key)
  local out = {}
  for _, k in ipairs(keys or {}) do
    if k ~= key then out[#out + 1] = k end
  end
  out[#out + 1] = key
  return out
end

--- Adds a model under its key (the newest wins) with its relations to names.
function Registry:add(model, relations)
  local meta = model._meta
  local name, key = meta.model_name, meta.key
  self.models[key], self.refs[key], self.version = model, relations, self.version + 1
  self.keys[name] = newest(self.keys[name], key)
  meta.version = self.version
  if self.added then self.added(name, model) end
end

--- Notes the name of an abstract model, which nothing can refer to.
function Registry:add_abstract(name)
  self.abstract[name] = true
end

--- The model of a key, or nil.
function Registry:get(key)
  return self.models[key]
end

-- The model of a name in the nearest scope around a model: what a function defines, then its module.
local function in_scope(self, name, meta)
  local scope = meta.key
  while scope ~= meta.module do
    scope = scope:match("^(.*)%.")
    local model = self.models[scope .. "." .. name]
    if model then return model end
  end
end

-- The models of a name of which a meta passes, the newest first.
local function passing(self, name, passes)
  local out, keys = {}, self.keys[name] or {}
  for i = #keys, 1, -1 do
    local model = self.models[keys[i]]
    if passes(model._meta) then out[#out + 1] = model end
  end
  return out
end

-- What a name means in a model with a module: in its own scope, its module, what belongs to its
-- app_label.
local function nearby(self, name, meta)
  local model = in_scope(self, name, meta)
  if model then return model end
  model = passing(self, name, function(other) return other.module == meta.module end)[1]
  if model or meta.app_label == "" then return model end
  return passing(self, name, function(other) return other.app_label == meta.app_label end)[1]
end

-- Of "shop.Order" the model that belongs to that app_label.
local function labelled(self, name)
  local label, last = name:match("^(.*)%.([^.]*)$")
  return label and passing(self, last, function(other) return other.app_label == label end)[1]
end

--- The model that a name (or a key) means in the model `meta`, or nil: one near it, else the only one
--- that is called so. With nil all that are.
function Registry:resolve(name, meta)
  local model = meta.module and nearby(self, name, meta) or self.models[name] or labelled(self, name)
  if model then return model end
  local all = passing(self, name, function() return true end)
  if #all > 1 then return nil, all end
  return all[1]
end

--- The relations of other models that name by text a model `meta` would mean by this name, and there
--- is none yet.
function Registry:referrers_of(name, meta)
  local out = {}
  for _, source in ipairs(compat.sorted_keys(self.refs)) do
    for _, f in ipairs(source ~= name and self.refs[source] or {}) do
      if f.to == name and f.meta.module == meta.module then out[#out + 1] = f end
    end
  end
  return out
end

--- The relations of other models that mean a model once it is added.
function Registry:waiting_for(model)
  local meta, out = model._meta, {}
  local key, name = meta.key, meta.model_name
  local old, keys = self.models[key], self.keys[name]
  self.models[key], self.keys[name] = model, newest(keys, key)
  for _, source in ipairs(compat.sorted_keys(self.refs)) do
    for _, f in ipairs(source ~= key and self.refs[source] or {}) do
      if f:target_name() == name and self:resolve(f.to, f.meta) == model then out[#out + 1] = f end
    end
  end
  self.models[key], self.keys[name] = old, keys
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

-- Is a better than b for those of a module?
local function is_better(a, b, module)
  if not b then return true end
  if (a.module == module) ~= (b.module == module) then return a.module == module end
  return a.version > b.version
end

--- The model of a table that `meta` means, or nil.
function Registry:by_table(table_name, meta)
  local best
  for _, model in pairs(self.models) do
    local other = model._meta
    if other.table_name == table_name and is_better(other, best, meta and meta.module) then best = other end
  end
  return best and best.concrete
end

--- The model of a name in the model `meta`, or an error that says who asked.
function Registry:find(name, who, meta)
  local model, several = self:resolve(name, meta)
  if model then return model end
  if several then
    local keys = {}
    for i, other in ipairs(several) do keys[i] = other._meta.key end
    table.sort(keys)
    errors.raise("field_error", "%s refers to model %q, and there are %s: name one of them, or give the class", who,
      name, table.concat(keys, ", "))
  end
  if self.abstract[name] then
    errors.raise("misuse", "%s refers to %s, which is abstract and has no rows", who, name)
  end
  local names = {}
  for n in pairs(self.keys) do names[#names + 1] = n end
  errors.raise("field_error", "%s refers to model %q, which is not defined%s", who, name, errors.hint(name, names))
end

return Registry.new()
