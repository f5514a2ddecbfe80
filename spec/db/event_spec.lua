-- SPDX-License-Identifier: MIT
-- ryx.on_query, ryx.on_slow_query: what is told of statements, and what is not.
local ryx = require "ryx"
local db = require "support.db"

local F = ryx.F

local Item = ryx.model("EventItem", {
  name = ryx.CharField{ max_length = 30, unique = true }, n = ryx.IntField{ default = 0 },
  meta = ryx.JSONField{ null = true },
})
local objects = Item.objects

local SECRET = "s3cret-of-ann"

-- The events of what fn does.
local function events_of(fn, options)
  local list = {}
  local undo = ryx.on_query(function(e) list[#list + 1] = e end, options)
  local ok, err = pcall(fn)
  undo()
  if not ok then error(err, 0) end
  return list
end

-- Everything in a value as one text.
local function all_text(v, seen)
  if type(v) ~= "table" then return tostring(v) end
  seen = seen or {}
  if seen[v] then return "" end
  seen[v] = true
  local out = {}
  for k, x in pairs(v) do out[#out + 1] = all_text(k, seen) .. "=" .. all_text(x, seen) end
  return table.concat(out, " ")
end

-- How many parameters the text of a statement has.
local function marks(sql)
  local n = select(2, sql:gsub("%?", ""))
  for number in sql:gmatch("%$(%d+)") do n = math.max(n, tonumber(number)) end
  return n
end

-- Each way of sending, with the secret among what is sent.
local WAYS = {
  create = function() objects:create{ name = SECRET, meta = { key = SECRET } } end,
  get = function() pcall(objects.get, objects, { name = SECRET }) end,
  filter = function() objects:filter{ name__in = { SECRET, "b", "c" }, n__gt = 1 }:limit(5):all() end,
  values = function() objects:filter{ name__startswith = SECRET }:values("name"):all() end,
  count = function() objects:filter{ name = SECRET }:count() end,
  exists = function() objects:filter{ name = SECRET }:exists() end,
  aggregate = function() objects:filter{ name = SECRET }:aggregate{ n = ryx.Sum("n") } end,
  update = function() objects:filter{ name = SECRET }:update{ n = F"n" + 1, name = SECRET } end,
  delete = function() objects:filter{ name = SECRET }:delete() end,
  bulk_create = function() objects:bulk_create{ Item{ name = SECRET }, Item{ name = SECRET .. "2" } } end,
  bulk_update = function()
    local list = { objects:create{ name = "x" }, objects:create{ name = "y" } }
    for i, item in ipairs(list) do item.name = SECRET .. i end
    objects:bulk_update(list, { "name" })
  end,
  upsert = function() objects:upsert({ name = SECRET }, { unique_fields = { "name" }, update_fields = { "n" } }) end,
  get_or_create = function() objects:get_or_create{ name = SECRET } end,
  stream = function() for _ in objects:filter{ name = SECRET }:iter() do end end,
  raw = function() ryx.raw_fetch("SELECT name FROM event_items WHERE name = ? AND '?' <> ''", { SECRET }) end,
  execute = function() ryx.raw_execute("DELETE FROM event_items WHERE name = ?", { SECRET }) end,
  transaction = function() ryx.transaction(function() objects:filter{ name = SECRET }:update{ n = 5 } end) end,
}

describe("events of statements", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  for name, way in pairs(WAYS) do
    it("hold no values: " .. name, function()
      local list = events_of(way)
      assert.is_true(#list > 0)
      for _, e in ipairs(list) do
        assert.is_nil(all_text(e):find(SECRET, 1, true), e.sql)
        assert.equal(marks((e.sql:gsub("'[^']*'", ""))), #e.params, e.sql)
        for _, p in ipairs(e.params) do assert.equal("?", p) end
      end
    end)

    it("hold values where that is asked for: " .. name, function()
      local list = events_of(way, { values = true })
      local seen
      for _, e in ipairs(list) do
        seen = seen or all_text(e.params):find(SECRET, 1, true)
        assert.equal(marks((e.sql:gsub("'[^']*'", ""))), #e.params, e.sql)
      end
      assert.truthy(seen)
    end)
  end

  it("tell what was sent, by whom and how it went", function()
    objects:create{ name = "a" }
    local line
    local e = events_of(function()
      line = debug.getinfo(1, "l").currentline + 1
      local n = #objects:filter{ name = "a" }:all()
      return n
    end)[1]
    assert.same({ "select", "default", 1 }, { e.kind, e.alias, e.rows })
    assert.truthy(e.where:find("event_spec.lua:" .. line, 1, true))
    assert.equal(e.where, e.call_site)
    assert.is_true(e.duration >= 0 and e.duration < 5)
    local failed = events_of(function() pcall(objects.create, objects, { name = "a" }) end)
    assert.truthy(failed[#failed].error)
    local kinds = {}
    for i, event in ipairs(events_of(WAYS.transaction)) do kinds[i] = event.kind end
    assert.same({ "begin", "update", "commit" }, kinds)
  end)

  it("do not show values to those who did not ask beside those who did", function()
    local plain
    local undo = ryx.on_query(function(e) plain = e end)
    local shown = events_of(WAYS.count, { values = true })
    undo()
    assert.same({ "?" }, plain.params)
    assert.same({ SECRET }, shown[1].params)
  end)

  it("count what is a parameter, not what is in a text, a name or a comment", function()
    local function counted(sql, params)
      local list = events_of(function() ryx.raw_fetch(sql, params) end)
      return #list[#list].params
    end
    assert.equal(1, counted("SELECT 'it''s ?' AS a, ? AS b", { 1 }))
    assert.equal(2, counted("SELECT /* it's ? */ ? AS a, '?--?' AS b, ? AS c -- ?", { 1, 2 }))
    if db.needs "deferrable" then
      assert.equal(1, counted("SELECT $x$ it's ? $x$ AS a, E'\\'?' AS b, ? AS c", { "x" }))
      assert.equal(1, counted("SELECT '{}'::jsonb ?? ? AS a", { "x" }))
    end
    if db.needs "columns written anew" then assert.equal(1, counted("SELECT 'it\\'s ?' AS a, ? AS b # ?", { 1 })) end
  end)

  it("end with the undo, of one that is there twice too", function()
    local n = 0
    local function count() n = n + 1 end
    local first, second = ryx.on_query(count), ryx.on_query(count)
    objects:count()
    assert.equal(2, n)
    first()
    first()
    objects:count()
    assert.equal(3, n)
    second()
    objects:count()
    assert.equal(3, n)
  end)

  it("of slow ones are those at the threshold or over it", function()
    local all, slow, none = {}, {}, {}
    local undo = {
      ryx.on_slow_query(function(e) all[#all + 1] = e end, { threshold = 0 }),
      ryx.on_slow_query(function(e) slow[#slow + 1] = e end, { threshold = 0.05 }),
      ryx.on_slow_query(function(e) none[#none + 1] = e end, { threshold = 500 }),
    }
    objects:filter{ name = SECRET }:count()
    pcall(ryx.timeout, 0.15, ryx.raw_fetch, db.slow_sql)
    for _, fn in ipairs(undo) do fn() end
    objects:count()
    assert.equal(1, #slow)
    assert.equal(db.slow_sql, slow[1].sql)
    assert.is_true(slow[1].duration >= 0.05)
    assert.equal(2, #all)
    assert.same({ "?" }, all[1].params)
    assert.equal(0, #none)
    local shown
    local undo_shown = ryx.on_slow_query(function(e) shown = e.params end, { threshold = 0, values = true })
    WAYS.count()
    undo_shown()
    assert.same({ SECRET }, shown)
  end)

  it("refuse what means nothing", function()
    assert.equal("misuse", db.error_of(ryx.on_query, 5).kind)
    assert.equal("misuse", db.error_of(ryx.on_query, print, { value = true }).kind)
    assert.equal("misuse", db.error_of(ryx.on_query, print, { values = 1 }).kind)
    for _, options in ipairs{ {}, { threshold = -1 }, { threshold = "1" }, { treshold = 1 } } do
      assert.equal("misuse", db.error_of(ryx.on_slow_query, print, options).kind)
    end
    assert.equal("misuse", db.error_of(ryx.on_slow_query, print).kind)
    assert.equal("misuse", db.error_of(ryx.on_slow_query, 5, { threshold = 1 }).kind)
  end)

  it("and errors: parameters without their values", function()
    objects:create{ name = SECRET }
    local err = db.error_of(objects.create, objects, { name = SECRET })
    assert.equal("unique_violation", err.kind)
    assert.equal(marks(err.sql), #err.params)
    assert.equal("?", err.params[1])
    assert.is_nil(tostring(err):find(SECRET, 1, true))
  end)

  it("and raw is the same function as Raw", function()
    assert.equal(ryx.Raw, ryx.raw)
    objects:create{ name = "a", n = 3 }
    assert.equal(1, objects:filter(ryx.raw("n > ?", { 2 }, { type = "bool" })):count())
  end)
end)

describe("ryx.testing", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  it("counts statements and gives the function's values", function()
    local a, b, c = ryx.testing.assert_queries(2, function(x, y)
      objects:count()
      objects:exists()
      return x, nil, y
    end, 1, 2)
    assert.same({ 1, nil, 2 }, { a, b, c })
    ryx.testing.assert_queries(0, function() end)
  end)

  it("does not count the control of transactions and connections", function()
    ryx.setup(db.url)
    ryx.testing.assert_queries(1, function()
      ryx.transaction(function()
        ryx.transaction(function() objects:count() end)
        pcall(ryx.transaction, error)
      end)
    end)
  end)

  it("lists both numbers and the SQL", function()
    local err = db.error_of(ryx.testing.assert_queries, 3, function()
      objects:count()
      objects:filter{ name = SECRET }:exists()
    end)
    local text = tostring(err)
    assert.truthy(text:find("3 statements were expected, 2 sent", 1, true), text)
    assert.truthy(text:find("COUNT(*)", 1, true))
    assert.truthy(text:find("event_spec.lua:%d+"))
    assert.is_nil(text:find(SECRET, 1, true))
    text = tostring(db.error_of(ryx.testing.assert_queries, 1, function() end))
    assert.truthy(text:find("1 statement was expected, 0 sent", 1, true))
  end)

  it("lets errors of the function pass, and listens no more", function()
    local mine = {}
    assert.equal(mine, db.error_of(ryx.testing.assert_queries, 0, function() error(mine) end))
    assert.is_false(require("ryx.db.events").any)
    assert.equal("misuse", db.error_of(ryx.testing.assert_queries, -1, print).kind)
    assert.equal("misuse", db.error_of(ryx.testing.assert_queries, 1).kind)
  end)

  it("runs in a sandbox, and nothing is left", function()
    local a, b, c = ryx.testing.sandbox(function(tx)
      objects:create{ name = "a" }
      ryx.transaction(function() objects:create{ name = "b" } end)
      assert.equal(1, tx.attempt)
      assert.equal(2, objects:count())
      return objects:count(), nil, "x"
    end)
    assert.same({ 2, nil, "x" }, { a, b, c })
    assert.equal(0, objects:count())
    local e = db.error_of(ryx.testing.sandbox, function()
      objects:create{ name = "a" }
      error("mine", 0)
    end)
    assert.equal("mine", e)
    assert.equal(0, objects:count())
    ryx.testing.sandbox(function(tx) tx:rollback() end)
    assert.equal("misuse", db.error_of(ryx.testing.sandbox, 5).kind)
  end)

  it("never runs on_commit in a sandbox, but on_rollback", function()
    local seen = {}
    ryx.testing.sandbox(function(tx)
      tx:on_commit(function() seen[#seen + 1] = "commit" end)
      tx:on_rollback(function() seen[#seen + 1] = "rollback" end)
      ryx.transaction(function(inner) inner:on_commit(function() seen[#seen + 1] = "commit" end) end)
    end)
    assert.same({ "rollback" }, seen)
  end)

  it("is found by its name, and so are its slips", function()
    assert.equal("table", type(ryx.testing))
    assert.equal(ryx.testing, require "ryx.testing")
  end)
end)
