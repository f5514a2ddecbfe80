-- SPDX-License-Identifier: MIT
-- PostgreSQL: select by key from one task and from 64.
local accounts = require "accounts"
local measure = require "measure"
local pin = require "pin"
local raw = require "raw"
local ryx = require "ryx"

local median, now, pair, rate, row = measure.median, measure.now, measure.pair, measure.rate, measure.row

local function pgbench(url, conns)
  local host, port = url:match("@([^:/]+):(%d+)")
  local cmd = ("%s/pgbench -n -S -M prepared -c %d -j 1 -T 1 -h %s -p %s -U ryx ryx 2>/dev/null"):format(
    os.getenv("PG_BIN"), conns, host, port)
  local p = io.popen(cmd)
  local tps = p:read("*a"):match("tps = ([%d.]+)")
  p:close()
  return tonumber(tps)
end

local function one_task(url, one, ours, theirs)
  local n = 500
  local servers = { pin.server(url), one:server() }
  for cores, where in ipairs{ "one core", "two cores" } do
    pin.on(servers, cores, function()
      local a, b, r = pair(function() ours(n) end, function() theirs(n) end)
      row("PostgreSQL one task, client and server on " .. where, rate(n, a), rate(n, b), 1 / r, 0.8, "higher")
    end)
  end
end

local function postgres(url)
  local conns, total = 4, accounts.TOTAL
  local Account
  local function setup(max)
    ryx.setup(url .. "?max_connections=" .. max)
    Account = accounts.model("Account", { table_name = "pgbench_accounts", managed = false })
  end
  setup(1)
  local meta, record = {}, {}
  local key = accounts.keys(100000)
  local one = raw.pg(url, 1, 1)
  one_task(url, one, function(n)
    for _ = 1, n do Account.objects:get{ aid = key() } end
  end, function(n) one:one(meta, record, n) end)
  one:close()

  setup(conns)
  local many = raw.pg(url, conns, 16)
  local function ours() accounts.get_all(Account.objects, key) end
  local a, b, r = pair(ours, function() many:pipeline(meta, record, total) end)
  row("PostgreSQL 64 tasks, 4 connections, pipeline", rate(total, a), rate(total, b), 1 / r, 0.8, "higher")
  many:close()
  local mine, theirs, ratios = {}, {}, {}
  for i = 1, 7 do
    theirs[i] = pgbench(url, conns)
    local start = now()
    local done = 0
    while now() - start < 1 do
      ours()
      done = done + total
    end
    mine[i] = done / (now() - start)
    ratios[i] = mine[i] / theirs[i]
  end
  row("PostgreSQL 64 tasks, pgbench -S -M prepared -c 4", rate(median(mine), 1), rate(median(theirs), 1),
    median(ratios), 1.0, "higher")
  ryx.close()
end

return postgres
