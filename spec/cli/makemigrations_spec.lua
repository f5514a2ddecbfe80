-- SPDX-License-Identifier: MIT
-- ryx makemigrations: files, flags, questions, exit codes.
local cli = require "support.cli"
local json = require("ryx.value").json

local CONFIG = 'return { database = { url = "sqlite:app.db" }, models = "models" }\n'

local function models(fields, rest)
  return ('local ryx = require "ryx"\nryx.model("Post", { %s })\n%s\n'):format(fields, rest or "")
end

local TITLE = "title = ryx.CharField{ max_length = 80 }"

local function project(fields, rest)
  return cli.folder{ ["ryx.lua"] = CONFIG, ["models.lua"] = models(fields or TITLE, rest) }
end

local function make(folder, ...)
  return cli.run{ "makemigrations", cwd = folder, ... }
end

local function change(folder, fields, rest)
  cli.write(folder, { ["models.lua"] = models(fields, rest) })
end

local function files(folder)
  local f = io.popen("ls '" .. folder .. "/migrations' 2>/dev/null")
  local names = f:read("*a"):gsub("%s+$", "")
  f:close()
  return names
end

local function read(folder, name) return cli.read(folder .. "/migrations/" .. name) end

local function made(...)
  local folder = project(...)
  local r = make(folder)
  assert.same({ 0, "" }, { r.code, r.err })
  return folder
end

-- An answer of ryx: the exit code, and nothing on the other stream.
local function assert_ok(r)
  assert.same({ 0, "" }, { r.code, r.err })
  return r
end

describe("ryx makemigrations", function()
  it("writes a first file, and finds nothing then", function()
    local folder = project()
    local r = assert_ok(make(folder))
    assert.equal("migrations/0001_initial.lua\n  create model Post\n", r.out)
    assert.equal([[
local ryx = require "ryx"
local m = require "ryx.migrations"

return m.migration{
  operations = {
    m.create_model("Post", { title = ryx.CharField{ max_length = 80 } }),
  },
}
]], read(folder, "0001_initial.lua"))
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
    assert.equal("0001_initial.lua", files(folder))
  end)

  it("calls a file after its change, or as it is told", function()
    local folder = made()
    change(folder, TITLE .. ", slug = ryx.SlugField{ null = true }")
    assert.equal("migrations/0002_add_slug_to_posts.lua\n  add field slug to Post\n", assert_ok(make(folder)).out)
    change(folder, "title = ryx.CharField{ max_length = 90 }, slug = ryx.SlugField{ null = true }")
    assert_ok(make(folder, "--name", "longer"))
    change(folder, "title = ryx.CharField{ max_length = 95 }")
    assert_ok(make(folder))
    assert.equal("0001_initial.lua\n0002_add_slug_to_posts.lua\n0003_longer.lua\n0004_auto.lua", files(folder))
    assert.truthy(read(folder, "0003_longer.lua"):find('dependencies = { "0002_add_slug_to_posts" }', 1, true))
    local r = make(folder, "--name", "a b")
    assert.equal("No changes.\n", r.out)
    change(folder, TITLE)
    r = make(folder, "--name", "../a")
    assert.equal(1, r.code)
    assert.truthy(r.err:find("--name ../a: a name has letters, digits and underscores", 1, true))
  end)

  it("takes models, folder and configuration by flags", function()
    local folder = cli.folder{ ["app/things.lua"] = models(TITLE) }
    assert_ok(make(folder, "--models", "app.things", "--dir", "db/changes"))
    assert.truthy(cli.read(folder .. "/db/changes/0001_initial.lua"))
  end)

  it("--check says whether there are changes, and writes nothing", function()
    local folder = project()
    local r = make(folder, "--check")
    assert.same({ 1, "" }, { r.code, r.err })
    assert.equal("Models have changed, and no migration says so:\n  create model Post\n", r.out)
    assert.equal("", files(folder))
    assert_ok(make(folder))
    assert.equal("No changes.\n", assert_ok(make(folder, "--check")).out)
    change(folder, "headline = ryx.CharField{ max_length = 80 }")
    r = make(folder, "--check")
    assert.equal(1, r.code)
    assert.equal("0001_initial.lua", files(folder))
  end)

  it("--dry-run prints the file, and writes nothing", function()
    local folder = project()
    local r = assert_ok(make(folder, "--dry-run"))
    assert.truthy(r.out:find('^migrations/0001_initial.lua\n\nlocal ryx = require "ryx"\n'))
    assert.equal("", files(folder))
  end)

  it("--json says what is done", function()
    local folder = project()
    local done = json.decode(assert_ok(make(folder, "--json")).out)
    assert.same({ "create model Post" }, { done.operations[1] })
    assert.same({ true, "0001_initial", "migrations/0001_initial.lua" }, { done.changes, done.name, done.file })
    assert.equal('{"changes":false,"operations":[]}\n', assert_ok(make(folder, "--json")).out)
  end)

  it("announces what is lost", function()
    local folder = made(TITLE .. ", views = ryx.IntField{ default = 0 }")
    change(folder, TITLE)
    assert.equal("migrations/0002_remove_views_from_posts.lua\n  remove field views from Post (its values are lost)\n",
      assert_ok(make(folder)).out)
  end)

  it("announces that rows do not move to another database", function()
    local folder = made()
    change(folder, TITLE .. ', Meta = { database = "other" }')
    assert.equal("migrations/0002_alter_posts.lua\n  alter database of model Post (its rows stay behind and are lost)\n",
      assert_ok(make(folder)).out)
  end)

  it("refuses to take everything away where no models are named", function()
    local folder = made()
    cli.write(folder, { ["ryx.lua"] = "return {}" })
    local r = make(folder)
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("no models are named: say --models MODULE", 1, true))
  end)
