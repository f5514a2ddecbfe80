-- SPDX-License-Identifier: MIT
-- How SQLite changes tables, where its words are its own; most is done by a rebuild.
local step = require "ryx.migrations.step"

local M = {}

--- The step that turns foreign keys off or on, inside a transaction, too, where the pragma does nothing.
function M.foreign_keys(is_on)
  local word = is_on and "ON" or "OFF"
  return {
    sql = "PRAGMA foreign_keys = " .. word, what = "turn foreign keys " .. word:lower(), outside = true,
    run = function(alias) step.fetch(alias, "SELECT ryx_foreign_keys(?)", { is_on and 1 or 0 }) end,
  }
end

-- SQLite would delete the rows one by one first, and those of other tables that lead to them.
function M.drop_table(ctx, change, state)
  local steps = state.standard.drop_table(ctx, change, state)
  return { M.foreign_keys(false), steps[1], M.foreign_keys(true) }
end

return M
