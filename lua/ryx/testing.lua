-- SPDX-License-Identifier: MIT
-- ryx.testing: for tests of programs that use ryx: how many statements something sends, and
-- writes that are gone afterwards.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local events = require "ryx.db.events"
local transaction = require "ryx.db.transaction"

local M = {}

-- What opens connections and delimits transactions is not counted.
local CONTROL = {
  connect = true, begin = true, commit = true, rollback = true, savepoint = true, release = true, rollback_to = true,
}

---@class ryx.Testing
---@field assert_queries fun(n: integer, fn: function, ...: any): any ... raises unless fn sends n statements
---@field sandbox fun(fn: (fun(tx: ryx.Transaction): any), options?: ryx.TransactionOptions): any ... rolled back
local function report(expected, list)
  local lines = { ("assert_queries: %d %s expected, %d sent%s"):format(expected,
    expected == 1 and "statement was" or "statements were", #list, #list > 0 and ":" or "") }
  for i, event in ipairs(list) do
    lines[#lines + 1] = ("  %d. %s%s"):format(i, event.sql, event.where and "   -- " .. event.where or "")
  end
  return table.concat(lines, "\n")
end

--- Raises unless fn(...) sends exactly n statements, BEGIN, COMMIT and the like not counted; gives
--- its values. An error lists both numbers and the SQL.
--- local posts = ryx.testing.assert_queries(2, function() return load_page() end)
---@param n integer
---@param fn function
---@param ... any
---@return any ...
function M.assert_queries(n, fn, ...)
  errors.check_whole(n, 0, "assert_queries")
  errors.check_type(fn, "function", "assert_queries")
  local list = {}
  local undo = events.on_query(function(event)
    if not CONTROL[event.kind] then list[#list + 1] = event end
  end)
  local results = compat.pack(pcall(fn, ...))
  undo()
  if not results[1] then error(results[2], 0) end
  if #list ~= n then error(report(n, list), 2) end
  return compat.unpack(results, 2, results.n)
end

--- Runs fn(tx) in a transaction that is rolled back in any case; gives its values. A transaction of
--- the code under test is a savepoint in it.
--- local n = ryx.testing.sandbox(function() Post.objects:create{ title = "x" } return Post.objects:count() end)
---@param fn fun(tx: ryx.Transaction): any
---@param options? ryx.TransactionOptions
---@return any ...
function M.sandbox(fn, options)
  errors.check_type(fn, "function", "sandbox")
  return transaction.run(function(tx)
    local results = compat.pack(fn(tx))
    if not tx.ended then tx:rollback() end
    return compat.unpack(results, 1, results.n)
  end, options)
end

--- For tests of programs that use ryx.  ryx.testing.assert_queries(2, load_page)
---@type ryx.Testing
return M
