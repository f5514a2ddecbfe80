local db = require "spec.support.db"
local ryx = require "ryx"

describe("a router", function()
  local Author = ryx.model("RouterAuthor", {
    name = ryx.CharField{ max_length = 40, unique = true }, bio = ryx.TextField{ null = true },
  })
  local Tag = ryx.model("RouterTag", { name = ryx.CharField{ max_length = 40 } })
  local Post = ryx.model("RouterPost", {
    title = ryx.CharField{ max_length = 40 }, views = ryx.IntField{ default = 0 },
    author = ryx.ForeignKey(Author, { related_name = "posts", null = true }),
    tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  })
  local Log = ryx.model("RouterLog", { text = ryx.CharField{ max_length = 40 }, Meta = { database = "logs" } })
  local models = { Author, Tag, Post, Log }
  local ends = { "default", "second", "logs" }

  setup(function()
    ryx.setup{ default = db.url, second = "sqlite::memory:", logs = "sqlite::memory:" }
    db.tables(ryx, models)
    for _, alias in ipairs(ends) do ryx.migrate(models, { alias = alias }) end
  end)
  teardown(function()
    local quote, alias = require("ryx.db").quote, require("ryx.db").alias("default")
    for _, name in ipairs{ Post._meta.many_to_many[1]:through_meta().table_name, Post._meta.table_name,
      Tag._meta.table_name, Author._meta.table_name, Log._meta.table_name } do
      ryx.raw_execute("DROP TABLE " .. quote(alias, name))
    end
    ryx.close()
  end)
  after_each(function()
    ryx.set_router(nil)
    for _, alias in ipairs(ends) do
      Post._meta.many_to_many[1]:through_meta().class.objects:using(alias):delete_all()
      for _, model in ipairs{ Post, Tag, Author, Log } do model.objects:using(alias):delete_all() end
    end
    db.nothing_left_open()
  end)

  -- Where the statements of fn went: "select default, insert second".
  local function went(fn)
    local out = {}
    local undo = ryx.on_query(function(e)
      local verb = e.sql:match("^%a+"):lower()
      if verb == "select" or verb == "insert" or verb == "update" or verb == "delete" then
        local last = verb .. " " .. e.alias
        if out[#out] ~= last then out[#out + 1] = last end
      end
    end)
    local ok, err = pcall(fn)
    undo()
    if not ok then error(err, 0) end
    return table.concat(out, ", ")
  end

  local function on(alias, model, values) return model.objects:using(alias):create(values) end

  local function split(more)
    local router = {
      db_for_read = function() return "second" end, db_for_write = function() return "default" end,
      allow_relation = function() return true end,
    }
    for k, v in pairs(more or {}) do router[k] = v end
    ryx.set_router(router)
    return router
  end

  it("is set, given back and taken away", function()
    assert.is_nil(ryx.get_router())
    local router = split()
    assert.equal(router, ryx.get_router())
    ryx.set_router(nil)
    assert.is_nil(ryx.get_router())
    assert.equal("misuse", db.error_of(ryx.set_router, "default").kind)
    local e = db.error_of(ryx.set_router, { db_for_read = "default" })
    assert.equal("misuse", e.kind)
    assert.truthy(tostring(e):find("db_for_read", 1, true))
  end)

  it("says where every reading terminal reads", function()
    on("second", Post, { title = "there", views = 3 })
    split()
    local qs = Post.objects:filter{ title = "there" }
    for name, fn in pairs{
      all = function() assert.equal(1, #qs:all()) end,
      get = function() assert.equal(3, Post.objects:get{ title = "there" }.views) end,
      ["get of a queryset"] = function() assert.equal(3, qs:get().views) end,
      first = function() assert.equal("there", qs:first().title) end,
      last = function() assert.equal("there", qs:last().title) end,
      count = function() assert.equal(1, qs:count()) end,
      exists = function() assert.is_true(qs:exists()) end,
      aggregate = function() assert.equal(3, tonumber(qs:aggregate{ n = ryx.Sum("views") }.n)) end,
      values = function() assert.same({ "there" }, qs:values_list("title", { flat = true }):all()) end,
      in_bulk = function() assert.truthy(next(Post.objects:in_bulk({ qs:get().id }))) end,
      paginate = function() assert.equal(1, #Post.objects:order_by("id"):paginate{ page = 1 }.rows) end,
      iter = function() for post in qs:iter() do assert.equal("there", post.title) end end,
      each = function() assert.equal(1, qs:each(function() end)) end,
      raw = function()
        assert.equal(1, #Post.objects:raw("SELECT * FROM " .. Post._meta.table_name):all())
      end,
      copy_to = function() assert.equal(1, ryx.copy_to(Post.objects, function() end)) end,
    } do
      assert.equal("select second", went(fn), name)
    end
    assert.truthy(Post.objects:explain())
  end)

  it("says where every write goes, with what it looks at to write", function()
    split()
    local post
    for _, case in ipairs{
      { "insert default", function() post = Post.objects:create{ title = "a" } end },
      { "insert default", function() Post{ title = "b" }:save() end },
      { "update default", function() post:save() end },
      { "update default", function() Post.objects:filter{ id = post.id }:update{ views = 1 } end },
      { "update default", function() Post.objects:update_all{ views = 2 } end },
      { "insert default", function() Post.objects:bulk_create{ Post{ title = "c" }, Post{ title = "d" } } end },
      { "update default", function() Post.objects:bulk_update({ post }, { "views" }) end },
      { "select default, insert default", function() Tag.objects:get_or_create{ name = "new" } end },
      { "select default", function() assert.is_false(select(2, Tag.objects:get_or_create{ name = "new" })) end },
      { "insert default", function()
        ryx.copy_from(Tag, (function()
          local n = 0
          return function() n = n + 1 return n == 1 and { name = "copied" } or nil end
        end)())
      end },
      { "delete default", function() post:delete() end },
      { "delete default", function() Post.objects:delete_all() end },
    } do
      local got = went(case[2])
      if case[1]:find("^insert") then got = got:gsub("^select default, ", "") end -- what copies ask first
      if not got:find("^copy") and got ~= "" then assert.equal(case[1], got) end
    end
    assert.equal("default", ryx.database_of(Tag.objects:using("default"):get{ name = "new" }))
    local both = went(function() Tag.objects:update_or_create{ name = "new", defaults = { name = "newer" } } end)
    assert.equal("select default, update default", both)
    assert.is_true(select(2, Author.objects:upsert({ name = "u" }, { unique_fields = { "name" } })))
    assert.equal(1, Author.objects:using("default"):count())
    assert.equal(0, Author.objects:using("second"):count())
    assert.equal(0, Tag.objects:using("second"):count())
  end)

  it("reads where it writes for locks", function()
    split()
    on("default", Post, { title = "locked" })
    ryx.transaction(function()
      assert.equal("select default", went(function() assert.equal(1, #Post.objects:for_update():all()) end))
    end)
  end)

  it("gives way to using", function()
    split()
    assert.equal("insert logs", went(function() Post.objects:using("logs"):create{ title = "x" } end))
    assert.equal("select logs", went(function() assert.equal(1, Post.objects:using("logs"):count()) end))
    local post = Post.objects:using("logs"):get()
    assert.equal("update logs", went(function() post:save{ using = "logs" } end))
    assert.equal("update logs", went(function() Post.objects:using("logs"):update_all{ views = 9 } end))
    ryx.transaction(function(tx)
      assert.equal("select logs", went(function() assert.equal(1, #Post.objects:using(tx):all()) end))
    end, { alias = "logs" })
  end)

  it("falls through on nil: to the object's own database, Meta.database, default", function()
    ryx.set_router{ db_for_read = function() return nil end }
    assert.equal("insert logs", went(function() Log.objects:create{ text = "a" } end))
    assert.equal("insert default", went(function() Post.objects:create{ title = "a" } end))
    local there = on("second", Post, { title = "b" })
    assert.equal("update second", went(function() there:save() end))
    assert.equal("select second", went(function() there:refresh_from_db() end))
    assert.equal("delete second", went(function() there:delete() end))
  end)

  it("is asked with the model and, where there is one, the instance", function()
    local asked = {}
    local function note(_, model, hints)
      asked[#asked + 1] = { model, hints.instance }
      return "default"
    end
    ryx.set_router{ db_for_read = note, db_for_write = note }
    local ann = Author.objects:create{ name = "ann" }
    assert.equal(Author, asked[1][1])
    local post = Post.objects:create{ title = "a", author = ann }
    local function last() return asked[#asked] end
    assert.is_true(rawequal(Post, last()[1]))
    post:save()
    assert.is_true(rawequal(post, last()[2]))
    post:refresh_from_db()
    assert.is_true(rawequal(post, last()[2]))
    local _ = post.author
    assert.is_true(rawequal(Author, last()[1]) and rawequal(post, last()[2]))
    ann.posts:all()
    assert.is_true(rawequal(Post, last()[1]) and rawequal(ann, last()[2]))
    ann.posts:filter{ views = 0 }:count()
    assert.is_true(rawequal(Post, last()[1]) and rawequal(ann, last()[2]))
    post.tags:create{ name = "t" }
    assert.is_true(rawequal(post, last()[2]))
  end)

  it("is asked by relations of both sides", function()
    local a2 = on("second", Author, { name = "ann" })
    on("second", Post, { title = "theirs", author = a2 })
    local t2 = on("second", Tag, { name = "x" })
    Post.objects:using("second"):get().tags:using("second"):add(t2)
    local ann = on("default", Author, { name = "ann", id = a2.id })
    split()
    assert.equal("select second", went(function() assert.equal("theirs", ann.posts:all()[1].title) end))
    assert.equal("insert default", went(function() ann.posts:create{ title = "mine" } end))
    assert.equal("update default", went(function() ann.posts:update_all{ views = 7 } end))
    local post = Post.objects:get{ title = "theirs" }
    assert.equal("select second", went(function() assert.equal("ann", post.author.name) end))
    assert.equal("select second", went(function() assert.equal("x", post.tags:get().name) end))
    local mine = Post.objects:using("default"):get()
    local tag = on("default", Tag, { name = "y" })
    assert.equal("select default, insert default", went(function() mine.tags:add(tag) end))
    assert.equal("select default, delete default", went(function() mine.tags:set{} end))
    assert.equal("delete default", went(function() mine.tags:clear() end))
  end)

  it("is asked by prefetches, which a using of the query covers", function()
    for _, alias in ipairs{ "default", "second" } do
      local author = on(alias, Author, { name = "ann" })
      on(alias, Post, { title = alias, author = author })
    end
    ryx.set_router{ db_for_read = function(_, model) return model == Post and "second" or nil end }
    local authors
    assert.equal("select default, select second",
      went(function() authors = Author.objects:prefetch_related("posts"):all() end))
    assert.equal(1, #authors)
    assert.equal("select default",
      went(function() Author.objects:using("default"):prefetch_related("posts"):all() end))
    assert.equal("select default, select second", went(function()
      ryx.prefetch(Author.objects:all(), "posts")
    end))
  end)

  it("is asked for a column that was left out", function()
    local a = on("second", Author, { name = "ann", bio = "long" })
    split()
    local ann = Author.objects:defer("bio"):get{ id = a.id }
    assert.equal("select second", went(function() assert.equal("long", ann.bio) end))
  end)

  it("names an alias that is there, or the call says so", function()
    ryx.set_router{ db_for_read = function() return "replcia" end, db_for_write = function() return 5 end }
    local e = db.error_of(function() Post.objects:all() end)
    assert.equal("misuse", e.kind)
    assert.truthy(tostring(e):find("replcia", 1, true))
    e = db.error_of(function() Post.objects:create{ title = "x" } end)
    assert.equal("misuse", e.kind)
    assert.truthy(tostring(e):find("db_for_write", 1, true))
  end)

  it("lets objects of two databases refer to each other, or nobody does", function()
    local here, there = on("default", Author, { name = "here" }), on("second", Author, { name = "there" })
    local post = on("default", Post, { title = "a", author = here })
    local tag = on("second", Tag, { name = "t" })
    local function refused(word, fn)
      local e = db.error_of(fn)
      assert.equal("misuse", e.kind)
      assert.truthy(tostring(e):find(word, 1, true), tostring(e))
    end
    local function all_ways(word)
      refused(word, function() post.author = there end)
      refused(word, function() Post.objects:using("default"):create{ title = "b", author = there } end)
      refused(word, function() Post{ title = "b", author = there }:save{ using = "default" } end)
      refused(word, function() Post.objects:using("default"):bulk_create{ Post{ title = "b", author = there } } end)
      refused(word, function() Post.objects:using("default"):update_all{ author = there } end)
      refused(word, function() post.tags:add(tag) end)
      refused(word, function() there.posts:add(post) end)
    end
    all_ways("second")
    ryx.set_router{ allow_relation = function() return false end }
    all_ways("router")
    refused("router", function() post.author = here end)
    ryx.set_router{ allow_relation = function() return true end }
    post.author = there
    assert.equal(there.id, post.author_id)
  end)

  it("says which tables are made where", function()
    local Made = ryx.model("RouterMade", { name = ryx.CharField{ max_length = 10 }, Meta = { app_label = "shop" } })
    local seen = {}
    ryx.set_router{ allow_migrate = function(_, alias, app, name)
      seen[#seen + 1] = alias .. " " .. app .. " " .. name
      return alias ~= "second"
    end }
    ryx.migrate({ Made }, { alias = "second" })
    ryx.migrate({ Made }, { alias = "logs" })
    assert.same({ "second shop RouterMade", "logs shop RouterMade" }, seen)
    ryx.set_router(nil)
    assert.equal(0, Made.objects:using("logs"):count())
    assert.equal("operational", db.error_of(function() Made.objects:using("second"):count() end).kind)
  end)

  it("says where tables are made that nobody says it of", function()
    local Routed = ryx.model("RouterRouted", { name = ryx.CharField{ max_length = 10 } })
    ryx.set_router{ db_for_write = function() return "second" end }
    ryx.migrate{ Routed }
    ryx.set_router(nil)
    assert.equal(0, Routed.objects:using("second"):count())
  end)
end)

describe("objects of several databases", function()
  local Item = ryx.model("HomeItem", { name = ryx.CharField{ max_length = 40 } })

  setup(function()
    ryx.setup{ default = "sqlite::memory:", other = "sqlite::memory:" }
    ryx.migrate{ Item }
    ryx.migrate({ Item }, { alias = "other" })
  end)
  teardown(function() ryx.close() end)

  it("remember theirs", function()
    local there = Item.objects:using("other"):create{ name = "there" }
    assert.equal("other", ryx.database_of(there))
    assert.is_nil(ryx.database_of(Item{ name = "new" }))
    there.name = "changed"
    there:save()
    there:refresh_from_db()
    assert.equal("changed", Item.objects:using("other"):get().name)
    assert.equal(0, Item.objects:count())
    there:delete()
    assert.equal(0, Item.objects:using("other"):count())
  end)

  it("are of the one they were written to last", function()
    local item = Item.objects:create{ name = "a" }
    Item.objects:using("other"):create{ name = "old", id = item.id }
    item:save{ using = "other" }
    assert.equal("other", ryx.database_of(item))
    assert.equal("a", Item.objects:using("other"):get{ id = item.id }.name)
  end)
end)
