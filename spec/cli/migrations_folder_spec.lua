-- SPDX-License-Identifier: MIT
-- The folder of migrations when it is not there: named in vain, or not made yet.
local cli = require "support.cli"

local MODELS = 'require("ryx").model("Post", { title = require("ryx").TextField{} })\n'
local EMPTY = 'return require("ryx.migrations").migration{ operations = {} }\n'

local function project(migrations, files)
  files = files or {}
  files["models.lua"] = MODELS
  files["ryx.lua"] = ('return { database = { url = "sqlite:app.db" }, models = "models"%s }\n'):format(
    migrations and (", migrations = %q"):format(migrations) or "")
  return cli.folder(files)
end

local function run(folder, words)
  local options = { cwd = folder }
  for word in words:gmatch("%S+") do options[#options + 1] = word end
  return cli.run(options)
end

local function refused(folder, words, by)
  local r = run(folder, words)
  assert.same({ 1, "" }, { r.code, r.out }, words)
  assert.truthy(r.err:find(("there is no folder typo, which %s names for migrations"):format(by), 1, true), r.err)
end

local READERS = { "migrate", "migrate --plan", "migrate --dry-run", "migrate --prove", "showmigrations",
  "sqlmigrate 0001", "check", "makemigrations --merge", "makemigrations --squash" }

describe("a folder of migrations that is not there", function()
  it("is an error where --dir names it", function()
    local folder = project(nil, { ["migrations/0001_initial.lua"] = EMPTY })
    for _, words in ipairs(READERS) do refused(folder, words .. " --dir typo", "--dir") end
  end)

  it("is an error where the configuration names it", function()
    local folder = project "typo"
    for _, words in ipairs(READERS) do refused(folder, words, "ryx.lua") end
  end)

  it("is made for the first migration, whoever names it", function()
    local ways = { { nil, "makemigrations" }, { "own", "makemigrations" }, { nil, "makemigrations --dir own" } }
    for _, way in ipairs(ways) do
      local r = run(project(way[1]), way[2])
      assert.same({ 0, "" }, { r.code, r.err })
      assert.truthy(r.out:find("0001_initial.lua", 1, true))
    end
  end)

  it("is none for a first migration beside the folder of the project", function()
    local folder = project(nil, { ["migrations/0001_initial.lua"] = EMPTY })
    refused(folder, "makemigrations --dir typo", "--dir")
    refused(folder, "makemigrations --check --dir typo", "--dir")
  end)

  it("is told by migrate where nobody named it", function()
    local folder = project()
    local text = ": there is no folder migrations yet, ryx makemigrations makes it.\n"
    for words, what in pairs{ ["migrate"] = "Nothing to do", ["migrate --plan"] = "Nothing to do",
      ["migrate --dry-run"] = "-- Nothing to do", ["migrate --prove"] = "Nothing to prove" } do
      assert.same({ code = 0, out = what .. text, err = "" }, run(folder, words))
    end
  end)
end)
