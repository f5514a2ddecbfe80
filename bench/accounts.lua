-- SPDX-License-Identifier: MIT
-- Select by key from 64 tasks, of a table as pgbench's.
local ryx = require "ryx"

local M = { TOTAL = 6400, TASKS = 64 }

--- The model of accounts with that Meta.
function M.model(name, meta)
  return ryx.model(name, {
    aid = ryx.IntField{ primary_key = true },
    bid = ryx.IntField(),
    abalance = ryx.IntField(),
    filler = ryx.CharField{ max_length = 84, null = true },
    Meta = meta,
  })
end

--- Keys from 1 to n, without an end, the same in every run.
function M.keys(n)
  local seed = 1
  return function()
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % n + 1
  end
end

--- TOTAL rows, each by one task's get.
function M.get_all(objects, key)
  ryx.run(function()
    for _ = 1, M.TASKS do
      ryx.spawn(function()
        for _ = 1, M.TOTAL / M.TASKS do objects:get{ aid = key() } end
      end)
    end
  end)
end

return M
