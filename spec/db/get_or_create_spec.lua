-- SPDX-License-Identifier: MIT
-- get_or_create and update_or_create, by themselves, on managers, in transactions and
-- by many at once; in_bulk.
local ryx = require "ryx"
local db = require "support.db"
local F = ryx.F

local Author = ryx.model("GocAuthor", { name = ryx.CharField{ max_length = 30, unique = true } })
local Tag = ryx.model("GocTag", {
  name = ryx.CharField{ max_length = 20, unique = true }, color = ryx.CharField{ max_length = 10, default = "none" },
})
local Post = ryx.model("GocPost", {
  title = ryx.CharField{ max_length = 30 },
  slug = ryx.CharField{ max_length = 30, null = true, unique = true },
  views = ryx.IntField{ default = 0 },
  changed = ryx.DateTimeField{ auto_now = true },
  author = ryx.ForeignKey(Author, { null = true, related_name = "posts" }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  Meta = { unique_together = { { "author", "title" } } },
})
local Big = ryx.model("GocBig", { id = ryx.BigAutoField{}, name = ryx.CharField{ max_length = 20 } })
local objects = Tag.objects

-- With the server's own way, then as on servers without it.
local WAYS = { [""] = {}, [" in a savepoint"] = { tells_insert = true, conflict_target = true } }

describe("get_or_create", function()
  db.use(ryx, { Author, Tag, Post, Big })
  before_each(function()
    for _, m in ipairs{ Post, Author, Tag } do m.objects:delete_all() end
  end)

  it("finds or makes", function()
    local a, created = objects:get_or_create{ name = "lua", defaults = { color = "blue" } }
    assert.is_true(created)
    assert.same({ "lua", "blue", "number" }, { a.name, a.color, type(a.id) })
    local b
    b, created = objects:get_or_create{ name = "lua", defaults = { color = "red" } }
    assert.is_false(created)
    assert.is_true(a == b)
    assert.equal("blue", b.color)
    b.color = "green"
    b:save()
    assert.equal(1, objects:count())
    assert.is_true(select(2, objects:get_or_create{ name = "c" }))
  end)

  it("is a SELECT, and an INSERT that needs no transaction", function()
    local function statements() return db.sql_of(ryx, function() objects:get_or_create{ name = "lua" } end) end
    local seen = statements()
    assert.equal(2, #seen)
    local yields = db.needs "conflict target" or db.needs "says what an insert did"
    assert.equal(yields, seen[2]:find(" ON ", 1, true) ~= nil)
    assert.equal(1, #statements())
  end)

  it("calls functions among the defaults, only when a row is made", function()
    local n = 0
    local function color()
      n = n + 1
      return "c" .. n
    end
    objects:get_or_create{ name = "a", defaults = { color = color } }
    assert.equal("c1", objects:get().color)
    assert.is_false(select(2, objects:get_or_create{ name = "a", defaults = { color = color } }))
    assert.equal(1, n)
    local t = objects:get_or_create{ name = "b", defaults = { color = ryx.Upper(ryx.Value("x")) } }
    assert.equal("X", t.color)
  end)

  it("takes lookups, which a new row does not get", function()
    local t, created = objects:get_or_create{ name__iexact = "LUA", defaults = { name = "lua" } }
    assert.is_true(created)
    assert.equal("lua", t.name)
    assert.is_false(select(2, objects:get_or_create{ name__iexact = "LUA", defaults = { name = "lua" } }))
    local ann = Author.objects:create{ name = "Ann" }
    local p = Post.objects:get_or_create{ title = "x", author__name = "Ann", defaults = { author = ann } }
    assert.equal(ann.id, p.author_id)
    assert.is_false(select(2, Post.objects:get_or_create{ title = "x", author__name = "Ann" }))
    assert.is_false(select(2, Post.objects:get_or_create{ author_id = ann.id, title__startswith = "x" }))
    assert.is_true(select(2, Post.objects:filter{ views = 1 }:get_or_create{ title = "y", defaults = { views = 1 } }))
  end)

  it("takes NULL, objects, keys and the primary key", function()
    local ann = Author.objects:create{ name = "Ann" }
    assert.is_true(select(2, Post.objects:get_or_create{ title = "x", author = ryx.null }))
    assert.is_false(select(2, Post.objects:get_or_create{ title = "x", author = ryx.null }))
    assert.is_true(select(2, Post.objects:get_or_create{ title = "x", author = ann }))
    assert.is_false(select(2, Post.objects:get_or_create{ title = "x", author_id = ann.id }))
    local t = objects:get_or_create{ pk = 4711, defaults = { name = "n" } }
    assert.equal(4711, t.id)
    assert.is_false(select(2, objects:get_or_create{ id = 4711 }))
  end)

  it("raises where several match, and what the row itself does wrong", function()
    Post.objects:create{ title = "x" }
    Post.objects:create{ title = "x" }
    local e = db.error_of(Post.objects.get_or_create, Post.objects, { title = "x" })
    assert.is_true(e:is(Post.MultipleObjectsReturned))
    assert.equal("validation", db.error_of(objects.get_or_create, objects, { name = ("x"):rep(21) }).kind)
    local bad = { name = "x", defaults = { color = ("x"):rep(11) } }
    assert.equal("validation", db.error_of(objects.get_or_create, objects, bad).kind)
  end)

  for way, lacks in pairs(WAYS) do
    -- A row that somebody else makes between the look and the insert.
    local function meanwhile(model, hook, fn)
      model.before_save = function(object, created)
        model.before_save = function() end
        hook(object, created)
      end
      local results
      db.without(lacks, function() results = { fn() } end)
      model.before_save = nil
      return results[1], results[2]
    end

    it("returns the row that somebody made meanwhile" .. way, function()
      local function race() return objects:get_or_create{ name = "lua", defaults = { color = "mine" } } end
      local function other() objects:create{ name = "lua", color = "theirs" } end
      local t, created = meanwhile(Tag, other, race)
      assert.is_false(created)
      assert.equal("theirs", t.color)
      objects:delete_all()
      ryx.transaction(function()
        t, created = meanwhile(Tag, other, race)
        assert.is_false(created)
        assert.equal("theirs", t.color)
        objects:create{ name = "c" } -- the transaction goes on
      end)
      assert.equal(2, objects:count())
    end)

    it("raises the violation of another unique key" .. way, function()
      local ann = Author.objects:create{ name = "Ann" }
      Post.objects:create{ title = "x", slug = "s" }
      local e
      db.without(lacks, function()
        e = db.error_of(Post.objects.get_or_create, Post.objects, { title = "y", author = ann, defaults = { slug = "s" } })
      end)
      assert.equal("unique_violation", e.kind)
      assert.equal(1, Post.objects:count())
    end)

    it("works in a transaction that goes on, or is rolled back" .. way, function()
      db.without(lacks, function()
        pcall(ryx.transaction, function()
          assert.is_true(select(2, objects:get_or_create{ name = "a" }))
          assert.is_false(select(2, objects:get_or_create{ name = "a" }))
          error("no")
        end)
        assert.equal(0, objects:count())
        ryx.transaction(function(tx)
          assert.is_true(select(2, objects:using(tx):get_or_create{ name = "a" }))
          assert.is_false(select(2, objects:using(tx):update_or_create{ name = "a", defaults = { color = "red" } }))
        end)
        assert.equal("red", objects:get().color)
      end)
    end)

    it("by 64 tasks at once makes one row" .. way, function()
      local n, ids = 0, {}
      db.without(lacks, function()
        ryx.run(function()
          local tasks = {}
          for i = 1, 64 do
            tasks[i] = function()
              local t, created = objects:get_or_create{ name = "lua" }
              ids[t.id] = true
              if created then n = n + 1 end
            end
          end
          ryx.gather(tasks, { limit = 64 })
        end)
      end)
      assert.equal(1, n)
      assert.equal(1, objects:count())
      assert.is_true(ids[objects:get().id])
    end)

    it("in 64 transactions at once makes one row" .. way, function()
      local n = 0
      db.without(lacks, function()
        ryx.run(function()
          local tasks = {}
          for i = 1, 64 do
            tasks[i] = function()
              ryx.transaction(function()
                local _, created = objects:get_or_create{ name = "lua" }
                if created then n = n + 1 end
              end)
            end
          end
          ryx.gather(tasks, { limit = 64 })
        end)
      end)
      assert.equal(1, n)
      assert.equal(1, objects:count())
    end)

    it("update_or_create by 64 tasks at once makes one row and loses no update" .. way, function()
      local n = 0
      db.without(lacks, function()
        ryx.run(function()
          local tasks = {}
          for i = 1, 64 do
            tasks[i] = function()
              local _, created = Post.objects:update_or_create{
                slug = "s", defaults = { views = F"views" + 1 }, create_defaults = { title = "t", views = 1 },
              }
              if created then n = n + 1 end
            end
          end
          ryx.gather(tasks, { limit = 64 })
        end)
      end)
      assert.equal(1, n)
      assert.equal(64, Post.objects:get().views)
    end)
  end

  describe("update_or_create", function()
    it("makes, or changes what is found", function()
      local t, created = objects:update_or_create{ name = "lua", defaults = { color = "blue" } }
      assert.is_true(created)
      assert.equal("blue", t.color)
      local u
      u, created = objects:update_or_create{ name = "lua", defaults = { color = "red" } }
      assert.is_false(created)
      assert.same({ t.id, "red" }, { u.id, u.color })
      assert.equal("red", objects:get().color)
      assert.is_false(select(2, objects:update_or_create{ name = "lua" }))
    end)

    it("writes the defaults and automatic times, no other field", function()
      local p = Post.objects:create{ title = "x", slug = "s", views = 1 }
      local q
      local seen = db.sql_of(ryx, function()
        q = Post.objects:update_or_create{ slug = "s", defaults = { title = function() return "y" end } }
      end)
      assert.is_true(q.changed >= p.changed)
      local sql
      for _, s in ipairs(seen) do sql = s:find("^UPDATE") and s or sql end
      assert.is_nil(sql:find("views", 1, true))
      assert.truthy(sql:find("changed", 1, true))
      assert.equal("y", Post.objects:get().title)
    end)

    it("takes other values for a new row, lookups and expressions", function()
      local function count()
        return Post.objects:update_or_create{
          slug__exact = "s", defaults = { views = F"views" + 10 }, create_defaults = { slug = "s", title = "t", views = 1 },
        }
      end
      assert.equal(1, (count()).views)
      assert.equal(11, (count()).views)
    end)

    it("raises where several match or a value is wrong", function()
      Post.objects:create{ title = "x" }
      Post.objects:create{ title = "x" }
      local e = db.error_of(Post.objects.update_or_create, Post.objects, { title = "x", defaults = { views = 1 } })
      assert.is_true(e:is(Post.MultipleObjectsReturned))
      objects:create{ name = "a" }
      e = db.error_of(objects.update_or_create, objects, { name = "a", defaults = { color = ("x"):rep(11) } })
      assert.equal("validation", e.kind)
    end)
  end)

  describe("on managers", function()
    local ann, post
    before_each(function()
      ann = Author.objects:create{ name = "Ann" }
      post = Post.objects:create{ title = "post", author = ann }
    end)

    it("of a reverse side belongs to the parent", function()
      local p, created = ann.posts:get_or_create{ title = "new", defaults = { views = 5 } }
      assert.is_true(created)
      assert.same({ ann.id, 5 }, { p.author_id, p.views })
      assert.is_false(select(2, ann.posts:get_or_create{ title = "new" }))
      local bob = Author.objects:create{ name = "Bob" }
      assert.is_true(select(2, bob.posts:get_or_create{ title = "new" }))
      p, created = ann.posts:update_or_create{ title = "new", defaults = { views = F"views" + 1 } }
      assert.is_false(created)
      assert.equal(6, p.views)
      assert.is_true(select(2, ann.posts:update_or_create{ title = "other", defaults = { views = 1 } }))
      p, created = ann.posts:upsert({ title = "other", views = 3 }, { unique_fields = { "author", "title" } })
      assert.is_false(created)
      assert.same({ ann.id, 3 }, { p.author_id, p.views })
      assert.equal(3, ann.posts:count())
      local e = db.error_of(ann.posts.get_or_create, ann.posts, { title = "z", author = bob })
      assert.equal("misuse", e.kind)
      p, created = Post.objects:update_or_create{ author__name = "Bob", title = "new", defaults = { views = 9 } }
      assert.is_false(created)
      assert.equal(9, p.views)
      assert.equal(9, Post.objects:distinct():update_or_create{ author__name = "Bob", defaults = { slug = "q" } }.views)
    end)

    it("of a many-to-many relation are linked", function()
      local t, created = post.tags:get_or_create{ name = "lua", defaults = { color = "blue" } }
      assert.is_true(created)
      assert.equal("blue", post.tags:get().color)
      assert.is_false(select(2, post.tags:get_or_create{ name = "lua" }))
      -- A tag that is there, but not linked, is linked.
      objects:create{ name = "c" }
      t, created = post.tags:get_or_create{ name = "c" }
      assert.is_false(created)
      assert.equal(2, post.tags:count())
      assert.equal("c", t.name)
      t, created = post.tags:update_or_create{ name = "c", defaults = { color = "red" } }
      assert.is_false(created)
      assert.equal("red", t.color)
      objects:create{ name = "d" }
      t, created = post.tags:update_or_create{ name = "d", defaults = { color = "red" } }
      assert.is_false(created)
      assert.is_true(select(2, post.tags:update_or_create{ name = "e", defaults = { color = "x" } }))
      t, created = post.tags:upsert({ name = "f", color = "y" }, { unique_fields = { "name" } })
      assert.is_true(created)
      assert.is_false(select(2, post.tags:upsert({ name = "f", color = "z" }, { unique_fields = { "name" } })))
      assert.equal(5, post.tags:count())
      assert.equal("z", post.tags:get{ name = "f" }.color)
      assert.equal("red", objects:get{ name = "d" }.color)
      local made = { Tag{ name = "f", color = "w" }, Tag{ name = "g" } }
      post.tags:bulk_create(made, { update_conflicts = true, unique_fields = { "name" }, update_fields = { "color" } })
      assert.equal(6, post.tags:count())
      assert.equal("w", objects:get{ name = "f" }.color)
      assert.equal("misuse", db.error_of(post.tags.bulk_create, post.tags, {}, { ignore_conflicts = true }).kind)
    end)
  end)

  describe("in_bulk", function()
    it("gives objects by key or by a unique field", function()
      local a, b = objects:create{ name = "a" }, objects:create{ name = "b" }
      local by = objects:in_bulk{ a.id, b.id, a.id + 1000 }
      assert.same({ "a", "b" }, { by[a.id].name, by[b.id].name })
      assert.same({}, objects:in_bulk{})
      by = objects:in_bulk({ "b", "x" }, { field_name = "name" })
      assert.equal(b.id, by.b.id)
      assert.is_nil(by.x)
      local large = Big.objects:create{ id = ryx.json.decode("9007199254740993"), name = "large" }
      local key = require("ryx.compat").is_54 and large.id or "9007199254740993"
      assert.equal("large", Big.objects:in_bulk{ large.id }[key].name)
      assert.equal("large", Big.objects:in_bulk{ "9007199254740993" }[key].name)
    end)

    it("refuses fields that are not unique, and what is no list", function()
      assert.truthy(tostring(db.error_of(objects.in_bulk, objects, { "x" }, { field_name = "color" }))
        :find("not unique", 1, true))
      assert.truthy(tostring(db.error_of(objects.in_bulk, objects, { 1 }, { field_name = "idd" }))
        :find('did you mean "id"', 1, true))
      for _, list in ipairs{ 5, "x", { a = 1 } } do
        assert.equal("misuse", db.error_of(objects.in_bulk, objects, list).kind)
      end
      assert.equal("misuse", db.error_of(objects.in_bulk, objects).kind)
    end)
  end)

  it("refuses bad input with one clear error", function()
    for _, method in ipairs{ "get_or_create", "update_or_create" } do
      local function message(values, qs)
        qs = qs or objects
        return tostring(db.error_of(qs[method], qs, values))
      end
      assert.truthy(message(nil):find("takes a table", 1, true))
      assert.truthy(message{}:find("something to look for", 1, true))
      assert.truthy(message{ defaults = { name = "x" } }:find("something to look for", 1, true))
      assert.truthy(message{ nam = "x" }:find('did you mean "name"', 1, true))
      assert.truthy(message{ name = "x", defaults = { colr = "x" } }:find('did you mean "color"', 1, true))
      assert.truthy(message{ name = "x", defaults = 5 }:find("defaults takes a table", 1, true))
      assert.truthy(message{ "x" }:find("name is missing", 1, true))
      assert.truthy(message({ name = "x" }, objects:limit(1)):find(method .. " after limit", 1, true))
    end
    assert.equal(0, objects:count())
  end)
end)

if db.needs "several writers" then
  describe("get_or_create by several processes", function()
    db.use(ryx, { Tag })

    local WORK = [[
      local ryx = require "ryx"
      ryx.setup(os.getenv("RYX_TEST_URL"))
      local Tag = ryx.model("GocTag", {
        name = ryx.CharField{ max_length = 20, unique = true },
        color = ryx.CharField{ max_length = 10, default = "none" },
      })
      local n = 0
      ryx.run(function()
        local tasks = {}
        for i = 1, 16 do
          tasks[i] = function()
            for k = 1, 10 do
              local _, created = Tag.objects:get_or_create{ name = "t" .. k }
              if created then n = n + 1 end
              Tag.objects:update_or_create{ name = "t" .. k, defaults = { color = "c" .. i } }
            end
          end
        end
        ryx.gather(tasks, { limit = 16 })
      end)
      ryx.close()
      print(n)
    ]]

    it("makes one row of each", function()
      local file = os.tmpname()
      local f = assert(io.open(file, "w"))
      f:write(WORK)
      f:close()
      local lua = rawget(_G, "jit") and "luajit" or "lua5.4"
      local pipes, made = {}, 0
      for i = 1, 4 do pipes[i] = assert(io.popen(lua .. " " .. file .. " 2>&1")) end
      for i = 1, 4 do
        local said = pipes[i]:read("*a")
        pipes[i]:close()
        made = made + assert(tonumber(said), said)
      end
      os.remove(file)
      assert.equal(10, made)
      assert.equal(10, Tag.objects:count())
    end)
  end)
end
