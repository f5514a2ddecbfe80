-- SPDX-License-Identifier: MIT
-- Many rows in one statement.
local errors = require "ryx.errors"
local fetch = require "ryx.query.fetch"
local run = require "ryx.query.run"
local shape = require "ryx.query.shape"
local transaction = require "ryx.transaction"
local validate = require "ryx.validate"
local write = require "ryx.query.write"

local M = {}

local BATCH_SIZE = 5000
local OPTIONS = { batch_size = true }

-- Instances with a key of their own and those whose key the database makes.
local function part(meta, list)
  local key = meta.pk_field.attname
  local keyed, fresh = {}, {}
  for i, object in ipairs(list) do
    if getmetatable(object) ~= meta.instance_meta then
      errors.raise("misuse", "bulk_create: item %d is not a %s", i, meta.model_name)
    end
    meta.prepare(object, true)
    validate.check_storage(meta, object)
    local group = rawget(object, key) == nil and fresh or keyed
    group[#group + 1] = object
  end
  return keyed, fresh
end

local function chunks(list, size)
  if #list <= size then return #list > 0 and { list } or {} end
  local out = {}
  for from = 1, #list, size do
    local chunk = {}
    for i = from, math.min(from + size - 1, #list) do chunk[#chunk + 1] = list[i] end
    out[#out + 1] = chunk
  end
  return out
end

local function insert(meta, alias, list, with_key, tx)
  local plan = fetch.plan(shape.root(meta), alias, with_key and "bulk key" or "bulk", write.insert_plan, with_key, true)
  local keys = {}
  for i, f in ipairs(write.insert_fields(meta, with_key)) do keys[i] = f.attname end
  run.batch(plan, tx, list, keys, not with_key and meta.pk_field.attname or nil)
  local record = { alias = alias }
  for _, object in ipairs(list) do rawset(object, "_r", record) end
end

--- Inserts a list of instances; several statements share a transaction.
function M.create(qs, list, options)
  errors.check_options(options, OPTIONS, "bulk_create")
  local meta = qs.node.meta
  local alias = fetch.alias(qs)
  local size = options.batch_size or BATCH_SIZE
  if type(size) ~= "number" or size < 1 then
    errors.raise("misuse", "bulk_create: batch_size must be 1 or more, not %s", tostring(size))
  end
  local keyed, fresh = part(meta, list)
  local with_key, without = chunks(keyed, size), chunks(fresh, size)
  local function all(tx)
    for _, chunk in ipairs(with_key) do insert(meta, alias, chunk, true, tx) end
    for _, chunk in ipairs(without) do insert(meta, alias, chunk, false, tx) end
  end
  local tx = qs.tx or run.current_tx(alias)
  if tx or #with_key + #without <= 1 then
    all(tx)
  else
    transaction.run(all, { alias = alias.name })
  end
  return list
end

return M
