-- SPDX-License-Identifier: MIT
-- Meta.proxy: another model over the same table.
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("PrxAuthor", { name = ryx.CharField{ max_length = 20 } })
local Tag = ryx.model("PrxTag", { name = ryx.CharField{ max_length = 20 } })
local Post = ryx.model("PrxPost", {
  title = ryx.CharField{ max_length = 20 }, views = ryx.IntField{ default = 0 },
  author = ryx.ForeignKey("PrxAuthor", { null = true, related_name = "posts" }),
  tags = ryx.ManyToManyField("PrxTag", { related_name = "posts" }),
  parent = ryx.ForeignKey("self", { null = true, related_name = "parts" }),
  Meta = { ordering = { "title" } },
})
function Post.kind() return "post" end
function Post.shared() return "shared" end
local Named = ryx.model("PrxNamed", { Meta = { abstract = true } })
function Named.named() return "named" end
local Loud = ryx.model("PrxLoud", { Meta = { proxy = true, ordering = { "-views" } } }, Post)
function Loud.kind() return "loud" end
local Louder = ryx.model("PrxLouder", { Meta = { proxy = true } }, { Named, Loud })
-- Relations to a proxy, and one that comes after it.
local Note = ryx.model("PrxNote", {
  post = ryx.ForeignKey("PrxPost", { related_name = "notes" }),
  loud = ryx.ForeignKey(Loud, { null = true, related_name = "loud_notes" }),
  louder = ryx.ForeignKey("PrxLouder", { null = true, on_delete = "SET_NULL", related_name = "+" }),
  marks = ryx.ManyToManyField("PrxLoud", { related_name = "marked" }),
})
local Page = ryx.model("PrxPage", { post = ryx.OneToOneField("PrxPost", { related_name = "page" }) })

local Guard = ryx.model("PrxGuard", { loud = ryx.ForeignKey("PrxLoud", { on_delete = "PROTECT", related_name = "+" }) })

