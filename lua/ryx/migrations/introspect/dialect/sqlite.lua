-- SPDX-License-Identifier: MIT
-- SQLite's catalog: pragmas as tables, and the texts of definitions.
local catalog = require "ryx.migrations.introspect.catalog"
local definition = require "ryx.migrations.introspect.dialect.sqlite_table"
local naming = require "ryx.naming"
local spelling = require("ryx.migrations.dialect.sqlite").spelling
local tokens = require "ryx.migrations.text.tokens"

local M = {}

-- The fields of types (inspect/field.lua); of numbers their checks say which.
local function between(low)
  return function(_, check) return check:find("BETWEEN " .. low .. " ", 1, true) ~= nil end
end

M.fields = {
  { "^VARCHAR%((%d+)%)$", "CharField", { "max_length" } }, { "^TEXT$", "TextField" },
  { "^INTEGER$", "SmallIntField", nil, between "-32768" }, { "^INTEGER$", "IntField", nil, between "-2147483648" },
  { "^INTEGER$", "BigIntField" }, { "^REAL$", "FloatField" }, { "^BOOLEAN$", "BooleanField" },
  { "^DECIMAL_TEXT%((%d+),(%d+)%)$", "DecimalField", { "max_digits", "decimal_places" } },
  { "^DATE_TEXT$", "DateField" }, { "^TIME_TEXT$", "TimeField" }, { "^DATETIME_TEXT$", "DateTimeField" },
  { "^(DATETIMETZ_TEXT)$", "DateTimeField", { "tz" } }, { "^CHAR%(36%)$", "UUIDField" }, { "^JSON_TEXT$", "JSONField" },
  { "^BLOB$", "BinaryField" },
}

-- Of types that others gave (inspect/field.lua): SQLite keeps any whole number, and floats for NUMERIC.
local function is_float(_, digits) return tonumber(digits) <= 15 end
local AS_TEXT = "compared as text"

M.others = {
  { "^VARCHAR%((%d+)%)$", "CharField", { "max_length" } }, { "^NVARCHAR%((%d+)%)$", "CharField", { "max_length" } },
  { "^N?CHAR%((%d+)%)$", "CharField", { "max_length" } },
  { "^N?VARCHAR$", "TextField" }, { "^N?CHAR$", "TextField" }, { "^N?TEXT$", "TextField" }, { "^CLOB$", "TextField" },
  { "^TEXT%(%d+%)$", "TextField" }, { "^INT%d?$", "BigIntField" }, { "^TINYINT$", "BigIntField" },
  { "^SMALLINT$", "BigIntField" }, { "^MEDIUMINT$", "BigIntField" }, { "^BIGINT$", "BigIntField" },
  { "^%a*INT%(%d+%)$", "BigIntField" }, { "^INTEGER%(%d+%)$", "BigIntField" }, { "^BOOL$", "BooleanField" },
  { "^DOUBLE$", "FloatField" }, { "^DOUBLE PRECISION$", "FloatField" }, { "^FLOAT$", "FloatField" },
  { "^NUMERIC%((%d+),?%d*%)$", "FloatField", nil, is_float },
  { "^DECIMAL%((%d+),?%d*%)$", "FloatField", nil, is_float },
  { "^NUMERIC", says = "of more than 15 digits a float loses some" },
  { "^DECIMAL", says = "of more than 15 digits a float loses some" },
  { "^DATETIME$", "DateTimeField", says = AS_TEXT }, { "^TIMESTAMP$", "DateTimeField", says = AS_TEXT },
  { "^DATE$", "DateField" }, { "^TIME$", "TimeField", says = AS_TEXT }, { "^JSON$", "JSONField", says = AS_TEXT },
}

local TABLES = "FROM pragma_table_list AS l JOIN sqlite_master AS m ON m.type = 'table' AND m.name = l.name "
  .. "%s WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%%' ESCAPE '\\'"

local function of(columns, join, order)
  return "SELECT l.name AS of_table, " .. columns .. " " .. TABLES:format(join) .. "%s ORDER BY l.name, " .. order
end

local COLUMNS = of("m.sql AS sql, l.wr AS wr, x.name AS name, x.type AS type, x.\"notnull\" AS not_null, "
  .. "x.dflt_value AS def, x.pk AS pk, x.hidden AS hidden", "JOIN pragma_table_xinfo(l.name) AS x", "x.cid")
local KEYS = of("x.id AS id, x.\"table\" AS to_table, x.\"from\" AS col, x.\"to\" AS target, x.on_delete AS on_delete",
  "JOIN pragma_foreign_key_list(l.name) AS x", "x.id DESC, x.seq")
local INDEXES = of("i.name AS name, i.\"unique\" AS is_unique, i.origin AS origin, x.name AS col, s.sql AS sql",
  "JOIN pragma_index_list(l.name) AS i JOIN pragma_index_xinfo(i.name) AS x ON x.key "
  .. "LEFT JOIN sqlite_master AS s ON s.type = 'index' AND s.name = i.name", "i.seq DESC, x.seqno")
-- Tables of FTS5's like ryx's, and the triggers that keep them in step.
local SEARCHES = "SELECT v.name AS name, t.name AS trigger_name, t.tbl_name AS of_table, t.sql AS sql "
  .. "FROM sqlite_master AS v JOIN sqlite_master AS t ON t.type = 'trigger' "
  .. [[AND instr(t.sql, '"' || replace(v.name, '"', '""') || '"') ]]
  .. "WHERE v.type = 'table' AND v.sql LIKE 'CREATE VIRTUAL TABLE %% USING fts5(f1%%'%s ORDER BY v.rowid, t.rowid"

