-- SPDX-License-Identifier: MIT
-- JSON is ordered by its type, then by its value, on every database alike.
local compat = require "ryx.compat"
local db = require "support.db"
local ryx = require "ryx"
local shop = require "support.shop"
local Count, F, RowNumber, Window = ryx.Count, ryx.F, ryx.RowNumber, ryx.Window

local Doc = ryx.model("JoDoc", {
  name = ryx.CharField{ max_length = 10 }, meta = ryx.JSONField{ null = true }, n = ryx.IntField{ default = 0 },
})
local Part = ryx.model("JoPart", { doc = ryx.ForeignKey(Doc, { related_name = "parts" }) })
local docs = Doc.objects

local ORDER = "key missing null no yes minus small big A a list object"
local TURNED = "object list a A big small minus yes no null key missing"

local function names(qs) return shop.list(qs, "name") end

describe("JSON in an order", function()
  db.use(ryx, { Doc, Part })
  setup(function()
    local values = {
      null = ryx.null, no = false, yes = true, minus = -1, small = 2.5, big = 10, A = "A", a = "a",
      list = ryx.json.array{ 1, 2 }, object = { a = 1 },
    }
    for name, v in pairs(values) do docs:create{ name = name, meta = { k = v } } end
    docs:create{ name = "key", meta = { z = 1 } }
    docs:create{ name = "missing" }
  end)

  it("comes by type, then by value", function()
    assert.equal(ORDER, names(docs:order_by("meta__k", "name")))
    assert.equal(ORDER, names(docs:order_by(F"meta":at("k"), "name")))
    assert.equal(ORDER, names(docs:annotate{ k = F"meta":at("k") }:order_by("k", "name")))
    assert.equal(TURNED, names(docs:order_by("-meta__k", "name")))
    assert.equal("key missing object", names(docs:order_by(F"meta":at("k"):desc{ nulls = "first" }, "name"):limit(3)))
    assert.equal("missing", docs:order_by("meta", "name"):first().name)
    assert.equal("object null", docs:latest("meta__k").name .. " " .. docs:earliest("meta__k").name)
    Part.objects:create{ doc = docs:get{ name = "a" } }
    Part.objects:create{ doc = docs:get{ name = "big" } }
    assert.equal("big a", shop.list(Part.objects:order_by("doc__meta__k"):annotate{ name = F"doc__name" }, "name"))
  end)

  it("orders groups and distinct values", function()
    local groups = docs:values{ k = F"meta":at("k") }:annotate{ total = Count() }
    local keys = {}
    for i, row in ipairs(groups:order_by("-k"):all()) do keys[i] = row.total .. tostring(row.k) end
    assert.same({ "1a", "1A", "110", "12.5", "1-1", "1true", "1false" }, { compat.unpack(keys, 3, 9) })
    local values = docs:filter{ meta__k__isnull = false }:values_list("meta__k", { flat = true }):distinct()
    assert.same({ false, true, -1 }, values:order_by("meta__k"):slice(2, 4):all())
    assert.same({ "a", "A" }, values:order_by("-meta__k"):slice(3, 4):all())
    local ranked = groups:annotate{ r = Window(RowNumber(), { order_by = "-k" }) }:filter{ r__gt = 2 }:order_by("k")
    assert.same({ r = 3, k = "a", total = 1 }, ranked:last())
  end)

  it("orders windows, parts of unions and lists", function()
    local numbered = docs:annotate{ r = Window(RowNumber(), { order_by = { "meta__k", "name" } }) }
    assert.equal(ORDER, names(numbered:order_by("r")))
    assert.equal("list object", names(numbered:filter{ r__gt = 10 }:order_by("meta__k")))
    local one = docs:filter{ name = "yes" }:union(docs:filter{ name = "no" }, docs:filter{ name = "small" })
    assert.equal("small yes no", names(one:order_by("-meta__k")))
    assert.equal("list object", names(docs:filter{ pk__in = docs:order_by("-meta__k"):limit(2) }:order_by("name")))
    assert.equal(2, docs:order_by("-meta__k"):limit(2):update_all{ n = 1 })
    assert.equal("list object", names(docs:filter{ n = 1 }:order_by("name")))
  end)

  it("has pages", function()
    for order, wanted in pairs{ ["meta__k"] = ORDER, ["-meta__k"] = TURNED } do
      local out, after = {}, nil
      local qs = docs:order_by(order, "name")
      repeat
        local page = qs:paginate{ size = 5, after = after }
        for _, row in ipairs(page.rows) do out[#out + 1] = row.name end
        after = page.next
      until not after
      assert.equal(wanted, table.concat(out, " "))
      local back = qs:paginate{ size = 5, before = qs:paginate{ size = 7 }.next }
      assert.equal(7, #back.rows + 2)
    end
    local groups = docs:values{ k = F"meta":at("k") }:annotate{ total = Count() }:order_by("total", "-k")
    local first = groups:paginate{ size = 3 }
    assert.equal("a", first.rows[3].k)
    assert.equal("A", groups:paginate{ size = 3, after = first.next }.rows[1].k)
  end)
end)
