-- SPDX-License-Identifier: MIT
-- What the rows of a build hold: the outputs of its query, and how they become
-- instances, tables or arrays.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local related = require "ryx.query.select.related"

local M = {}

local function chosen_fields(b)
  if not b.chosen then return b.meta.fields end
  related.keep_keys(b)
  local fields = {}
  for _, field in ipairs(b.meta.fields) do
    if b.chosen[field] then fields[#fields + 1] = field end
  end
  return fields
end

-- A name only where the column's own would not do.
local function output(expr, name)
  return { expr = expr, name = expr.op == "column" and expr.column == name and "" or name }
end

local function object_outputs(b, alone)
  local outputs = {}
  for i, field in ipairs(chosen_fields(b)) do outputs[i] = { expr = builder.column(b.root, field), name = "" } end
  for _, name in ipairs(b.annotated) do outputs[#outputs + 1] = output(b.annotations[name], name) end
  if (b.related or b.below) and not alone then related.outputs(b, outputs) end
  return outputs
end

--- The outputs of a build's rows; `alone`: without what hangs on them.
function M.outputs(b, alone)
  if b.select then
    local outputs = {}
    for i, field in ipairs(b.select.fields) do outputs[i] = output(field.expr, field.name) end
    return outputs
  end
  return object_outputs(b, alone)
end

--- Groups by the key of every row that an output may come from.
function M.group_by_key(b)
  b.group = { compat.unpack(b.group_keys or {}) }
  for _, source in ipairs(b.sources) do
    local is_many = source.how == "many"
    local p = source.parent
    while p do
      is_many = is_many or p.how == "many"
      p = p.parent
    end
    if not is_many and source.meta then b.group[#b.group + 1] = builder.column(source, source.meta.pk_field) end
  end
end

local function same(a, b)
  return a == b or a.op == "column" and b.op == "column" and a.source == b.source and a.column == b.column
end

--- DISTINCT keeps one of equal rows, so it cannot order by what they do not hold.
--- Meta.ordering gives way; what the user asked for is an error.
function M.check_order(b, outputs, order)
  if not b.distinct or not b.select then return end
  for i = #order, 1, -1 do
    local held = false
    for _, out in ipairs(outputs) do held = held or same(out.expr, order[i].expr) end
    if not held and not b.order then
      table.remove(order, i)
    elseif not held then
      errors.raise("field_error", "%s: distinct rows cannot be ordered by what they do not hold: add it to values",
        b.meta.model_name)
    end
  end
end

--- How the rows become Lua values: a description for core.shape.
function M.shape(b, alone)
  local s = b.select
  if s then
    local keys = {}
    for i, field in ipairs(s.fields) do keys[i] = field.name end
    return { kind = s.kind, keys = keys, null = s.null, named = s.named }
  end
  local keys = {}
  for i, field in ipairs(chosen_fields(b)) do keys[i] = field.attname end
  for _, name in ipairs(b.annotated) do keys[#keys + 1] = name end
  local description = {
    kind = "model", keys = keys, meta = b.meta.instance_meta, peers = related.is_lazy(b.meta, b.chosen),
  }
  if b.related and not alone then related.shape(b, description) end
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

--- What is done to the rows after they were made, or nil.
function M.adapter(b)
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

--- A function that makes the record of one result, where a plain one will not do.
function M.record_maker(b)
  if b.select or not (b.chosen or b.related) then return nil end
  local lacking, parts = deferred(b), b.related and related.record_maker(b)
  return function(alias)
    return { alias = alias, deferred = lacking, parts = parts and parts(alias) }
  end
end

return M
