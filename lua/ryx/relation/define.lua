-- SPDX-License-Identifier: MIT
-- ryx.model: what a new model has to do with others. Its relations get their other sides,
-- and it gets those of the models that named it before. All is checked first, so a
-- definition that fails leaves nothing behind.
local errors = require "ryx.errors"
local key = require "ryx.meta.key"
local many = require "ryx.relation.many"
local relation = require "ryx.meta.relation"
local reverse = require "ryx.relation.reverse"

local M = {}

-- The model or, before it is there, the name a relation points to. A proxy has no relations but
-- those of its model.
local function target_of(f, meta)
  if type(f.to) == "table" then return f.to._meta.concrete end
  if f:is_self() then return meta end
  local model = meta.registry:resolve(f.to, meta)
  return model and model._meta.concrete or f.to
end

local function refuse(f, name, target, is)
  local meta = f.meta
  errors.raise("misuse", "%s.%s: its reverse name %q on %s is %s; give it %s related_name%s", meta.model_name, f.name,
    name, target, is, is:find("^taken") and "or the other a" or "another",
    meta.bases[1] and ' (in it "%(class)s" stands for the model\'s name)' or "")
end

-- A field or a method of a model with that name, for messages.
local function member_of(meta, name)
  if meta.paths[name] then return "a field" end
  if meta.managers[name] then return "a manager" end
  if meta.methods[name] or type(rawget(meta.class, name)) == "function" then return "a method" end
  return nil
end

-- The label of the relation that has a name already; what `old` gave does not count.
local function holder(definition, target, name)
  local labels = definition.taken[target]
  if labels and labels[name] then return labels[name] end
  if type(target) == "table" then
    local d = target.relations[name]
    local by = d and relation.field_of(d).meta
    return d and by ~= definition.old and by ~= definition.meta and relation.label(d) or nil
  end
  for _, f in ipairs(definition.meta.registry:referrers_of(target, definition.meta)) do
    if f.meta ~= definition.old and relation.reverse_name(f) == name then return f.meta.model_name .. "." .. f.name end
  end
  return nil
end

local function note(definition, target, name, label)
  local labels = definition.taken[target]
  if not labels then
    labels = {}
    definition.taken[target] = labels
  end
  labels[name] = label
end

-- One column holds no key of several.
local function refuse_key(label, target)
  if not target.key_fields[2] then return end
  errors.raise("misuse", "%s refers to %s, whose primary key has several fields (%s), and a column holds one value: "
    .. "give %s a key of one field and make those unique_together", label, target.model_name, key.names(target),
    target.model_name)
end

-- A relation's other side: noted under its name, refused when that is not free.
local function claim(definition, f, target)
  local name = relation.reverse_name(f)
  local label = f.meta.model_name .. "." .. f.name
  local known = type(target) == "table"
  if known and target.abstract then
    errors.raise("misuse", "%s refers to %s, which is abstract and has no rows", label, target.model_name)
  end
  if known then refuse_key(label, target) end
  if not name then return end
  local target_name = known and target.model_name or target
  if name:sub(1, 1) ~= "_" then
    local is = known and member_of(target, name)
    if is then refuse(f, name, target_name, is) end
    is = holder(definition, target, name)
    if is then refuse(f, name, target_name, "taken by " .. is) end
  end
  note(definition, target, name, label)
  if known then table.insert(definition.sides, relation.reverse(f, target)) end
end

local function relations_of(meta)
  local list, named = {}, {}
  if meta.is_proxy then return list, named end
  for _, fields in ipairs{ meta.fields, meta.many_to_many } do
    for _, f in ipairs(fields) do
      if f.relation or f.many then list[#list + 1] = f end
    end
  end
  for _, f in ipairs(list) do
    if type(f.to) == "string" and not f:is_self() then named[#named + 1] = f end
  end
  return list, named
end

local function accessor(d)
  if d.single then return reverse.object(d) end
  return d.kind == "many" and many.manager(d) or reverse.manager(d)
end

local function refuse_assignment(d)
  local label = d.meta.model_name .. "." .. d.name
  return function()
    if d.single then errors.raise("misuse", "%s is read only: assign %s instead", label, relation.label(d)) end
    errors.raise("misuse", "%s cannot be assigned: change it with :set{ ... }, add or remove", label)
  end
end

local function install(d)
  local meta, source = d.meta, relation.field_of(d).meta
  meta.relations[d.name], meta.weak = d, nil
  if d.name:sub(1, 1) ~= "_" then
    meta.getters[d.name], meta.setters[d.name] = accessor(d), refuse_assignment(d)
  end
  if meta ~= source then table.insert(source.given, d) end
end

-- Takes back what a model gave to others (to one other).
local function withdraw(meta, only)
  local kept = {}
  for _, d in ipairs(meta.given) do
    local target = d.meta
    if only and target ~= only then
      kept[#kept + 1] = d
    elseif target.relations[d.name] == d then
      target.relations[d.name], target.weak = nil, nil
      target.getters[d.name], target.setters[d.name] = nil, nil
    end
  end
  meta.given = kept
end

--- Registers a model with its relations, in the registry that it was made for.
function M.add(class)
  local meta = class._meta
  local registry = meta.registry
  local old = registry:get(meta.key)
  local definition = { meta = meta, old = old and old._meta, taken = {}, sides = {} }
  for _, f in ipairs(meta.is_proxy and {} or meta.many_to_many) do
    refuse_key(meta.model_name .. "." .. f.name .. ": the join table", meta)
    note(definition, meta, f.name, meta.model_name .. "." .. f.name)
    table.insert(definition.sides, relation.many(f))
  end
  local list, named = relations_of(meta)
  for _, f in ipairs(list) do claim(definition, f, target_of(f, meta)) end
  local waiting = registry:waiting_for(class)
  for _, f in ipairs(waiting) do claim(definition, f, meta.concrete) end
  if old then withdraw(definition.old) end
  for _, f in ipairs(waiting) do
    local before = registry:resolve(f.to, f.meta)
    if before then withdraw(f.meta, before._meta) end
  end
  registry:add(class, named)
  for _, d in ipairs(definition.sides) do install(d) end
end

return M
