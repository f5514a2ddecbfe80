-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("SaveAuthor", {
  name = ryx.CharField{ max_length = 50 },
  email = ryx.CharField{ max_length = 50, unique = true, null = true },
})
local Post = ryx.model("SavePost", {
  title = ryx.CharField{ max_length = 20 },
  author = ryx.ForeignKey(Author, { on_delete = "CASCADE", null = true }),
  views = ryx.IntField{ default = 0, db_column = "view_count" },
  created = ryx.DateTimeField{ auto_now_add = true },
  changed = ryx.DateTimeField{ auto_now = true },
  day = ryx.DateField{ auto_now = true },
  Meta = { constraints = { ryx.Constraint{ check = ryx.Q{ views__gte = 0 }, name = "save_posts_views_chk" } } },
})
local Country = ryx.model("SaveCountry", {
  code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{},
})
local Token = ryx.model("SaveToken", {
  token = ryx.UUIDField{ primary_key = true, auto_create = true }, n = ryx.IntField{ default = 1 },
})

describe("saving", function()
  db.use(ryx, { Author, Post, Country, Token })
  before_each(function()
    for _, m in ipairs{ Post, Author, Country, Token } do m.objects:delete_all() end
  end)

  it("a new instance inserts it and sets its key", function()
    local p = Post{ title = "Hello" }
    assert.is_nil(p.id)
    p:save()
    assert.equal("number", type(p.id))
    assert.equal("Hello", Post.objects:get{ id = p.id }.title)
  end)

  it("again updates the row", function()
    local p = Post.objects:create{ title = "Hello" }
    p.title, p.views = "Bye", 5
    p:save()
    local again = Post.objects:get{ pk = p.pk }
    assert.equal("Bye", again.title)
    assert.equal(5, again.views)
    assert.equal(1, Post.objects:count())
  end)

  it("with an explicit key inserts it", function()
    local c = Country{ code = "DE", n = 1 }
    c:save()
    assert.equal(1, Country.objects:get{ code = "DE" }.n)
    c.n = 2
    c:save()
    assert.equal(2, Country.objects:get{ pk = "DE" }.n)
    Post{ id = 4711, title = "restored" }:save()
    assert.equal("restored", Post.objects:get{ id = 4711 }.title)
  end)

  it("a UUID key made beforehand inserts it", function()
    local t = Token{}
    t:save()
    assert.equal(1, Token.objects:get{ token = t.token }.n)
  end)

  it("a row that is gone is an error", function()
    local p = Post.objects:create{ title = "Hello" }
    Post.objects:filter{ id = p.id }:delete()
    local e = db.error_of(p.save, p)
    assert.is_true(e:is(Post.DoesNotExist))
    assert.truthy(tostring(e):find("no row has its key", 1, true))
  end)

  it("with update_fields writes only those", function()
    local p = Post.objects:create{ title = "Hello", views = 1 }
    Post.objects:filter{ id = p.id }:update{ views = 9 }
    p.title, p.views = "Bye", 2
    p:save{ update_fields = { "title" } }
    local again = Post.objects:get{ id = p.id }
    assert.equal("Bye", again.title)
    assert.equal(9, again.views)
    local e = db.error_of(p.save, p, { update_fields = { "titel" } })
    assert.truthy(tostring(e):find('did you mean "title"', 1, true))
  end)

  it("fills automatic times on insert and update", function()
    local p = Post.objects:create{ title = "Hello" }
    assert.equal("datetime", require("ryx.value").kind(p.created))
    assert.equal("date", require("ryx.value").kind(p.day))
    local again = Post.objects:get{ id = p.id }
    assert.is_true(again.created == p.created)
    again:save()
    assert.is_true(again.created == p.created)
    assert.is_true(again.changed >= p.changed)
  end)

  it("keeps the time of an insert that was given, and reads the clock once", function()
    local p = Post.objects:create{ title = "Old", created = "2001-02-03 04:05:06" }
    assert.equal("2001-02-03T04:05:06", tostring(Post.objects:get{ id = p.id }.created):sub(1, 19))
    local q = Post{ title = "Older" }
    q.created = ryx.datetime("2000-01-01 00:00:00")
    q:save()
    q:save()
    assert.is_true(Post.objects:get{ id = q.id }.created == q.created)
    assert.equal("2000-01-01", tostring(q.created:date()))
    for _ = 1, 50 do
      local r = Post.objects:create{ title = "New", created = ryx.null }
      assert.is_true(r.created == r.changed and r.created:date() == r.day)
    end
    local list = Post.objects:bulk_create{ Post{ title = "a" }, Post{ title = "b", created = "2001-02-03" }, Post{
      title = "c" } }
    assert.is_true(list[1].created == list[3].created and list[2].changed == list[1].changed)
    assert.equal("2001-02-03", tostring(Post.objects:get{ id = list[2].id }.created:date()))
  end)

  it("nil or null writes NULL and reads as nil", function()
    local p = Post.objects:create{ title = "Hello", author = Author.objects:create{ name = "Ann" } }
    p.author = nil
    p:save()
    assert.is_nil(Post.objects:get{ id = p.id }.author_id)
    local a = Author.objects:create{ name = "Bob", email = ryx.null }
    assert.is_nil(a.email)
    a.email = "b@example.com"
    a:save()
    a.email = ryx.null
    a:save()
    assert.is_nil(a.email)
    assert.is_nil(Author.objects:get{ id = a.id }.email)
  end)

  it("stores text as it is and does not strip on load", function()
    ryx.raw_execute("INSERT INTO save_authors (name) VALUES (?)", { "  padded  " })
    assert.equal("  padded  ", Author.objects:get().name)
  end)

  it("calls the hooks in order", function()
    local seen = {}
    local Hooked = ryx.model("SaveAuthor", { name = ryx.CharField{ max_length = 50 } })
    for _, hook in ipairs{ "clean", "before_save", "after_save", "before_delete", "after_delete" } do
      Hooked[hook] = function(_, created)
        seen[#seen + 1] = hook .. (created ~= nil and " " .. tostring(created) or "")
      end
    end
    local h = Hooked.objects:create{ name = "x" }
    h:save()
    h:delete()
    assert.same({
      "clean", "before_save true", "after_save true", "clean", "before_save false", "after_save false",
      "before_delete", "after_delete",
    }, seen)
  end)

  it("writes nothing when validation fails", function()
    assert.equal("validation", db.error_of(Post.objects.create, Post.objects, { title = ("x"):rep(21) }).kind)
    assert.equal(0, Post.objects:count())
  end)

  it("tells constraint errors apart", function()
    local a = Author.objects:create{ name = "Ann", email = "a@example.com" }
    local e = db.error_of(Author.objects.create, Author.objects, { name = "Ben", email = "a@example.com" })
    assert.equal("unique_violation", e.kind)
    assert.is_true(e:is(ryx.IntegrityError))
    assert.equal("SaveAuthor", e.model)
    e = db.error_of(Post.objects.create, Post.objects, { title = "x", author_id = a.id + 999 })
    assert.equal("foreign_key_violation", e.kind)
    e = db.error_of(Post.objects.create, Post.objects, { title = "x", views = -1 })
    assert.equal("check_violation", e.kind)
    local p = Post{ views = 1 }
    assert.equal("not_null_violation", db.error_of(p.save, p, { validate = false }).kind)
    assert.is_nil(tostring(e):find("\n", 1, true))
    e = db.error_of(function() Post.objects:create{ title = "x", views = -1 } end)
    assert.truthy(e.where:find("save_spec.lua:%d+$"))
  end)

  it("refers to an object that was saved after it was assigned", function()
    local ann = Author{ name = "Ann" }
    local p = Post{ title = "x", author = ann }
    assert.truthy(tostring(db.error_of(p.save, p)):find("not saved", 1, true))
    ann:save()
    p:save()
    assert.equal(ann.id, Post.objects:get{ id = p.id }.author_id)
  end)
end)

describe("defaults", function()
  local Note = ryx.model("SaveNote", {
    text = ryx.TextField{ default = "" }, level = ryx.IntField{ default = 0, min_value = 1 },
    kind = ryx.CharField{ default = "none", choices = { "a", "b" } },
  })
  db.use(ryx, { Note })

  it("are valid by definition", function()
    local note = Note.objects:create{}
    assert.same({ "", 0, "none" }, { note.text, note.level, note.kind })
    note = Note.objects:get{ pk = note.pk }
    note.level = 1
    note:save()
    assert.equal("", Note.objects:get{ level = 1 }.text)
    Note.objects:bulk_create{ Note{}, Note{ level = 2, kind = "a" } }
    assert.equal(3, Note.objects:filter{ text = "" }:count())
  end)

  it("make no other value valid", function()
    for _, values in ipairs{ { text = " \n" }, { level = -1 }, { kind = "c" } } do
      assert.equal("validation", db.error_of(function() Note{ text = values.text, level = values.level,
        kind = values.kind }:save() end).kind)
    end
  end)
end)

describe("deleting", function()
  db.use(ryx, { Author, Post })

  it("an instance removes its row and its key", function()
    local p = Post.objects:create{ title = "Hello" }
    local id = p.id
    p:delete()
    assert.is_nil(p.id)
    assert.is_false(Post.objects:filter{ id = id }:exists())
    assert.truthy(tostring(db.error_of(p.delete, p)):find("Cannot delete an unsaved", 1, true))
  end)

  it("cascades through the database", function()
    local ann = Author.objects:create{ name = "Ann" }
    Post.objects:create{ title = "one", author = ann }
    ann:delete()
    assert.equal(0, Post.objects:count())
  end)
end)

describe("refreshing", function()
  db.use(ryx, { Author, Post })

  it("reads the row again, or some fields", function()
    local p = Post.objects:create{ title = "Hello", views = 1 }
    Post.objects:filter{ id = p.id }:update{ title = "Bye", views = 2 }
    p:refresh_from_db{ "views" }
    assert.same({ "Hello", 2 }, { p.title, p.views })
    p:refresh_from_db()
    assert.equal("Bye", p.title)
  end)
end)

describe("values that the database works out", function()
  db.use(ryx, { Author, Post, Country, Token })
  local F = ryx.F
  before_each(function()
    for _, m in ipairs{ Post, Author, Country, Token } do m.objects:delete_all() end
  end)

  local ways = { [""] = {}, [" without RETURNING"] = { update_returning = true } }
  for what, lacks in pairs(ways) do
    it("are one UPDATE in save and are read back" .. what, function()
      local p = Post.objects:create{ title = "Hello", views = 3 }
      Post.objects:filter{ id = p.id }:update{ views = 10 }
      p.views, p.title = F"views" * 2 + 1, F"title" .. "!"
      local seen
      db.without(lacks, function() seen = db.sql_of(ryx, function() p:save() end) end)
      assert.same({ 21, "Hello!" }, { p.views, p.title })
      local n_updates = 0
      for _, sql in ipairs(seen) do n_updates = n_updates + (sql:find("^UPDATE") and 1 or 0) end
      assert.equal(1, n_updates)
      local again = Post.objects:get{ id = p.id }
      assert.same({ 21, "Hello!" }, { again.views, again.title })
      p:save()
      assert.equal(21, Post.objects:get{ id = p.id }.views)
    end)

    it("are an error where the row is gone" .. what, function()
      local p = Post.objects:create{ title = "Hello" }
      Post.objects:filter{ id = p.id }:delete()
      p.views = F"views" + 1
      local e
      db.without(lacks, function() e = db.error_of(p.save, p) end)
      assert.is_true(e:is(Post.DoesNotExist))
    end)

    it("are written with update_fields, over relations and NULL" .. what, function()
      local ann = Author.objects:create{ name = "Ann", email = "a@example.com" }
      local p = Post.objects:create{ title = "x", author = ann }
      p.title, p.views = F"author__name", 7
      db.without(lacks, function() p:save{ update_fields = { "title" } } end)
      assert.same({ "Ann", 7 }, { p.title, p.views })
      assert.equal(0, Post.objects:get{ id = p.id }.views)
      ann.email = ryx.NullIf("email", ryx.Value("a@example.com"))
      db.without(lacks, function() ann:save() end)
      assert.is_nil(ann.email)
      p.author = ryx.Subquery(Author.objects:filter{ name = "nobody" })
      assert.is_nil(p.author)
      db.without(lacks, function() p:save() end)
      assert.is_nil(p.author_id)
    end)
  end

  ways = { [""] = {}, [" without RETURNING"] = { returning = true } }
  for what, lacks in pairs(ways) do
    it("are functions, values and sub-queries in create" .. what, function()
      Post.objects:create{ title = "first", views = 41 }
      local p
      db.without(lacks, function()
        p = Post.objects:create{
          title = ryx.Upper(ryx.Value("loud")), created = ryx.Now(),
          views = ryx.Coalesce(ryx.Subquery(Post.objects:order_by("-views"):values("views"):limit(1)), 0) + 1,
        }
      end)
      assert.same({ "LOUD", 42, "number" }, { p.title, p.views, type(p.id) })
      local again = Post.objects:get{ id = p.id }
      assert.is_true(again.created == p.created)
      assert.same({ "LOUD", 42 }, { again.title, again.views })
      local c
      db.without(lacks, function() c = Country.objects:create{ code = "DE", n = ryx.Length(ryx.Value("four")) } end)
      assert.equal(4, c.n)
      c.n = F"n" + 1
      c:save()
      assert.equal(5, Country.objects:get{ code = "DE" }.n)
    end)
  end

  it("may be defaults", function()
    local Stamp = ryx.model("SaveCountry", {
      code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{ default = ryx.Value(2) + 3 },
    })
    assert.equal(5, Stamp.objects:create{ code = "FR" }.n)
    assert.equal(1, Stamp.objects:create{ code = "IT", n = 1 }.n)
  end)

  it("cannot read a row that is not there, and must fit", function()
    local function message(values)
      return tostring(db.error_of(Post.objects.create, Post.objects, values))
    end
    assert.truthy(message{ title = "x", views = F"views" + 1 }:find("a new row has no values yet", 1, true))
    assert.truthy(message{ title = F"author__name" }:find("a new row has no values yet", 1, true))
    assert.truthy(message{ title = "x", views = ryx.Case{ ryx.When({ views = 1 }, 2), default = 3 } }
      :find("a new row has no values yet", 1, true))
    assert.truthy(message{ title = "x", views = ryx.Now() }:find("cannot be set to an expression of type datetime", 1, true))
    local p = Post.objects:create{ title = "x" }
    p.views = F"veiws"
    assert.truthy(tostring(db.error_of(p.save, p)):find('did you mean "views"', 1, true))
    p.views, p.id = 1, F"id" + 1
    assert.truthy(tostring(db.error_of(p.save, p)):find("the key of a saved object", 1, true))
  end)

  it("are refused where many rows are written at once", function()
    local e = db.error_of(Post.objects.bulk_create, Post.objects, { Post{ title = ryx.Upper(ryx.Value("x")) } })
    assert.truthy(tostring(e):find("item 1: title", 1, true))
  end)
end)
