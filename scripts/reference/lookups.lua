-- SPDX-License-Identifier: MIT
-- Writes docs/reference/lookups.md: the lookups of lua/ryx/query/lookup/catalog.lua and the
-- transforms of lua/ryx/query/fn, with the words of lookup_docs.lua and the SQL that the
-- compiler makes of each example. Needs the built tree, no server.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local page = require "scripts.reference.page"
local ryx = require "ryx"
local catalog = require "ryx.query.lookup.catalog"
local docs = dofile("scripts/reference/lookup_docs.lua")
local functions = require "ryx.query.fn"
local dialects = dofile("spec/docs/dialects.lua")

local say, names = page.say, page.names

-- A bar ends a cell of a table, even in code; code with a backtick needs two.
local function code(s)
  s = s:gsub("|", "\\|")
  return s:find("`", 1, true) and "`` " .. s .. " ``" or "`" .. s .. "`"
end

ryx.setup("sqlite::memory:")
local env = { F = ryx.F, Q = ryx.Q, ryx = ryx }
env.Team = ryx.model("Team", { name = ryx.CharField{} })
env.Post = ryx.model("Post", {
  title = ryx.CharField{}, code = ryx.CharField{}, team = ryx.ForeignKey(env.Team, { null = true }),
  views = ryx.IntField{}, likes = ryx.IntField{}, rating = ryx.FloatField{ null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2 }, created = ryx.DateTimeField{},
  labels = ryx.ArrayField(ryx.CharField{}), meta = ryx.JSONField{ null = true }, about = ryx.TextField{},
  Meta = { indexes = { ryx.SearchIndex{ fields = { "about" }, name = "about_words" } } },
})

local BACKENDS = { { "PostgreSQL", "postgres" }, { "MariaDB", "mariadb" }, { "MySQL", "mysql" }, { "SQLite", "sqlite" } }

-- The condition that filter(example) is on a database, or that it has none.
local function where(example, dialect)
  local qs = assert(load("return Post.objects:filter(" .. example .. "):values('id')", "=" .. example, "t", env))()
  local sql, why = dialects.of((qs:sql()), dialect)
  if not sql then
    assert(tostring(why):find("this database has no", 1, true), why)
    return "not there"
  end
  return code((sql:match(" WHERE (.*)$"):gsub('[`"]posts[`"]%.', "")))
end

local function cells(example)
  local row = { code(example:sub(1, 1) == "{" and "filter" .. example or "filter(" .. example .. ")") }
  for i, backend in ipairs(BACKENDS) do row[i + 1] = where(example, backend[2]) end
  return "| " .. table.concat(row, " | ") .. " |"
end

-- The names of one kind of left side: how rows and types go together.
local OF = { array = "array", json = "json" }
local tables = { part = { part = catalog.in_json } }
for type, known in pairs(catalog.of_type) do
  local of = OF[type] or "other"
  tables[of] = tables[of] or {}
  tables[of][type] = known
end
tables.other.null = nil -- columns of which nothing is known take the lookups of text

local described = {}
local function key(of, name) return (of or "other") .. " " .. name end
for _, row in ipairs(docs.rows) do described[key(row.of, row[1])] = row end
for of, types in pairs(tables) do
  for _, known in pairs(types) do
    for name in pairs(known) do
      if not described[key(of, name)] then error("lookup_docs.lua says nothing of " .. key(of, name)) end
    end
  end
end

