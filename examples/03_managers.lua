-- Managers: conditions with names, methods that chain, rows that are hidden.
-- lua examples/03_managers.lua [URL]
local ryx = require "ryx"

ryx.setup(arg and arg[1] or "sqlite::memory:")

local Author = ryx.model("ExampleAuthor", { name = ryx.CharField{ max_length = 50 } })
local Post = ryx.model("ExamplePost", {
  title = ryx.CharField{ max_length = 100 },
  author = ryx.ForeignKey("ExampleAuthor", { related_name = "posts" }),
  state = ryx.CharField{ max_length = 10, default = "draft" },
  views = ryx.IntField{ default = 0 },
  deleted = ryx.DateTimeField{ null = true },

  -- Where queries begin, and what relations to many use.
  objects = ryx.Manager{
    get_queryset = function(qs) return qs:filter{ deleted = ryx.null } end,
    live = function(self) return self:filter{ state = "live" } end,
    seen = function(self, views) return self:filter{ views__gte = views } end,
    hide = function(self) return self:update{ deleted = ryx.now() } end,
  },
  published = ryx.Manager{
    get_queryset = function(qs) return qs:filter{ state = "live", deleted = ryx.null } end,
    best = function(self, n) return self:order_by("-views"):limit(n) end,
  },
  everything = ryx.Manager{},
  Meta = { ordering = { "title" } },
})
ryx.migrate{ Author, Post }
Post.everything:delete_all()
Author.objects:delete_all()

local function titles(qs)
  local list = {}
  for i, post in ipairs(qs:all()) do list[i] = post.title end
  return table.concat(list, ", ")
end

local ann = Author.objects:create{ name = "Ann" }
Post.objects:bulk_create{
  Post{ title = "Hello", author = ann, state = "live", views = 120 }, Post{ title = "Lua", author = ann, views = 8 },
  Post{ title = "News", author = ann, state = "live", views = 40 },
}

-- Methods chain with each other and with everything else.
print(titles(Post.objects:live():seen(50)))                     --> Hello
print(titles(Post.objects:exclude{ title = "News" }:live()))    --> Hello
print(titles(Post.published:best(1)))                           --> Hello

-- Other sides of relations have them as well.
print(titles(ann.posts:live():order_by("views")))               --> News, Hello
print(titles(ann.posts:using("default"):seen(10):live()))       --> Hello, News

-- What is hidden is there all the same.
print(Post.objects:filter{ title = "News" }:hide())             --> 1
print(titles(Post.objects), ann.posts:count())                  --> Hello, Lua	2
print(titles(Post.everything), Post.published:count())          --> Hello, Lua, News	1

-- A slip is told with the nearest name.
local _, err = ryx.try(function() return Post.objects:liev() end)
print(err.message)                                              --> a QuerySet has no "liev" (did you mean "live"?)

Post.everything:delete_all()
Author.objects:delete_all()
ryx.close()
