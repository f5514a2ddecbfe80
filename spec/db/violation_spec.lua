-- SPDX-License-Identifier: MIT
-- What a database refuses, in the words of the model: the same on every database.
local db = require "support.db"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q

local Author = ryx.model("VioAuthor", {
  name = ryx.CharField{ max_length = 40 },
  email = ryx.CharField{ max_length = 40, unique = true, db_column = "e_mail" },
  Meta = { table_name = "vio_authors" },
})
local Tag = ryx.model("VioTag", { name = ryx.CharField{ max_length = 10 }, Meta = { table_name = "vio_tags" } })
local Post = ryx.model("VioPost", {
  title = ryx.CharField{ max_length = 40 },
  slug = ryx.CharField{ max_length = 40 },
  small = ryx.IntField{ default = 0 },
  low = ryx.IntField{ default = 0 },
  high = ryx.IntField{ default = 9 },
  author = ryx.ForeignKey("VioAuthor", { on_delete = "DO_NOTHING", related_name = "posts" }),
  tag = ryx.ForeignKey("VioTag", { null = true, related_name = "+" }),
  tags = ryx.ManyToManyField("VioTag", { related_name = "posts" }),
  Meta = {
    table_name = "vio_posts", unique_together = { { "author", "slug" } },
    indexes = { ryx.Index{ fields = { "title", "slug" }, name = "vio_title_slug", unique = true } },
    constraints = {
      ryx.Constraint{ check = Q{ small__gte = 0 }, name = "vio_small" },
      ryx.Constraint{ check = Q{ low__lte = 50 } + Q{ high__gte = 50 }, name = "vio_low_high" },
    },
  },
})
local Key = ryx.model("VioKey", {
  code = ryx.CharField{ max_length = 10, primary_key = true }, Meta = { table_name = "vio_keys" },
})

-- What an error tells of where it comes from.
local function facts(e)
  return {
    kind = e.kind, model = e.model, field = e.field, fields = e.fields, constraint = e.constraint, table = e.table,
    column = e.column, errors = e.errors,
  }
end

local UNIQUE = "This value must be unique."

