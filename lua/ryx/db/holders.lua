-- SPDX-License-Identifier: MIT
-- err.holder: who holds a connection longest, for one who waited for a connection in vain.
-- What keeps one between statements is noted here while it does; a statement is known by the
-- task that waits for it. Nothing is worked out before somebody asks.
local core = require "ryx.core"
local errors = require "ryx.errors"
local host = require "ryx.host"
local stack = require "ryx.stack"

local M = {}

-- { alias, co, where } -> since when; whoever has ended without a word is collected.
local held = setmetatable({}, { __mode = "k" })

--- A connection of holder.alias is taken by the running coroutine, at `where`.
function M.add(holder, where)
  holder.co, holder.where, holder.engine = coroutine.running(), where, host.engine()
  held[holder] = core.clock()
end

function M.remove(holder)
  held[holder] = nil
end

--- How many keep a connection of an alias on an engine.
function M.count(alias, e)
  local n = 0
  for holder in pairs(held) do
    if holder.alias == alias and holder.engine == e then n = n + 1 end
  end
  return n
end

-- The oldest of those that keep a connection: it, since when.
local function keeper(alias)
  local oldest
  for holder, since in pairs(held) do
    if holder.alias == alias and (not oldest or since < held[oldest]) then oldest = holder end
  end
  return oldest, oldest and held[oldest]
end

-- The task whose statement has run longest. Who began to wait before the caller did has a
-- connection: they are given in turn.
local function runner(alias, before)
  local oldest
  for _, task in pairs(host.waiting and host.waiting() or {}) do
    if task.waits_on == alias and task.waits_since < before then oldest, before = task, task.waits_since end
  end
  return oldest, before
end

local function trace_of(holder)
  local trace = holder.co and stack.of(holder.co)
  return trace or holder.where and "stack traceback:\n\t" .. holder.where .. ": in a transaction or stream"
end

--- The traceback of the task that holds a connection of an alias longest, or nil.
function M.longest(alias)
  local one, since = keeper(alias)
  local other = runner(alias, since or host.current().waits_since or 0)
  local holder = other or one
  return holder and trace_of(holder)
end

--- Tells an error of a pool who holds its connections.
function M.explain(err, alias)
  if err.kind == "timeout" and err.message:find('^pool "') and not errors.is_error(err) then
    err.holder = M.longest(alias)
  end
end

return M
