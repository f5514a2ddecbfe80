-- SPDX-License-Identifier: MIT
-- qs:all, qs:only, qs:values, qs:values_list: the columns that a query selects.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local grouped = require "ryx.query.select.grouped"
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

--- The outputs of a builder's rows; `alone`: without what hangs on them.
function M.outputs(b, alone)
  if b.select then
    local outputs = {}
    for i, field in ipairs(b.select.fields) do outputs[i] = output(field.expr, field.name) end
    return outputs
  end
  return object_outputs(b, alone)
end

-- The rows of a derived table have a key, too, but no database knows it.
local function add_columns(b, source)
  local group = b.group
  for _, field in ipairs(source.meta.fields) do
    if not source.meta.is_key[field] then group[#group + 1] = builder.column(source, field) end
  end
  for _, name in ipairs(compat.sorted_keys(b.annotations)) do
    local node = b.annotations[name]
    if node.op == "column" and node.source == source then group[#group + 1] = node end
  end
end

--- Groups by the key of every row that an output may come from.
function M.group_by_key(b)
  b.group = { compat.unpack(b.group_keys or {}) }
  for _, source in ipairs(b.sources) do
    if source.meta and not grouped.is_many(source) then
      for _, column in ipairs(builder.key_columns(source)) do b.group[#b.group + 1] = column end
      if source.query then add_columns(b, source) end
    end
  end
end

--- The keys of the rows, without what hangs on them.
function M.names(b)
  local names = {}
  if b.select then
    for i, field in ipairs(b.select.fields) do names[i] = field.name end
    return names
  end
  for i, field in ipairs(chosen_fields(b)) do names[i] = field.attname end
  for _, name in ipairs(b.annotated) do names[#names + 1] = name end
  return names
end

return M
