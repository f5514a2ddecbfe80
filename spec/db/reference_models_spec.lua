-- SPDX-License-Identifier: MIT
-- What the documents of the reference system promise of models and does not work there.
local ryx = require "ryx"
local db = require "support.db"

local User = ryx.model("RefUser", { name = ryx.CharField{ max_length = 20 } })
local Owned = ryx.model("RefOwned", {
  owner = ryx.ForeignKey("RefUser", { null = true, related_name = "+" }), Meta = { abstract = true },
})
local Doc = ryx.model("RefDoc", {
  title = ryx.CharField{ max_length = 20 }, tags = ryx.ManyToManyField("RefTag", { related_name = "docs" }),
}, Owned)
local Sheet = ryx.model("RefSheet", { rows = ryx.IntField{ default = 0 } }, Owned)
local Tag = ryx.model("RefTag", {
  name = ryx.CharField{ max_length = 20 },
  objects = ryx.Manager{ called = function(self, name) return self:filter{ name = name } end },
})

describe("models", function()
  db.use(ryx, { User, Tag, Doc, Sheet })

  it("B9: a many-to-many relation has no column and works from both sides", function()
    assert.same({ "id", "owner_id", "title" }, Doc._meta.attnames)
    local doc, tag = Doc.objects:create{ title = "a" }, Tag.objects:create{ name = "x" }
    assert.equal(1, doc.tags:add(tag))
    assert.same({ tag, doc }, { doc.tags:get(), tag.docs:get() })
    assert.equal(doc, Doc.objects:get{ tags__name = "x" })
  end)

  it("B11: a foreign key of an abstract model is a column of each model built upon it", function()
    local ann = User.objects:create{ name = "Ann" }
    Sheet.objects:create{ owner = ann }
    assert.same({ "id", "owner_id", "rows" }, Sheet._meta.attnames)
    assert.equal("Ann", Sheet.objects:get{ owner__name = "Ann" }.owner.name)
    assert.same({ Doc._meta, Sheet._meta }, { Doc._meta.paths.owner.meta, Sheet._meta.paths.owner.meta })
  end)

  it("B12: a manager of one's own knows its model, and using() keeps its methods", function()
    Tag.objects:create{ name = "lua" }
    assert.equal("lua", Tag.objects:called("lua"):using("default"):called("lua"):get().name)
    assert.equal(0, Tag.objects:using("default"):called("c"):count())
  end)

  it("B21: a constructor takes no names of methods", function()
    local e = db.error_of(Doc, { title = "a", save = 1 })
    assert.equal("field_error", e.kind)
    assert.equal("function", type(Doc{ title = "a" }.save))
  end)
end)
