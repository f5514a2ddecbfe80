-- SPDX-License-Identifier: MIT
-- The atlas: real data into a database, and a few questions to it.
--
--   ryx run examples/atlas/main.lua [URL]
--
-- URL: sqlite:atlas.db (the default), postgres://..., mysql://... Lines that
-- begin with * tell times and places; all others are the same on every database.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local ryx = require "ryx"

local url = arg[1] or "sqlite:atlas.db"
ryx.setup(url)

-- A clock with fractions: the database runtime has one, Lua's own counts only
-- processor time.
local function clock() return ryx.now():timestamp() end
local is_terminal = os.execute("test -t 2") == true or os.execute("test -t 2") == 0

local function loading(name, fn)
  if is_terminal then io.stderr:write("  loading " .. name .. " ...\r") end
  local start = clock()
  local n = fn()
  if is_terminal then io.stderr:write("\27[2K") end
  print(("* %-14s %6d %-6s %6.0f ms"):format(name, n, name == "tables" and "" or "rows", (clock() - start) * 1000))
end

print("* " .. url:gsub("://[^@/]*@", "://"))
require("load")(loading)
local spent = {}
require("show").all(function(name, fn)
  local start = clock()
  fn()
  spent[#spent + 1] = ("%s %.1f"):format(name, (clock() - start) * 1000)
end)
print()
print("* milliseconds: " .. table.concat(spent, ", "))
ryx.close()
