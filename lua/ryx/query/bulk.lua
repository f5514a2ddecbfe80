-- SPDX-License-Identifier: MIT
-- Many rows in one statement.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local fetch = require "ryx.query.fetch"
local q = require "ryx.query.q"
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
  local n_keyed, n_fresh = 0, 0
  local mt, prepare = meta.instance_meta, meta.prepare
  for i = 1, #list do
    local object = list[i]
    if getmetatable(object) ~= mt then
      errors.raise("misuse", "bulk_create: item %d is not a %s", i, meta.model_name)
    end
    prepare(object, true)
    if object[key] == nil then
      n_fresh = n_fresh + 1
      fresh[n_fresh] = object
    else
      n_keyed = n_keyed + 1
      keyed[n_keyed] = object
    end
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

-- Every database refuses what a column cannot hold, each in its own words: only
-- then is it worth the time to find the value and say it as save does.
local function explain(meta, list, err)
  if err.kind == "validation" or err.kind == "check_violation" then
    for _, object in ipairs(list) do validate.check_storage(meta, object) end
  end
  error(err, 0)
end

local function insert(meta, alias, list, with_key, tx)
  local plan = fetch.plan(shape.root(meta), alias, with_key and "bulk key" or "bulk", write.insert_plan, with_key, true)
  local keys = {}
  for i, f in ipairs(write.insert_fields(meta, with_key)) do keys[i] = f.attname end
  local record = { alias = alias }
  local key = not with_key and meta.pk_field.attname or nil
  local ok, err = pcall(run.batch, plan, tx, list, keys, key, record)
  if not ok then explain(meta, list, err) end
  if with_key then
    for _, object in ipairs(list) do rawset(object, "_r", record) end
  end
end

--- Inserts a list of instances; several statements share a transaction.
function M.create(qs, list, options)
  errors.check_options(options, OPTIONS, "bulk_create")
  local meta = qs.node.meta
  if q.class_of(list) ~= "table" or list[1] == nil and next(list) ~= nil then
    errors.raise("misuse", "bulk_create takes a list of %s objects, not %s", meta.model_name, compat.show(list))
  end
  local alias = fetch.alias(qs)
  local size = options.batch_size or BATCH_SIZE
  errors.check_whole(size, 1, "bulk_create: batch_size")
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
