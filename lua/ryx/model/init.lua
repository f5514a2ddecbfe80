-- SPDX-License-Identifier: MIT
-- ryx.model: a class from fields and Meta. The class table holds the methods of
-- its instances; `objects`, `_meta` and the two error classes are there as well.
local errors = require "ryx.errors"
local instance = require "ryx.model.instance"
local manager = require "ryx.model.manager"
local meta_of = require "ryx.model.meta"
local registry = require "ryx.registry"

local M = {}

-- What a class has by itself; neither fields nor methods may take these names.
local RESERVED = { objects = true, _meta = true, DoesNotExist = true, MultipleObjectsReturned = true }

local HOOKS = { "clean", "before_save", "after_save", "before_delete", "after_delete" }

local function reserved_names(base)
  local names = {}
  for name in pairs(RESERVED) do names[name] = true end
  for name in pairs(instance.methods) do names[name] = true end
  if base then
    for name, v in pairs(base) do
      if type(v) == "function" then names[name] = true end
    end
  end
  for _, hook in ipairs(HOOKS) do names[hook] = true end
  return names
end

local function add_method(class, name, v)
  local meta = rawget(class, "_meta")
  if meta and meta.paths[name] then
    errors.raise("misuse", "%s: %q is a field, so no method can have that name", meta.model_name, tostring(name))
  end
  if RESERVED[name] then
    errors.raise("misuse", "%s: %q is taken by ryx", meta.model_name, tostring(name))
  end
  rawset(class, name, v)
end

-- What nobody may replace is not in the class itself, so that assigning it is seen.
local function new_class(name)
  return setmetatable({}, {
    __index = {},
    __newindex = add_method,
    __tostring = function() return "<model " .. name .. ">" end,
  })
end

local function inherit(class, base)
  for name, fn in pairs(instance.methods) do rawset(class, name, fn) end
  for name, v in pairs(base or {}) do
    if not RESERVED[name] then rawset(class, name, v) end
  end
end

local function make_errors(meta, name)
  meta.DoesNotExist = errors.class(name .. ".DoesNotExist", errors.DoesNotExist)
  meta.MultipleObjectsReturned = errors.class(name .. ".MultipleObjectsReturned", errors.MultipleObjectsReturned)
end

local function shallow(t)
  local out = {}
  for k, v in pairs(t) do out[k] = v end
  return out
end

--- A model from fields, Meta and optionally an abstract model whose fields and
--- methods it takes.  local Post = ryx.model("Post", { title = ryx.CharField{} })
function M.model(name, def, base)
  if type(name) ~= "string" or not name:find("^%a[%w_]*$") then
    errors.raise("misuse", "ryx.model: %s is not a name", tostring(name))
  end
  if type(def) ~= "table" then errors.raise("misuse", "ryx.model(%q, { fields })", name) end
  local base_meta = type(base) == "table" and rawget(base, "_meta")
  if base and not (base_meta and base_meta.abstract) then
    errors.raise("misuse", "ryx.model(%q): only an abstract model can be built upon", name)
  end
  local class = new_class(name)
  inherit(class, base)
  local meta = meta_of.new(name, shallow(def), base_meta, reserved_names(base))
  meta.class = class
  make_errors(meta, name)
  rawset(class, "_meta", meta)
  local fixed = getmetatable(class).__index
  fixed.DoesNotExist, fixed.MultipleObjectsReturned = meta.DoesNotExist, meta.MultipleObjectsReturned
  if meta.abstract then return class end
  meta.instance_meta = instance.metatable(meta, class)
  function meta.construct(values) return instance.construct(meta, values) end
  function meta.prepare(object, created) return instance.prepare(meta, object, created) end
  function meta.save(object, alias, tx) return instance.write(meta, object, alias, tx, {}) end
  fixed.objects = manager.new(meta)
  getmetatable(class).__call = function(_, values) return instance.construct(meta, values or {}) end
  registry.add(name, class)
  return class
end

return M
