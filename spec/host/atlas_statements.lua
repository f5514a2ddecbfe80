-- SPDX-License-Identifier: MIT
-- How many statements the questions of the atlas take: as many for ten times the rows.
--
--   ryx run spec/host/atlas_statements.lua URL    of an atlas that is loaded
package.path = "examples/atlas/?.lua;" .. package.path
local ryx = require "ryx"
local show = require "show"

ryx.setup(arg[1])
ryx.strict()

local MOST = { counts = 6, france = 2, zones = 2 } -- of the others 1

-- Statements and rows of a question, and the kind of one that the ORM did not make.
local function ask(name, times)
  local n, rows, foreign = 0, 0, nil
  show.times = times
  function show.table(_, _, list) rows = rows + #list end
  local stop = ryx.on_query(function(event)
    if event.kind == "connect" then return end
    n = n + 1
    if event.kind ~= "select" and event.kind ~= "count" then foreign = event.kind end
  end)
  show[name]()
  stop()
  return n, rows, foreign
end

for _, name in ipairs(show.questions) do
  local few, rows, foreign = ask(name, 1)
  local many, more = ask(name, 10)
  local ok = few == many and few <= (MOST[name] or 1) and more >= rows and not foreign
  print(("%s %s: %d statements for %d rows, %d for %d"):format(ok and "ok" or "not ok", name, few, rows, many, more))
end
ryx.close()
