-- SPDX-License-Identifier: MIT
-- What the Python package calls: databases, transactions, models, querysets. Every
-- function gives one value, as Python is to have it.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local fetch = require "ryx.query.fetch"
local loop = require "ryx.host.loop"
local q = require "ryx.query.q"
local raw = require "ryx.query.raw"
local registry = require "ryx.registry"
local run = require "ryx.query.run"
local transaction = require "ryx.transaction"

local M = { setup = db.setup, close_aliases = db.close, pool_stats = db.pool_stats, left_open = db.left_open }

local null, unpack = db.null, compat.unpack

-- A list stays one when it is empty.
local function as_list(t)
  if type(t) ~= "table" then return t end
  return db.json.array(t)
end

local function absent(v)
  if v ~= null then return v end
end

-- Rows of this call become Python objects as they are read.
local function directly()
  loop.current_task.direct = true
end

function M.is_connected(name)
  return (pcall(db.alias, name))
end

local function raw_options(alias)
  return alias ~= null and { alias = alias } or nil
end

function M.raw_fetch(sql, params, alias)
  directly()
  return raw.fetch(sql, absent(params), raw_options(alias))
end

function M.raw_execute(sql, params, alias)
  return raw.execute(sql, absent(params), raw_options(alias))
end

--- Runs the body of `async with`: pauses until it ends.
function M.transaction(options)
  return transaction.run(function(tx)
    loop.current_task.tx = tx
    local ok, err = coroutine.yield("body")
    if not ok then error(err, 0) end
  end, options)
end

function M.rollback(tx)
  if not tx.ended then tx:rollback() end
end

function M.is_active(tx)
  return not tx.ended
end

function M.migrate(models)
  require("ryx.migrations").migrate(models)
end

-- Models.

--- Runs a Lua file; the models it defined or returned, by name.
function M.load(path)
  local file, problem = io.open(path, "rb")
  if not file then errors.raise("misuse", "ryx.load: %s", problem) end
  local text = file:read("*a")
  file:close()
  local fn, err = compat.load(text, "@" .. path, _G)
  if not fn then errors.raise("misuse", "ryx.load: %s", err) end
  local found = {}
  registry.added = function(name, model) found[name] = model end
  local ok, got = pcall(fn)
  registry.added = nil
  if not ok then error(got, 0) end
  if type(got) ~= "table" then return found end
  if rawget(got, "_meta") then got = { [got._meta.model_name] = got } end
  for name, model in pairs(got) do
    if type(model) == "table" and rawget(model, "_meta") then found[name] = model end
  end
  return found
end

--- What Python needs to know of a model.
function M.describe(class)
  local meta = class._meta
  meta:settle()
  local fields = {}
  for i, f in ipairs(meta.fields) do
    fields[i] = {
      name = f.name, attname = f.attname, column = f.column, type = f.type, kind = f.kind.name, null = f.null,
      unique = f.unique or false, primary_key = f.primary_key or false,
      target = f.relation and f:target()._meta.model_name or nil,
    }
  end
  return {
    name = meta.model_name, table_name = meta.table_name, alias = meta.alias, abstract = meta.abstract,
    fields = as_list(fields), pk = meta.pk_field and meta.pk_field.attname, objects = rawget(class, "objects"),
  }
end

--- Ties a Python class to a model; gives the metatables of what is its own.
function M.register(class, cls)
  local meta = class._meta
  meta.python = { cls }
  return meta.instance_meta, meta.DoesNotExist, meta.MultipleObjectsReturned
end

--- An instance of what a Python one holds; alias is null when it is not saved.
function M.adopt(class, values, alias)
  local meta = class._meta
  local object = setmetatable({}, meta.instance_meta)
  for key, v in pairs(values) do meta.setters[key](object, v) end
  if alias ~= null then
    rawset(object, "_r", { alias = db.alias(alias ~= "" and alias or meta.alias) })
  end
  return object
end

-- The columns of an instance that only Lua has seen, and where it is from.
local function values_of(object)
  local record = rawget(object, "_r")
  setmetatable(object, nil)
  object._r, object._related = nil, nil
  return object, record and record.alias.name or null
