-- SPDX-License-Identifier: MIT
-- MariaDB and MySQL: select by key from 64 tasks over 8 connections.
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local pair, rate, row = measure.pair, measure.rate, measure.row

local CONNECTIONS, TASKS, TOTAL, KEYS = 8, 64, 6400, 10000

local function accounts()
  local Account = ryx.model("MyAccount", {
    aid = ryx.IntField{ primary_key = true },
    bid = ryx.IntField(),
    abalance = ryx.IntField(),
    filler = ryx.CharField{ max_length = 84, null = true },
    Meta = { table_name = "bench_accounts" },
  })
  ryx.migrate{ Account }
  if Account.objects:exists() then return Account end
  local list = {}
  for i = 1, KEYS do list[i] = Account{ aid = i, bid = 1, abalance = 0, filler = (" "):rep(84) } end
  Account.objects:bulk_create(list)
  return Account
end

return function(name, url)
  -- Neither side pays for TLS, which MySQL offers unasked.
  ryx.setup(url .. "?sslmode=disable&max_connections=" .. CONNECTIONS)
  local Account = accounts()
  local d, meta, record, seed = raw.my(url, CONNECTIONS), {}, {}, 1
  local function key()
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % KEYS + 1
  end
  local a, b, r = pair(function()
    ryx.run(function()
      for _ = 1, TASKS do
        ryx.spawn(function()
          for _ = 1, TOTAL / TASKS do Account.objects:get{ aid = key() } end
        end)
      end
    end)
  end, function() d:select(meta, record, TOTAL) end)
  row(name .. " 64 tasks, 8 connections", rate(TOTAL, a), rate(TOTAL, b), 1 / r, 0.8, "higher")
  d:close()
  ryx.close()
end
