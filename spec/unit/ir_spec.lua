-- SPDX-License-Identifier: MIT
local describe_q = require "ryx.query.ir.encode"
local ir = require "ryx.query.ir"

local t = { table = "t", join = "first" }

local function column(name, type, null)
  return { op = "column", source = t, column = name, type = type, null = null or false, name = name }
end
local function param(number, like)
  return { op = "param", number = number, type = like.type, elem = like.elem, name = like.column or "" }
end
local id, title = column("id", "int"), column("title", "text", true)
local by_id = ir.lookup("exact", id, param(0, id))

describe("the description", function()
  it("writes unsigned integers as LEB128", function()
    assert.equal("\0", describe_q.u(0))
    assert.equal("\127", describe_q.u(127))
    assert.equal("\128\1", describe_q.u(128))
    assert.equal("\172\2", describe_q.u(300))
  end)

  it("of a select lists sources, columns, condition, order and bounds", function()
    local bytes = describe_q.select{
      sources = { t }, outputs = { { expr = id, name = "" } }, order = { { expr = title, desc = true } },
      limit = { op = "param", number = 1, type = "int", name = "" }, where = by_id,
    }
    assert.equal("2S\0s\0\1t\0\1t\0" .. "1" .. "\1c\0\2id\2\0\0\0" .. "l\5exactc\0\2id\2\0\0\1p\0\2\0\2id"
      .. "\0" .. "1" .. "\1c\0\5title\4\0\1\1" .. "p\1\2\0\0" .. "-\0", bytes)
  end)

  it("joins conditions and negates them", function()
    local a = ir.lookup("isnull", title)
    local bytes = describe_q.select{
      count = true, sources = { t }, outputs = {},
      where = { op = "and", a, { op = "not", { op = "or", a, a } } },
    }
    local l = "l\6isnullc\0\5title\4\0\1\0"
    assert.equal("2S\0s\2\1t\0\1t\0" .. "1\0" .. "&\2" .. l .. "!|\2" .. l .. l .. "\0" .. "1\0--\0", bytes)
  end)

  it("gives each table a name of its own", function()
    local other = { table = "t", join = "inner", on = { op = "true" } }
    local bytes = describe_q.select{ sources = { t, other }, outputs = { { expr = id } } }
    assert.equal("2S\0s\0\2t\0\1t\0" .. "1" .. "t\1\1t\2t2" .. "1\1c\0\2id\2\0\0\0" .. "1\0" .. "1\0--\0", bytes)
  end)

  it("of an insert names columns and what comes back", function()
    local set = { column = "title", expr = param(0, title) }
    assert.equal("2I\1t\0\1\5titlep\0\4\0\5title-\1c\0\2id\2\0\0\0",
      describe_q.insert{ target = t, sets = { set }, returning = { { expr = id } } })
    assert.equal("2I\1t\2\0-\0", describe_q.insert{ target = t, sets = {}, returning = {} })
    assert.equal("2I\1t\6\0-\1c\0\2id\2\0\0\0",
      describe_q.insert{ target = t, sets = {}, returning = { { expr = id } }, key = true })
  end)

  it("of an update and a delete has the condition behind the sets", function()
    local set = { column = "title", expr = param(1, title) }
    assert.equal("2U\1t\0\1\5titlep\1\4\0\5title\1\2idl\5exactc\0\2id\2\0\0\1p\0\2\0\2id\0--\0",
      describe_q.update{ target = t, sets = { set }, key = { "id" }, where = by_id })
    assert.equal("2D\1t\1\2idl\5exactc\0\2id\2\0\0\1p\0\2\0\2id\0--\0",
      describe_q.delete{ target = t, key = { "id" }, where = by_id })
  end)
end)
