-- SPDX-License-Identifier: MIT
-- What author.posts and post.tags have in common: the queryset of related rows,
-- with methods besides that change the relation.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local of_key = require "ryx.meta.key"
local loaded = require "ryx.row.loaded"
local queryset = require "ryx.query.clause.queryset"
local record = require "ryx.row.record"
local router = require "ryx.db.router"
local run = require "ryx.db.run"
local transaction = require "ryx.db.transaction"
local value = require "ryx.value"

local QuerySet = queryset.QuerySet

local M = {}

-- A manager has these keys: _owner (instance), _relation (descriptor), _on (the name
-- of an alias, or a transaction handed on; false: a router says it). It takes a queryset's
-- when one is first touched: adding a key to a relation asks for no rows.
local function become_queryset(manager, scope)
  for k, v in pairs(scope(manager)) do rawset(manager, k, v) end
  rawset(manager, "_scoped", true)
end

-- What prefetch_related loaded, while the manager works where its owner is from.
local function prefetched(manager)
  if manager._elsewhere then return nil end
  return loaded.get(manager._owner, manager._relation.name)
end

-- What changes the rows of a relation: what was loaded of it is forgotten.
local WRITES = {
  "add", "remove", "set", "clear", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update",
  "bulk_delete", "update", "update_all", "upsert", "delete", "delete_all",
}

-- The same manager where the relation is written: what it looks up to change it is read there.
local function where_written(manager)
  local d = manager._relation
  local alias = record.write_alias(manager._owner, d.many and d:through_meta() or d:target_meta())
  return M.new(getmetatable(manager), manager._owner, d, alias.name)
end

local function forgetting(fn)
  return function(self, ...)
    loaded.keep(self._owner, self._relation.name, nil)
    return fn(self._on and self or where_written(self), ...)
  end
end

--- A class of managers from its methods; scope(manager) gives the queryset of its rows.
function M.class(methods, scope)
  local class = {}
  for name, v in pairs(QuerySet) do
    if name == "_class" or name:find("^__") then class[name] = v end
  end
  for name, fn in pairs(M.methods) do methods[name] = methods[name] or fn end
  for _, name in ipairs(WRITES) do
    local fn = methods[name] or QuerySet[name]
    if fn then methods[name] = forgetting(fn) end
  end
  function class.__index(manager, name)
    local v = methods[name] or rawget(QuerySet, name)
    if v then return v end
    if not rawget(manager, "_scoped") then
      become_queryset(manager, scope)
      v = rawget(manager, name)
    end
    if v ~= nil then return v end
    return manager.node.class[name]
  end
  function class.__tostring(manager)
    return ("<%s of %s>"):format(M.label(manager), tostring(manager._owner))
  end
  return class
end

function M.new(class, owner, d, on, elsewhere)
  -- Slot 1 is what makes a loop over ipairs(manager) fail loudly.
  local guard = rawget(d:target_meta().rows, 1)
  return setmetatable({ guard, _owner = owner, _relation = d, _on = on, _elsewhere = elsewhere or false }, class)
end

local function refuse_unsaved(object, what)
  errors.raise("misuse", "%s: %s is not saved; save() it first", what, tostring(object))
end

--- A function(object) that gives the manager of a relation.
function M.accessor(class, d)
  return function(object)
    local mine = rawget(object, "_r")
    if not mine then refuse_unsaved(object, d.meta.model_name .. "." .. d.name) end
    return M.new(class, object, d, not router.current and mine.alias.name)
  end
end

--- How messages call the relation: Author.posts
function M.label(manager)
  local d = manager._relation
  return d.meta.model_name .. "." .. d.name
end

-- Without an alias of its own a manager asks where its owner's relations are read.
local function where_it_works(manager, objects)
  return manager._on and objects:using(manager._on) or queryset.with_more(objects, "owner", manager._owner)
end

--- Every row of a model where the manager works.
function M.rows(manager, meta)
  return where_it_works(manager, meta.rows)
end

--- The rows that relations to a model have there, with the methods of its managers.
function M.related(manager, meta)
  return where_it_works(manager, meta.related())
end

--- Runs fn, whose one write is its last statement: inside a transaction so that its failure
--- can be undone, else as it is.
function M.with_one_write(manager, fn)
  if type(manager._on) == "table" or not run.current_tx(db.alias(manager._on)) then return fn() end
  return M.atomic(manager, fn)
end

--- Runs fn as one: in a transaction, or in the one that was handed on.
function M.atomic(manager, fn)
  if type(manager._on) == "table" then return fn() end
  return transaction.run(fn, { alias = manager._on })
end

--- What a key is known by in tables.
function M.id(key)
  if type(key) == "table" then return of_key.id(key) end
  return tostring(compat.keyof(key))
