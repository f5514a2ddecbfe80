-- SPDX-License-Identifier: MIT
-- MariaDB and MySQL: select by key from 64 tasks over 8 connections.
local accounts = require "accounts"
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local pair, rate, row, TOTAL = measure.pair, measure.rate, measure.row, accounts.TOTAL

local CONNECTIONS, KEYS = 8, 10000

local function filled()
  local Account = accounts.model("MyAccount", { table_name = "bench_accounts" })
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
  local Account, key = filled(), accounts.keys(KEYS)
  local d, meta, record = raw.my(url, CONNECTIONS), {}, {}
  local a, b, r = pair(function() accounts.get_all(Account.objects, key) end,
    function() d:select(meta, record, TOTAL) end)
  row(name .. " 64 tasks, 8 connections", rate(TOTAL, a), rate(TOTAL, b), 1 / r, 0.8, "higher")
  d:close()
  ryx.close()
end
