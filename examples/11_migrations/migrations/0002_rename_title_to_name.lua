local m = require "ryx.migrations"

return m.migration{
  dependencies = { "0001_initial" },
  operations = { m.rename_field("ShopProduct", "title", "name") },
}
