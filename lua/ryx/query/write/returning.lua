-- SPDX-License-Identifier: MIT
-- qs:update(values, { returning = ... }), qs:delete{ returning = ... }: what a write gives
-- back of its rows. RETURNING where the server has it, else the rows are locked by key
-- first and read besides.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local custom = require "ryx.row.custom"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local filter = require "ryx.query.clause.filter"
local finalize = require "ryx.query.select.finalize"
local key_of = require "ryx.meta.key"
local locking = require "ryx.query.select.lock"
local ordering = require "ryx.query.resolve.order"
local outputs = require "ryx.query.select.outputs"
local path = require "ryx.query.resolve.path"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local query_bounds = require "ryx.query.ir.bounds"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local transaction = require "ryx.db.transaction"

local M = {}

-- names nil: whole instances.
local Spec = {}
Spec.__index = Spec

--- The outputs of RETURNING.
function Spec:outputs(target)
  local columns = {}
  for i, field in ipairs(self.fields) do columns[i] = { expr = builder.column(target, field), name = "" } end
  return columns
end

--- How a row becomes an instance or a table.
function Spec:row_shape()
  if self.names then return { kind = "dict", keys = self.names } end
  local meta = self.meta
  return { kind = "model", keys = meta.attnames, meta = meta.instance_meta, tracked = meta.track_changes }
end

-- Values of fields of the user's own.
function Spec:convert(list)
  if not self.meta.custom_fields then return end
  if not self.names then
    for i = 1, #list do custom.object(self.meta.custom_fields, list[i]) end
    return
  end
  local by_name = {}
  for i, field in ipairs(self.fields) do by_name[self.names[i]] = field.is_custom and field or nil end
  for i = 1, #list do custom.row(by_name, list[i]) end
end

--- Runs a plan: its rows. Instances of deleted rows keep their key and are unsaved.
function Spec:rows(plan, tx, alias, ...)
  local record = not self.names and not self.is_gone and { alias = alias } or nil
  local list = run.rows(plan, tx, record, ...)
  if record then
    record.rows = list
    key_of.keep_all(self.meta, list)
  end
  self:convert(list)
  return list
end

local OPTIONS = { returning = true }

--- What the option `returning` asks for, nil when it is not given.
function M.parse(meta, options, what)
  if options == nil then return nil end
  errors.check_options(options, OPTIONS, meta.model_name .. ": " .. what)
  local names = options.returning
  if not names then return nil end
  local spec = setmetatable({ meta = meta, fields = meta.fields, name = "*" }, Spec)
  if names == true then return spec end
  if type(names) ~= "table" or getmetatable(names) ~= nil or names[1] == nil then
    errors.raise("misuse", "%s: returning takes true (instances) or a list of names of fields, not %s", meta.model_name,
      compat.show(names))
  end
  local seen = {}
  spec.fields, spec.names = {}, {}
  for i, name in ipairs(names) do
    spec.fields[i], spec.names[i] = path.field(meta, name), name
    if seen[name] then errors.raise("misuse", "%s: returning names %q twice", meta.model_name, name) end
    seen[name] = true
  end
  spec.name = table.concat(spec.names, ",")
  return spec
end

local function compile_keys(node, alias, bounds)
  node.meta:settle()
  local b = query.build(node, alias)
  local limit, offset = query_bounds.params(bounds, node.n)
  if b.grouped_by_key then outputs.group_by_key(b) end
  local columns = {}
  for i, column in ipairs(builder.key_columns(b.root)) do columns[i] = { expr = column, name = "" } end
  local keys = finalize.select(b, {
    outputs = columns,
    order = bounds > 0 and ordering.of(b) or {}, pick = b.distinct_on and ordering.of(b),
    limit = limit, offset = offset, ctes = b.ctes,
    lock = locking.is_lockable(b) and { strength = "update", of = { b.root } } or nil,
  })
  return run.plan(alias, encode.select(keys), "select", node.meta,
    { kind = node.meta.pk_field and "flat" or "list", keys = node.meta.key_columns })
end

--- Locks the rows of a queryset: their keys, each once.
function M.lock(qs, alias, tx)
  local bounds = query_bounds.of(qs)
  local plan = plans.plan(qs.node, alias, "lock keys " .. bounds, compile_keys, bounds)
  local params, n = plans.params(qs)
  local keys, seen = {}, {}
  for _, key in ipairs(run.rows(plan, tx, nil, compat.unpack(params, 1, n))) do
    local id = key_of.known_by(qs.node.meta, key)
    if not seen[id] then keys[#keys + 1], seen[id] = key, true end
  end
  return keys
end

-- Those of a queryset that were locked; limit and offset have been applied.
local function among(qs, keys)
  return filter.by_keys(queryset.unbounded(qs, qs.node, qs.params), keys)
end

local function read_portion(qs, spec, keys)
  local all = spec.meta.rows:using(qs.tx or plans.write_alias(qs).name):filter{ pk__in = keys }:order_by()
  if not spec.names then return all:all() end
  return all:values(compat.unpack(spec.names)):all()
end

local function read(qs, spec, keys)
  local portions, list = key_of.portions(spec.meta, keys), {}
  if not portions[2] then return read_portion(qs, spec, keys) end
  for _, portion in ipairs(portions) do
    for _, row in ipairs(read_portion(qs, spec, portion)) do list[#list + 1] = row end
  end
  return list
end

local function write_all(qs, keys, write)
  for _, portion in ipairs(key_of.portions(qs.node.meta, keys)) do write(among(qs, portion)) end
end

--- Writes by write(queryset), then reads the rows.
function M.after(qs, spec, alias, write)
  return transaction.within(alias, qs.tx, function(tx)
    local keys = M.lock(qs, alias, tx)
    if #keys == 0 then return {} end
    write_all(qs, keys, write)
    return read(qs, spec, keys)
  end)
end

--- Reads the rows, then writes.
function M.before(qs, spec, alias, write)
  return transaction.within(alias, qs.tx, function(tx)
    local keys = M.lock(qs, alias, tx)
    if #keys == 0 then return {} end
    local list = read(qs, spec, keys)
    write_all(qs, keys, write)
    for _, object in ipairs(not spec.names and list or {}) do rawset(object, "_r", nil) end
    return list
  end)
end

return M
