local ryx = require "ryx"
local m = require "ryx.migrations"

return m.migration{
  operations = {
    m.create_model("ShopProduct", {
      title = ryx.CharField{ max_length = 80 },
      price = ryx.DecimalField{ max_digits = 10, decimal_places = 2 },
      maker = ryx.CharField{ max_length = 80 },
    }),
  },
}
