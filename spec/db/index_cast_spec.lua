-- SPDX-License-Identifier: MIT
-- Indexes on expressions that change nothing, which a server may keep as indexes on plain columns.
local db = require "support.db"
local ryx = require "ryx"

local Cast, F = ryx.Cast, ryx.F

local CASES = {
  { ryx.TextField{}, "text" }, { ryx.IntField{}, "int" }, { ryx.CharField{ max_length = 20 }, "text" },
  { ryx.DateField{}, "date" }, { ryx.BooleanField{}, "bool" }, { ryx.FloatField{}, "double" },
  { ryx.SmallIntField{}, "int" }, { ryx.BigIntField{}, "int" }, { ryx.DateTimeField{}, "datetime" },
  { ryx.TextField{ null = true }, "text" }, { ryx.CharField{ max_length = 20, null = true }, "text" },
}

if db.needs "index expressions" then
  describe("an index on a cast", function()
    db.use(ryx, {})
    after_each(function() ryx.raw_execute "DROP TABLE IF EXISTS cast_rows" end)

    for i, case in ipairs(CASES) do
      it(("is found again: %d, %s to %s"):format(i, case[1].kind.name, case[2]), function()
        local model = ryx.model("CastRow" .. i, { v = case[1], other = ryx.IntField{}, Meta = {
          table_name = "cast_rows",
          indexes = { ryx.Index{ expressions = { Cast(F"v", case[2]) }, name = "ix_cast" },
            ryx.Index{ fields = { "other" }, expressions = { Cast(F"v", case[2]) }, name = "ix_both" } },
        } })
        local has_bounds = case[1].kind.name ~= "TextField" or db.needs "keys without bounds"
        if not has_bounds then return end
        ryx.migrate{ model }
        local list = db.sql_of(ryx, function() ryx.migrate{ model } end)
        for _, sql in ipairs(list) do assert.falsy(sql:find "INDEX", sql) end
      end)
    end
  end)
end
