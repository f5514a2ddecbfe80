-- SPDX-License-Identifier: MIT
-- Querysets inside a query: the rows of IN, EXISTS, a single value. Functions of the
-- resolver of resolve.lua.
local query_bounds = require "ryx.query.ir.bounds"
local builder = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local ir = require "ryx.query.ir"
local ordering = require "ryx.query.resolve.order"
local bind = require "ryx.query.lookup.bind"

local M = {}

-- The build of a queryset's rows inside this one, and its bounds.
function M.part(resolver, node, bounds)
  local b = builder.of(node, resolver.n, resolver.build)
  if node.is_none then b.where[#b.where + 1] = { op = "false" } end
  local n = node.n + query_bounds.count(bounds)
  for _ = 1, n do resolver:bind(bind.as_is) end
  local limit, offset = query_bounds.params(bounds, resolver.n + node.n)
  resolver.n = resolver.n + n
  return b, limit, offset
end

local ONE = { { expr = ir.int(1), name = "one" } }

--- The query of Exists.
function M.exists(resolver, node, bounds)
  local b, limit, offset = M.part(resolver, node, bounds)
  return finalize.select(b, {
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
  return builder.column(b.root, b.meta.pk_field)
end

local function column_query(resolver, node, bounds, what, one)
  local b, limit, offset = M.part(resolver, node, bounds)
  if one and not limit then limit = ir.int(1) end
  local column = one_column(b, what)
  local query = finalize.select(b, {
    outputs = { { expr = column, name = "" } }, limit = limit, offset = offset, distinct = b.distinct,
    order = (limit or offset) and ordering.of(b) or nil,
  })
  return {
    op = "subquery", query = query, type = column.type, elem = column.elem, places = column.places, null = true,
  }, b
end

--- The rows of a queryset as the operand of a lookup: `many` for IN.
function M.rows(resolver, term, left, many)
  local node, b = column_query(resolver, term[1], term[2], many and "in" or "a comparison", not many)
  local wanted = left.related or left.field and left.field.relation and left.field:target_meta()
  if not b.select and wanted and wanted ~= b.meta then
    errors.raise("misuse", "%s takes a queryset of %s, not of %s", bind.label(left, "this expression"),
      wanted.model_name, b.meta.model_name)
  end
  if node.type ~= left.type and left.type ~= "null" and node.type ~= "null" then
    errors.raise("field_error", "a column of type %s is compared with rows of type %s", left.type, node.type)
  end
  return node
end

function M.value(resolver, term)
  return (column_query(resolver, term[1], term[2], "Subquery", true))
end

return M
