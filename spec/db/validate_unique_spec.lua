-- SPDX-License-Identifier: MIT
-- object:validate_unique(): unique fields, keys of several, and what is unique within a day, month or year.
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("UnqAuthor", { name = ryx.CharField{ max_length = 20 } })
local Post = ryx.model("UnqPost", {
  code = ryx.CharField{ max_length = 20, unique = true, null = true },
  author = ryx.ForeignKey(Author, { null = true }),
  title = ryx.CharField{ max_length = 30, unique_for_date = "published" },
  slug = ryx.CharField{ max_length = 30, unique_for_month = "published", null = true },
  topic = ryx.CharField{ max_length = 30, unique_for_year = "day", null = true },
  head = ryx.CharField{ max_length = 30, unique_for_date = "day", null = true },
  published = ryx.DateTimeField{ null = true },
  day = ryx.DateField{ null = true },
  price = ryx.DecimalField{ null = true },
  number = ryx.IntField{ null = true },
  Meta = {
    ordering = { "-title" }, unique_together = { { "author", "title" } },
    indexes = { ryx.Index{ fields = { "price", "number" }, unique = true }, ryx.Index{ fields = { "number" } } },
  },
})
local Natural = ryx.model("UnqNatural", { name = ryx.CharField{ max_length = 20, primary_key = true } })

local UNIQUE = "This value must be unique."

