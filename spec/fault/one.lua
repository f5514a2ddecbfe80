-- SPDX-License-Identifier: MIT
-- Runs one case of a file, here and now:
--   RYX_TEST_URL=... lua5.4 spec/fault/one.lua spec/fault/lost_spec.lua "4: killed while idle"
-- The beginning of its name is enough. Every case ends by the same promises: nothing
-- is left open, and close() returns in time.
package.path = "./spec/?.lua;" .. package.path
assert = require "luassert"

local case = require "fault.case"
local kit = require "fault.kit"

case.is_child = true
local file, name = arg[1], arg[2]
dofile(file)

local function find()
  for _, c in ipairs(case.cases) do
    if c.name:sub(1, #name) == name then return c end
  end
  error("no case of " .. file .. " begins with " .. name)
end

local found = find()
kit.own_folder()
local ok, err = xpcall(found.body, function(e) return debug.traceback(kit.text(e)) end)
if ok then ok, err = pcall(kit.finish) end
kit.close_all()
if not ok then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end
