#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes docs/reference/functions.md from lua/ryx/query/fn/init.lua.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local page = require "scripts.reference.page"
local functions = require "ryx.query.fn"

local say = page.say
local cell, code, names = page.cell, page.code, page.names

-- "Substr(expr, value [, value])"
local function signature(row)
  local parts, open = {}, 0
  local function add(text, optional)
    local comma = #parts > 0 and ", " or ""
    if optional then open = open + 1 end
    parts[#parts + 1] = (optional and (#parts > 0 and " [" or "[") or "") .. comma .. text
  end
  for _, kind in ipairs(row.args) do
    if kind:sub(1, 3) == "..." then
      add("...")
    else
      add(kind:gsub("%?$", ""), kind:sub(-1) == "?")
    end
  end
  local options = {}
  for name in pairs(row.options or {}) do options[#options + 1] = name end
  table.sort(options)
  if #options > 0 then add("{ " .. table.concat(options, " =, ") .. " = }", true) end
  return row.name .. "(" .. table.concat(parts) .. ("]"):rep(open) .. ")"
end

local function notes(row)
  local more = ""
  if row.distinct == false then more = more .. " Has no `distinct`." end
  if row.window == false then more = more .. " Not in windows." end
  if row.needs_order then more = more .. " Needs an order." end
  return more
end

local INTRO = {
  Aggregates = "All take `{ distinct =, filter = Q, order_by =, default = }` as a last argument; `order_by` counts for "
    .. "StringAgg, ArrayAgg and JSONAgg. NULLs do not count, and of no values all but Count are NULL.",
  ["Window functions"] = "Inside `ryx.Window(function, { partition_by =, order_by =, frame = })`, which takes the "
    .. "aggregates too.",
}

local family
local function row_of(row)
  if row.family ~= family then
    family = row.family
    say("\n## %s\n", family)
    if INTRO[family] then say("%s\n", INTRO[family]) end
    say("| function | does | types | example | SQL |")
    say("|---|---|---|---|---|")
  end
  say("| %s | %s | %s | %s | %s |", code(signature(row)), cell(row.doc .. notes(row)), cell(row.types),
    code(row.example), code(row.sql))
end

local function paths(title, table_of)
  say("\n## %s\n", title)
  say("| part | of |")
  say("|---|---|")
  for _, name in ipairs(names(table_of)) do
    say("| %s | %s |", code(name), table.concat(names(table_of[name].types), ", "))
  end
end

say([[
# Functions

Made by `make docs` from `lua/ryx/query/fn/init.lua`. Every function gives the same on all databases, but for what
stands at the end of this page; the SQL shown is PostgreSQL's.

Arguments: `expr` is an expression, a text names a path; `value` is an expression, a text is that text; `const` is a
text or number that becomes part of the SQL, `share` such a number from 0 to 1, of 15 digits. What is in brackets may be left out; `...` goes on like that. A function
of NULL is NULL where nothing else is said.

Values of one type: ints, decimals and doubles meet in the widest of them, dates and datetimes too; a text of yours
takes the type of what it meets.

## Operators

| operator | means |
|---|---|
| `+` `-` `*` | of ints an int, of decimals a decimal (places: the larger, for `*` the sum), with a double a double |
| `/` | real division: of ints and doubles a double, of decimals one with four places more; NULL by zero |
| `%` | the rest, with the sign of the dividend; NULL by zero |
| `^` | a double |
| `-x` | the other sign |
| `..` | texts joined; other values as texts, NULL as the empty one |
| `-` of dates and datetimes | a duration |
| `+` `-` of a date or datetime and a duration | a datetime |
| `*` `/` of a duration and a number | a duration; `/` of two durations is a double |]])
for _, row in ipairs(functions.rows) do row_of(row) end
paths("Parts in paths: created__year, and for Extract", functions.part)
paths("Transforms in paths: name__lower", functions.transform)
say([[

## Where databases differ

- Text of doubles (`Cast` to text, `..`): equal up to 15 digits between 0.0001 and 1e15, else each database's own form.
- Logarithms, powers and roots agree to the last digit or two. A double beyond its range is an error on PostgreSQL and
  MariaDB and MySQL and infinite on SQLite where no row above says NULL.
- `+ - *` of ints beyond 64 bits are an error; SQLite gives a double.
- `Lower` and `Upper` on MariaDB, and `Upper` on MySQL, know letters up to Unicode 5.2, `Lower` on MySQL up to 9.
- `Median`, `Percentile` and `Mode` on MariaDB and MySQL: more values than `max_allowed_packet` holds as a text are an
  error. `Mode` on MariaDB needs 10.6 and a query without GROUP BY, else it is `unsupported`.
- Zones: MariaDB and MySQL need their zone tables (`mariadb-tzinfo-to-sql`, `mysql_tzinfo_to_sql`; without them `unsupported`), and leave times before 1970 and after 2038 as they are.
- `Reverse` is missing on SQLite; `LAG` and `LEAD` with a default of another type need PostgreSQL 14.]])
page.write()
