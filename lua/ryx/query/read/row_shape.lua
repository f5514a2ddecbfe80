-- SPDX-License-Identifier: MIT
-- qs:all, qs:values, qs:values_list, qs:select_related: how the columns of a row become
-- an instance with those it leads to, a table, an array or a single value.
local outputs = require "ryx.query.select.outputs"
local related = require "ryx.query.select.related"
local relation = require "ryx.meta.relation"

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
    meta = meta.instance_meta, marks = rel.kind == "reverse",
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
  local description = { kind = "model", keys = keys, meta = b.meta.instance_meta, peers = is_lazy(b.meta, b.chosen) }
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

--- What is done to the rows after they were made, or nil.
function M.adapter(b)
  if b.are_gone and not b.select then return unsave end
  if b.select and b.select.named then return naming(b.select.fields) end
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
