-- SPDX-License-Identifier: MIT
-- What the catalogs of MariaDB and MySQL have in common: all is in information_schema.
local catalog = require "ryx.migrations.introspect.catalog"
local search_index = require "ryx.meta.search_index"

-- The names of types as ryx writes them; the widths of integers say nothing.
local TYPES = { int = "INTEGER", integer = "INTEGER" }
local WIDTHS = { int = true, smallint = true, bigint = true, mediumint = true }

local function type_of(text)
  local name, size, rest = text:match("^(%a+)(%b())(.*)$")
  if not name then name, size, rest = text:match("^(%a+)()(.*)$"), "", text:match("^%a+(.*)$") end
  if WIDTHS[name] then size = "" end
  if not size:find("'", 1, true) then size = size:gsub(",", ", ") end
  return (TYPES[name] or name:upper()) .. size .. rest:upper()
end

-- The values of an ENUM, or nil.
local function enum_of(text)
  local inside = text:match("^[eE][nN][uU][mM]%((.*)%)$")
  if not inside then return nil end
  local list = {}
  for v in (inside:gsub("''", "\0") .. ","):gmatch("'([^']*)',") do list[#list + 1] = v:gsub("%z", "'") end
  return list
end

local COLUMNS = [[
SELECT t.table_name AS of_table, t.table_comment AS table_comment, c.column_name AS name, c.column_type AS type,
c.is_nullable = 'YES' AS can_null, c.column_default AS def, c.extra AS extra, c.collation_name AS collation,
c.generation_expression AS formula, c.column_comment AS comment, c.data_type AS base
FROM information_schema.tables t JOIN information_schema.columns c
ON c.table_schema = t.table_schema AND c.table_name = t.table_name
WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'%s ORDER BY t.table_name, c.ordinal_position]]

local KEYS = [[
SELECT k.table_name AS of_table, k.constraint_name AS name, k.column_name AS col, k.referenced_table_name AS to_table,
k.referenced_column_name AS target, r.delete_rule AS on_delete,
NULLIF(k.referenced_table_schema, DATABASE()) AS to_schema
FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL%s
ORDER BY k.table_name, k.constraint_name, k.ordinal_position]]

local INDEXES = [[
SELECT t.table_name AS of_table, t.index_name AS name, t.non_unique = 0 AS is_unique, t.column_name AS col,
t.collation = 'D' AS is_desc, t.sub_part AS letters, t.index_type AS type, %s AS formula
FROM information_schema.statistics t WHERE t.table_schema = DATABASE()%%s
ORDER BY t.table_name, t.index_name, t.seq_in_index]]

-- "5", "it's" of a catalog that leaves the quotes away.
local NUMBERS = {
  tinyint = true, smallint = true, mediumint = true, int = true, bigint = true, decimal = true, double = true,
  float = true, year = true,
}

local Reader = {}
Reader.__index = Reader

function Reader:column(row)
  local t = self.tables[row.of_table]
  if not t then
    t = catalog.table(row.of_table)
    if row.table_comment ~= "" then t.comment = row.table_comment end
    self.tables[row.of_table] = t
  end
  local extra = row.extra:lower()
  local formula = row.formula
  local is_generated = formula and formula ~= ""
  local c = {
    name = row.name, collation = row.collation, type = type_of(row.type), null = row.can_null == 1,
    enum = enum_of(row.type),
    identity = extra:find("auto_increment", 1, true) and true or nil,
    generated = is_generated and self.server.text(formula) or nil,
    virtual = is_generated and extra:find("virtual", 1, true) and true or nil,
    comment = row.comment ~= "" and row.comment or nil,
    is_hidden = extra:find("invisible", 1, true) and true or nil,
  }
  if not is_generated and row.def then c.default = self.server.default(row, extra, NUMBERS[row.base:lower()]) end
  table.insert(t.columns, c)
end

function Reader:key(row)
  local t = self.tables[row.of_table]
  if not t then return end
  local k = t.foreign_keys[row.name]
  if not k then
    k = {
      name = row.name, columns = {}, table = row.to_table, schema = row.to_schema, to = {}, on_delete = row.on_delete,
    }
    catalog.add(t.foreign_keys, k)
  end
  table.insert(k.columns, row.col)
  table.insert(k.to, row.target)
end

local function columns_of(ix)
  local columns = {}
  for i, part in ipairs(ix.parts) do
    if not part.column or part.letters or part.desc then return nil end
    columns[i] = part.column
  end
  return columns
end

-- An index that InnoDB made for a foreign key.
local function is_of_key(t, ix)
  local key = t.foreign_keys[ix.name]
  return key and table.concat(key.columns, "\0") == table.concat(columns_of(ix) or {}, "\0")
end

-- The columns of words that an index of searches is of, each with the column that it is made of.
local function words_of(t, ix)
  local columns = {}
  for i, part in ipairs(ix.parts) do
    local words = t.words[part.column]
    if not words then return nil end
    columns[i] = words
  end
  return columns
end

-- Several columns have an index each besides: they belong to the search of several.
local function add_searches(t, list)
  table.sort(list, function(a, b)
    if #a.columns ~= #b.columns then return #a.columns > #b.columns end
    return a.name < b.name
  end)
  local alone = {}
  for _, search in ipairs(list) do
    local owners = not search.columns[2] and alone[search.name]
    if not owners then
      catalog.add(t.searches, search)
      search.objects = { search.name }
    end
    for _, owner in ipairs(owners or {}) do table.insert(owner.objects, search.name) end
    for _, column in ipairs(owners and {} or search.columns) do
      table.insert(search.objects, search_index.words_column{ column = column })
      local name = search.columns[2] and catalog.words_index(t.name, column)
      if name then
        alone[name] = alone[name] or {}
        table.insert(alone[name], search)
      end
    end
  end
end

local function settle_index(t, ix, searches)
  local words = ix.is_words and words_of(t, ix)
  if words then
    searches[#searches + 1] = { name = ix.name, columns = words }
  elseif ix.name == "PRIMARY" then
    t.primary_key = { columns = {} }
    for i, part in ipairs(ix.parts) do t.primary_key.columns[i] = part.column end
  elseif not is_of_key(t, ix) then
    local columns = ix.unique and columns_of(ix)
    catalog.add(columns and t.uniques or t.indexes, columns and { name = ix.name, columns = columns } or ix)
  end
end

-- The columns of words are not the table's own.
local function hide_words(t)
  local own = {}
  t.words = {}
  for _, c in ipairs(t.columns) do
    local of = c.is_hidden and c.generated and c.name:find("^_words_") and c.generated:match("^`(.*)`$")
    if of then t.words[c.name] = of:gsub("``", "`") else own[#own + 1] = c end
  end
  t.columns = own
end

function Reader:settle(indexes)
  for _, t in pairs(self.tables) do
    local searches = {}
    hide_words(t)
    for _, ix in ipairs(indexes[t] or {}) do settle_index(t, ix, searches) end
    add_searches(t, searches)
    t.words = nil
  end
end

function Reader:part(row)
  if row.formula then return { sql = self.server.text(row.formula), desc = row.is_desc == 1 } end
  return { column = row.col, desc = row.is_desc == 1, letters = row.letters }
end

function Reader:index(row, indexes)
  local t = self.tables[row.of_table]
  if not t then return end
  local list = indexes[t] or {}
  indexes[t] = list
  local ix = list[#list]
  if not ix or ix.name ~= row.name then
    ix = { name = row.name, unique = row.is_unique == 1, parts = {}, is_words = row.type == "FULLTEXT" or nil }
    if row.type ~= "BTREE" then ix.method = row.type:lower() end
    list[#list + 1] = ix
  end
  table.insert(ix.parts, self:part(row))
end

-- The fields of types (inspect/field.lua). Documents and lists are checked texts.
local function is_checked(_, check) return check:lower():find("^json_valid") ~= nil end
local function is_uuid(c) return c.collation == "ascii_bin" end

local function fields(of_checked)
  return {
    { "^VARCHAR%((%d+)%)$", "CharField", { "max_length" } }, { "^LONGTEXT$", of_checked, nil, is_checked, true },
    { "^LONGTEXT$", "TextField" }, { "^SMALLINT$", "SmallIntField" }, { "^INTEGER$", "IntField" },
    { "^BIGINT$", "BigIntField" }, { "^DOUBLE$", "FloatField" },
    { "^DECIMAL%((%d+), (%d+)%)$", "DecimalField", { "max_digits", "decimal_places" } },
    { "^TINYINT%(1%)$", "BooleanField" }, { "^DATE$", "DateField" }, { "^TIME%(6%)$", "TimeField" },
    { "^DATETIME%(6%)$", "DateTimeField" }, { "^CHAR%(36%)$", "UUIDField", nil, is_uuid }, { "^JSON$", "JSONField" },
    { "^LONGBLOB$", "BinaryField" },
  }
end

-- Of types that others gave: what reads and writes their values. Sessions are in UTC.
local function is_counted(c) return c.identity end
local IN_DAY = "of the times of a day"

local OTHERS = {
  { "^CHAR%((%d+)%)$", "CharField", { "max_length" } }, { "^%a*TEXT$", "TextField" }, { "^%a*BLOB$", "BinaryField" },
  { "^VARBINARY%(%d+%)$", "BinaryField" }, { "^BINARY%(%d+%)$", "BinaryField" }, { "^DATETIME", "DateTimeField" },
  { "^TIMESTAMP", "DateTimeField" }, { "^TIME", "TimeField", says = IN_DAY }, { "^FLOAT", "FloatField" },
  { "^DOUBLE", "FloatField" }, { "^DECIMAL%((%d+),(%d+)%)", "DecimalField", { "max_digits", "decimal_places" } },
  { "^TINYINT.*UNSIGNED", "PositiveSmallIntField" }, { "^TINYINT", "SmallIntField" },
  { "^SMALLINT UNSIGNED", "PositiveIntField" }, { "^MEDIUMINT UNSIGNED", "PositiveIntField" },
  { "^MEDIUMINT$", "IntField" }, { "^INTEGER UNSIGNED", "PositiveBigIntField" },
  { "^BIGINT UNSIGNED", "PositiveBigIntField", nil, is_counted },
  { "^BIGINT UNSIGNED", "DecimalField", with = { max_digits = 20, decimal_places = 0 } },
  { "^YEAR", "PositiveSmallIntField" }, { "^BIT%(1%)$", "BooleanField" },
}

--- The catalog of a server: `checks`, a query of names, tables and texts; `formula_column`,
--- that with the expression of an index; `default(row, extra, is_number)`, `text(formula)`; `cuts_indexes`.
return function(server)
  local M = {
    fields = fields(server.checked_text), others = OTHERS, reads_enums = true, mixes_uniques = true,
    cuts_indexes = server.cuts_indexes,
  }

  --- The tables of a database by their keys; `fetch(sql, params)` asks it.
  function M.read(fetch, wanted)
    local reader = setmetatable({ tables = {}, server = server }, Reader)
    local function rows(sql, of)
      local where, params = catalog.within(of, wanted)
      return ipairs(fetch((sql:gsub("%%s", function() return where end)), params))
    end
    for _, row in rows(COLUMNS, "t.table_name") do reader:column(row) end
    for _, row in rows(KEYS, "k.table_name") do reader:key(row) end
    for _, row in rows(server.checks, "t.table_name") do
      local t = reader.tables[row.of_table]
      if t then catalog.add(t.checks, { name = row.name, sql = server.text(row.text) }) end
    end
    local indexes = {}
    for _, row in rows(INDEXES:format(server.formula_column), "t.table_name") do reader:index(row, indexes) end
    reader:settle(indexes)
    return reader.tables
  end

  return M
end