local function found(object)
  local ok, e = pcall(object.validate_unique, object)
  if ok then return {} end
  if not (type(e) == "table" and e.kind == "validation") then error(e, 0) end
  local fields = {}
  for name, messages in pairs(e.errors) do
    assert.same({ UNIQUE }, messages)
    fields[#fields + 1] = name
  end
  table.sort(fields)
  return fields, e
end

describe("validate_unique", function()
  db.use(ryx, { Author, Post, Natural })
  local ann
  before_each(function()
    for _, m in ipairs{ Post, Author, Natural } do m.objects:delete_all() end
    ann = Author.objects:create{ name = "Ann" }
  end)

  it("finds nothing in an empty table, and nothing where all differ", function()
    local p = Post{ code = "a", author = ann, title = "x", published = "2024-05-01 10:00:00" }
    assert.same({}, found(p))
    p:save()
    assert.same({}, found(p))
    assert.same({}, found(Post{ code = "b", author = ann, title = "y", published = "2024-05-01 10:00:00" }))
  end)

  it("names a unique field", function()
    Post.objects:create{ code = "a", title = "x" }
    local fields, e = found(Post{ code = "a", title = "y" })
    assert.same({ "code" }, fields)
    assert.is_true(e:is(ryx.ValidationError))
    assert.equal("code", e.field)
    assert.equal("UnqPost", e.model)
    assert.equal("UnqPost: code: " .. UNIQUE, e.message)
    assert.truthy(e.where:find("validate_unique_spec.lua", 1, true))
  end)

  it("has keys of several fields under __all__", function()
    Post.objects:create{ author = ann, title = "x", price = "1.5", number = 3 }
    assert.same({ "__all__" }, found(Post{ author = ann, title = "x" }))
    assert.same({ "__all__" }, found(Post{ author_id = ann.id, title = "x" }))
    assert.same({ "__all__" }, found(Post{ title = "y", price = "1.50", number = 3 }))
    assert.same({}, found(Post{ title = "y", price = "1.51", number = 3 }))
    assert.same({}, found(Post{ title = "x", number = 3 }))
  end)

  it("tells all that is taken at once, by one statement", function()
    Post.objects:create{ code = "a", author = ann, title = "x", slug = "s", published = "2024-05-01 10:00:00" }
    local p = Post{ code = "a", author = ann, title = "x", slug = "s", published = "2024-05-01 23:59:59" }
    local seen = db.sql_of(ryx, function() assert.same({ "__all__", "code", "slug", "title" }, (found(p))) end)
    assert.equal(1, #seen)
    assert.equal(4, select(2, seen[1]:gsub("EXISTS", "")))
  end)

  it("asks nothing where no row can clash", function()
    local p = Post{ title = "x", price = "1.5" }
    assert.equal(0, #db.sql_of(ryx, function() p:validate_unique() end))
  end)

  it("lets NULL and the row itself pass", function()
    Post.objects:create{ title = "x", number = 3 }
    assert.same({}, found(Post{ title = "x", code = ryx.null, number = 3 }))
    local p = Post.objects:create{ code = "a", author = ann, title = "x", price = 1, number = 1 }
    assert.same({}, found(p))
    assert.same({}, found(Post.objects:get{ pk = p.pk }))
    local other = Post.objects:create{ code = "b", title = "x" }
    other.code = "a"
    assert.same({ "code" }, found(other))
  end)

  it("knows days, months and years", function()
    Post.objects:create{
      title = "x", slug = "s", topic = "t", head = "h", published = "2024-05-31 23:59:59.5", day = "2024-12-31",
    }
    local function of(values)
      values.title = values.title or "another"
      return (found(Post(values)))
    end
    assert.same({ "title" }, of{ title = "x", published = "2024-05-31" })
    assert.same({}, of{ title = "x", published = "2024-06-01" })
    assert.same({}, of{ title = "x" })
    assert.same({ "slug" }, of{ slug = "s", published = "2024-05-01 00:00:00" })
    assert.same({}, of{ slug = "s", published = "2024-06-01 00:00:00" })
    assert.same({}, of{ slug = "s", published = "2023-05-31 00:00:00" })
    assert.same({ "topic" }, of{ topic = "t", day = "2024-01-01" })
    assert.same({}, of{ topic = "t", day = "2025-01-01" })
    assert.same({ "head" }, of{ head = "h", day = "2024-12-31" })
    assert.same({}, of{ head = "h", day = "2024-12-30" })
  end)

  it("asks for a key that was given", function()
    Natural.objects:create{ name = "a" }
    assert.same({ "name" }, found(Natural{ name = "a" }))
    assert.same({}, found(Natural{ name = "b" }))
    assert.same({}, found(Natural.objects:get{ name = "a" }))
  end)

  it("leaves what full_clean refuses, and what the database works out", function()
    Post.objects:create{ code = "a", title = "x", price = 1, number = 1 }
    assert.same({}, found(Post{ title = "x", price = "many", number = 1 }))
    assert.same({}, found(Post{ title = "x", price = 1, number = ryx.Value(1) + 0 }))
    local p = Post{ title = "x" }
    p.price, p.number = 1, "1" -- of forms that are converted
    assert.same({ "__all__" }, found(p))
  end)

  it("reads what it needs of a row that was read in part", function()
    Post.objects:create{ author = ann, title = "y", code = "c" }
    local id = Post.objects:create{ author = ann, title = "x", code = "d" }.id
    local p = Post.objects:only("id", "title"):get{ pk = id }
    assert.same({}, found(p))
    p.title = "y"
    assert.same({ "__all__" }, found(p))
    p = Post.objects:only("id"):get{ pk = id }
    assert.equal(0, #db.sql_of(ryx, function() p:validate_unique() end))
  end)

  it("sees what its transaction wrote", function()
    ryx.transaction(function(tx)
      Post.objects:create{ code = "a", title = "x" }
      assert.same({ "code" }, found(Post{ code = "a", title = "y" }))
      tx:rollback()
    end)
    assert.same({}, found(Post{ code = "a", title = "y" }))
  end)

  it("goes to the database that the object is from", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.raw_execute("CREATE TABLE unq_naturals (name TEXT PRIMARY KEY)", {}, { alias = "other" })
    local alias = { using = "other" }
    Natural{ name = "there" }:save(alias)
    local a = Natural{ name = "here" }
    a:save(alias)
    Natural.objects:create{ name = "there" }
    assert.same({}, found(a))
    assert.same({ "name" }, found(Natural{ name = "there" }))
    assert.equal("other", (function()
      local seen
      local off = ryx.on_query(function(event) seen = event.alias end)
      local p = Natural.objects:using("other"):get{ name = "here" }
      p:validate_unique()
      off()
      return seen
    end)())
  end)

  it("is no I/O of full_clean", function()
    Post.objects:create{ code = "a", title = "x" }
    assert.equal(0, #db.sql_of(ryx, function() Post{ code = "a", title = "y" }:full_clean() end))
    local e = select(2, pcall(function() Post.objects:create{ code = "a", title = "y" } end))
    assert.equal("unique_violation", e.kind)
    assert.same({ code = { UNIQUE } }, e.errors)
  end)
end)

describe("validate_unique of an index of some rows", function()
  if not db.needs "index conditions" then return end
  local Q, F = ryx.Q, ryx.F
  local function index(fields, condition, name)
    return ryx.Index{ fields = fields, unique = true, condition = condition, name = name }
  end
  local Room = ryx.model("UnqRoom", {
    name = ryx.CharField{ max_length = 20 }, gone = ryx.BooleanField{ default = false },
    floor = ryx.IntField{ default = 0 }, door = ryx.IntField{ null = true },
    ended = ryx.DateTimeField{ null = true },
    Meta = { indexes = {
      index({ "name" }, Q{ gone = false, ended__isnull = true }, "unq_room_name"),
      index({ "floor", "door" }, Q{ floor__gte = 10 } + Q{ floor__in = { 1, 2 } }, "unq_room_door"),
      index({ "door" }, Q{ floor = F"door" }, "unq_room_same"),
      index({ "floor" }, -Q{ floor__lt = 100 }, "unq_room_high"),
    } },
  })
  db.use(ryx, { Room })
  before_each(function() Room.objects:delete_all() end)

  local function of(values)
    values.name = values.name or "another"
    return (found(Room(values)))
  end

  it("asks among those rows, of an object that is one of them", function()
    Room.objects:create{ name = "a", floor = 10, door = 1 }
    Room.objects:create{ name = "b", gone = true, floor = 1, door = 1 }
    Room.objects:create{ name = "c", ended = "2024-01-01", floor = 5, door = 5 }
    assert.same({ "name" }, of{ name = "a" })
    assert.same({}, of{ name = "a", gone = true })
    assert.same({}, of{ name = "a", ended = "2024-01-01" })
    assert.same({}, of{ name = "b" })
    assert.same({}, of{ name = "c" })
    assert.same({ "__all__" }, of{ floor = 10, door = 1 })
    assert.same({ "__all__" }, of{ floor = 1, door = 1 })
    assert.same({ "__all__", "name" }, of{ name = "a", floor = 1, door = 1 })
    assert.same({}, of{ floor = 5, door = 5 }) -- compares columns: the database's
    assert.same({}, of{ floor = 10 })
    local a = Room.objects:get{ name = "a" }
    assert.same({}, found(a))
    local b = Room.objects:get{ name = "b" }
    b.name, b.gone = "a", false
    assert.same({ "name" }, found(b))
    assert.equal("unique_violation", db.error_of(b.save, b).kind)
  end)

  it("leaves to the database what it alone can tell", function()
    Room.objects:create{ name = "a", floor = 100, door = 3 }
    assert.same({}, of{ floor = 100 })
    assert.equal("unique_violation", db.error_of(function() Room.objects:create{ name = "b", floor = 100 } end).kind)
  end)
end)

describe("unique_for_date, unique_for_month, unique_for_year", function()
  local function refused(kind, text, fields)
    local e = select(2, pcall(ryx.model, "UnqWrong", fields))
    assert.equal(kind, e.kind)
    assert.truthy(e.message:find(text, 1, true), e.message)
  end

  it("name a date or a moment", function()
    for _, option in ipairs{ "unique_for_date", "unique_for_month", "unique_for_year" } do
      refused("misuse", 'UnqWrong.a: ' .. option .. ' = "b" names no DateField or DateTimeField',
        { a = ryx.IntField{ [option] = "b" }, b = ryx.TimeField{} })
      refused("field_error", '"day"', { a = ryx.IntField{ [option] = "day" }, days = ryx.DateField{} })
      assert.equal("misuse", select(2, pcall(ryx.IntField, { [option] = true })).kind)
    end
    ryx.model("UnqRight", { a = ryx.IntField{ unique_for_date = "b" }, b = ryx.DateTimeField{ tz = true } })
  end)

  it("may name a field of the model that is built upon theirs", function()
    local Base = ryx.model("UnqBase", { a = ryx.IntField{ unique_for_date = "b" }, Meta = { abstract = true } })
    assert.is_true(pcall(ryx.model, "UnqChild", { b = ryx.DateField{} }, Base))
    assert.is_false(pcall(ryx.model, "UnqOther", { b = ryx.IntField{} }, Base))
  end)
end)
