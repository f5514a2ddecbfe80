-- SPDX-License-Identifier: MIT
-- qs:bulk_update: fields of many instances, each its own values, by key.
local assignment = require "ryx.query.write.assignment"
local batch = require "ryx.query.write.batch"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local key_of = require "ryx.meta.key"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local worked_out = require "ryx.row.worked_out"

local methods = {}

local type, keyof = type, compat.keyof

local OPTIONS = { batch_size = true }

-- The fields named, and those that every save sets.
local function fields_of(meta, names)
  if type(names) ~= "table" or getmetatable(names) ~= nil or names[1] == nil then
    errors.raise("misuse", "bulk_update takes a list of names of fields: bulk_update(list, { \"views\" }), not %s",
      compat.show(names))
  end
  local chosen = {}
  for _, name in ipairs(names) do
    local field = assignment.field(meta, name, "bulk_update")
    if meta.is_key[field] then
      errors.raise("misuse", "bulk_update: %s.%s is %s, by which rows are found", meta.model_name, field.name,
        meta.pk_field and "the key" or "of the key")
    end
    if chosen[field] then errors.raise("misuse", "bulk_update names %s twice", field.name) end
    chosen[field] = true
  end
  return assignment.with_times(meta, chosen)
end

-- What an object's key is known by, nil without one.
local function id_of(meta, object)
  local list = key_of.of(meta, object)
  return list and key_of.id(list)
end

local function check_keys(meta, list)
  local seen, attname = {}, meta.pk_field and meta.pk_field.attname
  for i = 1, #list do
    local object = list[i]
    local id
    if attname then
      local key = object[attname]
      id = type(key) == "number" and key or keyof(key)
    else
      key_of.check(meta, object, "bulk_update")
      id = id_of(meta, object)
    end
    if id == nil or object._r == nil then
      errors.raise("misuse", "bulk_update: item %d is not saved: %s", i, tostring(object))
    end
    if seen[id] then
      errors.raise("misuse", "bulk_update: items %d and %d are both %s", seen[id], i, tostring(object))
    end
    seen[id] = i
  end
end

local function compile(node, alias, fields)
  local meta = node.meta
  local target = builder.new(meta).root
  return run.plan(alias, encode.update{
    target = target, sets = assignment.param_sets(fields), key = meta.key_columns, batch = true,
  }, "update", meta)
end

--- Writes fields of many saved instances, each its own values; returns the rows matched.
--- Post.objects:bulk_update(list, { "views", "title" })  -> UPDATE, one statement for a batch
---@param list ryx.Model[]
---@param names string[]
---@param options? { batch_size?: integer }
---@return integer
function methods:bulk_update(list, names, options)
  queryset.refuse_slice(self, "bulk_update")
  options = options or {}
  errors.check_options(options, OPTIONS, "bulk_update")
  local meta = self.node.meta
  batch.check(meta, list, "bulk_update")
  local size = batch.size(options, "bulk_update")
  local fields = fields_of(meta, names)
  check_keys(meta, list)
  for i, f in ipairs(meta.key_fields) do table.insert(fields, i, f) end
  meta.prepare_all(list, false)
  meta:settle()
  batch.check_values(list, fields, "bulk_update")
  if #list == 0 then return 0 end
  local alias = batch.alias(self, list, "bulk_update")
  local plan = plans.of_model(meta, alias, "bulk update " .. assignment.name(fields), compile, fields)
  local keys = {}
  for i, f in ipairs(fields) do keys[i] = f.attname end
  local chunks = batch.chunks(list, size)
  return batch.together(alias, self.tx, #chunks, function(tx)
    local n = 0
    for _, chunk in ipairs(chunks) do
      n = n + batch.run(meta, plan, tx, chunk, fields, keys, "bulk_update")
    end
    if meta.generated then worked_out.updated(list, meta.generated) end
    return n
  end)
end

return { methods = methods }
