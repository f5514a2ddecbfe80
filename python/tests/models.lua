-- SPDX-License-Identifier: MIT
-- The models of the tests, as a project's models file has them.
local ryx = require "ryx"

ryx.model("HostAuthor", {
  name = ryx.CharField{ max_length = 100 },
  email = ryx.CharField{ max_length = 100, unique = true },
})

ryx.model("HostPost", {
  title = ryx.CharField{ max_length = 200 },
  author = ryx.ForeignKey("HostAuthor", { on_delete = "CASCADE", related_name = "posts" }),
  views = ryx.IntField{ default = 0 },
  created = ryx.DateTimeField{ auto_now_add = true },
})

ryx.model("PyWriter", {
  name = ryx.CharField{ max_length = 100 },
  born = ryx.IntField{ null = true },
  mentor = ryx.ForeignKey("self", { on_delete = "CASCADE", null = true, related_name = "students" }),
})

ryx.model("PyDesk", {
  label = ryx.CharField{ max_length = 100 },
  writer = ryx.OneToOneField("PyWriter", { on_delete = "CASCADE", related_name = "desk" }),
})

ryx.model("PyShelf", {
  name = ryx.CharField{ max_length = 100 },
})

ryx.model("PyBox", {
  shelf = ryx.ForeignKey("PyShelf", { on_delete = "PROTECT", related_name = "boxes" }),
})

ryx.model("PyBook", {
  title = ryx.CharField{ max_length = 100 },
  writer = ryx.ForeignKey("PyWriter", { on_delete = "CASCADE", related_name = "books" }),
  pages = ryx.IntField{ null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  day = ryx.DateField(),
  key = ryx.UUIDField{ null = true },
  meta = ryx.JSONField{ null = true },
})

ryx.model("PyPage", {
  title = ryx.CharField{ max_length = 100 },
  body = ryx.TextField{ null = true },
  Meta = { indexes = { ryx.SearchIndex{ fields = { "title", "body" }, weights = { title = "A" } } } },
})

return {
  Values = ryx.model("PyValue", {
    flag = ryx.BooleanField{ null = true },
    whole = ryx.BigIntField{ null = true },
    real = ryx.FloatField{ null = true },
    text = ryx.TextField{ null = true, blank = true },
    data = ryx.BinaryField{ null = true },
    price = ryx.DecimalField{ max_digits = 12, decimal_places = 3, null = true },
    day = ryx.DateField{ null = true },
    hour = ryx.TimeField{ null = true },
    moment = ryx.DateTimeField{ null = true },
    aware = ryx.DateTimeField{ tz = true, null = true },
    span = ryx.DurationField{ null = true },
    key = ryx.UUIDField{ null = true },
    doc = ryx.JSONField{ null = true },
    words = ryx.ArrayField(ryx.TextField(), { null = true }),
    spans = ryx.ArrayField(ryx.DurationField(), { null = true }),
    moments = ryx.ArrayField(ryx.DateTimeField(), { null = true }),
  }),
}
