-- SPDX-License-Identifier: MIT
-- What the Python package calls: databases, models. Every function
-- gives one value, as Python is to have it.
local awaited = require "ryx.python.awaited"
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local left_out = require "ryx.row.left_out"
local listeners = require "ryx.query.write.listeners"
local loop = require "ryx.host.loop"
local raw = require "ryx.db.raw"
local registry = require "ryx.registry"
local signal = require "ryx.signal"
local value = require "ryx.value"

local M = { setup = db.setup, close_aliases = db.close, pool_stats = db.pool_stats, left_open = db.left_open }

local null = value.null

-- A list stays one when it is empty.
local function as_list(t)
  if type(t) ~= "table" then return t end
  return value.json.array(t)
end

--- Python's lists are marked as such, which in an argument means one JSON value.
function M.plain(list)
  if getmetatable(list) ~= value.array_meta then return list end
  return { compat.unpack(list, 1, #list) }
end

local function absent(v)
  if v ~= null then return v end
end

-- meta__json__contains is meta__contains: Python says that a column is JSON.
local function short(name)
  local at, _, lookup = name:find("__json__(%l[%l_]*)$")
  if at and catalog.row[lookup] then return name:sub(1, at - 1) .. "__" .. lookup end
end

--- Conditions by path, as Lua writes them.
function M.named(conditions)
  local again
  for name in pairs(conditions) do
    if name:find("__json__", 2, true) then
      again = again or {}
      again[name] = short(name)
    end
  end
  for name, other in pairs(again or {}) do conditions[other], conditions[name] = conditions[name], nil end
  return conditions
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

function M.list_aliases()
  return as_list(db.names())
end

--- A name as the database of an alias has it.
function M.quote_name(name, alias)
  return db.quote(db.alias(alias), name)
end

--- The scheme of an alias's URL.
function M.scheme(name)
  return db.show(name):match("^%a+")
end

function M.raw_fetch(sql, params, alias)
  directly()
  return raw.fetch(sql, absent(params), raw_options(alias))
end

function M.raw_execute(sql, params, alias)
  return raw.execute(sql, absent(params), raw_options(alias))
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

--- Ties a Python class to a model; gives the metatables of what is its own.
function M.register(class, cls)
  local meta = class._meta
  meta.python = { cls }
  return meta.instance_meta, meta.DoesNotExist, meta.MultipleObjectsReturned
end

-- Is anybody to be handed the Python object of an instance that is written?
local function is_told(meta)
  return listeners.of[meta.class] or rawget(meta.class, "clean") or signal.signals.m2m_changed.receivers[1]
end

-- The columns that an instance does not hold, not even as NULL.
local function lacking(meta, values)
  local names
  for _, f in ipairs(meta.fields) do
    if values[f.attname] == nil then
      names = names or {}
      names[f.attname] = true
    end
  end
  return names
end

--- An instance of what a Python one at this address holds; alias is null when it is not
--- saved.
function M.adopt(class, values, alias, address)
  local meta = class._meta
  local object = setmetatable({}, meta.instance_meta)
  if meta.db_defaults and alias == null then left_out.mark(meta, object) end
  for key, v in pairs(values) do
    local f = meta.paths[key]
    if f and f.generated then rawset(object, key, v) else meta.setters[key](object, v) end
  end
  if is_told(meta) then rawset(object, "_python", awaited.box(address)) end
  if alias ~= null then
    rawset(object, "_r", { alias = db.alias(alias ~= "" and alias or meta.alias), deferred = lacking(meta, values) })
  end
  return object
end

-- The columns of an instance that only Lua has seen, and where it is from.
local function values_of(object)
  local record = rawget(object, "_r")
  setmetatable(object, nil)
  object._r, object._related, object._python = nil, nil, nil
  return object, record and record.alias.name or null
end

local function given(object)
  local values, alias = values_of(object)
  return { alias, values }
end

--- What a first read of an attribute gives: a column that was left out, the object of
--- a relation, its manager.
function M.touch(object, name)
  return object[name]
end

--- What a name that is no column means on instances: { "one" or "many", key of the
--- model, its foreign key or null, name of the relation }; nil when nothing. Names of paths count.
function M.relation(class, name)
  local rel = class._meta:relation(name)
  if not rel then return nil end
  local f = rel.kind == "reverse" and rel.field
  return as_list{ rel.single and "one" or "many", rel:target_meta().key, f and f.name or null, rel.name }
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

M.values_of, M.given, M.as_list, M.absent, M.directly = values_of, given, as_list, absent, directly

return M
