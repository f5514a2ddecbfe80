-- SPDX-License-Identifier: MIT
-- Methods of QuerySets that give a changed copy: which rows, in which order, what
-- they hold, where they are.
local annotate = require "ryx.query.clause.annotate"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local filter = require "ryx.query.clause.filter"
local intern = require "ryx.query.expr.intern"
local ordering = require "ryx.query.resolve.order"
local q = require "ryx.query.expr.q"
local queryset = require "ryx.query.clause.queryset"
local chain_node = require "ryx.query.clause.node"
local step = require "ryx.query.clause.step"

local select_related = require "ryx.query.clause.select_related"

local with, copy, refuse_slice = queryset.with, queryset.copy, queryset.refuse_slice
local copy_params, unbounded = queryset.params, queryset.unbounded

local M = {}

--- Keeps rows whose fields pass the tests.
--- qs:filter{ views__gte = 100 }, qs:filter(Q1, { a = 1 }), qs:filter("owner", ann)  -> WHERE ...
function M:filter(first, ...)
  refuse_slice(self, "filter")
  local params = copy_params(self)
  if type(first) == "table" and getmetatable(first) == nil and select("#", ...) == 0 then
    return unbounded(self, filter.all(self.node, params, first, "filter"), params)
  end
  local node = filter.q(self.node, params, q.of("filter", first, ...))
  return unbounded(self, node, params)
end

--- Drops rows that pass all the tests.  qs:exclude{ title__startswith = "Draft" }  -> WHERE NOT (...)
function M:exclude(first, ...)
  refuse_slice(self, "exclude")
  local params = copy_params(self)
  local node = filter.q(self.node, params, q.negate(q.of("exclude", first, ...)))
  return unbounded(self, node, params)
end

--- Adds values that the database works out to each row; aggregates over a to-many
--- relation count its rows apart.
--- Author.objects:annotate{ n = Count("posts"), shout = ryx.Upper("name") }
function M:annotate(expressions)
  refuse_slice(self, "annotate")
  local node, params = annotate.annotate(self, expressions, true)
  return with(self, node, params)
end

--- The same for names that only later steps use: rows do not hold them.
function M:alias(expressions)
  refuse_slice(self, "alias")
  local node, params = annotate.annotate(self, expressions, false)
  return with(self, node, params)
end

--- Rows as tables by name. Before annotate with aggregates it says what is grouped.
--- Post.objects:values("author__name", { year = ryx.Extract("created", "year") })
function M:values(...)
  local node, params = annotate.values(self, ...)
  return with(self, node, params)
end

--- Rows as arrays: values_list("id", "title"), values_list("title", { flat = true })
function M:values_list(...)
  local node, params = annotate.values_list(self, ...)
  return with(self, node, params)
end

--- Loads only these fields (and the key); the others when they are first read. Paths
--- name fields of what select_related brings.
function M:only(...)
  return copy(self, annotate.choose(self.node, "only", ...))
end

--- Leaves these fields out until they are first read.
function M:defer(...)
  return copy(self, annotate.choose(self.node, "defer", ...))
end

M.select_related, M.prefetch_related = select_related.select_related, select_related.prefetch_related

-- Expressions of an argument list as one term and its values.
local function list_of(make, ...)
  local terms, values = {}, {}
  for i = 1, select("#", ...) do
    local e = make((select(i, ...)))
    terms[i] = e.term
    intern.append(values, e.values)
  end
  return intern.term("list", compat.unpack(terms)), values
end

local RANDOM = expr.new(intern.term("random"), {})

local function order_key(key)
  return key == "?" and RANDOM or expr.order_key(key, "order_by")
end

local function ordering_by(list)
  return function(b, first)
    local resolver, order = step.resolver(b, first), {}
    for i = 1, list.n do
      order[i] = list[i].op == "random" and { expr = ordering.random } or ordering.key(resolver, list[i])
    end
    b.order, b.reversed = order, nil
    return resolver
  end
