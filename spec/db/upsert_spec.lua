-- SPDX-License-Identifier: MIT
-- upsert: insert or update by a unique key, and which of them it was.
local ryx = require "ryx"
local db = require "support.db"
local F, New = ryx.F, ryx.New

local Owner = ryx.model("UpsOwner", { name = ryx.CharField{ max_length = 20 } })
local Page = ryx.model("UpsPage", {
  slug = ryx.CharField{ max_length = 20, unique = true },
  hits = ryx.IntField{ default = 0, db_column = "hit_count" },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, default = "1.00" },
  note = ryx.TextField{ null = true },
  meta = ryx.JSONField{ null = true },
  owner = ryx.ForeignKey(Owner, { null = true, related_name = "pages" }),
  made = ryx.DateTimeField{ auto_now_add = true },
  changed = ryx.DateTimeField{ auto_now = true },
})
-- Two unique keys besides the primary one.
local User = ryx.model("UpsUser", {
  email = ryx.CharField{ max_length = 40, unique = true },
  login = ryx.CharField{ max_length = 20, unique = true },
  n = ryx.IntField{ default = 0 },
})
local Pair = ryx.model("UpsPair", {
  a = ryx.IntField{}, b = ryx.CharField{ max_length = 10, null = true }, n = ryx.IntField{ default = 1 },
  Meta = { unique_together = { { "a", "b" } } },
})
local Country = ryx.model("UpsCountry", {
  code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{ default = 1 },
})
local SLUG = { unique_fields = { "slug" } }

-- With the server's own way, then as on servers without it.
local WAYS = {
  [""] = {}, [" by a look first"] = { tells_insert = true },
  [" by an update first"] = { tells_insert = true, conflict_target = true },
}
if not db.needs "conflict target" then WAYS[" by a look first"] = nil end

