-- SPDX-License-Identifier: MIT
-- The other side of a foreign key: author.posts, and user.profile for one-to-one.
local errors = require "ryx.errors"
local load_related = require "ryx.query.read.load_related"
local loaded = require "ryx.row.loaded"
local manager = require "ryx.relation.manager"
local QuerySet = require("ryx.query").QuerySet
local record = require "ryx.row.record"
local tracked = require "ryx.row.tracked"
local value = require "ryx.value"

local M = {}

--- The other side of a foreign key, author.posts: the rows that refer to an object.
---@class ryx.ReverseManager: ryx.RelatedManager
local Reverse = {}

local function child_rows(self)
  return manager.rows(self, self._relation.field.meta)
end

local function related_rows(self)
  return manager.related(self, self._relation.field.meta)
end

local function scope(self)
  return related_rows(self):filter(self._relation.field.name, self._owner)
end

local function need_null(self, method)
  local f = self._relation.field
  if not f.null then
    errors.raise("misuse", "%s:%s: %s.%s cannot be null, so a %s leaves only by delete()", manager.label(self), method,
      f.meta.model_name, f.name, f.meta.model_name)
  end
end

-- Values of a new child with its parent; another parent among them is a mistake.
local function with_owner(self, values, method)
  local f, out = self._relation.field, {}
  errors.check_type(values, "table", manager.label(self) .. ":" .. method)
  for k, v in pairs(values) do out[k] = v end
  local given = out[f.name] == nil and out[f.attname] or out[f.name]
  if given ~= nil and f:convert(given) ~= self._owner.pk then
    errors.raise("misuse", "%s:%s: %s is another one already", manager.label(self), method, f.name)
  end
  out[f.attname], out[f.name] = nil, self._owner
  return out
end

--- Makes and saves a child.  ann.posts:create{ title = "Hello" }  -> INSERT
---@param values? table<string, any>
---@return ryx.Model
function Reverse:create(values)
  return child_rows(self):create(with_owner(self, values or {}, "create"))
end

--- The child that a lookup finds, else a new one: object, created.
--- ann.posts:get_or_create{ title = "Hello", defaults = { views = 1 } }
---@param values table<string, any> what is looked for, and `defaults`
---@return ryx.Model object
---@return boolean created
function Reverse:get_or_create(values)
  return related_rows(self):get_or_create(with_owner(self, values, "get_or_create"))
end

--- The same, and a child that is found is changed to the defaults.
--- ann.posts:update_or_create{ title = "Hello", defaults = { views = 1 } }
---@param values table<string, any> what is looked for, `defaults` and `create_defaults`
---@return ryx.Model object
---@return boolean created
function Reverse:update_or_create(values)
  return related_rows(self):update_or_create(with_owner(self, values, "update_or_create"))
end

--- Inserts a child, or updates the one with the same unique_fields: object, created.
--- ann.posts:upsert({ slug = "a", title = "Hello" }, { unique_fields = { "slug" } })
---@param values? table<string, any>
---@param options? ryx.UpsertOptions
---@return ryx.Model object
---@return boolean created
---@return boolean updated
function Reverse:upsert(values, options)
  return child_rows(self):upsert(with_owner(self, values, "upsert"), options)
end

--- Inserts many children at once.  ann.posts:bulk_create{ Post{ title = "a" }, Post{ title = "b" } }
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions
---@return ryx.Model[] list
function Reverse:bulk_create(list, options)
  local f = self._relation.field
  for _, object in ipairs(type(list) == "table" and list or {}) do
    if value.is_instance(object) and record.is_of(object, f.meta) then object[f.name] = self._owner end
  end
  return child_rows(self):bulk_create(list, options)
end

-- Objects get the parent that their rows have got.
local function assign(self, objects, to)
  local f = self._relation.field
  for _, object in ipairs(objects) do object[f.name] = to end
  if f.meta.track_changes then tracked.forget(objects) end
end

local function move(self, qs, objects, to)
  local f = self._relation.field
  if f.meta.is_key[f] and not f.primary_key then
    errors.raise("misuse", "%s: %s.%s is of the key, so rows do not change it: create them, or delete them",
      manager.label(self), f.meta.model_name, f.name)
  end
  local n = qs:update{ [f.name] = to }
  assign(self, objects, to)
  return n
end

--- Gives rows this parent; how many there were.  ann.posts:add(post, 7)  -> UPDATE ... WHERE id IN
---@param ... any objects or keys
---@return integer
function Reverse:add(...)
  local keys, objects = manager.arguments(self, "add", false, ...)
  if #keys == 0 then return 0 end
  return move(self, child_rows(self):filter{ pk__in = keys }, objects, self._owner)
end

-- Of the objects a program holds, those that were this parent's.
local function children_among(self, objects)
  local list, attname = {}, self._relation.field.attname
  for _, object in ipairs(objects) do
    if rawget(object, attname) == self._owner.pk then list[#list + 1] = object end
  end
  return list
end

local function leave(self, keys, objects)
  if #keys == 0 then return 0 end
  return move(self, scope(self):filter{ pk__in = keys }, children_among(self, objects), value.null)
end

--- Takes this parent from rows that have it.  ann.posts:remove(post)  -> UPDATE ... SET author_id = NULL
---@param ... any objects or keys
---@return integer
function Reverse:remove(...)
  need_null(self, "remove")
  return leave(self, manager.arguments(self, "remove", false, ...))
end

--- Takes this parent from all its rows; how many there were.  ann.posts:clear()
---@return integer
function Reverse:clear()
  need_null(self, "clear")
  return move(self, scope(self), {}, value.null)
end

-- Keys that are in `a` and not in `b`.
local function without(a, b)
  local known, out = {}, {}
  for _, key in ipairs(b) do known[manager.id(key)] = true end
  for _, key in ipairs(a) do
    if not known[manager.id(key)] then out[#out + 1] = key end
  end
  return out
end

--- Makes these rows, and no others, this parent's; only differences are written. How many
--- they are.  ann.posts:set{ post, 7 }
---@param list any[] objects or keys
---@param options? table none are known
---@return integer
function Reverse:set(list, options)
  local keys, objects = manager.list(self, list, options, false)
  local n = manager.atomic(self, function()
    local present = {}
    for i, object in ipairs(scope(self):order_by():all()) do present[i] = object.pk end
    local old, new, changed = without(present, keys), without(keys, present), 0
    if #old > 0 then
      need_null(self, "set")
      changed = leave(self, old, {})
    end
    if #new > 0 then changed = changed + move(self, child_rows(self):filter{ pk__in = new }, {}, self._owner) end
    return changed
  end)
  assign(self, objects, self._owner)
  return n
end

local class = manager.class(Reverse, scope)

--- Has a manager a method of this name?
function M.has_method(name)
  return type(Reverse[name] or rawget(QuerySet, name)) == "function"
end

--- A function(object) that gives the manager of its children.
function M.manager(d)
  return manager.accessor(class, d)
end

--- A function(object) that gives the one object that refers to it, or nil.
function M.object(d)
  local f, name = d.field, d.name
  return function(object)
    local related = loaded.get(object, name)
    if related == value.null then return nil end
    if related then
      if rawget(related, f.attname) == object.pk then return related end
      loaded.keep(object, name, nil)
    end
    if not rawget(object, "_r") then return nil end
    return load_related.reverse(object, d)
  end
end

return M
