-- SPDX-License-Identifier: MIT
-- delete: what becomes of the rows that refer to those that are deleted. The six rules, in the
-- database where it has them, and by ryx elsewhere.
local ryx = require "ryx"
local db = require "support.db"
local dbs = require "ryx.db"

local function text(options)
  options = options or {}
  options.max_length = 20
  return ryx.CharField(options)
end

local Owner = ryx.model("OdOwner", { name = text() })
local function child(name, to, options)
  options.related_name = "+"
  return ryx.model(name, { name = text{ default = "c" }, owner = ryx.ForeignKey(to, options) })
end
local Cascade = child("OdCascade", Owner, { on_delete = "CASCADE" })
local Null = child("OdNull", Owner, { on_delete = "SET_NULL", null = true })
local Default = child("OdDefault", Owner, { on_delete = "SET_DEFAULT", default = 9000 })
local Preset = child("OdPreset", Owner, { on_delete = "SET_DEFAULT", db_default = 9000 })
local Nothing = child("OdNothing", Owner, { on_delete = "DO_NOTHING" })
local Protect = child("OdProtect", Owner, { on_delete = "PROTECT" })
local Deep = child("OdDeep", Cascade, { on_delete = "PROTECT" })
local ALL = { Owner, Cascade, Null, Default, Preset, Nothing, Protect, Deep }

local function empty(models)
  for i = #models, 1, -1 do ryx.raw_execute("DELETE FROM " .. models[i]._meta.table_name) end
end

local function refused(fn, ...)
  local e = db.error_of(fn, ...)
  assert.equal("protected", type(e) == "table" and e.kind or e)
  assert.is_true(e:is(ryx.ProtectedError))
  assert.is_nil(tostring(e):find("\n", 1, true))
  return tostring(e), e
end

local function has(s, ...)
  for _, part in ipairs{ ... } do assert.truthy(s:find(part, 1, true), s) end
end

local function verbs(fn)
  local out = {}
  for i, sql in ipairs(db.sql_of(ryx, fn)) do out[i] = sql:match("^%u+") end
  return table.concat(out, " ")
end

