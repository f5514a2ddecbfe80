-- SPDX-License-Identifier: MIT
local ryx = require "ryx"

-- Models of this file begin with Rel, so that no other file's get in the way.
local function fk(to, options) return ryx.ForeignKey(to, options) end

local function model(name, def, base) return ryx.model("Rel" .. name, def, base) end

local function names(m) return m._meta:relation_names() end

local function has(m, name)
  local d = m._meta:relation(name)
  assert.truthy(d, "no relation " .. name)
  return d
end

-- The message of an error that must come, holding every given part.
local function refused(parts, fn, ...)
  local ok, e = pcall(fn, ...)
  assert.is_false(ok)
  assert.equal("misuse", e.kind)
  for _, part in ipairs(parts) do assert.truthy(tostring(e):find(part, 1, true), tostring(e)) end
end

describe("a foreign key", function()
  local Author = model("Author", { name = ryx.CharField{} })
  local Post = model("Post", { author = fk(Author), editor = fk("RelAuthor", { related_name = "edited" }) })

  it("is a forward relation of its model", function()
    local d = has(Post, "author")
    assert.same({ "author", "forward", true, Post._meta, Post._meta.paths.author }, { d.name, d.kind, d.single, d.meta,
      d.field })
    assert.equal(Author._meta, d:target_meta())
    assert.is_nil(Post._meta:relation("author_id"))
  end)

  it("is a reverse relation of the other, under related_name only", function()
    local d = has(Author, "edited")
    assert.same({ "edited", "reverse", Author._meta, Post._meta.paths.editor }, { d.name, d.kind, d.meta, d.field })
    assert.is_nil(d.single)
    assert.equal(Post._meta, d:target_meta())
  end)

  it("without related_name has one relation under three names", function()
    local d = has(Author, "relpost_set")
    assert.equal("relpost_set", d.name)
    assert.equal(d, has(Author, "relpost"))
    assert.equal(d, has(Author, "rel_posts"))
    assert.same({ "edited", "rel_posts", "relpost", "relpost_set" }, names(Author))
  end)

  it("with related_name + has no reverse side", function()
    local Plain = model("Plain", { n = ryx.IntField{} })
    model("Hidden", { plain = fk(Plain, { related_name = "+" }) })
    assert.same({}, names(Plain))
  end)

  it("refuses a related_name that no path can hold", function()
    for _, name in ipairs{ "a__b", "_a", "a b", "", 5 } do
      refused({ "related_name" }, ryx.ForeignKey, "RelAuthor", { related_name = name })
    end
  end)

  it("gives way in paths to what has the name already", function()
    local Shelf = model("Shelf", { relbook = ryx.IntField{}, rel_books = ryx.IntField{} })
    model("Book", { shelf = fk(Shelf) })
    assert.is_nil(Shelf._meta:relation("relbook"))
    assert.same({ "relbook_set" }, names(Shelf))
    local Room = model("Room", { n = ryx.IntField{} })
    model("ChairA", { room = fk(Room), Meta = { table_name = "rel_same" } })
    model("ChairB", { room = fk(Room), Meta = { table_name = "rel_same" } })
    assert.is_nil(Room._meta:relation("rel_same"))
    local Wood = model("Wood", { room = fk(Room), Meta = { table_name = "relchaira" } })
    assert.equal("RelChairA", has(Room, "relchaira"):target_meta().model_name)
    assert.equal(Wood._meta, has(Room, "relwood"):target_meta())
  end)
end)

describe("a one-to-one field", function()
  it("has one object on the other side, under the model's name", function()
    local User = model("User", { n = ryx.IntField{} })
    model("Profile", { user = ryx.OneToOneField(User) })
    local d = has(User, "relprofile")
    assert.same({ "relprofile", "reverse", true }, { d.name, d.kind, d.single })
    assert.is_nil(User._meta:relation("relprofile_set"))
    assert.equal(d, has(User, "rel_profiles"))
  end)
end)

