-- SPDX-License-Identifier: MIT
-- Which foreign keys lead to a model, those without a reverse side and those of join tables
-- among them: what its rows cannot leave without.
local M = {}

-- A key to a proxy leads to rows of its model.
local function target_of(f)
  if type(f.to) == "table" then return f.to._meta.concrete end
  if f:is_self() then return f.meta end
  local model = f.meta.registry:resolve(f.to, f.meta)
  local meta = model and model._meta
  return meta and (meta.is_proxy or meta.key ~= f.to) and meta.concrete or f.to
end

local function note(index, f)
  local target = target_of(f)
  local list = index[target]
  if not list then
    list = {}
    index[target] = list
  end
  list[#list + 1] = f
end

local function note_model(index, meta)
  for _, f in ipairs(meta.fields) do
    if f.relation then note(index, f) end
  end
  for _, many in ipairs(meta.many_to_many) do
    for _, f in ipairs(not many:has_through() and many:is_declared() and many:through_meta().fields or {}) do
      if f.relation then note(index, f) end
    end
  end
end

-- What is known of a registry's models: version, which it is of; keys, by target (a meta or a
-- name); tables, by meta the names that M.dependents gives.
local function known(registry)
  local found = registry.referrers
  if found and found.version == registry.version then return found end
  found = { version = registry.version, keys = {}, tables = setmetatable({}, { __mode = "k" }) }
  registry.referrers = found
  for _, model in ipairs(registry:all()) do note_model(found.keys, model._meta) end
  return found
end

--- The foreign keys that lead to a model.
function M.of(meta)
  local registry = meta.registry
  local index = known(registry).keys
  -- A model whose name another one took is in no registry.
  if registry:get(meta.key) ~= meta.class and not index[meta] then note_model(index, meta) end
  local list = {}
  for _, target in ipairs{ meta, meta.model_name } do
    for _, f in ipairs(index[target] or {}) do list[#list + 1] = f end
  end
  return list
end

--- The tables whose rows may go, or lose a key, with a row of a model.
function M.dependents(meta)
  local found = known(meta.registry)
  if found.tables[meta] then return found.tables[meta] end
  local seen, names = {}, {}
  local function follow(target)
    for _, f in ipairs(M.of(target)) do
      local from = f.meta
      if not seen[from] then
        seen[from], names[#names + 1] = true, from.table
        follow(from)
      end
    end
  end
  follow(meta)
  found.tables[meta] = names
  return names
end

return M
