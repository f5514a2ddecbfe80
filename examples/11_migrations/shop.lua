-- What the tables are for.
local models = require "models"

local house = models.Maker.objects:get_or_create{ name = "House" }
local chair = models.Product.objects:create{ name = "Chair", price = "49.90", maker = house }
chair.tags:add(models.Tag.objects:get_or_create{ label = "wood" })

for _, product in ipairs(house.products:order_by("id"):all()) do
  print(product.name, product.price, house.country)
end
