-- SPDX-License-Identifier: MIT
-- save{ force_insert, force_update, update_fields, validate, using }: what a save does is said
-- by whether the object was saved, not by its key.
local ryx = require "ryx"
local db = require "support.db"

local Country = ryx.model("SoCountry", {
  code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{ default = 0, min_value = 0 },
})
local Token = ryx.model("SoToken", {
  token = ryx.UUIDField{ primary_key = true, auto_create = true },
  name = ryx.CharField{ max_length = 10, unique = true },
})
local City = ryx.model("SoCity", {
  name = ryx.CharField{ max_length = 20 }, note = ryx.TextField{ null = true }, size = ryx.IntField{ default = 1 },
  country = ryx.ForeignKey(Country, { null = true, related_name = "cities" }),
  token = ryx.ForeignKey(Token, { null = true, related_name = "+" }),
  twins = ryx.ManyToManyField("SoCity", { related_name = "twin_of", symmetrical = false }),
})
local ALL = { Country, Token, City }

local function refused(kind, text, fn, ...)
  local e = db.error_of(fn, ...)
  assert.equal(kind, type(e) == "table" and e.kind or e)
  assert.truthy(tostring(e):find(text, 1, true), tostring(e))
  return e
end

describe("a save", function()
  db.use(ryx, ALL)
  before_each(function()
    for i = #ALL, 1, -1 do ALL[i].objects:delete_all() end
  end)

  it("inserts what was not saved, whatever its key", function()
    Country{ code = "de", n = 1 }:save()
    assert.equal("unique_violation", db.error_of(function() Country{ code = "de", n = 2 }:save() end).kind)
    assert.equal(1, Country.objects:get{ code = "de" }.n)
  end)

  it("with force_insert inserts what was saved", function()
    local c = Country.objects:create{ code = "de", n = 1 }
    assert.equal("unique_violation", db.error_of(c.save, c, { force_insert = true }).kind)
    local seen = db.sql_of(ryx, function()
      c.code = "fr"
      c:save{ force_insert = true }
    end)
    assert.truthy(seen[1]:find("^INSERT"))
    assert.equal(2, Country.objects:count())
    Country{ code = "it" }:save{ force_insert = true }
    assert.equal(3, Country.objects:count())
  end)

  it("with force_update updates what was not saved, by its key", function()
    Country.objects:create{ code = "de", n = 1 }
    local c = Country{ code = "de", n = 2 }
    c:save{ force_update = true }
    assert.equal(2, Country.objects:get{ code = "de" }.n)
    c.n = 3
    c:save() -- it is saved now
    assert.equal(3, Country.objects:get{ code = "de" }.n)
    Country{ code = "de", n = 4 }:save{ force_update = true, update_fields = { "n" } }
    assert.equal(4, Country.objects:get{ code = "de" }.n)
  end)

  it("with update_fields of what was not saved, but has a key, updates the row of that key", function()
    local c = Country{ code = "de", n = 2 }
    assert.is_true(db.error_of(c.save, c, { update_fields = { "n" } }):is(Country.DoesNotExist))
    Country.objects:create{ code = "de", n = 1 }
    c:save{ update_fields = { "n" } }
    assert.equal(2, Country.objects:get{ code = "de" }.n)
  end)

  it("with force_update of a row that is not there is an error, and the object stays unsaved", function()
    local c = Country{ code = "de", n = 2 }
    local e = db.error_of(c.save, c, { force_update = true })
    assert.is_true(e:is(Country.DoesNotExist))
    assert.equal(0, Country.objects:count())
    c:save()
    assert.equal(2, Country.objects:get{ code = "de" }.n)
  end)

  it("refuses options that contradict each other", function()
    local c = Country{ code = "de" }
    refused("misuse", "force_insert", c.save, c, { force_insert = true, force_update = true })
    refused("misuse", "update_fields", c.save, c, { force_insert = true, update_fields = { "n" } })
    refused("misuse", "not saved", function() City{ name = "x" }:save{ update_fields = { "name" } } end)
    refused("misuse", "no key", function() City{ name = "x" }:save{ force_update = true } end)
    refused("misuse", "force_isnert", c.save, c, { force_isnert = true })
    refused("misuse", "force_insert", c.save, c, { force_insert = "yes" })
    assert.equal(0, Country.objects:count())
  end)

  it("refuses names in update_fields that are no columns", function()
    local c = City.objects:create{ name = "x" }
    c.name = "y"
    refused("field_error", 'did you mean "name"', c.save, c, { update_fields = { "nmae" } })
    refused("field_error", "twins", c.save, c, { update_fields = { "name", "twins" } })
    refused("field_error", "twin_of", c.save, c, { update_fields = { "twin_of" } })
    refused("misuse", "key", c.save, c, { update_fields = { "id" } })
    refused("misuse", "key", c.save, c, { update_fields = { "pk" } })
    assert.equal("x", City.objects:get{ pk = c.pk }.name)
  end)

  it("with update_fields takes a relation by either name, and a list of none as nothing to do", function()
    Country.objects:create{ code = "de" }
    Country.objects:create{ code = "fr" }
    local c = City.objects:create{ name = "x", country_id = "de" }
    c.country_id = "fr"
    c:save{ update_fields = { "country" } }
    assert.equal("fr", City.objects:get{ pk = c.pk }.country_id)
    c.country_id, c.name = "de", "y"
    c:save{ update_fields = { "country_id" } }
    assert.equal("de", City.objects:get{ pk = c.pk }.country_id)
    assert.equal("x", City.objects:get{ pk = c.pk }.name)
    assert.same({}, db.sql_of(ryx, function() c:save{ update_fields = {} } end))
  end)

  it("never writes a column that was left out", function()
    City.objects:create{ name = "x", note = "old", size = 7 }
    local c = City.objects:defer("note", "size"):get{ name = "x" }
    City.objects:filter{ name = "x" }:update{ note = "new", size = 8 }
    c.name = "y"
    c:save()
    local again = City.objects:get{ pk = c.pk }
    assert.same({ "y", "new", 8 }, { again.name, again.note, again.size })
    c = City.objects:only("name"):get{ name = "y" }
    c:save{ update_fields = { "name", "note" } }
    assert.equal("new", City.objects:get{ pk = c.pk }.note)
  end)

  it("that fails leaves the object as it was, so that it can be saved again", function()
    local t = Token.objects:create{ name = "a" }
    local other = Token{ name = "a" }
    local key = other.pk
    assert.equal("unique_violation", db.error_of(other.save, other).kind)
    assert.equal(key, other.pk)
    other.name = "b"
    other:save()
    assert.equal(2, Token.objects:count())
    local city = City{ name = "x", country_id = "zz" }
    assert.equal("foreign_key_violation", db.error_of(city.save, city).kind)
    assert.is_nil(city.pk)
    city.country = nil
    city:save()
    assert.equal("number", type(city.pk))
    other.name = "a"
    assert.equal("unique_violation", db.error_of(other.save, other).kind)
    other.name = "c"
    other:save()
    assert.equal("c", Token.objects:get{ pk = key }.name)
    local c = Country{ code = "de", n = -1 }
    assert.equal("validation", db.error_of(c.save, c).kind)
    c.n = 1
    c:save()
    assert.equal(1, Country.objects:get{ code = "de" }.n)
    assert.is_true(t == Token.objects:get{ name = "a" })
  end)

  it("may be of a hook that raises", function()
    local Guarded = ryx.model("SoCountry", {
      code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{ default = 0 },
    })
    function Guarded:before_save() if self.n > 9 then error("too many", 0) end end
    local c = Guarded{ code = "de", n = 10 }
    assert.equal("too many", db.error_of(c.save, c))
    assert.equal(0, Guarded.objects:count())
    c.n = 9
    c:save()
    assert.equal(1, Guarded.objects:count())
  end)

  it("refuses a related object that is not saved, also one that has its key already", function()
    local c = Country{ code = "de" }
    local city = City{ name = "x", country = c }
    local e = refused("misuse", "saved", city.save, city)
    assert.truthy(tostring(e):find("SoCity.country", 1, true))
    local t = Token{ name = "t" }
    local other = City{ name = "y", token = t }
    refused("misuse", "saved", other.save, other)
    refused("misuse", "saved", City.objects.bulk_create, City.objects, { other })
    assert.equal(0, City.objects:count())
    c:save()
    city:save()
    t:save()
    other:save()
    assert.equal("de", City.objects:get{ name = "x" }.country_id)
    assert.equal(t.pk, City.objects:get{ name = "y" }.token_id)
  end)

  it("takes a key that was given after an object", function()
    Country.objects:create{ code = "de" }
    local city = City{ name = "x", country = Country{ code = "fr" } }
    city.country_id = "de"
    city:save()
    assert.equal("de", City.objects:get{ name = "x" }.country_id)
  end)

  it("inserts what a transaction that was rolled back had inserted, and updates what it had updated", function()
    local c, kept = Country{ code = "de" }, Country.objects:create{ code = "fr" }
    pcall(ryx.transaction, function()
      c:save()
      kept.n = 5
      kept:save()
      error("back", 0)
    end)
    c:save()
    assert.equal(2, Country.objects:count())
    assert.equal(0, Country.objects:get{ code = "fr" }.n)
    kept:save()
    assert.equal(5, Country.objects:get{ code = "fr" }.n)
  end)

  it("has no managers before", function()
    local city, c = City{ name = "x" }, Country{ code = "de" }
    refused("misuse", "saved", function() return city.twins:all() end)
    refused("misuse", "saved", function() return city.twin_of:count() end)
    refused("misuse", "saved", function() return c.cities:create{ name = "y" } end)
  end)
end)
