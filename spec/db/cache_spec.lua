local db = require "spec.support.db"
local ryx = require "ryx"
local F, Count, Sum = ryx.F, ryx.Count, ryx.Sum

describe("a cache", function()
  local Author = ryx.model("CacheAuthor", { name = ryx.CharField{ max_length = 40, unique = true } })
  local Tag = ryx.model("CacheTag", { name = ryx.CharField{ max_length = 40 } })
  local Post = ryx.model("CachePost", {
    title = ryx.CharField{ max_length = 40 }, views = ryx.IntField{ default = 0 },
    price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
    created = ryx.DateTimeField{ null = true }, day = ryx.DateField{ null = true }, at = ryx.TimeField{ null = true },
    took = ryx.DurationField{ null = true }, rate = ryx.FloatField{ null = true },
    is_on = ryx.BooleanField{ default = true },
    uid = ryx.UUIDField{ null = true }, meta = ryx.JSONField{ null = true }, raw = ryx.BinaryField{ null = true },
    author = ryx.ForeignKey(Author, { related_name = "posts", null = true }),
    tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  })
  local Other = ryx.model("CacheOther", { name = ryx.CharField{ max_length = 40 } })
  local models = { Author, Tag, Post, Other }
  db.use(ryx, models)

  local ann
  before_each(function()
    ryx.configure_cache(false)
    Post._meta.many_to_many[1]:through_meta().class.objects:delete_all()
    for _, model in ipairs{ Post, Tag, Author, Other } do model.objects:delete_all() end
    ann = Author.objects:create{ name = "ann" }
    for i = 1, 3 do Post.objects:create{ title = "p" .. i, views = i, author = ann } end
    ryx.configure_cache{ ttl = 60 }
  end)
  after_each(function() ryx.configure_cache(false) end)

  -- How many statements read in fn, and what it gives.
  local function reads(fn)
    local n = 0
    local undo = ryx.on_query(function(e)
      local verb = e.sql:match("^%a+"):upper()
      if verb == "SELECT" or verb == "WITH" then n = n + 1 end
    end)
    local ok, result = pcall(fn)
    undo()
    if not ok then error(result, 0) end
    return n, result
  end

  local function hits(fn) assert.equal(0, (reads(fn))) end
  local function misses(fn) assert.is_true(reads(fn) > 0) end

  -- The same twice: a miss and a hit.
  local function twice(fn)
    ryx.invalidate_all()
    local n, first = reads(fn)
    assert.is_true(n > 0)
    local m, second = reads(fn)
    assert.equal(0, m)
    return first, second
  end

  local function backend()
    local b = { store = {}, calls = {} }
    local function note(what) b.calls[what] = (b.calls[what] or 0) + 1 end
    function b:get(key) note "get" return self.store[key] and ryx.json.decode(self.store[key]) end
    function b:set(key, v, ttl)
      note "set"
      assert.equal("number", type(ttl))
      self.store[key] = ryx.json.encode(v)
    end
    function b:delete(key) note "delete" self.store[key] = nil end
    function b:clear() note "clear" self.store = {} end
    return b
  end

  -- What follows holds of memory and of a backend of one's own.
  for _, kind in ipairs{ "memory", "a backend" } do
    describe("in " .. kind, function()
      local store
      before_each(function()
        store = kind ~= "memory" and backend() or nil
        ryx.configure_cache{ ttl = 60, backend = store }
      end)

      it("gives the same of every terminal, with and without a statement", function()
        local qs = Post.objects:order_by("id"):cache()
        for name, fn in pairs{
          count = function() return qs:count() end,
          exists = function() return qs:exists() end,
          ["exists not"] = function() return qs:filter{ views = 99 }:exists() end,
          aggregate = function() return qs:aggregate{ n = Count("id"), s = Sum("views"), none = ryx.Max("price") } end,
          values = function() return qs:values("title", "views"):all() end,
          ["values with null"] = function() return qs:values("title", { null = ryx.null }):all() end,
          values_list = function() return qs:values_list("title", "price"):all() end,
          flat = function() return qs:values_list("title", { flat = true }):all() end,
          grouped = function()
            return qs:values("author_id"):annotate{ n = Count("id") }:order_by("author_id"):all()
          end,
          page = function() return qs:paginate{ page = 1, size = 2 }.total end,
        } do
          local first, second = twice(fn)
          assert.same(first, second, name)
          assert.equal(type(first), type(second))
        end
        for name, fn in pairs{
          all = function() return qs:all()[2] end,
          get = function() return qs:get{ title = "p2" } end,
          ["get of one"] = function() return Post.objects:cache():get{ title = "p2" } end,
          first = function() return qs:filter{ views = 2 }:first() end,
          last = function() return qs:filter{ views__lte = 2 }:last() end,
          earliest = function() return qs:filter{ views = 2 }:earliest("views") end,
          in_bulk = function() return select(2, next(qs:in_bulk({ qs:filter{ views = 2 }:get().id }))) end,
          cursor = function() return qs:paginate{ size = 2 }.rows[2] end,
        } do
          local first, second = twice(fn)
          assert.equal("p2", second.title, name)
          assert.is_true(first == second and not rawequal(first, second), name)
          assert.equal("default", ryx.database_of(second))
          second.views = second.views + 40
          second:save()
          second.views = 2
          second:save()
        end
      end)

      it("keeps the types of values, and hands out no table twice", function()
        local post = Post.objects:create{
          title = "typed", price = ryx.decimal("12.50"), created = ryx.datetime("2024-02-29 10:30:01"),
          day = ryx.date("2024-02-29"), at = ryx.time("10:30:01"), took = ryx.duration{ hours = 2 }, rate = 1,
          is_on = false, uid = "0d5f1a3c-7c1d-4d0a-9f3e-0a1b2c3d4e5f", meta = { a = { 1, ryx.json.array{}, ryx.null } },
          raw = kind == "memory" and "\0\255x" or nil,
        }
        local qs = Post.objects:filter{ id = post.id }:cache()
        local first, second = twice(function() return qs:get() end)
        for _, f in ipairs(Post._meta.fields) do
          assert.same(first[f.attname], second[f.attname], f.name)
          assert.equal(type(first[f.attname]), type(second[f.attname]))
        end
        assert.equal("1.0", ("%.1f"):format(second.rate))
        assert.equal(tostring(first.rate), tostring(second.rate))
        assert.equal("12.50", tostring(second.price))
        assert.equal(ryx.datetime("2024-02-29 10:30:01"), second.created)
        assert.equal('{"a":[1,[],null]}', ryx.json.encode(second.meta))
        second.meta.a[1] = 99
        assert.equal(1, select(2, reads(function() return qs:get() end)).meta.a[1])
        assert.equal("typed", qs:get().title)
      end)

      it("tells values apart by their types", function()
        local qs = Post.objects:cache()
        for _, v in ipairs{ 1, 2, "p1", 1.5, true, ryx.null, ryx.decimal("1") } do
          misses(function() return Post.objects:annotate{ x = ryx.Value(v) }:cache():all() end)
        end
        assert.equal(1, #qs:filter{ views = 1 }:all())
        assert.equal("p2", qs:filter{ views = 2 }:get().title)
        assert.equal("p1", qs:filter{ views = 1 }:get().title)
        assert.equal(2, #qs:filter{ views__in = { 1, 2 } }:all())
        assert.equal(1, #qs:filter{ views__in = { 1, 12 } }:all())
      end)

      it("brings what select_related, prefetch_related and annotate add", function()
        local post = Post.objects:get{ title = "p1" }
        post.tags:add(Tag.objects:create{ name = "lua" })
        local _, second = twice(function()
          local list = Post.objects:select_related("author"):prefetch_related("tags"):annotate{ double = F"views" * 2 }
            :order_by("id"):cache():all()
          return list
        end)
        hits(function()
          assert.equal("ann", second[1].author.name)
          assert.equal("lua", second[1].tags:all()[1].name)
          assert.equal(2, second[1].double)
        end)
        local _, authors = twice(function() return Author.objects:prefetch_related("posts__tags"):cache():all() end)
        hits(function() assert.equal(3, #authors[1].posts:all()) end)
      end)

      it("loads relations for all rows of a hit at once", function()
        Post.objects:filter{ views = 3 }:update{ author = Author.objects:create{ name = "bob" } }
        local _, list = twice(function() return Post.objects:order_by("id"):cache():all() end)
        local n = reads(function() for _, p in ipairs(list) do assert.truthy(p.author.name) end end)
        assert.equal(1, n)
      end)

      it("forgets what a write of any path changes", function()
        local post
        local all = Post.objects:cache()
        local joined = Post.objects:filter{ author__name = "ann" }:cache()
        local tagged = Post.objects:filter{ tags__name = "lua" }:cache()
        local lua = Tag.objects:create{ name = "lua" }
        local paths = {
          { "create", function() post = Post.objects:create{ title = "new" } end },
          { "save", function()
            post.title = "newer"
            post:save()
          end },
          { "update", function() Post.objects:filter{ id = post.id }:update{ views = 5 } end },
          { "update_all", function() Post.objects:update_all{ views = F"views" + 1 } end },
          { "bulk_create", function() Post.objects:bulk_create{ Post{ title = "b1" }, Post{ title = "b2" } } end },
          { "bulk_update", function() Post.objects:bulk_update({ post }, { "title" }) end },
          { "get_or_create", function() Post.objects:get_or_create{ title = "got" } end },
          { "update_or_create", function()
            Post.objects:update_or_create{ title = "got", defaults = { views = 3 } }
          end },
          { "upsert", function()
            Post.objects:upsert({ id = post.id, title = "up" }, { unique_fields = { "id" } })
          end },
          { "create_from", function()
            Post.objects:create_from(Post.objects:filter{ id = post.id }:values("title"))
          end },
          { "copy_from", function()
            local n = 0
            ryx.copy_from(Post, function()
              n = n + 1
              return n == 1 and { title = "copied" } or nil
            end)
          end },
          { "relation", function() ann.posts:create{ title = "child" } end },
          { "raw", function() ryx.raw_execute("UPDATE " .. Post._meta.table_name .. " SET views = 1") end },
          { "delete of a queryset", function() Post.objects:filter{ title = "got" }:delete() end },
          { "delete", function() post:delete() end },
          { "invalidate_model", function() ryx.invalidate_model(Post) end },
          { "invalidate_all", function() ryx.invalidate_all() end },
        }
        for _, path in ipairs(paths) do
          all:all()
          hits(function() all:all() end)
          path[2]()
          assert.equal(1, (reads(function() all:all() end)), path[1])
          local fresh = Post.objects:order_by("id"):values("title", "views"):all()
          assert.same(fresh, all:order_by("id"):values("title", "views"):all(), path[1])
        end
        twice(function() return #joined:all() end)
        ann.name = "anna"
        ann:save()
        assert.equal(0, #joined:all())
        twice(function() return #tagged:all() end)
        Post.objects:get{ title = "p1" }.tags:add(lua)
        assert.equal(1, #tagged:all())
        Post.objects:get{ title = "p1" }.tags:clear()
        assert.equal(0, #tagged:all())
        twice(function() return #all:all() end)
        Author.objects:filter{ name = "anna" }:delete()
        assert.equal(0, #all:filter{ title = "p1" }:all())
        misses(function() all:all() end)
      end)

      it("keeps what a write does not touch", function()
        local all = Post.objects:cache()
        all:all()
        Other.objects:create{ name = "x" }
        ryx.raw_fetch("SELECT 1 AS n")
        hits(function() all:all() end)
      end)

      it("depends on the tables of sub-queries and CTEs", function()
        local some = Post.objects:filter{ author__in = Author.objects:filter{ name = "ann" } }:cache()
        local sevens = Post.objects:filter{ author = ryx.OuterRef("pk"), views = 7 }
        local exists = Author.objects:filter(ryx.Exists(sevens)):cache()
        twice(function() return #some:all() end)
        twice(function() return #exists:all() end)
        Author.objects:create{ name = "new" }
        misses(function() some:all() end)
        Post.objects:filter{ views = 1 }:update{ views = 7 }
        assert.equal(1, #exists:all())
        local cte = ryx.CTE("few", Post.objects:filter{ views = 7 })
        local with = cte:rows():cache()
        twice(function() return #with:all() end)
        Post.objects:update_all{ views = 0 }
        assert.equal(0, #with:all())
      end)

      it("changes at a commit, not before and not at a rollback", function()
        local all = Post.objects:cache()
        twice(function() return #all:all() end)
        ryx.transaction(function(tx)
          Post.objects:create{ title = "in" }
          assert.equal(4, #all:all())                   -- its own reads go to the database
          misses(function() all:all() end)
          tx:rollback()
        end)
        hits(function() assert.equal(3, #all:all()) end)
        ryx.transaction(function()
          hits(function() all:all() end)                 -- nothing written yet
          ryx.transaction(function() Post.objects:create{ title = "in" } end)
          misses(function() assert.equal(4, all:count()) end)
        end)
        misses(function() assert.equal(4, #all:all()) end)
        local seen
        ryx.transaction(function(tx)
          Post.objects:create{ title = "again" }
          tx:on_commit(function() seen = #all:all() end)
        end)
        assert.equal(5, seen)
      end)

      it("keeps nothing that a transaction read", function()
        local all = Post.objects:cache()
        ryx.transaction(function() all:all() end)
        misses(function() all:all() end)
      end)

      it("has entries under a key", function()
        local front = Post.objects:order_by("id"):cache{ key = "front" }
        twice(function() return #front:all() end)
        twice(function() return front:count() end)
        assert.equal(3, #front:all())
        ryx.invalidate("elsewhere")
        hits(function() front:all() end)
        ryx.invalidate("front")
        misses(function() front:all() end)
        Post.objects:create{ title = "x" }
        misses(function() assert.equal(4, #front:all()) end)
      end)

      it("forgets after its time", function()
        local brief = Post.objects:cache{ ttl = 0.05 }
        twice(function() return #brief:all() end)
        ryx.sleep(0.1)
        misses(function() brief:all() end)
        misses(function() Post.objects:cache{ ttl = 0 }:all() end)
        misses(function() Post.objects:cache{ ttl = 0 }:all() end)
      end)

      it("chains on, and is taken back", function()
        local qs = Post.objects:cache():filter{ views__gte = 1 }:order_by("-views"):limit(2)
        twice(function() return #qs:all() end)
        misses(function() qs:cache(false):all() end)
        misses(function() Post.objects:all() end)
        local n = 0
        for _ in qs:iter() do n = n + 1 end
        assert.equal(2, n)
      end)

      it("looks in the database to write", function()
        local qs = Author.objects:cache()
        assert.equal(0, qs:filter{ name = "new" }:count())
        assert.is_true(select(2, qs:get_or_create{ name = "new" }))
        assert.is_false(select(2, qs:get_or_create{ name = "new" }))
        ryx.transaction(function() misses(function() qs:for_update():all() end) end)
      end)
    end)
  end

  it("is off until it is configured, and off again", function()
    ryx.configure_cache(false)
    local qs = Post.objects:cache{ ttl = 5 }
    misses(function() qs:all() end)
    misses(function() qs:all() end)
    ryx.configure_cache{}
    twice(function() return #qs:all() end)
    ryx.configure_cache(false)
    misses(function() qs:all() end)
    assert.is_false(require("ryx.db.events").any)
    ryx.invalidate_all()
    ryx.invalidate("x")
  end)

  it("forgets the entries used longest ago", function()
    ryx.configure_cache{ max_size = 2 }
    local function one(i) return Post.objects:filter{ views = i }:cache() end
    one(1):all()
    one(2):all()
    hits(function() one(1):all() end)
    one(3):all()
    hits(function() one(1):all() end)
    hits(function() one(3):all() end)
    misses(function() one(2):all() end)
  end)

  it("refuses what it cannot be", function()
    local function refused(word, fn, ...)
      local e = db.error_of(fn, ...)
      assert.equal("misuse", e.kind)
      assert.truthy(tostring(e):find(word, 1, true), tostring(e))
    end
    refused("ttl", ryx.configure_cache, { ttl = -1 })
    refused("max_size", ryx.configure_cache, { max_size = 0 })
    refused("auto_invalidate", ryx.configure_cache, { auto_invalidate = 1 })
    refused("tll", ryx.configure_cache, { tll = 5 })
    refused("delete", ryx.configure_cache, { backend = { get = print, set = print } })
    refused("ttl", function() Post.objects:cache{ ttl = "1" } end)
    refused("kee", function() Post.objects:cache{ kee = "1" } end)
    refused("key", function() Post.objects:cache{ key = 5 } end)
    refused("model", ryx.invalidate_model, "Post")
  end)

  it("gives a backend keys with the model's name and tables that JSON holds", function()
    local b = backend()
    ryx.configure_cache{ ttl = 7, backend = b }
    Post.objects:filter{ title = "p1" }:cache():all()
    Post.objects:cache{ key = "front" }:all()
    local n = 0
    for key, text in pairs(b.store) do
      n = n + 1
      assert.truthy(key:find("CachePost", 1, true))
      assert.is_nil(key:find("%s"))
      assert.equal("{", text:sub(1, 1))
    end
    assert.equal(2, n)
    assert.equal(2, b.calls.set)
    ryx.invalidate("front")
    assert.equal(1, b.calls.delete)
    Post.objects:create{ title = "x" }
    assert.is_nil(next(b.store))
    Post.objects:cache():all()
    ryx.invalidate_all()
    assert.equal(1, b.calls.clear)
  end)

  it("does without a backend that fails, and tells of it", function()
    local told = {}
    local undo = ryx.on_error(function(err) told[#told + 1] = tostring(err) end)
    local function fails() error("the cache is down", 0) end
    ryx.configure_cache{ backend = { get = fails, set = fails, delete = fails, clear = fails } }
    assert.equal(3, #Post.objects:cache():all())
    Post.objects:create{ title = "x" }
    assert.equal(4, #Post.objects:cache():all())
    undo()
    assert.truthy(told[1]:find("the cache is down", 1, true))
  end)

  it("sends one query for tasks that miss at once", function()
    local qs = Post.objects:cache()
    local n = reads(function()
      ryx.run(function()
        local fns = {}
        for i = 1, 20 do fns[i] = function() assert.equal(3, #qs:all()) end end
        ryx.gather(fns)
      end)
    end)
    assert.equal(1, n)
  end)

  it("sends one query while a backend takes its time to keep it", function()
    local b = backend()
    local set = b.set
    function b:set(...)
      ryx.sleep(0.05)
      set(self, ...)
    end
    ryx.configure_cache{ backend = b }
    local n = reads(function()
      ryx.run(function()
        local first = ryx.spawn(function() return #Post.objects:cache():all() end)
        ryx.sleep(0.02)
        assert.equal(3, #Post.objects:cache():all())
        assert.equal(3, first:join())
      end)
    end)
    assert.equal(1, n)
    assert.equal(1, b.calls.set)
  end)

  it("forgets by hand alone where writes drop nothing", function()
    ryx.configure_cache{ auto_invalidate = false }
    local qs = Post.objects:cache()
    assert.equal(3, #qs:all())
    Post.objects:create{ title = "more" }
    assert.equal(3, #qs:all())
    ryx.invalidate_model(Post)
    assert.equal(4, #qs:all())
  end)

  it("lets the next task ask when the first fails or is cancelled", function()
    local qs = Post.objects:cache()
    local seen = {}
    ryx.run(function()
      local leader = ryx.spawn(function() qs:all() end)
      local others = {}
      for i = 1, 3 do others[i] = ryx.spawn(function() seen[i] = #qs:all() end) end
      ryx.sleep(0)
      leader:cancel()
      for _, t in ipairs(others) do t:join() end
      pcall(leader.join, leader)
    end)
    assert.same({ 3, 3, 3 }, seen)
  end)

  it("does not keep what was read while somebody wrote", function()
    local qs = Post.objects:cache()
    local kept = require "ryx.db.kept"
    local cells = kept.cells
    kept.cells = function(...)
      local list, n = cells(...)
      Post.objects:create{ title = "meanwhile" }
      return list, n
    end
    local ok, err = pcall(function() assert.equal(3, #qs:all()) end)
    kept.cells = cells
    assert(ok, err)
    misses(function() assert.equal(4, #qs:all()) end)
  end)

  it("forgets the databases of an earlier setup", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate(models, { alias = "other" })
    Post.objects:using("other"):create{ title = "there" }
    assert.equal(1, Post.objects:using("other"):cache():count())
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate(models, { alias = "other" })
    assert.equal(0, Post.objects:using("other"):cache():count())
    ryx.setup(db.url)
  end)

  it("knows proxies, and what values become", function()
    local Popular = ryx.model("CachePopular", { Meta = { proxy = true } }, Post)
    local qs = Popular.objects:filter{ views__gte = 2 }:cache()
    local _, list = twice(function() return qs:order_by("id"):all() end)
    assert.equal(Popular, getmetatable(list[1]).model)
    Post.objects:filter{ views = 1 }:update{ views = 5 }
    assert.equal(3, #qs:all())
    qs:all()
    Popular.objects:filter{ views = 5 }:delete()
    assert.equal(2, #qs:all())
    twice(function() return #Post.objects:cache():all() end)
    Popular.objects:update_all{ views = 0 }
    misses(function() Post.objects:cache():all() end)
  end)

  if db.needs "schemas" then
    it("knows tables in a schema", function()
      ryx.raw_execute("CREATE SCHEMA IF NOT EXISTS cache_spec")
      local Far = ryx.model("CacheFar", { name = ryx.CharField{ max_length = 9 }, Meta = { schema = "cache_spec" } })
      ryx.migrate{ Far }
      local qs = Far.objects:cache()
      twice(function() return #qs:all() end)
      Far.objects:create{ name = "x" }
      assert.equal(1, #qs:all())
      hits(function() qs:all() end)
      ryx.invalidate_model(Far)
      misses(function() qs:all() end)
      Far.objects:filter{ name = "x" }:delete()
      assert.equal(0, #qs:all())
      ryx.raw_execute("DROP SCHEMA cache_spec CASCADE")
    end)
  end

  it("forgets all rather than remember every name", function()
    local qs = Post.objects:cache()
    qs:all()
    for i = 1, 10100 do ryx.invalidate("k" .. i) end
    misses(function() qs:all() end)
    hits(function() qs:all() end)
  end)

  it("is of each database by itself", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate(models, { alias = "other" })
    Post.objects:using("other"):create{ title = "there" }
    assert.equal(3, #Post.objects:cache():all())
    assert.equal(1, #Post.objects:using("other"):cache():all())
    hits(function() assert.equal("there", Post.objects:using("other"):cache():all()[1].title) end)
    ryx.setup(db.url)
  end)
end)
