-- SPDX-License-Identifier: MIT
-- ryx.on_query: who is told of every statement. db/run makes the events.
local errors = require "ryx.errors"

local M = {
  any = false, -- is there one? Without, no event is made
}

local list = {}

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
  list[#list + 1] = fn
  M.any = true
  return function()
    for i, f in ipairs(list) do
      if f == fn then
        table.remove(list, i)
        break
      end
    end
    M.any = #list > 0
  end
end

function M.call(event)
  for _, fn in ipairs(list) do fn(event) end
end

return M
