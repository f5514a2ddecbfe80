-- SPDX-License-Identifier: MIT
-- How SQLite changes tables, where its words are its own; most is done by a rebuild.
local step = require "ryx.migrations.step"

local M = {}

-- Inside a transaction, too, where the pragma does nothing.
local function foreign_keys(word, on)
  return {
    sql = "PRAGMA foreign_keys = " .. word, what = "turn foreign keys " .. word:lower(),
    run = function(alias) step.fetch(alias, "SELECT ryx_foreign_keys(?)", { on }) end,
  }
end

-- SQLite would delete the rows one by one first, and those of other tables that lead to them.
function M.drop_table(ctx, change, state)
  local steps = state.standard.drop_table(ctx, change, state)
  return { foreign_keys("OFF", 0), steps[1], foreign_keys("ON", 1) }
end

return M
