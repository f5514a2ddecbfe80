-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local function key_of_parent(name) return ryx.ForeignKey(name, { null = true, on_delete = "CASCADE" }) end

local Node = ryx.model("TrNode", {
  name = ryx.CharField{ max_length = 50 },
  rank = ryx.IntField{ null = true },
  parent = ryx.ForeignKey("TrNode", { null = true, on_delete = "CASCADE", related_name = "children" }),
  Meta = { ordering = { "name" } },
})
local Word = ryx.model("TrWord", {
  code = ryx.CharField{ max_length = 50, primary_key = true },
  parent = key_of_parent("TrWord"),
})
local Token = ryx.model("TrToken", {
  id = ryx.UUIDField{ primary_key = true },
  name = ryx.CharField{ max_length = 50 },
  parent = key_of_parent("TrToken"),
})
local Stamp = ryx.model("TrStamp", {
  day = ryx.DateField{ primary_key = true },
  parent = key_of_parent("TrStamp"),
})

local nodes = Node.objects

local function uuid(i) return ("00000000-0000-4000-8000-%012d"):format(i) end

-- "a b" of rows in the order they come.
local function names(qs, field)
  local out = {}
  for i, row in ipairs(qs:all()) do out[i] = row[field or "name"] end
  return table.concat(out, " ")
end

-- The same, "root>a>b": the path of each by names.
local function paths(qs, by_key, name)
  local out = {}
  for i, row in ipairs(qs:all()) do
    local path = {}
    for j, key in ipairs(row[name or "path"]) do path[j] = by_key and by_key[key] or tostring(key) end
    out[i] = table.concat(path, ">")
  end
  return table.concat(out, " ")
end

