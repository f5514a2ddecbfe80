-- SPDX-License-Identifier: MIT
-- Servers that are not there, do not answer, or refuse.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SERVERS = { needs = "server processes" }
local Item = kit.Item

-- A dial that began before may still fail, and tell those who wait for it.
local function recovers()
  kit.eventually("the pool works again", 3, function()
    local ok, rows = pcall(ryx.raw_fetch, "SELECT 1 AS n")
    return ok and rows[1].n == 1
  end)
end

case("1: a closed port names host and port, never the password", function()
  ryx.setup((kit.url:gsub("://.*", "://someone:hidden@127.0.0.1:1/nothing")))
  local e = kit.fails_within(1, ryx.raw_fetch, "SELECT 1 AS n")
  kit.is_kind(e, "connection")
  assert.truthy(tostring(e):find("127%.0%.0%.1%D+1%f[%D]"), tostring(e))
  assert.falsy(tostring(e):find("hidden", 1, true))
end, SERVERS)

case("1: a missing directory is an error of the connection", function()
  ryx.setup("sqlite:/nowhere/at/all/x.db")
  kit.is_kind(kit.error_of(ryx.raw_fetch, "SELECT 1 AS n"), "connection")
end, { only = "sqlite" })

case("1: what starts without its server recovers when it comes", function()
  local proxy = kit.proxied()
  proxy:tell("refuse")
  for _ = 1, 3 do kit.is_kind(kit.fails_within(1, ryx.raw_fetch, "SELECT 1 AS n"), "connection") end
  proxy:tell("pass")
  recovers()
end, SERVERS)

case("2: a deaf server: the time to connect is kept", function()
  local proxy = kit.proxied{ connect_timeout = 1 }
  proxy:tell("deaf")
  kit.is_kind(kit.fails_within(2, ryx.raw_fetch, "SELECT 1 AS n"), "connection", "timeout")
  for _, r in ipairs(kit.tasks(8, function() kit.fails_within(3, ryx.raw_fetch, "SELECT 1 AS n") end)) do
    assert.is_true(r[1], kit.text(r[2]))
  end
  proxy:tell("pass")
  recovers()
end, SERVERS)

case("2: a deaf server: the time to wait for a connection is kept", function()
  local proxy = kit.proxied{ connect_timeout = 10, acquire_timeout = 1 }
  proxy:tell("deaf")
  kit.is_kind(kit.fails_within(2, ryx.raw_fetch, "SELECT 1 AS n"), "timeout", "connection")
end, SERVERS)

case("2: a deaf server: a deadline of the caller's own, and close, are kept", function()
  local proxy = kit.proxied{ connect_timeout = 10 }
  proxy:tell("deaf")
  kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, ryx.raw_fetch, "SELECT 1 AS n"), "timeout")
end, SERVERS)

case("2: a host that is gone: nothing answers at all", function()
  local proxy = kit.proxied{ connect_timeout = 1 }
  proxy:tell("full")
  kit.is_kind(kit.fails_within(2, ryx.raw_fetch, "SELECT 1 AS n"), "connection", "timeout")
end, SERVERS)

case("3: of two addresses the first is dead: the next is tried in time", function()
  local port = kit.url:match(":(%d+)/")
  kit.proxy(kit.url, { listen = "127.0.0.9:" .. port }):tell("full")
  kit.open({ connect_timeout = 4 }, (kit.url:gsub("127%.0%.0%.1", "two.test") .. "?sslmode=disable"))
  local spent = kit.took(function() assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n) end)
  assert.is_true(spent < 4.5, spent)
  assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
end, {
  needs = "server processes", preload = "slow_resolver", env = { RYX_RESOLVER_ADDRESSES = "127.0.0.9 127.0.0.1" },
})

local SLOW = {
  needs = "server processes", preload = "slow_resolver", seconds = 20,
  env = { RYX_SLOW_RESOLVER_MS = 12000, RYX_RESOLVER_ADDRESSES = "127.0.0.1" },
}
local function slow_name(options)
  kit.open(options, (kit.url:gsub("127%.0%.0%.1", "slow.test") .. "?sslmode=disable"))
end

case("A12: a name that resolves slowly: connect and close are bounded", function()
  slow_name{ connect_timeout = 1 }
  kit.is_kind(kit.fails_within(2, ryx.raw_fetch, "SELECT 1 AS n"), "connection", "timeout")
  -- kit.finish looks at close().
end, SLOW)

case("A12: a name that resolves slowly: a deadline of the caller's own is kept", function()
  slow_name{ connect_timeout = 20 }
  kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, ryx.raw_fetch, "SELECT 1 AS n"), "timeout")
end, SLOW)

case("A12: a name that resolves slowly keeps no other task waiting", function()
  ryx.setup{
    default = kit.url,
    slow = { url = kit.url:gsub("127%.0%.0%.1", "slow.test") .. "?sslmode=disable", connect_timeout = 1 },
  }
  local before = kit.clock()
  local results = kit.tasks(2, function(i)
    if i == 1 then return ryx.raw_fetch("SELECT 1 AS n", nil, { alias = "slow" }) end
    for _ = 1, 20 do ryx.raw_fetch("SELECT 1 AS n") end
    assert.is_true(kit.clock() - before < 0.5, "waited for the other's name")
  end)
  assert.is_false(results[1][1])
  assert.is_true(results[2][1], kit.text(results[2][2]))
end, SLOW)

case("A12: a name that resolves slowly does not keep the process from ending", function()
  local spent, _, code, out = kit.took(kit.script, [[
    local ryx, kit = require "ryx", require "fault.kit"
    ryx.setup{ default = { url = (kit.url:gsub("127%.0%.0%.1", "slow.test")), connect_timeout = 1 } }
    print(kit.error_of(ryx.raw_fetch, "SELECT 1 AS n").kind)
    ryx.close()
  ]], { env = "LD_PRELOAD=$PWD/build/fault/slow_resolver.so RYX_SLOW_RESOLVER_MS=12000", seconds = 16 })
  assert.equal(0, code, out)
  assert.is_true(spent < 5, ("the process took %.1f s"):format(spent))
end, { needs = "server processes", seconds = 20 })

case("17: five hundred who wait for a server that comes back", function()
  local proxy = kit.proxied{ max_connections = 8, acquire_timeout = 10 }
  kit.items(1)
  proxy:tell("refuse")
  proxy:tell("cut")
  local accepted = proxy:count()
  local is_back = false
  local results = kit.tasks(501, function(i)
    if i == 501 then
      ryx.sleep(0.3)
      proxy:tell("pass")
      is_back = true
      return
    end
    repeat
      local ok = pcall(Item.objects.count, Item.objects)
      if not ok then ryx.sleep(0.05) end
    until ok
  end)
  kit.all_ok(results)
  assert.is_true(is_back)
  assert.is_true(proxy:count() - accepted <= 16, "too many connects: " .. proxy:count() - accepted)
end, { needs = "server processes", seconds = 30 })

case("17: a queue before a deaf server is shed by deadline", function()
  local proxy = kit.proxied{ max_connections = 4, acquire_timeout = 1, connect_timeout = 1 }
  proxy:tell("deaf")
  local start = kit.clock()
  local results = kit.tasks(500, function() ryx.raw_fetch("SELECT 1 AS n") end)
  assert.is_true(kit.clock() - start < 3, "shed late")
  for _, r in ipairs(results) do
    assert.is_false(r[1])
    kit.is_kind(r[2], "timeout", "connection")
  end
  proxy:tell("pass")
  recovers()
end, SERVERS)
