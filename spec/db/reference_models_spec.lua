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
local Entry = ryx.model("RefEntry", {
  title = ryx.CharField{ max_length = 20, unique_for_date = "day" },
  code = ryx.CharField{ max_length = 10, null = true, unique = true },
  hits = ryx.IntField{ default = 0, max_value = 100 },
  day = ryx.DateField{ null = true },
})

describe("models", function()
  db.use(ryx, { User, Tag, Doc, Sheet, Entry })

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

  it("B16: unique_for_date and the like are kept by validate_unique, and name a date", function()
    Entry.objects:create{ title = "a", day = "2024-05-01" }
    local same = Entry{ title = "a", day = "2024-05-01" }
    assert.same({ title = { "This value must be unique." } }, db.error_of(same.validate_unique, same).errors)
    same.day = "2024-05-02"
    same:validate_unique()
    local e = db.error_of(ryx.model, "RefWrong", { a = ryx.IntField{ unique_for_year = "b" }, b = ryx.IntField{} })
    assert.equal("misuse", e.kind)
  end)

  it("B18: the text of a validation error has every field", function()
    local e = db.error_of(Entry.objects.create, Entry.objects, { title = ("x"):rep(21), hits = 101 })
    assert.equal("RefEntry: hits: Ensure this value is less than or equal to 100.; "
      .. "title: Ensure this value has at most 20 characters.", e.message)
    assert.truthy(tostring(e:merge("Closed.")):find("RefEntry: Closed.; hits: ", 1, true))
  end)

  it("B21: a constructor takes no names of methods", function()
    local e = db.error_of(Doc, { title = "a", save = 1 })
    assert.equal("field_error", e.kind)
    assert.equal("function", type(Doc{ title = "a" }.save))
  end)

  it("B22: get_or_create and update_or_create by many at once make one row, and lose nothing", function()
    local made = 0
    ryx.run(function()
      local tasks = {}
      for i = 1, 16 do
        tasks[i] = function()
          local _, created = Entry.objects:get_or_create{ code = "one", defaults = { title = "t" } }
          if created then made = made + 1 end
          Entry.objects:update_or_create{
            code = "two", defaults = { hits = ryx.F"hits" + 1 }, create_defaults = { title = "t", hits = 1 },
          }
        end
      end
      ryx.gather(tasks, { limit = 16 })
    end)
    assert.equal(1, made)
    assert.equal(16, Entry.objects:get{ code = "two" }.hits)
    assert.equal(1, Entry.objects:filter{ code = "one" }:count())
    local found, created = Entry.objects:get_or_create{ code__iexact = "ONE", defaults = { title = "t" } }
    assert.same({ "one", false }, { found.code, created })
    found = Entry.objects:using("default"):update_or_create{ code = "one", defaults = { hits = 7 } }
    assert.equal(7, Entry.objects:get{ pk = found.pk }.hits)
  end)
end)
