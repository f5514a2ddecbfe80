-- SPDX-License-Identifier: MIT
-- ryx dumpdata, ryx loaddata: rows as lines of JSON, out of one database and into another.
local cli = require "support.cli"
local data = require "support.data"

-- Every type of field, keys of all kinds, relations in circles.
local MODELS = [[
local Money = ryx.field("Money", {
  base = ryx.DecimalField, to_db = function(v) return v.amount end, from_db = function(v) return { amount = v } end,
})
models.Kind = ryx.model("DumpKind", {
  flag = ryx.BooleanField{ null = true }, small = ryx.SmallIntField{ null = true }, int = ryx.IntField{ null = true },
  big = ryx.BigIntField{ null = true }, float = ryx.FloatField{ null = true },
  price = ryx.DecimalField{ max_digits = 12, decimal_places = 3, null = true },
  name = ryx.CharField{ max_length = 40, null = true }, text = ryx.TextField{ null = true },
  slug = ryx.SlugField{ null = true }, email = ryx.EmailField{ null = true }, url = ryx.URLField{ null = true },
  ip = ryx.GenericIPAddressField{ null = true }, uuid = ryx.UUIDField{ null = true },
  day = ryx.DateField{ null = true }, at = ryx.TimeField{ null = true }, moment = ryx.DateTimeField{ null = true },
  utc = ryx.DateTimeField{ tz = true, null = true }, span = ryx.DurationField{ null = true },
  doc = ryx.JSONField{ null = true }, bytes = ryx.BinaryField{ null = true },
  words = ryx.ArrayField(ryx.CharField{ max_length = 20 }, { null = true }),
  days = ryx.ArrayField(ryx.DateField(), { null = true }),
  prices = ryx.ArrayField(ryx.DecimalField{ max_digits = 8, decimal_places = 2 }, { null = true }),
  money = Money{ null = true },
  made = ryx.DateTimeField{ auto_now_add = true }, changed = ryx.DateTimeField{ auto_now = true },
  Meta = { table_name = "dump_kinds" },
})
models.Author = ryx.model("DumpAuthor", {
  id = ryx.UUIDField{ primary_key = true },
  name = ryx.CharField{ max_length = 20, unique = true },
  boss = ryx.ForeignKey("self", { null = true, related_name = "staff", on_delete = "SET_NULL" }),
  first = ryx.ForeignKey("DumpPost", { null = true, related_name = "+", on_delete = "SET_NULL" }),
  friends = ryx.ManyToManyField("self", { db_table = "dump_friends" }),
  Meta = { table_name = "dump_authors" },
})
models.Post = ryx.model("DumpPost", {
  author = ryx.ForeignKey("DumpAuthor"), title = ryx.CharField{ max_length = 20 },
  tags = ryx.ManyToManyField("DumpTag", { db_table = "dump_post_tags" }),
  Meta = { table_name = "dump_posts", ordering = { "-title" } },
})
models.Tag = ryx.model("DumpTag", {
  name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "dump_tags" },
  objects = ryx.Manager{ get_queryset = function(qs) return qs:exclude{ name = "hidden" } end },
})
models.Vote = ryx.model("DumpVote", {
  post = ryx.ForeignKey("DumpPost"), day = ryx.DateField(), n = ryx.IntField(),
  Meta = { table_name = "dump_votes", primary_key = { "post", "day" } },
})
]]

