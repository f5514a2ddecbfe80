-- SPDX-License-Identifier: MIT
-- qs:update, qs:update_all; the one statement of a delete (delete.lua): writing the rows of a
-- queryset.
local assignment = require "ryx.query.write.assignment"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local hint = require "ryx.query.clause.hint"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local listeners = require "ryx.query.write.listeners"
local of_key = require "ryx.query.lookup.key"
local ordering = require "ryx.query.resolve.order"
local outputs = require "ryx.query.select.outputs"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local query_bounds = require "ryx.query.ir.bounds"
local returning = require "ryx.query.write.returning"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"

local methods = {}
local M = { methods = methods }

local unpack = compat.unpack

--- Refuses the rows of a whole table.
function M.refuse_all(qs, what)
  local node = qs.node
  if node.n_where == 0 and not node.is_none and not qs.limit_value and not qs.offset_value then
    errors.raise("misuse", "%s: %s without a condition would touch every row; say %s_all if that is meant",
      node.meta.model_name, what, what)
  end
end

-- DISTINCT orders by what it selects.
local function add_order(columns, order)
  for i, o in ipairs(order) do columns[#columns + 1] = { expr = o.expr, name = "o" .. i } end
end

-- Rows that a condition on the table itself cannot name: by key, from a sub-query of
-- a sub-query, because MariaDB does not read what it writes.
local function by_keys(b, target, o)
  o.outputs = {}
  for i, column in ipairs(builder.key_columns(b.root)) do o.outputs[i] = { expr = column, name = "" } end
  if o.limit or o.offset then
    o.distinct = b.distinct
    if o.distinct then add_order(o.outputs, o.order) end
  end
  if b.distinct_on then o.pick = ordering.of(b) end
  local rows, key = finalize.select(b, o), b.meta.pk_field
  if not key then return of_key.among(builder.key_columns(target.root), rows, b.meta.key_columns) end
  local inner = { join = "first", query = rows }
  local column = ir.derived(inner, key.column, o.outputs[1].expr)
  local keys = ir.subquery({ sources = { inner }, outputs = { { expr = column, name = "" } } }, column)
  return ir.lookup("in", builder.column(target.root, key), keys)
end

local function is_simple(b)
  return #b.sources == 1 and #b.having == 0 and #b.qualify == 0 and not b.group and not b.grouped_by_key
    and not b.distinct_on and not b.combined and not b.select
end

--- What of the table a write is about: { target, key, where, order, limit, offset } and
--- the builder that other expressions of it are resolved against. Rows are those of a
--- builder; again() makes another one like it.
function M.rows(b, again, limit, offset)
  local order = (limit or offset) and ordering.of(b) or {}
  local key = b.meta.key_columns
  if is_simple(b) then
    local where = joins.all(b.where)
    joins.join(b.sources, where)
    return { target = b.root, key = key, where = where, order = order, limit = limit, offset = offset }, b
  end
  if b.select then
    errors.raise("misuse", "%s: values() says what is read, not what is written", b.meta.model_name)
  end
  -- Its annotations are of the row that is written; rows of a set operation have none.
  local target = b.combined and builder.new(b.meta, b.base, b.outer, b.part_of) or again()
  target.ctes, target.alias = b.ctes, b.alias
  if b.grouped_by_key then outputs.group_by_key(b) end
  local where = by_keys(b, target, { order = order, limit = limit, offset = offset })
  return { target = target.root, key = key, where = where, order = {} }, target
end

local function scope(node, alias, bounds)
  local function build() return query.build(node, alias) end
  return M.rows(build(), build, query_bounds.params(bounds, node.n))
end

-- The plan of a write, with what it gives back; `b` knows the CTEs it reads.
local function plan_of(alias, verb, node, s, b, spec, n_params)
  s.ctes = b.ctes
  if spec then s.returning = spec:outputs(s.target) end
  local bytes, tables = encode[verb](s, n_params)
  local plan = run.plan(alias, bytes, verb, node.meta, spec and spec:row_shape())
  if b:is_write() then plan.tables = tables end
  return plan
end

local function result(qs, plan, spec, alias, params, n)
  local tx = qs.tx or run.current_tx(alias)
  if not spec then return run.affected(plan, tx, unpack(params, 1, n)) end
  return spec:rows(plan, tx, alias, unpack(params, 1, n))
end

local function named(verb, bounds, spec, more)
  return verb .. " " .. bounds .. (spec and " returning " .. spec.name or "") .. (more or "")
end

local function compile_delete(node, alias, bounds, spec)
  node.meta:settle()
  local s, b = scope(node, alias, bounds)
  return plan_of(alias, "delete", node, s, b, spec, node.n + query_bounds.count(bounds))
end

--- Deletes the rows of a queryset by one statement; how many, or the rows that `spec` wants.
function M.remove(qs, spec)
  local alias, bounds = plans.write_alias(qs), query_bounds.of(qs)
  local plan = plans.plan(qs.node, alias, named("delete", bounds, spec), compile_delete, bounds, spec)
  return result(qs, plan, spec, alias, plans.params(qs))
end

local function compile_update(node, alias, fields, terms, bounds, spec, new_row)
  node.meta:settle()
  local s, b = scope(node, alias, bounds)
  b.new_row = new_row
  local binders, n
  s.sets, binders, n = assignment.sets(b, fields, terms, node.n + query_bounds.count(bounds))
  local plan = plan_of(alias, "update", node, s, b, spec, n)
  plan.set_binders = binders
  return plan
end

-- Rows are found again by their key, so it must stay.
local function refuse_key(meta, fields)
  for _, field in ipairs(fields) do
    if meta.is_key[field] then
      errors.raise("unsupported", "%s: this server has no UPDATE ... RETURNING, and rows whose key changes are not "
        .. "found again", meta.model_name)
    end
  end
end

--- Sets columns by what assignment.parse gives. `new_row`: what New means in the terms.
function M.set(qs, fields, terms, list, spec, new_row)
  local node, alias, bounds = qs.node, plans.write_alias(qs), query_bounds.of(qs)
  local name = named("update", bounds, spec, " " .. assignment.name(fields, terms))
  local plan = plans.plan(node, alias, name, compile_update, fields, terms, bounds, spec, new_row)
  local params, n = plans.params(qs)
  params = { unpack(params, 1, n) }
  n = assignment.bind(params, n, terms, list, plan.set_binders)
  return result(qs, plan, spec, alias, params, n)
end

-- Without an alias there are no rows to write.
local function update_rows(qs, alias, fields, terms, list, spec)
  if not alias then return spec and {} or 0 end
  if spec and not run.can(alias, "update_returning") then
    refuse_key(qs.node.meta, fields)
    return returning.after(qs, spec, alias, function(some) M.set(some, fields, terms, list) end)
  end
  return M.set(qs, fields, terms, list, spec)
end

local function update(qs, values, options, all)
  local meta = queryset.node(qs, "update").meta
  hint.refuse(qs, "update")
  local spec = returning.parse(meta, options, "update")
  if not all then M.refuse_all(qs, "update") end
  local alias = not qs.node.is_none and plans.write_alias(qs)
  local fields, terms, list = assignment.parse(meta, values, "update", alias)
  local told = listeners.of[meta.class]
  if not (told and told.update) then return update_rows(qs, alias, fields, terms, list, spec) end
  return listeners.update(qs, fields, function() return update_rows(qs, alias, fields, terms, list, spec) end)
end

--- Sets fields of every row of the queryset; returns how many, or the rows.
--- qs:update{ views = F"views" + 1 }, qs:update({ views = 0 }, { returning = { "id" } })  -> UPDATE ... SET
---@param values table<string, ryx.ValueOrExpr>
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function methods:update(values, options)
  return update(self, values, options)
end

--- The same of a queryset without a condition.  Post.objects:update_all{ views = 0 }
---@param values table<string, ryx.ValueOrExpr>
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function methods:update_all(values, options)
  return update(self, values, options, true)
end

return M
