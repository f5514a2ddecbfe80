-- SPDX-License-Identifier: MIT
-- Models built upon abstract ones.
local ryx = require "ryx"
local db = require "support.db"

local Owner = ryx.model("InhOwner", { name = ryx.CharField{ max_length = 20 } })
local Label = ryx.model("InhLabel", { name = ryx.CharField{ max_length = 20 } })

local Base = ryx.model("InhBase", {
  owner = ryx.ForeignKey("InhOwner", { related_name = "%(class)s_set" }),
  labels = ryx.ManyToManyField("InhLabel", { related_name = "+" }),
  state = ryx.CharField{ max_length = 10, default = "new" },
  size = ryx.IntField{ default = 1 },
  Meta = {
    abstract = true, table_name = "inh_never", ordering = { "-size" }, strict = true, app_label = "inh",
    unique_together = { { "state", "size" } }, index_together = { { "size", "owner" } },
    indexes = {
      ryx.Index{ fields = { "state" }, name = "inh_state" }, ryx.Index{ fields = { "size" }, name = "%(class)s_size" },
      ryx.Index{ fields = { "-size", "state" } },
    },
    constraints = {
      ryx.Constraint{ check = ryx.Q{ size__gte = 0 }, name = "inh_least" },
      ryx.Constraint{ check = ryx.Q{ size__lte = 100 }, name = "%(app_label)s_%(class)s_most" },
    },
  },
})
local saved = {}
function Base:shout() return self.state:upper() end
function Base:before_save() saved[#saved + 1] = getmetatable(self).model._meta.model_name end

local Sized = ryx.model("InhSized", {
  size = ryx.BigIntField{ default = 7 }, weight = ryx.IntField{ default = 3 },
  Meta = { abstract = true, ordering = { "weight" }, index_together = { { "weight", "size" } } },
})
function Sized.shout() return "sized" end
function Sized:full() return "full " .. self.weight end

local One = ryx.model("InhOne", { text = ryx.TextField{ default = "", blank = true } }, Base)
local Two = ryx.model("InhTwo", {
  size = ryx.IntField{ default = 50 }, Meta = { ordering = { "id" } },
}, { Base, Sized })

describe("a model built upon abstract ones", function()
  db.use(ryx, { Owner, Label, One, Two })

  local function contains(text, part) assert.truthy(tostring(text):find(part, 1, true), text) end

  it("has copies of their fields", function()
    assert.same({ "id", "owner_id", "state", "size", "text" }, One._meta.attnames)
    assert.same({ "id", "owner_id", "state", "weight", "size" }, Two._meta.attnames)
    for _, model in ipairs{ One, Two } do
      for _, f in ipairs(model._meta.fields) do assert.equal(model._meta, f.meta) end
      assert.equal("owner_id", model._meta.paths.owner.column)
      assert.equal(model._meta, model._meta.many_to_many[1].meta)
    end
    assert.not_equal(One._meta.paths.owner, Two._meta.paths.owner)
  end)

  it("takes what the first base has, unless it says otherwise", function()
    assert.equal("BigIntField", ryx.model("InhFour", {}, { Sized, Base })._meta.paths.size.kind.name)
    assert.equal("IntField", Two._meta.paths.size.kind.name)
    assert.equal(50, Two{}.size)
    assert.equal("NEW", Two{}:shout())
    assert.equal("full 3", Two{}:full())
    assert.equal("sized", ryx.model("InhFive", {}, { Sized, Base }){}:shout())
  end)

  it("leaves out a field that it says is false", function()
    local Six = ryx.model("InhSix", { weight = false, Meta = { ordering = {}, index_together = {} } }, Sized)
    assert.same({ "id", "size" }, Six._meta.attnames)
    contains(db.error_of(ryx.model, "InhSeven", { heavy = false }, Sized), '"heavy" is not a field')
  end)

  it("has their methods and hooks, also those that are written later", function()
    function Base:later() return self.size + 1 end
    assert.equal(51, Two{}:later())
    function Two.only() return "own" end
    function Base.only() return "base" end
    assert.equal("own", Two{}:only())
    assert.equal("base", One{}:only())
    contains(db.error_of(function() function Base.text() end end), '"text" is a field')
  end)

  it("takes over options, without abstract and table_name", function()
    local meta = One._meta
    assert.same({ false, true, "inh", "inh_ones" }, { meta.abstract, meta.strict, meta.app_label, meta.table_name })
    assert.same({ "-size" }, meta.ordering)
    assert.same({ { "size", "owner" } }, meta.index_together)
    assert.same({ "id" }, Two._meta.ordering)
    assert.is_false(ryx.model("InhEight", { Meta = { strict = false } }, Base)._meta.strict)
    local Middle = ryx.model("InhMiddle", { Meta = { abstract = true, ordering = { "state" } } }, Base)
    local Last = ryx.model("InhLast", {}, Middle)
    assert.same({ "state" }, Last._meta.ordering)
    assert.is_true(Last._meta.strict)
  end)

  it("has names of its own for their indexes and constraints", function()
    local function names(list)
      local out = {}
      for i, item in ipairs(list) do out[i] = item.name or "" end
      return out
    end
    assert.same({ "inh_state_inh_ones", "inhone_size", "" }, names(One._meta.indexes))
    assert.same({ "inh_least_inh_twos", "inh_inhtwo_most" }, names(Two._meta.constraints))
  end)

  it("has a table, keys and relations of its own", function()
    local ann = Owner.objects:create{ name = "Ann" }
    local one, two = One.objects:create{ owner = ann }, Two.objects:create{ owner = ann }
    assert.same({ "InhOne", "InhTwo" }, saved)
    assert.same({ one, two }, { ann.inhone_set:get(), ann.inhtwo_set:get() })
    local label = one.labels:create{ name = "a" }
    assert.same({ 1, 0 }, { one.labels:count(), two.labels:count() })
    two.labels:add(label)
    assert.equal(1, Owner.objects:filter{ inhtwo_set__labels__name = "a" }:count())
    assert.equal("unique_violation", db.error_of(One.objects.create, One.objects, { owner = ann }).kind)
    local e = db.error_of(Two.objects.create, Two.objects, { owner = ann, state = "x", size = -1 })
    assert.same({ "check_violation", "inh_least_inh_twos", "size" }, { e.kind, e.constraint, e.field })
    e = db.error_of(One.objects.create, One.objects, { owner = ann, state = "x", size = 101 })
    assert.same({ "check_violation", "inh_inhone_most" }, { e.kind, e.constraint })
  end)

  it("is told apart in errors", function()
    local e = db.error_of(One.objects.get, One.objects, { id = 4711 })
    assert.same({ true, true, false, true },
      { e:is(One.DoesNotExist), e:is(Base.DoesNotExist), e:is(Two.DoesNotExist), e:is(ryx.DoesNotExist) })
  end)

  it("needs a related_name with the model in it", function()
    local Fixed = ryx.model("InhFixed", {
      owner = ryx.ForeignKey("InhOwner", { related_name = "fixed" }), Meta = { abstract = true },
    })
    ryx.model("InhFixedA", {}, Fixed)
    local e = db.error_of(ryx.model, "InhFixedB", {}, Fixed)
    assert.equal("misuse", e.kind)
    contains(e, 'in it "%(class)s" stands for the model\'s name')
    assert.equal("misuse", db.error_of(ryx.ForeignKey, "InhOwner", { related_name = "%(clas)s" }).kind)
  end)

  it("names what it does not know", function()
    contains(db.error_of(ryx.model, "InhBad", { Meta = { ordering = { "sise" } } }, Base), 'InhBad has no field "sise"')
    local Odd = ryx.model("InhOdd", { Meta = { abstract = true, indexes = { ryx.Index{ fields = { "id", "n" } } } } })
    contains(db.error_of(ryx.model, "InhBad", {}, Odd), 'InhBad has no field "n"')
    assert.same({ "id", "n" }, ryx.model("InhGood", { n = ryx.IntField{} }, Odd)._meta.indexes[1].fields)
  end)

  it("is built upon abstract models only", function()
    for _, base in ipairs{ One, { Base, One }, "InhBase", { "InhBase" } } do
      assert.equal("misuse", db.error_of(ryx.model, "InhBad", {}, base).kind)
    end
  end)
end)

describe("an abstract model", function()
  it("has no rows", function()
    for _, fn in ipairs{
      function() Base{} end, function() return Base.objects end, function() return Base.objects:count() end,
    } do
      local e = db.error_of(fn)
      assert.equal("misuse", e.kind)
      assert.truthy(e.message:find("abstract", 1, true), e.message)
    end
    local e = db.error_of(ryx.model, "InhTo", { base = ryx.ForeignKey(Base) })
    assert.truthy(e.message:find("abstract", 1, true), e.message)
    local Named = ryx.model("InhToName", { base = ryx.ForeignKey("InhBase") })
    e = db.error_of(function() return Named.objects:filter{ base__size = 1 } end)
    assert.same({ "misuse", "InhToName.base refers to InhBase, which is abstract and has no rows" },
      { e.kind, e.message })
  end)

  it("makes no table", function()
    ryx.setup(db.url)
    assert.same({}, db.sql_of(ryx, function() ryx.migrate{ Base } end))
    ryx.close()
  end)
end)