describe("names that clash", function()
  local function target(extra)
    local def = { name = ryx.CharField{} }
    for k, v in pairs(extra or {}) do def[k] = v end
    return model("Target", def)
  end

  it("with a field are refused, naming both", function()
    local Target = target()
    refused({ "RelClash.a", '"name" on RelTarget is a field', "related_name" }, model, "Clash",
      { a = fk(Target, { related_name = "name" }) })
    assert.same({}, names(Target))
    assert.is_nil(require "ryx.registry":get("RelClash"))
  end)

  it("with a method are refused", function()
    local Target = target()
    function Target.shout() end
    refused({ "RelClash.a", "is a method", "related_name" }, model, "Clash", { a = fk(Target, { related_name = "save" }) })
    refused({ "RelClash.a", "is a method" }, model, "Clash", { a = fk(Target, { related_name = "shout" }) })
    model("Fine", { a = fk(Target, { related_name = "fine" }) })
    refused({ '"fine" is a relation (RelFine.a)' }, function() function Target.fine() end end)
  end)

  it("of two keys to one model are refused", function()
    refused({ "RelClash.b", '"relclash_set" on RelTarget is taken by RelClash.a', "related_name" }, model, "Clash",
      { a = fk(target()), b = fk("RelTarget") })
  end)

  it("of two keys to a model declared later are refused", function()
    refused({ "RelClash.b", "RelClash.a" }, model, "Clash", { a = fk("RelNever"), b = fk("RelNever") })
    model("One", { a = fk("RelNever", { related_name = "same" }) })
    refused({ "RelTwo.b", "RelOne.a" }, model, "Two", { b = fk("RelNever", { related_name = "same" }) })
  end)

  it("of two models are refused", function()
    local Target = target()
    model("One", { a = fk(Target, { related_name = "same" }) })
    refused({ "RelTwo.b", "RelOne.a" }, model, "Two", { b = fk(Target, { related_name = "same" }) })
    refused({ "RelTwo.m", "RelOne.a" }, model, "Two", { m = ryx.ManyToManyField(Target, { related_name = "same" }) })
  end)

  it("with a relation of the model itself are refused", function()
    refused({ "RelClash.parent", "RelClash.tags" }, model, "Clash",
      { tags = ryx.ManyToManyField("RelTarget"), parent = fk("self", { related_name = "tags" }) })
  end)

  it("are said when the target is declared later", function()
    model("Early", { a = fk("RelLate", { related_name = "name" }) })
    refused({ "RelEarly.a", '"name" on RelLate is a field' }, model, "Late", { name = ryx.CharField{} })
    local Late = model("Late", { title = ryx.CharField{} })
    assert.same({ "name" }, names(Late))
  end)
end)

describe("the newest model of a name", function()
  it("replaces what the older one gave to others", function()
    local Target = model("Target2", { n = ryx.IntField{} })
    model("Source2", { a = fk(Target), b = fk("RelTarget2", { related_name = "more" }) })
    local Newer = model("Source2", { c = fk(Target) })
    assert.same({ "rel_source2s", "relsource2", "relsource2_set" }, names(Target))
    assert.equal(Newer._meta, has(Target, "relsource2_set"):target_meta())
    model("Source2", { n = ryx.IntField{} })
    assert.same({}, names(Target))
  end)

  it("takes over what others gave to the older one", function()
    local Old = model("Target3", { n = ryx.IntField{} })
    local Source = model("Source3", { a = fk("RelTarget3", { related_name = "all_of_them" }) })
    local New = model("Target3", { n = ryx.IntField{} })
    assert.same({}, names(Old))
    assert.equal(Source._meta, has(New, "all_of_them"):target_meta())
    assert.equal(New._meta, has(Source, "a"):target_meta())
    assert.same({ New._meta }, { Source._meta.given[1].meta, Source._meta.given[2] })
  end)

  it("need not be there for the others", function()
    local Lonely = model("Lonely", { a = fk("RelNobody"), m = ryx.ManyToManyField("RelNobody", { related_name = "x" }) })
    assert.same({ "a", "m" }, names(Lonely))
    local ok, e = pcall(function() return has(Lonely, "a"):target_meta() end)
    assert.is_false(ok)
    assert.truthy(tostring(e):find('RelLonely.a refers to model "RelNobody", which is not defined', 1, true))
  end)
end)

