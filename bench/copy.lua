-- SPDX-License-Identifier: MIT
-- copy_from and copy_to against psql's \copy of the same file, and against bulk_create; `ryx loaddata` against that.
-- BENCH_COPY_ROWS is how many rows; psql says itself how long it took, so neither its start
-- nor its connecting counts.
local items = require "items"
local measure = require "measure"
local ryx = require "ryx"

local median, rate, row, time = measure.median, measure.rate, measure.row, measure.time

local N = tonumber(os.getenv("BENCH_COPY_ROWS")) or 100000
local PAIRS = 9

-- Seconds of a command of psql's.
local function psql(url, command)
  local host, port = url:match("@([^:/]+):(%d+)")
  local line = "%s/psql -X -q -h %s -p %s -U ryx -c '\\timing on' -c \"%s\" ryx"
  local p = io.popen(line:format(os.getenv("PG_BIN"), host, port, command))
  local said = p:read("*a")
  p:close()
  return assert(tonumber(said:match("Time: ([%d.]+) ms")), said) / 1000
end

local function rows(Model)
  local list, i = items.instances(Model, 1000), 0
  return function()
    if i == N then return nil end
    i = i + 1
    local o = list[i % 1000 + 1]
    return { name = o.name, category = o.category, price = o.price, is_active = o.is_active, created = o.created }
  end
end

-- Both sides in turn; before runs ahead of each. ours and theirs give their seconds.
local function pairs_of(name, ours, theirs, budget, before)
  local a, b, ratios = {}, {}, {}
  local function run(fn)
    if before then before() end
    collectgarbage()
    return fn()
  end
  for i = 0, PAIRS do
    local mine, other
    if i % 2 == 0 then
      mine, other = run(ours), run(theirs)
    else
      other, mine = run(theirs), run(ours)
    end
    if i > 0 then a[i], b[i], ratios[i] = mine, other, other / mine end
  end
  row(name, rate(N, median(a)), rate(N, median(b)), median(ratios), budget, "higher")
end

local function bulk(Model)
  local list = items.instances(Model, 10000)
  return time(function()
    for _ = 1, N / 10000 do
      for _, o in ipairs(list) do o.id, o._r = nil, nil end
      Model.objects:bulk_create(list)
    end
  end)
end

local function made_and_bulk(Model)
  return time(function()
    for _ = 1, N / 10000 do Model.objects:bulk_create(items.instances(Model, 10000)) end
  end)
end

-- What `ryx loaddata` does, in this process: the command has a Lua 5.4 of its own.
local function loaddata(Item, path, empty)
  local load, source = require "ryx.cli.data.load", require "ryx.cli.data.source"
  local file = assert(io.open(path, "wb"))
  require("ryx.cli.data.dump").run({ Item._meta }, function(text) file:write(text) end, function() end)
  file:close()
  local function ours()
    local pause = collectgarbage("setpause", 400) -- as the command does
    local seconds = time(function()
      local from = source.open(path)
      load.run({ Item }, from, function() end)
      from:close()
    end)
    collectgarbage("setpause", pause)
    return seconds
  end
  pairs_of("PostgreSQL loaddata, objects made and bulk_create", ours, function() return made_and_bulk(Item) end, 0.67,
    empty)
  pairs_of("PostgreSQL loaddata, bulk_create alone", ours, function() return bulk(Item) end, nil, empty)
  os.remove(path)
end

return function(url, dir)
  local Item, path, out = items.model("BenchCopyItem", "bench_copy"), dir .. "/copy.csv", dir .. "/out.csv"
  ryx.setup(url .. "?sslmode=disable&max_connections=1")
  ryx.migrate{ Item }
  ryx.copy_from(Item, rows(Item))
  ryx.copy_to(Item.objects:values("name", "category", "price", "is_active", "created"), path)
  local function empty() ryx.raw_execute("TRUNCATE bench_copy") end
  local function psql_from()
    return psql(url, ("\\copy bench_copy (name, category, price, is_active, created) from '%s' (format csv, header)")
      :format(path))
  end
  local function iterator() return time(function() ryx.copy_from(Item, rows(Item)) end) end
  pairs_of("PostgreSQL copy_from a file, psql \\copy", function()
    return time(function() ryx.copy_from(Item, path) end)
  end, psql_from, 0.8, empty)
  pairs_of("PostgreSQL copy_from an iterator, psql \\copy", iterator, psql_from, 0.8, empty)
  pairs_of("PostgreSQL copy_from an iterator, bulk_create", iterator, function() return bulk(Item) end, nil, empty)
  empty()
  ryx.copy_from(Item, path)
  pairs_of("PostgreSQL copy_to a file, psql \\copy", function()
    return time(function() ryx.copy_to(Item.objects, out) end)
  end, function() return psql(url, ("\\copy bench_copy to '%s' (format csv, header)"):format(out)) end, 0.8)
  pairs_of("PostgreSQL copy_to of a condition, psql \\copy", function()
    return time(function() ryx.copy_to(Item.objects:filter{ price__gt = 0 }, out) end)
  end, function()
    return psql(url, ("\\copy (select * from bench_copy where price > 0) to '%s' (format csv, header)"):format(out))
  end)
  if _VERSION == "Lua 5.4" then loaddata(Item, dir .. "/rows.jsonl", empty) end
  os.remove(path)
  os.remove(out)
  ryx.close()
end
