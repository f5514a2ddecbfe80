-- Several databases: aliases, using, Meta.database, and a router that reads from a replica.
-- lua examples/08_databases.lua [URL of the first database]
local ryx = require "ryx"

ryx.setup{ default = arg and arg[1] or "sqlite::memory:", replica = "sqlite::memory:", audit = "sqlite::memory:" }

local Product = ryx.model("ExampleProduct", {
  name = ryx.CharField{ max_length = 50 },
  stock = ryx.IntField{ default = 0 },
})
local Entry = ryx.model("ExampleEntry", {
  text = ryx.CharField{ max_length = 100 },
  Meta = { database = "audit" },
})

ryx.migrate{ Product, Entry }                        -- each where its model lives
ryx.migrate({ Product }, { alias = "replica" })
Product.objects:delete_all()

-- By hand and by the model.
local pen = Product.objects:create{ name = "pen", stock = 10 }
Entry.objects:create{ text = "made a pen" }
print(ryx.database_of(pen), ryx.database_of(Entry.objects:get()))   --> default	audit
print(Product.objects:using("replica"):count())                     --> 0

-- A replica gets the rows by itself; here we copy them.
local function replicate()
  Product.objects:using("replica"):delete_all()
  local copies = {}
  for i, p in ipairs(Product.objects:using("default"):all()) do copies[i] = Product(p:to_table()) end
  Product.objects:using("replica"):bulk_create(copies)
end

ryx.set_router{
  db_for_read = function(_, model) return model == Product and "replica" or nil end,
  db_for_write = function(_, model) return model == Product and "default" or nil end,
  allow_relation = function() return true end,
}
print(Product.objects:count())                                       --> 0
replicate()
print(Product.objects:get{ name = "pen" }.stock)                     --> 10

local read = Product.objects:get{ name = "pen" }
print(ryx.database_of(read))                                         --> replica
read.stock = 9
read:save()                                                          -- on default
print(ryx.database_of(read), Product.objects:get{ name = "pen" }.stock)   --> default	10
print(Product.objects:using("default"):get{ name = "pen" }.stock)    --> 9

ryx.set_router(nil)
Product.objects:delete_all()
ryx.close()
