-- SPDX-License-Identifier: MIT
-- Meta.schema: tables in a schema of PostgreSQL's.
local ryx = require "ryx"
local db = require "support.db"

local SCHEMA = 'ryx "odd"'
-- Of the same name as a table without a schema.
local Plain = ryx.model("SchPlain", { name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "sch_items" } })
local Base = ryx.model("SchBase", { Meta = { abstract = true, schema = SCHEMA } })
local Group = ryx.model("SchGroup", { name = ryx.CharField{ max_length = 20, unique = true } }, Base)
local Item = ryx.model("SchItem", {
  name = ryx.CharField{ max_length = 20 }, n = ryx.IntField{ default = 1 },
  group = ryx.ForeignKey("SchGroup", { null = true, related_name = "items" }),
  plain = ryx.ForeignKey("SchPlain", { null = true, related_name = "items" }),
  parent = ryx.ForeignKey("self", { null = true, related_name = "parts" }),
  tags = ryx.ManyToManyField("SchTag", { related_name = "items" }),
  Meta = {
    unique_together = { { "name", "group" } },
    indexes = {
      ryx.Index{ fields = { "n" }, expressions = { ryx.Lower("name") } }, ryx.SearchIndex{ fields = { "name" } },
      ryx.Index{ fields = { "-n" }, concurrently = true, name = "sch_later" },
    },
  },
}, Base)
local Tag = ryx.model("SchTag", { name = ryx.CharField{ max_length = 20 } }, Base)

local Kept = ryx.model("SchKept", { item = ryx.ForeignKey("SchItem", { on_delete = "PROTECT" }) }, Base)

