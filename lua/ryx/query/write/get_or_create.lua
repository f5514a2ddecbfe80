-- SPDX-License-Identifier: MIT
-- qs:get_or_create, qs:update_or_create: look, insert unless somebody else did it
-- meanwhile, look again.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local instance = require "ryx.query.write.instance"
local lock = require "ryx.query.clause.lock"
local naming = require "ryx.naming"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local slice = require "ryx.query.clause.slice"
local transaction = require "ryx.db.transaction"
local unique = require "ryx.meta.unique"
local upsert = require "ryx.query.write.upsert"
local value_of = require "ryx.value"

local methods = {}
local M = { methods = methods }

local ATTEMPTS, RETRIES = 10, 5

local function check_defaults(meta, defaults, what)
  if defaults == nil then return {} end
  errors.check_type(defaults, "table", meta.model_name .. ": " .. what)
  for name in pairs(defaults) do
    if not meta.setters[name] then
      errors.raise("field_error", "%s: %s names %s, which is no field%s", meta.model_name, what, compat.show(name),
        errors.hint(tostring(name), compat.sorted_keys(meta.paths)))
    end
  end
  return defaults
end

-- A value of the defaults; functions are called when it is needed.
local function value(v)
  if type(v) == "function" then return v() end
  return v
end

-- What the arguments mean: lookup, values of a new object (params, where nothing
-- says otherwise), defaults and create_defaults.
local function parse(qs, given, what, updates)
  local meta = qs.node.meta
  errors.check_type(given, "table", meta.model_name .. ": " .. what)
  local a = { meta = meta, what = what, lookup = {}, params = {} }
  for key, v in pairs(given) do
    local is_option = key == "defaults" or updates and key == "create_defaults"
    if type(key) ~= "string" then
      errors.raise("misuse", "%s: %s{ name = value }: a name is missing", meta.model_name, what)
    end
    if not is_option then
      a.lookup[key] = v
      if #naming.split(key) == 1 then a.params[key] = v end
    end
  end
  if next(a.lookup) == nil then
    errors.raise("misuse", "%s: %s needs something to look for besides defaults", meta.model_name, what)
  end
  a.defaults = check_defaults(meta, given.defaults, "defaults")
  a.new = updates and given.create_defaults ~= nil and check_defaults(meta, given.create_defaults, "create_defaults")
    or a.defaults
  return a
end

-- The unique key that the lookup covers, if any: only then is it free of races.
local function target_of(a)
  local set = {}
  for name, v in pairs(a.params) do
    local fields = v == value_of.null and {} or name == "pk" and a.meta.key_fields or { a.meta.paths[name] }
    for _, field in ipairs(fields) do set[field] = true end
  end
  return unique.covered(a.meta, set)
end

local function find(qs)
  local list = qs:order_by():limit(2):all()
  if #list > 1 then qs.node.meta:raise_several() end
  return list[1]
end

-- The object that was made, or nil when a row of its unique key was there.
local function make(qs, a, target, alias)
  local values = {}
  for _, t in ipairs{ a.params, a.new } do
    for name, v in pairs(t) do values[name] = value(v) end
  end
  local object = a.meta.construct(values)
  local made = a.meta.save(object, alias, qs.tx, {
    insert = function(meta, o, on, tx)
      if not target then return instance.insert(meta, o, on, tx) end
      return upsert.yield(meta, o, on, tx, target)
    end,
  })
  return made and object
end

-- Looks and makes by turns. An insert that yielded to a row which is not the one that
-- is looked for says so itself the next time: it yields to nothing.
local function find_or_make(qs, a, look)
  local alias, target = plans.write_alias(qs), target_of(a)
  local exact = target == nil or run.can(alias, "conflict_target")
  for attempt = 1, ATTEMPTS do
    local object = look()
    if object then return object, false end
    object = make(qs, a, (exact or attempt == 1) and target or nil, alias)
    if object then return object, true end
  end
  errors.raise("operational", "%s: %s: the row is there when it is made, but not when it is looked for",
    a.meta.model_name, a.what)
end

--- The object that a lookup finds, else a new one with the defaults too: object, created.
--- Tag.objects:get_or_create{ name = "lua", defaults = { color = "blue" } }
---@param values table<string, any> what is looked for, and `defaults`
---@return ryx.Model object
---@return boolean created
function methods:get_or_create(values)
  queryset.refuse_slice(self, "get_or_create")
  local a, qs = parse(self, values, "get_or_create", false), plans.for_write(self)
  local some = slice.whole(qs):filter(a.lookup)
  return find_or_make(qs, a, function() return find(some) end)
end

-- The key of a new row stands among the defaults, too; that of a row that is there stays.
local function change(object, a, qs)
  local names = {}
  for _, name in ipairs(compat.sorted_keys(a.defaults)) do
    local before, is_key = object.pk, a.meta:get_field(name).primary_key
    object[name] = value(a.defaults[name])
    if not is_key or object.pk ~= before then names[#names + 1] = name end
  end
  if #names == 0 then return end
  object:save{ update_fields = names, using = qs.tx or plans.write_alias(qs).name }
end

--- The same, and one that is found is changed to the defaults: object, created.
--- Page.objects:update_or_create{ slug = "a", defaults = { hits = F"hits" + 1 }, create_defaults = { hits = 1 } }
---@param values table<string, any> what is looked for, `defaults` and `create_defaults`
---@return ryx.Model object
---@return boolean created
function methods:update_or_create(values)
  queryset.refuse_slice(self, "update_or_create")
  local a, qs = parse(self, values, "update_or_create", true), plans.for_write(self)
  return transaction.within(plans.write_alias(qs), qs.tx, function()
    local some = lock.lock_rows(slice.whole(qs):filter(a.lookup))
    local object, created = find_or_make(qs, a, function() return find(some) end)
    if not created then change(object, a, qs) end
    return object, created
  end, RETRIES)
end

--- For relations whose rows are in a table of their own: an object among those that are
--- linked, else one of all that a unique key names, else a new one: object, created,
--- whether it is linked.
function M.through(linked, all, given, what)
  local a = parse(linked, given, what, what == "update_or_create")
  local object = find(slice.whole(linked):filter(a.lookup))
  if object then
    if what == "update_or_create" then change(object, a, linked) end
    return object, false, true
  end
  if target_of(a) then return all[what](all, given) end
  return make(all, a, nil, plans.write_alias(all)), true
end

return M
