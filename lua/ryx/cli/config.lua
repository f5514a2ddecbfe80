-- SPDX-License-Identifier: MIT
-- The configuration: --url before the environment's URLs, these before the file of --config, else
-- ryx.lua in the working directory.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local modules = require "ryx.cli.modules"
local system = require "ryx.cli.system"

local M = {}

local FILE = "ryx.lua"
local SECTIONS = { dev = true, test = true, prod = true }
local KEYS = { database = true, databases = true, models = true, migrations = true }
local DATABASE_KEYS = { url = true, pool = true }

-- What a configuration is made of: its values, and what they are called in messages.
local function check_keys(t, known, what)
  if type(t) ~= "table" then errors.raise("misuse", "%s is a table, not %s", what, compat.show(t)) end
  for _, key in ipairs(compat.sorted_keys(t)) do
    if not known[key] then
      errors.raise("misuse", "%s: unknown key %s%s", what, compat.show(key),
        errors.hint(tostring(key), compat.sorted_keys(known)))
    end
  end
end

local function check_database(t, what)
  check_keys(t, DATABASE_KEYS, what)
  if t.url ~= nil and type(t.url) ~= "string" then
    errors.raise("misuse", "%s: url is a text, not %s", what, compat.show(t.url))
  end
  if t.pool ~= nil and type(t.pool) ~= "table" then
    errors.raise("misuse", "%s: pool is a table of options, not %s", what, compat.show(t.pool))
  end
end

local function check_models(models, what)
  for _, name in ipairs(type(models) == "table" and models or { models }) do
    if type(name) ~= "string" then
      errors.raise("misuse", "%s: models is the name of a module or a list of them, not %s", what, compat.show(name))
    end
  end
end

local function check_section(t, known, what)
  check_keys(t, known, what)
  if t.database ~= nil and t.databases ~= nil then
    errors.raise("misuse", "%s: database is the one of alias default; with databases name it there", what)
  end
  if t.database ~= nil then check_database(t.database, what .. ": database") end
  if t.databases ~= nil then
    if type(t.databases) ~= "table" then errors.raise("misuse", "%s: databases is a table by alias", what) end
    for _, alias in ipairs(compat.sorted_keys(t.databases)) do
      check_database(t.databases[alias], ("%s: databases.%s"):format(what, tostring(alias)))
    end
  end
  check_models(t.models, what)
  if t.migrations ~= nil and type(t.migrations) ~= "string" then
    errors.raise("misuse", "%s: migrations is a folder, not %s", what, compat.show(t.migrations))
  end
end

-- Checks what a file returned.
local function check(t, path)
  local all = {}
  for _, keys in ipairs{ KEYS, SECTIONS } do
    for key in pairs(keys) do all[key] = true end
  end
  check_section(t, all, path)
  for _, name in ipairs(compat.sorted_keys(SECTIONS)) do
    if t[name] ~= nil then check_section(t[name], KEYS, path .. ": " .. name) end
  end
end

-- A section with its database among the others.
local function spread(t)
  return { databases = t.databases or { default = t.database }, models = t.models, migrations = t.migrations }
end

-- A list is one value; tables by key are merged.
local function merge(base, over)
  if type(base) ~= "table" or type(over) ~= "table" or over[1] ~= nil or base[1] ~= nil then return over end
  local out = {}
  for k, v in pairs(base) do out[k] = v end
  for k, v in pairs(over) do
    if out[k] == nil then out[k] = v else out[k] = merge(out[k], v) end
  end
  return out
end

local function read(path)
  local chunk, err = loadfile(path)
  if not chunk then errors.raise("misuse", "%s", (err:gsub("^cannot open", "there is no configuration"))) end
  local ok, result = xpcall(chunk, function(e) return errors.is_error(e) and e or tostring(e) end)
  if not ok then error(errors.is_error(result) and result or errors.new{ kind = "misuse", message = result }, 0) end
  check(result, path)
  return result
end

local function env_of(flags)
  local env = flags.env or os.getenv "RYX_ENV"
  if env == nil or env == "" then return nil end
  if not SECTIONS[env] then
    errors.raise("misuse", "RYX_ENV is %s%s", compat.show(env), errors.hint(env, compat.sorted_keys(SECTIONS)))
  end
  return env
end

-- RYX_DB_REPLICA_URL is of the alias "replica", or of one that the file spells with capitals.
local function from_environment(databases)
  local by_capitals = {}
  for alias in pairs(databases) do by_capitals[alias:upper()] = alias end
  for name, value in pairs(system.environment()) do
    local alias = name:match("^RYX_DB_([%w_]+)_URL$")
    if alias and value ~= "" then
      alias = by_capitals[alias:upper()] or alias:lower()
      databases[alias] = merge(databases[alias] or {}, { url = value })
    end
  end
  local url = os.getenv "RYX_DATABASE_URL"
  if url and url ~= "" then databases.default = merge(databases.default or {}, { url = url }) end
end

local function as_list(v)
  return type(v) == "table" and v or { v }
end

--- The path of the configuration file that counts (nil: there is none), and its folder, in which
--- modules are looked for from now on.
function M.enter(flags)
  local path = flags.config or modules.is_there(FILE) and FILE or nil
  local folder = path and path:match("^(.*/)[^/]*$") or ""
  modules.look_in(folder)
  return path, folder
end

local function at(folder, path)
  return path:sub(1, 1) == "/" and path or folder .. path
end

--- What flags, environment and file say together:
--- { databases = { alias = { url =, pool = } }, models = { "module" }, env =, file =, folder =,
---   migrations = "folder", own_migrations = that of the file, named_by = who names the one that counts, nil: nobody }
function M.load(flags)
  local path, folder = M.enter(flags)
  local env, given = env_of(flags), path and read(path) or {}
  local file = merge(spread(given), spread(given[env] or {}))
  local databases = merge({}, file.databases)
  from_environment(databases)
  if flags.url then databases.default = merge(databases.default or {}, { url = flags.url }) end
  local own = at(folder, file.migrations or "migrations")
  return {
    databases = databases,
    models = as_list(flags.models or file.models),
    migrations = flags.dir or own, own_migrations = own,
    named_by = flags.dir and "--dir" or file.migrations and path or nil,
    env = env, file = path, folder = folder,
  }
end

return M
