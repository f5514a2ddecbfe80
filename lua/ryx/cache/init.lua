-- SPDX-License-Identifier: MIT
-- ryx.configure_cache, ryx.invalidate, and what qs:cache() keeps: rows as they came from the
-- database, of which every answer is made anew.
--
-- A write looks for no entries. A clock counts changes; tables, databases and named keys have
-- the time of their last one. An entry holds while nothing that it depends on has changed
-- since its query was sent, so what somebody read while another one committed never counts.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local events = require "ryx.db.events"
local host = require "ryx.host"
local kept = require "ryx.db.kept"
local keys = require "ryx.cache.key"
local memory = require "ryx.cache.memory"
local report = require "ryx.host.report"
local router = require "ryx.db.router"
local task = require "ryx.host.task"
local value = require "ryx.value"

local table_name = keys.table_name

local M = {
  backend = nil, -- what keeps entries, or nil: nothing is kept
}

local TTL, MAX_SIZE = 300, 1000
local PATIENCE = 10 -- seconds that a task waits for another one's query
local NAMES_MAX = 10000 -- names whose changes are remembered
local INDEX_MAX = 10000 -- keys that are remembered, to be deleted before they are found to be wrong

local settings = {}
local undo = {} -- the listeners'
local flights = {} -- by key, queries under way: { owner, waiters, at, done, cells } and what is asked

-- Changes.

local ALL = "all"
local clock, changed, n_changed = 0, {}, 0
local index, n_index = {}, 0 -- keys by the names they depend on
local PROCESS = ("%s %d"):format(tostring({}), os.time()) -- whose clock it is

local function is_fresh(names, at)
  if (changed[ALL] or 0) > at then return false end
  for i = 1, #names do
    if (changed[names[i]] or 0) > at then return false end
  end
  return true
end

-- Calls a function of the backend, which may be gone by now: a cache that fails is none, and is
-- told of.
local function call(name, ...)
  local backend = M.backend
  if not backend then return nil end
  local ok, result = pcall(backend[name], backend, ...)
  if ok then return result end
  if errors.is_error(result) and (result.kind == "cancelled" or result.kind == "timeout") then error(result, 0) end
  report.report(result)
end

local function change(names)
  clock = clock + 1
  for _, name in ipairs(names) do
    if not changed[name] then n_changed = n_changed + 1 end
    changed[name] = clock
  end
  if n_changed > NAMES_MAX then changed, n_changed = { [ALL] = clock }, 1 end
  for _, name in ipairs(names) do
    local known = index[name]
    index[name] = nil
    for key in pairs(known or {}) do call("delete", key) end
  end
end

local function remember(names, key)
  if n_index >= INDEX_MAX then index, n_index = {}, 0 end
  n_index = n_index + 1
  for _, name in ipairs(names) do
    index[name] = index[name] or {}
    index[name][key] = true
  end
end

-- Writes.

local written = setmetatable({}, { __mode = "k" }) -- by outermost transaction, a set of names

local function outermost(tx)
  while tx and tx.outer do tx = tx.outer end
  return tx
end

