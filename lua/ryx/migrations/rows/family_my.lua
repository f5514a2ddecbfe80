-- SPDX-License-Identifier: MIT
-- All rows of tables at once, on MariaDB and MySQL. TRUNCATE would end the transaction.
local step = require "ryx.migrations.ddl.step"

local M = {}

local function foreign_keys(ctx, on)
  step.execute(ctx.alias, "SET SESSION foreign_key_checks = " .. on)
end

function M.empty(ctx, tables)
  foreign_keys(ctx, 0)
  for _, t in ipairs(tables) do step.execute(ctx.alias, "DELETE FROM " .. ctx.name_of(t)) end
  foreign_keys(ctx, 1)
end

--- Keys begin again. It ends a transaction, so it comes behind.
function M.begin_keys(ctx, tables)
  for _, t in ipairs(tables) do
    local key = t.meta.pk_field
    if key and key.auto then step.execute(ctx.alias, ctx.alter(t, "AUTO_INCREMENT = 1")) end
  end
end

-- Rows that are there by then are never looked at: the caller does.
function M.defer_keys(ctx)
  foreign_keys(ctx, 0)
  return function() foreign_keys(ctx, 1) end
end

return M
