-- SPDX-License-Identifier: MIT
-- Tasks and coroutines: waits where nobody can yield, tasks that are abandoned, errors
-- nobody asks for.
local ryx = require "ryx"
local case = require "fault.case"
local db = require "support.db"
local kit = require "fault.kit"

local Item = kit.Item

local Team = ryx.model("FaultTeam", { name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "fault_teams" } })
local Member = ryx.model("FaultMember", {
  name = ryx.CharField{ max_length = 20 }, team = ryx.ForeignKey("FaultTeam"), Meta = { table_name = "fault_members" },
})

local function crew()
  kit.open{ max_connections = 3 }
  db.tables(ryx, { Team, Member })
  for i = 1, 6 do
    local team = Team.objects:create{ name = "team " .. 7 - i }
    Member.objects:create{ name = "m" .. i, team = team }
  end
end

-- First touches where Lua cannot yield; each gets members whose team is not loaded.
local PLACES = {
  { "table.sort", function(list)
    table.sort(list, function(a, b) return a.team.name < b.team.name end)
    return list[1].team.name
  end },
  { "string.gsub", function(list)
    return (("x"):gsub("x", function() return list[6].team.name end))
  end },
  { "__tostring", function(list)
    return tostring(setmetatable({}, { __tostring = function() return list[6].team.name end }))
  end },
  { "an xpcall handler", function(list)
    return select(2, xpcall(error, function() return list[6].team.name end))
  end },
  { "require", function(list)
    package.preload["fault.first_touch"] = function() return list[6].team.name end
    package.loaded["fault.first_touch"] = nil
    return (require "fault.first_touch")
  end },
}

for _, place in ipairs(PLACES) do
  local name, touch = place[1], place[2]
  case("B1: a relation first touched in " .. name .. " blocks and works", function()
    crew()
    ryx.run(function()
      local beside = ryx.spawn(function()
        for _ = 1, 20 do
          assert.equal(6, Member.objects:count())
          ryx.sleep(0)
        end
      end)
      for _ = 1, 3 do
        assert.equal("team 1", touch(Member.objects:order_by("id"):all()))
        assert.equal(6, Team.objects:count())
      end
      beside:join()
    end)
    assert.equal("team 1", touch(Member.objects:order_by("id"):all()))
  end)
end

case("B2: an error of a task that nobody waits for is raised at the end of ryx.run", function()
  kit.open()
  local went_on = false
  local e = kit.error_of(ryx.run, function()
    ryx.spawn(function() error("nobody asked", 0) end)
    ryx.sleep(0.02)
    went_on = true
  end)
  assert.equal("nobody asked", e)
  assert.is_true(went_on)
end)

-- Under luv tasks live outside ryx.run.
local function luv(body, url)
  return kit.script([[
    local uv, ryx = require "luv", require "ryx"
    ryx.attach(uv)
    ryx.setup(os.getenv("RYX_TEST_URL"))
  ]] .. body, { url = url or kit.own_url("luv.db") })
end

case("B2: outside ryx.run such an error goes to ryx.on_error, or to stderr, and nothing ends", function()
  local code, out = luv([[
    local seen
    ryx.on_error(function(e, traceback) seen = tostring(type(e) == "table" and e.error or e) end)
    ryx.spawn(function() error("nobody asked", 0) end)
    uv.run()
    print(seen:match("nobody asked"))
  ]])
  assert.equal("nobody asked", out)
  assert.equal(0, code)
  code, out = luv([[
    local function inner() error("nobody asked") end
    ryx.spawn(function() inner() end)
    local t = uv.new_timer()
    t:start(50, 0, function() print("went on") t:close() end)
    uv.run()
  ]])
  assert.equal(0, code)
  assert.truthy(out:find("nobody asked", 1, true), out)
  assert.truthy(out:find("traceback", 1, true), out)
  assert.truthy(out:find("inner", 1, true), out)
  assert.truthy(out:find("went on", 1, true), out)
end)

case("B3: gather raises a value that is false", function()
  kit.open()
  for _, value in ipairs{ false, "text", 7 } do
    local ok, e = pcall(ryx.run, function()
      return ryx.gather(function() error(value, 0) end, function() ryx.sleep(1) end)
    end)
    assert.is_false(ok)
    assert.equal(value, e)
  end
  local ok, e = pcall(ryx.run, function() return ryx.gather({ function() error(false) end }) end)
  assert.is_false(ok)
  assert.equal(false, e)
end)

