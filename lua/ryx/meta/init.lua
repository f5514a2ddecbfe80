-- SPDX-License-Identifier: MIT
-- Post._meta: options and fields of a model as data, which querysets, instances and
-- migrations work with.
local compat = require "ryx.compat"
local constraint = require "ryx.meta.constraint"
local errors = require "ryx.errors"
local field = require "ryx.field"
local generated = require "ryx.field.generated"
local inherit = require "ryx.meta.inherit"
local key = require "ryx.meta.key"
local naming = require "ryx.naming"
local proxy = require "ryx.meta.proxy"
local referrers = require "ryx.meta.referrers"
local relation = require "ryx.meta.relation"
local unique = require "ryx.meta.unique"
require "ryx.field.number" -- the key that a model has when it names none

local M = {}

local Meta = {}
Meta.__index = Meta

-- Options of Meta and their types.
local OPTIONS = {
  table_name = "string", database = "string", app_label = "string", abstract = "boolean", managed = "boolean",
  strict = "boolean", ordering = "table", unique_together = "table", index_together = "table", indexes = "table",
  constraints = "table", proxy = "boolean", schema = "string", track_changes = "boolean", primary_key = "table",
  was = "string", db_comment = "string",
}

-- Inherited fields, then own ones in the order of their creation; false leaves an inherited one out.
local function collect(model_name, def, bases)
  local list, inherited = inherit.fields(def, bases)
  local declared = {}
  for name, f in pairs(def) do
    if getmetatable(f) == field.Field and type(name) == "string" then
      declared[#declared + 1] = { name, f }
    elseif f ~= false or not inherited[name] then
      errors.raise("misuse", "%s: %s is not a field", model_name, compat.show(name))
    end
  end
  table.sort(declared, function(a, b) return a[2].order < b[2].order end)
  for _, pair in ipairs(declared) do list[#list + 1] = pair end
  return list
end

local function check_name(meta, name)
  local problem
  if name:find("__", 1, true) then problem = "holds a double underscore, which separates the parts of a path" end
  if name:sub(1, 1) == "_" then problem = "begins with an underscore" end
  if name:sub(-1) == "_" then problem = "ends with an underscore, so no path could hold it" end
  if name == "pk" then problem = "always means the key" end
  if meta.methods[name] then problem = "is a method of models" end
  if not name:find("^[%a_][%w_]*$") then problem = "is not a name" end
  if problem then
    errors.raise("misuse", "%s: a field cannot be called %q, which %s", meta.model_name, name, problem)
  end
end

local function add_field(meta, name, f)
  check_name(meta, name)
  f:bind(meta, name)
  if f.related_name and not meta.abstract then f.related_name = naming.expand(f.related_name, meta) end
  if f.many then
    meta.many_to_many[#meta.many_to_many + 1] = f
    return
  end
  for _, called in ipairs{ name, f.attname } do
    if meta.paths[called] then
      errors.raise("misuse", "%s: two fields are called %q", meta.model_name, called)
    end
    meta.paths[called] = f
    if called == f.attname then break end
  end
  if meta.by_column[f.column] then
    errors.raise("misuse", "%s: %s and %s share the column %q", meta.model_name, meta.by_column[f.column].name, name,
      f.column)
  end
  meta.by_column[f.column] = f
  meta.fields[#meta.fields + 1] = f
  meta.attnames[#meta.attnames + 1] = f.attname
  if f.primary_key then
    if meta.pk_field then
      errors.raise("misuse", "%s: %s and %s are both the primary key", meta.model_name, meta.pk_field.name, name)
    end
    meta.pk_field = f
  end
end

local function has_key(list)
  for _, pair in ipairs(list) do
    if pair[2].primary_key then return true end
  end
  return false
end

local function add_fields(meta, list, names_key)
  if not meta.abstract and not names_key and not has_key(list) then
    add_field(meta, "id", field.constructors.AutoField())
    meta.pk_field.is_implied = true
  end
  for _, pair in ipairs(list) do
    local name, f = pair[1], pair[2]
    add_field(meta, name, f.meta and f:copy() or f)
  end
  for _, f in ipairs(meta.many_to_many) do
    if meta.paths[f.name] then errors.raise("misuse", "%s: two fields are called %q", meta.model_name, f.name) end
  end
end

--- The field of a name, attribute name or "pk"; an error names the nearest one.
function Meta:get_field(name)
  local f = self.paths[name]
  if f then return f end
  if name == "pk" and self.key_fields[2] then key.refuse(self, "pk", "name them") end
  errors.raise("field_error", "%s has no field %s%s", self.model_name, compat.show(name),
    errors.hint(tostring(name), compat.sorted_keys(self.paths)))
end

--- The fields of a list of names.
function Meta:get_fields(names)
  local fields = {}
  for i, name in ipairs(names) do fields[i] = self:get_field(name) end
  return fields
end

local function weak_names(meta)
  meta = meta.concrete
  if not meta.weak then meta.weak = relation.weak_names(meta.relations) end
  return meta.weak
end

--- What a path reaches by this name (meta/relation.lua), or nil; fields come first.
function Meta:relation(name)
  local d = self.relations[name]
  if d or self.paths[name] then return d end
  return weak_names(self)[name]
end

--- The names of relations, sorted, for messages.
function Meta:relation_names()
  local names = {}
  for _, set in ipairs{ weak_names(self), self.relations } do
    for name in pairs(set) do
      if name:sub(1, 1) ~= "_" and (set == self.relations or not self.paths[name]) then names[name] = true end
    end
  end
  return compat.sorted_keys(names)
end

--- Has every field know its type; foreign keys look at their models.
function Meta:settle()
  if self.settled then return end
  for _, f in ipairs(self.fields) do f:settle() end
  self.settled = true
end

Meta.explain, Meta.makes_keys = constraint.explain, key.makes_keys
Meta.dependents = referrers.dependents

--- Raises the model's DoesNotExist.
function Meta:raise_missing(message)
  error(errors.new({
    kind = "does_not_exist", message = message or self.model_name .. " matching query does not exist.",
    model = self.model_name,
  }, self.DoesNotExist), 0)
end

--- Raises the model's MultipleObjectsReturned.
function Meta:raise_several()
  error(errors.new({
    kind = "multiple_objects", message = "get() returned more than one " .. self.model_name .. ".",
    model = self.model_name,
  }, self.MultipleObjectsReturned), 0)
end

-- The classes of what the lists of Meta hold, and the name of the usual one.
local MADE_BY = {
  indexes = { name = "Index", index = true, search_index = true },
  constraints = { name = "Constraint", constraint = true },
}

local function check_ordering(meta)
  for i, name in ipairs(meta.ordering) do
    if type(name) ~= "string" then
      errors.raise("misuse", "%s Meta.ordering: item %d is a name, or \"-\" and a name, not %s", meta.model_name, i,
        compat.show(name))
    end
    local path = naming.split((name:gsub("^%-", "")))
    -- Further parts lead to models that may not be there yet, as may what leads there.
    if not meta.abstract and not path[2] and path[1] ~= "pk" then meta:get_field(path[1]) end
  end
end

-- A database has each name once.
local function check_twice(meta)
  for list, makers in pairs(MADE_BY) do
    local seen = {}
    for _, item in ipairs(meta[list]) do
      if item.name and seen[item.name] then
        errors.raise("misuse", "%s Meta.%s: %s is the name of two items, each a ryx.%s", meta.model_name, list,
          item.name, makers.name)
      end
      if item.name then seen[item.name] = true end
    end
  end
end

-- Fields of ordering, together and indexes must exist: said at definition. What an abstract model
-- names, those that are built upon it may have.
local function check_names(meta)
  check_ordering(meta)
  if not meta.abstract then unique.check(meta) end
  for _, option in ipairs{ "unique_together", "index_together" } do
    -- One list of names stands for a list of one.
    if type(meta[option][1]) == "string" then meta[option] = { meta[option] } end
    for i, names in ipairs(meta[option]) do
      errors.check_type(names, "table", ("%s Meta.%s: item %d"):format(meta.model_name, option, i))
      if not meta.abstract then unique.check_list(meta, names, "Meta." .. option) end
    end
  end
  for list, makers in pairs(MADE_BY) do
    for i, v in ipairs(meta[list]) do
      if type(v) ~= "table" or not makers[v._class] then
        errors.raise("misuse", "%s Meta.%s: item %d is not a ryx.%s", meta.model_name, list, i, makers.name)
      end
    end
  end
  for _, index in ipairs(meta.abstract and {} or meta.indexes) do index:check(meta) end
  check_twice(meta)
end

local function check_options(model_name, options)
  errors.check_options(options, OPTIONS, model_name .. " Meta")
  for option, wanted in pairs(OPTIONS) do
    if options[option] ~= nil then errors.check_type(options[option], wanted, model_name .. " Meta." .. option) end
  end
end

-- What a proxy has itself; the rest is the other model's.
local function make_proxy(model_name, def, own, options, bases, methods, registry, place)
  local meta = proxy.new({
    model_name = model_name, key = place.key or model_name, module = place.module or false, methods = methods,
    bases = bases, options = options, registry = registry, alias = options.database or "default",
    app_label = options.app_label or "", strict = options.strict or false, ordering = options.ordering or {},
    track_changes = options.track_changes or false,
  }, own, def)
  check_ordering(meta)
  return meta
end

--- Makes the meta of a model from those of its bases: options of Meta, fields with their places. `place`
--- has its key and module, where those are not its name and none (registry.lua).
function M.new(model_name, def, bases, methods, registry, place)
  place = place or {}
  local own = def.Meta or {}
  def.Meta = nil
  check_options(model_name, own)
  local options = inherit.options(own, bases)
  if own.proxy then return make_proxy(model_name, def, own, options, bases, methods, registry, place) end
  local meta = setmetatable({
    model_name = model_name, key = place.key or model_name, module = place.module or false,
    registry = registry, fields = {}, attnames = {}, paths = {}, by_column = {}, methods = methods,
    many_to_many = {}, relations = {}, given = {}, is_key = {}, bases = bases, options = options,
    abstract = options.abstract or false, managed = options.managed ~= false,
    table_name = options.table_name or naming.table_name(model_name),
    alias = registry.alias or options.database or "default", app_label = options.app_label or "",
    strict = options.strict or false, track_changes = options.track_changes or false, ordering = options.ordering or {},
    unique_together = options.unique_together or {}, index_together = options.index_together or {},
  }, Meta)
  meta.concrete, meta.schema = meta, options.schema
  -- What a query calls it (docs/internals/description.md).
  meta.table = meta.schema and meta.schema .. "\0" .. meta.table_name or meta.table_name
  for _, list in ipairs{ "indexes", "constraints" } do
    meta[list] = inherit.named(meta, options[list] or {}, own[list] == nil)
  end
  add_fields(meta, collect(model_name, def, bases), options.primary_key)
  key.define(meta, options.primary_key)
  generated.divide(meta)
  meta.exact_fields, meta.auto_fields, meta.without_key = {}, {}, {}
  for _, f in ipairs(meta.written) do
    if not meta.is_key[f] then table.insert(meta.without_key, f) end
    if f.auto_value then table.insert(meta.auto_fields, f) end
    if f:is_exact() then table.insert(meta.exact_fields, f) end
    if f.relation then meta.relations[f.name] = relation.forward(f) end
    if f.is_custom then
      meta.custom_fields = meta.custom_fields or {}
      table.insert(meta.custom_fields, f)
    end
    if f.db_default ~= nil then
      meta.db_defaults = meta.db_defaults or {}
      table.insert(meta.db_defaults, f)
    end
  end
  check_names(meta)
  if meta.generated and not meta.abstract then generated.check(meta) end
  return meta
end

return M
