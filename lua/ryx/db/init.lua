-- SPDX-License-Identifier: MIT
-- Databases by alias: ryx.setup, ryx.close, ryx.pool_stats.
local core = require "ryx.core"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local host = require "ryx.host"

local M = {}

local aliases = {}

local function names()
  return compat.sorted_keys(aliases)
end

M.names = names -- in order

--- The alias of a name: { name, number, one_writer, value (as it was set up), rules (db/rules) }. Where only one
--- connection may write, a child of a waiting transaction would wait for ever.
function M.alias(name)
  local alias = aliases[name]
  if alias then return alias end
  if next(aliases) == nil then
    error(errors.new({ message = "no database is set up: call ryx.setup first" }, errors.PoolNotInitialized), 0)
  end
  errors.raise("misuse", "there is no database alias %s%s", compat.show(name), errors.hint(name, names()))
end

local function split(name, value)
  errors.check_type(name, "string", "ryx.setup: the name of an alias")
  if type(value) == "string" then return value, nil end
  if type(value) ~= "table" or type(value.url) ~= "string" then
    errors.raise("misuse", "ryx.setup: alias %q needs a URL or a table with url = ...", tostring(name))
  end
  local options = {}
  for k, v in pairs(value) do
    if type(v) == "table" or type(v) == "function" then
      errors.raise("misuse", "ryx.setup: option %s is text, a number or a boolean, not a %s", compat.show(k), type(v))
    end
    if k ~= "url" then options[k] = v end
  end
  return value.url, options
end

local function add(e, name, value)
  local url, options = split(name, value)
  local number, err = core.setup(e, name, url, options)
  if not number then errors.fail(err, { alias = name }) end
  local one_writer = core.can(e, number, "one_writer")
  return { name = name, number = number, one_writer = one_writer, value = value }
end

local TRIAL = "ryx setup" -- an alias that nobody uses

-- What is wrong with one of several is told before any of them is replaced.
local function try_all(e, config)
  for _, name in ipairs(compat.sorted_keys(config)) do
    local url, options = split(name, config[name])
    local number, err = core.setup(e, TRIAL, url, options)
    core.forget(e, TRIAL)
    if not number then errors.fail(err, { alias = name }) end
  end
end

--- Names databases; replaces an earlier setup. No I/O.
--- ryx.setup("sqlite:app.db")   ryx.setup{ default = url, replica = { url = url, max_connections = 8 } }
---@param config string|table<string, string|ryx.DatabaseOptions> the URL of "default", or databases by alias
function M.setup(config)
  if type(config) == "string" then config = { default = config } end
  if type(config) ~= "table" or next(config) == nil then
    errors.raise("misuse", "ryx.setup needs a URL or a table of alias = URL")
  end
  if type(config.url) == "string" then
    errors.raise("misuse", "ryx.setup takes databases by alias: write ryx.setup{ default = { url = ... } }")
  end
  local e = host.engine()
  if next(config, (next(config))) ~= nil then try_all(e, config) end
  local fresh = {}
  for _, name in ipairs(compat.sorted_keys(config)) do fresh[name] = add(e, name, config[name]) end
  for _, name in ipairs(names()) do
    if not fresh[name] then core.forget(e, name) end
  end
  aliases = fresh
end

--- Sets up one more beside those that are there, until forget.
function M.add(name, value)
  aliases[name] = add(host.engine(), name, value)
  return aliases[name]
end

--- Closes what an alias has, and forgets it.
function M.forget(alias)
  core.forget(host.engine(), alias.name)
  aliases[alias.name] = nil
end

--- Closes every connection and forgets the aliases.  ryx.close()
function M.close()
  local e = next(aliases) ~= nil and host.engine() or nil
  for _, name in ipairs(names()) do core.forget(e, name) end
  aliases = {}
  host.close()
end

--- Is there a healthy pool under this alias?  ryx.is_connected("replica")
---@param name? string "default" when not given
---@return boolean
function M.is_connected(name)
  local alias = aliases[name or "default"]
  if not alias then return false end
  return core.caps(host.engine(), alias.number) ~= nil
end

---@class ryx.PoolStats
---@field max integer connections at most
---@field min integer connections that are kept
---@field size integer connections there are, with those that are being made
---@field idle integer
---@field in_use integer
---@field available integer how many more could be in use: max - in_use
---@field waiting integer statements that wait for a connection
---@field dials integer connections made so far
---@field dial_errors integer
---@field closed integer
---@field requests integer
---@field errors integer
---@field timeouts integer

--- Counts of a pool: max, min, size, idle, in_use, available, waiting, dials, ...
--- ryx.pool_stats("replica").waiting
---@param name? string "default" when not given
---@return ryx.PoolStats
function M.pool_stats(name)
  local alias = M.alias(name or "default")
  local stats, err = core.stats(host.engine(), alias.number)
  if not stats then errors.fail(err, { alias = alias.name }) end
  stats.available = stats.max - stats.in_use
  return stats
end

--- What is not yet given back: all 0 when nothing is left open. Sleeping tasks do
--- not count.
function M.left_open()
  local e = host.engine()
  core.pump(e)
  local open = core.left_open(e)
  open.requests = open.requests - host.sleeping()
  return open
end

--- An identifier quoted for the alias's database.
function M.quote(alias, name)
  local text, err = core.quote(host.engine(), alias.number, name)
  if not text then errors.fail(err) end
  return text
end

--- A schema changed: prepared statements and what the catalog said are forgotten.
function M.schema_changed(alias)
  alias.rules = nil
  core.schema_changed(host.engine(), alias.number)
end

--- The URL of an alias without its password.
function M.show(name)
  return core.show(host.engine(), M.alias(name or "default").number)
end

--- An option of an alias, out of its URL or beside it: user, password, host, port, database, sslmode,
--- ...; nil where nothing was said.
function M.option(name, option)
  return core.option(host.engine(), M.alias(name or "default").number, option)
end

return M
