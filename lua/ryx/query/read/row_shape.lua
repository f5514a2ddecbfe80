-- SPDX-License-Identifier: MIT
-- qs:all, qs:values, qs:values_list, qs:select_related: how the columns of a row become
-- an instance with those it leads to, a table, an array or a single value.
local custom = require "ryx.row.custom"
local key = require "ryx.meta.key"
local loaded = require "ryx.row.loaded"
local outputs = require "ryx.query.select.outputs"
local related = require "ryx.query.select.related"
local relation = require "ryx.meta.relation"
local value = require "ryx.value"

local M = {}

-- Can a first touch of a model's objects load something for all of them?
local function is_lazy(meta, lacks_columns)
  if lacks_columns then return true end
  for _, rel in pairs(meta.relations) do
    if rel.single then return true end
  end
  return false
end

-- An object of select_related. Where there is none a foreign key is NULL; another side
-- needs a mark.
local function nested(b, part)
  local rel, meta = part.rel, part.rel:target_meta()
  return {
    from = part.from, key = part.key, parent = part.parent and part.parent.number or 0, name = rel.name,
    meta = meta.instance_meta, marks = rel.kind == "reverse", tracked = meta.track_changes,
    peers = is_lazy(meta, select(2, related.fields_of(b, part))),
    back = rel.kind == "reverse" and rel.field.name or relation.single_reverse_name(rel.field),
  }
end

-- Adds the parts of select_related, which outputs() has placed.
local function add_related(b, description)
  description.nested = {}
  for i, part in ipairs(b.related) do
    for _, field in ipairs((related.fields_of(b, part))) do
      description.keys[#description.keys + 1] = field.attname
    end
    description.nested[i] = nested(b, part)
  end
end

--- How the rows of a builder become Lua values: a description for core.shape.
function M.of(b)
  local s, keys = b.select, outputs.names(b)
  if s then return { kind = s.kind, keys = keys, null = s.null, named = s.named } end
  local description = {
    kind = "model", keys = keys, meta = b.meta.instance_meta, peers = is_lazy(b.meta, b.chosen),
    tracked = b.meta.track_changes,
  }
  if b.related then add_related(b, description) end
  return description
end

-- Rows of values_list{ named = true } know their names, too.
local function naming(fields)
  local positions = {}
  for i, field in ipairs(fields) do positions[field.name] = i end
  local mt = { _class = "row", __index = function(row, name)
    local i = positions[name]
    return i and rawget(row, i)
  end }
  return function(list)
    for _, row in ipairs(list) do setmetatable(row, mt) end
  end
end

-- Objects of deleted rows keep their key and are unsaved.
local function unsave(list)
  for _, object in ipairs(list) do rawset(object, "_r", nil) end
end

-- Columns of values() that hold values of fields of the user's own: a function that converts them.
local function converting_columns(s)
  local by_key = custom.keys(#s.fields, function(i)
    return s.kind == "dict" and s.fields[i].name or i, s.fields[i].expr
  end)
  if not by_key then return nil end
  if s.kind ~= "flat" then
    return function(list)
      for i = 1, #list do custom.row(by_key, list[i]) end
    end
  end
  return function(list)
    for i = 1, #list do list[i] = custom.value(by_key[1], list[i]) end
  end
end

-- The fields of the models of the parts of select_related; nil when there are none.
local function custom_parts(b)
  local parts, any = {}, false
  for i, part in ipairs(b.related or {}) do
    parts[i] = part.rel:target_meta().custom_fields or false
    any = any or parts[i]
  end
  return any and parts or nil
end

-- What a part of select_related has brought for an object, or nil.
local function object_of(object, part)
  if part.parent then object = object_of(object, part.parent) end
  local found = object and loaded.get(object, part.rel.name)
  return value.is_instance(found) and found or nil
end

-- What came with an object by joins; rows may share it.
local function convert_parts(b, parts, object, seen)
  for i, part in ipairs(b.related) do
    local other = parts[i] and object_of(object, part)
    if other and not seen[other] then
      seen[other] = true
      custom.object(parts[i], other)
    end
  end
end

-- Where keys have several fields, objects keep them (meta/key.lua).
local function keeper(b)
  local meta, parts = b.meta, {}
  for _, part in ipairs(b.related or {}) do
    if not part.rel:target_meta().pk_field then parts[#parts + 1] = part end
  end
  if meta.pk_field and not parts[1] then return nil end
  return function(list)
    key.keep_all(meta, list)
    for _, object in ipairs(parts[1] and list or {}) do
      for _, part in ipairs(parts) do
        local found = object_of(object, part)
        if found then key.keep(part.rel:target_meta(), found) end
      end
    end
  end
end

-- A function that converts objects, with what came by joins.
local function converting_objects(b)
  local own, parts = b.meta.custom_fields, custom_parts(b)
  local annotated = custom.keys(#b.annotated, function(i) return b.annotated[i], b.annotations[b.annotated[i]] end)
  if not (own or parts or annotated) then return nil end
  return function(list)
    local seen = {}
    for i = 1, #list do
      if own then custom.object(own, list[i]) end
      if annotated then custom.row(annotated, list[i]) end
      if parts then convert_parts(b, parts, list[i], seen) end
    end
  end
end

-- One function after the other, where there are both.
local function both(first, second)
  if not (first and second) then return first or second end
  return function(list)
    first(list)
    second(list)
  end
end

--- What is done to the rows after they were made, or nil; are values of theirs converted?
function M.adapter(b)
  if b.select then
    local convert = converting_columns(b.select)
    return both(convert, b.select.named and naming(b.select.fields)) or nil, convert ~= nil
  end
  local convert = converting_objects(b)
  return both(both(convert, b.are_gone and unsave), keeper(b)) or nil, convert ~= nil
end

-- The columns that rows lack, or nil.
local function deferred(b)
  if not b.chosen then return nil end
  local names = {}
  for _, field in ipairs(b.meta.fields) do
    if not b.chosen[field] then names[field.attname] = true end
  end
  return next(names) and names
end

-- A function that makes the records of the parts of select_related, for one result.
local function related_records(b)
  local lacking = {}
  for i, part in ipairs(b.related) do
    local _, names = related.fields_of(b, part)
    lacking[i] = names and next(names) and names or false
  end
  return function(alias)
    local records = {}
    for i, names in ipairs(lacking) do records[i] = { alias = alias, deferred = names or nil } end
    return records
  end
end

--- A function that makes the record of one result, where a plain one will not do.
function M.record_maker(b)
  if b.select or not (b.chosen or b.related) then return nil end
  local lacking, parts = deferred(b), b.related and related_records(b)
  return function(alias)
    return { alias = alias, deferred = lacking, parts = parts and parts(alias) }
  end
end

return M
