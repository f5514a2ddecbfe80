-- SPDX-License-Identifier: MIT
-- The steps of one migration on a database, in a direction: those of its operations, each from the state before it to
-- the one after it.
local operation_steps = require "ryx.migrations.runner.operation_steps"
local rehearsal = require "ryx.migrations.ddl.rehearsal"

local M = {}

-- Texts of the user's; a database may have some that no transaction holds.
local function of_sql(ctx, op, direction)
  local steps = {}
  for i, sql in ipairs(op:statements(direction, ctx.dialect)) do
    steps[i] = {
      sql = sql, what = op:describe(), bare = ctx.dialect.is_bare and ctx.dialect.is_bare(sql) or nil, is_users = true,
    }
  end
  return steps
end

local function of_function(op, direction, act)
  return {
    {
      what = op:describe(), is_rows = true,
      run = function(alias) op:run(direction, { alias = alias, state = act.from, progress = act.progress }) end,
    },
  }
end

local function steps_of(ctx, act, backwards)
  local op, direction = act.op, backwards and "backwards" or "forwards"
  if op.statements then return of_sql(ctx, op, direction) end
  if op.run then return of_function(op, direction, act) end
  return operation_steps.of(ctx, op, act.from, act.to, backwards)
end

--- What is done for each operation, in the direction of travel: functions that give the steps. Where a database makes
--- tables anew they read what those before have made, so each is called when it is time. `without` is the state without
--- the file; progress(done, of) is told of the rows that a function works through.
function M.acts(ctx, file, without, backwards, progress)
  local acts, state = {}, without
  for i, op in ipairs(file.operations) do
    local after = op:apply(state)
    acts[i] = { op = op, from = backwards and after or state, to = backwards and state or after, progress = progress }
    state = after
  end
  local out, n = {}, #acts
  for i, act in ipairs(acts) do
    out[backwards and n + 1 - i or i] = function() return steps_of(ctx, act, backwards) end
  end
  return out
end

--- All steps at once; on a stage each operation finds what those before have made.
function M.all(ctx, file, without, backwards, progress)
  local steps = {}
  for _, act in ipairs(M.acts(ctx, file, without, backwards, progress)) do
    local list = act()
    rehearsal.follow(ctx, list)
    for _, step in ipairs(list) do steps[#steps + 1] = step end
  end
  return steps
end

return M
