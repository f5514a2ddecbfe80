-- SPDX-License-Identifier: MIT
-- Writes docs/reference/url-options.md from the options table of src/driver/opts.c.
--
--   make docs
package.cpath = "build/docs/?.so;" .. package.cpath
local options = require "ryx_options"

local function code(s)
  return "`" .. s .. "`"
end

-- The words of a choice are code, so is a number's default.
local function range(row)
  if row.type ~= "one of" then return row.range end
  return (row.range:gsub("[%w-]+", code))
end
local function initial(row)
  return row.initial:find(" ") and row.initial or row.initial ~= "" and code(row.initial) or ""
end

io.write([[
# URLs and options

Made by `make docs` from the table in `src/driver/opts.c`.

| database | URL |
|---|---|
| PostgreSQL | `postgres://user:password@host:port/database?option=value&...`, also `postgresql://` |
| MariaDB, MySQL | `mysql://user:password@host:port/database?option=value&...`, also `mariadb://` |
| SQLite | `sqlite:path/to/file.db?option=value&...`, `sqlite:/path/from/the/root.db`, `sqlite::memory:` |

All parts of a server's URL may be left out, and are percent-decoded: in a user or password write `/` as `%2F`, `?` as
`%3F`, `@` as `%40`, `&` in an option as `%26`. IPv6 addresses stand in brackets. There is one host, without spaces.

The path of an SQLite file is taken as it stands, up to the first `?`: nothing in it is decoded. `sqlite://app.db` and
`sqlite:///app.db` are the file beside us, too; `sqlite:///folder/app.db` begins at the root.

Every option can stand in the URL or in the table of `setup`, which wins. Given twice in one of them it is refused
(`misuse`), so is an unknown name, or one that means nothing on the database. Seconds may have fractions.

| option | type | default | range | databases | means |
|---|---|---|---|---|---|
]])
for _, row in ipairs(options) do
  io.write("| ", table.concat({
    code(row.name), row.type, initial(row), range(row), row.databases, row.doc,
  }, " | "), " |\n")
end
