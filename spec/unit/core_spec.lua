-- SPDX-License-Identifier: MIT
-- The binding, alone: values both ways, results in every shape, and memory.
-- Databases are in memory.
local compat = require "ryx.compat"
local core = require "ryx.core"

local null, TYPE = core.null, core.numbers.TYPE
local is_jit = rawget(_G, "jit") ~= nil

-- 2^53 + 1 and the ends of int64, which LuaJIT's numbers cannot hold.
local function int64(text)
  return core.json_decode(text)
end
local BIG, MAX, MIN = "9007199254740993", "9223372036854775807", "-9223372036854775808"

local function text_of(v)
  if is_jit and type(v) == "number" then return ("%.0f"):format(v) end
  return (tostring(v):gsub("U?LL$", ""))
end

local E, A

local function finish(slot, err)
  if not slot then return nil, err end
  assert(core.wait(E, slot, 10000))
  return slot
end

local function execute(sql, params)
  local slot = assert(finish(core.send_sql(E, A, sql, 0, -1, nil, params)))
  return assert(core.affected(E, slot))
end

local function query(sql, params, opts)
  local slot, err = finish(core.send_sql(E, A, sql, 0, -1, nil, params))
  if not slot then return nil, err end
  return core.dicts(E, slot, opts)
end

local function op(name, tx, opts)
  return finish(core.op(E, A, name, tx or 0, -1, nil, opts))
end

