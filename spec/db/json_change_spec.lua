-- SPDX-License-Identifier: MIT
-- F"meta":set("a", 1):remove("b"): a part of a document is changed by the database.
local ryx = require "ryx"
local db = require "support.db"
local F, New, null = ryx.F, ryx.New, ryx.null

local Owner = ryx.model("JcOwner", { name = ryx.CharField{ max_length = 20 } })
local Doc = ryx.model("JcDoc", {
  code = ryx.CharField{ max_length = 20, null = true, unique = true },
  meta = ryx.JSONField{ null = true },
  other = ryx.JSONField{ null = true },
  n = ryx.IntField{ default = 7 },
  big = ryx.BigIntField{ default = "9007199254740993" },
  price = ryx.DecimalField{ max_digits = 30, decimal_places = 2, default = "1.50" },
  ratio = ryx.FloatField{ default = 0.25 },
  flag = ryx.BooleanField{ default = false },
  note = ryx.TextField{ null = true },
  day = ryx.DateField{ null = true },
  owner = ryx.ForeignKey(Owner, { null = true, related_name = "docs" }),
})
local objects = Doc.objects

local function encoded(v) return v == nil and "NULL" or ryx.json.encode(v) end

-- What a document is after a change, as the database has it.
local function changed(meta, change)
  objects:delete_all()
  objects:create{ meta = meta }
  objects:update_all{ meta = change }
  return encoded(objects:get().meta)
end

-- The same in Lua: nil is what is not there.
local array, unpack = ryx.json.array, require("ryx.compat").unpack

