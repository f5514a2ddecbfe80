-- Fields: what columns hold, what is refused, defaults of the table, fields of your own.
-- lua examples/02_fields.lua [URL]
local ryx = require "ryx"

ryx.setup(arg and arg[1] or "sqlite::memory:")

-- A list of words in one column of text.
local WordsField = ryx.field("WordsField", {
  base = ryx.CharField,
  options = { sep = " " },
  to_db = function(words, field) return table.concat(words, field.sep) end,
  from_db = function(text, field)
    local words = {}
    for word in text:gmatch("[^" .. field.sep .. "]+") do words[#words + 1] = word end
    return words
  end,
})

local Visit = ryx.model("ExampleVisit", {
  token = ryx.UUIDField{ primary_key = true, default = ryx.uuid7 },
  guest = ryx.CharField{ max_length = 30, verbose_name = "name", help_text = "As on the passport." },
  email = ryx.EmailField{ null = true },
  slug = ryx.SlugField{ unique = true },
  level = ryx.SmallIntField{ choices = { { 1, "new" }, { 2, "regular" } }, default = 1 },
  address = ryx.GenericIPAddressField{ null = true },
  rate = ryx.DecimalField{ max_digits = 6, decimal_places = 2, db_default = "79.9" },
  arrives = ryx.TimeField{ default = "15:00" },
  stays = ryx.DurationField{ default = ryx.duration{ days = 2 } },
  wishes = WordsField{ max_length = 40, default = {}, blank = true },
  made = ryx.DateTimeField{ db_default = ryx.Now() },
})
local visits = Visit.objects

ryx.migrate{ Visit }
visits:delete_all()

local ann = visits:create{
  guest = "Ann", email = "ann@example.com", slug = "ann-1", address = "2001:0DB8::0001", wishes = { "sea", "quiet" },
}
print(#ann.token, ann.rate, ann.arrives, ann.stays)                  --> 36	79.90	15:00:00	P2D
print(ann:get_level_display(), ann.address)                          --> new	2001:db8::1

-- In filters values take the form of their field.
print(visits:get{ address = "2001:db8:0::1" }.guest)                 --> Ann
print(visits:filter{ wishes = { "sea", "quiet" } }:count())          --> 1
print(visits:filter{ arrives__hour = 15, stays__gt = ryx.duration{ days = 1 } }:count()) --> 1
print(table.concat(visits:get{ pk = ann.pk }.wishes, ", "))          --> sea, quiet

-- One statement for both, though one of them leaves the rate to the table.
visits:bulk_create{ Visit{ guest = "Bob", slug = "bob", rate = "50" }, Visit{ guest = "Cleo", slug = "cleo" } }
for _, visit in ipairs(visits:order_by("token"):all()) do print(visit.guest, visit.rate) end
--> Ann	79.90
--> Bob	50.00
--> Cleo	79.90

-- Nothing raises when it is assigned; every wrong value is told when the row is written.
local wrong = Visit{ guest = "Dan", email = "dan at home", slug = "d n", level = 3, address = "::g", arrives = "noon" }
local _, err = ryx.try(wrong.save, wrong)
for _, name in ipairs{ "email", "slug", "level", "address", "arrives" } do print(name, err.errors[name][1]) end
--> email	Enter a valid email address.
--> slug	Enter a valid slug (letters, digits, hyphens, underscores).
--> level	Value must be one of: [1, 2]
--> address	Enter a valid IPv4 or IPv6 address.
--> arrives	Enter a valid time: HH:MM[:SS[.ffffff]].

local guest = Visit._meta:get_field("guest")
print(guest.verbose_name, guest.help_text, guest.column, guest.null) --> name	As on the passport.	guest	false
