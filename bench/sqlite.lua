-- SPDX-License-Identifier: MIT
-- SQLite: get by key, many rows, filter + order + limit, bulk_create.
local items = require "items"
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local PAIRS, pair, row, us = measure.pairs, measure.pair, measure.row, measure.us

local function sqlite(path)
  os.remove(path)
  ryx.setup("sqlite:" .. path)
  local Item, Copy = items.model("BenchItem", "bench_items"), items.model("BenchCopy", "bench_copies")
  ryx.migrate{ Item, Copy }
  Item.objects:bulk_create(items.instances(Item, 1000))
  local d = raw.lite(path)
  local meta, record, datetime = {}, {}, {}

  local n = 200
  local objects = Item.objects
  local a, b, r = pair(function()
    for i = 1, n do objects:get{ id = i % 1000 + 1 } end
  end, function() d:get(meta, record, datetime, n) end)
  row("SQLite get by key", us(a, n), us(b, n), r, measure.is_jit and 1.6 or 2.0)

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
  for i = 1, PAIRS + 1 do mine[i], other[i] = items.instances(Copy, 1000), items.instances(Copy, 1000) end
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

return sqlite
