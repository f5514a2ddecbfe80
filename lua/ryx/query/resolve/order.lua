-- SPDX-License-Identifier: MIT
-- order_by("-views"), Meta.ordering, reverse: keys as expressions with a direction. NULL
-- is the smallest value unless a key says where it goes.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local expr = require "ryx.query.expr"
local grouped = require "ryx.query.select.grouped"
local ir = require "ryx.query.ir"
local of_resolver = require "ryx.query.resolve.resolver"

local M = {}

-- JSON is ordered by its type, then as a number or a text: null, false, true, numbers,
-- texts, arrays, objects.
local JSON_KEYS = {
  type = function(node) return ir.call("json_rank", "int", { node }, { null = true }) end,
  number = function(node) return ir.call("cast_double", "double", { ir.json_part(node, {}, "double") }) end,
  text = function(node) return ir.json_part(node, {}, "text") end,
}
M.JSON_KEYS = { "type", "number", "text" }

--- A part of a key that is JSON, as a key by itself.
function of_resolver.handlers.json_key(resolver, term)
  return JSON_KEYS[term[2]](resolver:resolve(term[1]))
end

-- Adds the keys that an expression is ordered by; `of` is what they are made of, when they
-- are several, `key` the model whose key of several fields they are of.
local function add(order, node, desc, nulls, term)
  if node.op == "key" then
    for _, part in ipairs(node.parts) do
      add(order, part, desc, nulls, term)
      order[#order].key = node.meta
    end
    return
  end
  if node.type ~= "json" then
    order[#order + 1] = { expr = node, desc = desc, nulls = nulls, term = term }
    return
  end
  for i, name in ipairs(M.JSON_KEYS) do
    local make = JSON_KEYS[name]
    order[#order + 1] = {
      expr = make(node), desc = desc, nulls = i == 1 and nulls or nil, of = node, make = make, term = term,
    }
  end
end

--- The keys of a list of them: { expr, desc, nulls, of, make, term, key }.
function M.keys(resolver, list)
  local order = {}
  for i = 1, list.n do
    local term = list[i]
    if term.op == "random" then
      order[#order + 1] = { expr = M.random, term = term }
    else
      add(order, resolver:key_or(term[1]), term[2], term[3] ~= "" and term[3] or nil, term)
    end
  end
  return order
end

local function turned(order)
  local out = {}
  for i, o in ipairs(order) do
    local nulls = o.nulls
    if nulls then nulls = nulls == "first" and "last" or "first" end
    out[i] = { expr = o.expr, desc = not o.desc, nulls = nulls, of = o.of, make = o.make, term = o.term, key = o.key }
  end
  return out
end

-- The order that rows of a slice come in, or Meta.ordering, for a builder whose rows it can
-- order.
local function by_default(b)
  if b.group then return {} end
  local order = b.row_order
  if not order and b.combined then return {} end
  order = order or M.keys(of_resolver.new(b, 0), (expr.order_parts(b.meta.ordering, "Meta.ordering")))
  if not b.distinct then return order end
  local held = {}
  for _, key in ipairs(order) do
    if grouped.distinct_holds(b, key) then held[#held + 1] = key end
  end
  return held
end

-- By what rows are told apart: the group's keys, the values of distinct rows and of rows
-- that hold no others, the key.
local function by_key(b)
  local exprs = b.group
  if not exprs and b.select and (b.distinct or b.only_names) then
    exprs = {}
    for i, field in ipairs(b.select.fields) do exprs[i] = field.expr end
  end
  if exprs then
    local order = {}
    for _, node in ipairs(exprs) do add(order, node, false) end
    return order
  end
  local order = {}
  for i, column in ipairs(builder.key_columns(b.root)) do order[i] = { expr = column, desc = false } end
  return order
end

--- The order of a builder: its own, else what it has by default; turned around by reverse.
function M.of(b)
  grouped.check_order(b, true)
  local order = b.order or by_default(b)
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

local function is_held(order, key)
  for _, o in ipairs(order) do
    local a, b = o.expr, key.expr
    if a == b or a.op == "column" and b.op == "column" and a.source == b.source and a.column == b.column then
      return true
    end
  end
  return false
end

--- The order of a builder and behind it what tells rows apart.
function M.complete(b)
  local order = { compat.unpack(M.of(b)) }
  for _, key in ipairs(by_key(b)) do
    if not is_held(order, key) then order[#order + 1] = key end
  end
  return order
end

M.by_key = by_key
M.random = ir.call("random", "double", {}, { null = false })

return M
