-- SPDX-License-Identifier: MIT
-- qs:all, qs:only, qs:values, qs:values_list: the columns that a query selects.
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

--- The outputs of a builder's rows; `alone`: without what hangs on them.
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
  if a == b then return true end
  if a.op ~= b.op then return false end
  if a.op == "column" then return a.source == b.source and a.column == b.column end
  return a.op == "json" and a.kind == b.kind and table.concat(a.steps, "\0") == table.concat(b.steps, "\0")
    and same(a[1], b[1])
end

--- DISTINCT keeps one of equal rows, so it cannot order by what they do not hold.
--- Meta.ordering gives way; what the user asked for is an error.
function M.check_order(b, outputs, order)
  if not b.distinct or not b.select then return end
  for i = #order, 1, -1 do
    local held = false
    for _, out in ipairs(outputs) do held = held or same(out.expr, order[i].of or order[i].expr) end
    if not held and not b.order then
      table.remove(order, i)
    elseif not held then
      errors.raise("field_error", "%s: distinct rows cannot be ordered by what they do not hold: add it to values",
        b.meta.model_name)
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
