-- A cache of query results: hits without a statement, writes that make it forget, named keys, one
-- query for many tasks.
-- lua examples/09_caching.lua [URL]
local ryx = require "ryx"

ryx.setup(arg and arg[1] or "sqlite::memory:")

local Article = ryx.model("ExampleArticle", {
  title = ryx.CharField{ max_length = 100 },
  views = ryx.IntField{ default = 0 },
})
ryx.migrate{ Article }
Article.objects:delete_all()
for i = 1, 5 do Article.objects:create{ title = "Article " .. i, views = i } end

ryx.configure_cache{ ttl = 60, max_size = 100 }

local statements = 0
ryx.on_query(function() statements = statements + 1 end)
local function count(fn)
  statements = 0
  fn()
  return statements
end

local top = Article.objects:order_by("-views"):limit(3):cache{ key = "top" }
print(count(function() top:all() end), count(function() top:all() end))   --> 1	0
print(top:all()[1].title)                                                 --> Article 5

Article.objects:create{ title = "Hit", views = 100 }                      -- a write makes it forget
print(top:all()[1].title)                                                 --> Hit

ryx.invalidate("top")                                                     -- by hand
print(count(function() top:all() end))                                    --> 1

ryx.transaction(function(tx)                                              -- at a commit, not before
  Article.objects:update_all{ views = 0 }
  tx:rollback()
end)
print(count(function() top:all() end))                                    --> 0

ryx.invalidate_all()
print(count(function()                                                    -- 20 tasks, one query
  ryx.run(function()
    local fns = {}
    for i = 1, 20 do fns[i] = function() top:all() end end
    ryx.gather(fns)
  end)
end))                                                                     --> 1

ryx.configure_cache(false)
Article.objects:delete_all()
ryx.close()
