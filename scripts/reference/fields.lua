-- SPDX-License-Identifier: MIT
-- Writes docs/reference/fields.md from lua/ryx/field: the kinds of fields, their options, the columns
-- of the dialects, the lookups of their types. Needs the built tree, no server.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local page = require "scripts.reference.page"
local ryx = require "ryx"
local catalog = require "ryx.query.lookup.catalog"
local field = require "ryx.field"

local FAMILIES = {
  { "Keys that the database makes", "AutoField BigAutoField SmallAutoField" },
  { "Numbers", "IntField SmallIntField BigIntField PositiveIntField PositiveSmallIntField PositiveBigIntField FloatField "
    .. "DecimalField BooleanField NullBooleanField" },
  { "Text", "CharField TextField SlugField EmailField URLField IPAddressField GenericIPAddressField UUIDField" },
  { "Dates and times", "DateField TimeField DateTimeField DurationField" },
  { "Documents, lists, bytes", "JSONField ArrayField BinaryField" },
  { "Worked out by the database", "GeneratedField" },
  { "Relations", "ForeignKey OneToOneField ManyToManyField" },
}
local code, names = page.code, page.names
local DIALECTS = { "postgres", "mariadb", "mysql", "sqlite" }

-- The comment above each constructor, without its example.
local function comments()
  local docs = {}
  for path in io.popen("ls lua/ryx/field/*.lua"):lines() do
    local block = {}
    for line in io.lines(path) do
      local text = line:match("^%-%-%- (.*)$")
      if text then
        block[#block + 1] = text
      elseif not line:find("^%-%-%-@") then
        local name = line:match("constructors%.(%u%w+)") or line:match('^[%w.]+%("(%u%w+)"')
        local doc = table.concat(block, " "):gsub("%s+ryx%.%u%w+[{(].*$", "")
        if name and doc ~= "" then docs[name] = doc end
        block = {}
      end
    end
  end
  return docs
end
local docs = comments()

local MAKE = {
  GeneratedField = function()
    return ryx.GeneratedField{ expression = ryx.F"other" + 1, output_field = ryx.IntField(), db_persist = true }
  end,
  ArrayField = function() return ryx.ArrayField(ryx.IntField()) end,
  ForeignKey = function() return ryx.ForeignKey("Other") end,
  OneToOneField = function() return ryx.OneToOneField("Other") end,
  ManyToManyField = function() return ryx.ManyToManyField("Other") end,
}

local function options_of(f)
  local list = {}
  for _, name in ipairs(names(f.kind.options or {})) do
    local default = f.kind.options[name]
    if name ~= "base" and not (f.generated and f.output_field.kind.options[name] ~= nil) then
      list[#list + 1] = code(name) .. (default ~= false and " (" .. tostring(default) .. ")" or "")
    end
  end
  return table.concat(list, ", ")
end

local function column(f, dialect)
  if f.many then return "none: a join table" end
  if f.generated then return "that of its output field" end
  if f.relation then return "that of the key" end
  local d = require("ryx.migrations.dialect." .. dialect)
  if f.auto and d.auto then return code(d.auto) end
  local t = d.types[f.db]
  local text = type(t) == "function" and t(f, '"c"') or t
  return code((text:gsub(" CHARACTER SET.*$", ""):gsub(' COLLATE "C"', "") .. (f.auto and d.identity or "")))
end

print [[
# Fields

Made by `make docs` from `lua/ryx/field`. How they are used, with examples: [the guide](../guide/fields.md).

## Options of every field

| option | means |
|---|---|
| `null` (false) | the value may be missing: NULL |
| `blank` (false) | a text may be empty |
| `default` | of a new instance: a value, a function that gives one, an expression |
| `db_default` | of the table: a value or an expression without columns; inserts leave the column out and read it back |
| `primary_key` (false) | the key; without one there is `id`, an AutoField |
| `unique` (false), `db_index` (false) | a unique key, an index |
| `choices` | values, or `{ value, label }`: no others are valid |
| `validators` | functions and `ryx.*Validator`s: [errors](../guide/errors.md) |
| `unique_for_date`, `unique_for_month`, `unique_for_year` | the name of a date of whose day, month or year `validate_unique` finds a value once |
| `db_column` | the column's name, when it is not the field's |
| `db_comment` | what the database says of the column to those who look at it; SQLite keeps none |
| `was` | the name that the field had: migrations rename its column; may stay in the model |
| `editable` (true), `help_text` (""), `verbose_name` ("") | for forms: kept, `Model._meta:get_field(name)` has them |

A relation to many has `blank`, `editable`, `help_text`, `verbose_name` and `was` only. An option that is unknown is `misuse`.]]

for _, family in ipairs(FAMILIES) do
  print("\n## " .. family[1])
  print "\n| field | holds | options (default) |\n|---|---|---|"
  local made = {}
  for name in family[2]:gmatch("%S+") do
    local f = (MAKE[name] or field.constructors[name] or ryx[name])()
    made[#made + 1] = { name, f }
    print(("| `%s` | %s | %s |"):format(name, docs[name] or error("no comment above " .. name), options_of(f)))
  end
  print "\n| column | PostgreSQL | MariaDB | MySQL | SQLite |\n|---|---|---|---|---|"
  for _, pair in ipairs(made) do
    local row = {}
    for i, dialect in ipairs(DIALECTS) do row[i] = column(pair[2], dialect) end
    print(("| `%s` | %s |"):format(pair[1], table.concat(row, " | ")))
  end
end

print [[

## Lookups

By the type of a field's values, in [lookups](lookups.md) one by one; a foreign key has those of the key it refers to.

| fields | lookups |
|---|---|]]
local by_list, order = {}, {}
for _, family in ipairs(FAMILIES) do
  for name in family[2]:gmatch("%S+") do
    local f = (MAKE[name] or field.constructors[name])()
    local known = f.type and catalog.of_type[f.type]
    local list = known and not f.generated and table.concat(names(known), " ")
    if list and not by_list[list] then
      by_list[list] = {}
      order[#order + 1] = list
    end
    if list then table.insert(by_list[list], "`" .. name .. "`") end
  end
end
for _, list in ipairs(order) do print(("| %s | %s |"):format(table.concat(by_list[list], " "), code(list))) end
