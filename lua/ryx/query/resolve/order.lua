-- SPDX-License-Identifier: MIT
-- order_by("-views"), Meta.ordering, reverse: keys as expressions with a direction. NULL
-- is the smallest value unless a key says where it goes.
local builder = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local ir = require "ryx.query.ir"
local of_resolver = require "ryx.query.resolve.resolver"

local M = {}

--- A key of an order: { expr, desc, nulls }.
function M.key(resolver, term)
  local node = resolver:resolve(term[1])
  if node.type == "json" then
    errors.raise("field_error", "JSON has no order: order by a part of it, F\"meta\":at(\"year\")")
  end
  return { expr = node, desc = term[2], nulls = term[3] ~= "" and term[3] or nil }
end

--- The keys of a list of them.
function M.keys(resolver, list)
  local order = {}
  for i = 1, list.n do order[i] = M.key(resolver, list[i]) end
  return order
end

local function turned(order)
  local out = {}
  for i, o in ipairs(order) do
    local nulls = o.nulls
    if nulls then nulls = nulls == "first" and "last" or "first" end
    out[i] = { expr = o.expr, desc = not o.desc, nulls = nulls }
  end
  return out
end

-- Meta.ordering, for a builder whose rows it can order.
local function by_meta(b)
  if b.group or b.combined then return {} end
  local resolver, out = of_resolver.new(b, 0), {}
  for i, key in ipairs(b.meta.ordering) do out[i] = M.key(resolver, expr.order_key(key, "Meta.ordering").term) end
  return out
end

-- By what rows are told apart: the group's keys, the values of distinct rows, the key.
local function by_key(b)
  local exprs = b.group
  if not exprs and b.distinct and b.select then
    exprs = {}
    for i, field in ipairs(b.select.fields) do exprs[i] = field.expr end
  end
  if exprs then
    local order = {}
    for _, expr_node in ipairs(exprs) do
      if expr_node.type ~= "json" then order[#order + 1] = { expr = expr_node, desc = false } end
    end
    return order
  end
  return { { expr = builder.column(b.root, b.meta.pk_field), desc = false } }
end

--- The order of a builder: its own, else Meta.ordering; turned around by reverse.
function M.of(b)
  local order = b.order or by_meta(b)
  if not b.reversed then return order end
  if #order == 0 then order = by_key(b) end
  return turned(order)
end

--- The order of a builder that must have one: by key when nothing is said.
function M.total(b)
  local order = M.of(b)
  if #order > 0 then return order end
  return by_key(b)
end

M.by_key = by_key
M.random = ir.call("random", "double", {}, { null = false })

return M
