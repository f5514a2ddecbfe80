-- SPDX-License-Identifier: MIT
-- refresh_from_db: what an object has is read again.
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("RfAuthor", { name = ryx.CharField{ max_length = 20 } })
local Tag = ryx.model("RfTag", { name = ryx.CharField{ max_length = 20 } })
local Post = ryx.model("RfPost", {
  title = ryx.CharField{ max_length = 20 }, note = ryx.TextField{ null = true }, views = ryx.IntField{ default = 0 },
  changed = ryx.DateTimeField{ auto_now = true },
  author = ryx.ForeignKey(Author, { null = true, related_name = "posts" }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
})

describe("refresh_from_db", function()
  db.use(ryx, { Author, Tag, Post })
  local ann, ben, post
  before_each(function()
    for _, m in ipairs{ Post, Tag, Author } do m.objects:delete_all() end
    ann, ben = Author.objects:create{ name = "Ann" }, Author.objects:create{ name = "Ben" }
    post = Post.objects:create{ title = "one", note = "n", author = ann }
  end)

  local function change(values) Post.objects:filter{ pk = post.pk }:update(values) end

  it("reads every column by one statement, NULL too", function()
    change{ title = "two", note = ryx.null, views = 5 }
    local seen = db.sql_of(ryx, function() post:refresh_from_db() end)
    assert.equal(1, #seen)
    assert.same({ "two", 5 }, { post.title, post.views })
    assert.is_nil(post.note)
  end)

  it("reads only what is named", function()
    local changed = post.changed
    change{ title = "two", views = 5, changed = "2001-01-01 00:00:00" }
    post:refresh_from_db{ "views" }
    assert.same({ "one", 5 }, { post.title, post.views })
    assert.is_true(changed == post.changed)
    post:refresh_from_db{ fields = { "title" } }
    assert.equal("two", post.title)
  end)

  it("forgets what was loaded of relations", function()
    assert.equal("Ann", post.author.name)
    change{ author = ben }
    post:refresh_from_db()
    assert.equal("Ben", post.author.name)
    Author.objects:filter{ pk = ben.pk }:update{ name = "Bob" }
    post:refresh_from_db{ "views" }
    assert.equal("Ben", post.author.name)
    post:refresh_from_db{ "author" }
    assert.equal("Bob", post.author.name)
    post = Post.objects:prefetch_related("tags"):get{ pk = post.pk }
    Post.objects:get{ pk = post.pk }.tags:create{ name = "lua" }
    assert.equal(0, post.tags:count())
    assert.same({}, db.sql_of(ryx, function() post:refresh_from_db{ "tags" } end))
    assert.equal(1, post.tags:count())
  end)

  it("brings columns that were left out, all of them or those named", function()
    post = Post.objects:only("title"):get{ pk = post.pk }
    change{ title = "two", note = "m" }
    post:refresh_from_db{ "note" }
    assert.same({}, db.sql_of(ryx, function() assert.equal("m", post.note) end))
    assert.equal("one", post.title)
    change{ views = 9 }
    post:save()
    assert.equal(9, Post.objects:get{ pk = post.pk }.views)
    post:refresh_from_db()
    assert.same({}, db.sql_of(ryx, function() assert.equal(9, post.views) end))
  end)

  it("works in a transaction, also one that is handed on", function()
    ryx.transaction(function(tx)
      change{ views = 3 }
      post:refresh_from_db{ using = tx }
      assert.equal(3, post.views)
      change{ views = 4 }
      post:refresh_from_db{ using = "default" }
      assert.equal(4, post.views)
    end)
  end)

  it("is an error of a row that is gone, an unsaved object and unknown names", function()
    local function refused(kind, text, ...)
      local e = db.error_of(post.refresh_from_db, ...)
      assert.equal(kind, e.kind)
      assert.truthy(tostring(e):find(text, 1, true), tostring(e))
      return e
    end
    refused("field_error", 'did you mean "views"', post, { "veiws" })
    refused("misuse", "unknown option", post, { feilds = { "views" } })
    refused("misuse", "no database alias", post, { using = "nowhere" })
    refused("misuse", "Cannot refresh an unsaved", Post{ title = "x" })
    Post.objects:filter{ pk = post.pk }:delete()
    assert.is_true(refused("does_not_exist", "no row has its key", post):is(Post.DoesNotExist))
  end)
end)
