-- SPDX-License-Identifier: MIT
-- Both sides of a many-to-many relation: post.tags, tag.posts.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local get_or_create = require "ryx.query.write.get_or_create"
local manager = require "ryx.relation.manager"
local QuerySet = require("ryx.query").QuerySet
local signal = require "ryx.signal"
local Q = require("ryx.query.expr.q").Q

local M = {}

--- A side of a many-to-many relation, post.tags: the rows that are linked with an object.
---@class ryx.ManyManager: ryx.RelatedManager
local Many = {}

local m2m_changed = signal.signals.m2m_changed
local ATTEMPTS = 5

local function target_rows(self)
  return manager.rows(self, self._relation:target_meta())
end

local function related_rows(self)
  return manager.related(self, self._relation:target_meta())
end

local function scope(self)
  return related_rows(self):filter(self._relation.reverse_name, self._owner)
end

-- Names of the join table's fields: of this side, of the other one.
local function ends(self)
  local d = self._relation
  return d:source_field().name, d:target_field().name
end

-- Rows of the join table from this object to keys (to any), in both directions
-- where the relation is symmetrical.
local function links(self, keys)
  local here, there = ends(self)
  local key = self._owner.pk
  local condition = Q(here, key)
  if keys then condition = condition * Q(there .. "__in", keys) end
  if self._relation.many:is_symmetrical() then
    local reversed = Q(there, key)
    if keys then reversed = reversed * Q(here .. "__in", keys) end
    condition = condition + reversed
  end
  return manager.rows(self, self._relation:through_meta()):filter(condition):order_by()
end

local function is_told(self)
  return signal.is_heard(m2m_changed, self._relation:through_meta().class)
end

-- Tells receivers of links to keys; to all, without keys.
local function tell(self, action, keys)
  if not is_told(self) then return end
  local d = self._relation
  m2m_changed:send(d:through_meta().class, {
    instance = self._owner, action = action, reverse = d:source_field() ~= (d.many:join_keys()),
    model = d:target_meta().class, pk_set = keys,
  })
end

local function unlink(self, action, keys)
  tell(self, "pre_" .. action, keys)
  local n = links(self, keys):delete()
  tell(self, "post_" .. action, keys)
  return n
end

local function pair(a, b)
  return manager.id(a) .. "\0" .. manager.id(b)
end

local function row_of(through, defaults, here, a, there, b)
  local values = {}
  for k, v in pairs(defaults or {}) do values[k] = v end
  values[here], values[there] = a, b
  return through.class(values)
end

