-- SPDX-License-Identifier: MIT
-- Reading: plans of a node per alias, and all, get, first, last, count, exists.
local compat = require "ryx.compat"
local db = require "ryx.db"
local describe = require "ryx.query.describe"
local errors = require "ryx.errors"
local run = require "ryx.query.run"
local shape = require "ryx.query.shape"

local M = {}

local unpack, current_tx = compat.unpack, run.current_tx

-- A plan differs by its verb and by which of limit and offset are given.
local NAMES = {}
for _, verb in ipairs{ "all", "count", "exists", "delete" } do
  NAMES[verb] = { [0] = verb, verb .. " limit", verb .. " offset", verb .. " limit offset" }
end

local function bounds(qs)
  return (qs.lim and 1 or 0) + (qs.off and 2 or 0)
end

--- The alias a queryset works on: its own, its transaction's, its model's.
function M.alias(qs)
  return qs.alias or db.alias(qs.node.meta.alias)
end

--- Ordering of a folded state as fields and directions; Meta.ordering unless said.
function M.order_of(meta, state)
  local list = state.order or meta:default_order()
  if not state.reverse then return list end
  if #list == 0 then return { { field = meta.pk_field, desc = true } } end
  local out = {}
  for i, o in ipairs(list) do out[i] = { field = o.field, desc = not o.desc } end
  return out
end

local function row_shape(meta, select)
  if not select then return { kind = "model", keys = meta.attnames, meta = meta.instance_meta } end
  local keys = {}
  for i, f in ipairs(select.fields) do keys[i] = select.names[i] or f.attname end
  return { kind = select.kind, keys = keys, null = select.null }
end

local function compile(node, alias, verb, has)
  local meta = node.meta
  local state = shape.fold(node)
  local counts = verb == "count" or verb == "exists"
  local select = not counts and state.select
  local order = {}
  if not counts or has > 0 then order = M.order_of(meta, state) end
  local limited = has % 2 == 1
  local q = {
    verb = verb, table_name = meta.table_name, where = state.where, order = order, distinct = state.distinct,
    columns = counts and not state.distinct and {} or select and select.fields or meta.fields,
    limit = limited and node.n, offset = has >= 2 and node.n + (limited and 1 or 0),
  }
  meta:settle()
  local plan = run.plan(alias, describe.select(q), counts and verb or "select", meta,
    not counts and row_shape(meta, select))
  plan.record = { alias = alias }
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
  local has = bounds(qs)
  return M.plan(qs.node, alias, NAMES[verb][has], compile, verb, has)
end

--- Parameters of a queryset with limit and offset behind them: array, count.
function M.params(qs)
  local n = qs.node.n
  if not (qs.lim or qs.off) then return qs.params, n end
  local params = {}
  for i = 1, n do params[i] = qs.params[i] end
  if qs.lim then
    n = n + 1
    params[n] = qs.lim
  end
  if qs.off then
    n = n + 1
    params[n] = qs.off
  end
  return params, n
end

--- Every row as an array.
function M.all(qs)
  if qs.node.is_none then return {} end
  local alias = M.alias(qs)
  local plan = plan_for(qs, alias, "all")
  local record = { alias = alias }
  local params, n = M.params(qs)
  local rows = run.rows(plan, qs.tx or current_tx(alias), record, unpack(params, 1, n))
  record.rows = rows
  return rows
end

--- Plan and parameters of all(), for streams: plan, params, n.
function M.all_plan(qs, alias)
  return plan_for(qs, alias, "all"), M.params(qs)
end

--- The SQL text all() would send.
function M.sql(qs)
  return run.sql(plan_for(qs, M.alias(qs), "all"))
end

local function missing(meta)
  error(errors.new({
    kind = "does_not_exist", message = meta.model_name .. " matching query does not exist.", model = meta.model_name,
  }, meta.DoesNotExist), 0)
end

local function several(meta)
  error(errors.new({
    kind = "multiple_objects", message = "get() returned more than one " .. meta.model_name .. ".",
    model = meta.model_name,
  }, meta.MultipleObjectsReturned), 0)
end

local function compile_get(node, alias)
  return compile(node, alias, "all", 1)
end

local function only(meta, object, n)
  if n == 1 then return object end
  if n == 0 then missing(meta) end
  several(meta)
end

--- get with one parameter and nothing else: the short way.
function M.get_by(qs, node, value)
  local alias = M.alias(qs)
  local plans = node.plans[alias]
  local plan = plans and plans.get or M.plan(node, alias, "get", compile_get)
  local object, n = run.row(plan, qs.tx or current_tx(alias), plan.record, value, 2)
  if n == 1 then return object end
  return only(node.meta, object, n)
end

--- The one object of a queryset; asks for two rows at most.
function M.get(qs)
  local node = qs.node
  if node.is_none then missing(node.meta) end
  if qs.lim or qs.off then
    local rows = M.all(qs)
    return only(node.meta, rows[1], #rows)
  end
  local alias = M.alias(qs)
  local plan = M.plan(node, alias, "get", compile_get)
  local params, n = { unpack(qs.params, 1, node.n) }, node.n + 1
  params[n] = 2
  return only(node.meta, run.row(plan, qs.tx or current_tx(alias), plan.record, unpack(params, 1, n)))
end

--- The first row of a queryset, or nil. The caller has set an order.
function M.first(qs)
  if qs.node.is_none then return nil end
  local alias = M.alias(qs)
  local plan = plan_for(qs, alias, "all")
  local params, n = M.params(qs)
  return (run.row(plan, qs.tx or current_tx(alias), plan.record, unpack(params, 1, n)))
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

M.names, M.bounds = NAMES, bounds

return M
