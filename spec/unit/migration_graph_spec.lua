-- SPDX-License-Identifier: MIT
local errors = require "ryx.errors"
local folder = require "ryx.folder"
local graph = require "ryx.migrations.files.graph"
local load_file = require "ryx.migrations.files.file"
local m = require "ryx.migrations"
local ryx = require "ryx"

local function file(name, dependencies, operations, replaces)
  return load_file.of(name, "migrations/" .. name .. ".lua",
    { dependencies = dependencies, operations = operations or {}, replaces = replaces }, "")
end

local function graph_of(list) return graph.new(list, "migrations") end

local function names(files)
  local out = {}
  for i, one in ipairs(files) do out[i] = one.name end
  return out
end

local function set(list)
  local out = {}
  for _, name in ipairs(list) do out[name] = true end
  return out
end

local function plan(g, applied, target)
  local out = {}
  for i, step in ipairs(g:plan(set(applied), target)) do
    out[i] = (step.backwards and "-" or step.recorded and "=" or "+") .. step.file.name
  end
  return table.concat(out, " ")
end

local function message_of(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(errors.is_error(err), tostring(err))
  return err.message
end

describe("the graph of migrations", function()
  it("puts each behind those that it depends on, else by name", function()
    local g = graph_of{ file("0003_c", { "0001_a" }), file("0002_b", { "0003_c" }), file("0001_a", {}) }
    assert.same({ "0001_a", "0003_c", "0002_b" }, names(g:order()))
    assert.same({ "0002_b" }, g:heads())
    assert.equal("0002_b", g:head())
    assert.equal("0004", g:next_number())
  end)

  it("may be empty", function()
    local g = graph_of{}
    assert.is_nil(g:head())
    assert.equal("0001", g:next_number())
    assert.equal("", plan(g, {}))
    assert.same({}, g:state():names())
  end)

  it("names several ends, and the way out", function()
    local g = graph_of{ file("0001_a", {}), file("0002_b", { "0001_a" }), file("0002_c", { "0001_a" }) }
    assert.same({ "0002_b", "0002_c" }, g:heads())
    assert.equal("the migrations have several ends, 0002_b and 0002_c: ryx makemigrations --merge joins them",
      message_of(g.head, g))
  end)

  it("names a dependency that is not there, and the nearest", function()
    assert.equal('the migration 0002_b depends on "0001_aa", which is not there (did you mean "0001_a"?)',
      message_of(graph_of, { file("0001_a", {}), file("0002_b", { "0001_aa" }) }))
  end)

  it("names a circle", function()
    assert.equal("migrations depend on each other in a circle: 0001_a -> 0003_c -> 0002_b -> 0001_a",
      message_of(graph_of, { file("0001_a", { "0003_c" }), file("0002_b", { "0001_a" }), file("0003_c",
        { "0002_b" }) }))
    assert.equal("migrations depend on each other in a circle: 0001_a -> 0001_a",
      message_of(graph_of, { file("0001_a", { "0001_a" }) }))
  end)

  it("finds a name by its beginning, where that is of one alone", function()
    local g = graph_of{ file("0001_a", {}), file("0002_b", { "0001_a" }), file("0002_bc", { "0002_b" }) }
    assert.equal("0001_a", g:find("0001").name)
    assert.equal("0002_b", g:find("0002_b").name)
    assert.equal('several migrations begin with "0002": 0002_b, 0002_bc', message_of(g.find, g, "0002"))
    assert.equal('there is no migration "0001_b" in migrations (did you mean "0001_a"?)',
      message_of(g.find, g, "0001_b"))
  end)

  it("knows what no file is called", function()
    local g = graph_of{ file("0001_a", {}), file("0003_s", {}, {}, { "0001_a", "0002_b" }) }
    assert.same({ "0009_gone" }, g:unknown(set{ "0001_a", "0002_b", "0009_gone" }))
  end)
end)

describe("the way to a migration", function()
  local g = graph_of{
    file("0001_a", {}), file("0002_b", { "0001_a" }), file("0002_c", { "0001_a" }), file("0003_d", { "0002_b",
      "0002_c" }),
  }

  for _, case in ipairs{
    { {}, nil, "+0001_a +0002_b +0002_c +0003_d" },
    { { "0001_a" }, nil, "+0002_b +0002_c +0003_d" },
    { { "0001_a", "0002_b", "0002_c", "0003_d" }, nil, "" },
    { { "0001_a", "0002_b", "0002_c", "0003_d" }, "zero", "-0003_d -0002_c -0002_b -0001_a" },
    { { "0001_a", "0002_b", "0002_c", "0003_d" }, "0001", "-0003_d -0002_c -0002_b" },
    { { "0001_a", "0002_b", "0002_c", "0003_d" }, "0002_b", "-0003_d" },
    { {}, "0002_c", "+0001_a +0002_c" },
    { { "0001_a", "0002_b" }, "0002_c", "+0002_c" },
    { { "0001_a", "0002_c" }, "0002_c", "" },
    { {}, "zero", "" },
  } do
    it(("from %s to %s"):format(table.concat(case[1], " "), case[2] or "the end"), function()
      assert.equal(case[3], plan(g, case[1], case[2]))
    end)
  end
end)

describe("a migration that replaces others", function()
  local old = { file("0001_a", {}), file("0002_b", { "0001_a" }) }
  local squashed = file("0003_squashed", {}, {}, { "0001_a", "0002_b" })
  local after = file("0004_c", { "0003_squashed" })
  local g = graph_of{ old[1], old[2], squashed, after }

  it("stands for them where none is applied", function()
    assert.same({ "0003_squashed", "0004_c" }, names(g:order()))
    assert.same({ "0004_c" }, g:heads())
    assert.equal("+0003_squashed +0004_c", plan(g, {}))
  end)

  it("is recorded where all are applied", function()
    assert.equal("=0003_squashed +0004_c", plan(g, { "0001_a", "0002_b" }))
    assert.equal("-0004_c -0003_squashed", plan(g, { "0001_a", "0002_b", "0003_squashed", "0004_c" }, "zero"))
  end)

  it("waits where some are", function()
    assert.equal("+0002_b +0004_c", plan(g, { "0001_a" }))
    assert.equal("=0003_squashed", plan(g, { "0001_a", "0002_b", "0004_c" }))
  end)

  it("does without their files", function()
    local alone = graph_of{ squashed, after }
    assert.equal("=0003_squashed +0004_c", plan(alone, { "0001_a", "0002_b" }))
    assert.equal("", plan(alone, { "0003_squashed", "0004_c" }))
    assert.matches("^the migration 0003_squashed replaces 0002_b, whose file is gone", message_of(plan, alone,
      { "0001_a" }))
    assert.equal("+0005_d", plan(graph_of{ squashed, after, file("0005_d", { "0002_b", "0004_c" }) },
      { "0003_squashed", "0004_c" }))
  end)

  it("may be replaced itself", function()
    local twice = graph_of{ old[1], old[2], squashed, after, file("0005_squashed", {}, {}, { "0003_squashed",
      "0004_c" }) }
    assert.same({ "0005_squashed" }, names(twice:order()))
    assert.equal("=0005_squashed", plan(twice, { "0001_a", "0002_b", "0004_c" }))
    assert.equal("=0003_squashed +0004_c", plan(twice, { "0001_a", "0002_b" }))
    assert.equal("+0002_b +0004_c", plan(twice, { "0001_a" }))
    assert.same({ "0003_squashed", "0001_a", "0002_b", "0004_c" }, twice.files["0005_squashed"].covers)
    assert.equal("the migration 0001_a is replaced by 0005_squashed", message_of(plan, twice, {}, "0001_a"))
  end)
end)

describe("the states of migrations", function()
  local g = graph_of{
    file("0001_a", {}, { m.create_model("Post", { title = ryx.CharField() }) }),
    file("0002_b", { "0001_a" }, { m.add_field("Post", "views", ryx.IntField{ null = true }) }),
    file("0002_c", { "0001_a" }, { m.rename_field("Post", "title", "headline") }),
  }

  local function fields(state)
    local post, out = state:get("Post"), {}
    for i, pair in ipairs(post and post.fields or {}) do out[i] = pair[1] end
    return table.concat(out, " ")
  end

  it("are what their operations make", function()
    assert.equal("id headline views", fields(g:state()))
    assert.equal("id title", fields(g:state_before("0002_b")))
    assert.equal("id title views", fields(g:state_before("0002_c")))
  end)

  it("go along with a plan, over what is applied", function()
    local function walked(applied, target)
      local out, done = {}, set(applied)
      for step, without, with in g:walk(done, g:plan(done, target)) do
        out[#out + 1] = ("%s: %s -> %s"):format(step.file.name, fields(without), fields(with))
      end
      return out
    end
    assert.same({ "0002_b: id headline -> id headline views" }, walked{ "0001_a", "0002_c" })
    assert.same({ "0001_a:  -> id title", "0002_b: id title -> id title views",
      "0002_c: id title views -> id headline views" }, walked{})
    assert.same({ "0002_c: id title views -> id headline views", "0002_b: id title -> id title views",
      "0001_a:  -> id title" },
      walked({ "0001_a", "0002_b", "0002_c" }, "zero"))
  end)

  it("name the file whose operation does not fit", function()
    local bad = graph_of{ file("0001_a", {}, { m.remove_field("Post", "x") }) }
    assert.matches("^the migration 0001_a: there is no model \"Post\"", message_of(bad.state, bad))
  end)
end)

describe("files of migrations", function()
  local dir

  before_each(function()
    dir = os.tmpname()
    os.remove(dir)
    folder.make(dir)
  end)

  after_each(function() os.execute("rm -rf '" .. dir .. "'") end)

  local function write(name, text) folder.write_new(dir .. "/" .. name, text) end

  local GOOD = 'local m = require "ryx.migrations"\nreturn m.migration{ operations = { m.run_sql("SELECT 1") } }\n'

  it("are loaded from a folder, and other files are left alone", function()
    write("0001_a.lua", GOOD)
    for _, name in ipairs{ "helpers.lua", "0002_b.lua~", "README.md", ".0003_c.lua.swp" } do write(name, "???") end
    local g = graph.load(dir)
    assert.same({ "0001_a" }, names(g:order()))
    assert.equal(dir .. "/0001_a.lua", g:find("0001").path)
    assert.same({}, graph.load(dir .. "/none"):order())
  end)

  it("keep what they set to themselves", function()
    write("0001_a.lua", "leaked = 1\n" .. GOOD)
    graph.load(dir)
    assert.is_nil(rawget(_G, "leaked"))
  end)

  it("are known again by their bytes", function()
    write("0001_a.lua", GOOD)
    write("0002_b.lua", GOOD .. "\n")
    local g = graph.new({ load_file.load(dir .. "/0001_a.lua") }, dir)
    local sum = g.files["0001_a"].checksum
    assert.matches("^%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x$", sum)
    assert.equal(load_file.checksum(GOOD), sum)
    assert.not_equal(sum, load_file.load(dir .. "/0002_b.lua").checksum)
    assert.equal("63f364d4c4b59ed1", load_file.checksum("abc"))
  end)

  for _, case in ipairs{
    { "0001_a.lua", "return {", "0001_a%.lua cannot be read: .*0001_a%.lua:1: " },
    { "0001_a.lua", "local x\nerror('no')", "0001_a%.lua fails: .*0001_a%.lua:2: no" },
    { "0001_a.lua", "return m.migration{}", "0001_a%.lua fails: .*0001_a%.lua:1: .*'m'" },
    { "0001_a.lua", "", "0001_a%.lua returns nothing; it returns m%.migration{ %.%.%. }" },
    { "0001_a.lua", "return { operations = { 1 } }", "0001_a%.lua has 1 as its operation 1, which is none" },
    { "0001-a.lua", "return {}", "0001%-a%.lua is no name of a migration" },
    { "0001_a.lua", 'local ryx = require "ryx" return { operations = { ryx.CharFeld() } }',
      "did you mean \"CharField\"" },
  } do
    it("that cannot be loaded are named: " .. case[2], function()
      write(case[1], case[2])
      assert.matches(case[3], message_of(graph.load, dir))
    end)
  end
end)
