-- SPDX-License-Identifier: MIT
-- tx:on_commit, tx:on_rollback: who is told how a block of a transaction ended. It is told of
-- its `state`, which the collector has as well.
local events = require "ryx.db.events"
local report = require "ryx.host.report"
local scope = require "ryx.host.scope"

local M = { COMMITTED = "committed", ROLLED_BACK = "rolled back", UNKNOWN = "unknown" }

--- Adds a function that is to be called at an end. The list of a nested block is an item of
--- the one around it: it ends with that, unless it was taken before.
function M.add(tx, name, item)
  local state = tx.state
  local list = state[name]
  if not list then
    list = {}
    state[name] = list
    if tx.outer then M.add(tx.outer, name, list) end
  end
  list[#list + 1] = item
end

-- The items of such a list, which is empty then.
local function take(state, name)
  local list, out = state[name] or {}, {}
  for i = 1, #list do
    out[i], list[i] = list[i], nil
  end
  return out
end

-- Calls every function, whatever one of them raises: the first error as { err }.
local function call_all(list, first, ...)
  for _, item in ipairs(list) do
    if type(item) == "table" then
      first = call_all(item, first, ...)
    else
      local done = scope.call({}, item, ...)
      if not done[1] and first then report.report(done[2]) end
      first = first or not done[1] and { done[2] } or nil
    end
  end
  return first
end

--- Tells of the end of a block, once, its objects (query/write/undone.lua), those who listen and then
--- its own functions: the first error as { err }. What a nested one has to say of a commit is for the one around it.
function M.tell(state, tx)
  local outcome = state.outcome
  if not outcome or state.is_told then return nil end
  state.is_told = true
  if outcome == M.ROLLED_BACK and state.objects then state.put_back(state) end
  local first
  if not state.is_nested and events.any_ends then
    first = call_all(events.end_listeners(), nil, state.alias.name, outcome, tx)
  end
  if outcome == M.ROLLED_BACK then
    take(state, "committed")
    return call_all(take(state, "undone"), first)
  end
  if outcome == M.COMMITTED and not state.is_nested then return call_all(take(state, "committed"), first) end
  return first
end

--- The same where nobody waits for an error.
function M.tell_aside(state, tx)
  local problem = M.tell(state, tx)
  if problem then report.report(problem[1]) end
end

return M
