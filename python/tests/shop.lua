-- SPDX-License-Identifier: MIT
-- Models whose writes somebody is told of, and whose rows refer to each other in every way.
local ryx = require "ryx"

ryx.model("ShopMaker", {
  name = ryx.CharField{ max_length = 100 },
  country = ryx.CharField{ max_length = 40, null = true },
})

ryx.model("ShopLabel", {
  text = ryx.CharField{ max_length = 40, unique = true },
})

ryx.model("ShopItem", {
  name = ryx.CharField{ max_length = 100 },
  slug = ryx.CharField{ max_length = 100, null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  notes = ryx.JSONField{ null = true },
  made = ryx.DateTimeField{ auto_now_add = true },
  maker = ryx.ForeignKey("ShopMaker", { on_delete = "CASCADE", null = true, related_name = "items" }),
  labels = ryx.ManyToManyField("ShopLabel", { related_name = "items" }),
})

ryx.model("ShopStock", {
  count = ryx.IntField{ default = 0 },
  item = ryx.OneToOneField("ShopItem", { on_delete = "CASCADE", related_name = "stock" }),
})

ryx.model("ShopOrder", {
  number = ryx.IntField(),
  item = ryx.ForeignKey("ShopItem", { on_delete = "PROTECT", related_name = "orders" }),
})