describe("a model in a schema", function()
  db.use(ryx, {})

  if not db.needs "schemas" then
    it("is unsupported, and nothing is made", function()
      for _, fn in ipairs{
        function() ryx.migrate{ Tag } end, function() return Tag.objects:all() end,
        function() return Tag.objects:create{ name = "x" } end, function() Tag.objects:delete_all() end,
        function() Tag.objects:bulk_create{ Tag{ name = "x" } } end,
        function() Tag.objects:update_all{ name = "x" } end,
      } do
        local e = db.error_of(fn)
        assert.equal("unsupported", e.kind)
        assert.truthy(e.message:find("Meta.schema", 1, true), e.message)
      end
    end)
    return
  end

  setup(function()
    ryx.setup(db.url)
    ryx.raw_execute('DROP SCHEMA IF EXISTS "ryx ""odd""" CASCADE')
    ryx.raw_execute('CREATE SCHEMA "ryx ""odd"""')
    ryx.raw_execute("DROP TABLE IF EXISTS sch_items")
    ryx.migrate{ Item, Tag, Group, Plain, Kept }
  end)
  teardown(function()
    ryx.setup(db.url)
    ryx.raw_execute('DROP SCHEMA "ryx ""odd""" CASCADE')
    ryx.raw_execute("DROP TABLE sch_items")
    ryx.close()
  end)
  before_each(function()
    Item.objects:delete_all()
    Group.objects:delete_all()
    Plain.objects:delete_all()
  end)

  local function tables()
    local out = {}
    for i, row in ipairs(ryx.raw_fetch("SELECT table_name AS n FROM information_schema.tables WHERE table_schema = ? "
      .. "ORDER BY 1", { SCHEMA })) do out[i] = row.n end
    return out
  end

  it("has its tables there, and leaves them alone when they are there", function()
    assert.same({ "sch_groups", "sch_item_tags", "sch_items", "sch_kepts", "sch_tags" }, tables())
    local sql = table.concat(db.sql_of(ryx, function() ryx.migrate{ Item, Tag, Group, Plain, Kept } end), "\n")
    assert.falsy(sql:find("CREATE", 1, true), sql)
    local Less = ryx.model("SchLess", {
      size = ryx.IntField{}, Meta = { schema = SCHEMA, table_name = "sch_tags" },
    })
    assert.equal("misuse", db.error_of(ryx.migrate, { Less }).kind)
  end)

  it("is written and read", function()
    local group = Group.objects:create{ name = "g" }
    local item = Item.objects:create{ name = "a", group = group, plain = Plain.objects:create{ name = "p" } }
    item.n = 5
    item:save()
    Item.objects:filter{ name = "a" }:update{ n = ryx.F"n" + 1 }
    assert.equal(6, Item.objects:get{ group__name = "g", plain__name = "p" }.n)
    assert.equal(item, group.items:get())
    Item.objects:bulk_create{ Item{ name = "b", parent = item }, Item{ name = "c", group = group } }
    assert.equal(3, Item.objects:bulk_update(Item.objects:all(), { "n" }))
    local made, created = Item.objects:upsert({ name = "a", group = group, n = 9 }, {
      unique_fields = { "name", "group" },
    })
    assert.same({ 9, false }, { made.n, created })
    assert.same({ 2, 1 }, { group.items:count(), item.parts:count() })
    assert.equal("g", Item.objects:select_related("group", "parent"):get{ name = "c" }.group.name)
    assert.equal(2, #Group.objects:prefetch_related("items"):get().items:all())
    assert.equal(2, Group.objects:annotate{ k = ryx.Count("items") }:get().k)
    assert.equal(1, Item.objects:filter{ parent__in = Item.objects:filter{ n = 9 } }:count())
    assert.equal(1, Item.objects:filter(-ryx.Q{ parts__name = "b" }, { name = "a" }):count() + 1)
    assert.equal(1, Item.objects:filter{ parts__name = "b" }:update{ n = 1 })
    assert.equal(2, Item.objects:order_by("name"):offset(1):limit(2):update{ n = 4 })
    assert.equal("unique_violation", db.error_of(Group.objects.create, Group.objects, { name = "g" }).kind)
    local e = db.error_of(Item.objects.create, Item.objects, { name = "x", group_id = 4711 })
    assert.same({ "foreign_key_violation", "group" }, { e.kind, e.field })
    assert.equal(1, Item.objects:filter{ name = "b" }:delete())
    assert.equal(1, Item.objects:filter{ group__name = "g" }:limit(1):delete())
  end)

  it("has links, trees, locks, joins and CTEs", function()
    local top = Item.objects:create{ name = "top" }
    local below = Item.objects:create{ name = "below", parent = top }
    local tag = top.tags:create{ name = "t" }
    assert.equal(1, below.tags:add(tag))
    assert.equal(2, tag.items:count())
    assert.equal(1, below.tags:remove(tag))
    assert.equal(2, #Item.objects:filter{ id = top.id }:descendants():all())
    ryx.transaction(function() assert.equal(2, #Item.objects:for_update{ of = { "self" } }:all()) end)
    Plain.objects:create{ name = "top" }
    local both = Item.objects:join(Plain, { name = ryx.F"name" }, { alias = "p" }):values("name")
    assert.equal(1, #both:all())
    local cte = ryx.CTE("sch_items", Item.objects:filter{ name = "top" })
    assert.equal(1, #Item.objects:with(cte):all() - 1)
    assert.equal(1, Item.objects:filter{ name__search = "below" }:count())
    assert.equal(1, Plain.objects:create_from(Item.objects:filter{ name = "below" }:values("name")))
    assert.equal(1, Item.objects:create_from(Plain.objects:filter{ name = "below" }:values("name")))
    assert.equal(2, #Item.objects:union(Item.objects:none()):filter{ name = "below" }:all())
  end)

  it("is deleted by the rules of its keys", function()
    local top = Item.objects:create{ name = "top" }
    Item.objects:create{ name = "below", parent = top }
    local kept = Kept.objects:create{ item = top }
    local e = db.error_of(top.delete, top)
    assert.same({ "protected", "SchKept" }, { e.kind, e.model })
    kept:delete()
    assert.equal(1, top:delete())
    assert.equal(0, Item.objects:count())
  end)

  it("is loaded and numbered", function()
    local path = os.tmpname()
    ryx.copy_to(Plain.objects:values("name"), path, { format = "csv" })
    local rows, i = { { name = "x" }, { name = "y" } }, 0
    assert.equal(2, ryx.copy_from(Tag, function()
      i = i + 1
      return rows[i]
    end))
    os.remove(path)
    Group.objects:bulk_create{ Group{ id = 500, name = "five" } }
    ryx.reset_sequences{ Group }
    assert.is_true(Group.objects:create{ name = "next" }.id > 500)
  end)

  it("must be there", function()
    local Lost = ryx.model("SchLost", { n = ryx.IntField{}, Meta = { schema = "ryx_nowhere" } })
    assert.truthy(db.error_of(ryx.migrate, { Lost }).message:find("ryx_nowhere", 1, true))
    local e = db.error_of(function() return Lost.objects:all() end)
    assert.equal("operational", e.kind)
  end)
end)
