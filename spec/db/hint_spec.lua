-- SPDX-License-Identifier: MIT
-- qs:hint: what planners are told.
local ryx = require "ryx"
local db = require "support.db"
local Count = ryx.Count

local Author = ryx.model("HintAuthor", { name = ryx.CharField{ max_length = 20, unique = true } })
local Post = ryx.model("HintPost", {
  title = ryx.CharField{ max_length = 20 }, views = ryx.IntField{ db_index = true },
  author = ryx.ForeignKey(Author, { related_name = "posts" }),
  Meta = { indexes = { ryx.Index{ fields = { "title" }, name = "hint_title" } } },
})
local posts = Post.objects

-- Words and an index for every database, each its own.
local WORDS = { postgres = "SeqScan(hint_posts)", mariadb = "NO_ICP(hint_posts)", mysql = "NO_ICP(hint_posts)" }
local function every(index)
  return {
    postgres = WORDS.postgres, mariadb = { words = WORDS.mariadb, force = index },
    mysql = { words = WORDS.mysql, force = index }, sqlite = { force = index },
  }
end
local EXPECT = {
  postgres = "^SELECT /%*%+ SeqScan%(hint_posts%) %*/ .- FROM \"hint_posts\" ",
  mariadb = "^SELECT /%*%+ NO_ICP%(hint_posts%) %*/ .- FROM `hint_posts` FORCE INDEX %(`hint_title`%) ",
  mysql = "^SELECT /%*%+ NO_ICP%(hint_posts%) %*/ .- FROM `hint_posts` FORCE INDEX %(`hint_title`%) ",
  sqlite = "^SELECT .- FROM \"hint_posts\" INDEXED BY \"hint_title\" ",
}

describe("hints", function()
  db.use(ryx, { Author, Post })
  setup(function()
    local ann = Author.objects:create{ name = "Ann" }
    for i = 1, 3 do posts:create{ title = "t" .. i, views = i, author = ann } end
  end)

  it("stand in the queries of their own database, whatever is asked", function()
    local qs = posts:filter{ title__gte = "t2" }:hint(every "hint_title")
    for _, ask in ipairs{
      function(q) assert.equal(2, #q:all()) end, function(q) assert.equal(2, q:count()) end,
      function(q) assert.is_true(q:exists()) end, function(q) assert.equal("t2", q:order_by("title"):first().title) end,
      function(q) assert.equal(5, q:aggregate{ s = ryx.Sum("views") }.s) end,
      function(q) assert.equal("t3", q:get{ views = 3 }.title) end,
      function(q) for p in q:iter() do assert.truthy(p.title) end end,
    } do
      local sql = db.sql_of(ryx, function() ask(qs) end)
      assert.truthy((sql[1] .. " "):find(EXPECT[db.dialect]), sql[1])
    end
    assert.equal("<QuerySet HintPost.objects:hint{ ... }>", tostring(posts:hint(every "hint_title")))
  end)

  it("stand with joins, groups, slices, comments and other uses of the table", function()
    local qs = posts:hint(every "hint_title"):filter{ title__gte = "t2" }
    for _, q in ipairs{
      qs:filter{ author__name = "Ann" }, qs:values("author"):annotate{ n = Count() },
      qs:filter{ author__posts__views = 1 }, qs:order_by("title"):limit(2):annotate{ n = Count("author__posts") },
      qs:select_related("author"):comment("slow"),
    } do
      local sql = db.sql_of(ryx, function() assert.is_true(#q:all() > 0) end)[1]
      assert.equal(db.dialect == "postgres" and 0 or 1, select(2, sql:gsub("hint_title", "")), sql)
      if db.dialect ~= "sqlite" then assert.equal(1, select(2, sql:gsub("/%*%+", "")), sql) end
    end
    local plain = db.sql_of(ryx, function() posts:filter{ title__gte = "t2" }:all() end)[1]
    assert.is_nil(plain:find("hint_title", 1, true))
  end)

  it("are of several indexes, of none, and the last ones hold", function()
    local function sql(hints) return (posts:filter{ title = "t1" }:hint(every "hint_title"):hint(hints):sql()) end
    local list = { "hint_title", "idx_hint_posts_views" }
    local text = sql{ mysql = { use = list, ignore = "PRIMARY" }, mariadb = { use = list, ignore = "PRIMARY" },
      sqlite = { ignore = true } }
    local want = {
      mysql = "`hint_posts` IGNORE INDEX (`PRIMARY`) USE INDEX (`hint_title`) USE INDEX (`idx_hint_posts_views`) WHERE",
      sqlite = "\"hint_posts\" NOT INDEXED WHERE", postgres = "FROM \"hint_posts\" WHERE",
    }
    want.mariadb = want.mysql
    assert.truthy(text:find(want[db.dialect], 1, true), text)
    assert.equal(1, posts:filter{ title = "t1" }:hint{ mysql = { use = list }, mariadb = { use = list },
      sqlite = { ignore = true }, postgres = "IndexScan(hint_posts hint_title)" }:count())
    if db.needs "reverse" then
      for _, words in ipairs{ "SET_VAR(sort_buffer_size = 16M)", "x", "a@b (c) #10 +10 %", "-- x", "Rows(a b #10)" } do
        assert.equal(3, #posts:hint{ mysql = words, mariadb = words, postgres = words }:all(), words)
      end
    end
  end)

  it("hold nothing that ends them", function()
    for _, words in ipairs{ "*/ DROP TABLE x; --", "/* a", "a\nb", "a\0b", "", "  ", "'", '"', "`", "\\", ";", "a/b",
      "*", "?", "$1", "é", ("x"):rep(1001) } do
      for _, database in ipairs{ "postgres", "mysql", "mariadb" } do
        assert.equal("misuse", db.error_of(function() return posts:hint{ [database] = words } end).kind, words)
      end
    end
  end)

  it("raise one clear error for bad input", function()
    local function says(text, fn)
      local e = db.error_of(function() fn() end)
      assert.truthy(tostring(e):find(text, 1, true), tostring(e))
      assert.truthy(e.where:find("hint_spec", 1, true))
    end
    says('did you mean "postgres"', function() posts:hint{ postgre = "x" } end)
    says("it takes mariadb, mysql, postgres, sqlite", function() posts:hint{ oracle = "x" } end)
    says("names no database", function() posts:hint{} end)
    says("hint", function() posts:hint("x") end)
    says('no index "hint_titel" (did you mean "hint_title"?)',
      function() posts:hint{ mysql = { force = "hint_titel" } } end)
    says('no index "a`b"', function() posts:hint{ mariadb = { use = { "a`b" } } } end)
    says('no hint "use"', function() posts:hint{ sqlite = { use = "hint_title" } } end)
    says('no hint "force"', function() posts:hint{ postgres = { force = "hint_title" } } end)
    says('no hint "words"', function() posts:hint{ sqlite = "x" } end)
    says('no hint "forc"', function() posts:hint{ mysql = { forc = "hint_title" } } end)
    says("takes true", function() posts:hint{ sqlite = { ignore = "hint_title" } } end)
    says("takes the name of an index", function() posts:hint{ mysql = { force = {} } } end)
    says("says nothing", function() posts:hint{ mysql = {} } end)
    says("update after hint", function() posts:filter{ views = 1 }:hint(every "hint_title"):update{ views = 2 } end)
    says("delete after hint", function() posts:filter{ views = 1 }:hint(every "hint_title"):delete() end)
  end)
end)