end)

describe("what ryx makemigrations asks", function()
  local HEADLINE = "headline = ryx.CharField{ max_length = 80 }"

  local function renamed()
    local folder = made()
    change(folder, HEADLINE)
    return folder
  end

  it("is an exit code where nobody answers, and nothing is written", function()
    local folder = renamed()
    local r = make(folder)
    assert.same({ 3, "" }, { r.code, r.out })
    assert.truthy(r.err:find("Was Post.title renamed to Post.headline?", 1, true))
    assert.truthy(r.err:find("--rename Post.title:headline, or --drop Post.title", 1, true))
    assert.equal("0001_initial.lua", files(folder))
  end)

  it("is JSON for programs", function()
    local r = make(renamed(), "--json")
    assert.same({ 3, "" }, { r.code, r.err })
    assert.same({ questions = {
      { kind = "rename_field", model = "Post", old = "title", new = "headline", field = "title" },
    } }, json.decode(r.out))
  end)

  it("is answered by --rename", function()
    local folder = renamed()
    assert_ok(make(folder, "--rename", "Post.title:headline"))
    assert.truthy(read(folder, "0002_rename_title_to_headline_on_posts.lua"):find(
      'm.rename_field("Post", "title", "headline")', 1, true))
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
  end)

  it("is answered by --drop, and the new field needs a value", function()
    local folder = renamed()
    local r = make(folder, "--drop", "Post.title")
    assert.equal(3, r.code)
    assert.truthy(r.err:find("Post.headline may not be NULL and has no default", 1, true))
    assert.truthy(r.err:find("?", 1, true))
    r = assert_ok(make(folder, "--drop", "Post.title", "--default", "Post.headline=none"))
    assert.truthy(r.out:find("remove field title from Post (its values are lost)\n  add field headline to Post\n", 1,
      true))
    assert.truthy(read(folder, "0002_auto.lua"):find('{ fill = "none" }', 1, true))
  end)

  it("is answered by the model", function()
    local folder = made()
    change(folder, 'headline = ryx.CharField{ max_length = 80, was = "title" }')
    assert.equal("migrations/0002_rename_title_to_headline_on_posts.lua\n  rename field title of Post to headline\n",
      assert_ok(make(folder)).out)
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
  end)

  it("is answered by a file", function()
    local folder = renamed()
    change(folder, HEADLINE .. ", rating = ryx.IntField()")
    cli.write(folder, { ["answers.lua"] =
      'return { rename = { ["Post.title"] = "headline" }, default = { ["Post.rating"] = 5 } }' })
    assert_ok(make(folder, "--answers", "answers.lua"))
    local text = read(folder, "0002_auto.lua")
    assert.truthy(text:find('m.add_field("Post", "rating", ryx.IntField(), { fill = 5 })', 1, true))
    folder = renamed()
    cli.write(folder, { ["answers.lua"] =
      'return { rename = { ["Post.title"] = false }, default = { ["Post.headline"] = "x" } }' })
    assert_ok(make(folder, "--answers", "answers.lua"))
    assert.truthy(read(folder, "0002_auto.lua"):find('m.remove_field("Post", "title")', 1, true))
  end)

  it("may be about a model", function()
    local folder = made(TITLE)
    cli.write(folder, { ["models.lua"] = models(TITLE):gsub("Post", "Article") })
    local r = make(folder, "--json")
    assert.same({ questions = { { kind = "rename_model", model = "Post", old = "Post", new = "Article" } } },
      json.decode(r.out))
    assert.truthy(make(folder).err:find("Was the model Post renamed to Article?", 1, true))
    assert_ok(make(folder, "--rename", "Post:Article"))
    assert.truthy(read(folder, "0002_rename_posts_to_articles.lua"):find('m.rename_model("Post", "Article")', 1, true))
  end)

  it("is asked at a terminal", function()
    local folder = renamed()
    change(folder, HEADLINE .. ", rating = ryx.IntField()")
    local r = cli.terminal{ "makemigrations", cwd = folder, typing = {
      { "Was Post.title renamed to Post.headline? [y/n]", "perhaps\n" }, { "[y/n]", "y\n" },
      { "Post.rating may not be NULL", "many\n" }, { "Enter a whole number", "5\n" },
    } }
    assert.equal(0, r.code)
    local text = read(folder, "0002_auto.lua")
    assert.truthy(text:find('m.rename_field("Post", "title", "headline")', 1, true))
    assert.truthy(text:find("{ fill = 5 }", 1, true))
  end)

  it("is open still at the end of input", function()
    local folder = renamed()
    assert.equal(3, cli.terminal{ "makemigrations", cwd = folder, typing = { { "[y/n]", "\4" } } }.code)
    assert.equal("0001_initial.lua", files(folder))
  end)

  for _, case in ipairs{
    { { "--rename", "title" }, "--rename title: it is Model.old:new of a field, Old:New of a model" },
    { { "--rename", "Post.title:body" }, "rename Post.title to body: Post has no new field body" },
    { { "--drop", "Post title" }, "--drop Post title: it is Model.field, or Model" },
    { { "--default", "rating" }, "--default rating: it is Model.field=VALUE" },
    { { "--answers", "none.lua" }, "cannot read none.lua: No such file or directory" },
    { { "--rename", "Post.title:headline", "--default", "Post.rating=x" },
      "the default of Post.rating: \"x\": Enter a whole" },
    { { "--rename", "Post.title:headline", "--default", "Post.rating=3000000000" },
      "the default of Post.rating: \"3000000000\": " },
  } do
    it("refuses " .. table.concat(case[1], " "), function()
      local folder = renamed()
      change(folder, HEADLINE .. ", rating = ryx.IntField()")
      local r = make(folder, require("ryx.compat").unpack(case[1]))
      assert.same({ 1, "" }, { r.code, r.out })
      assert.truthy(r.err:find(case[2], 1, true), r.err)
    end)
  end

  it("refuses files of answers that say nothing", function()
    local folder = renamed()
    for text, wanted in pairs{
      ["return {"] = "the answers in a.lua: ", ["return 5"] = "the file returns 5",
        ["return { rname = {} }"] = 'did you mean "rename"',
      ["return { rename = { Post = 5 } }"] = "a new name or false, not 5", ["error('no')"] = "the answers in a.lua: ",
    } do
      cli.write(folder, { ["a.lua"] = text })
      local r = make(folder, "--answers", "a.lua")
      assert.equal(1, r.code)
      assert.truthy(r.err:find(wanted, 1, true), r.err)
    end
  end)

  it("says which flags were for nothing", function()
    local folder = made()
    local r = make(folder, "--drop", "Post.titel")
    assert.same({ 0, "--drop Post.titel answers no question.\n" }, { r.code, r.err })
  end)
end)

