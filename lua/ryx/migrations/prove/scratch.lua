-- SPDX-License-Identifier: MIT
-- A database beside that of an alias, to try things on: it is made, the alias leads to it while a function runs, and
-- it is dropped whatever happens.
local advisory_lock = require "ryx.db.advisory_lock"
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local db = require "ryx.db"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local errors = require "ryx.errors"
local host = require "ryx.host"
local introspect = require "ryx.migrations.introspect"
local run = require "ryx.db.run"
local step = require "ryx.migrations.ddl.step"
local transaction = require "ryx.db.transaction"

local M = {}

M.SUFFIX = "_ryx_prove"

local function execute(alias, sql)
  run.execute_sql(alias, nil, sql)
end

-- A setup in which an alias leads elsewhere, with options of its own where a scratch database wants any.
local function changed(setup, name, url, options)
  return compat.with(setup, { [name] = compat.with(setup[name], compat.with(options or {}, { url = url })) })
end

-- The same URL with another database.
local function on_server(url, name, suffix)
  local server, database, rest = url:match("^(%w+://[^/?]*)/([^/?]+)(.*)$")
  if not database then
    errors.raise("misuse", "the URL of the database %q names no database: --prove-url URL names an empty one to use",
      name)
  end
  return server .. "/" .. database .. suffix .. rest
end

local PASSES = { connection = true, cancelled = true }

local function refuse(database, err, passes)
  if errors.is_error(err) and (passes or PASSES)[err.kind] then error(err, 0) end
  errors.raise("operational", "the scratch database %s cannot be made: %s; --prove-url URL names an empty database to "
    .. "use instead", database, errors.is_error(err) and err.message or tostring(err))
end

local FILES = { "", "-wal", "-shm", "-journal", "-locks" }
local MARK = "-of-ryx" -- a file beside that says whose it is

