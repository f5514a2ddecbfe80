-- Validation: rules for fields, for the whole row, and what is taken.
-- lua examples/05_validation.lua [URL]
local ryx = require "ryx"

ryx.setup(arg and arg[1] or "sqlite::memory:")

local Talk = ryx.model("ExampleTalk", {
  title = ryx.CharField{ max_length = 40, min_length = 3, unique_for_date = "starts" },
  slug = ryx.CharField{ max_length = 40, unique = true, validators = {
    ryx.RegexValidator("^[-\\w]+$", "Enter letters, digits and hyphens."),
  } },
  speaker = ryx.EmailField{},
  link = ryx.URLField{ null = true },
  level = ryx.CharField{ choices = { { "new", "For beginners" }, { "deep", "For experts" } }, default = "new" },
  minutes = ryx.IntField{ default = 30, validators = {
    ryx.RangeValidator(5, 120), function(v) if v % 5 ~= 0 then return "Enter a multiple of 5." end end,
  } },
  starts = ryx.DateTimeField{},
  room = ryx.IntField{},
  Meta = { unique_together = { { "room", "starts" } } },
})

-- Asked when every field is right.
function Talk:clean()
  local problems
  if self.level == "deep" and self.minutes < 45 then
    problems = ryx.ValidationError{ minutes = "Experts want 45 minutes at least." }
  end
  if self.starts.hour < 9 then
    local early = ryx.ValidationError("Nobody is up before 9.")
    problems = problems and problems:merge(early) or early
  end
  if problems then error(problems) end
end
ryx.migrate{ Talk }
Talk.objects:delete_all()

-- What fn refuses: the messages of each field.
local function refused(fn, ...)
  local _, err = ryx.try(fn, ...)
  local names = {}
  for name in pairs(err and err.errors or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do print(name .. ": " .. table.concat(err.errors[name], " ")) end
  if not err then print("fine") end
end

local talk = Talk{ title = "Hi", slug = "a b", speaker = "ann", link = "example.com", minutes = 7, room = "blue" }
refused(function() talk:full_clean() end)
--> link: Enter a valid URL.
--> minutes: Enter a multiple of 5.
--> room: Enter a whole number.
--> slug: Enter letters, digits and hyphens.
--> speaker: Enter a valid email address.
--> starts: This field may not be null.
--> title: Ensure this value has at least 3 characters.

talk.title, talk.slug, talk.speaker, talk.link = "Größe", "größe-1", "ann@example.com", "https://example.com/talks?id=1"
talk.minutes, talk.room, talk.level, talk.starts = 30, "7", "deep", "2024-05-02 08:00:00"
refused(function() talk:save() end)
--> __all__: Nobody is up before 9.
--> minutes: Experts want 45 minutes at least.

talk.minutes, talk.starts = 45, "2024-05-02 10:00:00"
refused(function() talk:save() end)              --> fine
print(talk.room + 1, #talk.slug > 7)             --> 8	true

-- What is taken, before the database says it.
local other = Talk{
  title = "Größe", slug = "größe-1", speaker = "ben@example.com", starts = "2024-05-02 10:00:00", room = 7,
}
refused(function() other:validate_unique() end)
--> __all__: This value must be unique.
--> slug: This value must be unique.
--> title: This value must be unique.
local _, err = ryx.try(other.save, other)
print(err.kind, err:is(ryx.IntegrityError))      --> unique_violation	true
other.title, other.slug, other.room = "Weight", "weight", 8
refused(function() other:validate_unique() end)  --> fine

-- Validators by themselves.
refused(ryx.EmailValidator(), "ann@example")     --> __all__: Enter a valid email address.
refused(function() ryx.IPAddressValidator():validate("2001:db8::1") end)   --> fine
print(ryx.json.encode(ryx.ValidationError{ title = "Too loud." }.errors))  --> {"title":["Too loud."]}
print(ryx.MaxLengthValidator(3).message)         --> Ensure this value has at most 3 characters.

Talk.objects:delete_all()
ryx.close()
