-- SPDX-License-Identifier: MIT
-- Reading: plans of a node per alias, and all, get, first, last, count, exists,
-- aggregate.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local db = require "ryx.db"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local ordering = require "ryx.query.resolve.order"
local query_bounds = require "ryx.query.ir.bounds"
local queryset = require "ryx.query.clause.queryset"
local outputs = require "ryx.query.select.outputs"
local row_shape = require "ryx.query.read.row_shape"
local run = require "ryx.db.run"
local lock = require "ryx.query.select.lock"

local M = {}

local unpack, current_tx, alias_of, bounds_of = compat.unpack, run.current_tx, db.alias, query_bounds.of

-- A plan differs by its verb and by which of limit and offset are given.
local NAMES = {}
for _, verb in ipairs{ "all", "count", "exists", "delete" } do
  NAMES[verb] = { [0] = verb, verb .. " limit", verb .. " offset", verb .. " limit offset" }
end

--- The alias a queryset works on: its own, its transaction's, its model's.
function M.alias(qs)
  return qs.on_alias or alias_of(qs.node.meta.alias)
end

--- The build of a node's chain; a sub-query's cannot run by itself.
function M.build(node)
  local b = builder.of(node)
  if b.unbound then
    errors.raise("misuse", "%s: OuterRef means a query around this one: use it in Exists, Subquery or in",
      node.meta.model_name)
  end
  return b
end

local function count_query(b, o)
  if b.distinct then o.outputs = outputs.outputs(b, true) else o.outputs = {} end
  o.distinct = b.distinct
  if b.distinct_on then o.pick = ordering.of(b) end
  return o
end

local function row_query(b, o)
  o.outputs, o.order, o.distinct = outputs.outputs(b), ordering.of(b), b.distinct
  o.lock = lock.of(b)
  outputs.check_order(b, o.outputs, o.order)
  return o
end

--- The query of a verb: all, count, exists.
function M.query(b, node, verb, bounds)
  local limit, offset = query_bounds.params(bounds, node.n)
  local o = { limit = limit, offset = offset, ctes = b.ctes }
  if verb == "all" then row_query(b, o) else
    o[verb] = true
    count_query(b, o)
  end
  if b.grouped_by_key then outputs.group_by_key(b) end
  return finalize.select(b, o)
end

--- The keys of a build's rows.
function M.names_of(b)
  return outputs.names(b)
end

--- The query of a build as a part of another one: its order only counts with bounds.
function M.part(b, limit, offset)
  local o = { limit = limit, offset = offset, distinct = b.distinct, outputs = outputs.outputs(b, true) }
  if limit or offset or b.distinct_on then o.order = ordering.of(b) end
  if b.grouped_by_key then outputs.group_by_key(b) end
  return finalize.select(b, o)
end

-- Are the rows of a build more than its sources under a condition?
local function is_plain(b)
  return not (b.select and b.group) and not b.distinct and not b.distinct_on and #b.qualify == 0
    and #b.having == 0 and not b.grouped_by_key
end

--- A build over whose rows aggregates can be taken: itself, or one over its query.
function M.aggregable(node, bounds)
  local b = M.build(node)
  b.at = node
  if bounds == 0 and is_plain(b) then return b end
  local limit, offset = query_bounds.params(bounds, node.n)
  local names, holds_fields = M.names_of(b), not b.select
  local at = b.at
  b:derive(M.part(b, limit, offset), names, holds_fields)
  b.at = at
  return b
end

--- The record of one result of a plan.
function M.record(plan, alias)
  if plan.make_record then return plan.make_record(alias) end
  return { alias = alias }
end

local function compile(node, alias, verb, bounds)
  local b = M.build(node)
  local query = M.query(b, node, verb, bounds)
  local counts = verb ~= "all"
  local description = encode.select(query, node.n + query_bounds.count(bounds))
  local plan = run.plan(alias, description, counts and verb or "select", node.meta, not counts and row_shape.of(b))
  plan.adapt, plan.locks = not counts and row_shape.adapter(b) or nil, b.lock ~= nil
  plan.make_record = not counts and row_shape.record_maker(b) or nil
  plan.record = M.record(plan, alias)
  return plan
end

--- The plan under a name of a node for an alias, made once.
function M.plan(node, alias, name, make, ...)
  local plans = node.plans[alias]
  if not plans then
    plans = {}
    node.plans[alias] = plans
  end
  local plan = plans[name]
  if not plan then
    plan = make(node, alias, ...)
    plans[name] = plan
  end
  return plan
