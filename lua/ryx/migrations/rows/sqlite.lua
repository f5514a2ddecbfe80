-- SPDX-License-Identifier: MIT
-- All rows of tables at once, on SQLite.
local run = require "ryx.db.run"
local step = require "ryx.migrations.ddl.step"

local M = {}

local function foreign_keys(alias, on)
  step.fetch(alias, "SELECT ryx_foreign_keys(?)", { on })
end

local SEQUENCES = "SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'"

local function begin_keys(ctx, tables)
  if not step.fetch(ctx.alias, SEQUENCES)[1] then return end
  for _, t in ipairs(tables) do
    run.execute_sql(ctx.alias, run.current_tx(ctx.alias), "DELETE FROM sqlite_sequence WHERE name = ?", { t.name })
  end
end

-- A key with RESTRICT is looked at with each row, also where others are put off.
function M.empty(ctx, tables)
  foreign_keys(ctx.alias, 0)
  local ok, err = pcall(function()
    for _, t in ipairs(tables) do step.execute(ctx.alias, "DELETE FROM " .. ctx.name_of(t)) end
    begin_keys(ctx, tables)
  end)
  foreign_keys(ctx.alias, 1)
  if not ok then error(err, 0) end
end

-- The end of the transaction looks at them.
function M.defer_keys(ctx)
  step.execute(ctx.alias, "PRAGMA defer_foreign_keys = ON")
  return function() end
end

return M
