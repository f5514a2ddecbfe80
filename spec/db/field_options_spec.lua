-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("OptionItem", {
  state = ryx.CharField{ max_length = 10, null = true, choices = { "draft", { "live", "On the site" } } },
  level = ryx.IntField{ null = true, choices = { { 1, "One" }, { 2, "Two" } } },
  price = ryx.DecimalField{ null = true, choices = { "1.5", { "2", "Two" } } },
  day = ryx.DateField{ null = true, choices = { { "2024-01-01", "New Year" } } },
  extra = ryx.JSONField{ null = true, choices = { { a = 1 }, { { 1, 2 }, "a pair" }, "text" } },
  slug = ryx.SlugField{ null = true },
  mail = ryx.EmailField{ null = true, blank = true },
  link = ryx.URLField{ null = true },
  v4 = ryx.IPAddressField{ null = true },
  address = ryx.GenericIPAddressField{ null = true, unique = true },
  small = ryx.PositiveSmallIntField{ null = true },
  big = ryx.PositiveBigIntField{ null = true },
  note = ryx.TextField{
    null = true, blank = true, db_column = "remark", help_text = "Anything.", verbose_name = "a note", editable = false,
    db_index = true,
  },
})
local objects = Item.objects

describe("options of fields", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  it("are known by name", function()
    local note = Item._meta:get_field("note")
    assert.same({ "note", "remark", "Anything.", "a note", false, true, true }, {
      note.name, note.column, note.help_text, note.verbose_name, note.editable, note.null, note.blank,
    })
    local state = Item._meta:get_field("state")
    assert.same({ "state", "", "", true, false }, {
      state.column, state.help_text, state.verbose_name, state.editable, state.blank,
    })
    local err = db.error_of(function() Item._meta:get_field("nothing") end)
    assert.equal("field_error", err.kind)
  end)

  it("that are unknown are refused with the one that was meant", function()
    for name, make in pairs(require("ryx.field").constructors) do
      local options = { max_lenght = 5, nul = true }
      for wrong in pairs(options) do
        local of = name == "ArrayField" and ryx.IntField()
          or (name:find("Key") or name:find("One") or name:find("Many")) and "OptionItem"
        local err = db.error_of(function() return of and make(of, { [wrong] = 1 }) or make{ [wrong] = 1 } end)
        assert.equal("misuse", err.kind)
        assert.truthy(err.message:find(name, 1, true) and err.message:find(wrong, 1, true), err.message)
      end
    end
    local err = db.error_of(function() ryx.CharField{ max_lenght = 5 } end)
    assert.truthy(err.message:find('did you mean "max_length"', 1, true))
  end)

  it("editable = false is written like others", function()
    local item = objects:create{ note = "a" }
    item.note = "b"
    item:save()
    assert.equal("b", objects:get{ pk = item.pk }.note)
    assert.equal(1, objects:update_all{ note = "c" })
    assert.equal("c", objects:get{ note = "c" }.note)
  end)

  it("choices are held in the field's form, whatever they are", function()
    local item = objects:create{ state = "live", level = "1", price = "1.50", day = "2024-01-01", extra = { a = 1 } }
    assert.equal("1.50", tostring(objects:get{ pk = item.pk }.price))
    for name, v in pairs{ state = "gone", level = 3, price = 3, day = "2024-01-02", extra = { a = 2 } } do
      local err = db.error_of(function() objects:create{ [name] = v } end)
      assert.truthy(err.errors[name][1]:find("Value must be one of: [", 1, true), err.message)
    end
    assert.equal("Value must be one of: ['draft', 'live']",
      db.error_of(function() objects:create{ state = "x" } end).errors.state[1])
    objects:create{ extra = { 1, 2 } }
    objects:create{ extra = "text" }
  end)

  it("choices that are no values of the field are refused when it is made", function()
    for _, make in ipairs{
      function() return ryx.IntField{ choices = { "x" } } end,
      function() return ryx.DateField{ choices = { { "never", "Never" } } } end,
      function() return ryx.IntField{ choices = { a = 1 } } end,
      function() return ryx.IntField{ choices = { ryx.null } } end,
      function() return ryx.IntField{ choices = "1,2" } end,
    } do
      local err = db.error_of(make)
      assert.equal("misuse", err.kind)
      assert.truthy(err.message:find("choices", 1, true), err.message)
    end
  end)

  it("get_FIELD_display() is the label, the value without one, or nil", function()
    local item = Item{ state = "live", level = 2, price = "2", day = "2024-01-01", extra = { 1, 2 } }
    assert.equal("On the site", item:get_state_display())
    assert.equal("Two", item:get_level_display())
    assert.equal("Two", item:get_price_display())
    assert.equal("New Year", item:get_day_display())
    assert.equal("a pair", item:get_extra_display())
    item:save()
    item = objects:get{ pk = item.pk }
    assert.equal("On the site", item:get_state_display())
    assert.equal("Two", item:get_price_display())
    item.state, item.level = "draft", nil
    assert.equal("draft", item:get_state_display())
    assert.is_nil(item:get_level_display())
    item.state = "neither"
    assert.equal("neither", item:get_state_display())
  end)

  it("get_FIELD_display may be a method of the model's own", function()
    local Own = ryx.model("OptionOwn", { state = ryx.CharField{ choices = { { "a", "A" } } } })
    function Own:get_state_display() return self.state .. "!" end
    assert.equal("a!", Own{ state = "a" }:get_state_display())
  end)

  it("a slug holds letters, digits, hyphens and underscores", function()
    assert.equal("a-b_C1", objects:create{ slug = "a-b_C1" }.slug)
    local err = db.error_of(function() objects:create{ slug = "a b" } end)
    assert.equal("Enter a valid slug (letters, digits, hyphens, underscores).", err.errors.slug[1])
  end)

  it("mail and links are of their form", function()
    local item = objects:create{ mail = " ann@example.com ", link = "https://example.com/a?b#c" }
    assert.same({ "ann@example.com", "https://example.com/a?b#c" }, { item.mail, item.link })
    assert.equal("", objects:create{ mail = "" }.mail)
    assert.equal("Enter a valid email address.",
      db.error_of(function() objects:create{ mail = "ann" } end).errors.mail[1])
    assert.equal("Enter a valid URL.", db.error_of(function() objects:create{ link = "ann" } end).errors.link[1])
    assert.same({ 254, 200, 50, 15, 39 }, { ryx.EmailField().max_length, ryx.URLField().max_length,
      ryx.SlugField().max_length, ryx.IPAddressField().max_length, ryx.GenericIPAddressField().max_length })
  end)

  it("an address has one form, in the table and in filters", function()
    local item = objects:create{ v4 = "10.0.0.1", address = "2001:0DB8:0:0:0:0:0:1" }
    assert.equal("2001:db8::1", item.address)
    item = objects:get{ pk = item.pk }
    assert.equal("2001:db8::1", item.address)
    for _, same in ipairs{ "2001:db8::1", "2001:DB8::1", "2001:0db8:0000::0001" } do
      assert.equal(1, objects:filter{ address = same }:count(), same)
      assert.equal(item, objects:get{ address = same })
      assert.equal(1, objects:filter{ address__in = { same, "::1" } }:count())
      assert.equal(0, objects:exclude{ address = same }:count())
      assert.equal(1, objects:filter(ryx.F"address":eq(same)):count())
      assert.equal(1, objects:filter{ address__iexact = same }:count())
      assert.equal(item, objects:get_or_create{ address = same })
      assert.equal(item, objects:in_bulk({ same }, { field_name = "address" })["2001:db8::1"])
    end
    assert.equal(1, objects:filter{ address__startswith = "2001:" }:count())
    assert.equal(1, objects:filter{ address__contains = "db8" }:count())
    assert.equal(1, objects:filter{ v4__startswith = "10." }:count())
    assert.equal(1, objects:filter{ pk = item.pk }:update{ address = "0:0:0:0:0:0:0:A" })
    assert.equal("::a", objects:get{ pk = item.pk }.address)
    local many = objects:bulk_create{ Item{ address = "FE80::1" }, Item{ address = "::FFFF:1.2.3.4" } }
    assert.equal("fe80::1", objects:get{ pk = many[1].pk }.address)
    assert.equal("::ffff:1.2.3.4", objects:get{ pk = many[2].pk }.address)
    many[1].address = "FE80:0::2"
    objects:bulk_update(many, { "address" })
    assert.equal("fe80::2", objects:get{ pk = many[1].pk }.address)
    objects:upsert({ address = "FE80::0:2", small = 3 }, { unique_fields = { "address" } })
    assert.equal(3, objects:get{ pk = many[1].pk }.small)
    local err = db.error_of(function() objects:filter{ address = "nowhere" }:all() end)
    assert.equal("validation", err.kind)
    err = db.error_of(function() objects:create{ address = "nowhere" } end)
    assert.equal("Enter a valid IPv4 or IPv6 address.", err.errors.address[1])
    err = db.error_of(function() objects:create{ v4 = "999.9.9.9" } end)
    assert.equal("Enter a valid IPv4 address.", err.errors.v4[1])
  end)

  it("indexes and keys of texts without bounds are made or refused", function()
    local function of(options, fields)
      fields = fields or { t = ryx.TextField(options) }
      local model = ryx.model("OptionKey" .. tostring(options):gsub("%W", ""), fields)
      local ok, err = pcall(db.tables, ryx, { model })
      ryx.raw_execute("DROP TABLE IF EXISTS " .. model._meta.table_name)
      return ok or err.kind
    end
    assert.is_true(of{ db_index = true })
    assert.equal(db.needs "keys over long text" or "unsupported", of{ unique = true })
    assert.equal(db.needs "keys over long text" or "unsupported",
      of(nil, { j = ryx.JSONField{ db_index = true } }))
  end)

  it("positive numbers have their bounds", function()
    local item = objects:create{ small = 32767, big = 2 ^ 40 }
    assert.equal(32767, objects:get{ pk = item.pk }.small)
    assert.equal(2 ^ 40, objects:get{ pk = item.pk }.big)
    for name, v in pairs{ small = -1, big = -1 } do
      local err = db.error_of(function() objects:create{ [name] = v } end)
      assert.equal("Ensure this value is greater than or equal to 0.", err.errors[name][1])
    end
    assert.equal("validation", db.error_of(function() objects:create{ small = 32768 } end).kind)
  end)
end)
