local ryx = require "ryx"
local m = require "ryx.migrations"

return m.migration{
  dependencies = { "0003_makers" },
  operations = {
    m.create_model("ShopTag", { label = ryx.CharField{ max_length = 30, unique = true } }),
    m.add_field("ShopProduct", "tags", ryx.ManyToManyField("ShopTag", { related_name = "products" })),
    m.add_field("ShopMaker", "country", ryx.CharField{ max_length = 2, default = "FR" }),
    m.add_index("ShopProduct", ryx.Index{ fields = { "-price" }, name = "shop_by_price" }),
    m.add_constraint("ShopProduct", ryx.Constraint{ check = ryx.Q{ price__gte = 0 }, name = "shop_price_is_no_debt" }),
  },
}
