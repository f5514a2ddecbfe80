-- SPDX-License-Identifier: MIT
-- What a session knows of an expression without running it: the model of a class, a queryset or an
-- instance, else a value; and the names of what it has.
local value_of = require "ryx.value"

local M = {}

--- Adds the names of a list to a set.
function M.add(names, list)
  for _, name in ipairs(list) do names[name] = true end
end

--- Adds the keys that are names, of values of a type when one is said.
function M.add_keys(names, t, wanted)
  for key, v in pairs(t) do
    if type(key) == "string" and (not wanted or type(v) == wanted) then names[key] = true end
  end
end

local add, add_keys = M.add, M.add_keys

--- What is known of a value: { model = } of a class, { rows = meta, class = } of a queryset,
-- { row = meta } of an instance, else { value = }.
function M.of_value(v)
  local mt = type(v) == "table" and getmetatable(v)
  if value_of.is_instance(v) then return { row = mt.model._meta } end
  if type(mt) == "table" and rawget(mt, "_class") == "queryset" then return { rows = v.node.meta, class = mt } end
  if type(v) == "table" and rawget(v, "_meta") then return { model = v } end
  if v ~= nil then return { value = v } end
end

local function of_meta(meta)
  return M.of_value(meta.class.objects)
end

-- What a relation of a name leads to.
local function of_relation(meta, name)
  local d = meta.relations[name]
  if not d then return nil end
  if d.single then return { row = d:target_meta() } end
  return of_meta(d:target_meta())
end

local function of_class(model, step)
  local meta = model._meta
  if step.name == "objects" or meta.managers[step.name] then return M.of_value(model[step.name]) end
  return of_relation(meta, step.name)
end

-- Methods that give an instance, and those that give neither that nor a queryset.
local INSTANCE, OTHER = {}, {}
add(INSTANCE, { "get", "first", "last", "latest", "earliest", "create", "get_or_create", "update_or_create", "upsert" })
add(OTHER, {
  "all", "count", "exists", "aggregate", "delete", "update", "iter", "paginate", "in_bulk", "sql", "explain",
})

local function of_method(rows, step)
  if INSTANCE[step.name] then return { row = rows.rows } end
  if OTHER[step.name] or type(rows.class[step.name]) ~= "function" then return nil end
  return rows
end

-- A member of a plain table, which nothing has to be called for.
local function member(t, name)
  while type(t) == "table" do
    local v = rawget(t, name)
    if v ~= nil then return v end
    local mt = getmetatable(t)
    t = type(mt) == "table" and rawget(mt, "__index")
  end
end

local function follow(known, step)
  if known.model then return of_class(known.model, step) end
  if known.row then return of_relation(known.row, step.name) end
  if known.rows then return step.is_called and of_method(known, step) or nil end
  if step.is_called then return nil end
  return M.of_value(member(known.value, step.name))
end

--- What a chain of names (words.lua) gives, as far as that is known without running it.
function M.of_chain(chain, env)
  if not chain or not chain[1] then return nil end
  local known = M.of_value(rawget(env, chain[1].name))
  if known and chain[1].is_called then known = known.model and { row = known.model._meta } end
  for i = 2, #chain do
    if not known then return nil end
    known = follow(known, chain[i])
  end
  return known
end

local function add_instance(names, meta, sign)
  add_keys(names, meta.class, "function")
  if sign == ":" then return end
  for _, f in ipairs(meta.fields) do names[f.name], names[f.attname] = true, true end
  add_keys(names, meta.relations)
end

local function add_members(names, v)
  if type(v) == "string" then v = string end
  while type(v) == "table" do
    add_keys(names, v)
    local mt = getmetatable(v)
    v = type(mt) == "table" and rawget(mt, "__index")
  end
  local mt = type(v) == "userdata" and getmetatable(v)
  if type(mt) == "table" and type(mt.__index) == "table" then add_keys(names, mt.__index) end
end

--- The names that may follow it and a sign, a set.
function M.members(known, sign)
  local names = {}
  if known.rows then
    if sign == ":" then add_keys(names, known.class, "function") end
  elseif known.model then
    names.objects = true
    add_keys(names, known.model._meta.managers)
    add_keys(names, known.model, "function")
  elseif known.row then
    add_instance(names, known.row, sign)
  else
    add_members(names, known.value)
    if known.value == package.loaded.ryx then add(names, getmetatable(known.value).names()) end
  end
  return names
end

return M
