-- The maker, until now a text of every product, becomes a row of its own.
local ryx = require "ryx"
local m = require "ryx.migrations"

local function to_rows(apps)
  local Maker, Product = apps:model("ShopMaker"), apps:model("ShopProduct")
  apps:each("ShopProduct", { batch = 500 }, function(products)
    for _, product in ipairs(products) do
      product.maker = Maker.objects:get_or_create{ name = product.maker_name }
    end
    Product.objects:bulk_update(products, { "maker" })
  end)
end

local function to_texts(apps)
  local Product = apps:model("ShopProduct")
  apps:each(Product.objects:select_related("maker"), { batch = 500 }, function(products)
    for _, product in ipairs(products) do product.maker_name = product.maker.name end
    Product.objects:bulk_update(products, { "maker_name" })
  end)
end

return m.migration{
  dependencies = { "0002_rename_title_to_name" },
  operations = {
    m.create_model("ShopMaker", { name = ryx.CharField{ max_length = 80, unique = true } }),
    m.rename_field("ShopProduct", "maker", "maker_name"),
    m.add_field("ShopProduct", "maker", ryx.ForeignKey("ShopMaker", { null = true, related_name = "products" })),
    m.run_lua(to_rows, to_texts),
    m.remove_field("ShopProduct", "maker_name"),
    m.alter_field("ShopProduct", "maker", ryx.ForeignKey("ShopMaker", { related_name = "products" })),
  },
}