describe("branches of migrations", function()
  local function file(name, after, operation)
    return ('local ryx = require "ryx"\nlocal m = require "ryx.migrations"\nreturn m.migration{ dependencies = { %q }, '
      .. "operations = { %s } }\n"):format(after, operation), name
  end

  local function branched(a, b)
    local folder = made(TITLE)
    cli.write(folder, {
      ["migrations/0002_one.lua"] = file("0002_one", "0001_initial", a),
      ["migrations/0002_other.lua"] = file("0002_other", "0001_initial", b),
    })
    return folder
  end

  local SLUG, BODY = 'm.add_field("Post", "slug", ryx.SlugField{ null = true })',
    'm.add_field("Post", "body", ryx.TextField{ null = true })'

  it("are named with the way out", function()
    local r = make(branched(SLUG, BODY))
    assert.same({ 1, "" }, { r.code, r.out })
    for _, part in ipairs{ "0002_one", "0002_other", "--merge" } do assert.truthy(r.err:find(part, 1, true)) end
  end)

  it("are joined where they may be applied in either order", function()
    local folder = branched(SLUG, BODY)
    assert_ok(make(folder, "--merge"))
    assert.truthy(files(folder):find("\n0003_merge_one_other.lua$"))
    assert.truthy(read(folder, "0003_merge_one_other.lua"):find('dependencies = { "0002_one", "0002_other" }', 1, true))
    change(folder, TITLE .. ", slug = ryx.SlugField{ null = true }, body = ryx.TextField{ null = true }")
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
    assert_ok(make(folder, "--merge"))
  end)

  for _, case in ipairs{
    { SLUG, 'm.add_field("Post", "slug", ryx.TextField{ null = true })', "Post.slug" },
    { 'm.alter_field("Post", "title", ryx.CharField{ max_length = 10 })',
      'm.alter_field("Post", "title", ryx.CharField{ max_length = 20 })', "Post.title" },
    { 'm.rename_field("Post", "title", "headline")', 'm.alter_field("Post", "title", ryx.TextField())', "Post.title" },
    { 'm.delete_model("Post")', SLUG, "Post.slug" },
    { 'm.alter_unique_together("Post", { { "title" } })', 'm.alter_unique_together("Post", { { "id", "title" } })',
      "Post" },
  } do
    it("that both change " .. case[3] .. " are refused", function()
      local folder = branched(case[1], case[2])
      local r = make(folder, "--merge")
      assert.same({ 1, "" }, { r.code, r.out })
      assert.truthy(r.err:find("0002_one and 0002_other cannot be merged: both change " .. case[3], 1, true), r.err)
      assert.equal("0001_initial.lua\n0002_one.lua\n0002_other.lua", files(folder))
    end)
  end
end)

