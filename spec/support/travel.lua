-- SPDX-License-Identifier: MIT
-- From one state of models to another on the database of the specs, and what differs there.
local M = {}

local context = require "ryx.migrations.dialect.context"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local introspect = require "ryx.migrations.introspect"
local ryx = require "ryx"
local schema = require "ryx.migrations.schema"
local step = require "ryx.migrations.ddl.step"
local touched = require "ryx.migrations.state.touched"

M.EMPTY = { tables = {} }

local function alias()
  return require("ryx.db").alias("default")
end

--- The schema of a state, or of some of its models.
function M.schema_of(s, names)
  return schema.of(alias(), s:metas(names))
end

--- Does what leads from one schema to another.
function M.run(before, after, hints)
  local ctx = context.of(alias())
  local function all()
    for _, one in ipairs(ddl.steps(ctx, diff.run(before, after, hints, ctx.dialect))) do step.run(alias(), one) end
  end
  if ctx.dialect.transactional then ryx.transaction(all) else all() end
  require("ryx.db").schema_changed(alias())
end

--- The tables of schemas, as the database has them.
function M.there(like, ...)
  local names = {}
  for _, s in ipairs{ like, ... } do
    for key in pairs(s.tables) do names[#names + 1] = key end
  end
  return introspect.run("default", { tables = names, like = like })
end

--- What the database has otherwise than a schema, as words; tables of `gone` it must not have any more.
function M.differences(wanted, gone)
  local list = {}
  for _, change in ipairs(diff.run(M.there(wanted, gone), wanted, nil, context.of(alias()).dialect)) do
    local part = change.to or change.from or change.column
    list[#list + 1] = change.kind .. " " .. change.table .. " " .. tostring(type(part) == "table" and part.name or part)
  end
  return list
end

--- The steps of an operation.
function M.steps(op, from, to)
  local ctx, names = context.of(alias()), touched(from, to)
  local hints = op:hints(ctx, from, to, false)
  return ddl.steps(ctx, diff.run(M.schema_of(from, names), M.schema_of(to, names), hints, ctx.dialect))
end

--- Does an operation, or undoes it: what differs then from what the models say.
function M.travel(op, from, to, backwards)
  local names = touched(from, to)
  local hints = op:hints(context.of(alias()), from, to, backwards)
  M.run(M.schema_of(from, names), M.schema_of(to, names), hints)
  return M.differences(M.schema_of(to), M.schema_of(from))
end

return M