local FILL = [[
models.Kind.objects:create{
  flag = true, small = -7, int = 2147483647, big = 9007199254740993, float = 0.1, price = "12.500", name = "a\"\\\n\t'",
  text = "Grüße 🙂", slug = "a-b", email = "a@example.com", url = "https://example.com/?a=1&b=2", ip = "::1",
  uuid = "12345678-1234-5678-1234-567812345678", day = "2024-02-29", at = "10:20:30.000001",
  moment = "2024-02-29 10:20:30.123456", utc = "2024-02-29 10:20:30", span = ryx.duration{ days = 3, seconds = 1.5 },
  doc = { a = { 1, 2.5, "x", ryx.null, true }, b = ryx.json.array{}, c = {} },
  bytes = "\0\1\255a", words = { "a", "b\"c", ryx.null }, days = { "2024-02-29" }, prices = { "1.50", "2.00" },
  money = { amount = ryx.decimal("9.99") },
}
models.Kind.objects:create{ doc = "text", bytes = "", words = {}, float = 1e300 }
models.Kind.objects:create{ doc = 5, bytes = "ab", text = "", float = 3 }
models.Kind.objects:create{}
local a = models.Author.objects:create{ id = "00000000-0000-0000-0000-00000000000a", name = "a" }
local b = models.Author.objects:create{ id = "00000000-0000-0000-0000-00000000000b", name = "b", boss = a }
local tags = {}
for i = 1, 3 do tags[i] = models.Tag.objects:create{ name = i == 2 and "hidden" or "t" .. i } end
for i = 1, 2 do
  local post = models.Post.objects:create{ author = i == 1 and b or a, title = "p" .. i }
  if i == 1 then post.tags:add(tags[3], tags[1], tags[2]) end
  models.Vote.objects:create{ post = post, day = "2024-01-0" .. i, n = i }
  if i == 2 then a.first = post end
end
a.boss = b
a:save()
a.friends:add(b)
]]

local function dump(folder, ...)
  local r = cli.run{ "dumpdata", cwd = folder, ... }
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

local function load(folder, text)
  return cli.run{ "loaddata", "-", cwd = folder, input = text }
end

local function assert_loads(folder, text)
  local r = load(folder, text)
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

