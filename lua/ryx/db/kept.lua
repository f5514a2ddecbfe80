-- SPDX-License-Identifier: MIT
-- Rows for a cache: as they came, to be made into instances again and again. Beside run.lua, of
-- whose steps it is made.
local core = require "ryx.core"
local events = require "ryx.db.events"
local run = require "ryx.db.run"

local M = {}

local steps = run.steps

--- The SQL text of a plan.
function M.text(plan)
  return core.plan_sql(plan.handle)
end

--- Every row for M.build, its values or, without `values`, what JSON holds of them: list, n.
function M.cells(plan, tx, values, ...)
  local e, slot = steps.send(plan, tx, ...)
  local list, n = core.cells(e, slot, values)
  if not list then steps.fail(n, plan) end
  if events.now then steps.emit(n) end
  return list, n
end

local FLAT = core.shape{ kind = "flat" } -- of plans that give one value

--- The rows that M.cells gave as run.rows makes them: list, n. No I/O.
function M.build(plan, record, cells)
  local list, n = core.build(plan.handle, cells, plan.shape or FLAT, record)
  if not list then steps.fail(n, plan) end
  return list, n
end

return M
