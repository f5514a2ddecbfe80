-- SPDX-License-Identifier: MIT
-- examples/11_migrations on every database: applied, used, taken back with the rows, applied again.
local cli = require "support.cli"
local db = require "support.db"
local ryx = require "ryx"

db.use(ryx, {})

describe("examples/11_migrations", function()
  local folder, url = cli.folder(), os.getenv "RYX_TEST_URL" or "sqlite::memory:"
  os.execute(("cp -r examples/11_migrations/. '%s'"):format(folder))
  if url:find("^sqlite::memory:") then url = "sqlite:shop.db" end

  local function run(...)
    local r = cli.run{ cwd = folder, "--url", url, ... }
    assert.same({ 0, "" }, { r.code, r.err })
    return r.out
  end

  it("is applied to the last file, which is what the models say", function()
    run("migrate", "zero")
    assert.equal("applied 0001_initial\napplied 0002_rename_title_to_name\napplied 0003_makers\n"
      .. "applied 0004_prices_and_tags\n", run "migrate")
    assert.equal("No changes.\n", run "makemigrations")
    assert.equal("Chair\t49.90\tFR\n", run("run", "shop.lua"))
  end)

  it("keeps rows on the way back and forth", function()
    run("migrate", "0002")
    cli.write(folder, { ["makers.lua"] = 'local rows = require("ryx").raw_fetch("SELECT name, maker FROM '
      .. 'shop_products")\nprint(rows[1].name, rows[1].maker)\n' })
    assert.equal("Chair\tHouse\n", run("run", "makers.lua"))
    run "migrate"
    assert.equal("Chair\t49.90\tFR\nChair\t49.90\tFR\n", run("run", "shop.lua"))
  end)

  it("leaves nothing behind", function()
    run("migrate", "zero")
    assert.equal("[ ] 0001_initial\n[ ] 0002_rename_title_to_name\n[ ] 0003_makers\n[ ] 0004_prices_and_tags\n",
      run "showmigrations")
    assert.equal("", run("migrate", "zero"):gsub("Nothing to do%.\n", ""))
  end)
end)
