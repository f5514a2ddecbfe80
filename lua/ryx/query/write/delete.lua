-- SPDX-License-Identifier: MIT
-- qs:delete, qs:delete_all, post:delete: one statement where the database does the rest by its
-- own rules, else what ryx collects.
local cascade = require "ryx.query.write.cascade"
local collect = require "ryx.query.write.collect"
local hint = require "ryx.query.clause.hint"
local instance = require "ryx.query.write.instance"
local listeners = require "ryx.query.write.listeners"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local returning = require "ryx.query.write.returning"
local run = require "ryx.db.run"
local too_deep = require "ryx.query.write.too_deep"
local update_delete = require "ryx.query.write.update_delete"

local methods = {}
local M = { methods = methods }

local delete_rows

-- Deletes the rows of a queryset, with what is ryx's work.
local function by_work(alias, tx, work, qs, spec)
  if spec and (work or not run.can(alias, "delete_returning")) then
    return returning.before(qs, spec, alias, function(some) delete_rows(some) end)
  end
  if work then
    local function find(inner) return returning.lock(qs, alias, inner) end
    return collect.rows(qs.node.meta.concrete, alias, tx, work, find)
  end
  if spec then spec.is_gone = true end
  return update_delete.remove(qs, spec)
end

local function by_work_in(alias, tx, work, qs, spec)
  return by_work(alias, tx, work, tx and qs:using(tx) or qs, spec)
end

function delete_rows(qs, spec)
  if qs.node.is_none then return spec and {} or 0 end
  local alias = plans.write_alias(qs)
  local tx = qs.tx or run.current_tx(alias)
  local work, deep = cascade.work(qs.node.meta.concrete, alias, tx)
  if deep then return too_deep.attempt(alias, tx, work, deep, by_work_in, qs, spec) end
  return by_work(alias, tx, work, qs, spec)
end

local function delete(qs, options, all)
  local meta = queryset.node(qs, "delete").meta
  hint.refuse(qs, "delete")
  local spec = returning.parse(meta, options, "delete")
  if not all then update_delete.refuse_all(qs, "delete") end
  local told = listeners.of[meta.class]
  if not (told and told.bulk_delete) then return delete_rows(qs, spec) end
  return listeners.delete(qs, function() return delete_rows(qs, spec) end)
end

--- Deletes the rows of the queryset; returns how many, or the rows.
--- qs:delete(), qs:delete{ returning = true }  -> DELETE
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function methods:delete(options)
  return delete(self, options)
end

--- The same of a queryset without a condition.  Post.objects:delete_all()
---@param options? { returning?: boolean|string[] }
---@return integer|ryx.Model[]
function methods:delete_all(options)
  return delete(self, options, true)
end

local function row_by_work(alias, tx, work, meta, object)
  if not work then return instance.remove(meta, object, alias, tx) end
  return collect.row(meta, alias, tx, work, object.pk, tostring(object))
end

--- Deletes the row of an instance; returns the rows matched.
function M.instance(meta, object, alias, tx)
  meta = meta.concrete
  local work, deep = cascade.work(meta, alias, tx)
  if deep then return too_deep.attempt(alias, tx, work, deep, row_by_work, meta, object) end
  return row_by_work(alias, tx, work, meta, object)
end

return M
