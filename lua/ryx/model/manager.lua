-- SPDX-License-Identifier: MIT
-- ryx.Manager: Post.objects and others like it, where queries of a model begin, with methods of
-- the user's.
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local many = require "ryx.relation.many"
local query = require "ryx.query"
local queryset = require "ryx.query.clause.queryset"
local reverse = require "ryx.relation.reverse"

local M = {}

--- Where queries of a model begin: an entry of its fields table.
---@class ryx.Manager
local Manager = { _class = "manager" }
Manager.__index = Manager
Manager.__tostring = function(m)
  return "<Manager: " .. table.concat(compat.sorted_keys(m.methods), ", ") .. ">"
end

-- What querysets hold besides methods.
local KEYS = { node = true, params = true }

local function is_taken(name)
  return KEYS[name] or rawget(query.QuerySet, name) ~= nil or many.has_method(name) or reverse.has_method(name)
end

local function check_method(name, fn)
  if type(name) ~= "string" or not name:find("^%a[%w_]*$") then
    errors.raise("misuse", "Manager: %s is not a name of a method", compat.show(name))
  end
  if type(fn) ~= "function" then
    errors.raise("misuse", "Manager: %s is a function, not %s", name, compat.show(fn))
  end
  if is_taken(name) then
    errors.raise("misuse", "Manager: querysets or other sides of relations have %q already; choose another name", name)
  end
end

local n_created = 0

--- A beginning of queries, for the fields table of a model. Its functions are methods of the
--- beginning, of every queryset that comes of it and of other sides of relations;
--- `get_queryset` says which rows there are.
--- published = ryx.Manager{ get_queryset = function(qs) return qs:filter{ state = "live" } end,
---   popular = function(qs, n) return qs:filter{ views__gte = n } end }
--- Post.published:popular(100):order_by("-views")
---@param functions table<string, function>
---@return ryx.Manager
function M.Manager(functions)
  errors.check_type(functions, "table", "Manager")
  local methods = {}
  for _, name in ipairs(compat.sorted_keys(functions)) do
    if name == "get_queryset" then
      errors.check_type(functions[name], "function", "Manager: get_queryset")
    else
      check_method(name, functions[name])
      methods[name] = functions[name]
    end
  end
  n_created = n_created + 1
  return setmetatable({ methods = methods, get_queryset = functions.get_queryset, order = n_created }, Manager)
end

local function is_manager(v)
  return getmetatable(v) == Manager
end

--- Takes the managers out of a definition, with those of the bases that it says nothing else of.
function M.take(def, bases)
  local managers = {}
  for name, v in pairs(def) do
    if is_manager(v) then managers[name], def[name] = v, nil end
  end
  for _, base in ipairs(bases) do
    for name, v in pairs(base.managers) do
      if def[name] == nil and not managers[name] then managers[name] = v end
      if def[name] == false then def[name] = nil end
    end
  end
  return managers
end

local function check_name(meta, name)
  local problem
  if not name:find("^%a[%w_]*$") then problem = "is not a name" end
  if name ~= "objects" and meta.methods[name] then problem = "is a method of models" end
  if meta.paths[name] or meta.relations[name] then problem = "is a field" end
  for _, f in ipairs(meta.many_to_many) do
    if f.name == name then problem = "is a field" end
  end
  if problem then
    errors.raise("misuse", "%s: a manager cannot be called %q, which %s", meta.model_name, name, problem)
  end
end

-- The names of managers: objects, then in the order of their creation.
local function in_order(managers)
  local names = compat.sorted_keys(managers)
  table.sort(names, function(a, b)
    if a == "objects" or b == "objects" then return a == "objects" and b ~= "objects" end
    return managers[a].order < managers[b].order
  end)
  return names
end

-- Conditions of `objects` are not the user's: delete() still means all of its rows.
local function mark(qs, is_usual)
  local node = chain_node.follow(qs.node, "manager", is_usual, function(parent)
    local made = chain_node.new(parent, function() end, {})
    if is_usual then made.n_where = 0 end
    made.n_begin = made.n_where
    return made
  end)
  return queryset.copy(qs, node)
end

-- The queryset that a manager begins with, whose methods `class` has, or a function that gives it
-- at each touch.
local function beginning(meta, class, name, get_queryset)
  local all = queryset.new(chain_node.beginning(meta, class), {})
  if not get_queryset then return all end
  return function()
    local qs = get_queryset(all)
    if type(qs) ~= "table" or getmetatable(qs) ~= class or qs.node.meta ~= meta then
      errors.raise("misuse", "%s.%s: get_queryset gives a queryset made of the one it was given, not %s",
        meta.model_name, name, compat.show(qs))
    end
    return mark(qs, name == "objects")
  end
end

-- Methods of all managers, for other sides of relations: of one name those of the first.
local function all_methods(managers, names)
  local methods = {}
  for _, name in ipairs(names) do
    for key, fn in pairs(managers[name].methods) do methods[key] = methods[key] or fn end
  end
  return methods
end

-- The rows that other sides of relations have, with the methods of all managers: a function.
local function of_relations(meta, names)
  local managers = meta.managers
  local class = queryset.subclass(all_methods(managers, names), meta.model_name .. ".objects")
  local rows = beginning(meta, class, "objects", managers.objects and managers.objects.get_queryset)
  return type(rows) == "function" and rows or function() return rows end
end

--- Gives a model its beginnings: meta.rows, all rows as ryx itself asks for them; meta.related(), those of other
--- sides of relations; each manager's, which stands in `fixed`, or as a function in meta.beginnings.
function M.install(meta, fixed)
  local managers, names, rows = meta.managers, in_order(meta.managers), query.new(meta)
  meta.rows, meta.beginnings, fixed.objects = rows, {}, rows
  for _, name in ipairs(names) do
    check_name(meta, name)
    local class = queryset.subclass(managers[name].methods, meta.model_name .. "." .. name)
    local all = beginning(meta, class, name, managers[name].get_queryset)
    local is_fixed = type(all) == "table"
    meta.beginnings[name], fixed[name] = not is_fixed and all or nil, is_fixed and all or nil
  end
  meta.related = names[1] and of_relations(meta, names) or function() return rows end
end

return M