local function kind(v)
  if v == nil or v == null then return "nothing" end
  if type(v) ~= "table" then return "scalar" end
  return (#v > 0 or getmetatable(v) == getmetatable(array{})) and "array" or "object"
end

local function copy(v)
  local out = kind(v) == "array" and array{} or {}
  for key, part in pairs(v) do out[key] = part end
  return out
end

local function evaluate(v, steps, i, value)
  local step, is_last = steps[i], i == #steps
  local wanted = type(step) == "string" and "object" or "array"
  local is = kind(v)
  if is == "nothing" and value ~= nil then
    v = wanted == "object" and {} or array{}
  elseif is ~= wanted then
    return v
  end
  v = copy(v)
  local key = step
  if wanted == "array" then key = math.min(step, #v) + 1 end
  if not is_last then
    local part = evaluate(v[key], steps, i + 1, value)
    v[key] = part
  elseif value ~= nil then
    v[key] = value
  elseif wanted == "object" then
    v[key] = nil
  elseif step < #v then
    table.remove(v, step + 1)
  end
  return v
end

local KEYS = { "a", "b", "a.b", "", "0", "it's", '"q"', "\\", "ü" }
local VALUES = {
  1, "x", true, false, 1.5, null, { a = 1 }, array{ 1, { b = 2 } }, array{}, { a = { b = array{ 0, 1 } } },
}

local function random_document(depth)
  local which = math.random(depth > 0 and 6 or 3)
  if which <= 2 then return VALUES[math.random(7)] end
  if which == 3 then return null end
  if which == 4 then
    local list = array{}
    for i = 1, math.random(0, 3) do list[i] = random_document(depth - 1) end
    return list
  end
  local object = {}
  for _ = 1, math.random(0, 3) do object[KEYS[math.random(4)]] = random_document(depth - 1) end
  return object
end

local function random_steps()
  local steps = {}
  for i = 1, math.random(3) do
    steps[i] = math.random(4) == 1 and math.random(0, 3) or KEYS[math.random(math.random(2, #KEYS))]
  end
  return steps
end

describe("parts of a document", function()
  db.use(ryx, { Owner, Doc })
  before_each(function() objects:delete_all() end)

  it("are set and removed", function()
    assert.equal('{"a":1,"b":2}', changed({ a = 1 }, F"meta":set("b", 2)))
    assert.equal('{"a":"x"}', changed({ a = 1 }, F"meta":set("a", "x")))
    assert.equal('{"a":{"b":[1,5]}}', changed({ a = { b = { 1, 2 } } }, F"meta":set("a", "b", 1, 5)))
    assert.equal('{"b":2}', changed({ a = 1, b = 2 }, F"meta":remove("a")))
    assert.equal('{"a":{"b":[2]}}', changed({ a = { b = { 1, 2 } } }, F"meta":remove("a", "b", 0)))
    assert.equal('{"a":1}', changed({ a = 1 }, F"meta":remove("x", "y")))
  end)

  it("hold any JSON", function()
    for _, v in ipairs(VALUES) do
      assert.equal(encoded{ a = v, z = 0 }, changed({ z = 0 }, F"meta":set("a", v)))
    end
    assert.equal('{"a":9007199254740993}', changed({}, F"meta":set("a", F"big")))
    objects:update_all{ meta = F"meta":set("b", "c", F"meta":at("a")) }
    assert.equal('{"a":9007199254740993,"b":{"c":9007199254740993}}', encoded(objects:get().meta))
  end)

  it("on the way are made where there is nothing", function()
    assert.equal('{"a":{"b":{"c":1}}}', changed(nil, F"meta":set("a", "b", "c", 1)))
    assert.equal('{"a":{"b":1}}', changed({ a = null }, F"meta":set("a", "b", 1)))
    assert.equal('{"a":[[1]]}', changed({}, F"meta":set("a", 3, 0, 1)))
    assert.equal('[1]', changed(nil, F"meta":set(0, 1)))
    assert.equal('NULL', changed(nil, F"meta":remove("a")))
    assert.equal('{"a":null}', changed({ a = null }, F"meta":remove("a", "b")))
  end)

  it("of what is something else stay", function()
    for _, v in ipairs{ 1, "x", true, { 1, 2 } } do
      assert.equal(encoded{ a = v }, changed({ a = v }, F"meta":set("a", "b", 1)))
      assert.equal(encoded{ a = v }, changed({ a = v }, F"meta":remove("a", "b")))
    end
    assert.equal('{"a":{"0":1}}', changed({ a = { ["0"] = 1 } }, F"meta":set("a", 0, 2)))
    assert.equal('{"a":{"0":1}}', changed({ a = { ["0"] = 1 } }, F"meta":remove("a", 0)))
    assert.equal("5", changed(5, F"meta":set("a", 1)))
    assert.equal("5", changed(5, F"meta":set(0, 1):remove(0)))
  end)

  it("are changed one after the other in a chain", function()
    assert.equal('{"b":2}', changed({ a = 1 }, F"meta":set("b", 2):remove("a")))
    assert.equal('{}', changed(nil, F"meta":set("b", 2):remove("b")))
    assert.equal('{"a":{"x":1,"y":2}}', changed({}, F"meta":set("a", { x = 1 }):set("a", "y", 2)))
    assert.equal('{"a":{"y":2}}', changed({ a = { x = 1 } }, F"meta":remove("a"):set("a", "y", 2)))
    assert.equal('{"l":[{"x":1},5]}',
      changed({ l = { 0, 5 } }, F"meta":remove("l", 0):set("l", 1, 5):set("l", 0, { x = 1 })))
    local many = F"meta"
    for i = 1, 60 do many = many:set("k", "a" .. i, i):remove("k", "b" .. i) end
    assert.equal(60, ryx.json.decode(changed({ k = { b7 = 1 } }, many)).k.a60)
  end)

  it("have any keys", function()
    local keys = { "a.b", 'q"q', "b\\s", "-d", "--", "", "0", "7", "ü€😀", "t\tb", "$", "*", "[0]", "it's", "\1", "%d",
      "? ?? $1 :x", "a\nb", "'; DROP TABLE x; --", '"}, "x": {"', "\\u0041", "*/", "/*+" }
    for _, key in ipairs(keys) do
      assert.equal(encoded{ [key] = 1, z = 0 }, changed({ z = 0 }, F"meta":set(key, 1)), key)
      assert.equal(encoded{ [key] = 2 }, changed({ [key] = 1 }, F"meta":set(key, 2)), key)
      assert.equal('{"z":0}', changed({ [key] = 1, z = 0 }, F"meta":remove(key)), key)
      assert.equal(encoded{ z = { [key] = { 1 } } }, changed(nil, F"meta":set("z", key, 0, 1)), key)
      local more = { [key] = { [key] = key, x = 1 } }
      assert.equal(encoded(more), changed({ [key] = { x = 1 } }, F"meta":set(key, key, key)), key)
      assert.equal(encoded{ [key] = { x = 1 } }, changed(more, F"meta":remove(key, key)), key)
    end
  end)

  it("are what an expression gives", function()
    local ann = Owner.objects:create{ name = "Ann" }
    objects:create{ code = "a", meta = {}, other = { x = { 1 } }, note = "it's", day = "2024-05-06", owner = ann }
    local function part(v)
      objects:update_all{ meta = F"meta":set("v", v) }
      return encoded(objects:get().meta.v)
    end
    assert.equal("7", part(F"n"))
    assert.equal("14", part(F"n" * 2))
    assert.equal("1.5", part(F"price"))
    assert.equal("0.25", part(F"ratio"))
    assert.equal("false", part(F"flag"))
    assert.equal("true", part(ryx.Q{ n = 7 }))
    assert.equal('"it\'s"', part(F"note"))
    assert.equal('"2024-05-06"', part(F"day"))
    assert.equal('"Ann"', part(F"owner__name"))
    assert.equal('{"x":[1]}', part(F"other"))
    assert.equal("[1]", part(F"other":at("x")))
    assert.equal('{"n":7}', part(ryx.JSONObject("n", "n")))
    assert.equal(tostring(ann.id), part(Owner.objects:filter{ pk = ryx.OuterRef("owner") }:values("pk"):limit(1)))
    assert.equal("null", part(ryx.NullIf("n", 7)))
    assert.equal('"big"', part(ryx.Case{ ryx.When({ n__gt = 5 }, "big"), default = "small" }))
    assert.equal('{"x":[1],"y":2}', part(F"other":set("y", 2)))
  end)

  it("of NULL are JSON's null, a column is NULL by ryx.null alone", function()
    assert.equal('{"a":null}', changed({}, F"meta":set("a", null)))
    assert.is_true(objects:filter{ meta__a = null }:exists())
    objects:update_all{ meta = F"meta":set("a", F"note") }
    assert.equal('{"a":null}', encoded(objects:get().meta))
    objects:update_all{ meta = null }
    assert.is_true(objects:filter{ meta__isnull = true }:exists())
  end)

  it("are read, compared and written by every means that takes expressions", function()
    local d = objects:create{ code = "a", meta = { a = 1, b = 2 } }
    assert.equal('{"a":1}', encoded(objects:values_list{ m = F"meta":remove("b") }:first()[1]))
    assert.equal(1, objects:annotate{ m = F"meta":set("c", F"n") }:filter{ m__c = 7 }:count())
    assert.equal(1, objects:filter(F"meta":remove("b"):exact{ a = 1 }):count())
    d.meta = F"meta":set("a", F"n")
    d:save()
    assert.equal('{"a":7,"b":2}', encoded(d.meta))
    d = objects:upsert({ code = "a", meta = { x = 1 }, n = 3 },
      { unique_fields = { "code" }, update_fields = { meta = F"meta":set("new", New"n"):set("doc", New"meta") } })
    assert.equal('{"a":7,"b":2,"doc":{"x":1},"new":3}', encoded(d.meta))
    local rows = objects:filter{ code = "a" }
      :update({ meta = F"meta":at("doc"):set("y", 2) }, { returning = { "meta" } })
    assert.equal('{"x":1,"y":2}', encoded(rows[1].meta))
    local made = objects:create{ code = "b", meta = ryx.Value{ a = 1 }:set("b", 2) }
    assert.equal('{"a":1,"b":2}', encoded(made.meta))
    assert.equal("misuse", db.error_of(function() objects:bulk_create{ Doc{ meta = F"meta":set("a", 1) } } end).kind)
    d.meta = F"meta":set("a", 1)
    assert.equal("misuse", db.error_of(function() objects:bulk_update({ d }, { "meta" }) end).kind)
  end)

  it("see the old row", function()
    objects:create{ meta = { a = 1 }, other = { a = 2 }, n = 3 }
    objects:update_all{ meta = F"meta":set("o", F"other"), other = F"other":set("m", F"meta"), n = 4 }
    local d = objects:get()
    assert.same({ '{"a":1,"o":{"a":2}}', '{"a":2,"m":{"a":1}}' }, { encoded(d.meta), encoded(d.other) })
  end)

  it("keep what JSON says of other parts", function()
    local text = '{"a": {"n": 12345678901234567, "d": 1e3, "s": "\\u00e4\\"}]", "l": [ 1 , [2,{}] ]}, "z": [ ]}'
    objects:create{ meta = ryx.json.decode(text) }
    objects:update_all{ meta = F"meta":set("a", "l", 1, 0, "x"):set("z", 0, "y"):remove("a", "d"):set("b", 1) }
    assert.equal('{"a":{"l":[1,["x",{}]],"n":12345678901234567,"s":"ä\\"}]"},"b":1,"z":["y"]}',
      encoded(objects:get().meta))
  end)

  it("are those of random changes in Lua", function()
    math.randomseed(tonumber(os.getenv("RYX_JSON_SEED") or 20240601))
    for i = 1, 40 do objects:create{ code = "d" .. i, meta = random_document(3) } end
    local before = {}
    for _, d in ipairs(objects:all()) do before[d.code] = d.meta end
    for _ = 1, tonumber(os.getenv("RYX_JSON_CHANGES") or 60) do
      local e, chain, said = F"meta", {}, {}
      for i = 1, math.random(4) do
        local steps, value = random_steps(), math.random(3) > 1 and VALUES[math.random(#VALUES)] or nil
        chain[i] = { steps, value }
        said[i] = ryx.json.encode(array(steps)) .. (value ~= nil and " = " .. encoded(value) or " removed")
        local args = { unpack(steps) }
        if value ~= nil then
          args[#args + 1] = value
          e = e:set(unpack(args))
        else
          e = e:remove(unpack(args))
        end
      end
      for _, row in ipairs(objects:annotate{ m = e }:values_list("code", "m"):all()) do
        local want = before[row[1]]
        for _, change in ipairs(chain) do want = evaluate(want, change[1], 1, change[2]) end
        local got = row[2]
        if got == null then got = nil end
        if want == null then want = nil end
        assert.equal(encoded(want), encoded(got), encoded(before[row[1]]) .. ": " .. table.concat(said, "; "))
      end
    end
  end)

  it("raise one clear error for bad input", function()
    local function message(fn)
      local e = db.error_of(function() objects:update_all(fn()) end)
      assert.truthy(e.where:find("json_change_spec", 1, true))
      return tostring(e)
    end
    local function says(text, fn) assert.truthy(message(fn):find(text, 1, true), message(fn)) end
    says("takes keys and positions (from 0), and a value", function() return { meta = F"meta":set("a") } end)
    says("takes keys and positions (from 0)", function() return { meta = F"meta":remove() } end)
    says("nil is no value", function() return { meta = F"meta":set("a", nil) } end)
    says("a position", function() return { meta = F"meta":set(-1, 1) } end)
    says("a position", function() return { meta = F"meta":remove(1.5) } end)
    says("too large", function() return { meta = F"meta":remove(2^40) } end)
    says("too large", function() return { meta = F"meta":at(2^40) } end)
    says("change JSON, not a value of type int", function() return { meta = F"n":set("a", 1) } end)
    says("change JSON, not a value of type text", function() return { meta = F"note":set("a", 1) } end)
    says("cannot be set to an expression of type json", function() return { note = F"meta":set("a", 1) } end)
    says("no field", function() return { meta = F"meta":set("a", F"nn") } end)
    says("JSON cannot hold", function() return { meta = F"meta":set("a", print) } end)
    says("JSON cannot hold", function() return { meta = F"meta":set("a", { b = F"n" }) } end)
    says("a document holds no", function() return { meta = F"meta":set("a", Owner{ name = "x" }) } end)
  end)
end)