describe("what a database refuses", function()
  local ann

  db.use(ryx, { Tag, Author, Post, Key })

  before_each(function()
    Post.objects:delete_all()
    Author.objects:delete_all()
    ann = Author.objects:create{ name = "Ann", email = "ann-secret" }
    Post.objects:create{ title = "one-secret", slug = "s-secret", author = ann }
  end)

  local function of(fn, ...)
    local e = db.error_of(fn, ...)
    assert.falsy(e.message:find("secret", 1, true), e.message)
    return facts(e), e
  end

  it("names the field of a unique value", function()
    local told, e = of(function() Author.objects:create{ name = "B", email = "ann-secret" } end)
    assert.same({
      kind = "unique_violation", model = "VioAuthor", field = "email", constraint = "uq_vio_authors_e_mail",
      table = "vio_authors", column = "e_mail", errors = { email = { UNIQUE } },
    }, told)
    assert.truthy(e:is(ryx.UniqueViolation))
    local other = Author.objects:create{ name = "B", email = "b" }
    local others = Author.objects:filter{ id = other.id }
    assert.equal("email", of(function() others:update{ email = "ann-secret" } end).field)
    assert.equal("email", of(function()
      Author.objects:bulk_create{ Author{ name = "C", email = "c" }, Author{ name = "D", email = "ann-secret" } }
    end).field)
  end)

  it("names the fields of a unique list and of a unique index", function()
    assert.same({
      kind = "unique_violation", model = "VioPost", fields = { "author", "slug" },
      constraint = "uq_vio_posts_author_id_slug_0", table = "vio_posts", errors = { __all__ = { UNIQUE } },
    }, (of(function() Post.objects:create{ title = "two", slug = "s-secret", author = ann } end)))
    local bob = Author.objects:create{ name = "Bob", email = "bob" }
    assert.same({
      kind = "unique_violation", model = "VioPost", fields = { "title", "slug" }, constraint = "vio_title_slug",
      table = "vio_posts", errors = { __all__ = { UNIQUE } },
    }, (of(function() Post.objects:create{ title = "one-secret", slug = "s-secret", author = bob } end)))
  end)

  it("names the key", function()
    assert.same({
      kind = "unique_violation", model = "VioAuthor", field = "id", constraint = "pk_vio_authors",
      table = "vio_authors", column = "id", errors = { id = { UNIQUE } },
    }, (of(function() Author.objects:create{ id = ann.id, name = "B", email = "b" } end)))
    Key.objects:create{ code = "k-secret" }
    local told = of(function() Key.objects:create{ code = "k-secret" } end)
    assert.equal("code pk_vio_keys", told.field .. " " .. told.constraint)
  end)

  it("names the foreign key that leads nowhere", function()
    assert.same({
      kind = "foreign_key_violation", model = "VioPost", field = "author", constraint = "fk_vio_posts_author_id",
      table = "vio_posts", column = "author_id", errors = { author = { "No row has this key." } },
    }, (of(function() Post.objects:create{ title = "x", slug = "x", author_id = 987654 } end)))
    assert.equal("author", of(function() Post.objects:update_all{ author_id = 987654 } end).field)
    local told = of(function() Post.objects:create{ title = "x", slug = "x", author = ann, tag_id = 987654 } end)
    assert.equal("tag fk_vio_posts_tag_id", told.field .. " " .. told.constraint)
    assert.equal("tag", of(function() Post.objects:update_all{ tag_id = 987654 } end).field)
    assert.equal("tag", of(function()
      Post.objects:bulk_create{ Post{ title = "y", slug = "y", author = ann },
        Post{ title = "x", slug = "x", author = ann, tag_id = 987654 } }
    end).field)
    assert.equal(1, Post.objects:count())
  end)

  it("leaves what came before in the transaction", function()
    ryx.transaction(function()
      local bob = Author.objects:create{ name = "Bob", email = "bob" }
      local told = of(function()
        ryx.transaction(function() Post.objects:create{ title = "x", slug = "x", author = bob, tag_id = 987654 } end)
      end)
      assert.equal("tag", told.field)
      Post.objects:create{ title = "x", slug = "x", author = bob }
    end)
    assert.same({ 2, 2 }, { Author.objects:count(), Post.objects:count() })
  end)

  it("names the foreign key that still leads here", function()
    local function told(fn)
      assert.same({
        kind = "foreign_key_violation", model = "VioPost", field = "author", constraint = "fk_vio_posts_author_id",
        table = "vio_posts", column = "author_id", errors = { __all__ = { "Other rows refer to this one." } },
      }, (of(fn)))
    end
    told(function() ann:delete() end)
    told(function() Author.objects:delete_all() end)
  end)

  it("names the relation of a join table", function()
    local post = Post.objects:get{ slug = "s-secret" }
    local told = of(function() post.tags:add(987654) end)
    local join = Post._meta.relations.tags:through_meta()
    assert.same({
      kind = "foreign_key_violation", model = "VioPost", field = "tags", table = join.table_name,
      constraint = "fk_" .. join.table_name .. "_vio_tag_id", errors = { tags = { "No row has this key." } },
    }, told)
  end)

  it("names the fields of a check", function()
    assert.same({
      kind = "check_violation", model = "VioPost", field = "small", constraint = "vio_small", table = "vio_posts",
      column = "small", errors = { small = { "This value is not allowed." } },
    }, (of(function() Post.objects:update_all{ small = -1 } end)))
    assert.same({
      kind = "check_violation", model = "VioPost", fields = { "low", "high" }, constraint = "vio_low_high",
      table = "vio_posts", errors = { __all__ = { "These values are not allowed together." } },
    }, (of(function() Post.objects:update_all{ low = 60, high = 40 } end)))
  end)

  it("names the field of a NULL", function()
    assert.same({
      kind = "not_null_violation", model = "VioPost", field = "title", table = "vio_posts", column = "title",
      errors = { title = { "This field may not be null." } },
    }, (of(function() Post.objects:update_all{ title = ryx.null } end)))
  end)

  it("calls a value that its column cannot hold invalid", function()
    local told, e = of(function() Post.objects:update_all{ small = F"small" + 3000000000 } end)
    assert.equal("validation", told.kind)
    assert.truthy(e:is(ryx.ValidationError))
  end)

  it("tells what it refuses itself by field, whatever the write", function()
    local posts, long = Post.objects, ("secret"):rep(10)
    local writes = {
      function(values) posts:update_all(values) end,
      function(values) posts:filter{ title = "one-secret" }:update(values) end,
      function(values) posts:update_or_create{ slug = "s-secret", author = ann, defaults = values } end,
      function(values) posts:create{ title = values.title or "t", slug = "t", author = ann, small = values.small } end,
    }
    for i, write in ipairs(writes) do
      assert.same({
        kind = "validation", model = "VioPost", field = "small", errors = { small = { "Enter a whole number." } },
      }, (of(write, { small = "secret" })), "write " .. i)
      assert.same({
        kind = "validation", model = "VioPost", field = "title",
        errors = { title = { "Ensure this value has at most 40 characters." } },
      }, (of(write, { title = long })), "write " .. i)
    end
    local told = of(function() posts:update_all{ small = "secret", title = long } end)
    assert.equal("validation", told.kind)
  end)

  it("keeps values of rows out of messages", function()
    local _, e = of(function() Author.objects:create{ name = "B", email = "ann-secret" } end)
    if db.needs "server processes" then assert.truthy(e.detail:find("ann-secret", 1, true)) end
    _, e = of(function() Post.objects:update_all{ title = ryx.null } end)
    assert.falsy(tostring(e):find("secret", 1, true))
    local seen = {}
    local undo = ryx.on_query(function(event) seen[#seen + 1] = event.error end)
    pcall(function() Author.objects:create{ name = "B", email = "ann-secret" } end)
    undo()
    assert.falsy(table.concat(seen, "\n"):find("secret", 1, true))
  end)
end)
