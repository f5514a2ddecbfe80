-- SPDX-License-Identifier: MIT
-- ryx.copy_from, ryx.copy_to: raw rows from and to files, iterators and functions.
local compat = require "ryx.compat"
local ryx = require "ryx"
local db = require "support.db"

local Owner = ryx.model("CopyOwner", { name = ryx.CharField{ max_length = 20 } })
local calls = 0
local Row = ryx.model("CopyRow", {
  code = ryx.CharField{ max_length = 30, unique = true },
  n = ryx.IntField{ default = 7, db_column = "row \"n" },
  big = ryx.BigIntField{ null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  ratio = ryx.FloatField{ null = true },
  flag = ryx.BooleanField{ null = true },
  day = ryx.DateField{ null = true },
  at = ryx.TimeField{ null = true },
  made = ryx.DateTimeField{ null = true },
  moment = ryx.DateTimeField{ null = true, tz = true },
  span = ryx.DurationField{ null = true },
  uid = ryx.UUIDField{ null = true },
  doc = ryx.JSONField{ null = true },
  tags = ryx.ArrayField(ryx.CharField{ max_length = 10, blank = true }, { null = true }),
  spans = ryx.ArrayField(ryx.DurationField{}, { null = true }),
  days = ryx.ArrayField(ryx.DateField{}, { null = true }),
  raw = ryx.BinaryField{ null = true },
  prices = ryx.ArrayField(ryx.DecimalField{ max_digits = 6, decimal_places = 2 }, { null = true }),
  note = ryx.TextField{ null = true },
  owner = ryx.ForeignKey(Owner, { null = true }),
  mark = ryx.IntField{ default = function()
    calls = calls + 1
    return calls
  end },
  born = ryx.DateTimeField{ auto_now_add = true },
})
local Small = ryx.model("CopySmall", {
  name = ryx.CharField{ max_length = 10, null = true, unique = true }, n = ryx.IntField{ default = 1 },
})

local function file_with(text)
  local path = os.tmpname()
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
  return path
end

local function content(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("*a")
  f:close()
  return text
end

local function from_text(model, text, options)
  local path = file_with(text)
  local ok, result = pcall(ryx.copy_from, model, path, options)
  os.remove(path)
  if not ok then error(result, 0) end
  return result
end

local function to_text(qs, options)
  local parts = {}
  local n = ryx.copy_to(qs, function(text) parts[#parts + 1] = text end, options)
  return table.concat(parts), n
end

local function each(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

local function numbers(n)
  local i = 0
  return function()
    i = i + 1
    if i <= n then return { name = "r" .. i, n = i } end
  end
end

local ODD = "a\tb\\n, \"quoted\"\r\nzwei\nZeilen \\. \\N \226\130\172 \240\159\145\141 'x'; --"

local function full(owner)
  return {
    code = "full", n = -3, big = 9007199254740993 + 0, price = "-12.50", ratio = 0.1, flag = true, day = "2024-02-29",
    at = "23:59:59.5", made = "2024-02-29 12:00:00.000001", moment = "1999-12-31 23:59:59", span = "26:00:00.25",
    uid = "12345678-1234-1234-1234-123456789abc", doc = { a = { 1, "x\ny", ryx.null }, b = ryx.json.array{} },
    tags = { "a,b", '"q"', "NULL", "" },
    days = { "2024-01-01", "1970-01-01" },
    spans = { ryx.duration("01:00:00"), ryx.duration("-00:00:00.5") }, raw = "\0\1\255\\x\n", note = ODD,
    owner_id = owner, mark = 5,
  }
end

local KEYS = {
  "code", "n", "big", "price", "ratio", "flag", "day", "at", "made", "moment", "span", "uid", "doc", "tags", "days",
  "spans", "raw", "note", "owner_id", "mark", "born",
}

local function shown(v)
  if type(v) == "table" then return ryx.json.encode(v) end
  return tostring(compat.keyof(v))
end

local function same(a, b)
  for _, key in ipairs(KEYS) do
    local x, y = a[key], b[key]
    if key == "doc" and x ~= nil then
      assert.same(x, y, key)
    else
      assert.equal(shown(x), shown(y), key)
    end
  end
end

local function fails(kind, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.equal(kind, err.kind, tostring(err))
  assert.truthy(err.message:find(text, 1, true), err.message)
  return err
end

describe("copy_from with an iterator", function()
  db.use(ryx, { Owner, Row, Small })
  before_each(function()
    Row.objects:delete_all()
    Small.objects:delete_all()
    Owner.objects:delete_all()
  end)

  it("inserts rows by the names of their columns", function()
    assert.equal(2500, ryx.copy_from(Small, numbers(2500)))
    assert.equal(2500, Small.objects:count())
    assert.equal(1777, Small.objects:get{ name = "r1777" }.n)
    assert.truthy(Small.objects:create{ name = "after" }.id)
  end)

  it("inserts every type as create does", function()
    local owner = Owner.objects:create{ name = "Ann" }
    local made = Row.objects:create(full(owner.id))
    made = Row.objects:get{ id = made.id }
    Row.objects:delete_all()
    local row = full(owner.id)
    row.born = made.born
    assert.equal(1, ryx.copy_from(Row, each{ row }))
    same(made, Row.objects:get())
    assert.equal(ODD, Row.objects:get().note)
  end)

  it("gives defaults and times that set themselves; ryx.null is NULL", function()
    calls = 0
    ryx.copy_from(Row, each{ { code = "a" }, { code = "b", mark = 50, n = 1 }, { code = "c", ratio = ryx.null } })
    local list = Row.objects:order_by("code"):all()
    assert.same({ 7, 1, 7 }, { list[1].n, list[2].n, list[3].n })
    assert.same({ 1, 50, 2 }, { list[1].mark, list[2].mark, list[3].mark })
    assert.truthy(list[1].born)
    assert.is_nil(list[3].ratio)
    fails("not_null_violation", "", ryx.copy_from, Small, each{ { name = "x", n = ryx.null } })
  end)

  it("leaves columns to the database when defaults = false", function()
    ryx.copy_from(Small, each{ { name = "x" } }, { defaults = false, fields = { "name" } })
    assert.equal(1, Small.objects:get().n)
  end)

  it("takes keys that are given and goes on above them", function()
    local id = Small.objects:create{ name = "a" }.id
    ryx.copy_from(Small, each{ { id = id + 10, name = "b" }, { id = id + 5, name = "c" } })
    assert.equal(id + 10, Small.objects:get{ name = "b" }.id)
    assert.is_true(Small.objects:create{ name = "d" }.id > id + 10)
  end)

  it("keeps nothing when a row is bad, and names it", function()
    fails("validation", "row 1200: n: cannot", ryx.copy_from, Small, each((function()
      local list = {}
      for i = 1, 2000 do list[i] = { name = "r" .. i, n = i == 1200 and "junk" or i } end
      return list
    end)()))
    assert.equal(0, Small.objects:count())
    local err = fails("validation", "row 2: price", ryx.copy_from, Row, each{
      { code = "a", price = "1.50" }, { code = "b", price = "1.505" },
    })
    assert.truthy(err.where:find("copy_spec.lua", 1, true), err.where)
    assert.equal(0, Row.objects:count())
    assert.equal(1, ryx.copy_from(Small, each{ { name = "fine" } }))
  end)

  it("keeps nothing when the database refuses a row", function()
    local list = {}
    for i = 1, 1500 do list[i] = { name = "r" .. i } end
    list[1400].name = "r3"
    local err = fails("unique_violation", "", ryx.copy_from, Small, each(list))
    assert.truthy(err.message:find("^rows? 1"), err.message)
    assert.equal("name", err.field)
    assert.equal(0, Small.objects:count())
    fails("foreign_key_violation", "", ryx.copy_from, Row, each{ { code = "a", owner_id = 12345 } })
    assert.equal(0, Row.objects:count())
  end)

  it("refuses what would be cut or is too long", function()
    local ok, err = pcall(ryx.copy_from, Small, each{ { name = "x" }, { name = ("y"):rep(11) } })
    assert.is_false(ok)
    assert.equal("validation", err.kind, tostring(err))
    assert.equal(0, Small.objects:count())
    assert.equal("name", err.field, tostring(err))
    fails("validation", "row 1: prices", ryx.copy_from, Row, each{ { code = "a", prices = { "1.00", "1.555" } } })
    ryx.copy_from(Row, each{ { code = "a", prices = { "1", ryx.null, "2.5" } } })
    assert.equal('["1.00",null,"2.50"]', shown(Row.objects:get().prices))
  end)

  it("keeps nothing when the iterator fails", function()
    local i = 0
    local ok, err = pcall(ryx.copy_from, Small, function()
      i = i + 1
      if i > 1500 then error("no more", 0) end
      return { name = "r" .. i }
    end)
    assert.is_false(ok)
    assert.equal("no more", err)
    assert.equal(0, Small.objects:count())
    assert.equal(0, ryx.pool_stats().waiting)
    assert.equal(1, ryx.copy_from(Small, each{ { name = "a" } }))
  end)

  it("refuses columns that are not there", function()
    fails("field_error", "row 2: there is no column", ryx.copy_from, Small, each{ { name = "a" }, { nome = "b" } })
    fails("field_error", "no column 1", ryx.copy_from, Small, each{ { "a" } })
    fails("field_error", "name", ryx.copy_from, Small, each{ { name = "a" } }, { fields = { "nome" } })
    fails("field_error", "no column", ryx.copy_from, Small, each{ { name = "a", ["n\"; DROP TABLE x; --"] = 1 } })
    assert.equal(0, Small.objects:count())
  end)

  it("joins a transaction", function()
    ryx.transaction(function()
      Small.objects:create{ name = "before" }
      ryx.copy_from(Small, numbers(10))
      assert.equal(11, Small.objects:count())
      assert.is_false(pcall(ryx.copy_from, Small, each{ { name = "new" }, { name = "r1" } }))
      assert.equal(11, Small.objects:count())
    end)
    assert.equal(11, Small.objects:count())
    pcall(ryx.transaction, function()
      ryx.copy_from(Small, each{ { name = "gone" } })
      error("back", 0)
    end)
    assert.equal(11, Small.objects:count())
    ryx.transaction(function(tx) ryx.copy_from(Small, each{ { name = "by tx" } }, { using = tx }) end)
    assert.is_true(Small.objects:filter{ name = "by tx" }:exists())
  end)

  it("takes no statement of its transaction between the rows, where it is a COPY", function()
    if db.dialect ~= "postgres" then return end
    ryx.transaction(function(tx)
      local function asks(qs)
        local i = 0
        return function()
          i = i + 1
          if i > 1 then qs:count() end
          return i < 4 and { name = "r" .. i } or nil
        end
      end
      fails("misuse", "a copy has the connection", ryx.copy_from, Small, asks(Small.objects), { batch = 1 })
      fails("misuse", "a copy has the connection", ryx.copy_from, Small, asks(Small.objects:using(tx)), { batch = 1 })
      assert.equal(0, Small.objects:count())
      assert.equal(3, ryx.copy_from(Small, numbers(3)))
    end)
    assert.equal(3, Small.objects:count())
  end)

  it("takes rows of another query", function()
    ryx.copy_from(Small, numbers(50))
    local rows, i = Small.objects:order_by("id"):all(), 0
    local n = ryx.copy_from(Small, function()
      i = i + 1
      local row = rows[i]
      return row and { name = "s" .. i, n = Small.objects:get{ id = row.id }.n } or nil
    end, { batch = 10 })
    assert.equal(50, n)
  end)

  it("is nothing without rows", function()
    assert.equal(0, ryx.copy_from(Small, each{}))
  end)

  it("refuses what it does not take", function()
    fails("misuse", "a path or a function", ryx.copy_from, Small, { { name = "a" } })
    fails("misuse", "takes a model", ryx.copy_from, Small.objects, numbers(1))
    fails("misuse", "rows as tables", ryx.copy_from, Small, each{ "a" })
    fails("misuse", "rows as tables", ryx.copy_from, Small, each{ Small{ name = "a" } })
    fails("misuse", "batch", ryx.copy_from, Small, numbers(1), { batch = 0 })
    fails("misuse", "sise", ryx.copy_from, Small, numbers(1), { sise = 1 })
    fails("misuse", "csv or jsonl", ryx.copy_from, Small, "x", { format = "xml" })
    fails("operational", "no such file", ryx.copy_from, Small, "/no such file.csv")
  end)
end)

describe("copy_from that is broken off", function()
  db.use(ryx, { Small })
  before_each(function() Small.objects:delete_all() end)

  local function is_whole()
    assert.equal(0, Small.objects:count())
    assert.equal(5, ryx.copy_from(Small, numbers(5)))
    assert.equal(5, Small.objects:count())
    for _ = 1, 200 do
      if ryx.pool_stats().in_use == 0 then return end
      ryx.sleep(0.01) -- what is given up ends behind its caller
    end
    assert.equal(0, ryx.pool_stats().in_use)
  end

  it("by a deadline keeps nothing", function()
    local ok, err = pcall(ryx.timeout, 0.2, function()
      local i = 0
      ryx.copy_from(Small, function()
        i = i + 1
        ryx.sleep(0.01)
        return { name = "r" .. i }
      end, { batch = 5 })
    end)
    assert.is_false(ok)
    assert.equal("timeout", err.kind, tostring(err))
    is_whole()
  end)

  it("by a cancel keeps nothing", function()
    ryx.run(function()
      local task = ryx.spawn(function()
        local i = 0
        ryx.copy_from(Small, function()
          i = i + 1
          if i % 5 == 0 then ryx.sleep(0.01) end
          return { name = "r" .. i }
        end, { batch = 5 })
      end)
      ryx.sleep(0.1)
      task:cancel()
      local ok, err = pcall(task.join, task)
      assert.is_false(ok)
      assert.equal("cancelled", err.kind, tostring(err))
      is_whole()
    end)
  end)

  -- What ends the session of the copy: by its statement, or by what its transaction says.
  local function kill()
    if db.dialect == "postgres" then
      ryx.raw_fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <> "
        .. "pg_backend_pid()", {}, { alias = "other" })
    else
      local id = ryx.raw_fetch("SELECT CONNECTION_ID() AS id")[1].id
      pcall(ryx.raw_execute, "KILL " .. tostring(id), {}, { alias = "other" })
    end
  end

  if db.needs "server processes" then
    it("by the death of its connection keeps nothing", function()
      ryx.setup{ default = db.url, other = db.url }
      local i = 0
      local ok, err = pcall(ryx.copy_from, Small, function()
        i = i + 1
        if i == 1200 then kill() end
        return i <= 100000 and { name = "r" .. i } or nil
      end)
      assert.is_false(ok)
      assert.truthy(err.kind == "connection" or err.kind == "transaction_broken", tostring(err))
      is_whole()
    end)
  end
end)

describe("copy_to and copy_from", function()
  db.use(ryx, { Owner, Row, Small })
  before_each(function()
    Row.objects:delete_all()
    Small.objects:delete_all()
    Owner.objects:delete_all()
  end)

  local function round(format)
    local owner = Owner.objects:create{ name = "Ann" }
    Row.objects:create(full(owner.id))
    Row.objects:create{ code = "empty", note = "", tags = {}, doc = ryx.json.array{}, raw = "" }
    Row.objects:create{ code = "zero", price = "0.00", ratio = -1e300, flag = false, span = "-00:00:01", n = 0 }
    local before = Row.objects:order_by("code"):all()
    local path = os.tmpname()
    assert.equal(3, ryx.copy_to(Row.objects:order_by("code"), path, { format = format }))
    Row.objects:delete_all()
    assert.equal(3, ryx.copy_from(Row, path, { format = format }))
    os.remove(path)
    local after = Row.objects:order_by("code"):all()
    for i = 1, 3 do
      assert.equal(before[i].id, after[i].id)
      same(before[i], after[i])
    end
  end

  it("are a round trip of every type in CSV", function() round("csv") end)
  it("are a round trip of every type in JSON's lines", function() round("jsonl") end)

  it("write CSV that is the same on every database", function()
    Row.objects:create{
      code = 'a,"b"', n = -1, price = "1.50", ratio = 0.5, flag = true, day = "2024-02-29", at = "08:00",
      made = "2024-02-29 12:00:00.5", moment = "2024-02-29 12:00:00", span = "01:30:00", raw = "\1\255", note = "",
      uid = "12345678-1234-1234-1234-123456789abc",
    }
    local names = {
      "code", "n", "big", "price", "ratio", "flag", "day", "at", "made", "moment", "span", "raw", "note", "uid",
    }
    local text, n = to_text(Row.objects:values(compat.unpack(names)))
    assert.equal(1, n)
    assert.equal(table.concat(names, ",") .. '\n"a,""b""",-1,,1.50,0.5,t,2024-02-29,08:00:00,2024-02-29 12:00:00.5,'
      .. '2024-02-29 12:00:00+00,01:30:00,\\x01ff,"",12345678-1234-1234-1234-123456789abc\n', text)
    text = to_text(Row.objects:filter{ n = -1 }:values("code", "big", "price", "flag", "raw"), { format = "jsonl" })
    assert.equal('{"code":"a,\\"b\\"","big":null,"price":"1.50","flag":true,"raw":"\\\\x01ff"}\n', text)
  end)

  it("take values, annotations, orders, slices and groups", function()
    ryx.copy_from(Small, numbers(30))
    assert.equal("name,double\nr9,18\nr8,16\n", (to_text(Small.objects:filter{ n__lt = 10 }
      :values("name", { double = ryx.F"n" * 2 }):order_by("-n"):limit(2))))
    assert.equal("n\n30\n", (to_text(Small.objects:order_by("-n"):values_list("n"):slice(1, 1))))
    assert.equal("id,name,n\n", (to_text(Small.objects:none())))
    assert.equal("", (to_text(Small.objects:none(), { header = false })))
    local text, n = to_text(Small.objects:order_by("n"), { header = false, batch = 7 })
    assert.equal(30, n)
    assert.equal(30, select(2, text:gsub("\n", "\n")))
  end)

  it("work in a transaction, whose function may ask", function()
    ryx.transaction(function()
      ryx.copy_from(Small, numbers(25))
      local seen = 0
      local n = ryx.copy_to(Small.objects:order_by("n"), function()
        seen = math.max(seen, Small.objects:count())
      end, { batch = 10 })
      assert.same({ 25, 25 }, { n, seen })
      assert.equal(25, (select(2, to_text(Small.objects))))
    end)
  end)

  it("give the connection of a transaction to a function that asks, however much there is", function()
    ryx.copy_from(Small, numbers(30000))
    ryx.transaction(function()
      local asked = 0
      assert.equal(30000, ryx.copy_to(Small.objects, function()
        asked = asked + Small.objects:filter{ n = 7 }:count()
      end))
      assert.is_true(asked > 1)
      local path = os.tmpname()
      assert.equal(30000, ryx.copy_to(Small.objects, path))
      os.remove(path)
      assert.equal(30000, Small.objects:count())
    end)
  end)

  it("leave a file only when it is whole", function()
    ryx.copy_from(Small, numbers(3))
    local path = file_with("old")
    fails("operational", "", ryx.copy_to, Small.objects, "/no/such/folder/x.csv")
    local bad = ryx.Raw("no_such_function(?)", { 1 }, { type = "int" })
    local ok = pcall(ryx.copy_to, Small.objects:annotate{ bad = bad }, path)
    assert.is_false(ok)
    assert.equal("old", content(path))
    assert.is_nil(io.open(path .. ".part"))
    ryx.copy_to(Small.objects:order_by("n"):values("name"), path)
    assert.equal("name\nr1\nr2\nr3\n", content(path))
    os.remove(path)
  end)

  it("leave no connection behind when the function fails", function()
    ryx.copy_from(Small, numbers(3000))
    for _ = 1, 12 do
      local ok, err = pcall(ryx.copy_to, Small.objects, function(text)
        if #text > 20 then error("full", 0) end
      end)
      assert.is_false(ok)
      assert.equal("full", err)
    end
    assert.equal(3000, Small.objects:count())
  end)

  it("refuse what is no list of columns", function()
    fails("misuse", "takes a queryset", ryx.copy_to, Small, "x")
    fails("misuse", "select_related", ryx.copy_to, Row.objects:select_related("owner"), "x")
    fails("misuse", "a path or a function", ryx.copy_to, Small.objects, 5)
    fails("misuse", "csv or jsonl", ryx.copy_to, Small.objects, "x", { format = 5 })
  end)
end)

describe("copy_from with a file", function()
  db.use(ryx, { Owner, Row, Small })
  before_each(function()
    Row.objects:delete_all()
    Small.objects:delete_all()
  end)

  it("reads CSV by its header", function()
    assert.equal(3, from_text(Small, '\239\187\191n,name\r\n1,a\r\n2,"b ""x"", y"\r\n3,'))
    local list = Small.objects:order_by("n"):all()
    assert.same({ "a", 'b "x", y' }, { list[1].name, list[2].name })
    assert.is_nil(list[3].name)
    assert.equal(1, from_text(Small, 'name\n""\n'))
    assert.equal("", Small.objects:get{ name = "" }.name)
  end)

  it("reads columns by fields", function()
    assert.equal(1, from_text(Small, "junk,name,n\nx,a,5\n", { fields = { "name" } }))
    assert.equal(1, Small.objects:get{ name = "a" }.n)
    assert.equal(2, from_text(Small, "5,b\n6,c\n", { header = false, fields = { "n", "name" } }))
    assert.equal(6, Small.objects:get{ name = "c" }.n)
    fails("misuse", "needs fields", from_text, Small, "5,b\n", { header = false })
    fails("field_error", "no column", from_text, Small, "junk,name\nx,a\n")
    fails("field_error", "no column n", from_text, Small, "name\nx\n", { fields = { "n", "name" } })
    fails("misuse", "twice", from_text, Small, "name,name\nx,a\n")
  end)

  it("names the row of what it cannot read", function()
    local err = fails("validation", "row 3: n: cannot read 'x' as int", from_text, Small, "name,n\na,1\nb,2\nc,x\n")
    assert.truthy(err.where:find("copy_spec.lua", 1, true), err.where)
    fails("validation", "row 2: raw: bytes", from_text, Row, "code,raw\na,\\x01\nb,01\n")
    fails("validation", "row 1: tags", from_text, Row, "code,tags\na,\"{a}\"\n")
    fails("validation", "row 1: price", from_text, Row, "code,price\na,1.555\n")
    fails("validation", "3", from_text, Small, "name,n\na,1\nb\n")
    fails("validation", "quote", from_text, Small, 'name,n\na,1\nb"c,2\n')
    fails("validation", "no end", from_text, Small, 'name,n\na,1\n"b,2\n')
    assert.same({ 0, 0 }, { Small.objects:count(), Row.objects:count() })
  end)

  it("reads JSON's lines", function()
    assert.equal(2, from_text(Row, '{"code":"a","price":"1.5","doc":{"x":[1]},"raw":"\\\\x00ff"}\n\n{"code":"b","n":2}',
      { format = "jsonl" }))
    local a = Row.objects:get{ code = "a" }
    assert.equal("1.50", tostring(a.price))
    assert.equal("\0\255", tostring(a.raw))
    assert.same({ x = { 1 } }, a.doc)
    fails("validation", "row 2", from_text, Row, '{"code":"c"}\n[1]\n', { format = "jsonl" })
    fails("validation", "row 2", from_text, Row, '{"code":"c"}\n{"code":\n', { format = "jsonl" })
    assert.equal(2, Row.objects:count())
  end)

  it("reads files of more than a part", function()
    local parts = { "name,n\n" }
    for i = 1, 30000 do parts[#parts + 1] = ("n%d,%d\n"):format(i, i) end
    assert.equal(30000, from_text(Small, table.concat(parts), { batch = 700 }))
    assert.equal(30000 * 30001 / 2, tonumber(Small.objects:aggregate{ s = ryx.Sum("n") }.s))
  end)

  it("is nothing without rows", function()
    assert.equal(0, from_text(Small, ""))
    assert.equal(0, from_text(Small, "name,n\n"))
    assert.equal(0, from_text(Small, "", { format = "jsonl" }))
  end)
end)
