-- SPDX-License-Identifier: MIT
-- A migrator that is killed, and the one after it.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SCRIPT = [[
  local ryx, kit, ten = require "ryx", require "fault.kit", require "fault.ten_steps"
  kit.open{}
  ten.migrate(%s, %s)
  ryx.close()
  print("done")
]]

-- Runs the migrator as a process; was it killed?
local function migrate(url, target, n)
  local code, out = kit.script(SCRIPT:format(target and ("%q"):format(target) or "nil", n or "nil"), {
    url = url, seconds = 30,
  })
  if code == 0 and out:find("done") then return false end
  assert(out:find("Killed") or code == 137, ("killed after %s: %s"):format(tostring(n), out))
  return true
end

-- What is there after an undisturbed run.
local function expected(ten)
  ten.clear()
  ten.migrate()
  local picture = ten.picture()
  ten.clear()
  return picture
end

local function setup()
  local url = kit.own_url("migrated.db")
  kit.open({}, url)
  return url, require "fault.ten_steps"
end

case("A26: kill -9 of the migrator after each of its statements: the next one ends right", function()
  local url, ten = setup()
  local picture = expected(ten)
  local n = 1
  while migrate(url, nil, n) do
    assert.is_false(migrate(url))
    assert.equal(picture, ten.picture(), "killed after " .. n)
    ten.clear()
    n = n + 1
  end
  assert.is_true(n > 20, "killed " .. n .. " times only")
  ten.clear()
end, { seconds = 300 })

case("A26: kill -9 again and again, forwards and backwards", function()
  local url, ten = setup()
  local picture = expected(ten)
  -- Each goes a little further than the one before.
  local function on_and_on(target)
    local n = 1
    while migrate(url, target, n) do n = n + 3 end
  end
  on_and_on()
  assert.equal(picture, ten.picture())
  on_and_on "zero"
  assert.equal(0, #ryx.raw_fetch("SELECT name FROM ryx_migrations"))
  ten.clear()
end, { seconds = 300 })
