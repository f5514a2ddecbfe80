-- SPDX-License-Identifier: MIT
-- lua/ryx/query/lookup/catalog.lua against what else there is of lookups.
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local core = require "ryx.core"
local ir = require "ryx.query.ir"
local nulls = require "ryx.query.ir.nulls"

describe("The catalog of lookups", function()
  it("makes every lookup of C's and no other", function()
    local made, known = {}, {}
    for _, row in ipairs(catalog.rows) do
      for type in row.types:gmatch("%S+") do made[row.makes[type] or row.name] = true end
      for _, name in pairs(row.of_class) do made[name] = true end
    end
    for _, name in ipairs(core.lookups()) do known[name] = true end
    assert.same(compat.sorted_keys(known), compat.sorted_keys(made))
  end)

  it("makes something only of types that have the lookup", function()
    for _, row in ipairs(catalog.rows) do
      for type in pairs(row.makes) do assert.equal(row, catalog.of_type[type][row.name], row.name .. " " .. type) end
    end
  end)

  it("says which condition may be true without a row", function()
    local tolerant = {}
    for _, name in ipairs(core.lookups()) do
      local source = {}
      local rejecting = nulls.by_condition(ir.lookup(name, { op = "column", source = source }))
      if not rejecting[source] then tolerant[#tolerant + 1] = name end
    end
    assert.same({ "isnull" }, tolerant)
  end)
end)
