-- SPDX-License-Identifier: MIT
-- A database beside that of an alias, to try things on: it is made, the alias leads to it while a function runs, and
-- it is dropped whatever happens.
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local db = require "ryx.db"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local errors = require "ryx.errors"
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

-- The same URL with another database, and that database.
local function on_server(url, name)
  local server, database, rest = url:match("^(%w+://[^/?]*)/([^/?]+)(.*)$")
  if not database then
    errors.raise("misuse", "the URL of the database %q names no database: --prove-url URL names an empty one to use",
      name)
  end
  return server .. "/" .. database .. M.SUFFIX .. rest
end

local function in_file(url)
  local path, rest = url:match("^([^?]*)(.*)$")
  return path .. M.SUFFIX .. rest
end

local FILES = { "", "-wal", "-shm", "-journal", "-locks" }

local function remove_files(path)
  for _, ending in ipairs(FILES) do os.remove(path .. ending) end
end

local PASSES = { connection = true, cancelled = true }

local function refuse(database, err, passes)
  if errors.is_error(err) and (passes or PASSES)[err.kind] then error(err, 0) end
  errors.raise("operational", "the scratch database %s cannot be made: %s; --prove-url URL names an empty database to "
    .. "use instead", database, errors.is_error(err) and err.message or tostring(err))
end

-- A file is made when it is opened, also beside one that is only read.
local function file_plan(url, database)
  local function remove() remove_files(database .. M.SUFFIX) end
  return {
    url = in_file(url), options = { mode = "rwc" }, make = remove, drop = remove,
    open = function(at)
      local ok, err = pcall(execute, at, "SELECT 1")
      if not ok then refuse(database .. M.SUFFIX, err, { cancelled = true }) end
    end,
  }
end

-- Where the database is, how it is made, how it goes: { url, make(alias), drop(alias) }.
local function plan(setup, name)
  local alias = db.alias(name)
  local ctx, url, database = context.of(alias), setup[name].url, db.option(name, "database")
  if ctx.dialect.is_file then
    local is_memory = not database or database == "" or database == ":memory:" or db.option(name, "mode") == "memory"
    if is_memory then return { url = url, make = function() end, drop = function() end } end
    return file_plan(url, database)
  end
  local target = on_server(url, name)
  local quoted = ctx.quote(database .. M.SUFFIX)
  local drop = ("DROP DATABASE IF EXISTS %s"):format(quoted)
  return {
    url = target,
    make = function(at)
      local ok, err = pcall(function()
        execute(at, drop) -- one that was killed left it
        execute(at, "CREATE DATABASE " .. quoted)
      end)
      if not ok then refuse(database .. M.SUFFIX, err) end
    end,
    drop = function(at) execute(at, drop .. (ctx.dialect.drop_in_use or "")) end,
  }
end

--- Calls fn(alias) while the alias of that name leads to a database beside its own; `setup` is what ryx.setup got.
function M.run(setup, name, fn)
  local there = plan(setup, name)
  local results = compat.pack(pcall(function()
    there.make(db.alias(name))
    db.setup(changed(setup, name, there.url, there.options))
    if there.open then there.open(db.alias(name)) end
    return fn(db.alias(name))
  end))
  db.setup(setup)
  local ok, err = pcall(there.drop, db.alias(name))
  if not results[1] then error(results[2], 0) end
  if not ok then error(err, 0) end
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
