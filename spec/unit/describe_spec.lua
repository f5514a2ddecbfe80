-- SPDX-License-Identifier: MIT
local core = require "ryx.core"
local describe_q = require "ryx.query.describe"

local function field(column, type, null)
  return { column = column, type = type, null = null }
end
local id, title, tags = field("id", "int"), field("title", "text", true), field("n", "int")

describe("the description", function()
  it("knows the numbers of the types", function()
    for name, number in pairs(describe_q.TYPES) do assert.equal(number, core.type(name)) end
  end)

  it("writes unsigned integers as LEB128", function()
    assert.equal("\0", describe_q.u(0))
    assert.equal("\127", describe_q.u(127))
    assert.equal("\128\1", describe_q.u(128))
    assert.equal("\172\2", describe_q.u(300))
  end)

  it("of a select lists columns, condition, order and bounds", function()
    local bytes = describe_q.select{
      table_name = "t", columns = { id }, order = { { field = title, desc = true } }, limit = 1,
      where = { { op = "lookup", lookup = "exact", field = id, params = { 0 } } },
    }
    assert.equal("1S\0\1\1t" .. "\1c\0\2id\2\0\0\0" .. "l\5exactc\0\2id\2\0\0\1p\0\2\0\2id"
      .. "\1c\0\5title\4\0\1\1" .. "p\1\2\0\0" .. "-", bytes)
  end)

  it("gives an in lookup one array of the column's type", function()
    local bytes = describe_q.delete{
      table_name = "t", key = id, order = {},
      where = { { op = "lookup", lookup = "in", field = tags, params = { 0 } } },
    }
    assert.equal("1D\1t\2idl\2inc\0\1n\2\0\0\1p\0\14\2\1n\0--", bytes)
  end)

  it("joins conditions and negates them", function()
    local a = { op = "lookup", lookup = "isnull", field = title, params = {} }
    local bytes = describe_q.select{
      verb = "count", table_name = "t", columns = {}, order = {}, where = { a, { op = "not", { op = "or", a, a } } },
    }
    local l = "l\6isnullc\0\5title\4\0\1\0"
    assert.equal("1S\2\1\1t\0" .. "&\2" .. l .. "!|\2" .. l .. l .. "\0--", bytes)
  end)

  it("of an insert names columns and what comes back", function()
    assert.equal("1I\1t\0\1\5titlep\0\4\0\5title\1\2id\2\0",
      describe_q.insert{ table_name = "t", columns = { title }, returning = { id } })
    assert.equal("1I\1t\2\0\0", describe_q.insert{ table_name = "t", columns = {}, returning = {} })
    local key = { column = "id", type = "int", auto = true }
    assert.equal("1I\1t\6\0\1\2id\2\0", describe_q.insert{ table_name = "t", columns = {}, returning = { key } })
  end)

  it("of an update puts the new values after the condition's parameters", function()
    local bytes = describe_q.update{
      table_name = "t", set = { title }, first = 1, key = id, order = {},
      where = { { op = "lookup", lookup = "exact", field = id, params = { 0 } } },
    }
    assert.equal("1U\1t\1\5titlep\1\4\0\5title\2idl\5exactc\0\2id\2\0\0\1p\0\2\0\2id\0--", bytes)
  end)
end)
