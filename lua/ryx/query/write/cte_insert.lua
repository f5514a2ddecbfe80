-- SPDX-License-Identifier: MIT
-- ryx.CTE(name, Post.objects, { bulk_create = { ... } }): the INSERT of a CTE. Each column's
-- values are one parameter, a list, so that one plan serves any number of rows.
local assignment = require "ryx.query.write.assignment"
local batch = require "ryx.query.write.batch"
local bind = require "ryx.query.lookup.bind"
local builder = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local instance = require "ryx.query.write.instance"
local left_out = require "ryx.row.left_out"
local value = require "ryx.value"

local M = {}

-- Objects, which tables of values become.
local function objects_of(meta, given, what)
  local list = {}
  for i, item in ipairs(type(given) == "table" and given or {}) do
    list[i] = type(item) == "table" and getmetatable(item) == nil and meta.construct(item) or item
  end
  batch.check(meta, list[1] ~= nil and list or given, what)
  return list
end

-- The database goes on numbering where it was, whatever keys a statement brings along.
local function refuse_keys(list, what)
  for i, object in ipairs(list) do
    if object.pk ~= nil then
      errors.raise("misuse", "%s: item %d has a key, which the database makes: leave it out, or bulk_create the "
        .. "objects by themselves", what, i)
    end
  end
end

local function list_of(meta, field, objects)
  local out = {}
  for i, object in ipairs(objects) do
    local v = rawget(object, field.attname)
    out[i] = v == nil and value.null or assignment.value(meta, field, v)
  end
  return out
end

--- What options insert: { fields, lists (of each field's values), ignores }.
function M.parse(qs, options, what)
  local meta = qs.node.meta
  meta:settle()
  batch.check_target(qs, what)
  local objects = objects_of(meta, options.bulk_create, what)
  meta.prepare_all(objects, true)
  batch.refuse_expressions(objects, meta.fields, what)
  local is_auto = meta:makes_keys()
  if is_auto then refuse_keys(objects, what) end
  local fields, _, mixed = left_out.split_list(meta, objects, instance.insert_fields(meta, not is_auto))
  if mixed then
    errors.raise("unsupported", "%s: %s is left to the database by some objects only: give it for all, or for none",
      what, mixed[1].name)
  end
  local lists = {}
  if #fields == 0 then
    errors.raise("unsupported", "%s: %s has no column but its key, so there is nothing to insert", what,
      meta.model_name)
  end
  for i, field in ipairs(fields) do lists[i] = list_of(meta, field, objects) end
  return { fields = fields, lists = lists, ignores = options.ignore_conflicts == true }
end

--- The statement inside the query of a resolver, which gets its parameters.
function M.statement(resolver, meta, new)
  local b = builder.new(meta, resolver.n, resolver.builder)
  for _ in ipairs(new.fields) do resolver:bind(bind.as_is) end
  local s = {
    target = b.root, sets = assignment.param_sets(new.fields, resolver.n), lists = true,
    conflict = new.ignores and { targets = {}, key = meta.key_columns[1] } or nil,
  }
  resolver.n = resolver.n + #new.fields
  return s
end

return M