-- What a walk of rows in Lua gives: names in depth-first order.
local function walked(rows, roots, before)
  local children = {}
  for _, row in ipairs(rows) do
    if row.parent_id then
      children[row.parent_id] = children[row.parent_id] or {}
      table.insert(children[row.parent_id], row)
    end
  end
  local out = {}
  local function walk(list)
    table.sort(list, before)
    for _, row in ipairs(list) do
      out[#out + 1] = row.name
      walk(children[row.id] or {})
    end
  end
  walk(roots)
  return table.concat(out, " ")
end

describe("trees", function()
  db.use(ryx, { Node, Word, Token, Stamp })
  local by_key, root, made

  setup(function()
    made, by_key = {}, {}
    local function add(name, parent, rank)
      made[name] = nodes:create{ name = name, parent = parent and made[parent], rank = rank }
      by_key[made[name].id] = name
    end
    add("r")
    add("b", "r", 1)
    add("a", "r", 2)
    add("c", "r")
    for i = 12, 1, -1 do add(("b%02d"):format(i), "b", i) end
    add("a1", "a")
    add("a11", "a1")
    add("A")
    root = nodes:filter{ name = "r" }
  end)

  it("come in depth-first order, siblings by a field", function()
    local all = nodes:filter{ parent__isnull = true }
    assert.equal("A r a a1 a11 b b01 b02 b03 b04 b05 b06 b07 b08 b09 b10 b11 b12 c",
      names(all:descendants{ depth_first = "name" }))
    assert.equal("r c b b12 b11 b10 b09 b08 b07 b06 b05 b04 b03 b02 b01 a a1 a11 A",
      names(all:descendants{ depth_first = "-name" }))
    assert.equal("A r a a1 a11 b b01 b02", names(all:descendants{ depth_first = true }:limit(8)))
  end)

  it("order siblings as order_by does", function()
    assert.equal("r c b a a1 a11", names(root:descendants{ depth_first = "rank" }:exclude{ name__startswith = "b0" }
      :exclude{ name__startswith = "b1" }))
    assert.equal("r a a1 a11 b c", names(root:descendants{
      depth_first = { ryx.F"rank":desc{ nulls = "last" }, "name" },
    }:exclude{ name__startswith = "b0" }:exclude{ name__startswith = "b1" }))
    assert.equal("r c a a1 a11 b", names(root:descendants{ depth_first = ryx.F"rank" * -1 }
      :exclude{ name__startswith = "b0" }:exclude{ name__startswith = "b1" }))
  end)

  it("are turned around, cut, counted, and take another order", function()
    local tree = root:descendants{ depth_first = "name" }
    assert.equal("c b12 b11", names(tree:reverse():limit(3)))
    assert.equal("r", tree:first().name)
    assert.equal("c", tree:last().name)
    assert.equal(18, tree:count())
    assert.equal("r a b c", names(tree:order_by("depth", "name"):limit(4)))
    assert.equal("a a1 a11 b", names(root:descendants{ depth_first = "name", include_self = false }:limit(4)))
    assert.equal("r a b c", names(root:descendants{ depth_first = "name", max_depth = 1 }))
    assert.same({ 0, 1, 2, 3 }, tree:values_list("depth", { flat = true }):limit(4):all())
    assert.same({ a = 1, b = 12, r = 3 }, (function()
      local counts = {}
      for _, row in ipairs(tree:order_by():values("parent__name"):annotate{ n = ryx.Count("pk") }
        :filter{ parent__name__in = { "a", "b", "r" } }:all()) do counts[row.parent__name] = row.n end
      return counts
    end)())
  end)

  it("go on over pages", function()
    local tree = root:descendants{ depth_first = "name" }
    local list, after = {}, nil
    repeat
      local page = tree:paginate{ size = 5, after = after }
      for _, row in ipairs(page.rows) do list[#list + 1] = row.name end
      after = page.next
    until not after
    assert.equal(names(tree), table.concat(list, " "))
  end)

  it("begin with any rows", function()
    local tops = nodes:filter{ parent__isnull = true }
    assert.equal("A", names(tops:order_by("name"):limit(1):descendants{ depth_first = true }))
    assert.equal("a1 a11", names(nodes:filter{ children__name = "a11" }:distinct():descendants{ depth_first = true }))
    assert.equal("b b01 b02", names(nodes:filter{ children__name__startswith = "b0" }
      :descendants{ depth_first = true }:limit(3)))
    assert.equal("a1 a11 c", names(nodes:filter{ name = "c" }:union(nodes:filter{ name = "a1" })
      :descendants{ depth_first = true }))
    assert.equal("a a1 a11 a1 a11", names(nodes:filter{ name__in = { "a", "a1" } }:descendants{ depth_first = true }))
    assert.equal("", names(nodes:none():descendants{ depth_first = true }))
  end)

  it("have the keys on the way to each row", function()
    local tree = nodes:filter{ name = "a" }
    assert.equal("a a>a1 a>a1>a11", paths(tree:descendants{ path = "path", depth_first = true }, by_key))
    assert.equal("a a>a1 a>a1>a11", paths(tree:descendants{ path = "way" }:order_by("depth"), by_key, "way"))
    assert.equal("a11 a11>a1 a11>a1>a a11>a1>a>r",
      paths(nodes:filter{ name = "a11" }:ancestors{ path = "path" }:order_by("depth"), by_key))
    local all = root:descendants{ path = "path", depth_first = true }
    assert.equal("a a1 a11", names(all:filter{ path__contains = { made.a.id } }))
    assert.equal("a", names(all:filter{ path = { made.r.id, made.a.id } }))
    assert.same({ { made.r.id }, { made.r.id, made.a.id } }, (function()
      local out = {}
      for i, path in ipairs(all:values_list("path", { flat = true }):limit(2):all()) do
        out[i] = { path[1], path[2] }
      end
      return out
    end)())
  end)

  it("have that and the depth in a CTE of the user's", function()
    local tree = ryx.CTE("tree", nodes:filter{ name = "a" }, { path = "way", depth = "level",
      recursive = function(rows) return nodes:with(rows, { on = { id = "parent" } }) end })
    assert.equal("a a>a1 a>a1>a11", paths(tree:rows():order_by("level"), by_key, "way"))
    assert.equal("a11", names(nodes:with(tree, { on = { id = "pk" } }):filter{ tree__level = 2 }))
  end)

  it("end where they are a cycle", function()
    made.r.parent = made.a1
    made.r:save()
    assert.equal("r r>a r>a>a1 r>a>a1>a11", paths(root:descendants{ path = "path", depth_first = "name" }
      :exclude{ name__startswith = "b" }:exclude{ name = "c" }, by_key))
    assert.equal("a1 a1>a a1>a>r", paths(nodes:filter{ name = "a1" }:ancestors{ path = "path" }:order_by("depth"),
      by_key))
    made.r.parent = nil
    made.r:save()
  end)

  it("have texts as keys, whatever those hold", function()
    local keys = { "a", "x,a,y", "a~", "~1", ",", 'q"\\', "é/>" }
    for i, key in ipairs(keys) do Word.objects:create{ code = key, parent_id = keys[i - 1] } end
    local all = Word.objects:filter{ code = "a" }
    local rows = all:descendants{ path = "path", depth_first = true }:all()
    assert.equal(#keys, #rows)
    for i, key in ipairs(keys) do
      assert.equal(key, rows[i].code)
      local path = {}
      for j, step in ipairs(rows[i].path) do path[j] = step end
      assert.equal(table.concat(keys, "|", 1, i), table.concat(path, "|"))
    end
    all:update{ parent_id = keys[#keys] }
    assert.equal(#keys, Word.objects:filter{ code = "x,a,y" }:descendants():count())
    assert.equal(1, Word.objects:filter{ code = "," }:descendants{ path = "path" }
      :filter{ path = { ",", 'q"\\', "é/>" } }:count())
  end)

  it("have UUIDs as keys, and many levels", function()
    local list = { Token{ id = uuid(0), name = "t0" } }
    for i = 1, 250 do
      list[#list + 1] = Token{ id = uuid(i), name = "t" .. i, parent_id = uuid(i - 1) }
      list[#list + 1] = Token{ id = uuid(1000 + i), name = "u" .. i, parent_id = uuid(i - 1) }
    end
    Token.objects:bulk_create(list)
    local rows = Token.objects:filter{ name = "t0" }:descendants{ depth_first = "name", path = "path" }:all()
    assert.equal(501, #rows)
    assert.equal("t250", rows[251].name)
    assert.equal("u250", rows[252].name)
    assert.equal("u1", rows[501].name)
    assert.equal(uuid(250), rows[251].path[251])
    assert.equal(uuid(0), rows[251].path[1])
  end)

  it("come whole and in order, whatever tree it is", function()
    local seed, list = 7, {}
    local function random(n)
      seed = (seed * 16807) % 2147483647
      return seed % n + 1
    end
    local first = nodes:create{ name = "w0", rank = 0 }
    for i = 1, 3000 do
      list[i] = Node{ name = ("w%d"):format(random(400)), rank = i, parent_id = first.id }
    end
    nodes:bulk_create(list)
    for i = 2, 3000 do list[i].parent_id = list[random(i - 1)].id end
    nodes:bulk_update(list, { "parent" })
    local function before(a, b)
      if a.name ~= b.name then return a.name < b.name end
      return a.id < b.id
    end
    local tree = nodes:filter{ id = first.id }:descendants{ depth_first = "name" }
    assert.equal(walked(list, { first }, before), names(tree))
  end)

  it("ask the database that their beginning asks", function()
    local tree = root:using("default"):descendants{ depth_first = true }
    assert.equal("default", tree.on_alias.name)
    assert.equal("r a", names(tree:limit(2)))
    ryx.transaction(function(tx)
      assert.equal(tx, root:using(tx):descendants().tx)
    end)
  end)

  it("say what is wrong", function()
    local cases = {
      { function() return root:descendants{ depth_first = 1 } end, "depth_first takes true or what siblings" },
      { function() return root:descendants{ depth_first = "nam" } end, "did you mean \"name\"" },
      { function() return root:descendants{ path = "name" } end, "is a field of the model" },
      { function() return root:descendants{ path = "a b" } end, "is not a name" },
      { function() return root:descendants{ path = "depth" } end, "both called \"depth\"" },
      { function() return root:ancestors{ depth_first = true } end, "unknown option \"depth_first\"" },
      { function() return Stamp.objects:descendants{ path = "path" } end, "an int, a text or a uuid, not date" },
      { function() return ryx.CTE("x", nodes, { path = "path" }) end, "belong to a recursive one" },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), tostring(e))
    end
  end)
end)
