-- SPDX-License-Identifier: MIT
-- Tasks that wait: five queries of which each needs the one before it, and a timer
-- beside a task that reads a large result.
local measure = require "measure"
local pin = require "pin"
local raw = require "raw"
local ryx = require "ryx"

local now, pair, row, us = measure.now, measure.pair, measure.row, measure.us

local STEPS, LINKS, ROWS, TICK, LARGE = 5, 1000, 100000, 0.005, 20

local function links()
  local Link = ryx.model("BenchLink", {
    next = ryx.IntField(),
    name = ryx.CharField{ max_length = 100 },
    Meta = { table_name = "bench_links" },
  })
  ryx.migrate{ Link }
  if Link.objects:exists() then return Link end
  local list = {}
  for i = 1, ROWS do list[i] = Link{ id = i, next = (i * 7919) % LINKS + 1, name = "Link " .. i } end
  Link.objects:bulk_create(list)
  return Link
end

-- One task follows the links; a batch is many times that.
local function follow(name, d, Link, budget)
  local meta, record, times = {}, {}, 50
  local a, b, r = pair(function()
    ryx.run(function()
      for i = 1, times do
        local id = i
        for _ = 1, STEPS do id = Link.objects:get{ id = id }.next end
      end
    end)
  end, function()
    for i = 1, times do d:follow(meta, record, i, STEPS) end
  end)
  row(("%s %d dependent queries in one task"):format(name, STEPS), us(a, times), us(b, times), r, budget)
end

local function dependent(name, url, Link, budget)
  local d = raw.chain(url)
  local theirs = d:server()
  local function measured() follow(name, d, Link, budget) end
  if not (theirs and pin.on({ pin.server(url), theirs }, 1, measured)) then measured() end
  d:close()
end

-- How late each tick of a timer is while `read` runs in another task.
local function lateness(read)
  local late, busy = {}, true
  ryx.run(function()
    ryx.spawn(function()
      for _ = 1, LARGE do
        read()
        ryx.sleep(0)
      end
      busy = false
    end)
    while busy do
      local due = now() + TICK
      ryx.sleep(TICK)
      late[#late + 1] = now() - due
    end
  end)
  table.sort(late)
  return late[math.ceil(#late * 0.99)], late[math.ceil(#late / 2)]
end

-- The columns are the 99th of a hundred and the median; the ratio is their distance
-- in ticks.
local function timer(name, what, read)
  collectgarbage()
  local p99, p50 = lateness(read)
  row(("%s 5 ms timer beside %s"):format(name, what), ("p99 %.1f ms"):format(p99 * 1000),
    ("p50 %.1f ms"):format(p50 * 1000), p99 / TICK)
end

local function timers(name, Link)
  timer(name, "100,000 rows, all()", function() assert(#Link.objects:all() == ROWS) end)
  timer(name, "100,000 rows, each()", function() Link.objects:each(function() end) end)
end

local function on(name, url, options, budget)
  ryx.setup(url .. options)
  local Link = links()
  dependent(name, url, Link, budget)
  timers(name, Link)
  ryx.close()
end

return function(path, pg, my)
  os.remove(path)
  on("SQLite", "sqlite:" .. path, "", 2.0)
  if pg then on("PostgreSQL", pg, "?max_connections=1", 1.35) end
  if my then on("MariaDB", my, "?max_connections=1", 1.35) end
end