-- Descriptions (docs/internals/description.md), by hand.
local function u(n)
  local out = {}
  repeat
    local low = n % 128
    n = (n - low) / 128
    out[#out + 1] = string.char(n > 0 and low + 128 or low)
  until n == 0
  return table.concat(out)
end

local function s(text)
  return u(#text) .. text
end

local function column(name, type, elem)
  return "c" .. u(0) .. s(name) .. u(TYPE[type]) .. u(TYPE[elem or "null"]) .. u(1)
end

local function param(number, type, name, elem)
  return "p" .. u(number) .. u(TYPE[type]) .. u(TYPE[elem or "null"]) .. s(name)
end

-- SELECT the columns { name, type, ... } of t WHERE pred ORDER BY id.
local function select_from(columns, pred)
  local out = { "2S", u(0), "s", u(0), u(1), "t", u(0), s("t"), s(""), "1", u(#columns / 2) }
  for i = 1, #columns, 2 do
    out[#out + 1] = column(columns[i], columns[i + 1]) .. s("")
  end
  out[#out + 1] = (pred or "1") .. u(0) .. "1"
  out[#out + 1] = u(1) .. column("id", "int") .. u(0) .. "--" .. u(0)
  return table.concat(out)
end

-- INSERT INTO t of the columns { name, type, ... }, RETURNING id.
local function insert_into(columns, batch)
  local out = { "2I", s("t"), u(batch and 1 or 0), u(#columns / 2) }
  for i = 1, #columns, 2 do
    out[#out + 1] = s(columns[i]) .. param((i - 1) / 2, columns[i + 1], columns[i])
  end
  return table.concat(out) .. "-" .. u(1) .. column("id", "int") .. s("")
end

local function plan_of(description)
  local plan, err = core.plan(E, A, description)
  if plan == false then
    assert(op("connect"))
    plan, err = core.plan(E, A, description)
  end
  assert(plan, err and err.message)
  return plan
end

local function send(plan, ...)
  return finish(core.send(E, A, plan, 0, -1, "spec", ...))
end

local function with_engine(fn)
  return function()
    E = assert(core.open("inline"))
    A = assert(core.setup(E, "default", "sqlite::memory:"))
    fn()
    local open = core.left_open(E)
    for what, n in pairs(open) do assert.equal(0, n, what) end
    core.close(E)
  end
end

describe("core values", function()
  it("reads and writes ISO 8601", function()
    assert.equal("2024-01-15", tostring(core.date("2024-01-15")))
    assert.equal("2024-02-29T03:00:00", tostring(core.datetime{ year = 2024, month = 2, day = 29, hour = 3 }))
    assert.equal("2024-01-15T10:30:01.500000", tostring(core.datetime("2024-01-15 10:30:01.5")))
    assert.equal("2023-12-31T22:00:00Z", tostring(core.datetimetz("2024-01-01T00:00:00+02:00")))
    assert.equal("10:30:00", tostring(core.time(10, 30)))
    assert.equal("P1DT2H3.5S", tostring(core.duration{ days = 1, hours = 2, seconds = 3.5 }))
    assert.equal("-PT0.25S", tostring(core.duration(-0.25)))
    assert.equal("PT0S", tostring(core.duration{}))
  end)

  it("reads back what it writes", function()
    for _, text in ipairs{ "-P3DT23H59M59.999999S", "P1D", "PT0S", "PT1M0.000001S" } do
      assert.equal(text, tostring(core.duration(text)))
    end
  end)

  it("names what it cannot read", function()
    local cases = {
      { core.date, "junk", "junk" }, { core.date, "2024-02-30", "2024%-02%-30" },
      { core.time, "25:00", "25:00" }, { core.duration, "1 hour", "1 hour" },
      { core.date, { year = 2024, month = 13, day = 1 }, "month 13" },
      { core.date, { year = 2024, month = 1 }, "day is missing" },
      { core.date, { year = 2024, mouth = 1 }, "mouth" },
      { core.duration, { hour = 1 }, "hour" },
      { core.decimal, "1,5", "1,5" }, { core.decimal, 1.5, "1.5" },
    }
    for _, case in ipairs(cases) do
      local v, err = case[1](case[2])
      assert.is_nil(v)
      assert.equal("validation", err.kind)
      assert.truthy(err.message:find(case[3]), err.message)
    end
    assert.has_error(function() core.date(true) end)
    assert.has_error(function() core.date() end)
  end)

  it("gives parts and methods", function()
    local d = core.datetime("2024-01-15T10:30:01.000250")
    assert.same({ 2024, 1, 15, 10, 30, 1, 250 }, { d.year, d.month, d.day, d.hour, d.minute, d.second, d.microsecond })
    assert.equal("2024-01-15", tostring(d:date()))
    assert.equal("10:30:01.000250", tostring(d:time()))
    assert.equal(1705314601.00025, d:timestamp())
    assert.is_nil(d.nothing)
    local back = core.duration{ days = -1, seconds = 5 }
    assert.same({ -1, 5, 0, -86395 }, { back.days, back.seconds, back.microseconds, back:total_seconds() })
  end)

  it("calculates and compares within a kind", function()
    local a, b = core.datetime("2024-01-15"), core.datetime("2024-01-16")
    local day = core.duration{ days = 1 }
    assert.is_true(a < b and a <= b and a ~= b and a + day == b and b - day == a and b - a == day)
    assert.is_true(core.datetimetz("2024-01-15T01:00:00+01:00") == a)
    assert.is_true(core.date("2024-03-01") - core.date("2024-02-28") == core.duration{ days = 2 })
    assert.is_true(core.date("2024-02-28") + day == core.date("2024-02-29"))
    assert.is_true(-day * 2 == core.duration{ days = -2 } and 0.5 * day == core.duration{ hours = 12 })
    assert.is_false(core.date("2024-01-01") == core.datetime("2024-01-01"))
  end)

  it("raises where kinds do not go together", function()
    local d, day = core.date("2024-01-01"), core.duration{ days = 1 }
    assert.has_error(function() return d < day end)
    assert.has_error(function() return d < "2024-01-02" end)
    assert.has_error(function() return d + d end)
    assert.has_error(function() return d + core.duration{ hours = 1 } end)
    assert.has_error(function() return core.date("9999-12-31") + day end)
    assert.has_error(function() return core.decimal("1") + 0.5 end)
  end)

  it("has exact decimals", function()
    local d = core.decimal
    assert.equal("0.30", tostring(d("0.10") + d("0.20")))
    assert.equal("6", tostring(d(3) * 2))
    assert.equal("0.3333", tostring(d("1") / 3))
    assert.equal("-1.50", tostring(-d("1.50")))
    assert.is_true(d("1.50") == d("1.5") and d("1.5") < d(2) and d("10") > d("9"))
    assert.equal(1.5, d("1.50"):tonumber())
    assert.equal("1.50", tostring(d("1.5"):places(2)))
    assert.equal("1.6", tostring(d("1.55"):places(1)))
    assert.is_nil((d("1.55"):places(1, true)))
    assert.has_error(function() return d("1") / 0 end)
  end)

  it("knows its kinds", function()
    assert.equal("date", core.kind(core.today()))
    assert.equal("datetime", core.kind(core.now()))
    assert.equal("decimal", core.kind(core.decimal("1")))
    assert.equal("bytes", core.kind(core.bytes("x")))
    for _, other in ipairs{ "x", 1, true, {}, null, io.stdout, print } do assert.is_nil((core.kind(other))) end
  end)
end)

describe("core json", function()
  it("keeps integers, lists, null, and orders keys", function()
    local text = '{"a":[],"b":{},"c":[1,null,"x"],"d":9007199254740993,"e":true,"f":1.5,"é":"\\n"}'
    assert.equal(text, core.json_encode(core.json_decode(text)))
    local v = core.json_decode(text)
    assert.equal(core.array_meta, getmetatable(v.a))
    assert.is_nil(getmetatable(v.b))
    assert.equal(null, v.c[2])
    assert.equal("9007199254740993", text_of(v.d))
  end)

  it("tells lists from objects", function()
    assert.equal("[1,2]", core.json_encode{ 1, 2 })
    assert.equal("{}", core.json_encode{})
    assert.equal("[]", core.json_encode(core.array{}))
    assert.equal('"2024-01-01"', core.json_encode(core.date("2024-01-01")))
    assert.equal('{"n":"1.50"}', core.json_encode{ n = core.decimal("1.50") })
    assert.equal("null", core.json_encode(null))
  end)

  it("refuses what JSON cannot hold", function()
    local cycle = {}
    cycle[1] = cycle
    local sparse = { 1, 2 }
    sparse[5] = 5
    local mixed = { 1, x = 2 }
    for _, v in ipairs{ cycle, sparse, mixed, { [1.5] = 1 }, { print }, { 0 / 0 }, { 1 / 0 }, { "\255" },
      { ["\255"] = 1 }, core.array{ x = 1 }, { [true] = 1 }, { io.stdout } } do
      local text, err = core.json_encode(v)
      assert.is_nil(text)
      assert.equal("validation", err.kind)
    end
    assert.has_error(function() core.json_encode() end)
  end)

  it("names what it cannot read", function()
    for _, text in ipairs{ "", "{", "[1,]", "nul", '{"a":1,"a":2}', "1e999", "99999999999999999999", "[1] x" } do
      local v, err = core.json_decode(text)
      assert.is_nil(v)
      assert.equal("validation", err.kind)
    end
  end)

  it("reads deep documents", function()
    local v = core.json_decode(("["):rep(1000) .. ("]"):rep(1000))
    assert.equal("table", type(v[1][1][1]))
  end)
end)

describe("core integers", function()
  it("pass through a database without loss", with_engine(function()
    for _, text in ipairs{ "0", "-1", "9007199254740992", BIG, "-" .. BIG, MAX, MIN } do
      local rows = assert(query("SELECT ? AS v", { int64(text) }))
      assert.equal(text, text_of(rows[1].v))
    end
  end))

  it("are numbers as long as a number holds them", function()
    assert.equal("number", type(int64("9007199254740992")))
    assert.equal(is_jit and "cdata" or "number", type(int64(BIG)))
  end)

  if is_jit then
    it("are taken from uint64 cdata when they fit", with_engine(function()
      local ffi = require "ffi"
      assert.equal("5", text_of(query("SELECT ? AS v", { ffi.new("uint64_t", 5) })[1].v))
      local slot, err = core.send_sql(E, A, "SELECT ?", 0, -1, nil, { ffi.new("uint64_t", -1) })
      assert.is_nil(slot)
      assert.equal("validation", err.kind)
    end))
  end
end)

describe("core statements", function()
  it("bind raw parameters by value", with_engine(function()
    local row = query("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, '?' AS f, ?? AS g", nil)
    assert.is_nil(row)
    row = query("SELECT ? AS a, ? AS b, ? AS c, ? AS d, typeof(?) AS e, '?' AS f",
      { 1, 1.5, "x\ny", null, core.bytes("\1\2") })[1]
    assert.same({ a = 1, b = 1.5, c = "x\ny", e = "blob", f = "?" }, row)
    assert.equal('{"a":[1]}', query("SELECT ? AS v", { { a = { 1 } } })[1].v)
    assert.equal("2024-01-15 10:00:00.000000", query("SELECT ? AS v", { core.datetime("2024-01-15T10:00") })[1].v)
  end))

  it("refuse holes, functions and wrong counts", with_engine(function()
    assert.has_error(function() query("SELECT ?, ?", { nil, 1 }) end)
    local _, err = query("SELECT ?", { print })
    assert.equal("validation", err.kind)
    _, err = query("SELECT ?", { 1, 2 })
    assert.equal("misuse", err.kind)
    _, err = query("SELEC 1")
    assert.truthy(err.kind and err.message)
  end))

  it("tell what a constraint refused", with_engine(function()
    execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    local affected, last = execute("INSERT INTO t (name) VALUES ('a')")
    assert.same({ 1, 1 }, { affected, last })
    local slot = finish(core.send_sql(E, A, "INSERT INTO t (name) VALUES ('a')", 0, -1))
    local none, err = core.affected(E, slot)
    assert.is_nil(none)
    assert.equal("unique_violation", err.kind)
    assert.equal("number", type(err.code))
    assert.equal("name", err.column)
  end))

  it("give rows as dicts, arrays, and with nulls", with_engine(function()
    assert.same({ { a = 1 } }, (query("SELECT 1 AS a, NULL AS b")))
    assert.same({ { a = 1, b = null } }, (query("SELECT 1 AS a, NULL AS b", nil, { null = null })))
    assert.same({ { 1, null } }, (query("SELECT 1 AS a, NULL AS a", nil, { array = true })))
    local _, err = query("SELECT 1 AS a, 2 AS a")
    assert.equal("misuse", err.kind)
  end))

  it("stop at their deadline", with_engine(function()
    local slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    local slot = finish(core.send_sql(E, A, slow, 0, 50))
    local _, err = core.dicts(E, slot)
    assert.equal("timeout", err.kind)
  end))

  it("know how long they took", with_engine(function()
    local slot = finish(core.send_sql(E, A, "SELECT 7 AS v", 0, -1))
    assert.is_true(core.duration(E, slot) >= 0)
    assert.equal(7, core.scalar(E, slot))
    slot = finish(core.send_sql(E, A, "SELECT 8 AS v", 0, -1))
    assert.is_true(core.duration(E, slot) >= 0)
    core.drop(E, slot)
  end))
end)

describe("core slots", function()
  it("are reused, and refused when they are not in use", with_engine(function()
    local slot = finish(core.send_sql(E, A, "SELECT 1", 0, -1))
    assert.is_true(core.done(E, slot))
    assert.equal(1, core.scalar(E, slot))
    assert.has_error(function() core.scalar(E, slot) end)
    assert.has_error(function() core.wait(E, slot, 0) end)
    assert.has_error(function() core.done(E, 12345) end)
    core.drop(E, slot)
    core.cancel(E, slot)
    assert.equal(slot, finish(core.send_sql(E, A, "SELECT 1", 0, -1)))
    core.drop(E, slot)
  end))

  it("are found by whoever polls", with_engine(function()
    local open = {}
    for i = 1, 40 do open[assert(core.send_sql(E, A, "SELECT " .. i, 0, -1))] = i end
    local left = 40
    while left > 0 do
      assert.is_true(core.poll(E, 10000))
      local slot = core.next(E)
      while slot do
        assert.equal(open[slot], core.scalar(E, slot))
        left = left - 1
        slot = core.next(E)
      end
    end
  end))

  it("sleep by the clock of core.clock", with_engine(function()
    local began = core.clock()
    local slot = core.sleep(E, 0.02)
    core.wait(E, slot, -1)
    core.drop(E, slot)
    assert.is_true(core.clock() - began >= 0.02)
  end))

  it("sleep", with_engine(function()
    local slot = core.sleep(E, 0.001)
    assert.is_true(core.wait(E, slot, 10000))
    assert.truthy(core.affected(E, slot))
  end))

  it("end with their engine", function()
    E = core.open("inline")
    A = core.setup(E, "default", "sqlite::memory:")
    local slot = core.send_sql(E, A, "SELECT 1", 0, -1)
    core.close(E)
    core.close(E)
    assert.has_error(function() core.wait(E, slot, 0) end)
    core.drop(E, slot)
  end)
end)

describe("core aliases", function()
  it("refuse what they do not know, without the password", function()
    local e = core.open("inline")
    local a, err = core.setup(e, "default", "postgres://u:geheim@h/d?max_conections=1")
    assert.is_nil(a)
    assert.truthy(err.message:find("max_connections"))
    assert.falsy(err.message:find("geheim"))
    a = core.setup(e, "other", "postgres://u:geheim@h/d", { max_connections = 3 })
    assert.falsy(core.show(e, a):find("geheim"))
    assert.is_nil((core.caps(e, a)))
    assert.is_false(core.can(e, a, "one_writer"))
    core.forget(e, "other")
    assert.is_nil((core.show(e, a)))
    core.close(e)
  end)

  it("can be set up again", with_engine(function()
    execute("CREATE TABLE t (id INTEGER)")
    local again = core.setup(E, "default", "sqlite::memory:")
    assert.equal(A, again)
    assert.equal("sqlite", core.dialect(E, A))
    assert.is_true(core.can(E, A, "one_writer"))
    local rows = query("SELECT name FROM sqlite_master WHERE name = 't'")
    assert.same({}, rows)
    assert.equal(1, core.stats(E, A).max)
  end))

  it("quote names", with_engine(function()
    assert.equal('"a""b"', core.quote(E, A, 'a"b'))
    assert.is_nil((core.quote(E, A, "")))
  end))
end)

describe("core plans", function()
  local COLUMNS = {
    "id", "int", "name", "text", "ok", "bool", "score", "double", "born", "date", "at", "datetime",
    "took", "duration", "cost", "decimal", "doc", "json", "raw", "bytes", "tags", "array",
  }
  local NAMES = {}
  for i = 1, #COLUMNS, 2 do NAMES[#NAMES + 1] = COLUMNS[i] end

  local function create()
    execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, ok INT, score REAL, born TEXT, at TEXT, "
      .. "took INT, cost DECIMAL_TEXT, doc JSON_TEXT, raw BLOB, tags JSON_TEXT)")
  end

  local function values()
    return 1, "Ann", true, 1.5, core.date("2000-02-29"), core.datetime("2024-01-15T10:30:01.5"),
      core.duration{ hours = 1 }, core.decimal("1.50"), { a = core.array{} }, "\0\255", core.array{ "x", "y" }
  end

  it("carry every type both ways", with_engine(function()
    create()
    local slot = assert(send(plan_of(insert_into(COLUMNS)), values()))
    assert.equal(1, core.scalar(E, slot))
    local meta = {}
    local shape = core.shape{ kind = "model", keys = NAMES, meta = meta }
    local record = {}
    local row, n = core.row(E, send(plan_of(select_from(COLUMNS))), shape, record)
    assert.equal(1, n)
    assert.equal(meta, getmetatable(row))
    assert.equal(record, row._r)
    local expected = { values() }
    for i, name in ipairs(NAMES) do
      if type(expected[i]) == "table" then
        assert.equal(core.json_encode(expected[i]), core.json_encode(row[name]), name)
      else
        assert.is_true(expected[i] == row[name], name)
      end
    end
    assert.equal(core.array_meta, getmetatable(row.tags))
  end))

  it("are the same when they were kept", with_engine(function()
    create()
    local insert = plan_of(insert_into(COLUMNS))
    assert.equal(1, core.scalar(E, send(insert, values())))
    core.affected(E, send(plan_of(insert_into{ "id", "int", "name", "text" }), 2, null))
    local plan, meta, record = plan_of(select_from(COLUMNS)), {}, {}
    local shape = core.shape{ kind = "model", keys = NAMES, meta = meta }
    local rows = core.rows(E, send(plan), shape, record)
    for _, as_values in ipairs{ false, true } do
      local cells, n = core.cells(E, send(plan), as_values)
      assert.equal(2, n)
      for _ = 1, 2 do
        local built, m = core.build(plan, cells, shape, record)
        assert.equal(2, m)
        assert.equal(meta, getmetatable(built[1]))
        assert.equal(record, built[2]._r)
        for i = 1, 2 do
          for _, name in ipairs(NAMES) do
            local a, b = rows[i][name], built[i][name]
            if type(a) == "table" then
              assert.same(a, b, name)
              assert.is_false(rawequal(a, b))
              assert.equal(getmetatable(a), getmetatable(b))
            else
              assert.is_true(a == b and type(a) == type(b), name)
            end
          end
        end
      end
      assert.same(core.rows(E, send(plan), core.shape{ kind = "list" })[2],
        core.build(plan, cells, core.shape{ kind = "list" })[2])
    end
    assert.same({ {}, {} }, (core.build(plan, { {}, {} }, core.shape{ kind = "dict", keys = NAMES })))
    assert.is_false(pcall(core.build, plan, { 5 }, shape))
    assert.is_false(pcall(core.build, plan, nil, shape))
  end))

  it("leave out NULL", with_engine(function()
    create()
    local slot = send(plan_of(insert_into{ "id", "int", "name", "text" }), 1, null)
    assert.equal(1, (core.affected(E, slot)))
    local keys = { "id", "name" }
    local plan = plan_of(select_from{ "id", "int", "name", "text" })
    assert.same({ { id = 1 } }, (core.rows(E, send(plan), core.shape{ kind = "dict", keys = keys })))
    assert.same({ { id = 1, name = null } },
      (core.rows(E, send(plan), core.shape{ kind = "dict", keys = keys, null = null })))
    assert.same({ { 1, null } }, (core.rows(E, send(plan), core.shape{ kind = "list" })))
    assert.same({ 1 }, (core.rows(E, send(plan), core.shape{ kind = "flat" })))
  end))

  it("convert parameters, or say which column cannot hold them", with_engine(function()
    create()
    local plan = plan_of(insert_into{ "id", "int", "at", "datetime" })
    assert.equal(7, core.scalar(E, send(plan, "7", "2024-01-15")))
    assert.equal("2024-01-15 00:00:00.000000", query("SELECT at FROM t")[1].at)
    for _, bad in ipairs{ "junk", true, {}, print } do
      local slot, err = core.send(E, A, plan, 0, -1, nil, 8, bad)
      assert.is_nil(slot)
      assert.equal("validation", err.kind)
      assert.truthy(err.message:find("at", 1, true))
    end
    assert.has_error(function() core.send(E, A, plan, 0, -1, nil, 8, nil) end)
    assert.has_error(function() core.send(E, A, plan, 0, -1, nil, 8) end)
  end))

  it("insert lists and fill in keys", with_engine(function()
    create()
    local list = {}
    for i = 1, 200 do list[i] = { name = i % 2 == 0 and "n" .. i or nil, doc = { i } } end
    local plan = plan_of(insert_into({ "name", "text", "doc", "json" }, true))
    local slot = assert(finish(core.send_list(E, A, plan, 0, -1, nil, list, { "name", "doc" })))
    assert.equal(200, core.fill(E, slot, list, "id"))
    assert.equal(200, list[200].id)
    assert.same({ { n = 100, d = "[200]" } },
      (query("SELECT count(name) AS n, max(doc) FILTER (WHERE id = 200) AS d FROM t")))
    assert.has_error(function() core.send_list(E, A, plan, 0, -1, nil, list, { "name" }) end)
    local none, err = core.send_list(E, A, plan, 0, -1, nil, {}, { "name", "doc" })
    assert.is_nil(none)
    assert.equal("misuse", err.kind)
  end))

  it("match any of a list", with_engine(function()
    create()
    for i = 1, 5 do execute("INSERT INTO t (id) VALUES (?)", { i }) end
    local pred = "l" .. s("in") .. column("id", "int") .. u(1) .. param(0, "array", "id", "int")
    local plan = plan_of(select_from({ "id", "int" }, pred))
    local flat = core.shape{ kind = "flat" }
    assert.same({ 2, 4 }, (core.rows(E, send(plan, { 4, "2", 9 }), flat)))
    assert.same({}, (core.rows(E, send(plan, {}), flat)))
    local slot, err = core.send(E, A, plan, 0, -1, nil, { "x" })
    assert.is_nil(slot)
    assert.equal("validation", err.kind)
  end))

  it("tell what they bind", with_engine(function()
    create()
    local number = column("id", "int")
    local pred = "&" .. u(2) .. "l" .. s("in") .. number .. u(1) .. param(2, "array", "id", "int")
      .. "l" .. s("icontains") .. column("name", "text") .. u(1) .. param(1, "text", "name")
    local plan = plan_of(select_from({ "id", "int" }, pred))
    local params = core.plan_params(plan, "not in the text", "50%", { 4, "2", null }, "nor this")
    assert.equal(2, #params)
    assert.same({ 4, 2, null }, params[1])
    assert.equal("%50!%%", params[2])
    local insert = plan_of(insert_into(COLUMNS))
    local got, given = core.plan_params(insert, values()), { values() }
    for i = 1, #given do
      if type(given[i]) == "table" then assert.same(given[i], got[i]) else assert.is_true(given[i] == got[i], NAMES[i]) end
    end
    local nulls = {}
    for i = 1, #given do nulls[i] = null end
    assert.same(nulls, core.plan_params(insert, compat.unpack(nulls)))
  end))

  it("refuse to tell what they cannot bind", with_engine(function()
    create()
    local one = plan_of(insert_into{ "id", "int", "at", "datetime" })
    local params, err = core.plan_params(one, 1, "junk")
    assert.is_nil(params)
    assert.equal("validation", err.kind)
    params, err = core.plan_params(plan_of(insert_into({ "id", "int" }, true)), 1)
    assert.is_nil(params)
    assert.equal("misuse", err.kind)
    assert.has_error(function() core.plan_params(one, 1) end)
    assert.has_error(function() core.plan_params(one, 1, nil) end)
    assert.has_error(function() core.plan_params(E, 1) end)
  end))

  it("stream in parts", with_engine(function()
    create()
    execute("INSERT INTO t (id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
      .. "SELECT i FROM n")
    local plan = plan_of(select_from{ "id", "int" })
    local flat = core.shape{ kind = "flat" }
    local slot = assert(finish(core.send_stream(E, A, plan, 0, -1, nil, 30)))
    local sum, parts = 0, 0
    while true do
      local list, _, more = core.rows(E, slot, flat)
      for _, v in ipairs(list) do sum = sum + v end
      parts = parts + 1
      if not more then break end
      core.more(E, slot, 30)
      assert(core.wait(E, slot, 10000))
    end
    assert.equal(5050, sum)
    assert.is_true(parts >= 1)
    slot = assert(finish(core.send_stream(E, A, plan, 0, -1, nil, 30)))
    core.drop(E, slot)
  end))

  it("refuse rubbish and shapes that do not fit", with_engine(function()
    create()
    plan_of(select_from{ "id", "int" })
    local plan, err = core.plan(E, A, "rubbish")
    assert.is_nil(plan)
    assert.equal("misuse", err.kind)
    local shape = core.shape{ kind = "dict", keys = { "a", "b" } }
    local rows
    rows, err = core.rows(E, send(plan_of(select_from{ "id", "int" })), shape)
    assert.is_nil(rows)
    assert.equal("misuse", err.kind)
    assert.has_error(function() core.shape{ kind = "tree" } end)
    assert.has_error(function() core.shape{ kind = "list", types = { "number" } } end)
  end))

  it("say which column holds what cannot be read", with_engine(function()
    create()
    execute("INSERT INTO t (id, at) VALUES (1, 'junk')")
    local plan = plan_of(select_from{ "id", "int", "at", "datetime" })
    local list, err = core.rows(E, send(plan), core.shape{ kind = "list" })
    assert.is_nil(list)
    assert.truthy(err.message:find("at", 1, true) and err.message:find("junk"))
  end))

  it("hang objects on rows", with_engine(function()
    local row_meta, a_meta, b_meta, c_meta = {}, {}, {}, {}
    local shape = core.shape{
      kind = "model", keys = { "id", "x", "id", "name", "id", "id", "y" }, meta = row_meta, peers = true,
      nested = {
        { from = 3, key = 3, parent = 0, name = "a", meta = a_meta },
        { from = 5, key = 5, parent = 1, name = "b", meta = b_meta, back = "up", peers = true },
        { from = 6, key = 6, parent = 0, name = "c", meta = c_meta, marks = true },
      },
    }
    local sql = "SELECT 1 AS id, 5 AS x, 2 AS ai, 'Ann' AS an, 3 AS bi, 4 AS ci, NULL AS cy "
      .. "UNION ALL SELECT 2, 6, 7, 'Bob', NULL, NULL, 8 UNION ALL SELECT 3, 7, NULL, NULL, 1, NULL, NULL"
    local record = { parts = { {}, {}, {} } }
    local list, n = core.rows(E, finish(core.send_sql(E, A, sql, 0)), shape, record)
    assert.equal(3, n)
    local a = list[1]._related.a
    local b, c = a._related.b, list[1]._related.c
    assert.same({ 1, 5, 2, "Ann", 3, 4 }, { list[1].id, list[1].x, a.id, a.name, b.id, c.id })
    assert.same({ row_meta, a_meta, b_meta, c_meta },
      { getmetatable(list[1]), getmetatable(a), getmetatable(b), getmetatable(c) })
    assert.equal(a, b._related.up)
    assert.equal(record, list[1]._r)
    assert.equal(record.parts[2], b._r)
    assert.same({ c = null }, { c = list[2]._related.c })
    assert.is_nil(list[2]._related.a._related)
    assert.same({ c = null }, list[3]._related)
    assert.equal(3, record.peers.n)
    assert.equal(list[2], record.peers[2])
    assert.equal(b, record.parts[2].peers[1])
    assert.is_nil(record.parts[2].peers[2])
    assert.is_nil(record.parts[1].peers)
    local one = core.row(E, finish(core.send_sql(E, A, sql, 0)), shape, { parts = {} })
    assert.equal(3, one._related.a._related.b.id)
    assert.is_nil(one._r.peers)
    list, a, b, c, one = nil, nil, nil, nil, nil
    collectgarbage()
    collectgarbage()
    assert.is_nil(record.peers[2])
    assert.is_nil(record.parts[2].peers[1])
  end))

  it("refuse parts that make no sense", with_engine(function()
    local function shape(part)
      return pcall(core.shape, { kind = "model", keys = { "a", "b" }, nested = { part } })
    end
    assert.is_true(shape{ from = 2, key = 2, parent = 0, name = "x", meta = {} })
    for _, part in ipairs{
      { from = 1, key = 1, parent = 0, name = "x", meta = {} }, { from = 3, key = 3, parent = 0, name = "x", meta = {} },
      { from = 2, key = 1, parent = 0, name = "x", meta = {} }, { from = 2, key = 2, parent = 1, name = "x", meta = {} },
      { from = 2, key = 2, parent = 0, name = "x" }, { from = 2, key = 2, parent = 0, meta = {} },
      { from = 2, parent = 0, name = "x", meta = {} }, 5,
    } do
      assert.is_false((shape(part)))
    end
  end))

  it("take the types of a shape", with_engine(function()
    create()
    execute("INSERT INTO t (id, ok, tags) VALUES (1, 1, '[1,2]')")
    local plan = plan_of(select_from{ "ok", "int", "tags", "text" })
    local shape = core.shape{ kind = "list", types = { "bool", "int[]" } }
    assert.same({ { true, { 1, 2 } } }, (core.rows(E, send(plan), shape)))
  end))
end)

describe("core lists", function()
  local mt = {}
  local function item(id) return setmetatable({ id = id }, mt) end

  it("find the first item with another metatable", function()
    assert.is_nil(core.misfit({}, mt))
    assert.is_nil(core.misfit({ item(1), item(2) }, mt))
    assert.equal(2, core.misfit({ item(1), {}, item(3) }, mt))
    assert.equal(3, core.misfit({ item(1), item(2), setmetatable({}, {}) }, mt))
    assert.equal(1, core.misfit({ 7 }, mt))
    assert.has_error(function() core.misfit(7, mt) end)
  end)

  it("are plain when no item is a table, a userdata or NULL", function()
    assert.is_true(core.is_plain{})
    assert.is_true(core.is_plain{ 1, 2.5, "a", true })
    for _, v in ipairs{ {}, core.date("2024-01-01"), core.null } do assert.is_false(core.is_plain{ 1, v }) end
    assert.has_error(function() core.is_plain(7) end)
  end)

  it("part by whether items have a key", function()
    local a, b, c = item(1), item(), item(3)
    assert.same({ { a, c }, { b } }, { core.part({ a, b, c }, "id") })
    local all, none = { a, c }, { b }
    local with, without = core.part(all, "id")
    assert.equal(all, with)
    assert.same({}, without)
    with, without = core.part(none, "id")
    assert.same({}, with)
    assert.equal(none, without)
    assert.same({ {}, {} }, { core.part({}, "id") })
    assert.has_error(function() core.part({ 7 }, "id") end)
  end)
end)

describe("core transactions", function()
  it("roll back and keep savepoints", with_engine(function()
    execute("CREATE TABLE t (id INTEGER)")
    local tx = core.tx(E, assert(op("begin", 0, { isolation = "serializable" })))
    local function run(sql)
      return assert(core.affected(E, assert(finish(core.send_sql(E, A, sql, tx, -1)))))
    end
    run("INSERT INTO t VALUES (1)")
    assert(core.affected(E, op("savepoint", tx)))
    run("INSERT INTO t VALUES (2)")
    assert(core.affected(E, op("rollback_to", tx)))
    assert(core.affected(E, op("commit", tx)))
    assert.same({ { id = 1 } }, (query("SELECT id FROM t")))
    tx = core.tx(E, assert(op("begin")))
    core.tx_drop(E, tx)
    assert.same({ { id = 1 } }, (query("SELECT id FROM t")))
    assert.has_error(function() op("begin", 0, { isolation = "dirty" }) end)
    assert.has_error(function() op("explode") end)
  end))
end)

describe("core threads", function()
  it("run statements beside the host", function()
    E = assert(core.open("thread"))
    A = assert(core.setup(E, "default", "sqlite::memory:"))
    assert.equal(-1, core.fd(E))
    local slots = {}
    for i = 1, 50 do slots[i] = core.send_sql(E, A, "SELECT ? AS v", 0, -1, nil, { i }) end
    for i = 50, 1, -1 do assert.equal(i, core.scalar(E, finish(slots[i]))) end
    core.close(E)
  end)
end)

describe("core memory", function()
  local function storm(fn)
    local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 1000)
    local ok, err = pcall(fn)
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", step)
    collectgarbage()
    assert(ok, err)
  end

  it("survives a storm of collections", with_engine(function()
    execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, doc JSON_TEXT, at TEXT)")
    local insert = plan_of(insert_into({ "name", "text", "doc", "json", "at", "datetime" }, true))
    local keys = { "id", "name", "doc", "at" }
    local read = plan_of(select_from{ "id", "int", "name", "text", "doc", "json", "at", "datetime" })
    storm(function()
      for round = 1, 20 do
        local list = {}
        for i = 1, 20 do
          list[i] = { name = "row " .. round .. "/" .. i, doc = { i, { x = "y" .. i } }, at = core.now() }
          collectgarbage("step")
        end
        local slot = finish(core.send_list(E, A, insert, 0, -1, nil, list, { "name", "doc", "at" }))
        assert.equal(20, core.fill(E, slot, list, "id"))
        local shape = core.shape{ kind = "model", keys = keys, meta = {} }
        local rows, n = core.rows(E, send(read), shape, {})
        assert.equal(round * 20, n)
        assert.equal("y20", rows[n].doc[2].x)
        assert.equal("row " .. round .. "/20", rows[n].name)
        local one = plan_of(insert_into{ "name", "text", "doc", "json", "tags", "array" })
        for i = 1, 20 do
          local params = core.plan_params(one, "n" .. i, { i, { x = "y" .. i } }, { "a" .. i, "b" })
          assert.same({ "n" .. i, { i, { x = "y" .. i } }, { "a" .. i, "b" } }, params)
        end
      end
    end)
  end))

  it("keeps finalizers out while it is at work", function()
    local e = core.open("inline")
    local a = core.setup(e, "default", "sqlite::memory:")
    local said = {}
    local function query(sql)
      local slot = core.send_sql(e, a, sql, 0, -1)
      assert(core.wait(e, slot, 10000))
      return core.dicts(e, slot)
    end
    local function finalizer()
      local ok, err = pcall(query, "SELECT 'y' AS b")
      if not ok then said[#said + 1] = tostring(err) end
    end
    local numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
    for _ = 1, 60 do
      for _ = 1, 10 do compat.guard(finalizer) end
      local rows = query(numbers .. "SELECT i, 'x' || i AS b FROM n")
      assert.equal(400, #rows)
      for i = 1, 400 do assert.equal("x" .. i, rows[i].b) end
    end
    collectgarbage()
    for _, message in ipairs(said) do assert.matches("a finalizer %(__gc%) cannot use ryx", message) end
    assert.equal("y", query("SELECT 'y' AS b")[1].b)
    core.close(e)
  end)

  it("knows text: UTF-8 without NUL", function()
    for _, s in ipairs{ "", "a", "é", "日本", "😀" } do assert.is_true(core.is_text(s)) end
    for _, s in ipairs{ "\0", "a\0b", "\255", "\195", "\237\160\128", "\192\128" } do assert.is_false(core.is_text(s)) end
  end)

  it("searches by a regular expression that knows Unicode", function()
    local re = core.regex("^\\w+ é{2}$")
    assert.is_true(core.regex_find(re, "größe éé"))
    assert.is_false(core.regex_find(re, "größe é"))
    assert.is_false(core.regex_find(re, "gr\255\254 éé"))
    assert.is_false(core.regex_find(core.regex("É"), "é"))
    assert.is_true(core.regex_find(core.regex("É", true), "an é"))
    assert.is_true(core.regex_find(core.regex("a\0b"), "xa\0by"))
    assert.is_false(core.regex_find(core.regex("(a*)*b"), ("a"):rep(40))) -- gives up
    local none, err = core.regex("a(")
    assert.is_nil(none)
    assert.equal("validation", err.kind)
    assert.matches("at byte 2", err.message)
    assert.has_error(function() core.regex_find(5, "a") end)
  end)

  it("locks by name", function()
    local path = os.tmpname()
    for _, file in ipairs{ path, false } do
      local lock = core.file_lock(file or nil, "a")
      assert.equal("userdata", type(lock))
      assert.is_false(core.file_lock(file or nil, "a"))
      core.file_unlock(lock)
      core.file_unlock(lock)
      assert.truthy(core.file_lock(file or nil, "a")) -- and is forgotten
      collectgarbage()
      collectgarbage()
      lock = core.file_lock(file or nil, "a")
      assert.truthy(lock)
      core.file_unlock(lock)
    end
    local lock, err = core.file_lock("/nowhere/app.db", "a")
    assert.is_nil(lock)
    assert.equal("operational", err.kind)
    assert.has_error(function() core.file_unlock(5) end)
    os.remove(path)
    os.remove(path .. "-locks")
  end)

  it("refuses numbers that do not fit", function()
    assert.has_error(function() core.decimal("1.5"):places(2 ^ 40) end)
    assert.has_error(function() core.show(E, 2 ^ 40) end)
  end)

  it("frees what was forgotten", function()
    for _ = 1, 50 do
      local e = core.open("inline")
      local a = core.setup(e, "default", "sqlite::memory:")
      local slot = core.send_sql(e, a, "SELECT 1", 0, -1)
      assert(core.wait(e, slot, 10000))
    end
    collectgarbage()
    collectgarbage()
    local e = core.open("inline")
    assert.equal(0, core.left_open(e).rows)
    core.close(e)
  end)
end)