-- What a statement changes. Behind a router several databases may have the same rows.
local function names_of(what)
  if what.sql then return { router.current and ALL or "alias " .. what.alias.name } end
  local names = {}
  for name in pairs(what.tables or {}) do names[#names + 1] = table_name(name) end
  names[#names + 1] = table_name(what.meta.table)
  if what.kind == "delete" then
    for _, name in ipairs(what.meta:dependents()) do names[#names + 1] = table_name(name) end
  end
  return names
end

local function on_write(what, tx)
  local names = names_of(what)
  tx = outermost(tx)
  if tx then
    local set = written[tx] or {}
    written[tx] = set
    for _, name in ipairs(names) do set[name] = true end
  end
  -- Not every text is undone by a rollback.
  if not tx or what.sql then change(names) end
end

local function on_end(_, outcome, tx)
  local names = tx and written[tx]
  if not names then return end
  written[tx] = nil
  if outcome ~= "rolled back" then change(compat.sorted_keys(names)) end
end

-- Entries.

-- Keys may meet; what is asked may not.
local function is_same(a, b)
  return a.sql == b.sql and a.params == b.params and a.database == b.database
end

local function look(request)
  local entry = call("get", request.key)
  if type(entry) ~= "table" or entry.process ~= PROCESS or not is_same(entry, request) then return nil end
  if host.clock() < entry.ends and is_fresh(entry.names, entry.at) then
    return type(entry.rows) == "string" and value.json.decode(entry.rows) or entry.rows
  end
  call("delete", request.key)
end

local function keep(request, cells, at, ttl)
  if not is_fresh(request.names, at) then return end
  local rows = cells
  if not M.backend.keeps_tables then
    local ok, text = pcall(value.json.encode, value.json.array(cells))
    if not ok then return end -- bytes, NaN: what JSON does not hold
    rows = text
  end
  remember(request.names, request.key)
  call("set", request.key, {
    process = PROCESS, at = at, ends = host.clock() + ttl, names = request.names, sql = request.sql,
    params = request.params, database = request.database, rows = rows,
  }, ttl)
end

-- Queries under way.

local function fly(request, plan, ttl, ...)
  local flight = {
    owner = host.current(), engine = host.engine(), waiters = {}, at = clock,
    sql = request.sql, params = request.params, database = request.database,
  }
  local backend = M.backend
  flights[request.key] = flight
  local ok, cells = pcall(kept.cells, plan, nil, not backend or backend.keeps_tables, ...)
  flight.done, flight.cells = true, ok and cells or nil
  for _, waiter in ipairs(flight.waiters) do host.wake(waiter) end
  -- A backend may take its time: who asks meanwhile finds what came.
  local kept_ok, problem = true, nil
  if ok and backend and M.backend == backend then kept_ok, problem = pcall(keep, request, cells, flight.at, ttl) end
  if flights[request.key] == flight then flights[request.key] = nil end
  if not (ok and kept_ok) then error(ok and problem or cells, 0) end
  return cells
end

-- One that asks the same, and began when nothing had changed that this one may know of. Another
-- engine would not hear of its end.
local function flight_of(request)
  local flight = flights[request.key]
  if flight and is_same(flight, request) and flight.owner ~= host.current() and flight.engine == host.engine()
    and is_fresh(request.names, flight.at) then return flight end
end

local function wait_for(flight)
  local limit = host.clock() + PATIENCE
  table.insert(flight.waiters, host.current())
  task.park_until(function() return flight.done or host.clock() >= limit end, PATIENCE)
end

--- The rows of a plan as kept.cells gives them, kept or asked for; nobody changes them. `wanted`
--- is { ttl, key } of qs:cache.
function M.cells(wanted, plan, tx, ...)
  local ttl = M.backend and (wanted.ttl or settings.ttl) or 0
  local request = ttl > 0 and plan.tables and not (tx and written[outermost(tx)]) and keys.of(wanted, plan, ...)
  if not request then return (kept.cells(plan, tx, true, ...)) end
  local cells = look(request)
  if cells then return cells end
  -- What a transaction reads may be older than the last commit.
  if tx then return (kept.cells(plan, tx, true, ...)) end
  local flight = flight_of(request)
  if flight then
    wait_for(flight)
    if flight.cells then return flight.cells end
    if flight.done then return M.cells(wanted, plan, tx, ...) end -- it failed
  end
  return fly(request, plan, ttl, ...)
end

-- Settings.

local OPTIONS = { ttl = true, max_size = true, backend = true, auto_invalidate = true }
local FUNCTIONS = { "get", "set", "delete", "clear" }

--- Refuses what is no time to live.
function M.check_ttl(ttl, what)
  if type(ttl) ~= "number" or not (ttl >= 0 and ttl <= 1e9) then
    errors.raise("misuse", "%s: ttl is a number of seconds, 0 to keep nothing, not %s", what, compat.show(ttl))
  end
end

local function check(options)
  errors.check_type(options, "table", "ryx.configure_cache")
  errors.check_options(options, OPTIONS, "ryx.configure_cache")
  if options.ttl ~= nil then M.check_ttl(options.ttl, "ryx.configure_cache") end
  if options.max_size ~= nil then errors.check_whole(options.max_size, 1, "ryx.configure_cache: max_size") end
  if options.auto_invalidate ~= nil then
    errors.check_type(options.auto_invalidate, "boolean", "ryx.configure_cache: auto_invalidate")
  end
  local backend = options.backend
  if backend == nil then return end
  errors.check_type(backend, "table", "ryx.configure_cache: backend")
  if options.max_size ~= nil then
    errors.raise("misuse", "ryx.configure_cache: max_size is of the memory cache: your backend has its own limits")
  end
  for _, name in ipairs(FUNCTIONS) do
    if type(backend[name]) ~= "function" then
      errors.raise("misuse", "ryx.configure_cache: the backend needs a function %s", name)
    end
  end
end

---@class ryx.CacheBackend
---@field get fun(self: ryx.CacheBackend, key: string): table? what was set, a copy will do
---@field set fun(self: ryx.CacheBackend, key: string, value: table, ttl: number) value is a table that JSON can hold
---@field delete fun(self: ryx.CacheBackend, key: string)
---@field clear fun(self: ryx.CacheBackend)

---@class ryx.CacheOptions
---@field ttl? number seconds that an entry lives, 300 when not given
---@field max_size? integer entries in memory, 1000 when not given
---@field backend? ryx.CacheBackend in place of memory
---@field auto_invalidate? boolean false: writes drop nothing, only time and ryx.invalidate do

--- Lets qs:cache() keep rows: in memory, or in a backend. Again: replaces what was; false:
--- keeps nothing any more.  ryx.configure_cache{ ttl = 60, max_size = 500 }
---@param options? ryx.CacheOptions|false
function M.configure(options)
  if options == nil then options = {} end
  if options then check(options) end
  for _, fn in ipairs(undo) do fn() end
  undo, M.backend, settings = {}, nil, {}
  index, n_index = {}, 0
  change{ ALL }
  if not options then return end
  settings.ttl = options.ttl or TTL
  M.backend = options.backend or memory.new(options.max_size or MAX_SIZE)
  if options.auto_invalidate ~= false then
    undo = { events.on_write(on_write), events.on_transaction_end(on_end) }
  end
end

--- Drops what qs:cache{ key = } keeps under a key.  ryx.invalidate("front page")
---@param key string
function M.invalidate(key)
  errors.check_type(key, "string", "ryx.invalidate")
  change{ "key " .. key }
end

--- Drops what depends on the table of a model.  ryx.invalidate_model(Post)
---@param model ryx.ModelClass
function M.invalidate_model(model)
  local meta = type(model) == "table" and rawget(model, "_meta")
  if not meta then errors.raise("misuse", "ryx.invalidate_model takes a model, not %s", compat.show(model)) end
  change{ table_name(meta.table) }
end

--- Drops everything.  ryx.invalidate_all()
function M.invalidate_all()
  change{ ALL }
  index, n_index = {}, 0
  call("clear")
end

return M
