-- SPDX-License-Identifier: MIT
-- bulk_create on servers: against INSERTs by hand, from arrays or of many rows.
local items = require "items"
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local PAIRS, pair, row, us = measure.pairs, measure.pair, measure.row, measure.us

local function bulk(name, url, open)
  -- Neither side pays for TLS, which MySQL offers unasked.
  ryx.setup(url .. "?sslmode=disable&max_connections=1")
  local Item = items.model("BenchBulk", "bench_bulk")
  ryx.migrate{ Item }
  local d, record = open(url), {}
  local mine, other = {}, {}
  for i = 1, PAIRS + 1 do mine[i], other[i] = items.instances(Item, 1000), items.instances(Item, 1000) end
  local i, j = 0, 0
  local a, b, r = pair(function()
    i = i + 1
    Item.objects:bulk_create(mine[i])
  end, function()
    j = j + 1
    d:insert(other[j], record)
  end)
  assert(mine[1][1000].id and other[1][1000].id, "the keys did not come back")
  row(name .. " bulk_create of 1000 instances", us(a, 1), us(b, 1), r, 1.2)
  d:close()
  ryx.close()
end

return function(pg, my, mysql)
  if pg then bulk("PostgreSQL", pg, raw.pg_bulk) end
  if my then bulk("MariaDB", my, raw.my_bulk) end
  if mysql then bulk("MySQL", mysql, raw.mysql_bulk) end
end