describe("a relation to self", function()
  it("has both sides in one model", function()
    local Tree = model("Tree", { parent = fk("self", { null = true, related_name = "children" }) })
    assert.equal("forward", has(Tree, "parent").kind)
    assert.equal("reverse", has(Tree, "children").kind)
    local Named = model("Named", { parent = fk("RelNamed", { null = true }) })
    assert.equal(Named._meta, has(Named, "relnamed_set"):target_meta())
    assert.equal(Named._meta, has(Named, "parent"):target_meta())
  end)
end)

describe("an abstract model", function()
  local Tag = model("Tag", { n = ryx.IntField{} })
  local Base = model("Base", {
    owner = fk("RelTag", { null = true }), tags = ryx.ManyToManyField(Tag, { related_name = "+" }),
    Meta = { abstract = true },
  })

  it("has no reverse sides", function() assert.same({}, names(Tag)) end)

  it("cannot be referred to", function()
    refused({ "RelX.base refers to RelBase, which is abstract" }, model, "X", { base = fk(Base, { related_name = "+" }) })
  end)

  it("gives its relations to those built upon it", function()
    local A, B = model("KidA", { x = ryx.IntField{} }, Base), model("KidB", { x = ryx.IntField{} }, Base)
    assert.equal("reverse", has(Tag, "relkida_set").kind)
    assert.equal(B._meta, has(Tag, "relkidb_set"):target_meta())
    assert.not_equal(A._meta.many_to_many[1], B._meta.many_to_many[1])
    assert.equal("rel_kida_tags", has(A, "tags"):through_meta().table_name)
    assert.equal("rel_kidb_tags", has(B, "tags"):through_meta().table_name)
  end)
end)