end

--- Replaces the order; without names it clears it. "?" is a random order.
--- qs:order_by("-views", "title"), qs:order_by(F"name":desc{ nulls = "last" })
function M:order_by(...)
  refuse_slice(self, "order_by")
  local list, values = list_of(order_key, ...)
  local node = chain_node.follow(self.node, "orders", list, function(parent)
    return step.make(parent, ordering_by(list), { order_list = list, says = "order_by" .. expr.show(list):sub(5) })
  end)
  return with(self, node, step.params(self, node, values))
end

-- A step without values.
local function flag(set, fields)
  return function(node)
    local own = {}
    for k, v in pairs(fields or {}) do own[k] = v end
    return step.make(node, set, own)
  end
end

local step_reverse = flag(function(b) b.reversed = not b.reversed end, { says = "reverse()" })
local step_distinct = flag(function(b) b.distinct = true end, { says = "distinct()" })
local step_none = flag(function() end, { is_none = true, says = "none()" })

--- Turns the order around.
function M:reverse()
  refuse_slice(self, "reverse")
  return copy(self, chain_node.follow(self.node, "flags", "reverse", step_reverse))
end

local function distinct_over(list)
  return function(b, first)
    local resolver = step.resolver(b, first)
    b.distinct_on = {}
    for i = 1, list.n do b.distinct_on[i] = resolver:resolve(list[i]) end
    return resolver
  end
end

--- Keeps one of equal rows; with fields the first row, in order, of each of their values.
--- qs:distinct(), qs:order_by("-created"):distinct("author")
function M:distinct(...)
  refuse_slice(self, "distinct")
  if select("#", ...) == 0 then return copy(self, chain_node.follow(self.node, "flags", "distinct", step_distinct)) end
  local list, values = list_of(expr.of, ...)
  local node = chain_node.follow(self.node, "distinct", list, function(parent)
    return step.make(parent, distinct_over(list), { says = "distinct" .. expr.show(list):sub(5) })
  end)
  return with(self, node, step.params(self, node, values))
end

--- A queryset without rows; its terminals do no I/O.
function M:none()
  return copy(self, chain_node.follow(self.node, "flags", "none", step_none))
end

local function whole_number(n, what)
  errors.check_whole(n, 0, what)
  return n
end

--- At most n rows; nil takes the limit back.
function M:limit(n)
  local qs = copy(self, self.node)
  qs.limit_value = n ~= nil and whole_number(n, "limit") or nil
  return qs
end

--- Leaves out the first n rows.
function M:offset(n)
  local qs = copy(self, self.node)
  qs.offset_value = whole_number(n, "offset")
  return qs
end

--- Rows a to b, counted from 1, both ends included; slices compose.  qs:slice(11, 20)
function M:slice(a, b)
  if type(a) ~= "number" or a < 1 or a % 1 ~= 0 or (b ~= nil and (type(b) ~= "number" or b < 0 or b % 1 ~= 0)) then
    errors.raise("misuse", "slice(a, b) counts rows from 1, so slice(%s, %s) has no meaning", tostring(a), tostring(b))
  end
  local qs = copy(self, self.node)
  local size = b and math.max(b - a + 1, 0)
  if self.limit_value then
    local left = math.max(self.limit_value - (a - 1), 0)
    size = size and math.min(size, left) or left
  end
  qs.limit_value, qs.offset_value = size, (self.offset_value or 0) + a - 1
  return qs
end

--- The same on another alias, or inside a transaction that is handed on.
function M:using(where)
  local qs = copy(self, self.node)
  if type(where) == "string" then
    qs.on_alias, qs.tx = db.alias(where), nil
  elseif type(where) == "table" and where._class == "tx" then
    qs.on_alias, qs.tx = where.alias, where
  else
    errors.raise("misuse", "using takes the name of an alias or a transaction, not %s", compat.show(where))
  end
  return qs
end

return M
