-- SPDX-License-Identifier: MIT
-- The steps of an operation on a database: those that lead from the schema before it to the one after it. Only the
-- models that it touches are compared.
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local router = require "ryx.db.router"
local schema = require "ryx.migrations.schema"
local touched = require "ryx.migrations.state.touched"

local M = {}

--- Does the table of a model belong to a database?
function M.belongs(alias, meta)
  return router.write(meta) == alias and router.may_migrate(alias, meta)
end

--- The metas of models of a state, nil: all, whose tables belong to a database.
function M.metas(alias, state, names)
  local out = {}
  for _, meta in ipairs(state:metas(names)) do
    if M.belongs(alias, meta) then out[#out + 1] = meta end
  end
  return out
end

--- The steps from one state to the next, in the direction of travel.
function M.of(ctx, op, from, to, backwards)
  local names = touched(from, to)
  if not names[1] then return {} end
  local before = schema.of(ctx.alias, M.metas(ctx.alias, from, names))
  local after = schema.of(ctx.alias, M.metas(ctx.alias, to, names))
  return ddl.steps(ctx, diff.run(before, after, op:hints(ctx, from, to, backwards), ctx.dialect))
end

return M
