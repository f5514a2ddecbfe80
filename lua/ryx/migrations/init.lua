-- SPDX-License-Identifier: MIT
-- ryx.migrate: the tables of models become what these say (evolve.lua). And what files of migrations call m: the
-- functions of operation/.
local by_alias = require "ryx.migrations.schema.by_alias"
local context = require "ryx.migrations.dialect.context"
local db = require "ryx.db"
local errors = require "ryx.errors"
local evolve = require "ryx.migrations.evolve"
local operation = require "ryx.migrations.operation"
local run = require "ryx.db.run"
local signals = require("ryx.signal").signals
local step = require "ryx.migrations.ddl.step"
local transaction = require "ryx.db.transaction"

local M = {}

for name, fn in pairs(operation.constructors) do M[name] = fn end

-- No transaction may make those.
local function refuse_inside(steps)
  for _, s in ipairs(steps) do
    if s.bare then
      errors.raise("misuse", "%s: concurrently = true cannot be done inside a transaction; call ryx.migrate outside",
        s.lacks)
    end
  end
end

-- Does what differs but for the steps that it gives back: no transaction may do those.
local function evolve_now(alias, given, is_inside)
  local steps, rest, changed = evolve.steps(alias, given.metas, given.joins), {}, false
  if is_inside then refuse_inside(steps) end
  for _, s in ipairs(steps) do
    if s.bare then
      rest[#rest + 1] = s
    else
      step.run(alias, s)
      changed = true
    end
  end
  if changed then db.schema_changed(alias) end
  return rest
end

-- The same, all or nothing where the database can.
local function evolve_as_one(alias, given)
  local rest, is_inside = nil, run.current_tx(alias) ~= nil
  local function make() rest = evolve_now(alias, given, is_inside) end
  if context.of(alias).dialect.transactional then transaction.run(make, { alias = alias.name }) else make() end
  return rest
end

--- Makes the tables of models what the models say: those that lack are created, with keys, checks and
--- indexes, those that are there are changed. No column is dropped: one that no field has is an error. Join
--- tables come with either of their models, as soon as both have tables.  ryx.migrate{ Author, Post }
---@param models ryx.ModelClass[]
---@param options? { alias?: string } the database of all of them, instead of their own
function M.migrate(models, options)
  options = options or {}
  if type(models) ~= "table" or rawget(models, "_meta") then
    errors.raise("misuse", "ryx.migrate takes a list of models: ryx.migrate{ Author, Post }")
  end
  if models[1] == nil and next(models) ~= nil then
    errors.raise("misuse", "ryx.migrate takes a list, ryx.migrate{ Author, Post }, not a table of names")
  end
  errors.check_options(options, { alias = true }, "migrate")
  local groups, order = by_alias.group(models, options.alias)
  for _, alias in ipairs(order) do
    signals.pre_migrate:send(alias.name, { alias = alias.name })
    for _, s in ipairs(evolve_as_one(alias, groups[alias])) do step.run(alias, s) end
    signals.post_migrate:send(alias.name, { alias = alias.name })
  end
end

return M