describe("ryx makemigrations --squash", function()
  it("writes one file for all, with what the user does to rows", function()
    local folder = made()
    change(folder, TITLE .. ", slug = ryx.SlugField{ null = true }")
    assert_ok(make(folder))
    cli.write(folder, { ["migrations/0003_fill.lua"] = [[
local m = require "ryx.migrations"

local function slug_of(post) return post.title:lower() end

return m.migration{
  dependencies = { "0002_add_slug_to_posts" },
  operations = {
    m.run_sql("UPDATE posts SET title = 'x'", m.noop),
    m.run_lua(function(apps) apps:model("Post").objects:update{ slug = "y" } end, m.noop),
    m.run_lua(function(apps)
      for post in apps:model("Post").objects:iter() do post.slug = slug_of(post) end
    end),
  },
}
]] })
    assert_ok(make(folder, "--squash"))
    local text = read(folder, "0004_squashed.lua")
    assert.truthy(text:find('replaces = { "0001_initial", "0002_add_slug_to_posts", "0003_fill" }', 1, true))
    assert.truthy(text:find([[
    m.create_model("Post", {
      title = ryx.CharField{ max_length = 80 },
      slug = ryx.SlugField{ null = true },
    }),
    m.run_sql("UPDATE posts SET title = 'x'", m.noop),
    m.run_lua(function(apps) apps:model("Post").objects:update{ slug = "y" } end, m.noop),
    from_0003_fill.operations[3],
]], 1, true), text)
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
    os.execute("rm '" .. folder .. "'/migrations/000[123]*")
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
  end)

  it("of one file has nothing to do", function()
    assert.equal("There is nothing to squash.\n", assert_ok(make(made(), "--squash")).out)
  end)
end)

describe("faults of the reference that ryx makemigrations does not have", function()
  it("E2: a file of an altered field is loaded, and one that cannot be is an error that names it", function()
    local folder = made()
    change(folder, "title = ryx.CharField{ max_length = 90 }")
    assert_ok(make(folder))
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
    cli.write(folder, { ["migrations/0003_bad.lua"] = "return {" })
    local r = make(folder)
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("migrations/0003_bad.lua", 1, true))
    assert.equal(2, select(2, files(folder):gsub("\n", "")))
  end)

  it("E3: an index is made once", function()
    local folder = project(TITLE .. ', Meta = { indexes = { ryx.Index{ fields = { "title" } }, ryx.Index{ '
      .. 'fields = { "-title" }, name = "by_title" } } }')
    assert_ok(make(folder))
    assert.equal("No changes.\n", assert_ok(make(folder)).out)
  end)

  it("E6: models without tables of their own make none", function()
    local folder = project(TITLE, [[
local Base = ryx.model("Base", { made = ryx.DateTimeField{ null = true }, Meta = { abstract = true } })
ryx.model("Note", { tags = ryx.ManyToManyField("Post") }, Base)
]])
    assert.equal("migrations/0001_initial.lua\n  create model Post\n  create model Note\n", assert_ok(make(folder)).out)
    assert.truthy(read(folder, "0001_initial.lua"):find('tags = ryx.ManyToManyField("Post")', 1, true))
  end)

  it("E10: what is gone is removed", function()
    local folder = made(TITLE .. ", views = ryx.IntField{ null = true }",
      'ryx.model("Tag", { name = ryx.CharField() })')
    change(folder, TITLE)
    local r = assert_ok(make(folder))
    assert.truthy(r.out:find("remove field views from Post", 1, true))
    assert.truthy(r.out:find("delete model Tag", 1, true))
  end)

  it("E13, E14: --check, --name and --squash do what they say", function()
    local folder = project()
    assert.equal(1, make(folder, "--check").code)
    assert_ok(make(folder, "--name", "start"))
    assert.equal("0001_start.lua", files(folder))
  end)
end)
