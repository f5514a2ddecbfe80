-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "spec.support.db"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local state = require "ryx.migrations.state"
local alias_of = require("ryx.db").alias

local Author = ryx.model("HistAuthor", { name = ryx.CharField{} })
local Tag = ryx.model("HistTag", { label = ryx.CharField{} })
local Post = ryx.model("HistPost", {
  title = ryx.CharField{},
  views = ryx.IntField{ default = 0 },
  slug = ryx.SlugField{ null = true },
  author = ryx.ForeignKey("HistAuthor", { related_name = "posts", null = true }),
  tags = ryx.ManyToManyField("HistTag", { related_name = "posts" }),
  busy = ryx.Manager{ get_queryset = function(qs) return qs:filter{ views__gte = 100 } end },
})
local Pair = ryx.model("HistPair", {
  a = ryx.IntField{}, b = ryx.IntField{}, c = ryx.IntField{ default = 0 }, Meta = { primary_key = { "a", "b" } },
})
local told = {}
function Post.before_save() told[#told + 1] = "before_save" end
function Post:shout() return self.title:upper() end

db.use(ryx, { Author, Tag, Post, Pair })

-- The models as files made them: without slug, and with other names for the other side.
local function then_state()
  return operation.apply({
    m.create_model("HistAuthor", { name = ryx.CharField{} }),
    m.create_model("HistTag", { label = ryx.CharField{} }),
    m.create_model("HistPost", {
      title = ryx.CharField{}, views = ryx.IntField{ default = 7 },
      author = ryx.ForeignKey("HistAuthor", { related_name = "texts", null = true }),
      tags = ryx.ManyToManyField("HistTag"),
      Meta = { ordering = { "-views" } },
    }),
    m.create_model("HistPair", {
      a = ryx.IntField{}, b = ryx.IntField{}, c = ryx.IntField{}, Meta = { primary_key = { "a", "b" } },
    }),
  }, state.new())
end

local function run_lua(fn, progress)
  m.run_lua(fn):run("forwards", { alias = alias_of("default"), state = then_state(), progress = progress })
end

describe("the models of run_lua", function()
  before_each(function()
    Post.objects:delete_all()
    Author.objects:delete_all()
    Tag.objects:delete_all()
    told = {}
  end)

  it("have the fields of that moment, and full querysets", function()
    run_lua(function(apps)
      local Old = apps:model("HistPost")
      assert.equal("default", apps.alias)
      Old.objects:bulk_create{ Old{ title = "a", views = 1 }, Old{ title = "b", views = 2 } }
      Old.objects:create{ title = "c" }
      assert.same({ "c", "b", "a" }, Old.objects:values_list("title", { flat = true }):all())
      assert.equal(3, Old.objects:filter{ views__gte = 1 }:update{ views = ryx.F"views" + 1 })
      assert.equal(13, Old.objects:aggregate{ n = ryx.Sum("views") }.n)
      assert.equal("field_error", db.error_of(function() Old{ slug = "x" } end).kind)
      assert.equal("field_error", db.error_of(function() Old.objects:filter{ slug = "x" } end).kind)
    end)
    assert.equal(3, Post.objects:count())
  end)

  it("have the relations of that moment", function()
    run_lua(function(apps)
      local OldPost, OldAuthor, OldTag = apps:model("HistPost"), apps:model("HistAuthor"), apps:model("HistTag")
      local ann = OldAuthor.objects:create{ name = "Ann" }
      local post = OldPost.objects:create{ title = "a", author = ann }
      post.tags:add(OldTag.objects:create{ label = "t" })
      assert.equal("a", ann.texts:get().title)
      assert.equal(1, OldPost.objects:filter{ author__name = "Ann", tags__label = "t" }:count())
      assert.equal("Ann", OldPost.objects:first().author.name)
      assert.equal(OldAuthor, getmetatable(OldPost.objects:select_related("author"):first().author).model)
      ann:delete()
      assert.equal(0, OldPost.objects:count())
    end)
    assert.equal(0, Post.objects:count())
  end)

  it("are in the transaction around them", function()
    pcall(ryx.transaction, function()
      run_lua(function(apps) apps:model("HistPost").objects:create{ title = "a" } end)
      error("no")
    end)
    assert.equal(0, Post.objects:count())
  end)

  it("know nothing of hooks, methods, managers and receivers of today's", function()
    local undo = ryx.signals.post_save:connect(function() told[#told + 1] = "post_save" end, { sender = Post })
    run_lua(function(apps)
      local Old = apps:model("HistPost")
      local post = Old.objects:create{ title = "a" }
      assert.is_nil(post.shout)
      assert.equal("field_error", db.error_of(function() return Old.busy end).kind)
      post:save()
      Old.objects:bulk_create{ Old{ title = "b" } }
    end)
    assert.same({}, told)
    Post{ title = "c" }:save()
    undo()
    assert.same({ "before_save", "post_save" }, told)
  end)

  it("are on the alias that is migrated, whatever a router says", function()
    ryx.set_router{ db_for_read = function() return "nowhere" end, db_for_write = function() return "nowhere" end }
    local ok, err = pcall(run_lua, function(apps)
      local Old = apps:model("HistPost")
      local post = Old.objects:create{ title = "a" }
      post.tags:create{ label = "t" }
      assert.equal(1, post.tags:count())
      assert.equal(1, Old.objects:prefetch_related("tags"):all()[1].tags:count())
      post:refresh_from_db()
      post:delete()
    end)
    ryx.set_router(nil)
    assert(ok, err)
  end)
end)

describe("apps:each", function()
  it("gives rows in lists, in the order of keys, and tells how far it is", function()
    for i = 1, 5 do Post.objects:create{ title = "t" .. i, views = 10 - i } end
    local sizes, titles, seen = {}, {}, {}
    run_lua(function(apps)
      local Old = apps:model("HistPost")
      assert.equal(5, apps:each("HistPost", { batch = 2 }, function(posts)
        sizes[#sizes + 1] = #posts
        for _, post in ipairs(posts) do
          titles[#titles + 1] = post.title
          post.views = 0
        end
        Old.objects:bulk_update(posts, { "views" })
      end))
      assert.equal(5, apps:each(Old.objects:filter{ views = 0 }, {}, function(posts)
        Old.objects:filter{ id__in = { posts[1].id, posts[5].id } }:update{ views = 1 }
      end))
      assert.equal(3, apps:each(Old.objects:filter{ views = 0 }, { batch = 1 }, function(posts)
        posts[1]:delete()
      end))
    end, function(done, total) seen[#seen + 1] = done .. "/" .. total end)
    assert.same({ 2, 2, 1 }, sizes)
    assert.same({ "t1", "t2", "t3", "t4", "t5" }, titles)
    assert.same({ "2/5", "4/5", "5/5", "5/5", "1/3", "2/3", "3/3" }, seen)
    assert.equal(2, Post.objects:count())
  end)

  it("goes by keys of several fields", function()
    for a = 1, 3 do
      for b = 1, 3 do Pair.objects:create{ a = a, b = b } end
    end
    local keys = {}
    run_lua(function(apps)
      apps:each("HistPair", { batch = 2 }, function(pairs_of)
        for _, pair in ipairs(pairs_of) do keys[#keys + 1] = pair.a .. pair.b end
      end)
    end)
    assert.equal("11 12 13 21 22 23 31 32 33", table.concat(keys, " "))
    Pair.objects:delete_all()
  end)

  it("refuses what it cannot go through", function()
    run_lua(function(apps)
      assert.equal("misuse", db.error_of(function() apps:each(7, {}, print) end).kind)
      assert.equal("misuse", db.error_of(function() apps:each("HistPost", { batch = 0 }, print) end).kind)
      assert.equal("field_error", db.error_of(function() apps:each("HistPots", {}, print) end).kind)
    end)
  end)
end)

describe("run_sql", function()
  it("runs the statements of its direction", function()
    local op = m.run_sql("INSERT INTO hist_tags (label) VALUES ('a;b'); INSERT INTO hist_tags (label) VALUES ('?')",
      { "DELETE FROM hist_tags WHERE label = '?'" })
    local context = { alias = alias_of("default"), state = then_state() }
    Tag.objects:delete_all()
    op:run("forwards", context)
    assert.same({ "?", "a;b" }, Tag.objects:order_by("label"):values_list("label", { flat = true }):all())
    op:run("backwards", context)
    assert.same({ "a;b" }, Tag.objects:values_list("label", { flat = true }):all())
    Tag.objects:delete_all()
  end)
end)