case("B4: a call in a luv callback outside any task works, and warns once naming ryx.spawn", function()
  local code, out = luv([[
    local t, n = uv.new_timer(), 0
    t:start(1, 1, function()
      n = n + 1
      ryx.raw_fetch("SELECT 1 AS n")
      if n == 3 then t:close() print("three") end
    end)
    uv.run()
  ]])
  assert.equal(0, code)
  assert.truthy(out:find("three", 1, true), out)
  local warnings = 0
  for line in out:gmatch("[^\n]+") do warnings = warnings + (line:find("ryx.spawn", 1, true) and 1 or 0) end
  assert.equal(1, warnings, out)
end)

case("B5: errors and on_query under `ryx run script.lua` name the user's line", function()
  local code, out = kit.script([[
local ryx = require "ryx"
ryx.setup(os.getenv("RYX_TEST_URL"))
ryx.on_query(function(e) print(e.where:match("script%d+%.lua:%d+")) end)
ryx.raw_fetch("SELECT 1 AS n")
print((select(2, pcall(ryx.raw_fetch, "SELECT nonsense")).where:match("script%d+%.lua:%d+")))
]], { command = "ryx run", url = kit.dialect == "sqlite" and "sqlite::memory:" or kit.url })
  assert.equal(0, code, out)
  -- Two lines stand before the script's own.
  assert.truthy(out:find("^script1%.lua:6\nscript1%.lua:7\nscript1%.lua:7"), out)
end)

local function abandon(make, options)
  kit.open(options)
  kit.items(0)
  ryx.run(function()
    for _ = 1, 20 do
      do
        local step = make(function()
          ryx.transaction(function()
            Item.objects:create{ n = 1 }
            coroutine.yield()
          end)
        end)
        step()
      end
      -- Neither this nor anything later is part of what was abandoned.
      Item.objects:create{ n = 2 }
    end
  end)
  ryx.close()
  kit.open()
  assert.equal(20, Item.objects:filter{ n = 2 }:count())
  assert.equal(0, Item.objects:filter{ n = 1 }:count())
end

case("B6: an abandoned ryx.wrap generator: its transaction is nobody else's, and is undone", function()
  abandon(ryx.wrap, { max_connections = 2, acquire_timeout = 3 })
end)

case("B6: an abandoned coroutine: its transaction is nobody else's, and is undone", function()
  abandon(coroutine.wrap, { max_connections = 2, acquire_timeout = 3 })
end)

case("B6: on a pool of one nobody waits for what was abandoned", function()
  abandon(coroutine.wrap, { max_connections = 1, acquire_timeout = 3 })
end, { needs = "server processes" })

case("B6: an abandoned transaction is reported with the traceback of its opening", function()
  local code, out = kit.script([[
    local ryx, kit = require "ryx", require "fault.kit"
    kit.open()
    local function opener()
      ryx.transaction(function()
        ryx.raw_fetch("SELECT 1 AS n")
        coroutine.yield()
      end)
    end
    do
      local step = coroutine.wrap(opener)
      step()
    end
    collectgarbage()
    collectgarbage()
    ryx.raw_fetch("SELECT 1 AS n")
    ryx.close()
  ]], { url = kit.own_url("b6.db") })
  assert.equal(0, code, out)
  assert.truthy(out:find("script1.lua", 1, true), out)
  assert.truthy(out:find("opener", 1, true) or out:find("traceback", 1, true), out)
end)

case("B6: while a generator is suspended in a transaction, its task writes outside of it", function()
  kit.open{ max_connections = 3 }
  kit.items(0)
  ryx.on_error(function() end)
  ryx.run(function()
    local step = ryx.wrap(function()
      return pcall(ryx.transaction, function()
        Item.objects:create{ n = 1 }
        coroutine.yield(1)
        Item.objects:create{ n = 1 }
      end)
    end)
    assert.equal(1, step())
    -- The statement of its task undoes what the generator left open.
    Item.objects:create{ n = 2 }
    assert.equal("1", kit.admin("SELECT count(*) FROM fault_items"))
    local ok, e = step()
    assert.is_false(ok)
    kit.is_kind(e, "misuse")
  end)
  assert.equal(1, Item.objects:count())
end, { needs = "server processes" })
