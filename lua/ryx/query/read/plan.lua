-- SPDX-License-Identifier: MIT
-- What qs:all, qs:count and every other method that asks the database sends: plans, each
-- made once for a chain and an alias and kept at its node, and their parameters.
local cache = require "ryx.cache"
local chain_node = require "ryx.query.clause.node"
local comments = require "ryx.db.comments"
local db = require "ryx.db"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local kept = require "ryx.db.kept"
local intern = require "ryx.query.expr.intern"
local query = require "ryx.query.resolve.query"
local query_bounds = require "ryx.query.ir.bounds"
local queryset = require "ryx.query.clause.queryset"
local record = require "ryx.row.record"
local router = require "ryx.db.router"
local row_shape = require "ryx.query.read.row_shape"
local run = require "ryx.db.run"

local M = {}

local alias_of, bounds_of = db.alias, query_bounds.of

-- Where a router says it: the rows may belong to an object, or be of a database already.
local function routed(qs, ask, own)
  local owner = qs.more and qs.more.owner
  return ask(qs.node.meta, own or owner and record.alias(owner), owner)
end

--- The alias that a queryset reads on: its own, its transaction's, the router's, its
--- model's. What locks rows or writes in a CTE reads where it writes.
function M.read_alias(qs)
  local node = qs.node
  if not router.current then return qs.on_alias or alias_of(node.meta.alias) end
  return qs.on_alias or routed(qs, node.for_write and router.write or router.read)
end

--- The alias that a queryset writes on; `own` is the one that its rows are of, if that is known.
function M.write_alias(qs, own)
  if not router.current then return qs.on_alias or own or alias_of(qs.node.meta.alias) end
  return qs.on_alias or routed(qs, router.write, own)
end

--- The same queryset, to be read where it writes, from no cache.
function M.for_write(qs)
  local out = qs.more and queryset.with_more(qs, "cache", nil) or qs
  if qs.on_alias or not router.current then return out end
  out = queryset.copy(out, qs.node)
  out.on_alias = M.write_alias(qs)
  return out
end

--- The plan under a name of a node for an alias, made once by make(node, alias, ...).
function M.plan(node, alias, name, make, ...)
  local plans = node.plans[alias]
  local plan = plans and plans[name]
  if plan then return plan end
  plan = make(node, alias, ...)
  if node.hints then
    plan.description = plan.description .. node.hints
    plan.handle = run.compile(plan, plan.description)
  end
  if node.comment then comments.add(plan, node.comment) end
  intern.remember()
  plans = node.plans[alias] or {}
  node.plans[alias], plans[name] = plans, plan
  return plan
end

--- The plan under a name of a model, for statements that are of no queryset.
function M.of_model(meta, alias, name, make, ...)
  if not meta.settled then meta:settle() end
  return M.plan(meta.root or chain_node.root(meta), alias, name, make, ...)
end

--- The record that the rows of one result share.
function M.record(plan, alias)
  if plan.make_record then return plan.make_record(alias) end
  return { alias = alias }
end

--- Compiles the plan of a verb: all, count, exists.
function M.compile(node, alias, verb, bounds)
  local b = query.build(node, alias)
  local rows = query.query(b, node, verb, bounds)
  local description, tables = encode.select(rows, node.n + query_bounds.count(bounds))
  local is_write = b:is_write()
  if verb ~= "all" then
    local plan = run.plan(alias, description, verb, node.meta)
    plan.writes, plan.tables = is_write, tables
    return plan
  end
  local plan = run.plan(alias, description, "select", node.meta, row_shape.of(b))
  plan.writes, plan.tables = is_write, tables
  plan.adapt, plan.converts = row_shape.adapter(b)
  plan.make_record, plan.locks = row_shape.record_maker(b), b.lock ~= nil
  plan.record = M.record(plan, alias)
  return plan
end

-- A plan differs by its verb and by which of limit and offset are given.
local NAMES = {}
for _, verb in ipairs{ "all", "count", "exists" } do
  NAMES[verb] = { [0] = verb, verb .. " limit", verb .. " offset", verb .. " limit offset" }
end

--- The plan of a verb for a queryset with its limit and offset.
function M.plan_for(qs, alias, verb)
  local bounds = bounds_of(qs)
  return M.plan(qs.node, alias, NAMES[verb][bounds], M.compile, verb, bounds)
end

--- The transaction that the rows of a queryset are read in, or nil; locks need one.
function M.tx_of(qs, alias, plan)
  local tx = qs.tx or run.current_tx(alias)
  if plan.locks and not tx then
    errors.raise("misuse", "for_update locks rows until the end of a transaction, so it needs one")
  end
  return tx
end

--- Parameters of a queryset with limit and offset behind them: array, count. The array
--- may be the queryset's own: it is only read.
function M.params(qs)
  local n = qs.node.n
  if not (qs.limit_value or qs.offset_value) then return qs.params, n end
  local params = {}
  for i = 1, n do params[i] = qs.params[i] end
  return params, query_bounds.bind(params, n, qs)
end

--- The alias that everything prefetch_related asked for is read on: that of `using`, and
--- without a router that of the rows. nil: a router says it of each.
function M.loads_on(qs, alias)
  return qs.on_alias or not router.current and alias or nil
end

-- What qs:cache asks for, where something could be kept.
local function is_kept(qs, plan)
  local wanted = qs.more and qs.more.cache
  return wanted and cache.backend and not (plan.writes or plan.locks) and wanted
end

--- The rows of a plan of a queryset, of a cache when it asks for one: list, n.
--- `shared` is the record of its objects.
function M.rows(qs, plan, tx, shared, ...)
  local wanted = is_kept(qs, plan)
  if not wanted then return run.rows(plan, tx, shared, ...) end
  return kept.build(plan, shared, cache.cells(wanted, plan, tx, ...))
end

--- The same of the first row: object|nil, n.
function M.row(qs, plan, tx, shared, ...)
  local wanted = is_kept(qs, plan)
  if not wanted then return run.row(plan, tx, shared, ...) end
  local list, n = kept.build(plan, shared and M.record(plan, plan.alias), cache.cells(wanted, plan, tx, ...))
  return list[1], n
end

--- The same of column 1 of the first row (nil when none).
function M.scalar(qs, plan, tx, ...)
  local wanted = is_kept(qs, plan)
  if not wanted then return run.scalar(plan, tx, ...) end
  return kept.build(plan, nil, cache.cells(wanted, plan, tx, ...))[1]
end

--- Does to rows what is left to do before the user gets them.
function M.complete(qs, plan, list, tx)
  if plan.adapt then plan.adapt(list) end
  if qs.loads then
    qs.loads:load(list, plan, { alias = M.loads_on(qs, plan.alias), tx = tx, cache = qs.more and qs.more.cache })
  end
end

return M
