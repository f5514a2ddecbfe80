-- SPDX-License-Identifier: MIT
-- lua/ryx/query/lookup/catalog.lua against what else there is of lookups.
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local core = require "ryx.core"
local ir = require "ryx.query.ir"
local nulls = require "ryx.query.ir.nulls"

-- Runs fn with a ryx of which nothing is loaded yet.
local function with_fresh(fn)
  local loaded = {}
  local function unload(name)
    if name:find("^ryx") and name ~= "ryx.core" then package.loaded[name] = nil end
  end
  for name, module in pairs(package.loaded) do loaded[name] = module end
  for name in pairs(loaded) do unload(name) end
  local ok, err = pcall(fn, require "ryx")
  for _, name in ipairs(compat.sorted_keys(package.loaded)) do unload(name) end
  for name, module in pairs(loaded) do package.loaded[name] = module end
  assert(ok, err)
end

describe("The catalog of lookups", function()
  it("makes every lookup of C's and no other", function()
    local made, known = {}, {}
    for _, row in ipairs(catalog.rows) do
      for type in row.types:gmatch("%S+") do
        if not row.has_node then made[row.makes[type] or row.name] = true end
      end
      for _, name in pairs(row.of_class) do made[name] = true end
      if row.sized then made[row.sized] = true end
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

  it("gives its methods to every expression, whatever is loaded first", function()
    local makers = {
      F = function(ryx) return ryx.F"a" end,
      Value = function(ryx) return ryx.Value(1) end,
      Lower = function(ryx) return ryx.Lower"a" end,
      Raw = function(ryx) return ryx.Raw("1") end,
      Case = function(ryx) return ryx.Case{ ryx.When({ a = 1 }, 2) } end,
      OuterRef = function(ryx) return ryx.OuterRef"a" end,
    }
    for what, make in pairs(makers) do
      with_fresh(function(ryx)
        local e = make(ryx)
        for method, name in pairs(catalog.methods) do
          assert.equal(name, e[method](e, 1).term[2], what .. ":" .. method)
        end
        assert.equal("similar", e:lookup("similar", 1).term[2])
      end)
    end
  end)
end)
