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
  }),
}
