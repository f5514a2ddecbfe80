-- SPDX-License-Identifier: MIT
-- ryx dbshell: the database's own client, with the right arguments and the password nowhere in them.
local cli = require "support.cli"
local db = require "support.db"

-- Clients that say how they were started, in a folder that is the whole PATH but for the shell's.
local SAY = [[#!/bin/sh
for word in "$@"; do printf '<%s>' "$word"; done
for name in PGPASSWORD PGDATABASE PGSSLMODE PGSSLROOTCERT MYSQL_PWD; do
  eval "value=\$$name"
  [ -z "$value" ] || printf ' %s=%s' "$name" "$value"
done
exit 7
]]

local function clients(...)
  local folder = cli.folder()
  for _, name in ipairs{ ... } do
    cli.write(folder, { [name] = SAY })
    os.execute(("chmod +x %s/%s"):format(folder, name))
  end
  os.execute(("ln -s $(command -v ryx) /bin/sh /usr/bin/timeout %s/"):format(folder))
  return folder
end

local function started(path, url, ...)
  return cli.run{ "dbshell", "--url", url, env = { PATH = path }, ... }
end

local PG = {
  { "postgres://", "" },
  { "postgres://me:s%40cret%2F@h:5433/d%20b?sslmode=verify-full&sslrootcert=/ca.pem",
    "<--host=h><--port=5433><--username=me><--dbname=d b> PGPASSWORD=s@cret/ PGDATABASE=d b PGSSLMODE=verify-full "
      .. "PGSSLROOTCERT=/ca.pem" },
  { "postgres:///d?host=/run/pg&user=u&password=p",
    "<--host=/run/pg><--username=u><--dbname=d> PGPASSWORD=p PGDATABASE=d" },
  { "postgres://[::1]/host%3Devil", "<--host=::1> PGDATABASE=host=evil" },
}
local MY = {
  { "mysql://me:pw@h:3307/d", "<--host=h><--port=3307><--user=me><--database=d> MYSQL_PWD=pw" },
  { "mariadb:///d?socket=/run/my.sock", "<--socket=/run/my.sock><--database=d>" },
  { "mysql://h/d?sslmode=disable", "<--host=h><--database=d><--skip-ssl>",
    "<--host=h><--database=d><--ssl-mode=DISABLED>" },
  { "mysql://h/d?sslmode=verify-full&sslrootcert=/ca",
    "<--host=h><--database=d><--ssl-ca=/ca><--ssl-verify-server-cert>",
    "<--host=h><--database=d><--ssl-ca=/ca><--ssl-mode=VERIFY_IDENTITY>" },
}

describe("ryx dbshell", function()
  it("starts psql", function()
    local path = clients "psql"
    for _, case in ipairs(PG) do
      assert.same({ code = 7, out = case[2], err = "" }, started(path, case[1]))
    end
    local r = cli.run{ "dbshell", "-u", "postgres://", "--command=-- a", env = { PATH = path } }
    assert.equal("<--command=-- a>", r.out)
  end)

  it("starts the client of MariaDB, else that of MySQL", function()
    local path, other = clients("mariadb", "mysql"), clients "mysql"
    for _, case in ipairs(MY) do
      assert.equal(case[2], started(path, case[1]).out)
      assert.equal(case[3] or case[2], started(other, case[1]).out)
    end
    local r = cli.run{ "dbshell", "-u", "mysql://", "-c", "SELECT 1", env = { PATH = path } }
    assert.equal("<--execute=SELECT 1>", r.out)
  end)

  it("starts sqlite3", function()
    local path = clients "sqlite3"
    assert.equal("<a b.db>", started(path, "sqlite:a b.db?synchronous=full").out)
    assert.equal("<-readonly><a.db>", started(path, "sqlite:a.db?mode=ro").out)
    assert.equal("<./-a.db>", started(path, "sqlite:-a.db").out)
    local r = cli.run{ "dbshell", "-u", "sqlite::memory:", "--command=-- a", env = { PATH = path } }
    assert.equal("<:memory:>< -- a>", r.out)
  end)

  it("takes a password that stands beside the URL", function()
    local cwd = cli.folder{ ["ryx.lua"] = [[return { databases = {
      default = { url = "postgres://h/d", pool = { password = "beside" } }, other = { url = "mysql://other/d" } } }]] }
    local env = { PATH = clients("psql", "mariadb") }
    local r = cli.run{ "dbshell", cwd = cwd, env = env }
    assert.equal("<--host=h><--dbname=d> PGPASSWORD=beside PGDATABASE=d", r.out)
    r = cli.run{ "dbshell", "--database", "other", cwd = cwd, env = env }
    assert.equal("<--host=other><--database=d>", r.out)
    os.rename(cwd .. "/ryx.lua", cwd .. "/other.lua")
    r = cli.run{ "-c", "other.lua", "dbshell", "-c", "SELECT 1", cwd = cwd, env = env }
    assert.equal("<--host=h><--dbname=d><--command=SELECT 1> PGPASSWORD=beside PGDATABASE=d", r.out)
    os.rename(cwd .. "/other.lua", cwd .. "/ryx.lua")
    r = cli.run{ "dbshell", "--database", "none", cwd = cwd, env = env }
    assert.equal(1, r.code)
    assert.truthy(r.err:find('there is no database alias "none"', 1, true))
  end)

  it("says which client is missing", function()
    local r = started(clients(), "mysql://me:secret@h/d")
    local said = "ryx: there is no mariadb or mysql on the PATH: install the database's client\n"
    assert.same({ code = 1, out = "", err = said }, r)
  end)

  it("fails without a database", function()
    local r = cli.run{ "dbshell" }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("no database is configured", 1, true))
  end)

  it("runs SQL on the database, and hands on its client's exit code", function()
    local r = cli.run{ "dbshell", "-u", db.url, "-c", "SELECT 41 + 1" }
    assert.equal(0, r.code)
    assert.truthy(r.out:find("42", 1, true))
    assert.truthy(cli.run{ "dbshell", "-u", db.url, input = "SELECT 41 + 1;\n" }.out:find("42", 1, true))
    r = cli.run{ "dbshell", "-u", db.url, "-c", "SELECT nope" }
    assert.is_true(r.code > 0) -- 1, or 17 of an sqlite3 that read the schema again
    assert.truthy(r.err:lower():find("nope", 1, true))
  end)
end)
