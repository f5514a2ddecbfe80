-- SPDX-License-Identifier: MIT
-- ryx.on_query: who is told of every statement. And who is told of the ends of transactions.
local errors = require "ryx.errors"

local M = {
  any = false, -- does anybody listen to statements? Without, no event is made
  any_ends = false, -- and to the ends of transactions?
  now = nil, -- the event of the statement whose result is being taken
}

local queries, ends = {}, {}

-- Puts fn into a list, whose being filled is a field of M; the function that takes it out.
local function listen(list, field, fn)
  local entry = { fn = fn }
  list[#list + 1] = entry
  M[field] = true
  return function()
    for i, e in ipairs(list) do
      if e == entry then
        table.remove(list, i)
        break
      end
    end
    M[field] = #list > 0
  end
end

---@class ryx.QueryEvent
---@field sql string
---@field kind string select, insert, update, delete, count, raw, begin, commit, ...
---@field duration number seconds
---@field rows integer read or touched
---@field alias string
---@field where? string the caller's file and line
---@field call_site? string the same
---@field error? string

--- Calls fn(event) after every statement: sql, duration, rows, alias, where, kind, error.
--- local undo = ryx.on_query(function(e) print(e.sql, e.duration) end)
---@param fn fun(event: ryx.QueryEvent)
---@return fun() undo
function M.on_query(fn)
  errors.check_type(fn, "function", "ryx.on_query")
  return listen(queries, "any", fn)
end

--- Notes a statement whose result is about to be taken: nothing yields until it is told of.
function M.note(what, sql, duration)
  local where = errors.where()
  M.now = {
    sql = sql, kind = what.kind, alias = what.alias.name, where = where, call_site = where, duration = duration,
  }
end

--- Tells of the statement that was noted, if one was.
function M.emit(rows, err)
  local event = M.now
  M.now = nil
  if not event then return end
  event.rows, event.error = rows, err and (err.message or tostring(err))
  for _, entry in ipairs(queries) do entry.fn(event) end
end

function M.forget()
  M.now = nil
end

--- Calls fn(alias, outcome, tx) when an outermost transaction has ended: "committed", "rolled
--- back", or "unknown" where the answer to COMMIT was lost. `tx` is nil when it was
--- collected. Returns the undo.
function M.on_transaction_end(fn)
  return listen(ends, "any_ends", fn)
end

--- The functions that listen to the ends of transactions.
function M.end_listeners()
  local out = {}
  for i, entry in ipairs(ends) do out[i] = entry.fn end
  return out
end

return M
