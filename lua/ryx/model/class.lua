-- SPDX-License-Identifier: MIT
-- ryx.model: a class from fields and Meta. The class table holds the methods of its
-- instances; `objects`, `_meta` and the two error classes are there as well.
local compat = require "ryx.compat"
local display = require "ryx.model.display"
local errors = require "ryx.errors"
local instance = require "ryx.model.instance"
local listeners = require "ryx.query.write.listeners"
local manager = require "ryx.model.manager"
local meta_of = require "ryx.meta"
local query = require "ryx.query"
local of_model = require "ryx.relation.of_model"
local relation = require "ryx.meta.relation"
local save = require "ryx.model.save"

local M = {}

-- What a class has by itself; neither fields nor methods may take these names.
local RESERVED = { objects = true, _meta = true, DoesNotExist = true, MultipleObjectsReturned = true }

local HOOKS = { "clean", "before_save", "after_save", "before_delete", "after_delete" }

local function reserved_names(bases)
  local names = {}
  for name in pairs(RESERVED) do names[name] = true end
  for name in pairs(instance.methods) do names[name] = true end
  for _, base in ipairs(bases) do
    for name, v in pairs(base) do
      if type(v) == "function" then names[name] = true end
    end
  end
  for _, hook in ipairs(HOOKS) do names[hook] = true end
  return names
end

-- Sets what a class has not yet; so have those that are built upon it, unless they have their own.
local function add_method(class, name, v)
  local meta = rawget(class, "_meta")
  if meta and meta.paths[name] then
    errors.raise("misuse", "%s: %q is a field, so no method can have that name", meta.model_name, tostring(name))
  end
  if meta and meta.relations[name] then
    errors.raise("misuse", "%s: %q is a relation (%s), so no method can have that name; give it another related_name",
      meta.model_name, name, relation.label(meta.relations[name]))
  end
  if RESERVED[name] then
    errors.raise("misuse", "%s: %q is taken by ryx", meta.model_name, tostring(name))
  end
  if meta.managers[name] then
    errors.raise("misuse", "%s: %q is a manager, so no method can have that name", meta.model_name, tostring(name))
  end
  rawset(class, name, v)
  for child in pairs(meta.children) do
    if rawget(child, name) == nil then add_method(child, name, v) end
  end
  listeners.forget()
end

-- What is looked for in a model and is not there: a method of its querysets, or a slip.
local function unknown(class, name)
  if type(name) == "string" and name:sub(1, 1) == "_" then return nil end
  local meta = rawget(class, "_meta")
  if meta and meta.abstract then
    errors.raise("misuse", "%s is abstract and has no %s: build a model upon it", meta.model_name, tostring(name))
  end
  local begin = meta and meta.beginnings[name]
  if begin then return begin() end
  local d = meta and meta.relations[name]
  if d and d.kind == "many" then return of_model.relation(d) end
  local who = meta and meta.model_name or "the model"
  if rawget(query.QuerySet, name) then
    errors.raise("field_error", "%s has no %q: write %s.objects:%s(...)", who, name, who, name)
  end
  local known = { "objects", "DoesNotExist", "MultipleObjectsReturned" }
  for key in pairs(class) do known[#known + 1] = key end
  for key in pairs(meta and meta.managers or {}) do known[#known + 1] = key end
  for key, other in pairs(meta and meta.relations or {}) do
    if other.kind == "many" and key:sub(1, 1) ~= "_" then known[#known + 1] = key end
  end
  errors.raise("field_error", "%s has no %s%s", who, compat.show(name), errors.hint(tostring(name), known))
end

-- What nobody may replace is not in the class itself, so that assigning it is seen.
local function new_class(name)
  local class = {}
  return setmetatable(class, {
    __index = setmetatable({}, { __index = function(_, key) return unknown(class, key) end }),
    __newindex = add_method,
    __tostring = function() return "<model " .. name .. ">" end,
  })
end

-- Methods: of the first base that has its own, else those of every instance.
local function inherit(class, bases)
  for name, fn in pairs(instance.methods) do rawset(class, name, fn) end
  for i = #bases, 1, -1 do
    for name, v in pairs(bases[i]) do
      if not RESERVED[name] and v ~= instance.methods[name] then rawset(class, name, v) end
    end
  end
end

-- A proxy's belong to those of its model.
local function make_errors(meta, name)
  local above = meta.is_proxy and meta.concrete or meta.bases[1] or errors
  for _, kind in ipairs{ "DoesNotExist", "MultipleObjectsReturned" } do
    meta[kind] = errors.class(name .. "." .. kind, above[kind])
  end
end

local function metas_of(bases)
  local metas = {}
  for i, base in ipairs(bases) do metas[i] = rawget(base, "_meta") end
  return metas
end

--- A class that no name leads to yet: ryx.model gives it one, join tables need none. `bases` are
--- the classes it is built upon, or nil; `registry` has the models that its relations name, `place`
--- says where in it this one is, unless under its name.
function M.new(name, def, bases, registry, place)
  local class = new_class(name)
  bases = bases or {}
  inherit(class, bases)
  local base_metas = metas_of(bases)
  def = compat.with(def)
  local managers = manager.take(def, base_metas)
  local meta = meta_of.new(name, def, base_metas, reserved_names(bases), registry, place)
  meta.managers = managers
  meta.class, meta.new_class, meta.children = class, M.new, setmetatable({}, { __mode = "k" })
  for _, base in ipairs(meta.bases) do base.children[class] = true end
  make_errors(meta, name)
  rawset(class, "_meta", meta)
  display(class, meta)
  local fixed = getmetatable(class).__index
  fixed.DoesNotExist, fixed.MultipleObjectsReturned = meta.DoesNotExist, meta.MultipleObjectsReturned
  if meta.abstract then
    getmetatable(class).__call = function()
      errors.raise("misuse", "%s is abstract and has no rows: build a model upon it", name)
    end
    return class
  end
  meta.instance_meta = instance.metatable(meta, class)
  function meta.construct(values) return instance.construct(meta, values) end
  function meta.prepare_all(list, created, alias) return save.prepare_all(meta, list, created, alias) end
  function meta.save(object, alias, tx, options) return save.write(meta, object, alias, tx, options or {}) end
  manager.install(meta, fixed)
  getmetatable(class).__call = function(_, values) return instance.construct(meta, values or {}) end
  return class
end

return M