end

--- The plan of a verb for a queryset with its limit and offset, and that name.
local function plan_for(qs, alias, verb)
  local bounds = bounds_of(qs)
  return M.plan(qs.node, alias, NAMES[verb][bounds], compile, verb, bounds)
end

--- Parameters of a queryset with limit and offset behind them: array, count.
function M.params(qs)
  local n = qs.node.n
  if not (qs.limit_value or qs.offset_value) then return qs.params, n end
  local params = {}
  for i = 1, n do params[i] = qs.params[i] end
  return params, query_bounds.bind(params, n, qs)
end

local function tx_of(qs, alias, plan)
  local tx = qs.tx or current_tx(alias)
  if plan.locks and not tx then
    errors.raise("misuse", "for_update locks rows until the end of a transaction, so it needs one")
  end
  return tx
end

--- Does to rows what is left to do before the user gets them.
function M.complete(qs, plan, list, tx)
  if plan.adapt then plan.adapt(list) end
  if qs.loads then qs.loads:load(list, plan, tx) end
end

--- Every row as an array.
function M.all(qs)
  if qs.node.is_none then return {} end
  local alias = M.alias(qs)
  local plan = plan_for(qs, alias, "all")
  local params, n = M.params(qs)
  local tx = tx_of(qs, alias, plan)
  local list = run.rows(plan, tx, M.record(plan, alias), unpack(params, 1, n))
  -- A host may have made rows of its own, which are finished.
  if (plan.adapt or qs.loads) and type(list) == "table" then M.complete(qs, plan, list, tx) end
  return list
end

--- Plan and parameters of all(), for streams: plan, params, n.
function M.all_plan(qs, alias)
  return plan_for(qs, alias, "all"), M.params(qs)
end

--- The SQL text all() would send, and what its placeholders stand for.
function M.sql(qs)
  local params, n = M.params(qs)
  return run.sql(plan_for(qs, M.alias(qs), "all"), unpack(params, 1, n))
end

local function compile_get(node, alias)
  return compile(node, alias, "all", 1)
end

local function only(meta, object, n)
  if n == 1 then return object end
  if n == 0 then meta:raise_missing() end
  meta:raise_several()
end

--- get with one parameter and nothing else: the short way.
function M.get_by(qs, node, value)
  local alias = qs.on_alias or alias_of(node.meta.alias)
  local plans = node.plans[alias]
  local plan = plans and plans.get or M.plan(node, alias, "get", compile_get)
  local object, n = run.row(plan, qs.tx or current_tx(alias), plan.record, value, 2)
  if n == 1 then return object end
  return only(node.meta, object, n)
end

-- The first row of a plan and how many there were.
local function one(qs, plan, alias, params, n)
  local tx = tx_of(qs, alias, plan)
  local object, count = run.row(plan, tx, plan.record, unpack(params, 1, n))
  if (plan.adapt or qs.loads) and type(object) == "table" then M.complete(qs, plan, { object }, tx) end
  return object, count
end

--- The one object of a queryset; asks for two rows at most.
function M.get(qs)
  local node = qs.node
  if node.is_none then node.meta:raise_missing() end
  local alias = M.alias(qs)
  if qs.limit_value or qs.offset_value then
    local two = queryset.copy(qs, node)
    two.limit_value = math.min(qs.limit_value or 2, 2)
    local params, n = M.params(two)
    return only(node.meta, one(two, plan_for(two, alias, "all"), alias, params, n))
  end
  local plan = M.plan(node, alias, "get", compile_get)
  local params, n = { unpack(qs.params, 1, node.n) }, node.n + 1
  params[n] = 2
  return only(node.meta, one(qs, plan, alias, params, n))
end

--- The first row of a queryset, or nil. The caller has set an order.
function M.first(qs)
  if qs.node.is_none then return nil end
  local alias = M.alias(qs)
  local params, n = M.params(qs)
  return (one(qs, plan_for(qs, alias, "all"), alias, params, n))
end

local function scalar(qs, verb)
  local alias = M.alias(qs)
  local plan = plan_for(qs, alias, verb)
  local params, n = M.params(qs)
  return run.scalar(plan, qs.tx or current_tx(alias), unpack(params, 1, n))
end

function M.count(qs)
  if qs.node.is_none then return 0 end
  return scalar(qs, "count")
end

function M.exists(qs)
  if qs.node.is_none then return false end
  return scalar(qs, "exists") ~= nil
end

M.names, M.tx_of = NAMES, tx_of

return M
