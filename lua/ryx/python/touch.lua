-- SPDX-License-Identifier: MIT
-- What the Python package calls to read what its objects lack, for many of them at once. The wait
-- blocks an event loop, so it must not be for a connection that a task of this loop keeps.
local api = require "ryx.python.api"
local core = require "ryx.core"
local errors = require "ryx.errors"
local holders = require "ryx.db.holders"
local host = require "ryx.host"
local record = require "ryx.row.record"
local relation = require "ryx.meta.relation"
local run = require "ryx.db.run"
local strict = require "ryx.query.read.strict"
local value = require "ryx.value"

local M = {}

local as_list, null = api.as_list, value.null

-- Would a statement wait for somebody who gives no connection back while this loop stands still?
local function refuse_waiting(alias, meta, name)
  if run.current_tx(alias) then return end
  local e = host.engine()
  core.pump(e)
  local stats = core.stats(e, alias.number)
  if not stats or stats.idle > 0 or stats.size < stats.max then return end
  if holders.count(alias, e) < stats.in_use then return end
  errors.raise("misuse", "%s.%s is not loaded, and would wait here for a connection that a task of this loop keeps: "
    .. "load it before, by select_related, or by await ryx.apply_prefetch_related([object], [%q])", meta.model_name,
    name, name)
end

local function where(object, target, name)
  local alias = record.read_alias(object, target)
  refuse_waiting(alias, getmetatable(object).model._meta, name)
  return alias.name
end

--- The objects that a foreign key leads to for these keys: { name of the other side of a
--- one-to-one or null, rows }.
function M.touch_forward(object, name, keys)
  local meta = getmetatable(object).model._meta
  strict.relation(meta, name)
  local f = meta.paths[name]
  local target = f:target_meta()
  local qs = target.rows:using(where(object, target, name)):filter{ pk__in = keys }:order_by()
  api.directly()
  return as_list{ relation.single_reverse_name(f) or null, as_list(qs:all()) }
end

--- Those on the other side of a one-to-one of objects with these keys: { attribute and name of
--- its key, rows }.
function M.touch_reverse(object, name, keys)
  local meta = getmetatable(object).model._meta
  strict.relation(meta, name)
  local rel = meta.relations[name]
  local f, target = rel.field, rel:target_meta()
  local qs = target.rows:using(where(object, target, name)):filter{ [f.name .. "__in"] = keys }:order_by()
  api.directly()
  return as_list{ f.attname, f.name, as_list(qs:all()) }
end

--- A column of the rows with these keys.
function M.touch_column(object, name, keys)
  local meta = getmetatable(object).model._meta
  strict.column(meta, name)
  local qs = meta.rows:using(where(object, meta, name)):filter{ pk__in = keys }:order_by():only(name)
  api.directly()
  return as_list(qs:all())
end

return M
