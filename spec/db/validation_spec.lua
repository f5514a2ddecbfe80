-- SPDX-License-Identifier: MIT
-- When values are checked, and what of a save happens before and after.
local ryx = require "ryx"
local db = require "support.db"

local Event = ryx.model("ValEvent", {
  title = ryx.CharField{ max_length = 10 },
  code = ryx.CharField{ max_length = 10, null = true, unique = true, validators = {
    ryx.RegexValidator("^[a-z]+$", "Small letters only."),
  } },
  seats = ryx.IntField{ default = 1, min_value = 0, max_value = 100 },
  taken = ryx.IntField{ default = 0 },
  created = ryx.DateTimeField{ auto_now_add = true },
  changed = ryx.DateTimeField{ auto_now = true },
})

-- What happened during fn, in its order: hooks with what they saw, and statements.
local seen
local function note(what) seen[#seen + 1] = what end

function Event:clean()
  note("clean " .. tostring(self.created ~= nil and self.changed ~= nil))
  if self.taken > self.seats then
    error(ryx.ValidationError{ taken = ("There are %d seats."):format(self.seats) })
  end
  if self.title == "closed" then error(ryx.ValidationError("Closed.")) end
  if self.title == "both" then error(ryx.ValidationError{ "Closed.", title = { "No.", "Never." } }) end
  if self.title == "trim" then self.code = "trimmed" end
end
function Event:before_save(created)
  note("before_save " .. tostring(created))
  if self.title == "stop" then error("stopped", 0) end
end
function Event:after_save(created) note("after_save " .. tostring(created) .. " " .. type(self.pk)) end

local function during(fn)
  seen = {}
  local undo = ryx.on_query(function(event)
    local word = event.sql:match("^%u+")
    if word == "INSERT" or word == "UPDATE" then note(word) end
  end)
  local ok, e = pcall(fn)
  undo()
  return seen, not ok and e or nil
end

describe("validation in a save", function()
  db.use(ryx, { Event })
  before_each(function()
    seen = {}
    Event.objects:delete_all()
  end)

  it("comes after automatic times, before before_save and the statement", function()
    local event = Event{ title = "a" }
    assert.same({ "clean true", "before_save true", "INSERT", "after_save true number" },
      (during(function() event:save() end)))
    assert.same({ "clean true", "before_save false", "UPDATE", "after_save false number" },
      (during(function() event:save() end)))
    assert.same({ "clean true", "before_save true", "INSERT", "after_save true number" },
      (during(function() Event.objects:create{ title = "b" } end)))
  end)

  it("collects what is wrong with the fields, and stops there", function()
    local list, e = during(function() Event.objects:create{ title = "far too long", code = "A1", seats = "many" } end)
    assert.same({}, list)
    assert.same({
      title = { "Ensure this value has at most 10 characters." }, code = { "Small letters only." },
      seats = { "Enter a whole number." },
    }, e.errors)
    assert.equal("ValEvent", e.model)
    assert.is_true(e:is(ryx.ValidationError))
    for _, name in ipairs{ "title", "code", "seats" } do assert.truthy(tostring(e):find(name .. ": ", 1, true)) end
    assert.equal(0, Event.objects:count())
  end)

  it("asks clean when the fields are right, which may refuse", function()
    local list, e = during(function() Event.objects:create{ title = "a", taken = 2 } end)
    assert.same({ "clean true" }, list)
    assert.same({ taken = { "There are 1 seats." } }, e.errors)
    assert.same({ "ValEvent", "taken" }, { e.model, e.field })
    e = select(2, during(function() Event.objects:create{ title = "closed" } end))
    assert.same({ __all__ = { "Closed." } }, e.errors)
    e = select(2, during(function() Event.objects:create{ title = "both" } end))
    assert.same({ __all__ = { "Closed." }, title = { "No.", "Never." } }, e.errors)
    assert.truthy(tostring(e):find("ValEvent: Closed.; title: No. Never.", 1, true))
    assert.equal(0, Event.objects:count())
  end)

  it("may change values in clean, which are written", function()
    local event = Event.objects:create{ title = "trim", code = "x" }
    assert.equal("trimmed", Event.objects:get{ pk = event.pk }.code)
  end)

  it("is left out by validate = false, but for what a column is", function()
    local event = Event{ title = "closed", code = "A1", taken = 9 }
    assert.same({ "before_save true", "INSERT", "after_save true number" },
      (during(function() event:save{ validate = false } end)))
    local list, e = during(function() Event{ title = "far too long" }:save{ validate = false } end)
    assert.same({}, list)
    assert.same({ title = { "Ensure this value has at most 10 characters." } }, e.errors)
  end)

  it("writes nothing when a hook stops it", function()
    local list, e = during(function() Event.objects:create{ title = "stop" } end)
    assert.same({ "clean true", "before_save true" }, list)
    assert.equal("stopped", e)
    assert.equal(0, Event.objects:count())
  end)

  it("looks at what clean and hooks set, too", function()
    local Set = ryx.model("ValSet", {
      name = ryx.CharField{ max_length = 5, default = "a" }, n = ryx.IntField{ default = 1 },
      price = ryx.DecimalField{ max_digits = 5, decimal_places = 2, null = true }, day = ryx.DateField{ null = true },
    })
    db.tables(ryx, { Set })
    local undo = ryx.signals.pre_save:connect(function(_, event)
      local o = event.instance
      if o.name == "pre" then o.price = "1.005" end
    end, { sender = Set })
    for _, hook in ipairs{ "clean", "before_save" } do
      for field, values in pairs{
        name = { "too long", { "x" } }, n = { "many", 3000000000 }, price = { "1.005", 1.5 }, day = { "never" },
      } do
        for _, v in ipairs(values) do
          Set[hook] = function(o) o[field] = v end
          local e = db.error_of(Set.objects.create, Set.objects, { price = 1, day = "2024-01-01" })
          assert.equal("validation", e.kind)
          assert.same({ "ValSet", field, 1 }, { e.model, e.field, #e.errors[field] })
          assert.is_nil(e.code or e.sqlstate)
        end
      end
      Set[hook] = function(o) o.day, o.price = "2024-02-01", "2.5" end
      local o = Set.objects:create{ price = 1, day = "2024-01-01" }
      assert.same({ "2024-02-01", "2.50" }, { tostring(o.day), tostring(o.price) })
      Set[hook] = nil
    end
    assert.equal("price", db.error_of(Set.objects.create, Set.objects, { name = "pre" }).field)
    assert.equal(2, Set.objects:count())
    undo()
    ryx.raw_execute("DROP TABLE val_sets")
  end)

  it("is the same for get_or_create and update_or_create", function()
    local _, e = during(function() Event.objects:get_or_create{ title = "a", defaults = { seats = 101 } } end)
    assert.same({ seats = { "Ensure this value is less than or equal to 100." } }, e.errors)
    Event.objects:create{ title = "a" }
    e = select(2, during(function() Event.objects:update_or_create{ title = "a", defaults = { taken = 5 } } end))
    assert.same({ taken = { "There are 1 seats." } }, e.errors)
    assert.equal(0, Event.objects:get().taken)
  end)

  it("leaves uniqueness to the database, whose word has the same form", function()
    Event.objects:create{ title = "a", code = "x" }
    local list, e = during(function() Event.objects:create{ title = "b", code = "x" } end)
    assert.same({ "clean true", "before_save true" }, { list[1], list[2] })
    assert.equal("unique_violation", e.kind)
    assert.same({ code = { "This value must be unique." } }, e.errors)
  end)

  it("passes on what clean raises besides, as it is", function()
    local Loose = ryx.model("ValLoose", { n = ryx.IntField{ default = 1 } })
    function Loose.clean() error("broken", 0) end
    assert.same({ false, "broken" }, { pcall(Loose.full_clean, Loose{}) })
    function Loose.clean() ryx.date("tomorrow") end
    local e = select(2, pcall(Loose.full_clean, Loose{}))
    assert.equal("validation", e.kind)
    assert.equal(1, #e.errors.__all__)
  end)
end)