local function key_of(rows)
  local key = {}
  for _, row in ipairs(rows) do
    if row.pk > 0 then key[row.pk] = row.name end
  end
  return key
end

-- The key that SQLite makes for a row: its rowid by another name.
local function is_rowid(row, key, has_rowid)
  return row.pk == 1 and key[2] == nil and has_rowid and row.type:upper() == "INTEGER"
end

-- Every such key is made where none is given; of ryx's, those that may be left out.
local function column(row, key, text, has_rowid)
  local makes_key = is_rowid(row, key, has_rowid)
  return {
    name = row.name, type = row.type, null = row.not_null == 0 and row.pk == 0, default = row.def,
    collation = text.collations[row.name], generated = text.generated[row.name],
    virtual = row.hidden == 2 or nil, makes_key = makes_key or nil,
    identity = makes_key and (text.is_counted or row.not_null == 0) or nil,
  }
end

local function add_checks(t, text)
  for i, c in ipairs(text.checks) do
    catalog.add(t.checks, { name = c.name or naming.generated("check", t.name, tostring(i)), sql = c.sql })
  end
end

local function table_of(rows)
  local t, text, key = catalog.table(rows[1].of_table), definition.read(rows[1].sql), key_of(rows)
  local has_rowid = rows[1].wr == 0
  t.text, t.sql = text, rows[1].sql
  for i, row in ipairs(rows) do t.columns[i] = column(row, key, text, has_rowid) end
  if key[1] then t.primary_key = { name = text.key_name, columns = key } end
  add_checks(t, text)
  return t
end

-- Rows that follow each other and agree in `same`, as lists.
local function groups(rows, same)
  local out = {}
  for _, row in ipairs(rows) do
    local last = out[#out]
    if last and same(last[1], row) then last[#last + 1] = row else out[#out + 1] = { row } end
  end
  return out
end

local function columns_of(rows, key)
  local columns = {}
  for i, row in ipairs(rows) do columns[i] = row[key] end
  return columns
end

local function add_key(tables, rows)
  local t = tables[rows[1].of_table]
  local columns, target = columns_of(rows, "col"), columns_of(rows, "target")
  -- A key that names no columns refers to the primary key.
  if not target[1] and tables[rows[1].to_table] then target = tables[rows[1].to_table].primary_key.columns end
  local name = t.text.foreign_keys[table.concat(columns, "\0")]
    or naming.generated("fk", t.name, table.concat(columns, "_"))
  catalog.add(t.foreign_keys, {
    name = name, columns = columns, table = rows[1].to_table, to = target, on_delete = rows[1].on_delete,
  })
end

local function add_index(tables, rows)
  local first, t = rows[1], tables[rows[1].of_table]
  if first.origin == "pk" then return end
  if first.origin == "u" then
    local columns = columns_of(rows, "col")
    local name = t.text.uniques[table.concat(columns, "\0")]
      or naming.generated("uq", t.name, table.concat(columns, "_"))
    return catalog.add(t.uniques, { name = name, columns = columns })
  end
  local ix = catalog.index_text(first.sql, spelling)
  ix.name, ix.unique = first.name, first.is_unique == 1
  catalog.add(t.indexes, ix)
end

-- The columns after the key in what the trigger of an insert writes: VALUES (new."id", new."title").
local function searched(sql)
  local columns, list = {}, tokens.of(sql, spelling)
  for i = 1, #list - 2 do
    if list[i].lower == "new" and list[i + 1].text == "." then columns[#columns + 1] = list[i + 2].text end
  end
  table.remove(columns, 1)
  return columns
end

-- A search has a table and a trigger for each event, by its name.
local function add_search(tables, rows)
  local by_name = {}
  for _, row in ipairs(rows) do by_name[row.trigger_name] = row end
  local search = { name = rows[1].name, columns = {}, objects = { rows[1].name } }
  for _, event in ipairs{ "insert", "delete", "update" } do
    local trigger = by_name[naming.generated(search.name, event)]
    search.objects[#search.objects + 1] = trigger and trigger.trigger_name
    if trigger and event == "insert" then search.columns = searched(trigger.sql) end
  end
  if search.objects[2] then catalog.add(tables[rows[1].of_table].searches, search) end
end

--- The tables of a database by their keys; `fetch(sql, params)` asks it.
function M.read(fetch, wanted)
  local tables = {}
  local function rows(sql, name, same)
    local where, params = catalog.within(name, wanted)
    return ipairs(groups(fetch((sql:gsub("%%s", function() return where end):gsub("%%%%", "%%")), params), same))
  end
  local function is_of(a, b) return a.of_table == b.of_table end
  local function is_key(a, b) return is_of(a, b) and a.id == b.id end
  for _, list in rows(COLUMNS, "l.name", is_of) do tables[list[1].of_table] = table_of(list) end
  for _, list in rows(KEYS, "l.name", is_key) do add_key(tables, list) end
  local function is_index(a, b) return is_of(a, b) and a.name == b.name end
  for _, list in rows(INDEXES, "l.name", is_index) do add_index(tables, list) end
  for _, list in rows(SEARCHES, "t.tbl_name", is_index) do add_search(tables, list) end
  for _, t in pairs(tables) do t.text = nil end
  return tables
end

return M
