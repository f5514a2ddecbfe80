-- SPDX-License-Identifier: MIT
-- Steps that are only shown. Where tables are made anew a step depends on what those before it have made, so a database
-- of its own is the stage on which they are done: as the real one is, without rows, gone afterwards.
local compat = require "ryx.compat"
local statement = require "ryx.db.statement"
local stage = require "ryx.migrations.ddl.dialect.sqlite_stage"
local step = require "ryx.migrations.ddl.step"

local M = {}

--- Calls fn with a context that has a stage where tables are made anew, like the tables of its alias or, `is_empty`,
--- without any; gives what it gives.
function M.run(ctx, is_empty, fn)
  if not ctx.dialect.rebuilds then return fn(ctx) end
  local staged = setmetatable({ stage = stage.open(not is_empty and ctx.alias or nil) }, { __index = ctx })
  local results = compat.pack(pcall(fn, staged))
  stage.close(staged.stage)
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

-- Functions want rows, and what a text of the user's does beside making something reaches out of the stage.
local function is_played(s)
  return not s.is_rows and (not s.is_users or statement.may_define(s.sql))
end

--- Does steps on the stage, if there is one.
function M.follow(ctx, steps)
  for _, s in ipairs(ctx.stage and steps or {}) do
    -- What fails here is told where it is done in earnest.
    if is_played(s) then pcall(step.run, ctx.stage, s) end
  end
end

return M
