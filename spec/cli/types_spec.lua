-- SPDX-License-Identifier: MIT
-- ryx types: what editors and checkers are told of the models.
local cli = require "support.cli"

local MODELS = [[
local ryx = require "ryx"
ryx.model("Author", { name = ryx.CharField{ max_length = 80, help_text = "as it is\nprinted" } })
ryx.model("Profile", { author = ryx.OneToOneField("Author", { null = true }) })
ryx.model("Post", {
  author = ryx.ForeignKey("Author", { related_name = "posts" }), datetime = ryx.DateTimeField{ auto_now_add = true },
  day = ryx.DateField{ null = true }, price = ryx.DecimalField{ null = true }, doc = ryx.JSONField{ null = true },
  class = ryx.IntField{ default = 0 }, uid = ryx.UUIDField{ auto_create = true }, tags = ryx.ManyToManyField("Tag"),
})
ryx.model("News", {
  title = ryx.TextField(), everything = ryx.Manager{},
  objects = ryx.Manager{ live = function(self) return self:filter{ title = "x" } end },
})
ryx.model("Tag", { words = ryx.ArrayField(ryx.CharField{ max_length = 20 }), ok = ryx.BooleanField{ default = true } })
ryx.model("Vote", { a = ryx.IntField(), b = ryx.FloatField(), Meta = { primary_key = { "a", "b" } } })
]]

local folder = cli.folder{ ["ryx.lua"] = 'return { models = "models" }\n', ["models.lua"] = MODELS }

local function types(...)
  local r = cli.run{ "types", cwd = folder, ... }
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

local function assert_has(text, parts)
  for _, part in ipairs(parts) do assert(text:find(part, 1, true), part .. " is not in\n" .. text) end
end

local has_mypy = os.execute("command -v mypy >/dev/null") == true

describe("ryx types", function()
  it("writes classes for lua-language-server", function()
    local text = types()
    assert.equal(text, types("--format", "lua"))
    assert(load(text))
    assert_has(text, {
      "---@meta\n", "---@class Author: ryx.Model\n", "---@field pk integer the key\n", "---@field id integer\n",
      "---@field name string as it is printed\n", "---@field profile Profile?\n",
      "---@field posts ryx.ReverseManager|PostQuerySet\n", "---@field author Author\n", "---@field author_id integer\n",
      "---@field author Author?\n", "---@field author_id integer?\n", "---@field day ryx.Date?\n",
      "---@field price ryx.Decimal?\n", "---@field doc any?\n", "---@field tags ryx.ManyManager|TagQuerySet\n",
      "---@field post_set ryx.ManyManager|PostQuerySet\n", "---@field words string[]\n", "---@field ok boolean\n",
      "---@field objects PostQuerySet\n",
      "---@field filter fun(self, first: ryx.Condition|string, ...: any): PostQuerySet",
      "---@overload fun(values?: table<string, any>): Post\n",
    })
    assert_has(text:match("%-%-%-@class NewsQuerySet.*%-%-%-@class NewsModel.-\n\n"), {
      "---@field live fun(self, ...: any): any\n", "---@field objects NewsQuerySet\n",
      "---@field everything NewsQuerySet\n",
    })
    assert.falsy(text:match("---@class Vote.-\n\n"):find("pk", 1, true))
  end)

  it("names only classes that are there", function()
    local known, text = {}, types() .. cli.read(cli.here .. "/types/ryx.lua")
    for name in text:gmatch("%-%-%-@class ([%w_.]+)") do known[name] = true end
    for name in text:gmatch("%-%-%-@alias ([%w_.]+)") do known[name] = true end
    for line in types():gmatch("[^\n]+") do
      for name in line:gmatch("%f[%w]ryx%.%u%w+") do assert(known[name], name) end
      for name in line:gmatch("%f[%w]%u%w+QuerySet%f[%W]") do assert(known[name] or name == "ryx.QuerySet", name) end
    end
  end)

  it("writes a stub for Python", function()
    local text = types("--format", "pyi")
    assert_has(text, {
      "\nclass Author(Model):\n    objects: ClassVar[Manager[Author]]\n    pk: int\n    id: int\n    name: str\n",
      "    profile: Profile | None\n", "    posts: RelatedManager[Post]\n", "    author: Author\n",
      "    author_id: int\n", "    author_id: int | None\n", "    datetime: _datetime.datetime\n",
      "    day: _datetime.date | None\n", "    price: _decimal.Decimal | None\n", "    uid: _uuid.UUID\n",
      "    tags: RelatedManager[Tag]\n", "    words: list[str | None]\n", "    ok: bool\n", "    b: float\n",
    })
    assert.falsy(text:find("    class:", 1, true))
    types("--format", "pyi", "--output", "models.pyi")
    assert.equal(text, cli.read(folder .. "/models.pyi"))
    assert.equal(true, os.execute(("python3 -m ast %s/models.pyi >/dev/null"):format(folder)))
  end)

  if has_mypy then
    it("writes what mypy takes", function()
      types("--format", "pyi", "--output", "models.pyi")
      cli.write(folder, { ["use.py"] = "from models import Post\nasync def f(post: Post) -> str:\n"
        .. "    post.day\n    return post.author.name + str(post.datetime.year)\n" })
      local f = io.popen(("cd %s && MYPYPATH=%s/python mypy --strict use.py models.pyi 2>&1"):format(folder, cli.here))
      local text = f:read("*a")
      f:close()
      for line in text:gmatch("[^\n]+") do assert.falsy(line:find("^models%.pyi") or line:find("^use%.py"), line) end
    end)
  end
end)
