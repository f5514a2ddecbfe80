-- SPDX-License-Identifier: MIT
-- Lists that are so long that values are looked up in them: the rows are those of short
-- ones, whatever the type, the place and the index.
local db = require "support.db"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q

local ROWS, HALF = 40, 20

local function seconds(i) return ryx.duration{ seconds = i } end

-- The i-th value of each column.
local VALUES = {
  small = function(i) return i - 20 end,
  whole = function(i) return i end,
  big = function(i) return i * 1000003 end,
  ratio = function(i) return i + 0.25 end,
  price = function(i) return ryx.decimal(i .. ".50") end,
  day = function(i) return ryx.date("2024-01-01") + ryx.duration{ days = i } end,
  clock = function(i) return ryx.time(i % 24, i % 60, 0) end,
  at = function(i) return ryx.datetime("2024-01-01") + seconds(i) end,
  moment = function(i) return ryx.datetime("2024-01-01") + seconds(i) end,
  span = seconds,
  code = function(i) return ("a0eebc99-9c0b-4ef8-bb6d-%012d"):format(i) end,
  word = function(i) return ("wörd %d"):format(i) end,
  key = function(i) return ("k%d"):format(i) end,
  wide = function(i) return ("wide %d "):format(i):rep(80) end,
  text = function(i) return ("text %d"):format(i):rep(i) end,
  raw = function(i) return "\0\255" .. i end,
}

local Line = ryx.model("LlLine", {
  n = ryx.IntField(), small = ryx.SmallIntField{ null = true }, whole = ryx.IntField{ null = true },
  big = ryx.BigIntField{ null = true }, ratio = ryx.FloatField{ null = true }, price = ryx.DecimalField{ null = true },
  day = ryx.DateField{ null = true }, clock = ryx.TimeField{ null = true }, at = ryx.DateTimeField{ null = true },
  moment = ryx.DateTimeField{ null = true, tz = true }, span = ryx.DurationField{ null = true, db_index = true },
  code = ryx.UUIDField{ null = true }, word = ryx.CharField{ max_length = 8, null = true },
  key = ryx.CharField{ max_length = 8, null = true, db_index = true },
  wide = ryx.CharField{ max_length = 700, null = true, strip = false },
  text = ryx.TextField{ null = true }, raw = ryx.BinaryField{ null = true }, doc = ryx.JSONField{ null = true },
  flag = ryx.BooleanField{ null = true },
})
local WORDS = {}
for i = 1, ROWS do WORDS[i] = "w" .. i end
local Note = ryx.model("LlNote", {
  line = ryx.ForeignKey(Line, { null = true }), word = ryx.CharField{ max_length = 8 },
  Meta = { constraints = { ryx.Constraint{ check = Q{ word__in = WORDS }, name = "ll_note_word" } } },
})
local objects = Line.objects

