-- SPDX-License-Identifier: MIT
-- ryx graph: models as Mermaid, as Graphviz, as a picture.
local cli = require "support.cli"

local MODELS = [[
local ryx = require "ryx"
ryx.model("Author", { name = ryx.CharField{ max_length = 80, unique = true } })
ryx.model("Profile", { author = ryx.OneToOneField("Author", { null = true }) })
ryx.model("Post", {
  author = ryx.ForeignKey("Author"), up = ryx.ForeignKey("self", { null = true }),
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  tags = ryx.ManyToManyField("Tag"),
  readers = ryx.ManyToManyField("Author", { through = "Reading", related_name = "read" }),
})
ryx.model("Tag", { words = ryx.ArrayField(ryx.CharField{ max_length = 20 }) })
ryx.model("Reading", { post = ryx.ForeignKey("Post"), author = ryx.ForeignKey("Author", { related_name = "reads" }) })
ryx.model("Base", { Meta = { abstract = true } })
]]

local folder = cli.folder{ ["ryx.lua"] = 'return { models = "models" }\n', ["models.lua"] = MODELS }

local function graph(...)
  return cli.run{ "graph", cwd = folder, ... }
end

local has_dot = os.execute("command -v dot >/dev/null") == true

describe("ryx graph", function()
  it("writes Mermaid", function()
    local r = graph("--format", "mermaid")
    assert.same({ code = 0, err = "", out = [[
erDiagram
  Author {
    AutoField id PK
    CharField_80 name UK
  }
  Profile {
    AutoField id PK
    OneToOneField author FK, UK "null"
  }
  Post {
    AutoField id PK
    ForeignKey author FK
    ForeignKey up FK "null"
    DecimalField_8_2 price "null"
  }
  Tag {
    AutoField id PK
    ArrayField_CharField words
  }
  Reading {
    AutoField id PK
    ForeignKey post FK
    ForeignKey author FK
  }
  Profile |o--o| Author : "author"
  Post }o--|| Author : "author"
  Post }o--o| Post : "up"
  Post }o--o{ Tag : "tags"
  Post }o..o{ Author : "readers"
  Reading }o--|| Post : "post"
  Reading }o--|| Author : "author"
]] }, r)
    assert.equal(r.out, graph().out)
  end)

  it("writes Graphviz", function()
    local r = graph("--format", "dot")
    assert.same({ 0, "" }, { r.code, r.err })
    for _, part in ipairs{
      "digraph models {", '"Post" -> "Author" [label="author", dir=both, arrowtail=crowodot, arrowhead=teetee];',
      "style=dashed", "DecimalField(8, 2), null", "<b>id</b>",
    } do
      assert(r.out:find(part, 1, true), part .. " is not in " .. r.out)
    end
  end)

  if has_dot then
    it("draws by dot, into a file", function()
      local r = graph("--format", "svg", "--output", "models.svg")
      assert.same({ code = 0, err = "", out = "" }, r)
      local svg = cli.read(folder .. "/models.svg")
      assert.truthy(svg:find("<svg", 1, true) and svg:find("DecimalField(8, 2)", 1, true), svg)
    end)
  end

  it("says what lacks where there is no dot", function()
    local path = cli.folder()
    os.execute(("cd %s && ln -s $(command -v ryx) $(command -v timeout) ."):format(path))
    local r = cli.run{ "graph", "--format", "svg", cwd = folder, env = { PATH = path } }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("graphviz", 1, true), r.err)
  end)

  it("names formats", function()
    local r = graph("--format", "png")
    assert.same({ 2, "" }, { r.code, r.out })
    assert.truthy(r.err:find("mermaid", 1, true), r.err)
  end)
end)
