-- SPDX-License-Identifier: MIT
-- qs:all, qs:get, qs:first, qs:last, qs:count, qs:exists, qs:sql: the rows of a queryset by
-- one statement.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local filter = require "ryx.query.clause.filter"
local order = require "ryx.query.clause.order"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local router = require "ryx.db.router"
local slice = require "ryx.query.clause.slice"

local methods = {}
local M = { methods = methods }

local unpack, current_tx, read_alias, known = compat.unpack, run.current_tx, plans.read_alias, filter.known
local rows_of, alias_of = plans.rows, db.alias
local copy, params_of, plan_of, plan_for, tx_of = queryset.copy, plans.params, plans.plan, plans.plan_for, plans.tx_of

--- Every row, as an array.  qs:all()  -> SELECT ...
---@return ryx.Model[]
function methods:all(extra)
  if extra ~= nil then queryset.refuse_extra("all") end
  if self.node.is_none then return {} end
  local alias = plans.read_alias(self)
  local plan = plan_for(self, alias, "all")
  local params, n = params_of(self)
  local tx = tx_of(self, alias, plan)
  local list = rows_of(self, plan, tx, plans.record(plan, alias), unpack(params, 1, n))
  -- A host may have made rows of its own, which are finished.
  if (plan.adapt or self.loads) and type(list) == "table" then plans.complete(self, plan, list, tx) end
  return list
end

local function exactly_one(meta, object, n)
  if n == 1 then return object end
  if n == 0 then meta:raise_missing() end
  meta:raise_several()
end

local function adapted(plan, row)
  local list = { row }
  plan.adapt(list)
  return list[1]
end

-- The first row of a plan and how many there were.
local function first_row(qs, plan, alias, params, n)
  local tx = tx_of(qs, alias, plan)
  local object, count = plans.row(qs, plan, tx, plan.record, unpack(params, 1, n))
  if plan.adapt and plan.rows_kind == "flat" then return adapted(plan, object), count end
  if (plan.adapt or qs.loads) and type(object) == "table" then plans.complete(qs, plan, { object }, tx) end
  return object, count
end

local function compile_get(node, alias)
  return plans.compile(node, alias, "all", 1)
end

-- get with one parameter and nothing else: the short way.
local function get_by(qs, node, v)
  local alias = qs.on_alias or not router.current and alias_of(node.meta.alias) or read_alias(qs)
  local by_name = node.plans[alias]
  local plan = by_name and by_name.get or plan_of(node, alias, "get", compile_get)
  local object, n = run.row(plan, qs.tx or current_tx(alias), plan.record, v, 2)
  if plan.adapt and type(object) == "table" then object = adapted(plan, object) end
  if n == 1 then return object end
  return exactly_one(node.meta, object, n)
end

-- get of the whole queryset: asks for two rows at most.
local function get(qs)
  local node = qs.node
  if node.is_none then node.meta:raise_missing() end
  local alias = plans.read_alias(qs)
  if qs.limit_value or qs.offset_value then
    local two = copy(qs, node)
    two.limit_value = math.min(qs.limit_value or 2, 2)
    return exactly_one(node.meta, first_row(two, plan_for(two, alias, "all"), alias, params_of(two)))
  end
  local plan = plan_of(node, alias, "get", compile_get)
  local params, n = { unpack(qs.params, 1, node.n) }, node.n + 1
  params[n] = 2
  return exactly_one(node.meta, first_row(qs, plan, alias, params, n))
end

--- The one object; DoesNotExist or MultipleObjectsReturned otherwise.  Post.objects:get{ id = 1 }
---@param first? ryx.Condition|string as of filter
---@param ... any
---@return ryx.Model
function methods:get(first, ...)
  local node = self.node
  if not node then queryset.refuse_other(self, "get") end
  if node.n == 0 and type(first) == "table" and getmetatable(first) == nil and select("#", ...) == 0
    and not node.is_none and not node.needs_all and not self.limit_value and not self.offset_value
    and not self.more then
    local name, v = next(first)
    local child = name ~= nil and next(first, name) == nil and known(node, name, v)
    if child and child.n == 1 and not child.binder and not self.loads then return get_by(self, child, v) end
  end
  if first == nil and select("#", ...) == 0 then return get(self) end
  if type(first) ~= "table" and type(first) ~= "string" then
    errors.raise("misuse", "get takes conditions, not %s: get{ pk = ... }", compat.show(first))
  end
  return get(slice.whole(self):filter(first, ...))
end

-- The first row of a queryset that has an order, or nil.
local function first(qs)
  if qs.node.is_none then return nil end
  local alias = plans.read_alias(qs)
  return (first_row(qs, plan_for(qs, alias, "all"), alias, params_of(qs)))
end

--- The first row in order (by key when nothing else is said), or nil.  qs:order_by("-views"):first()
---@return ryx.Model?
function methods:first(extra)
  if extra ~= nil then queryset.refuse_extra("first") end
  local qs = order.total(self)
  if not qs.limit_value or qs.limit_value > 1 then qs = qs:limit(1) end
  return first(qs)
end

--- The last row in order, or nil.  qs:order_by("-views"):last()
---@return ryx.Model?
function methods:last(extra)
  if extra ~= nil then queryset.refuse_extra("last") end
  local qs = order.total(self)
  if qs.limit_value or qs.offset_value then
    local rows = qs:all()
    return rows[#rows]
  end
  return first(slice.whole(qs):reverse():limit(1))
end

local function scalar(qs, verb)
  local alias = plans.read_alias(qs)
  local plan = plan_for(qs, alias, verb)
  local params, n = params_of(qs)
  return plans.scalar(qs, plan, qs.tx or current_tx(alias), unpack(params, 1, n))
end

--- The number of rows; limit, offset and distinct count.  qs:count()  -> SELECT COUNT(*)
---@return integer
function methods:count(extra)
  if extra ~= nil then queryset.refuse_extra("count") end
  if self.node.is_none then return 0 end
  return scalar(self, "count")
end

--- Is there any row?  qs:exists()
---@return boolean
function methods:exists(extra)
  if extra ~= nil then queryset.refuse_extra("exists") end
  if self.node.is_none then return false end
  return scalar(self, "exists") ~= nil
end

--- The SQL text of all() and what its placeholders stand for, in order.
--- qs:filter{ title__icontains = "50%" }:sql()  -> WHERE ... LIKE $1 ESCAPE '!', { "%50!%%" }
---@return string text
---@return any[] params
function methods:sql(extra)
  if extra ~= nil then queryset.refuse_extra("sql") end
  local params, n = params_of(self)
  return run.sql(plan_for(self, plans.read_alias(self), "all"), unpack(params, 1, n))
end

return M