local function types_of(row)
  local have, lack = {}, {}
  for _, type in ipairs(names(tables.other)) do
    local list = tables.other[type][row[1]] and have or lack
    list[#list + 1] = type
  end
  if #lack == 0 then return "all" end
  return #have > #lack and "all but " .. table.concat(lack, ", ") or table.concat(have, ", ")
end

local function sharers(row)
  local list = { code(row[1]) }
  for _, other in ipairs(docs.rows) do
    if other.of == row.of and other.same == row[1] then list[#list + 1] = code(other[1]) end
  end
  return table.concat(list, " ")
end

local function sql_header(first)
  say("\n| %s | PostgreSQL | MariaDB | MySQL | SQLite |", first)
  say("|---|---|---|---|---|")
end

local INTRO = {
  ["Arrays"] = "Before a lookup a number is a position, from 0, and `len` the number of items: `labels__0 = \"a\"`, "
    .. "`labels__len__gt = 1`.",
  ["JSON documents"] = "Of a whole column. `has_*` match objects only.",
  ["Parts of documents"] = [[
After a JSON field every part of a path is a key, or a position from 0 when it is a number. The last part is a lookup if
there is one of its name: `meta__contains__exact` reaches a key called `contains`; any key at all is
`F"meta":at("a.b", 0)`. `meta__key__a` is the same as `meta__a`; the markers `key`, `key_text` and `json` also work on
text that holds JSON.]],
}

say([[
# Lookups

Made by `make docs` from `lua/ryx/query/lookup/catalog.lua`, `lookup_docs.lua` and the compiler. A lookup is the last part of a
path in `filter`, `exclude`, `get` and `Q` (`views__gte = 5`) and a method of expressions (`F"views":gte(5)`; `in` is
`in_`). Without one it is `exact`. How they are used: [querying](../guide/querying.md#lookups).

A condition on NULL is false, and its negation true. The right side may be an expression of a fitting type (`F"likes"`)
or, of `in` and the comparisons, a queryset. A lookup that a type does not have is an error where it is written.

| type | lookups |
|---|---|]])
local by_list = {}
for _, type in ipairs(names(catalog.of_type)) do
  local list = type ~= "null" and table.concat(names(catalog.of_type[type]), " ")
  if list then
    by_list[list] = by_list[list] or {}
    table.insert(by_list[list], type)
  end
end
local groups = {}
for list, types in pairs(by_list) do groups[#groups + 1] = { table.concat(types, ", "), list } end
table.sort(groups, function(a, b) return a[1] < b[1] end)
for _, group in ipairs(groups) do say("| %s | %s |", group[1], code(group[2])) end

local family
local pending
local function end_family()
  if not pending then return end
  sql_header("example")
  for _, row in ipairs(pending) do
    for _, example in ipairs(row.examples) do say("%s", cells(example)) end
  end
end
for _, row in ipairs(docs.rows) do
  if row.family ~= family then
    end_family()
    family, pending = row.family, {}
    say("\n## %s\n", family)
    if INTRO[family] then say("%s\n", INTRO[family]) end
    say("| lookup | takes | means |%s", row.of and "" or " types |")
    say("|---|---|---|%s", row.of and "" or "---|")
  end
  if not row.same then
    pending[#pending + 1] = row
    say("| %s | %s | %s |%s", sharers(row), row.takes, row.doc,
      row.of and "" or " " .. types_of(row) .. " |")
  end
end
end_family()

local function transforms(title, known, intro)
  say("\n## %s\n\n%s\n", title, intro)
  say("| transform | of | gives | is |")
  say("|---|---|---|---|")
  for _, name in ipairs(names(known)) do
    local row = docs.transforms[name] or error("lookup_docs.lua says nothing of the transform " .. name)
    say("| %s | %s | %s | %s |", code(name), table.concat(names(known[name].types), ", "), row.gives, row.doc)
  end
  sql_header("example")
  for _, name in ipairs(names(known)) do say("%s", cells(docs.transforms[name].example)) end
end
transforms("Parts of dates and times", functions.part,
  [[
They stand before a lookup (`created__year__gte = 2024`) and wherever a path does. Times are in UTC; other zones:
`ryx.Extract("created", "hour", { tz = "Europe/Berlin" })`.]])
transforms("Functions of text and numbers", functions.transform,
  "Functions of one argument as parts of paths; `floor` and `ceil` of a decimal have no places.")

say([[

## Your own

`ryx.register_lookup("divisible_by", "{col} % ? = 0")` and
`ryx.register_transform("initial", "substr({col}, 1, 1)", { type = "text", accepts = "text" })`: `{col}` is the left
side, `?` the value, `??` a question mark. A registered name beats a built-in one. The text is the same on every
database.]])
page.write()