describe("on_delete", function()
  db.use(ryx, ALL)
  local ann, ben
  before_each(function()
    empty(ALL)
    ryx.raw_execute("INSERT INTO od_owners (id, name) VALUES (9000, 'nobody')")
    ann, ben = Owner.objects:create{ name = "ann" }, Owner.objects:create{ name = "ben" }
  end)

  it("CASCADE deletes, SET_NULL and SET_DEFAULT change, each its own rows", function()
    for _, model in ipairs{ Cascade, Null, Default, Preset } do
      for _, owner in ipairs{ ann, ann, ben } do model.objects:create{ owner = owner } end
    end
    assert.equal(1, ann:delete())
    assert.equal(1, Cascade.objects:count())
    local function n(model, condition) return model.objects:filter(condition):count() end
    assert.same({ 2, 1 }, { n(Null, { owner__isnull = true }), n(Null, { owner = ben }) })
    assert.same({ 2, 1 }, { n(Default, { owner = 9000 }), n(Default, { owner = ben }) })
    assert.same({ 2, 1 }, { n(Preset, { owner = 9000 }), n(Preset, { owner = ben }) })
    assert.equal(1, Owner.objects:filter{ name = "ben" }:delete())
    assert.same({ 0, 3, 3 }, { Cascade.objects:count(), Null.objects:filter{ owner__isnull = true }:count(),
      Default.objects:filter{ owner = 9000 }:count() })
  end)

  it("DO_NOTHING leaves it to the database, which refuses", function()
    Nothing.objects:create{ owner = ann }
    assert.equal("foreign_key_violation", db.error_of(ann.delete, ann).kind)
    assert.equal("number", type(ann.pk))
    local those = Owner.objects:filter{ name = "ann" }
    assert.equal("foreign_key_violation", db.error_of(those.delete, those).kind)
    Nothing.objects:delete_all()
    assert.equal(1, ann:delete())
  end)

  it("PROTECT refuses and names who is in the way, and nothing is deleted", function()
    local a, b = Protect.objects:create{ owner = ann }, Protect.objects:create{ owner = ann }
    Cascade.objects:create{ owner = ann }
    local message, e = refused(ann.delete, ann)
    has(message, "OdOwner", "OdProtect.owner", "PROTECT", tostring(a.pk), tostring(b.pk))
    assert.same({ "OdProtect", "owner" }, { e.model, e.field })
    assert.same({ model = "OdProtect", field = "owner", keys = { a.pk, b.pk } }, e.blockers[1])
    has(refused(function() Owner.objects:filter{ name__in = { "ann", "ben" } }:delete() end), "OdProtect.owner")
    has(refused(function() Owner.objects:delete_all() end), "OdProtect.owner")
    assert.same({ 3, 1, 2 }, { Owner.objects:count(), Cascade.objects:count(), Protect.objects:count() })
    assert.equal("number", type(ann.pk))
    ann.name = "still"
    ann:save()
    Protect.objects:delete_all()
    assert.equal(1, ann:delete())
    assert.equal(0, Cascade.objects:count())
  end)

  it("PROTECT refuses at any depth", function()
    local c = Cascade.objects:create{ owner = ann }
    local d = Deep.objects:create{ owner = c }
    has(refused(ann.delete, ann), "OdDeep.owner", tostring(d.pk))
    has(refused(function() Owner.objects:filter{ name = "ann" }:delete() end), "OdDeep.owner")
    Protect.objects:create{ owner = ann }
    has(refused(ann.delete, ann), "OdDeep.owner", "OdProtect.owner")
    assert.same({ 3, 1, 1 }, { Owner.objects:count(), Cascade.objects:count(), Deep.objects:count() })
    Deep.objects:delete_all()
    Protect.objects:delete_all()
    ann:delete()
    assert.equal(0, Cascade.objects:count())
  end)

  it("names a few of many that are in the way", function()
    local list = {}
    for i = 1, 50 do list[i] = Protect{ owner = ann } end
    Protect.objects:bulk_create(list)
    local message, e = refused(ann.delete, ann)
    has(message, "and more")
    assert.is_true(#e.blockers[1].keys < 20)
    assert.is_true(#message < 400)
  end)

  it("holds in a transaction, which goes on after a refusal", function()
    Protect.objects:create{ owner = ann }
    ryx.transaction(function(tx)
      refused(ann.delete, ann)
      assert.equal(1, Owner.objects:using(tx):filter{ name = "ben" }:delete())
    end)
    assert.equal(2, Owner.objects:count())
    pcall(ryx.transaction, function()
      Protect.objects:delete_all()
      ann:delete()
      error("back", 0)
    end)
    assert.equal(1, Protect.objects:count())
  end)

  it("gives back what a queryset deleted", function()
    Cascade.objects:create{ owner = ann }
    local list = Owner.objects:filter{ name = "ann" }:delete{ returning = { "name" } }
    assert.same({ { name = "ann" } }, list)
    list = Owner.objects:order_by("-name"):limit(1):delete{ returning = true }
    assert.same({ "nobody" }, { list[1].name })
    assert.equal(1, Owner.objects:count())
    assert.equal(0, Owner.objects:filter{ name = "zoe" }:delete())
    assert.equal(0, Owner.objects:none():delete())
  end)

  it("refuses a name that is no rule, and rules that lack what they need", function()
    local function message(options)
      return tostring(db.error_of(ryx.ForeignKey, Owner, options))
    end
    has(message{ on_delete = "CASCDE" }, 'did you mean "CASCADE"')
    has(message{ on_delete = "SET_NULL" }, "null = true")
    has(message{ on_delete = "SET_DEFAULT" }, "default")
  end)
end)

-- What the same delete removes is no reason for RESTRICT.
local Artist = ryx.model("OdArtist", { name = text() })
local Album = ryx.model("OdAlbum", { name = text(), artist = ryx.ForeignKey(Artist, { on_delete = "CASCADE" }) })
local Song = ryx.model("OdSong", {
  name = text(), artist = ryx.ForeignKey(Artist, { on_delete = "CASCADE" }),
  album = ryx.ForeignKey(Album, { on_delete = "RESTRICT" }),
})

describe("on_delete = RESTRICT", function()
  db.use(ryx, { Artist, Album, Song })
  local ann, ben, blue
  before_each(function()
    empty{ Artist, Album, Song }
    ann, ben = Artist.objects:create{ name = "ann" }, Artist.objects:create{ name = "ben" }
    blue = Album.objects:create{ name = "blue", artist = ann }
    Song.objects:create{ name = "one", artist = ann, album = blue }
  end)

  it("refuses rows that stay", function()
    has(refused(blue.delete, blue), "OdSong.album", "RESTRICT")
    local song = Song.objects:create{ name = "two", artist = ben, album = blue }
    local message, e = refused(ann.delete, ann)
    has(message, "OdSong.album", tostring(song.pk))
    assert.same({ song.pk }, e.blockers[1].keys)
    assert.same({ 2, 1, 2 }, { Artist.objects:count(), Album.objects:count(), Song.objects:count() })
  end)

  it("lets pass what the same delete removes", function()
    ann:delete()
    assert.same({ 1, 0, 0 }, { Artist.objects:count(), Album.objects:count(), Song.objects:count() })
    local red = Album.objects:create{ name = "red", artist = ben }
    Song.objects:create{ name = "one", artist = ben, album = red }
    assert.equal(1, Artist.objects:delete_all())
    assert.same({ 0, 0, 0 }, { Artist.objects:count(), Album.objects:count(), Song.objects:count() })
  end)
end)

local Node = ryx.model("OdNode", {
  name = text(), parent = ryx.ForeignKey("self", { on_delete = "RESTRICT", null = true, related_name = "children" }),
})
local Page = ryx.model("OdPage", {
  slug = text{ primary_key = true },
  parent = ryx.ForeignKey("self", { on_delete = "CASCADE", null = true, related_name = "children" }),
  first = ryx.ForeignKey("OdNote", { on_delete = "SET_NULL", null = true, related_name = "+", db_constraint = false }),
})
local Note = ryx.model("OdNote", {
  token = ryx.UUIDField{ primary_key = true, auto_create = true },
  page = ryx.ForeignKey(Page, { on_delete = "CASCADE", related_name = "notes" }),
  about = ryx.ForeignKey(Page, { on_delete = "PROTECT", null = true, related_name = "mentions" }),
})

describe("on_delete of rows that refer to their own table, or in a circle", function()
  db.use(ryx, { Node, Page, Note })
  before_each(function()
    ryx.raw_execute("UPDATE od_pages SET first_id = NULL")
    empty{ Note }
    for _ = 1, 4 do ryx.raw_execute("UPDATE od_pages SET parent_id = NULL") end
    ryx.raw_execute("UPDATE od_nodes SET parent_id = NULL")
    empty{ Page, Node }
  end)

  it("removes children with their parents, whatever the order of their keys", function()
    local root = Node.objects:create{ id = 30, name = "root" }
    local mid = Node.objects:create{ id = 10, name = "mid", parent = root }
    Node.objects:create{ id = 20, name = "leaf", parent = mid }
    has(refused(root.delete, root), "OdNode.parent", "10")
    has(refused(function() Node.objects:filter{ id__gte = 20 }:delete() end), "OdNode.parent")
    assert.equal(3, Node.objects:count())
    assert.equal(3, Node.objects:delete_all())
  end)

  it("goes down a tree of any depth", function()
    for _, delete in ipairs{
      function(top) return top:delete() end, function() return Page.objects:filter{ slug = "d0" }:delete() end,
      function(top) return ryx.bulk_delete(Page, { top }) end,
    } do
      local top = Page.objects:create{ slug = "d0" }
      local last = top
      for i = 1, 40 do last = Page.objects:create{ slug = "d" .. i, parent = last } end
      Note.objects:create{ page = last }
      assert.equal(1, delete(top))
      assert.same({ 0, 0 }, { Page.objects:count(), Note.objects:count() })
    end
  end)

  it("goes down a tree with keys of text, and its notes with keys of UUIDs", function()
    local top = Page.objects:create{ slug = "top" }
    local sub = Page.objects:create{ slug = "sub", parent = top }
    local other = Page.objects:create{ slug = "other" }
    local note = Note.objects:create{ page = sub }
    top.first = note
    top:save()
    local mention = Note.objects:create{ page = other, about = sub }
    has(refused(top.delete, top), "OdNote.about", mention.pk)
    mention:delete()
    assert.equal(1, top:delete())
    assert.same({ 1, 0 }, { Page.objects:count(), Note.objects:count() })
  end)
end)

local Branch = ryx.model("OdBranch", { stem = ryx.ForeignKey("self", { null = true, related_name = "branches" }) })
local Box = ryx.model("OdBox", {
  shelf = ryx.ForeignKey("OdShelf", { null = true, related_name = "boxes" }), Meta = { managed = false },
})
local Shelf = ryx.model("OdShelf", {
  box = ryx.ForeignKey(Box, { null = true, related_name = "shelves" }), Meta = { managed = false },
})

describe("on_delete of more rows below each other than the database takes along", function()
  local DEPTH = 1200
  local boxes = "CREATE TABLE od_boxes (id INTEGER PRIMARY KEY, shelf_id INTEGER%s)"
  local to_shelf = "FOREIGN KEY (shelf_id) REFERENCES od_shelves (id) ON DELETE CASCADE"
  db.use(ryx, { Branch })
  -- Not every database takes a key to a table that is not there yet.
  local function make()
    local is_made = pcall(ryx.raw_execute, boxes:format(", " .. to_shelf))
    if not is_made then ryx.raw_execute(boxes:format("")) end
    ryx.raw_execute("CREATE TABLE od_shelves (id INTEGER PRIMARY KEY, box_id INTEGER, "
      .. "FOREIGN KEY (box_id) REFERENCES od_boxes (id) ON DELETE CASCADE)")
    if not is_made then ryx.raw_execute("ALTER TABLE od_boxes ADD CONSTRAINT od_to_shelf " .. to_shelf) end
    return is_made
  end

  local function drop(is_made)
    if not is_made then ryx.raw_execute("ALTER TABLE od_boxes DROP CONSTRAINT od_to_shelf") end
    ryx.raw_execute("DROP TABLE od_shelves")
    ryx.raw_execute("DROP TABLE od_boxes")
  end
  local function grow()
    local list = { Branch{ id = 1 }, Branch{ id = DEPTH + 1 } }
    for i = 2, DEPTH do list[i + 1] = Branch{ id = i, stem_id = i - 1 } end
    Branch.objects:bulk_create(list)
  end

  local ways = {
    ["an object"] = function() return Branch.objects:get{ id = 1 }:delete() end,
    ["a queryset"] = function() return Branch.objects:filter{ id = 1 }:delete() end,
    ["a queryset that gives back what it deletes"] = function()
      return #Branch.objects:filter{ id = 1 }:delete{ returning = { "id" } }
    end,
  }
  for what, delete in pairs(ways) do
    it("takes a tree from below: " .. what, function()
      grow()
      assert.equal(1, delete())
      assert.same({ DEPTH + 1 }, Branch.objects:values_list("id", { flat = true }):all())
      Branch.objects:delete_all()
    end)

    it("in a transaction of others: " .. what, function()
      grow()
      ryx.transaction(function()
        Branch.objects:create{ id = DEPTH + 2 }
        assert.equal(1, delete())
        assert.equal(2, Branch.objects:count())
      end)
      assert.equal(2, Branch.objects:delete_all())
    end)
  end

  it("needs one statement where that is not so deep", function()
    for _, id in ipairs{ 1, 2, 3 } do Branch.objects:create{ id = id, stem_id = id > 1 and id - 1 or nil } end
    assert.equal("DELETE", verbs(function() Branch.objects:filter{ id = 1 }:delete() end))
    assert.equal(0, Branch.objects:count())
  end)

  it("takes a circle of tables from below", function()
    local is_made = make()
    for i = 1, 40 do
      Box.objects:create{ id = i, shelf_id = i > 1 and i - 1 or nil }
      Shelf.objects:create{ id = i, box_id = i }
    end
    Box.objects:create{ id = 41 }
    assert.equal(1, Box.objects:get{ id = 1 }:delete())
    assert.same({ 1, 0 }, { Box.objects:count(), Shelf.objects:count() })
    drop(is_made)
  end)
end)

-- Tables without rules: of others (managed = false), or made by hand.
local Loose = ryx.model("OdLoose", { name = text() })
local Kid = ryx.model("OdKid", {
  loose = ryx.ForeignKey(Loose, { on_delete = "CASCADE", related_name = "kids" }), Meta = { managed = false },
})
local Toy = ryx.model("OdToy", { kid = ryx.ForeignKey(Kid, { on_delete = "CASCADE", db_constraint = false }) })
local Hint = ryx.model("OdHint", { toy = ryx.ForeignKey(Toy, { on_delete = "SET_NULL", null = true }) })
local Tag = ryx.model("OdTag", { name = text(), loose = ryx.ManyToManyField(Loose, { db_constraint = false }) })

describe("on_delete without the rules of the database", function()
  local with_key = "CREATE TABLE od_kids (id %s PRIMARY KEY, loose_id %s NOT NULL, "
    .. "FOREIGN KEY (loose_id) REFERENCES od_looses (id))"
  local id = "INTEGER"
  local function make_by_hand(sql)
    ryx.raw_execute("DROP TABLE IF EXISTS od_kids")
    ryx.raw_execute(sql)
  end
  db.use(ryx, { Loose, Kid, Toy, Hint, Tag })
  setup(function()
    ryx.raw_execute("DROP TABLE IF EXISTS od_hints")
    ryx.raw_execute(("CREATE TABLE od_hints (id %s PRIMARY KEY, toy_id %s)"):format(id, id))
    make_by_hand(with_key:format(id, id))
  end)
  before_each(function() empty{ Loose, Kid, Toy, Hint, Tag } end)

  local function family(n)
    local loose, kids, toys = Loose.objects:create{ name = "x" }, {}, {}
    for i = 1, n do kids[i] = Kid{ id = i, loose = loose } end
    Kid.objects:bulk_create(kids)
    for i = 1, n do toys[i] = Toy{ kid_id = i } end
    Toy.objects:bulk_create(toys)
    Hint.objects:create{ id = 1, toy = toys[1] }
    local tag = Tag.objects:create{ name = "t" }
    tag.loose:add(loose)
    return loose
  end

  local function is_gone()
    local free = Hint.objects:filter{ toy__isnull = true }
    assert.same({ 0, 0, 1, 1 }, { Kid.objects:count(), Toy.objects:count(), free:count(), Tag.objects:count() })
    assert.equal(0, Tag.loose.through.objects:count())
    empty{ Tag, Hint }
  end

  it("is ryx's own work, in one transaction", function()
    assert.equal(1, family(3):delete())
    is_gone()
    family(3)
    assert.equal(1, Loose.objects:filter{ name = "x" }:delete())
    is_gone()
  end)

  it("takes as many statements for many rows as for few", function()
    local few = family(2)
    local short = verbs(function() few:delete() end)
    is_gone()
    local many = family(900)
    assert.equal(short, verbs(function() many:delete() end))
    is_gone()
  end)

  it("sees what was made by hand meanwhile", function()
    make_by_hand(("CREATE TABLE od_kids (id %s PRIMARY KEY, loose_id %s NOT NULL)"):format(id, id))
    family(2):delete()
    is_gone()
    ryx.raw_execute("DROP TABLE od_kids")
    assert.equal(1, Loose.objects:create{ name = "alone" }:delete())
    make_by_hand(with_key:format(id, id))
  end)

  it("undoes all when the database refuses in the middle", function()
    local loose = family(2)
    ryx.raw_execute(("CREATE TABLE od_bar (id %s PRIMARY KEY, toy_id %s NOT NULL, "
      .. "FOREIGN KEY (toy_id) REFERENCES od_toys (id))"):format(id, id))
    ryx.raw_execute("INSERT INTO od_bar (id, toy_id) SELECT id, id FROM od_toys")
    finally(function() ryx.raw_execute("DROP TABLE od_bar") end)
    assert.equal("foreign_key_violation", db.error_of(loose.delete, loose).kind)
    assert.same({ 1, 2, 2, 1 }, { Loose.objects:count(), Kid.objects:count(), Toy.objects:count(),
      Hint.objects:filter{ toy__isnull = false }:count() })
    ryx.raw_execute("DELETE FROM od_bar")
    loose:delete()
    Tag.objects:delete_all()
  end)
end)

-- Children with hooks are collected, whatever the database could do.
local Shop = ryx.model("OdShop", { name = text() })
local Item = ryx.model("OdItem", { name = text(), shop = ryx.ForeignKey(Shop, { on_delete = "CASCADE" }) })
local Part = ryx.model("OdPart", { name = text(), item = ryx.ForeignKey(Item, { on_delete = "CASCADE" }) })
local seen = {}
local function note(what)
  return function(self)
    seen[#seen + 1] = what .. " " .. self.name
    if self.name == "stop" then error("stopped", 0) end
  end
end

describe("delete hooks of children", function()
  db.use(ryx, { Shop, Item, Part })
  local shop
  setup(function() Part.before_delete, Part.after_delete = note "before", note "after" end)
  before_each(function()
    empty{ Shop, Item, Part }
    shop, seen = Shop.objects:create{ name = "shop" }, {}
    local item = Item.objects:create{ name = "item", shop = shop }
    for _, name in ipairs{ "a", "b" } do Part.objects:create{ name = name, item = item } end
  end)

  it("are called at any depth, before and after the statements", function()
    shop:delete()
    assert.same({ "before a", "before b", "after a", "after b" }, seen)
    assert.same({ 0, 0 }, { Item.objects:count(), Part.objects:count() })
  end)

  it("are called for a queryset's delete, too, but not for its own rows", function()
    Shop.objects:filter{ name = "shop" }:delete()
    assert.equal(4, #seen)
    seen = {}
    local item = Item.objects:create{ name = "item", shop = Shop.objects:create{ name = "x" } }
    Part.objects:create{ name = "c", item = item }
    Part.objects:filter{ name = "c" }:delete()
    assert.same({}, seen)
  end)

  it("stop all of it by raising", function()
    local item = Item.objects:get()
    Part.objects:create{ name = "stop", item = item }
    assert.equal("stopped", db.error_of(shop.delete, shop))
    assert.same({ 1, 1, 3 }, { Shop.objects:count(), Item.objects:count(), Part.objects:count() })
    assert.equal("number", type(shop.pk))
  end)
end)

describe("delete where the database does it all", function()
  db.use(ryx, { Artist, Album, Song, Shop, Item })

  it("is one statement without a transaction", function()
    Item.objects:create{ name = "i", shop = Shop.objects:create{ name = "s" } }
    ryx.raw_execute("DELETE FROM od_items")
    local Alone = ryx.model("OdOwner2", { name = text() })
    local Kids = ryx.model("OdKids2", { owner = ryx.ForeignKey(Alone) })
    db.tables(ryx, { Alone, Kids })
    local one = Alone.objects:create{ name = "x" }
    Kids.objects:create{ owner = one }
    assert.equal("DELETE", verbs(function() one:delete() end))
    Kids.objects:create{ owner = Alone.objects:create{ name = "y" } }
    assert.equal("DELETE", verbs(function() Alone.objects:delete_all() end))
    assert.equal(0, Kids.objects:count())
    ryx.raw_execute("DROP TABLE " .. dbs.quote(dbs.alias("default"), Kids._meta.table_name))
    ryx.raw_execute("DROP TABLE " .. dbs.quote(dbs.alias("default"), Alone._meta.table_name))
  end)
end)
