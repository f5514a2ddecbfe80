-- SPDX-License-Identifier: MIT
-- One table of ratios: ryx against loops written by hand (bench/raw*.c). Batches
-- of both sides are interleaved, at least PAIRS pairs, medians; both sides build
-- the same Lua values. A ratio is ryx's time over the other's: lower is better;
-- "rate" rows give ryx's queries a second over the other's: higher is better.
local ryx = require "ryx"
local raw = require "raw"
local db = require "ryx.db"

local PAIRS = tonumber(os.getenv("BENCH_PAIRS")) or 60
local is_jit = rawget(_G, "jit") ~= nil
local now = raw.now

local function median(t)
  table.sort(t)
  return t[math.floor(#t / 2) + 1]
end

local function time(fn)
  local start = now()
  fn()
  return now() - start
end

--- Medians of both sides over interleaved batches.
local function pair(ours, theirs, pairs_wanted)
  local a, b, r = {}, {}, {}
  ours()
  theirs()
  for i = 1, pairs_wanted or PAIRS do
    collectgarbage()
    collectgarbage("stop")
    if i % 2 == 0 then
      a[i] = time(ours)
      b[i] = time(theirs)
    else
      b[i] = time(theirs)
      a[i] = time(ours)
    end
    collectgarbage("restart")
    r[i] = a[i] / b[i]
  end
  return median(a), median(b), median(r)
end

local missed = 0
local function row(name, ours, theirs, ratio, budget, better)
  local ok = budget == nil or (better == "higher" and ratio >= budget or better ~= "higher" and ratio <= budget)
  if not ok then missed = missed + 1 end
  local limit = budget and ("%s %.2f"):format(better == "higher" and ">=" or "<=", budget) or "-"
  print(("%-44s %12s %12s %8.2f  %-9s %s"):format(name, ours, theirs, ratio, limit, budget and (ok and "met" or "missed") or ""))
end
local function us(s, n) return ("%.2f us"):format(s / n * 1e6) end
local function rate(n, s) return ("%.1f k/s"):format(n / s / 1000) end

local function models()
  local fields = function()
    return {
      name = ryx.CharField{ max_length = 100 },
      category = ryx.CharField{ max_length = 50 },
      price = ryx.IntField(),
      is_active = ryx.BooleanField(),
      created = ryx.DateTimeField(),
    }
  end
  local items, copies = fields(), fields()
  items.Meta = { table_name = "bench_items" }
  copies.Meta = { table_name = "bench_copies" }
  return ryx.model("BenchItem", items), ryx.model("BenchCopy", copies)
end

local function instances(Model, n)
  local list, created = {}, ryx.datetime("2026-01-01 00:00:00")
  for i = 1, n do
    list[i] = Model{
      name = "Item " .. i,
      category = i % 2 == 0 and "A" or "B",
      price = i * 10,
      is_active = i % 3 ~= 0,
      created = created,
    }
  end
  return list
end

local function sqlite(path)
  os.remove(path)
  ryx.setup("sqlite:" .. path)
  local Item, Copy = models()
  ryx.migrate{ Item, Copy }
  Item.objects:bulk_create(instances(Item, 1000))
  local d = raw.lite(path)
  local meta, record, datetime = {}, {}, {}

  local n = 200
  local objects = Item.objects
  local a, b, r = pair(function()
    for i = 1, n do objects:get{ id = i % 1000 + 1 } end
  end, function() d:get(meta, record, datetime, n) end)
  row("SQLite get by key", us(a, n), us(b, n), r, is_jit and 1.6 or 2.0)

  local thousand = Item.objects:limit(1000)
  a, b, r = pair(function() thousand:all() end, function() d:all(meta, record, datetime) end)
  row("SQLite 1000 rows", us(a, 1), us(b, 1), r, 1.15)

  a, b, r = pair(function()
    for _ = 1, 5 do Item.objects:filter{ category = "A", is_active = true }:order_by("-price"):limit(50):all() end
  end, function()
    for _ = 1, 5 do d:filter(meta, record, datetime) end
  end)
  row("SQLite filter + order + limit 50", us(a, 5), us(b, 5), r, 1.15)

  local mine, other = {}, {}
  for i = 1, PAIRS + 1 do mine[i], other[i] = instances(Copy, 1000), instances(Copy, 1000) end
  local i, j = 0, 0
  a, b, r = pair(function()
    i = i + 1
    Copy.objects:bulk_create(mine[i])
  end, function()
    j = j + 1
    d:insert(other[j])
  end)
  row("SQLite bulk_create of 1000 instances", us(a, 1), us(b, 1), r, 1.5)
  d:close()
  ryx.close()
end

local function pgbench(url, conns)
  local host, port = url:match("@([^:/]+):(%d+)")
  local cmd = ("%s/pgbench -n -S -M prepared -c %d -j 1 -T 1 -h %s -p %s -U ryx ryx 2>/dev/null"):format(
    os.getenv("PG_BIN"), conns, host, port)
  local p = io.popen(cmd)
  local tps = p:read("*a"):match("tps = ([%d.]+)")
  p:close()
  return tonumber(tps)
end

local function postgres(url)
  local conns, tasks = 4, 64
  local Account
  local function setup(max)
    ryx.setup(url .. "?max_connections=" .. max)
    Account = ryx.model("Account", {
      aid = ryx.IntField{ primary_key = true },
      bid = ryx.IntField(),
      abalance = ryx.IntField(),
      filler = ryx.CharField{ max_length = 84, null = true },
      Meta = { table_name = "pgbench_accounts", managed = false },
    })
  end
  setup(1)
  local meta, record, n = {}, {}, 500
  local one = raw.pg(url, 1, 1)
  local seed = 1
  local function key()
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % 100000 + 1
  end
  local a, b, r = pair(function()
    for _ = 1, n do Account.objects:get{ aid = key() } end
  end, function() one:one(meta, record, n) end)
  row("PostgreSQL one task", rate(n, a), rate(n, b), 1 / r, 0.8, "higher")
  one:close()

  setup(conns)
  local many = raw.pg(url, conns, 16)
  local total = 6400
  local function ours()
    ryx.run(function()
      for _ = 1, tasks do
        ryx.spawn(function()
          for _ = 1, total / tasks do Account.objects:get{ aid = key() } end
        end)
      end
    end)
  end
  a, b, r = pair(ours, function() many:pipeline(meta, record, total) end)
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

-- Shapes 1 and 4 of the reference's compiler benchmark, as the WHERE of a SELECT.
local function compile()
  ryx.setup("sqlite::memory:")
  local Shape = ryx.model("Shape", {
    name = ryx.CharField{ max_length = 100 },
    active = ryx.BooleanField(),
    featured = ryx.BooleanField(),
    views = ryx.IntField(),
  })
  local Q = ryx.Q
  -- The description of a queryset is what its first compilation hands on.
  local describe, fetch = require "ryx.query.describe", require "ryx.query.fetch"
  local description
  local select = describe.select
  describe.select = function(query)
    description = select(query)
    return description
  end
  local alias = db.alias("default")
  local function shape(name, qs, new_ns)
    fetch.all_plan(qs, alias)
    local fresh, cached = {}, {}
    for i = 1, PAIRS do fresh[i], cached[i] = raw.compile(description, "postgres", 2000) end
    local f, c = median(fresh), median(cached)
    row("compile " .. name .. ", new (ns)", ("%.0f ns"):format(f), ("%d ns"):format(new_ns), f / new_ns, 1)
    row("compile " .. name .. ", from a description", ("%.0f ns"):format(c), "600 ns", c / 600, 1)
    local known, loops = {}, 2000
    for i = 1, PAIRS do
      known[i] = time(function()
        for _ = 1, loops do fetch.plan(qs.node, alias, "all") end
      end) / loops * 1e9
    end
    local k = median(known)
    row("compile " .. name .. ", from a known shape", ("%.0f ns"):format(k), "150 ns", k / 150, 1)
  end
  shape("shape 1, name = ?", Shape.objects:filter{ name = "test" }, 1000)
  shape("shape 4, (active and views >= ?) or featured",
    Shape.objects:filter(Q{ active = true } * Q{ views__gte = 100 } + Q{ featured = true }), 3000)
  ryx.close()
end

print(("%-44s %12s %12s %8s  %-9s"):format(is_jit and rawget(_G, "jit").version or _VERSION, "ryx", "by hand", "ratio", "budget"))
sqlite(assert(os.getenv("BENCH_DIR")) .. "/bench.db")
if os.getenv("RYX_TEST_PG_URL") then postgres(os.getenv("RYX_TEST_PG_URL")) end
compile()
print()
print(missed == 0 and "every budget met" or missed .. " budgets missed")
