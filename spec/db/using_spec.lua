-- SPDX-License-Identifier: MIT
-- Querysets inside of others that say using: one statement runs on one database.
local ryx = require "ryx"
local db = require "support.db"
local F, OuterRef = ryx.F, ryx.OuterRef

local Author = ryx.model("UsingAuthor", { name = ryx.CharField{ max_length = 20, unique = true } })
local Post = ryx.model("UsingPost", {
  title = ryx.CharField{ max_length = 20 }, views = ryx.IntField{ default = 0 },
  author = ryx.ForeignKey(Author, { related_name = "posts", null = true }),
})

-- Of another database by its model.
local Guest = ryx.model("UsingGuest", { Meta = { proxy = true, database = "other" } }, Author)

describe("a queryset inside of another one", function()
  local models = { Author, Post }
  setup(function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    db.tables(ryx, models)
    ryx.migrate(models, { alias = "other" })
    for _, alias in ipairs{ "default", "other" } do
      local ann = Author.objects:using(alias):create{ name = "ann" }
      Post.objects:using(alias):create{ title = alias, author_id = ann.pk, views = 5 }
    end
  end)
  teardown(function()
    ryx.raw_execute("DROP TABLE " .. Post._meta.table_name)
    ryx.raw_execute("DROP TABLE " .. Author._meta.table_name)
    ryx.close()
  end)

  local posts, authors = Post.objects, Author.objects

  -- What reads rows of `inner`, which are of the database that it is to be read on.
  local READS = {
    ["in"] = function(inner) return posts:filter{ author__in = inner } end,
    ["in a key"] = function(inner) return posts:filter{ author__pk__in = inner } end,
    ["an equal one"] = function(inner) return posts:filter{ author = inner:order_by("pk"):limit(1) } end,
    ["under NOT"] = function(inner) return posts:exclude(ryx.Q{ author__in = inner:filter{ name = "zoe" } }) end,
    Exists = function(inner) return posts:filter(ryx.Exists(inner:filter{ pk = OuterRef("author") })) end,
    Subquery = function(inner) return posts:annotate{ n = ryx.Subquery(inner:values("name"):limit(1)) } end,
    ["a sub-query of a sub-query"] = function(inner)
      return posts:filter{ pk__in = posts:filter{ author__in = inner } }
    end,
    When = function(inner)
      return posts:annotate{ n = ryx.Case{ ryx.When({ author__in = inner }, 1), default = 2 } }
    end,
    join = function(inner) return posts:join(inner, { alias = "a", on = { id = "author" } }) end,
    CTE = function(inner) return posts:with(ryx.CTE("a", inner), { on = { id = "author" } }) end,
    union = function(inner)
      return posts:values_list("title", { flat = true }):union(inner:values_list("name", { flat = true }))
    end,
    order_by = function(inner)
      return posts:order_by(ryx.Subquery(inner:filter{ pk = OuterRef("author") }:values("name")))
    end,
  }

  local function refused(fn)
    local err = db.error_of(fn)
    assert.equal("misuse", type(err) == "table" and err.kind or err)
    assert.truthy(err.message:find('"other"', 1, true), err.message)
    assert.truthy(err.message:find("using", 1, true), err.message)
    assert.truthy(err.where:find("using_spec", 1, true), err.where)
  end

  for what, make in pairs(READS) do
    it("is of the database of the one around it: " .. what, function()
      assert.truthy(#make(authors):all() > 0)
      assert.truthy(#make(authors:using("default")):all() > 0)
      assert.truthy(#make(authors):using("other"):all() > 0)
      assert.truthy(#make(authors:using("other")):using("other"):all() > 0)
      ryx.transaction(function(tx) assert.truthy(#make(authors:using(tx)):all() > 0) end)
      local mixed = make(authors:using("other"))
      for _, ask in ipairs{ "all", "count", "exists", "first", "sql", "explain" } do
        refused(function() mixed[ask](mixed) end)
      end
      refused(function() mixed:paginate{ page = 1 } end)
      refused(function() for _ in mixed:iter() do break end end)
      refused(function() make(authors:using("default")):using("other"):all() end)
    end)
  end

  for what, make in pairs(READS) do
    it("is not of a model of another database: " .. what, function()
      local mixed = make(Guest.objects)
      for _, ask in ipairs{ "all", "count", "exists", "first", "sql", "explain" } do
        refused(function() mixed[ask](mixed) end)
      end
      assert.truthy(#make(Guest.objects:using("default")):all() > 0)
      assert.truthy(#mixed:using("other"):all() > 0)
      ryx.set_router{}
      local ok, err = pcall(function() return #make(Guest.objects):all() > 0 end)
      ryx.set_router(nil)
      assert.is_true(ok, tostring(err))
    end)
  end

  it("is looked at by what writes, too, where its model is of another database", function()
    local name = ryx.Subquery(Guest.objects:values("name"):limit(1))
    refused(function() posts:update_all{ title = name } end)
    refused(function() posts:filter{ author__in = Guest.objects }:delete() end)
    refused(function() posts:create{ title = name } end)
    local read = Guest.objects:filter{ pk__in = posts:using("other"):values("author") }
    refused(function() read:using("default"):all() end)
    assert.equal(1, read:count())
  end)

  it("says for the rows of a CTE where they are", function()
    local there = ryx.CTE("there", posts:using("other"))
    assert.equal("other", there:rows():get().title)
    assert.equal("other", posts:using("other"):with(there, { on = { id = "id" } }):get().title)
    refused(function() there:rows():using("default"):all() end)
    ryx.transaction(function(tx)
      assert.equal("default", ryx.CTE("here", posts:using(tx)):rows():get().title)
    end)
  end)

  it("is none of two databases", function()
    refused(function()
      return posts:filter{ author__in = authors:using("other"), pk__in = posts:using("default") }:all()
    end)
  end)

  it("is looked at by what writes, and by aggregates", function()
    local there = authors:using("other")
    local name = ryx.Subquery(there:values("name"):limit(1))
    refused(function() posts:filter{ author__in = there }:update{ views = 1 } end)
    refused(function() posts:filter{ author__in = there }:delete() end)
    refused(function() posts:update_all{ title = name } end)
    refused(function() posts:order_by("pk"):limit(1):update{ title = name } end)
    refused(function() posts:create{ title = name } end)
    refused(function()
      local post = posts:get()
      post.title = name
      post:save()
    end)
    refused(function() authors:upsert({ name = name }, { unique_fields = { "name" } }) end)
    refused(function()
      posts:bulk_create({ Post{ id = posts:get().pk, title = "x" } }, {
        update_conflicts = true, unique_fields = { "id" }, update_fields = { title = name },
      })
    end)
    refused(function() posts:aggregate{ n = ryx.Max(ryx.Subquery(posts:using("other"):values("views"):limit(1))) } end)
    refused(function() posts:filter{ author__in = there }:aggregate{ n = ryx.Sum("views") } end)
    refused(function() posts:create_from(posts:filter{ author__in = there }:values("title")) end)
    refused(function() ryx.copy_to(posts:filter{ author__in = there }, os.tmpname()) end)
    assert.equal(1, posts:using("other"):filter{ author__in = there }:update{ views = F"views" + 1 })
    assert.equal("default", posts:get().title)
  end)

  it("may be fetched first", function()
    local keys = authors:using("other"):values_list("pk", { flat = true }):all()
    assert.equal(1, posts:filter{ author__in = keys }:count())
  end)
end)