end

local function given(object)
  local values, alias = values_of(object)
  return { alias, values }
end

function M.construct(class, values)
  return class(values)
end

function M.save(object, options)
  object:save(options)
  return given(object)
end

function M.delete_object(object)
  return object:delete()
end

function M.refresh(object, names)
  object:refresh_from_db(absent(names))
  return given(object)
end

function M.full_clean(object)
  object:full_clean()
  return given(object)
end

-- Querysets.

local function conditions(args, kwargs)
  local list = { unpack(args, 1, #args) }
  if next(kwargs) ~= nil then list[#list + 1] = kwargs end
  return list
end

local function narrowed(qs, method, args, kwargs)
  local list = conditions(args, kwargs)
  if #list == 0 then return qs end
  return qs[method](qs, unpack(list))
end

function M.filter(qs, args, kwargs)
  return narrowed(qs, "filter", args, kwargs)
end

function M.exclude(qs, args, kwargs)
  return narrowed(qs, "exclude", args, kwargs)
end

--- A chain method with positional arguments.
function M.chain(qs, method, ...)
  return qs[method](qs, ...)
end

function M.slice(qs, from, to)
  return qs:slice(from, absent(to))
end

function M.limit(qs, n)
  return qs:limit(absent(n))
end

function M.sql(qs)
  return qs:sql()
end

function M.all(qs)
  directly()
  return as_list(qs:all())
end

function M.get(qs, args, kwargs)
  local list = conditions(args, kwargs)
  directly()
  return qs:get(unpack(list))
end

function M.first(qs)
  directly()
  return qs:first()
end

function M.last(qs)
  directly()
  return qs:last()
end

function M.count(qs)
  return qs:count()
end

function M.exists(qs)
  return qs:exists()
end

function M.insert(qs, object)
  qs.node.meta.save(object, fetch.alias(qs), qs.tx)
  return given(object)
end

function M.bulk_create(qs, objects, options)
  qs:bulk_create(objects, options)
  local alias = null
  for i = 1, #objects do objects[i], alias = values_of(objects[i]) end
  return { alias, objects }
end

function M.update(qs, values, all)
  if all then return qs:update_all(values) end
  return qs:update(values)
end

function M.delete(qs, all)
  if all then return qs:delete_all() end
  return qs:delete()
end

--- A Q of Qs and conditions, joined by "and" or "or", perhaps negated.
function M.q(connector, negated, args, kwargs)
  local list = conditions(args, kwargs)
  local out = connector == "or" and q.Q.any(list) or q.Q.all(list)
  return negated and q.negate(out) or out
end

-- Streams.

local Stream = {}
Stream.__index = Stream

function Stream:close()
  if self.slot then run.stream_drop(self.e, self.slot) end
  self.slot, self.ended = nil, true
  if self.tx and self.tx.streams then self.tx.streams[self] = nil end
end

function M.stream(qs, chunk)
  return setmetatable({ qs = qs, chunk = chunk, ended = qs.node.is_none }, Stream)
end

local function open(s)
  local alias = fetch.alias(s.qs)
  local plan, params, n = fetch.all_plan(s.qs, alias)
  s.plan, s.record, s.tx = plan, { alias = alias }, s.qs.tx or run.current_tx(alias)
  if s.tx then
    s.tx.streams = s.tx.streams or setmetatable({}, { __mode = "k" })
    s.tx.streams[s] = true
  end
  local list, more
  s.e, s.slot, list, more = run.stream(plan, s.tx, s.record, s.chunk, unpack(params, 1, n))
  return list, more
end

--- The next rows of a stream, or nil at its end.
function M.stream_part(s)
  if s.ended then return nil end
  directly()
  local list, more
  if s.slot then
    list, more = run.stream_more(s.e, s.slot, s.plan, s.tx, s.record, s.chunk)
  else
    list, more = open(s)
  end
  if not more then
    s.slot = nil
    s:close()
  end
  return as_list(list)
end

function M.stream_close(s)
  s:close()
end

return M
