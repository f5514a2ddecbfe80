-- SPDX-License-Identifier: MIT
local ryx = require "ryx"

ryx.model("Author", {
  name = ryx.CharField{ max_length = 100 },
  Meta = { table_name = "bench_authors" },
})

ryx.model("Post", {
  author = ryx.ForeignKey("Author", { on_delete = "CASCADE", related_name = "posts" }),
  title = ryx.CharField{ max_length = 200 },
  views = ryx.IntField(),
  rating = ryx.FloatField(),
  created = ryx.DateTimeField(),
  Meta = { table_name = "bench_posts" },
})

ryx.model("Item", {
  name = ryx.CharField{ max_length = 100 },
  category = ryx.CharField{ max_length = 50 },
  price = ryx.IntField(),
  is_active = ryx.IntField(),
  Meta = { table_name = "bench_items" },
})
