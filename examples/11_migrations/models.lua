-- The models as the last migration leaves them.
local ryx = require "ryx"

local M = {}

M.Maker = ryx.model("ShopMaker", {
  name    = ryx.CharField{ max_length = 80, unique = true },
  country = ryx.CharField{ max_length = 2, default = "FR" },
})

M.Product = ryx.model("ShopProduct", {
  name  = ryx.CharField{ max_length = 80 },
  price = ryx.DecimalField{ max_digits = 10, decimal_places = 2 },
  maker = ryx.ForeignKey("ShopMaker", { related_name = "products" }),
  tags  = ryx.ManyToManyField("ShopTag", { related_name = "products" }),
  Meta = {
    indexes = { ryx.Index{ fields = { "-price" }, name = "shop_by_price" } },
    constraints = { ryx.Constraint{ check = ryx.Q{ price__gte = 0 }, name = "shop_price_is_no_debt" } },
  },
})

M.Tag = ryx.model("ShopTag", { label = ryx.CharField{ max_length = 30, unique = true } })

return M
