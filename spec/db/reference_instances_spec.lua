-- SPDX-License-Identifier: MIT
-- What the reference promises of models, fields and validation and does not keep: a row of its
-- list each (reference/RYX.md 5.B).
local ryx = require "ryx"
local db = require "support.db"

describe("the reference, 5.B", function()
  local Country = ryx.model("RefCountry", {
    code = ryx.CharField{ max_length = 2, primary_key = true }, name = ryx.CharField{ max_length = 20, default = "" },
  })
  local Ticket = ryx.model("RefTicket", {
    token = ryx.UUIDField{ primary_key = true, auto_create = true }, note = ryx.TextField{ null = true },
    seat = ryx.IntField{ default = 1 }, country = ryx.ForeignKey(Country, { null = true }),
  })
  db.use(ryx, { Country, Ticket })
  before_each(function()
    Ticket.objects:delete_all()
    Country.objects:delete_all()
  end)

  it("B1: a key that is set before the first save is inserted", function()
    Country{ code = "de", name = "Germany" }:save()
    assert.equal("Germany", Country.objects:get{ pk = "de" }.name)
    local t = Ticket{}
    local token = t.token
    assert.equal("string", type(token))
    t:save()
    assert.equal(token, Ticket.objects:get().token)
    local restored = Ticket{ token = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" }
    restored:save()
    assert.equal(2, Ticket.objects:count())
  end)

  it("B15: on_delete rules are kept, and PROTECT names who is in the way", function()
    local Owner = ryx.model("RefOwner", { name = ryx.CharField{ max_length = 20 } })
    local Kept = ryx.model("RefKept", { owner = ryx.ForeignKey(Owner, { on_delete = "PROTECT" }) })
    local Gone = ryx.model("RefGone", { owner = ryx.ForeignKey(Owner, { on_delete = "CASCADE" }) })
    local Free = ryx.model("RefFree", { owner = ryx.ForeignKey(Owner, { on_delete = "SET_NULL", null = true }) })
    db.tables(ryx, { Owner, Kept, Gone, Free })
    local a, b = Owner.objects:create{ name = "a" }, Owner.objects:create{ name = "b" }
    Kept.objects:create{ owner = a }
    Gone.objects:create{ owner = b }
    Free.objects:create{ owner = b }
    local e = db.error_of(a.delete, a)
    assert.is_true(e:is(ryx.ProtectedError))
    assert.truthy(tostring(e):find("RefKept", 1, true))
    b:delete()
    assert.same({ 0, 1 }, { Gone.objects:count(), Free.objects:filter{ owner__isnull = true }:count() })
    for _, model in ipairs{ Free, Gone, Kept, Owner } do ryx.raw_execute("DROP TABLE " .. model._meta.table_name) end
  end)

  it("B23: an update of no row is an error, and update_fields takes names of columns only", function()
    local c = Country.objects:create{ code = "de" }
    Country.objects:filter{ code = "de" }:delete()
    assert.is_true(db.error_of(c.save, c):is(Country.DoesNotExist))
    local t = Ticket.objects:create{}
    assert.equal("field_error", db.error_of(t.save, t, { update_fields = { "saet" } }).kind)
    Country.objects:create{ code = "fr" }
    t.country_id = "fr"
    t:save{ update_fields = { "country" } }
    assert.equal("fr", Ticket.objects:get().country_id)
    assert.equal("field_error", db.error_of(c.save, c, { update_fields = { "refticket_set" } }).kind)
  end)

  it("B24: columns that were not read are no defaults and are not written", function()
    Ticket.objects:create{ note = "window", seat = 7 }
    local t = Ticket.objects:only("note"):get()
    t.note = "aisle"
    t:save()
    local again = Ticket.objects:get()
    assert.same({ "aisle", 7 }, { again.note, again.seat })
    assert.equal(7, t.seat)
    local raw = Ticket.objects:raw("SELECT token, note FROM ref_tickets"):all()[1]
    raw.note = "middle"
    raw:save()
    assert.equal(7, Ticket.objects:get().seat)
  end)

  it("B25: an object is the same key of a table before and after it has its key", function()
    local c = Country{ name = "Germany" }
    local seen = { [c] = true }
    c.code = "de"
    c:save()
    assert.is_true(seen[c])
    local twin = Country.objects:get{ code = "de" }
    assert.is_true(twin == c)
    assert.is_nil(seen[twin])
    c:delete()
    assert.is_true(seen[c])
    assert.is_false(twin == c)
  end)
end)
