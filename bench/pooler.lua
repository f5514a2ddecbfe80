-- SPDX-License-Identifier: MIT
-- PgBouncer in transaction mode: select by key from 64 tasks over 8 connections to it,
-- and what it costs ryx.
local accounts = require "accounts"
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local pair, rate, row, TOTAL = measure.pair, measure.rate, measure.row, accounts.TOTAL

local CONNECTIONS, KEYS = 8, 100000

return function(pooler, server)
  local options = "?sslmode=disable&max_connections=" .. CONNECTIONS
  ryx.setup{ default = pooler .. options, direct = server .. options }
  local Account = accounts.model("PooledAccount", { table_name = "pgbench_accounts", managed = false })
  local key = accounts.keys(KEYS)
  -- As many in flight on each connection as there are tasks to it.
  local d, meta, record = raw.pg(pooler .. "?sslmode=disable", CONNECTIONS, accounts.TASKS / CONNECTIONS, true), {}, {}
  local a, b, r = pair(function() accounts.get_all(Account.objects, key) end,
    function() d:pipeline(meta, record, TOTAL) end)
  row("PgBouncer 64 tasks, 8 connections", rate(TOTAL, a), rate(TOTAL, b), 1 / r, 0.8, "higher")
  d:close()
  local through, direct = Account.objects:using("default"), Account.objects:using("direct")
  a, b, r = pair(function() accounts.get_all(through, key) end, function() accounts.get_all(direct, key) end)
  row("PgBouncer against no pooler, 64 tasks", rate(TOTAL, a), rate(TOTAL, b), 1 / r)
  ryx.close()
end
