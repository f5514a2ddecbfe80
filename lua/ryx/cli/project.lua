-- SPDX-License-Identifier: MIT
-- A project at work: its databases set up, its models loaded.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local folder = require "ryx.folder"
local modules = require "ryx.cli.modules"
local registry = require "ryx.registry"

local M = {}

--- The databases of a configuration as ryx.setup takes them.
function M.databases(config)
  local out = {}
  for _, alias in ipairs(compat.sorted_keys(config.databases)) do
    local database = config.databases[alias]
    if not database.url then
      errors.raise("misuse", "the database %q has no url: say it in %s, RYX_DB_%s_URL or --url", alias,
        config.file or "ryx.lua", alias:upper())
    end
    out[alias] = { url = database.url }
    for k, v in pairs(database.pool or {}) do out[alias][k] = v end
  end
  if next(out) == nil then
    errors.raise("misuse", "no database is configured: say --url URL, set RYX_DATABASE_URL, or write ryx.lua "
      .. "(ryx init NAME makes one)")
  end
  return out
end

-- What was wrong inside a module of the user's: an error with its file and line.
local function on_error(name)
  return function(err)
    if errors.is_error(err) then return err end
    local message = ("the models of %q cannot be loaded: %s"):format(name, tostring(err))
    return errors.new{ kind = "misuse", message = message }
  end
end

local function load_module(name, top)
  if package.loaded[name] == nil and not package.preload[name] and not modules.path_of(name) then
    local path = name:gsub("%.", "/")
    errors.raise("misuse", "there is no module %q of models: neither %s%s.lua nor %s%s/init.lua", name,
      top, path, top, path)
  end
  local ok, err = xpcall(require, on_error(name), name)
  if not ok then error(err, 0) end
end

-- Every model that is declared while the modules load, in order; the newest of a name.
local function load_models(names, top)
  local list, at, before = {}, {}, registry.added
  registry.added = function(name, model)
    if before then before(name, model) end
    at[name] = at[name] or #list + 1
    list[at[name]] = model
  end
  local ok, err = pcall(function()
    for _, name in ipairs(names) do load_module(name, top) end
  end)
  registry.added = before
  if not ok then error(err, 0) end
  return list
end

--- Sets up "databases", or "models" with them; for "definitions", models that nobody asks for rows, none
--- has to be configured.
--- { models = in order, aliases = { "default", ... }, dir = of migrations, config = }
function M.open(config, what)
  local is_needed = what ~= "definitions" or next(config.databases) ~= nil
  local databases = is_needed and M.databases(config) or {}
  if is_needed then db.setup(databases) end
  local models = {}
  if what ~= "databases" then models = load_models(config.models, config.folder) end
  return { models = models, aliases = compat.sorted_keys(databases), dir = config.migrations, config = config }
end

--- The databases of a project for who only looks: nothing is made by it.
function M.look_only(project)
  local setup = M.databases(project.config)
  local seen = require("ryx.migrations.dialect.absent").in_memory(setup)
  if seen ~= setup then db.setup(seen) end
  return seen
end

--- The migrations of a project. A folder that somebody named and that is not there is a slip of the pen, not
--- one without migrations; `is_new` where it may be made.
function M.graph(project, is_new)
  local config, dir = project.config, project.dir
  if config.named_by and not is_new and not folder.names(dir) then
    errors.raise("misuse", "there is no folder %s, which %s names for migrations: name the one that they are in, or %s",
      dir, config.named_by, config.named_by == "--dir" and "make it" or "have ryx makemigrations make it")
  end
  return require("ryx.migrations.files.graph").load(dir)
end

--- What is said where there is nothing to do.
function M.nothing(project, text)
  if not project.models[1] or folder.names(project.dir) then return text .. "." end
  return ("%s: there is no folder %s yet, ryx makemigrations makes it."):format(text, project.dir)
end

--- Without any models all tables would seem to be gone, and there is nothing to show.
function M.check_models(project)
  if project.config.models[1] then return end
  errors.raise("misuse", "no models are named: say --models MODULE, or models = \"module\" in ryx.lua")
end

return M