describe("a proxy", function()
  db.use(ryx, { Author, Tag, Post, Note, Page, Guard })

  local function contains(text, part) assert.truthy(tostring(text):find(part, 1, true), tostring(text)) end
  local function model_of(object) return getmetatable(object).model end

  before_each(function()
    Guard.objects:delete_all()
    Note.objects:delete_all()
    Page.objects:delete_all()
    Post.objects:update_all{ parent = ryx.null }
    for _, post in ipairs(Post.objects:all()) do post.tags:clear() end
    Post.objects:delete_all()
  end)

  it("has the rows of its model, as its own", function()
    local post = Post.objects:create{ title = "a", views = 1 }
    local loud = Loud.objects:create{ title = "b", views = 2 }
    assert.same({ 2, 2 }, { Post.objects:count(), Loud.objects:count() })
    assert.equal(Loud, model_of(loud))
    for _, object in ipairs{
      Loud.objects:get{ id = post.id }, Loud.objects:filter{ title = "a" }:first(),
      Loud.objects:in_bulk{ post.id }[post.id],
      Loud.objects:raw("SELECT * FROM prx_posts"):first(), (Loud.objects:get_or_create{ title = "a" }),
    } do
      assert.equal(Loud, model_of(object))
      assert.equal("loud", object:kind())
      assert.equal("shared", object:shared())
    end
    assert.equal(Post, model_of(Post.objects:get{ id = loud.id }))
    for row in Loud.objects:iter() do assert.equal("loud", row:kind()) end
    loud.title = "c"
    loud:save()
    loud:refresh_from_db()
    assert.equal("c", Post.objects:get{ id = loud.id }.title)
    loud:delete()
    assert.equal(1, Post.objects:count())
  end)

  it("has methods, order and names of its own", function()
    Post.objects:bulk_create{ Post{ title = "a", views = 1 }, Post{ title = "b", views = 2 } }
    assert.same({ "a", "b" }, { Post.objects:first().title, Loud.objects:first().title })
    assert.equal("b", Louder.objects:first().title)
    assert.same({ "loud", "named" }, { Louder{}:kind(), Louder{}:named() })
    contains(tostring(Loud.objects:first()), "<PrxLoud: pk=")
    contains(db.error_of(function() Loud{ titel = "x" } end), 'PrxLoud has no field "titel"')
    function Post.late() return "late" end
    assert.equal("late", Louder{}:late())
    assert.is_nil(Post{}.named)
  end)

  it("is migrated with its model", function()
    assert.same({}, db.sql_of(ryx, function() ryx.migrate{ Loud, Louder } end))
    assert.same({ "prx_posts", false, true },
      { Loud._meta.table_name, Loud._meta == Post._meta, Loud._meta.concrete == Post._meta })
  end)

  it("refuses fields and options of tables, naming them", function()
    local function refused(part, def, base)
      local e = db.error_of(ryx.model, "PrxBad", def, base)
      assert.equal("misuse", e.kind)
      contains(e, part)
    end
    local Meta = { proxy = true }
    refused('cannot have "extra"', { extra = ryx.IntField{}, Meta = Meta }, Post)
    refused('cannot have "title"', { title = false, Meta = Meta }, Post)
    refused("Meta.indexes", { Meta = { proxy = true, indexes = { ryx.Index{ fields = { "views" } } } } }, Post)
    refused("Meta.table_name", { Meta = { proxy = true, table_name = "x" } }, Post)
    refused("built upon a model that has a table", { Meta = Meta })
    refused("built upon a model that has a table", { Meta = Meta }, Named)
    refused("not of PrxPost and PrxTag", { Meta = Meta }, { Post, Tag })
    refused("Meta.proxy = true", {}, Post)
    local Sized = ryx.model("PrxSized", { size = ryx.IntField{}, Meta = { abstract = true } })
    refused("size of PrxSized", { Meta = Meta }, { Post, Sized })
  end)

  it("is equal to the row of its model", function()
    local post = Post.objects:create{ title = "a" }
    local loud = Louder.objects:get{ id = post.id }
    assert.is_true(post == loud)
    assert.is_true(loud == post)
    assert.is_false(loud == Author{ id = post.id })
    assert.is_false(Loud{} == Loud{})
  end)

  it("is not found under its own error and its model's", function()
    local e = db.error_of(Loud.objects.get, Loud.objects, { id = 4711 })
    assert.same({ true, true, false },
      { e:is(Loud.DoesNotExist), e:is(Post.DoesNotExist), e:is(Louder.DoesNotExist) })
    e = db.error_of(Post.objects.get, Post.objects, { id = 4711 })
    assert.is_false(e:is(Loud.DoesNotExist))
  end)

  it("has the relations of its model, and their other sides", function()
    local ann = Author.objects:create{ name = "Ann" }
    local loud = Loud.objects:create{ title = "a", author = ann }
    local tag = Tag.objects:create{ name = "x" }
    assert.equal(1, loud.tags:add(tag))
    assert.same({ ann, tag }, { Loud.objects:get{ author__name = "Ann" }.author, Loud.objects:first().tags:get() })
    assert.equal(loud, Loud.objects:filter{ tags = tag }:get())
    assert.equal(ann, Loud.objects:select_related("author"):get().author)
    assert.equal(1, #Loud.objects:prefetch_related("tags", "notes"):get().tags:all())
    assert.equal(Post, model_of(ann.posts:get()))
    local page = Page.objects:create{ post = loud }
    assert.equal(page, Loud.objects:get().page)
    local part = Loud.objects:create{ title = "b", parent = loud }
    assert.equal(part, loud.parts:get())
    assert.equal(1, Loud.objects:filter{ parts__title = "b" }:count())
    assert.equal(1, Loud.objects:filter{ page = page }:count())
  end)

  it("stands for its model in relations, values and lists", function()
    local loud = Louder.objects:create{ title = "a" }
    Note.objects:create{ post = loud, loud = loud, louder = Post.objects:get() }
    assert.same({ 1, 1, 1 }, {
      Note.objects:filter{ post = loud }:count(),
      Note.objects:filter{ louder__in = { loud, Post.objects:get() } }:count(),
      Note.objects:filter{ loud__in = Loud.objects:all() }:count(),
    })
    local note = Note.objects:get()
    assert.same({ Post, Loud, Louder }, { model_of(note.post), model_of(note.loud), model_of(note.louder) })
    assert.equal(note, Post.objects:get().loud_notes:get())
    assert.equal(note, Louder.objects:get().notes:get())
    assert.equal(1, note.marks:add(Post.objects:get()))
    assert.equal(note, Post.objects:filter{ marked = note }:get().marked:get())
    Post.objects:bulk_create{ Post{ title = "x" }, Loud{ title = "y" } }
    Loud.objects:bulk_create{ Louder{ title = "z" }, Post{ title = "w" } }
    assert.equal(5, Post.objects:count())
    assert.equal("misuse", db.error_of(Post.objects.bulk_create, Post.objects, { Post{ title = "x" }, Tag{} }).kind)
    local tag = Tag.objects:create{ name = "y" }
    assert.equal("misuse", db.error_of(Note.objects.filter, Note.objects, { post = tag }).kind)
    assert.equal(5, #Post.objects:union(Loud.objects):all())
  end)

  it("is deleted like a row of its model", function()
    local function made()
      local post = Post.objects:create{ title = "a" }
      Note.objects:create{ post = Post.objects:create{ title = "b" }, louder = post }
      Guard.objects:create{ loud_id = Loud.objects:create{ title = "c", parent = post }.id }
      return post
    end
    for _, get in ipairs{ function(key) return Post.objects:get{ id = key } end,
      function(key) return Loud.objects:get{ id = key } end } do
      local object = get(made().id)
      local e = db.error_of(object.delete, object)
      assert.same({ "protected", "PrxGuard" }, { e.kind, e.model })
      e = db.error_of(function() getmetatable(object).model.objects:filter{ title = "a" }:delete() end)
      assert.equal("protected", e.kind)
      Guard.objects:delete_all()
      assert.equal(1, object:delete())
      assert.same({ 1, 1 }, { Post.objects:count(), Note.objects:filter{ louder = ryx.null }:count() })
      Note.objects:delete_all()
      Post.objects:delete_all()
    end
  end)

  it("may be strict on its own", function()
    local Strict = ryx.model("PrxStrict", { Meta = { proxy = true, strict = true } }, Post)
    Post.objects:create{ title = "a", author = Author.objects:create{ name = "Ann" } }
    contains(db.error_of(function() return Strict.objects:get().author end), "PrxStrict.author is not loaded")
    assert.equal("Ann", Post.objects:get().author.name)
  end)

  it("is told of what its table refuses", function()
    local e = db.error_of(Loud.objects.create, Loud.objects, { title = "a", author_id = 4711 })
    assert.same({ "foreign_key_violation", "PrxLoud" }, { e.kind, e.model })
    if e.errors then assert.same({ author = { "No row has this key." } }, e.errors) end
    local post = Post.objects:create{ title = "a" }
    Note.objects:create{ post = post }
    assert.equal(1, Loud.objects:filter{ id = post.id }:delete())
    assert.equal(0, Note.objects:count())
  end)
end)