-- Inserts what `rows` lack of the links to keys, in one statement; how many. The
-- order is the same for everybody, so that two at a time do not lock each other out.
local function insert_missing(self, keys, rows, defaults)
  local d, here, there = self._relation, ends(self)
  local through = d:through_meta()
  local a, b = through.paths[here].attname, through.paths[there].attname
  local taken, order, list, new = {}, {}, {}, {}
  for _, row in ipairs(rows) do taken[pair(row[a], row[b])] = true end
  local function add(from, to)
    local p = pair(from, to)
    if taken[p] then return false end
    taken[p], order[#order + 1] = row_of(through, defaults, here, from, there, to), p
    return true
  end
  for _, key in ipairs(keys) do
    local is_new = add(self._owner.pk, key)
    if d.many:is_symmetrical() then is_new = add(key, self._owner.pk) or is_new end
    if is_new then new[#new + 1] = key end
  end
  table.sort(order)
  for i, p in ipairs(order) do list[i] = taken[p] end
  if #list == 0 then return 0 end
  tell(self, "pre_add", new)
  manager.rows(self, through):bulk_create(list)
  tell(self, "post_add", new)
  return #list
end

-- Another connection may insert the same link meanwhile: then the look is taken
-- again. In a transaction that was handed on it could not be.
local function attempt(self, as, fn)
  local left = type(self._on) == "table" and 1 or ATTEMPTS
  while true do
    left = left - 1
    local results = compat.pack(pcall(as, self, fn))
    if results[1] then return compat.unpack(results, 2, results.n) end
    local err = results[2]
    if left == 0 or not errors.is_error(err) or err.kind ~= "unique_violation" then error(err, 0) end
  end
end

--- Links objects or keys; links that are there stay. How many rows the join table got.
--- post.tags:add(tag, 7, { through_defaults = { by = "ann" } })  -> SELECT, INSERT
---@param ... any objects or keys, and { through_defaults = {...} }, the other columns of the links
---@return integer
function Many:add(...)
  local keys, _, options = manager.arguments(self, "add", true, ...)
  if #keys == 0 then return 0 end
  -- What receivers write is undone with an attempt.
  return attempt(self, is_told(self) and manager.atomic or manager.with_one_write, function()
    return insert_missing(self, keys, links(self, keys):all(), options.through_defaults)
  end)
end

local OPTIONS = { through_defaults = true }

--- Makes, saves and links an object.  post.tags:create{ name = "lua" }  -> INSERT, INSERT
---@param values? table<string, any>
---@param options? { through_defaults?: table<string, any> }
---@return ryx.Model
function Many:create(values, options)
  options = options or {}
  errors.check_options(options, OPTIONS, manager.label(self) .. ":create")
  return manager.atomic(self, function()
    local object = target_rows(self):create(values)
    insert_missing(self, { object.pk }, {}, options.through_defaults)
    return object
  end)
end

local function link(self, object)
  insert_missing(self, { object.pk }, links(self, { object.pk }):all())
end

local function found_or_made(method)
  return function(self, values)
    return attempt(self, manager.atomic, function()
      local object, created, is_linked = get_or_create.through(scope(self), related_rows(self), values, method)
      if not is_linked then link(self, object) end
      return object, created
    end)
  end
end

--- The linked object that a lookup finds, else a new one that is linked: object,
--- created. What a unique key names and is not linked yet is linked, not made again.
--- post.tags:get_or_create{ name = "lua", defaults = { color = "blue" } }
---@param values table<string, any> what is looked for, and `defaults`
---@return ryx.Model object
---@return boolean created
Many.get_or_create = found_or_made "get_or_create"

--- The same, and what is found is changed to the defaults.
--- post.tags:update_or_create{ name = "lua", defaults = { color = "blue" } }
---@param values table<string, any> what is looked for, `defaults` and `create_defaults`
---@return ryx.Model object
---@return boolean created
Many.update_or_create = found_or_made "update_or_create"

--- Inserts an object, or updates the one with the same unique_fields, and links it.
--- post.tags:upsert({ name = "lua", color = "blue" }, { unique_fields = { "name" } })
---@param values? table<string, any>
---@param options? ryx.UpsertOptions
---@return ryx.Model object
---@return boolean created
---@return boolean updated
function Many:upsert(values, options)
  return attempt(self, manager.atomic, function()
    local object, created, updated = target_rows(self):upsert(values, options)
    link(self, object)
    return object, created, updated
  end)
end

--- Inserts and links many objects at once.  post.tags:bulk_create{ Tag{ name = "a" }, Tag{ name = "b" } }
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions
---@return ryx.Model[] list
function Many:bulk_create(list, options)
  for _, name in ipairs(options and { "ignore_conflicts", "update_where" } or {}) do
    if options[name] then
      errors.raise("misuse", "%s:bulk_create: %s tells no keys, so there would be nothing to link", manager.label(self),
        name)
    end
  end
  return manager.atomic(self, function()
    local made = target_rows(self):bulk_create(list, options)
    local keys = manager.keys(self, "bulk_create", made, #made)
    -- Rows that were there may be linked already.
    insert_missing(self, keys, options and options.update_conflicts and links(self, keys):all() or {})
    return made
  end)
end

--- Unlinks objects or keys.  post.tags:remove(tag, 7)  -> DELETE of rows of the join table
---@param ... any objects or keys
---@return integer
function Many:remove(...)
  local keys = manager.arguments(self, "remove", false, ...)
  if #keys == 0 then return 0 end
  return unlink(self, "remove", keys)
end

--- Unlinks all.  post.tags:clear()
---@return integer
function Many:clear()
  return unlink(self, "clear")
end

-- The ends of links that are not among keys.
local function surplus(self, rows, keys)
  local through, here, there = self._relation:through_meta(), ends(self)
  local a, b = through.paths[here].attname, through.paths[there].attname
  local owner_id, wanted, out = manager.id(self._owner.pk), {}, {}
  for _, key in ipairs(keys) do wanted[manager.id(key)] = true end
  for _, row in ipairs(rows) do
    local other = manager.id(row[a]) == owner_id and row[b] or row[a]
    if not wanted[manager.id(other)] then out[#out + 1], wanted[manager.id(other)] = other, true end
  end
  return out
end

--- Links these and no others; only differences are written.  post.tags:set{ a, b }
---@param list any[] objects or keys
---@param options? { through_defaults?: table<string, any> }
---@return integer
function Many:set(list, options)
  local keys, _, given = manager.list(self, list, options, true)
  return attempt(self, manager.atomic, function()
    local rows = links(self):all()
    local old, n = surplus(self, rows, keys), 0
    if #old > 0 then n = unlink(self, "remove", old) end
    return n + insert_missing(self, keys, rows, given.through_defaults)
  end)
end

local class = manager.class(Many, scope)

--- Has a manager a method of this name?
function M.has_method(name)
  return type(Many[name] or rawget(QuerySet, name)) == "function"
end

--- A function(object) that gives the manager of the objects it is linked with.
function M.manager(d)
  return manager.accessor(class, d)
end

return M
