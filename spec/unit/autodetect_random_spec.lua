-- SPDX-License-Identifier: MIT
-- After random changes of random models: the operations that are found lead to the new models, the
-- file that they are written into does so too, and a second look finds nothing.
local autodetect = require "ryx.migrations.autodetect"
local changes = require "support.changes"
local compat = require "ryx.compat"
local question = require "ryx.migrations.autodetect.question"
local writer = require "ryx.migrations.writer"

local SEED = tonumber(os.getenv("RYX_SEED")) or 20240229
local CHANGES = 200

-- Answers as somebody would give them who tosses coins.
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

local function show(operations)
  local lines = {}
  for i, op in ipairs(operations) do lines[i] = "  " .. op:describe() end
  return table.concat(lines, "\n")
end

local function loaded(text)
  local chunk, problem = compat.load(text, "=file", _G)
  return assert(chunk, (problem or "") .. "\n" .. text)().operations
end

local function applied(operations, state)
  for _, op in ipairs(operations) do state = op:apply(state) end
  return state
end

local function assert_same(state, to, text)
  local operations, questions = autodetect.run(state, to)
  assert.equal("", show(operations), text)
  assert.same({}, questions, text)
end

describe("makemigrations", function()
  it("finds nothing the second time, after each of " .. CHANGES .. " changes of seed " .. SEED, function()
    local world = changes.new(SEED)
    local from = world:state()
    for i = 1, CHANGES do
      local done = {}
      for j = 1, world:draw(5) do done[j] = world:change() end
      local label = ("seed %d, change %d: %s"):format(SEED, i, table.concat(done, ", "))
      local to = world:state()
      local ok, operations, questions = pcall(autodetect.run, from, to, answers_of(world, to))
      assert.is_true(ok, label .. "\n" .. tostring(operations))
      assert.same({}, questions, label)
      label = label .. "\n" .. show(operations)
      assert_same(applied(operations, from), to, label)
      local text = writer.file{ dependencies = {}, operations = operations }
      assert_same(applied(loaded(text), from), to, label .. "\n" .. text)
      for _, meta in ipairs(to:metas()) do -- they are models, and relations lead somewhere
        for _, many in ipairs(meta.many_to_many) do many:join_keys() end
      end
      from = to
    end
  end)
end)