local function is_file(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

-- A file is made when it is opened, also beside one that is only read; its lock is in a file beside it.
local function of_file(url, path, suffix)
  local before, rest = url:match("^([^?]*)(.*)$")
  path = path .. suffix
  local function remove()
    for _, ending in ipairs(FILES) do os.remove(path .. ending) end
    os.remove(path .. MARK)
  end
  return {
    url = before .. suffix .. rest, options = { mode = "rwc" }, name = path, beside = path, drop = remove,
    passes = { cancelled = true },
    state = function() return is_file(path) and (is_file(path .. MARK) and "left" or "taken") or nil end,
    make = function()
      local f = io.open(path .. MARK, "wb")
      if f then f:close() end
    end,
    open = function(at)
      local ok, err = pcall(execute, at, "SELECT 1")
      if not ok then refuse(path, err, { cancelled = true }) end
    end,
  }
end

local function of_server(ctx, url, name, database, suffix)
  local target = on_server(url, name, suffix)
  database = database .. suffix
  local quoted = ctx.quote(database)
  return {
    url = target, name = database,
    state = function(at)
      local row = step.fetch(at, ctx.dialect.scratch.ask, { database })[1]
      return row and (row.is_marked and row.is_marked ~= 0 and row.n_users == 0 and "left" or "taken")
    end,
    make = function(at)
      local ok, err = pcall(function()
        execute(at, "CREATE DATABASE " .. quoted)
        execute(at, ctx.dialect.scratch.mark:format(quoted))
      end)
      if not ok then refuse(database, err) end
    end,
    drop = function(at) execute(at, "DROP DATABASE IF EXISTS " .. quoted .. (ctx.dialect.drop_in_use or "")) end,
  }
end

-- Where the database may be: { url, name, state(alias), make(alias), drop(alias) }; nil of one in memory, which is
-- everyone's own. Its state is nil where it is not there, "left" by a proof that was killed, or "taken".
local function place(setup, name, suffix)
  local ctx, url, database = context.of(db.alias(name)), setup[name].url, db.option(name, "database")
  if not ctx.dialect.is_file then return of_server(ctx, url, name, database, suffix) end
  local is_memory = not database or database == "" or database == ":memory:" or db.option(name, "mode") == "memory"
  return not is_memory and of_file(url, database, suffix) or nil
end

-- Calls fn(alias) while the alias of that name leads there.
local function use_place(setup, name, there, fn)
  local results = compat.pack(pcall(function()
    there.make(db.alias(name))
    local at = db.add(name, changed(setup, name, there.url, there.options)[name])
    if there.open then there.open(at) end
    return fn(at)
  end))
  local ok, err = pcall(there.drop, db.add(name, setup[name]))
  if not results[1] then error(results[2], 0) end
  if not ok then error(err, 0) end
  return compat.unpack(results, 2, results.n)
end

local KEEPER = "ryx scratch" -- its connection holds the lock of a place
local TRIES = 9

-- Uses a place if nobody has it; false when somebody does.
local function try_place(setup, name, there, fn, warn)
  if there.state(db.alias(name)) == "taken" then return false end
  local is_held, keeper = false, db.alias(KEEPER)
  if there.beside then keeper.file = there.beside end
  local results = compat.pack(pcall(advisory_lock.run_for, host.current(), "ryx scratch " .. there.name, function()
    is_held = true
    local state = there.state(db.alias(name))
    if state == "taken" then return false end
    if state == "left" then
      warn(("%s was left by a proof that did not end: it is dropped"):format(there.name))
      there.drop(db.alias(name))
    end
    return true, use_place(setup, name, there, fn)
  end, { wait = 0, alias = KEEPER }))
  if results[1] then return compat.unpack(results, 2, results.n) end
  local err = results[2]
  if is_held then error(err, 0) end
  if errors.is_error(err) and err.kind == "timeout" then return false end
  refuse(there.name, err, there.passes)
end

local function first_place(setup, name, fn, warn)
  for i = 1, TRIES do
    local there = place(setup, name, M.SUFFIX .. (i > 1 and "_" .. i or ""))
    if not there then return fn(db.alias(name)) end
    local results = compat.pack(try_place(setup, name, there, fn, warn))
    if results[1] then return compat.unpack(results, 2, results.n) end
  end
  refuse(db.option(name, "database") .. M.SUFFIX, ("that and %d others are there already"):format(TRIES - 1))
end

--- Calls fn(alias) while the alias of that name leads to a database beside its own, which nobody else uses; `setup` is
--- what ryx.setup got; warn(text) is told what an earlier one left.
function M.run(setup, name, fn, warn)
  db.add(KEEPER, setup[name]).is_for_locks = true
  local results = compat.pack(pcall(first_place, setup, name, fn, warn))
  db.forget(db.alias(KEEPER))
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

local function drop_tables(alias)
  local ctx, there = context.of(alias), introspect.run(alias)
  local function drop()
    for _, s in ipairs(ddl.steps(ctx, diff.run(there, { tables = {} }, nil, ctx.dialect))) do step.run(alias, s) end
  end
  if ctx.dialect.transactional then transaction.run(drop, { alias = alias.name }) else drop() end
end

local function use(alias, fn)
  local tables = compat.sorted_keys(introspect.run(alias).tables)
  if tables[1] then
    errors.raise("misuse", "the database of --prove-url is not empty: it has %s; what is there would be lost",
      table.concat(tables, ", "))
  end
  local results = compat.pack(pcall(fn, alias))
  local ok, err = pcall(drop_tables, alias)
  if not results[1] then error(results[2], 0) end
  if not ok then error(err, 0) end
  return compat.unpack(results, 2, results.n)
end

--- The same on a database that is there and empty, which is so again afterwards.
function M.run_on(setup, name, url, fn)
  local results = compat.pack(pcall(function()
    db.setup(changed(setup, name, url))
    return use(db.alias(name), fn)
  end))
  db.setup(setup)
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

return M