local function lines(text)
  local out = {}
  for one in text:gmatch("[^\n]+") do out[#out + 1] = one end
  return out
end

local function flush(folder)
  assert.equal(0, cli.run{ "flush", "--yes", cwd = folder }.code)
end

describe("ryx dumpdata", function()
  local folder, text

  setup(function()
    folder = data.project(MODELS)
    data.lua(folder, FILL)
    text = dump(folder)
  end)

  it("writes a line for each row, those that others refer to first", function()
    local place = {}
    for i, one in ipairs(lines(text)) do
      local model = one:match('^{"model":"Dump(%w+)","pk":.*,"fields":{.*}}$')
      assert.truthy(not place[model] or place[model] == i - 1, "the rows of a model stand together")
      place[model] = i
    end
    assert.truthy(place.Tag < place.Post and place.Post < place.Vote)
    assert.equal(13, #lines(text))
  end)

  it("writes decimals, dates and moments as text, bytes in base64, keys of several fields as lists", function()
    local kind = text:match('{"model":"DumpKind","pk":1,[^\n]*')
    for _, part in ipairs{
      '"price":"12.500"', '"day":"2024-02-29"', '"at":"10:20:30.000001"', '"moment":"2024-02-29T10:20:30.123456"',
      '"utc":"2024-02-29T10:20:30Z"', '"bytes":"AAH/YQ=="', '"big":9007199254740993', '"flag":true',
      '"days":["2024-02-29"]', '"prices":["1.50","2.00"]', '"money":"9.99"', '"words":["a","b\\"c",null]',
    } do
      assert(kind:find(part, 1, true), part .. " is not in " .. kind)
    end
    assert.truthy(text:find('{"model":"DumpVote","pk":[1,"2024-01-01"],"fields":{"n":1}}', 1, true), text)
    assert.truthy(text:find('"fields":{"author":"00000000-0000-0000-0000-00000000000b","tags":[1,2,3],"title":"p1"}',
      1, true), text)
    assert.truthy(text:find('{"model":"DumpTag","pk":2,"fields":{"name":"hidden"}}', 1, true))
  end)

  it("writes models that are named, into a file", function()
    assert.equal(3, #lines(dump(folder, "DumpTag")))
    local r = cli.run{ "dumpdata", "DumpTag", "DumpPost", "--output", "some.jsonl", cwd = folder }
    assert.same({ code = 0, err = "", out = "some.jsonl: 5 rows\n" }, r)
    assert.equal(5, #lines(cli.read(folder .. "/some.jsonl")))
    r = cli.run{ "dumpdata", "DumpTga", cwd = folder }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find('DumpTga" (did you mean "DumpTag"?)', 1, true), r.err)
    r = cli.run{ "dumpdata", "--output", "no/such.jsonl", cwd = folder }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("no/such.jsonl", 1, true), r.err)
  end)

  it("is loaded into empty tables as it was, and keys go on after the largest", function()
    flush(folder)
    assert.equal("13 rows loaded\n", assert_loads(folder, text))
    assert.equal(text, dump(folder))
    assert.equal("4 3\n", data.lua(folder, [[
      local id = models.Tag.objects:create{ name = "new" }.id
      print(id, models.Post.objects:create{ title = "new", author_id = "00000000-0000-0000-0000-00000000000a" }.id)
    ]]):gsub("\t", " "))
  end)

  it("is loaded over rows that are there: they take its values", function()
    data.lua(folder, [[
      for _, post in ipairs(models.Post.objects:all()) do post.title = "other" post:save() post.tags:clear() end
    ]])
    assert.equal("13 rows loaded\n", assert_loads(folder, text))
    data.lua(folder, [[
      models.Tag.objects:filter{ name = "new" }:delete()
      models.Post.objects:filter{ title = "other" }:delete()
    ]])
    assert.equal(text, dump(folder))
  end)

  it("is loaded in any order of lines", function()
    flush(folder)
    local list = lines(text)
    for i = 1, #list // 2 do list[i], list[#list + 1 - i] = list[#list + 1 - i], list[i] end
    assert.equal("13 rows loaded\n", assert_loads(folder, table.concat(list, "\n")))
    assert.equal(text, dump(folder))
    local r = cli.run{ "dumpdata", "--output", "all.jsonl", cwd = folder }
    flush(folder)
    assert.equal(0, r.code)
    assert.equal(0, cli.run{ "loaddata", "all.jsonl", cwd = folder }.code)
    assert.equal(text, dump(folder))
    -- Keys are checked again.
    assert.equal("foreign_key_violation\n", data.lua(folder, [[
      local ok, err = pcall(function()
        models.Post.objects:create{ title = "x", author_id = "00000000-0000-0000-0000-0000000000ff" }
      end)
      print(err.kind)
    ]]))
  end)

  it("is many rows", function()
    flush(folder)
    local list, n = {}, 6500
    for i = 1, n do
      local boss = ("00000000-0000-0000-0000-%012d"):format(i % n + 1)
      list[i] = ('{"model":"DumpAuthor","pk":"00000000-0000-0000-0000-%012d","fields":{"boss":"%s","first":null,'
        .. '"friends":["%s"],"name":"%d"}}'):format(i, boss, boss, i)
    end
    assert.equal(n .. " rows loaded\n", assert_loads(folder, table.concat(list, "\n")))
    assert.equal(table.concat(list, "\n") .. "\n", dump(folder))
    flush(folder)
    assert_loads(folder, text)
  end)

  it("goes into another database and back", function()
    local other = data.project(MODELS, "sqlite:" .. folder .. "/other.db")
    assert_loads(other, text)
    assert.equal(text, dump(other))
    flush(folder)
    assert_loads(folder, dump(other))
    assert.equal(text, dump(folder))
  end)
end)

describe("ryx loaddata", function()
  local folder
  local TAG = '{"model":"DumpTag","pk":%d,"fields":{"name":"%s"}}\n'

  setup(function() folder = data.project(MODELS) end)

  local function refused(text, ...)
    local r = load(folder, text)
    assert.same({ 1, "" }, { r.code, r.out })
    for _, part in ipairs{ ... } do assert(r.err:find(part, 1, true), part .. " is not in: " .. r.err) end
    assert.falsy(r.err:find("traceback", 1, true), r.err)
    assert.equal("0\n", data.lua(folder, "print(models.Tag.objects:count())"))
  end

  local tag = TAG:format(1, "a")

  it("names the line of what is wrong, and loads nothing", function()
    refused(tag .. "\n{nonsense}\n", "line 3: ")
    refused(tag .. "[1]\n", "line 2: ")
    refused(tag .. '{"model":"DumpTga","pk":1,"fields":{}}\n', "line 2: ", '(did you mean "DumpTag"?)')
    refused(tag .. '{"model":"DumpTag","pk":2,"fields":{"nmae":"a"}}\n', "line 2: ", '"nmae"', '"name"')
    refused(tag .. '{"model":"DumpTag","pk":2,"field":{"name":"a"}}\n', "line 2: ", '"field"', '"fields"')
    refused(tag .. '{"model":"DumpTag","pk":2,"fields":{"name":null}}\n', "line 2: ", "name")
    refused(tag .. TAG:format(2, ("x"):rep(30)), "line 2: ", "name")
    refused(tag .. '{"model":"DumpKind","pk":1,"fields":{"day":"soon","changed":"2024-01-01","made":"2024-01-01"}}\n',
      "line 2: ", "day")
    refused(tag .. '{"model":"DumpKind","pk":1,"fields":{"bytes":"*"}}\n', "line 2: ", "bytes", "base64")
    refused(tag .. '{"model":"DumpVote","pk":1,"fields":{"n":1}}\n', "line 2: ", "pk", "2 values")
    refused(tag .. '{"model":"DumpAuthor","fields":{"name":"a"}}\n', "line 2: ", "pk")
    refused(tag .. '{"model":"DumpTag","fields":{}}\n', "line 2: ", "DumpTag.name: This field may not be null.")
  end)

  it("names the line of a row that meets another, or that leads nowhere", function()
    local author = '{"model":"DumpAuthor","pk":"00000000-0000-0000-0000-00000000000%s","fields":{"name":"%s"%s}}\n'
    refused(tag .. author:format("a", "x", "") .. author:format("b", "x", ""), "line 3: ")
    refused(tag .. author:format("a", "x", ',"boss":"00000000-0000-0000-0000-0000000000ff"'), "line 2: ", "boss")
    refused(tag .. '{"model":"DumpPost","pk":5,"fields":{"title":"a","author":"00000000-0000-0000-0000-00000000000a",'
      .. '"tags":[1,9]}}\n' .. author:format("a", "x", ""), "line 2: ")
  end)

  it("takes a row of which nothing is said, and a byte order mark", function()
    local text = '\239\187\191{"model":"DumpKind"}\r\n{"model":"DumpKind","pk":5}\r\n'
    assert.equal("2 rows loaded\n", assert_loads(folder, text))
    assert.equal("1 5\n", data.lua(folder, [[
      local rows = models.Kind.objects:order_by("id"):all()
      print(rows[1].id .. " " .. rows[2].id)
    ]]))
    flush(folder)
  end)

  it("reads a file, makes keys where none are given, fills what is left out", function()
    local new = '{"model":"DumpTag","fields":{"name":"%s"}}'
    cli.write(folder, { ["tags.jsonl"] = new:format("a") .. "\n\n" .. new:format("b") })
    local r = cli.run{ "loaddata", "tags.jsonl", cwd = folder }
    assert.same({ code = 0, err = "", out = "2 rows loaded\n" }, r)
    assert.equal("2\n", data.lua(folder, "print(models.Tag.objects:count())"))
    flush(folder)
    r = cli.run{ "loaddata", "none.jsonl", cwd = folder }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("none.jsonl", 1, true))
    assert.equal("ryx: cannot read .: Is a directory\n", cli.run{ "loaddata", ".", cwd = folder }.err)
    assert.equal("0 rows loaded\n", assert_loads(folder, ""))
  end)
end)
