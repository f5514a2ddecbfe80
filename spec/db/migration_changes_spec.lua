-- SPDX-License-Identifier: MIT
-- Random changes of random models, as makemigrations finds them, one operation after the other on a
-- real database: each can be done, and then the database is what the models say.
local autodetect = require "ryx.migrations.autodetect"
local changes = require "support.changes"
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local db = require "support.db"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local introspect = require "ryx.migrations.introspect"
local question = require "ryx.migrations.autodetect.question"
local ryx = require "ryx"
local schema = require "ryx.migrations.schema"
local state = require "ryx.migrations.state"
local step = require "ryx.migrations.ddl.step"

local SEED = tonumber(os.getenv("RYX_SEED")) or 7
local CHANGES = 25
-- No value of one type is one of any other, keys are in all that refers to a row, and nobody makes
-- the tables of others.
local WITHOUT = { key = true, several_keys = true, convert_field = true, manage = true }

local VALUES = { int = "1", double = "1.5", decimal = "1", bool = "true", date = "2024-01-01", json = "[1]",
  array = "[1]",
  datetime = "2024-01-01 10:00", datetimetz = "2024-01-01 10:00", uuid = "00000000-0000-4000-8000-000000000000" }

local function answers_of(world, to)
  return question.new(function(q)
    if q.kind ~= "default" then return world:chance(50) end
    for _, pair in ipairs(to:get(q.model).fields) do
      if pair[1] == q.field then return pair[2].relation and "1" or VALUES[pair[2].type] or "x" end
    end
  end)
end

describe("what makemigrations finds", function()
  db.use(ryx, {})
  local alias, ctx, tables

  local function schema_of(one) return schema.of(alias, one:metas()) end

  -- Another world whose models the database takes.
  local function change(world)
    for _ = 1, 50 do
      local before, done = world:snapshot(), {}
      for i = 1, world:draw(3) do done[i] = world:change() end
      local to = world:state()
      local ok, wanted = pcall(schema_of, to)
      if ok then return to, wanted, table.concat(done, ", ") end
      if not (type(wanted) == "table" and wanted.kind == "unsupported") then error(wanted, 0) end
      world:restore(before)
    end
    error("no change that the database takes")
  end

  local function as_one(fn)
    if db.needs "transactional ddl" then ryx.transaction(fn) else fn() end
  end

  local function apply(op, from, to)
    local steps = ddl.steps(ctx, diff.run(schema_of(from), schema_of(to), op:hints(ctx, from, to, false), ctx.dialect))
    as_one(function()
      for _, one in ipairs(steps) do
        local ok, err = pcall(step.run, alias, one)
        if not ok then error(("%s: %s\n%s"):format(op:describe(), tostring(err), one.sql), 0) end
      end
    end)
    for key in pairs(schema_of(to).tables) do tables[key] = true end
  end

  local function differences(wanted)
    local lines = {}
    local there = introspect.run("default", { like = wanted, tables = compat.sorted_keys(tables) })
    for i, one in ipairs(diff.run(there, wanted, {}, ctx.dialect)) do
      lines[i] = ("%s of %s: %s"):format(one.kind, one.table, compat.show((one.from or one.to or one).name))
    end
    return lines
  end

  before_each(function()
    alias = require("ryx.db").alias("default")
    ctx, tables = context.of(alias), {}
  end)

  after_each(function()
    local there = introspect.run("default", { tables = compat.sorted_keys(tables) })
    as_one(function()
      for _, one in ipairs(ddl.steps(ctx, diff.run(there, { tables = {} }, {}, ctx.dialect))) do step.run(alias, one) end
    end)
  end)

  it("is what the database becomes, after each of " .. CHANGES .. " changes of seed " .. SEED, function()
    local world = changes.new(SEED, WITHOUT)
    local now = world:state()
    for i = 1, CHANGES do
      local to, wanted, label = change(world)
      label = ("seed %d, change %d: %s"):format(SEED, i, label)
      for _, op in ipairs((autodetect.run(now, to, answers_of(world, to)))) do
        local after = op:apply(now)
        local ok, err = pcall(apply, op, now, after)
        assert.is_true(ok, label .. "\n" .. tostring(err))
        now = after
      end
      assert.same({}, differences(wanted), label)
    end
  end)

  it("leaves a table alone that comes into other hands", function()
    local function state_of(meta)
      return state.new():with("Post", state.record("Post", { title = ryx.CharField(), Meta = meta }))
    end
    local ours, theirs = state_of{ table_name = "changes_of_hands" }, state_of{ table_name = "changes_of_hands",
      managed = false }
    for _, way in ipairs{ { state.new(), ours }, { ours, theirs }, { theirs, ours } } do
      for _, op in ipairs((autodetect.run(way[1], way[2]))) do apply(op, way[1], way[2]) end
      assert.same({}, differences(schema_of(ours)))
    end
  end)
end)
