-- SPDX-License-Identifier: MIT
-- The keys of a page by cursor: what its rows are ordered by, whole, and which rows lie
-- behind the values that a cursor holds.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local key_of = require "ryx.meta.key"
local ordering = require "ryx.query.resolve.order"
local q = require "ryx.query.expr.q"
local query = require "ryx.query.resolve.query"
local value = require "ryx.value"

local M = {}

local null = value.null

-- Names by which rows are told apart: what they are grouped by, all that distinct ones and
-- those without a model's columns hold; else the key.
local function names_of(b)
  local names = {}
  if not b.group and not (b.select and (b.distinct or b.only_names)) then
    return b.meta.pk_field and { "pk" } or key_of.attnames(b.meta)
  end
  local is_group = {}
  for _, e in ipairs(b.group or {}) do is_group[e] = true end
  for _, field in ipairs(b.select and b.select.fields or {}) do
    if not b.group or is_group[field.expr] then names[#names + 1] = field.name end
  end
  return names
end

-- The field of the model's own table that a name means, if any.
local function field_of(meta, name)
  return meta.paths[name] or name
end

local function is_named(keys, name, meta)
  for _, key in ipairs(keys) do
    local path = key[1].op == "path" and key[1][1]
    if path and field_of(meta, path) == field_of(meta, name) then return true end
  end
  return false
end

-- What stands before the fields of a key: "seat__" of "seat" and of "seat__pk".
local function before_fields(path)
  if path == "pk" then return "" end
  return (path:gsub("__pk$", "")) .. "__"
end

-- A key of several fields, of these rows or of others, is ordered by each of them.
local function parted(b, keys)
  local models, out = {}, {}
  for _, o in ipairs(ordering.of(b)) do
    if o.key then models[o.term] = o.key end
  end
  for _, key in ipairs(keys) do
    local prefix = models[key] and before_fields(key[1][1])
    for _, name in ipairs(prefix and key_of.attnames(models[key]) or {}) do
      out[#out + 1] = intern.term("order", expr.F(prefix .. name).term, key[2], key[3])
    end
    if not prefix then out[#out + 1] = key end
  end
  return out
end

-- Orders as expressions: the queryset's own, or Meta.ordering, and at the end what tells
-- rows apart.
local function named(qs)
  local node = qs.node
  local keys = {}
  while node and not node.order_list and not node.is_combined do node = node.parent end
  if node and node.order_list then
    for i = 1, node.order_list.n do
      keys[i] = node.order_list[i]
      if keys[i].op == "random" then errors.raise("misuse", "paginate: a random order has no pages") end
    end
    if node.n > node.parent.n then
      errors.raise("unsupported", "paginate: an order with values in it has no cursor: annotate the expression")
    end
  else
    for i, key in ipairs(qs.node.meta.ordering) do keys[i] = expr.order_key(key, "Meta.ordering").term end
  end
  local b = query.build(qs.node)
  if b.distinct_on then
    errors.raise("unsupported", "paginate: a cursor says nothing of which rows distinct over fields keeps: page by "
      .. "number, paginate{ page = 1 }")
  end
  keys = parted(b, keys)
  for _, name in ipairs(names_of(b)) do
    if not is_named(keys, name, qs.node.meta) then keys[#keys + 1] = expr.F(name):asc().term end
  end
  return keys
end

--- The queryset ordered by keys.
function M.ordered_by(qs, keys)
  local list = {}
  for i, key in ipairs(keys) do list[i] = expr.new(key, {}) end
  return qs:order_by(compat.unpack(list))
end

local HAS_NO_CURSOR = { bytes = true, array = true }

--- The keys of a queryset, terms of an order; one that is JSON is several. Then by position
--- the fields of the user's own whose values they are.
function M.of(qs)
  local keys, out, customs = named(qs), {}, {}
  local b = query.build(M.ordered_by(qs, keys).node)
  local i = 0
  for _, key in ipairs(keys) do
    i = i + 1
    local o = b.order[i]
    if HAS_NO_CURSOR[o.expr.type] then
      errors.raise("unsupported", "paginate: a value of type %s is no part of a cursor: page by number", o.expr.type)
    end
    if not o.of then
      out[#out + 1] = key
      customs[#out] = o.expr.custom
    else
      for n, name in ipairs(ordering.JSON_KEYS) do
        out[#out + 1] = intern.term("order", intern.term("json_key", key[1], name), key[2], n == 1 and key[3] or "")
      end
      i = i + #ordering.JSON_KEYS - 1
    end
  end
  return out, customs
end

-- Is NULL before every value in this direction?
local function nulls_first(key)
  if key[3] ~= "" then return key[3] == "first" end
  return not key[2]
end

--- Which keys may be NULL in the rows of a queryset.
function M.nullable(qs)
  local b = query.build(qs.node)
  local out = {}
  joins.join(b.sources, joins.all(b.where))
  for i, o in ipairs(b.order) do out[i] = ir.may_be_null(o.expr) end
  return out
end

-- A comparison with a value as its column holds it.
local function compared(e, lookup, v, custom)
  return q.compare(e, lookup, custom and custom.from_db(v, custom) or v)
end

-- Values after one, or before it; nil when there are none. false is before true.
local function beyond(e, v, before, custom)
  if type(v) ~= "boolean" then return compared(e, before and "lt" or "gt", v, custom) end
  if v == before then return compared(e, "exact", not v, custom) end
  return nil
end

-- Either of two conditions, or the one there is.
local function either(a, b)
  return a and b and a + b or a or b
end

-- Rows behind a value in the order of a key; nil when there are none.
local function behind(key, e, v, may_be_null, custom)
  if v == null then
    if nulls_first(key) then return q.compare(e, "isnull", false) end
    return nil
  end
  local after = beyond(e, v, key[2], custom)
  if nulls_first(key) or not may_be_null then return after end
  return either(after, q.compare(e, "isnull", true))
end

local function same(e, v, custom)
  if v == null then return q.compare(e, "isnull", true) end
  return compared(e, "exact", v, custom)
end

--- Rows behind all values: behind the first, or equal in it and behind the second, ...
function M.condition(keys, values, nulls, customs)
  local found, equal
  for i, key in ipairs(keys) do
    local e = expr.new(key[1], {})
    local part = behind(key, e, values[i], nulls[i], customs[i])
    if part then
      if equal then part = equal * part end
      found = either(found, part)
    end
    local alike = same(e, values[i], customs[i])
    equal = equal and equal * alike or alike
  end
  return found
end

--- A key turned around.
function M.turned(key)
  local nulls = key[3] ~= "" and (key[3] == "first" and "last" or "first") or ""
  return intern.term("order", key[1], not key[2], nulls)
end

return M