-- Numbers from..to, their values by a function.
local function list(from, to, value)
  local out = {}
  for i = from, to do out[#out + 1] = value(i) end
  return out
end

local function n_of(qs)
  local out = {}
  for _, row in ipairs(qs:order_by("n"):values("n"):all()) do out[#out + 1] = row.n end
  return #out, out[1], out[#out]
end

-- So many rows, from one to another.
local function check(n, first, last, qs)
  assert.same({ n, first, last }, { n_of(qs) })
end

describe("long lists", function()
  db.use(ryx, { Line, Note })
  setup(function()
    local rows = {}
    for i = 1, ROWS do
      local row = { n = i, doc = { k = i, w = "w" .. i }, flag = i % 2 == 0 }
      for column, value in pairs(VALUES) do row[column] = value(i) end
      rows[i] = Line(row)
    end
    rows[ROWS + 1] = Line{ n = 99 }
    objects:bulk_create(rows)
    rows = {}
    for i = 1, ROWS do rows[i] = Note{ line = objects:get{ n = i }, word = "w" .. i } end
    Note.objects:bulk_create(rows)
  end)

  for column, value in pairs(VALUES) do
    it("of " .. column, function()
      local long, path = list(HALF + 1, ROWS + 15, value), column .. "__in"
      check(HALF, HALF + 1, ROWS, objects:filter{ [path] = long })
      check(HALF + 1, 1, 99, objects:exclude{ [path] = long })
      check(HALF + 1, 1, ROWS, objects:filter(Q{ [path] = long } + Q{ n = 1 }))
      check(HALF, 1, HALF, objects:filter(-Q{ [path] = long }, Q{ [column .. "__isnull"] = false }))
      check(ROWS, 1, 99, objects:filter(-(Q{ [path] = long } * Q{ n = ROWS })))
      check(HALF, HALF + 1, ROWS, objects:annotate{ found = Q{ [path] = long } }:filter{ found = true })
      long[#long + 1] = ryx.null
      check(HALF, HALF + 1, ROWS, objects:filter{ [path] = long })
      check(HALF + 1, 1, 99, objects:exclude{ [path] = long })
      check(HALF, HALF + 1, ROWS, objects:filter(F(column):in_(long)))
      check(0, nil, nil, objects:filter{ [path] = list(ROWS + 1, ROWS + 30, value) })
    end)
  end

  it("of booleans", function()
    check(HALF, 2, ROWS, objects:filter{ flag__in = list(1, 30, function() return true end) })
    check(HALF + 1, 1, 99, objects:exclude{ flag__in = list(1, 30, function() return true end) })
  end)

  it("of texts that no row can hold", function()
    for _, column in ipairs{ "word", "key", "wide", "text" } do
      local long = list(1, 30, function(i) return VALUES[column](1) .. ("x"):rep(8 + 100 * i) end)
      check(0, nil, nil, objects:filter{ [column .. "__in"] = long })
      check(ROWS + 1, 1, 99, objects:exclude{ [column .. "__in"] = long })
      long[31] = VALUES[column](1)
      check(1, 1, 1, objects:filter{ [column .. "__in"] = long })
    end
  end)

  it("of texts that differ by case, spaces and accents", function()
    for _, column in ipairs{ "word", "text" } do
      local right = VALUES[column](1)
      local long = list(1, 20, function(i) return right .. (" "):rep(i) end)
      long[#long + 1], long[#long + 2], long[#long + 3] = right:upper(), right:gsub("ö", "o") .. " ", ""
      check(0, nil, nil, objects:filter{ [column .. "__in"] = long })
      long[#long + 1] = right
      check(1, 1, 1, objects:filter{ [column .. "__in"] = long })
    end
  end)

  it("of numbers that no column holds", function()
    local long = list(1, 30, function(i) return 2147483648 + i end)
    for _, column in ipairs{ "small", "whole", "big" } do
      check(0, nil, nil, objects:filter{ [column .. "__in"] = long })
      check(ROWS + 1, 1, 99, objects:exclude{ [column .. "__in"] = long })
    end
  end)

  it("beside expressions", function()
    check(HALF, 1, HALF, objects:filter((F"whole" + 1):in_(list(2, HALF + 1, function(i) return i end))))
    check(HALF, 1, HALF, objects:filter(ryx.Upper("key"):in_(list(1, HALF, function(i) return "K" .. i end))))
    check(HALF, 1, HALF, objects:exclude(ryx.Upper("key"):in_(list(HALF + 1, ROWS, function(i) return "K" .. i end)))
      :filter{ n__lt = 99 })
  end)

  it("of parts of JSON", function()
    local mixed = list(1, HALF, function(i) return i % 2 == 0 and i or "w" .. i end)
    check(10, 2, HALF, objects:filter{ doc__k__in = mixed })
    check(10, 1, HALF - 1, objects:filter{ doc__w__in = mixed })
    check(31, 1, 99, objects:exclude{ doc__k__in = mixed })
    local keys = list(1, 30, function(i) return i == 30 and "k" or "no" .. i end)
    check(ROWS, 1, ROWS, objects:filter{ doc__has_any = keys })
  end)

  it("of objects and through relations", function()
    local lines = objects:filter{ n__lte = HALF }:all()
    assert.equal(HALF, Note.objects:filter{ line__in = lines }:count())
    assert.equal(HALF, Note.objects:exclude{ line__in = lines }:count())
    assert.equal(HALF, Note.objects:filter{ line__word__in = list(1, HALF, VALUES.word) }:count())
    check(HALF, 1, HALF, objects:filter{ llnote__word__in = list(1, HALF, function(i) return "w" .. i end) })
    check(HALF + 1, HALF + 1, 99, objects:exclude{ llnote__word__in = list(1, HALF, function(i) return "w" .. i end) })
  end)

  it("of groups", function()
    local groups = objects:values("flag"):annotate{ c = ryx.Count("id") }
    assert.equal(1, #groups:filter{ c__in = list(1, HALF - 1, function(i) return i end) }:all())
    assert.equal(2, #groups:exclude{ c__in = list(1, HALF - 1, function(i) return i end) }:all())
  end)

  it("of a constraint", function()
    local ok, e = pcall(function() Note.objects:create{ word = "w41" } end)
    assert(not ok and e.kind == "check_violation", tostring(e))
  end)

  it("choose what is written", function()
    assert.equal(HALF, objects:filter{ word__in = list(1, HALF, VALUES.word) }:update{ small = 7 })
    assert.equal(HALF, objects:exclude{ whole__in = list(1, HALF, VALUES.whole) }:exclude{ n = 99 }:update{ small = 8 })
    check(HALF, 1, HALF, objects:filter{ small = 7 })
    assert.equal(HALF, Note.objects:filter{ word__in = list(1, HALF, function(i) return "w" .. i end) }:delete())
  end)
end)
