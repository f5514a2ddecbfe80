-- Instances: what a save does, changes that are tracked, refresh, deletes and what they take along.
-- lua examples/04_instances.lua [URL]
local ryx = require "ryx"
local F = ryx.F

ryx.setup(arg and arg[1] or "sqlite::memory:")

local Country = ryx.model("ExampleCountry", {
  code = ryx.CharField{ max_length = 2, primary_key = true },
  name = ryx.CharField{ max_length = 30 },
})
local City = ryx.model("ExampleCity", {
  name = ryx.CharField{ max_length = 30 },
  people = ryx.IntField{ default = 0 },
  facts = ryx.JSONField{ default = {} },
  country = ryx.ForeignKey("ExampleCountry", { on_delete = "PROTECT", related_name = "cities" }),
  Meta = { track_changes = true, ordering = { "name" } },
})
local Street = ryx.model("ExampleStreet", {
  name = ryx.CharField{ max_length = 30 },
  city = ryx.ForeignKey("ExampleCity", { on_delete = "CASCADE", related_name = "streets" }),
})
function Street:after_delete() print("gone: " .. self.name) end

ryx.migrate{ Country, City, Street }
Street.objects:bulk_delete(Street.objects:all())
City.objects:delete_all()
Country.objects:delete_all()

-- What was not saved is inserted, whatever its key; a related object comes first.
local italy = Country{ code = "it", name = "Italy" }
local rome = City{ name = "Rome", country = italy }
local _, err = ryx.try(rome.save, rome)
print(err.kind, err.message:match("is not saved"))                   --> misuse	is not saved
italy:save()
rome:save()
print(rome.country_id)                                               --> it

-- Of a tracked model only what changed is written.
local function columns(object)
  local names = {}
  local undo = ryx.on_query(function(e)
    for name in (e.sql:match("SET (.-) WHERE") or ""):gmatch('["`]([%w_]+)["`] =') do names[#names + 1] = name end
  end)
  object:save()
  undo()
  return names[1] and table.concat(names, " ") or "nothing"
end
rome.people = 2800000
rome.facts.hills = 7
print(columns(rome), columns(rome))                                  --> people facts	nothing

-- The database works it out; another object of the same row is equal and reads it again.
local same = City.objects:get{ pk = rome.pk }
rome.people = F"people" + 1
rome:save()
print(rome.people, same.people, same == rome)                        --> 2800001	2800000	true
same:refresh_from_db()
print(same.people)                                                   --> 2800001
local plain = same:to_table{ only = { "name", "country_id" } }
print(plain.name, plain.country_id, plain.people)                    --> Rome	it	nil

-- What options say: an UPDATE by key without reading, an INSERT of a copy.
Country{ code = "it", name = "Italia" }:save{ force_update = true }
print(Country.objects:get{ pk = "it" }.name)                         --> Italia
same.id, same.name = nil, "Roma"
same:save{ force_insert = true }
print(City.objects:count())                                          --> 2
_, err = ryx.try(function() Country{ code = "fr", name = "France" }:save{ force_update = true } end)
print(err:is(Country.DoesNotExist))                                  --> true

-- PROTECT names who is in the way; CASCADE takes streets along, and they are told.
_, err = ryx.try(italy.delete, italy)
print(err.kind, err.blockers[1].model, #err.blockers[1].keys)        --> protected	ExampleCity	2
rome.streets:create{ name = "Via Appia" }
print(City.objects:delete_all())
--> gone: Via Appia
--> 2
print(italy:delete(), Country.objects:count(), italy.pk)             --> 1	0	nil
ryx.close()
