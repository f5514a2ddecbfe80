-- SPDX-License-Identifier: MIT
-- Servers that are not there.
local ryx = require "ryx"
local db = require "support.db"

describe("dialling", function()
  teardown(function() ryx.close() end)

  if db.needs "server processes" then
    it("a closed port names host and port, never the password", function()
      ryx.setup((db.url:gsub("://.*", "://someone:hidden@127.0.0.1:1/nothing")))
      local e = db.error_of(ryx.raw_fetch, "SELECT 1 AS n")
      assert.equal("connection", e.kind)
      assert.truthy(tostring(e):find("127%.0%.0%.1%D+1%f[%D]"), tostring(e))
      assert.falsy(tostring(e):find("hidden", 1, true))
      db.nothing_left_open()
    end)
  else
    it("a missing directory is an error of the connection", function()
      ryx.setup("sqlite:/nowhere/at/all/x.db")
      local e = db.error_of(ryx.raw_fetch, "SELECT 1 AS n")
      assert.equal("connection", e.kind)
      db.nothing_left_open()
    end)
  end
end)