describe("upsert", function()
  db.use(ryx, { Owner, Page, User, Pair, Country })
  before_each(function()
    for _, m in ipairs{ Page, Owner, User, Pair, Country } do m.objects:delete_all() end
  end)

  for way, lacks in pairs(WAYS) do
    local function upsert(model, values, options, qs)
      local object, created
      db.without(lacks, function() object, created = (qs or model.objects):upsert(values, options) end)
      return object, created
    end

    it("inserts what is not there" .. way, function()
      local p, created = upsert(Page, { slug = "a", hits = 3, meta = { x = 1 } }, SLUG)
      assert.is_true(created)
      assert.same({ "a", 3, "1.00", "number" }, { p.slug, p.hits, tostring(p.price), type(p.id) })
      assert.equal(1, p.meta.x)
      p.hits = 4
      p:save()
      assert.equal(4, Page.objects:get{ slug = "a" }.hits)
    end)

    it("updates what is there with the values given, and reads the row" .. way, function()
      local first = Page.objects:create{ slug = "a", hits = 3, note = "kept", price = "2.50" }
      local p, created = upsert(Page, { slug = "a", hits = 5 }, SLUG)
      assert.is_false(created)
      assert.same({ first.id, 5, "kept", "2.50" }, { p.id, p.hits, p.note, tostring(p.price) })
      assert.is_true(p.made == first.made)
      assert.is_true(p.changed >= first.changed)
      assert.equal(1, Page.objects:count())
      assert.is_true(select(2, upsert(Page, { slug = "b", hits = 5 }, SLUG)))
      assert.is_false(select(2, upsert(Page, { slug = "b", hits = 5 }, SLUG)))
    end)

    it("updates by expressions of the old and the new row" .. way, function()
      local options = {
        unique_fields = { "slug" },
        update_fields = { "note", hits = F"hits" + New"hits" * 2, price = F"price" + New"price", meta = ryx.null },
      }
      for i = 1, 3 do
        local p, created = upsert(Page, { slug = "a", hits = i, note = "n" .. i, price = "0.25", meta = { 1 } }, options)
        assert.equal(i == 1, created)
        assert.equal(({ 1, 5, 11 })[i], p.hits)
        assert.equal(({ "0.25", "0.50", "0.75" })[i], tostring(p.price))
        assert.equal("n" .. i, p.note)
        assert.equal(i == 1, p.meta ~= nil)
      end
      local p = upsert(Page, { slug = "a", hits = 9 }, {
        unique_fields = { "slug" }, update_fields = { hits = ryx.Greatest("hits", New"hits"), note = F"note" .. New"slug" },
      })
      assert.same({ 11, "n3a" }, { p.hits, p.note })
    end)

    it("takes values that the database works out" .. way, function()
      local ann = Owner.objects:create{ name = "Ann" }
      local function again()
        return upsert(Page, { slug = ryx.Lower(ryx.Value("ABC")), note = ryx.Upper(ryx.Value("x")), owner = ann }, SLUG)
      end
      local p, created = again()
      assert.is_true(created)
      assert.same({ "abc", "X", ann.id }, { p.slug, p.note, p.owner_id })
      Page.objects:update_all{ note = "y" }
      local q
      q, created = again()
      assert.is_false(created)
      assert.same({ "X", p.id }, { q.note, q.id })
      q = upsert(Page, { slug = "abc" }, { unique_fields = { "slug" }, update_fields = { note = F"owner__name" } })
      assert.equal("Ann", q.note)
    end)

    it("goes by one of several unique keys" .. way, function()
      local u = upsert(User, { email = "a@x", login = "a", n = 1 }, { unique_fields = { "email" } })
      local v, created = upsert(User, { email = "a@x", login = "aa", n = 2 }, { unique_fields = { "email" } })
      assert.is_false(created)
      assert.same({ u.id, "aa", 2 }, { v.id, v.login, v.n })
      local e = db.error_of(upsert, User, { email = "b@x", login = "aa", n = 3 }, { unique_fields = { "email" } })
      assert.equal("unique_violation", e.kind)
      assert.equal("a@x", User.objects:get().email)
      assert.is_true(select(2, upsert(User, { email = "b@x", login = "b" }, { unique_fields = { "login" } })))
      e = db.error_of(upsert, User, { email = "a@x", login = "b" }, { unique_fields = { "login" } })
      assert.equal("unique_violation", e.kind)
    end)

    it("goes by the primary key, by several columns, and NULL meets nothing" .. way, function()
      assert.is_true(select(2, upsert(Country, { code = "DE" })))
      assert.is_false(select(2, upsert(Country, { code = "DE" })))
      local c, created = upsert(Country, { code = "DE", n = 5 })
      assert.is_false(created)
      assert.equal(5, c.n)
      local options = { unique_fields = { "a", "b" }, update_fields = { n = F"n" + New"n" } }
      for i = 1, 2 do
        assert.equal(i == 1, select(2, upsert(Pair, { a = 1, b = "x", n = 2 }, options)))
        assert.is_true(select(2, upsert(Pair, { a = 1, n = 2 }, options)))
      end
      assert.same({ 2, 2, 4 }, Pair.objects:order_by("n"):values_list("n", { flat = true }):all())
      local p = Page.objects:create{ slug = "k" }
      assert.is_false(select(2, upsert(Page, { pk = p.id, slug = "kk" })))
      assert.equal("kk", Page.objects:get{ id = p.id }.slug)
    end)

    it("joins the running transaction" .. way, function()
      pcall(ryx.transaction, function()
        assert.is_true(select(2, upsert(Page, { slug = "a", hits = 1 }, SLUG)))
        assert.is_false(select(2, upsert(Page, { slug = "a", hits = 2 }, SLUG)))
        error("no")
      end)
      assert.equal(0, Page.objects:count())
      ryx.transaction(function(tx)
        assert.is_true(select(2, upsert(Page, { slug = "a", hits = 1 }, SLUG, Page.objects:using(tx))))
      end)
      assert.equal(1, Page.objects:count())
    end)

    it("validates, and runs the hooks with what happened" .. way, function()
      local seen = {}
      local Hooked = ryx.model("UpsCountry", {
        code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{ default = 1 },
      })
      function Hooked:after_save(created) seen[#seen + 1] = self.code .. tostring(created) end
      upsert(Hooked, { code = "DE" })
      upsert(Hooked, { code = "DE", n = 2 })
      assert.same({ "DEtrue", "DEfalse" }, seen)
      assert.equal("validation", db.error_of(upsert, Hooked, { code = "DEU" }).kind)
      assert.equal("validation", db.error_of(upsert, Hooked, { code = "DE", n = "many" }).kind)
    end)

    it("after a statement that failed says the same" .. way, function()
      local Checked = ryx.model("UpsChecked", {
        name = ryx.CharField{ max_length = 5, unique = true }, n = ryx.IntField{},
        Meta = { constraints = { ryx.Constraint{ check = ryx.Q{ n__gte = 0 }, name = "ups_checked_n" } } },
      })
      db.tables(ryx, { Checked })
      local options = { unique_fields = { "name" }, update_fields = { n = F"n" - New"n" } }
      assert.is_true(select(2, upsert(Checked, { name = "a", n = 1 }, options)))
      assert.equal("check_violation", db.error_of(upsert, Checked, { name = "a", n = 2 }, options).kind)
      assert.is_true(select(2, upsert(Checked, { name = "b", n = 1 }, options)))
      assert.is_false(select(2, upsert(Checked, { name = "b", n = 1 }, options)))
      ryx.raw_execute("DROP TABLE ups_checkeds")
    end)
  end

  it("is one statement where the database can say what it did", function()
    Page.objects:upsert({ slug = "a", hits = 1 }, SLUG)
    local seen = db.sql_of(ryx, function() Page.objects:upsert({ slug = "a", hits = 2 }, SLUG) end)
    if db.needs "says what an insert did" then assert.equal(1, #seen) end
  end)

  it("by several tasks at once makes one row", function()
    ryx.run(function()
      local tasks, n = {}, 0
      for i = 1, 64 do
        tasks[i] = function()
          local _, created = Page.objects:upsert({ slug = "a", hits = 1 },
            { unique_fields = { "slug" }, update_fields = { hits = F"hits" + New"hits" } })
          if created then n = n + 1 end
        end
      end
      ryx.gather(tasks, { limit = 64 })
      assert.equal(1, n)
    end)
    assert.equal(64, Page.objects:get().hits)
  end)

  it("by a key that is not the only one, by several tasks at once, makes one row", function()
    ryx.run(function()
      local tasks, n = {}, 0
      for i = 1, 32 do
        tasks[i] = function()
          local _, created = User.objects:upsert({ email = "a@x", login = "a", n = 1 },
            { unique_fields = { "email" }, update_fields = { n = F"n" + New"n" } })
          if created then n = n + 1 end
        end
      end
      ryx.gather(tasks, { limit = 32 })
      assert.equal(1, n)
    end)
    assert.equal(32, User.objects:get().n)
  end)

  it("raises one clear error for bad input", function()
    local function message(values, options, qs)
      qs = qs or Page.objects
      return tostring(db.error_of(qs.upsert, qs, values, options))
    end
    assert.truthy(message({ slug = "a", hits = 1 }):find("has no value here: name unique_fields", 1, true))
    assert.truthy(message({ slug = "a", hits = 1 }, { unique_fields = { "hits" } }):find("no unique key of hits", 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = { "slugg" } }):find('did you mean "slug"', 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = {} }):find("takes a list of names", 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = "slug" }):find("takes a list of names", 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = { "slug" }, update_fields = {} })
      :find("takes a list of names", 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = { "slug" }, update_fields = { "hitss" } })
      :find('did you mean "hits"', 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = { "slug" }, update_fields = { hits = New"hitss" } })
      :find('did you mean "hits"', 1, true))
    assert.truthy(message({ slug = "a" }, { unique_fields = { "slug" }, update_fields = { slug = "b" } })
      :find("by which rows are found", 1, true))
    assert.truthy(message({ slug = "a" }, { unique_field = { "slug" } }):find('did you mean "unique_fields"', 1, true))
    assert.truthy(message({ slugg = "a" }, SLUG):find('did you mean "slug"', 1, true))
    assert.truthy(message({}, SLUG):find("slug", 1, true))
    assert.truthy(message({ slug = "a", hits = 1 }, SLUG, Page.objects:limit(1)):find("upsert after limit", 1, true))
    assert.truthy(tostring(db.error_of(function() return Page.objects:filter{ hits = New"hits" } end))
      :find("update_fields", 1, true))
    assert.equal(0, Page.objects:count())
  end)
end)
