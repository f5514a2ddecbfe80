-- SPDX-License-Identifier: MIT
-- ryx.on_query: who is told of every statement. And who is told of writes and of the ends of
-- transactions.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local placeholders = require "ryx.db.placeholders"

local M = {
  any = false, -- does anybody listen to statements, to all or to those that write?
  any_queries = false, -- to all? Without, no event is made
  any_writes = false, -- to those that write?
  shows = false, -- and want the values of their parameters?
  any_ends = false, -- and to the ends of transactions?
  now = nil, values = nil, -- the event of the statement whose result is being taken
}

local queries, writes, ends = {}, {}, {}
local SILENT = {} -- in place of the event of a statement when only writes are listened to
local written -- { plan or text, transaction } of a statement that writes

local function look()
  M.any_queries, M.any_writes, M.any_ends, M.shows = #queries > 0, #writes > 0, #ends > 0, false
  M.any = M.any_queries or M.any_writes
  for _, entry in ipairs(queries) do M.shows = M.shows or entry.values end
end

-- Puts fn into a list; the function that takes it out.
local function listen(list, fn, values)
  local entry = { fn = fn, values = values == true }
  list[#list + 1] = entry
  look()
  return function()
    for i, e in ipairs(list) do
      if e == entry then
        table.remove(list, i)
        break
      end
    end
    look()
  end
end

---@class ryx.QueryEvent
---@field sql string
---@field params any[] one for each parameter: "?", or with `values` what it stands for
---@field kind string select, insert, update, delete, count, raw, begin, commit, ...
---@field duration number seconds
---@field rows integer read or touched
---@field alias string
---@field where? string the caller's file and line
---@field call_site? string the same
---@field error? string

local function check_values(options, what)
  if options.values ~= nil then errors.check_type(options.values, "boolean", what .. ": values") end
end

--- Calls fn(event) after every statement: sql, params, duration, rows, alias, where, kind, error.
--- Values of parameters are not told, unless `values` is true: for development.
--- local undo = ryx.on_query(function(e) print(e.sql, e.duration) end)
---@param fn fun(event: ryx.QueryEvent)
---@param options? { values?: boolean }
---@return fun() undo
function M.on_query(fn, options)
  errors.check_type(fn, "function", "ryx.on_query")
  options = options or {}
  errors.check_options(options, { values = true }, "ryx.on_query")
  check_values(options, "ryx.on_query")
  return listen(queries, fn, options.values)
end

--- The same for statements that took so many seconds or more.
--- local undo = ryx.on_slow_query(function(e) log(e.duration, e.sql, e.where) end, { threshold = 0.2 })
---@param fn fun(event: ryx.QueryEvent)
---@param options { threshold: number, values?: boolean }
---@return fun() undo
function M.on_slow_query(fn, options)
  errors.check_type(fn, "function", "ryx.on_slow_query")
  errors.check_options(options, { threshold = true, values = true }, "ryx.on_slow_query")
  check_values(options, "ryx.on_slow_query")
  local threshold = options.threshold
  if type(threshold) ~= "number" or threshold < 0 or threshold ~= threshold then
    errors.raise("misuse", "ryx.on_slow_query: threshold is a number of seconds, not %s", compat.show(threshold))
  end
  return listen(queries, function(event)
    if event.duration >= threshold then fn(event) end
  end, options.values)
end

--- Notes a statement whose result is about to be taken: nothing yields until it is told of.
function M.note(what, sql, duration)
  local where = errors.where()
  M.now = {
    sql = sql, params = placeholders.of(what.alias, sql), kind = what.kind, alias = what.alias.name, where = where,
    call_site = where, duration = duration,
  }
end

--- Calls fn(what, tx) when a statement that writes has ended, well or not: `what` is its plan,
--- or { sql, alias } of a text. It may be rolled back yet. Returns the undo.
function M.on_write(fn)
  return listen(writes, fn)
end

--- Notes a statement that writes.
function M.note_write(what, tx)
  M.now, written = M.now or SILENT, { what, tx }
end

--- Tells of one whose result nobody takes.
function M.wrote(what, tx)
  for _, entry in ipairs(writes) do entry.fn(what, tx) end
end

--- The values of what was noted, for those who want them.
function M.show(values)
  if M.now then M.values = values end
end

local function with_values(event)
  local copy = {}
  for name, v in pairs(event) do copy[name] = v end
  copy.params = M.values or event.params
  return copy
end

--- Tells of the statement that was noted, if one was.
function M.emit(rows, err)
  local event = M.now
  M.now = nil
  if written then
    local what = written
    written = nil
    M.wrote(what[1], what[2])
  end
  if not event or event == SILENT then return end
  event.rows, event.error = rows, err and (err.message or tostring(err))
  local shown = M.shows and with_values(event)
  M.values = nil
  for _, entry in ipairs(queries) do entry.fn(entry.values and shown or event) end
end

function M.forget()
  M.now, M.values, written = nil, nil, nil
end

--- Calls fn(alias, outcome, tx) when an outermost transaction has ended: "committed", "rolled
--- back", or "unknown" where the answer to COMMIT was lost. `tx` is nil when it was
--- collected. Returns the undo.
function M.on_transaction_end(fn)
  return listen(ends, fn)
end

--- The functions that listen to the ends of transactions.
function M.end_listeners()
  local out = {}
  for i, entry in ipairs(ends) do out[i] = entry.fn end
  return out
end

return M