describe("a many-to-many field", function()
  local Label = model("Label", { n = ryx.IntField{} })
  local Item = model("Item", {
    labels = ryx.ManyToManyField("RelLabel", { related_name = "items", blank = true, help_text = "what it is" }),
    more = ryx.ManyToManyField(Label, { db_table = "rel_more", related_name = "+" }), n = ryx.IntField{ default = 0 },
  })

  it("has no column", function()
    assert.same({ "id", "n" }, Item._meta.attnames)
    assert.is_nil(Item._meta.paths.labels)
    assert.same({ "labels", "more" }, { Item._meta.many_to_many[1].name, Item._meta.many_to_many[2].name })
  end)

  it("is a relation over a join table on both sides", function()
    local d, back = has(Item, "labels"), has(Label, "items")
    assert.same({ "many", "many" }, { d.kind, back.kind })
    assert.equal(Label._meta, d:target_meta())
    assert.equal(Item._meta, back:target_meta())
    local join = d:through_meta()
    assert.equal(join, back:through_meta())
    assert.same({ "rel_item_labels", { "id", "rel_item_id", "rel_label_id" } }, { join.table_name,
      { join.fields[1].column, join.fields[2].column, join.fields[3].column } })
    assert.same({ "rel_item_id", "rel_label_id" }, { d:source_field().column, d:target_field().column })
    assert.same({ "rel_label_id", "rel_item_id" }, { back:source_field().column, back:target_field().column })
    assert.equal(Label._meta, d:target_field():target_meta())
    assert.equal("CASCADE", d:source_field().action)
    assert.is_nil(d.single)
  end)

  it("keeps its join table to itself", function()
    assert.same({ "items" }, names(Label))
    assert.same({ "labels", "more" }, names(Item))
    assert.is_nil(require "ryx.registry":get("RelItem_labels"))
  end)

  it("without a reverse side has a private path back", function()
    assert.equal("rel_more", has(Item, "more"):through_meta().table_name)
    assert.equal("_relitem_more", has(Item, "more").reverse_name)
    assert.equal(Item._meta, has(Label, "_relitem_more"):target_meta())
  end)

  it("refuses what only columns have", function()
    for _, name in ipairs{ "null", "unique", "primary_key", "default", "db_column" } do
      refused({ "ManyToManyField has no column", name }, ryx.ManyToManyField, "RelLabel", { [name] = true })
    end
    refused({ "unknown option" }, ryx.ManyToManyField, "RelLabel", { on_delete = "CASCADE" })
    refused({ "db_table" }, ryx.ManyToManyField, "RelLabel", { through = "X", db_table = "y" })
    refused({ "through_fields needs through" }, ryx.ManyToManyField, "RelLabel", { through_fields = { "a", "b" } })
  end)

  it("refuses names that are taken", function()
    refused({ "cannot be called" }, model, "X", { save = ryx.ManyToManyField("RelLabel") })
    refused({ 'two fields are called "a_id"' }, model, "X", { a = fk("RelLabel"), a_id = ryx.ManyToManyField("RelLabel") })
    refused({ "relation (RelItem.labels)" }, function() function Item.labels() end end)
  end)

  it("cuts long names of join tables", function()
    local long = ("long"):rep(12)
    local Long = model("Long", { [long] = ryx.ManyToManyField("RelLabel", { related_name = "+" }),
      [long .. "er_by_far"] = ryx.ManyToManyField("RelLabel", { related_name = "+" }) })
    local name = has(Long, long .. "er_by_far"):through_meta().table_name
    assert.equal(63, #name)
    assert.truthy(name:find("^rel_long_long.*_%x+$"))
  end)
end)

describe("a many-to-many field to self", function()
  local Person = model("Person", {
    friends = ryx.ManyToManyField("self"),
    follows = ryx.ManyToManyField("self", { symmetrical = false, related_name = "followers" }),
  })

  it("is its own reverse side unless said otherwise", function()
    assert.same({ "followers", "follows", "friends" }, names(Person))
    assert.equal("friends", has(Person, "friends").reverse_name)
    assert.same({ "follows", "followers" }, { has(Person, "followers").reverse_name, has(Person, "follows").reverse_name })
  end)

  it("has columns from and to", function()
    local d = has(Person, "follows")
    assert.same({ "from_rel_person_id", "to_rel_person_id" }, { d:source_field().column, d:target_field().column })
  end)

  it("is not symmetrical to another model", function()
    refused({ "RelX.m", 'symmetrical is for relations to "self"' }, model, "X",
      { m = ryx.ManyToManyField("RelLabel", { symmetrical = true }) })
  end)
end)

describe("a many-to-many field over a model", function()
  local Man = model("Man", { n = ryx.IntField{} })
  local function club(options)
    options.through, options.related_name = "RelMember", "+"
    return model("Club", { men = ryx.ManyToManyField(Man, options) })
  end
  local function member(more)
    local def = { man = fk(Man, { related_name = "+" }), club = fk("RelClub", { related_name = "+" }) }
    for k, v in pairs(more or {}) do def[k] = v end
    return model("Member", def)
  end

  it("finds its foreign keys when they are first used", function()
    local Club, Member = club{}, member()
    local d = has(Club, "men")
    assert.equal(Member._meta, d:through_meta())
    assert.same({ "club", "man" }, { d:source_field().name, d:target_field().name })
  end)

  it("asks for through_fields when there are several", function()
    member{ inviter = fk(Man, { related_name = "+" }) }
    local d = has(club{}, "men")
    refused({ "RelClub.men", "RelMember has several foreign keys to RelMan", "through_fields" }, d.target_field, d)
    d = has(club{ through_fields = { "club", "inviter" } }, "men")
    assert.equal("inviter", d:target_field().name)
    d = has(club{ through_fields = { "man", "club" } }, "men")
    refused({ "through_fields: RelMember.man is no foreign key to RelClub" }, d.target_field, d)
  end)

  it("says what the model lacks", function()
    model("Member", { club = fk("RelClub", { related_name = "+" }) })
    local d = has(club{}, "men")
    refused({ "RelMember needs a foreign key to RelMan" }, d.target_field, d)
  end)

  it("takes the first of two keys to self for its own", function()
    model("Link", { a = fk("RelNode", { related_name = "+" }), b = fk("RelNode", { related_name = "+" }) })
    local Node = model("Node", { out = ryx.ManyToManyField("self", { through = "RelLink", symmetrical = false }) })
    local d = has(Node, "out")
    assert.same({ "a", "b" }, { d:source_field().name, d:target_field().name })
    assert.equal("relnode_set", d.reverse_name)
  end)
end)