end

local function key_of(manager, what, meta, v, i)
  if value.is_instance(v) then
    if not record.is_of(v, meta) then
      errors.raise("misuse", "%s takes a %s, not a %s", what, meta.model_name,
        getmetatable(v).model._meta.model_name)
    end
    local mine = rawget(v, "_r")
    if mine == nil then refuse_unsaved(v, what) end
    record.check_relation(what, v, mine.alias, manager._owner)
    return v.pk
  end
  if v == nil then errors.raise("misuse", "%s: number %d is nil", what, i) end
  if not meta.pk_field then of_key.refuse(meta, what, "give objects") end
  local key, problem = meta.pk_field:convert(v)
  if problem then
    errors.raise("misuse", "%s takes %s objects or keys, not %s", what, meta.model_name, compat.show(v))
  end
  return key
end

--- The keys of n objects or keys, each once, and which of them are objects.
function M.keys(manager, method, list, n)
  local meta, what = manager._relation:target_meta(), M.label(manager) .. ":" .. method
  meta:settle()
  local keys, objects, seen = {}, {}, {}
  for i = 1, n do
    local key = key_of(manager, what, meta, list[i], i)
    local id = M.id(key)
    if not seen[id] then keys[#keys + 1], seen[id] = key, true end
    if value.is_instance(list[i]) then objects[#objects + 1] = list[i] end
  end
  return keys, objects
end

local OPTIONS = { through_defaults = true }

--- Objects or keys and perhaps options behind them: keys, objects, options.
function M.arguments(manager, method, known, ...)
  local list, n, options = { ... }, select("#", ...), {}
  local last = list[n]
  if type(last) == "table" and getmetatable(last) == nil then
    local what = M.label(manager) .. ":" .. method
    if last[1] ~= nil or not known then
      errors.raise("misuse", "%s takes objects or keys one after the other: %s(a, b); set{ a, b } takes a list", what,
        method)
    end
    errors.check_options(last, OPTIONS, what)
    n, options = n - 1, last
  end
  local keys, objects = M.keys(manager, method, list, n)
  return keys, objects, options
end

--- The list and options of set: keys, objects, options.
function M.list(manager, list, options, known)
  local what = M.label(manager) .. ":set"
  if type(list) ~= "table" or getmetatable(list) ~= nil or list[1] == nil and next(list) ~= nil then
    errors.raise("misuse", "%s takes a list of objects or keys: set{ a, b }, not %s", what, compat.show(list))
  end
  errors.check_options(options or {}, known and OPTIONS or {}, what)
  local keys, objects = M.keys(manager, "set", list, #list)
  return keys, objects, options or {}
end

--- The related rows of an object, as a queryset.
---@class ryx.RelatedManager: ryx.QuerySet
M.methods = {}

--- The same manager on another alias, or inside a transaction that is handed on.  ann.posts:using(tx)
---@param where string|ryx.Transaction
---@return ryx.RelatedManager
function M.methods:using(where)
  M.rows(self, self._relation:target_meta()):using(where) -- says what is wrong with it
  return M.new(getmetatable(self), self._owner, self._relation, where, true)
end

-- Methods that what was loaded can answer; anything else, or after filter and the
-- like, asks the database.
local function from_list(name, answer)
  M.methods[name] = function(self, ...)
    local list = select("#", ...) == 0 and prefetched(self)
    if list then return answer(list) end
    return QuerySet[name](self, ...)
  end
end
from_list("all", function(list)
  local out = {}
  for i = 1, #list do out[i] = list[i] end
  return out
end)
from_list("count", function(list) return #list end)
from_list("exists", function(list) return list[1] ~= nil end)
from_list("first", function(list) return list[1] end)
from_list("last", function(list) return list[#list] end)

--- Streams what was loaded, else rows of the database.  for post in ann.posts:iter() do
---@param options? { chunk?: integer }
---@return fun(stream?: ryx.Stream): ryx.Model? next_row
---@return ryx.Stream? stream
---@return nil
---@return ryx.Stream? closed at the end of the loop
function M.methods:iter(options)
  local list = prefetched(self)
  if not list then return QuerySet.iter(self, options) end
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

--- Calls fn for what was loaded, else for rows of the database, until it returns false. The number
--- of rows seen.  ann.posts:each(function(post) print(post.title) end)
---@param fn fun(row: ryx.Model): boolean?
---@param options? { chunk?: integer }
---@return integer
function M.methods:each(fn, options)
  local list = prefetched(self)
  if not list then return QuerySet.each(self, fn, options) end
  errors.check_type(fn, "function", "each")
  for i = 1, #list do
    if fn(list[i]) == false then return i end
  end
  return #list
end

return M
