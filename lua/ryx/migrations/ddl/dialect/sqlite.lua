-- SPDX-License-Identifier: MIT
-- How SQLite changes tables, where its words are its own; most is done by a rebuild.
local errors = require "ryx.errors"
local run = require "ryx.db.run"
local step = require "ryx.migrations.ddl.step"

local M = {}

-- They are off on one connection only, and a table that goes while they are on takes the rows of others along.
local function check_held(alias)
  if run.current_tx(alias) then return end
  errors.raise("misuse", "tables are made anew and dropped inside of a transaction only: without one the rows that "
    .. "lead to them would go as well; call it inside of ryx.transaction")
end

--- The step that turns foreign keys off or on, inside a transaction, too, where the pragma does nothing.
function M.foreign_keys(is_on)
  local word = is_on and "ON" or "OFF"
  return {
    sql = "PRAGMA foreign_keys = " .. word, what = "turn foreign keys " .. word:lower(), outside = true,
    run = function(alias)
      check_held(alias)
      step.fetch(alias, "SELECT ryx_foreign_keys(?)", { is_on and 1 or 0 })
    end,
  }
end

-- SQLite would delete the rows one by one first, and those of other tables that lead to them.
function M.drop_table(ctx, change, state)
  local steps = state.standard.drop_table(ctx, change, state)
  return { M.foreign_keys(false), steps[1], M.foreign_keys(true) }
end

return M
