-- SPDX-License-Identifier: MIT
-- Querysets inside a query: the rows of IN, EXISTS, a single value. Functions of the
-- state of resolve.lua.
local build = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local finish = require "ryx.query.select.finalize"
local ir = require "ryx.query.ir"
local ordering = require "ryx.query.resolve.order"
local taking = require "ryx.query.lookup.bind"

local M = {}

-- The build of a queryset's rows inside this one, and its bounds.
function M.part(state, node, has)
  local b = build.of(node, state.n, state.build)
  if node.is_none then b.where[#b.where + 1] = { op = "false" } end
  local n_bounds = (has % 2) + (has >= 2 and 1 or 0)
  for _ = 1, node.n + n_bounds do state:take(taking.put) end
  local limit, offset
  local first = state.n + node.n
  local function bound(number) return { op = "param", number = number, type = "int", name = "", null = false } end
  if has % 2 == 1 then
    limit = bound(first)
    first = first + 1
  end
  if has >= 2 then offset = bound(first) end
  state.n = state.n + node.n + n_bounds
  return b, limit, offset
end

local ONE = { { expr = ir.int(1), name = "one" } }

--- The query of Exists.
function M.exists(state, node, has)
  local b, limit, offset = M.part(state, node, has)
  return finish.select(b, {
    outputs = ONE, limit = limit, offset = offset, order = limit and ordering.of(b) or nil,
  })
end

-- The one column of a sub-query: what values chose, else the key.
local function one_column(b, what)
  if b.select then
    if #b.select.fields ~= 1 then
      errors.raise("misuse", "%s takes a queryset of one column, not of %d: use values(\"name\")", what,
        #b.select.fields)
    end
    return b.select.fields[1].expr
  end
  return build.column(b.root, b.meta.pk_field)
end

local function column_query(state, node, has, what, one)
  local b, limit, offset = M.part(state, node, has)
  if one and not limit then limit = ir.int(1) end
  local column = one_column(b, what)
  local query = finish.select(b, {
    outputs = { { expr = column, name = "" } }, limit = limit, offset = offset, distinct = b.distinct,
    order = (limit or offset) and ordering.of(b) or nil,
  })
  return {
    op = "subquery", query = query, type = column.type, elem = column.elem, places = column.places, null = true,
  }, b
end

--- The rows of a queryset as the operand of a lookup: `many` for IN.
function M.rows(state, shape, left, many)
  local node, b = column_query(state, shape[1], shape[2], many and "in" or "a comparison", not many)
  local wanted = left.related or left.field and left.field.relation and left.field:target_meta()
  if not b.select and wanted and wanted ~= b.meta then
    errors.raise("misuse", "%s takes a queryset of %s, not of %s", taking.label(left, "this expression"),
      wanted.model_name, b.meta.model_name)
  end
  if node.type ~= left.type and left.type ~= "null" and node.type ~= "null" then
    errors.raise("field_error", "a column of type %s is compared with rows of type %s", left.type, node.type)
  end
  return node
end

function M.value(state, shape)
  return (column_query(state, shape[1], shape[2], "Subquery", true))
end

return M
