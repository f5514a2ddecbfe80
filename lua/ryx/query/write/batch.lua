-- SPDX-License-Identifier: MIT
-- qs:bulk_create, qs:bulk_update: lists of instances for statements that write many rows,
-- in which parts they go out, and what is wrong when the database says so.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local record = require "ryx.row.record"
local run = require "ryx.db.run"
local transaction = require "ryx.db.transaction"
local tracked = require "ryx.row.tracked"
local validate = require "ryx.validate"
local value = require "ryx.value"

local M = {}

local BATCH_SIZE = 5000

local rawget, unpack = rawget, compat.unpack
local is_expression = value.is_expression

-- The classes of lists that objects may be in.
local LISTS = { table = true, long = true }

--- Refuses a queryset of some rows: new ones are of no condition, and none may look as if it
--- gave them values.
function M.check_target(qs, what)
  queryset.refuse_slice(qs, what)
  if qs.node.n_where > qs.node.n_begin or qs.node.is_none then
    errors.raise("misuse", "%s: new rows are not those of a condition: take %s.objects", what,
      qs.node.meta.model_name)
  end
end

--- Refuses what is no list, and items that are no instances of the model.
function M.check(meta, list, what)
  if not LISTS[value.class_of(list)] or list[1] == nil and next(list) ~= nil then
    errors.raise("misuse", "%s takes a list of %s objects, not %s", what, meta.model_name, compat.show(list))
  end
  local i = value.misfit(list, meta.instance_meta)
  while i and i <= #list do
    if not value.is_instance(list[i]) or not record.is_of(list[i], meta) then
      errors.raise("misuse", "%s: item %d is not a %s", what, i, meta.model_name)
    end
    i = i + 1
  end
end

--- The alias that saved objects are written on: what `using` or a router says, else their own.
function M.alias(qs, list, what)
  if qs.on_alias then return plans.write_alias(qs) end
  local alias, own = plans.write_alias(qs, record.alias(list[1])), list[1]._r.alias
  for i = 2, #list do
    local theirs = list[i]._r.alias
    if theirs ~= own and plans.write_alias(qs, record.alias(list[i])) ~= alias then
      errors.raise("misuse", "%s: item 1 is of the database %q and item %d of %q: take objects of one, or say using",
        what, own.name, i, theirs.name)
    end
  end
  return alias
end

--- The size of parts that options ask for.
function M.size(options, what)
  local size = options.batch_size or BATCH_SIZE
  errors.check_whole(size, 1, what .. ": batch_size")
  return size
end

--- A list in parts of at most `size`.
function M.chunks(list, size)
  if #list <= size then return #list > 0 and { list } or {} end
  local out = {}
  for from = 1, #list, size do
    local chunk = {}
    for i = from, math.min(from + size - 1, #list) do chunk[#chunk + 1] = list[i] end
    out[#out + 1] = chunk
  end
  return out
end

--- Refuses expressions in place of values.
function M.refuse_expressions(list, fields, what)
  for i, object in ipairs(list) do
    for _, f in ipairs(fields) do
      if is_expression(rawget(object, f.attname)) then
        errors.raise("misuse", "%s: item %d: %s is an expression, but many rows are written by their values: save() "
          .. "it, or use update{}", what, i, f.name)
      end
    end
  end
end

-- Tables are values of these columns only, so an expression could be taken for one.
local TABLES = { json = true, array = true }

--- Refuses expressions that would be taken for documents or lists.
function M.check_values(list, fields, what)
  local some = {}
  for _, f in ipairs(fields) do
    if TABLES[f.type] then some[#some + 1] = f end
  end
  if #some > 0 then M.refuse_expressions(list, some, what) end
end

-- Every database refuses what a column cannot hold, each in its own words: only
-- then is it worth the time to find the value and say it as save does.
local function explain(meta, list, fields, what, err)
  if errors.is_error(err) and (err.kind == "validation" or err.kind == "check_violation") then
    M.refuse_expressions(list, fields, what)
    for _, object in ipairs(list) do validate.check_storage(meta, object) end
  end
  error(err, 0)
end

-- Fields of the user's own go out under keys of ryx's, as the columns hold them.
local function put_custom(meta, list, keys)
  local out = { unpack(keys) }
  for _, f in ipairs(meta.custom_fields) do
    for i, key in ipairs(keys) do
      if key == f.attname then
        out[i] = "_db_" .. key
        for k = 1, #list do
          local v = rawget(list[k], key)
          if v ~= nil and not is_expression(v) then v = f:to_column(v) end
          rawset(list[k], out[i], v)
        end
      end
    end
  end
  return out
end

local function take_custom(meta, list)
  for _, f in ipairs(meta.custom_fields) do
    for k = 1, #list do rawset(list[k], "_db_" .. f.attname, nil) end
  end
end

--- Runs a plan for a list: how many rows.
function M.run(meta, plan, tx, list, fields, keys, what, key, shared)
  if meta.custom_fields then keys = put_custom(meta, list, keys) end
  local ok, result = pcall(run.batch, plan, tx, list, keys, key, shared)
  if meta.custom_fields then take_custom(meta, list) end
  if not ok then explain(meta, list, fields, what, result) end
  if meta.track_changes then tracked.forget(list) end
  return result
end

--- Runs fn(tx) as a block of its own, of which a failure leaves nothing: a savepoint in a
--- transaction, else a transaction.
function M.block(alias, tx, fn)
  if tx then return transaction.savepoint(tx, fn) end
  return transaction.run(fn, { alias = alias.name })
end

--- Runs fn(tx): n statements, several of them all or none.
function M.together(alias, tx, n, fn)
  if n <= 1 then return fn(tx or run.current_tx(alias)) end
  return transaction.within(alias, tx, fn)
end

return M
