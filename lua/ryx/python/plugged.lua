-- SPDX-License-Identifier: MIT
-- What the Python package plugs into ryx for the whole program: lookups, a router, a cache's backend.
local api = require "ryx.python.api"
local awaited = require "ryx.python.awaited"
local cache = require "ryx.cache"
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local custom = require "ryx.query.lookup.custom"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local listen = require "ryx.python.listen"
local naming = require "ryx.naming"
local router = require "ryx.db.router"
local rows = require "ryx.python.rows"
local transform = require "ryx.query.resolve.transform"
local value = require "ryx.value"

local M = {}

local absent, as_list = api.absent, api.as_list

-- Lookups.

function M.register_lookup(name, text)
  custom.register(name, text)
end

function M.register_transform(name, text, options)
  transform.register(name, text, options)
end

--- The SQL of a lookup of the program's own, or nil.
function M.lookup_template(name)
  local pieces = catalog.registered[name]
  if not pieces then return nil end
  local out = {}
  for i, piece in ipairs(pieces) do
    out[i] = i % 2 == 1 and piece:gsub("%?", "??") or piece == "col" and "{col}" or "?"
  end
  return table.concat(out)
end

function M.available_lookups()
  return as_list(catalog.available())
end

function M.list_lookups()
  return as_list(compat.sorted_keys(catalog.row))
end

function M.list_transforms()
  local names = {}
  for _, known in ipairs{ functions.part, functions.transform, transform.registered } do
    for name in pairs(known) do names[name] = true end
  end
  for _, name in ipairs{ "key", "key_text", "json" } do names[name] = true end
  return as_list(compat.sorted_keys(names))
end

--- A path without its lookup, and that.
function M.lookup_key(key)
  local parts = naming.split(key)
  local last = parts[#parts]
  if #parts > 1 and (catalog.row[last] or catalog.registered[last]) then
    return as_list{ key:sub(1, -#last - 3), last }
  end
  return as_list{ key, "exact" }
end

-- The router.

--- A function of Python's, in a box, that may be awaited.
function M.awaited_callback(box)
  return awaited.calling(box)
end

-- Python knows a model by its class, and leaves a decision open by None.
local function method(ask)
  return function(_, first, ...)
    return absent(ask(listen.class_of(first), ...))
  end
end

--- Sets a router of functions by name; null takes it away.
function M.set_router(questions)
  questions = absent(questions)
  for name, ask in pairs(questions or {}) do questions[name] = method(ask) end
  router.set(questions)
end

-- The cache.

M.set_makers = rows.set_makers

-- What Python calls awaits: of its exceptions only the end of the task comes this far.

local function backend_call(box, convert)
  local fn = awaited.calling(box)
  return function(_, ...)
    local ok, got = pcall(fn, convert(...))
    if ok then return got end
    if type(got) ~= "userdata" then error(got, 0) end
    errors.raise("cancelled", "the call was cancelled")
  end
end

local function same(...)
  return ...
end

-- An entry as Python is to have it: whole seconds, lists that are marked as such.
local function entry(key, kept, ttl)
  local out = {}
  for name, v in pairs(kept) do out[name] = v end
  out.names = as_list{ compat.unpack(kept.names) }
  return key, out, math.max(1, math.ceil(ttl))
end

--- Functions in boxes by name; null keeps nothing any more.
function M.configure_cache(boxes, options)
  if boxes == value.null then return cache.configure(false) end
  options.backend = {}
  for name, box in pairs(boxes) do options.backend[name] = backend_call(box, name == "set" and entry or same) end
  cache.configure(options)
end

function M.invalidate(key)
  cache.invalidate(key)
end

function M.invalidate_model(class)
  cache.invalidate_model(class)
end

function M.invalidate_all()
  cache.invalidate_all()
end

return M
