-- SPDX-License-Identifier: MIT
-- What PostgreSQL's catalog says, as tables of a schema, and how it spells expressions.
local catalog = require "ryx.migrations.introspect.catalog"
local parse = require "ryx.migrations.text.parse"
local spelling = require("ryx.migrations.dialect.postgres").spelling

local M = {}

-- The fields of types (inspect/field.lua).
M.fields = {
  { "^VARCHAR%((%d+)%)$", "CharField", { "max_length" } }, { "^TEXT$", "TextField" }, { "^SMALLINT$", "SmallIntField" },
  { "^INTEGER$", "IntField" }, { "^BIGINT$", "BigIntField" }, { "^DOUBLE PRECISION$", "FloatField" },
  { "^NUMERIC%((%d+), (%d+)%)$", "DecimalField", { "max_digits", "decimal_places" } }, { "^BOOLEAN$", "BooleanField" },
  { "^DATE$", "DateField" }, { "^TIME$", "TimeField" }, { "^TIMESTAMP$", "DateTimeField" },
  { "^(TIMESTAMPTZ)$", "DateTimeField", { "tz" } }, { "^UUID$", "UUIDField" }, { "^JSONB$", "JSONField" },
  { "^BYTEA$", "BinaryField" },
}

-- Of types that others gave: what reads and writes their values, or why nothing does.
M.others = {
  { "^CHAR%((1)%)$", "CharField", { "max_length" } }, { "^CHAR%(", says = "it is padded with spaces" },
  { "^VARCHAR$", "TextField" }, { "^BPCHAR$", "TextField" }, { "^NAME$", "TextField" }, { "^REAL$", "FloatField" },
  { "^JSON$", says = "nothing compares it, JSONB is compared" }, { "^OID$", "BigIntField" },
  { "^NUMERIC$", "DecimalField", with = { max_digits = 65, decimal_places = 30 } },
  { "^TIMESTAMP%(%d%)$", "DateTimeField" }, { "^(TIMESTAMPTZ)%(%d%)$", "DateTimeField", { "tz" } },
  { "^TIME%(%d%)$", "TimeField" }, { "^TIMETZ", says = "its zone would be lost" },
  { "^INTERVAL", says = "its months are of no one length" }, { "^INET$", says = "it takes no text" },
}

-- The names of types as ryx writes them, by those of format_type.
local TYPES = {
  ["character varying"] = "VARCHAR", character = "CHAR", ["timestamp without time zone"] = "TIMESTAMP",
  ["timestamp with time zone"] = "TIMESTAMPTZ", ["time without time zone"] = "TIME", ["time with time zone"] = "TIMETZ",
}

local function type_of(text)
  if text:find('"', 1, true) then return text end
  local item, list = text:match("^(.-)(%[%])$")
  local name, size, rest = (item or text):match("^([%a_%d ]+)(%b())(.*)$")
  if not name then name, size, rest = item or text, "", "" end
  name = name .. rest
  return (TYPES[name] or name:upper()) .. size:gsub(",", ", ") .. (list or "")
end

-- The tables that are meant: of the schema where tables are made, or those that are named.
local function place(wanted)
  if not wanted then return " AND n.nspname = current_schema()", {} end
  local here, there = catalog.within("c.relname", wanted), catalog.within("n.nspname || '.' || c.relname", wanted)
  local params = {}
  for i, name in ipairs(wanted) do params[i], params[#wanted + i] = name, name end
  return (" AND (n.nspname = current_schema()%s OR %s)"):format(here, there:sub(6)), params
end

local FROM = " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
local OF = "n.nspname AS schema, n.nspname = current_schema() AS is_here, c.relname AS of_table, "

local COLUMNS = "SELECT " .. OF .. [[
a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS def, a.attidentity <> '' AS is_identity,
a.attgenerated <> '' AS is_generated, a.attgenerated = 'v' AS is_virtual, col_description(c.oid, a.attnum) AS comment,
obj_description(c.oid, 'pg_class') AS table_comment,
ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder) AS labels,
co.collname AS collation]] .. FROM .. [[
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition%s ORDER BY n.nspname, c.relname, a.attnum]]

local function names_of(keys, relation)
  return ("ARRAY(SELECT a.attname::text FROM unnest(%s) WITH ORDINALITY AS u (n, i) JOIN pg_attribute a "
    .. "ON a.attrelid = %s AND a.attnum = u.n ORDER BY u.i)"):format(keys, relation)
end

local CONSTRAINTS = "SELECT " .. OF .. "k.conname AS name, k.contype::text AS kind, "
  .. names_of("k.conkey", "k.conrelid") .. " AS columns, " .. names_of("k.confkey", "k.confrelid") .. [[ AS target,
k.confdeltype::text AS on_delete, pg_get_expr(k.conbin, k.conrelid) AS sql, fc.relname AS to_table,
fn.nspname AS to_schema, fn.nspname = current_schema() AS to_here]] .. FROM .. [[
JOIN pg_constraint k ON k.conrelid = c.oid LEFT JOIN pg_class fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c')%s ORDER BY n.nspname, c.relname, k.oid]]

-- An index that CONCURRENTLY left halfway serves nobody: it is not there.
local INDEXES = "SELECT " .. OF .. [[
ic.relname AS name, i.indisunique AS is_unique, am.amname AS method, pg_get_indexdef(i.indexrelid) AS sql]]
  .. FROM .. [[
JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
WHERE i.indisvalid AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')%s
ORDER BY n.nspname, c.relname, i.indexrelid]]

local ACTIONS = { a = "NO ACTION", r = "RESTRICT", c = "CASCADE", n = "SET NULL", d = "SET DEFAULT" }

-- Rows of the catalog by the keys of their tables.
local Reader = {}
Reader.__index = Reader

-- The schema as models name it: where tables are made by themselves it needs no name.
function Reader:schema_of(schema, is_here, name)
  if is_here and not self.by_name[schema .. "." .. name] then return nil end
  return schema
end

function Reader:key(row)
  local schema = self:schema_of(row.schema, row.is_here, row.of_table)
  return schema and schema .. "." .. row.of_table or row.of_table, schema
end

function Reader:column(row)
  local key, schema = self:key(row)
  local t = self.tables[key]
  if not t then
    t = catalog.table(row.of_table, schema)
    t.comment, self.tables[key] = row.table_comment, t
  end
  if not row.name then return end
  local enum = row.labels and row.labels[1] and row.labels or nil
  local is_identity = row.is_identity or row.def and row.def:find("^nextval%(") ~= nil
  table.insert(t.columns, {
    name = row.name, type = enum and row.type or type_of(row.type), collation = row.collation, null = not row.not_null,
    default = not is_identity and not row.is_generated and row.def or nil, identity = is_identity or nil,
    enum = enum,
    generated = row.is_generated and row.def or nil, virtual = row.is_virtual or nil, comment = row.comment,
  })
end

local ADD = {}

function ADD.p(t, row) t.primary_key = { name = row.name, columns = row.columns } end
function ADD.u(t, row) catalog.add(t.uniques, { name = row.name, columns = row.columns }) end
function ADD.c(t, row) catalog.add(t.checks, { name = row.name, sql = row.sql }) end

function ADD.f(t, row, reader)
  catalog.add(t.foreign_keys, {
    name = row.name, columns = row.columns, table = row.to_table, to = row.target, on_delete = ACTIONS[row.on_delete],
    schema = reader:schema_of(row.to_schema, row.to_here, row.to_table),
  })
end

-- setweight(to_tsvector('simple', COALESCE(title, '')), 'A'): configuration, column, weight.
local function words_of(n)
  local weight = "D"
  if n[1] == "call" and n[2] == "setweight" and n[4] then
    weight, n = n[4][1] == "cast" and n[4][2][2] or n[4][2], n[3]
  end
  if n[1] ~= "call" or n[2] ~= "to_tsvector" or not n[4] then return nil end
  local config, text = n[3], n[4]
  while text[1] == "cast" do text = text[2] end
  if config[1] == "cast" then config = config[2] end
  local column = text[1] == "call" and text[2] == "coalesce" and text[3]
  if not column or config[1] ~= "string" or column[1] ~= "name" and column[1] ~= "word" then return nil end
  return config[2], column[2], weight
end

local function collect(n, search)
  if n[1] == "||" then return collect(n[2], search) and collect(n[3], search) end
  local config, column, weight = words_of(n)
  if not config or search.config and search.config ~= config then return false end
  search.config = config
  table.insert(search.columns, column)
  table.insert(search.weights, weight)
  return true
end

-- The search that an index serves, or nil.
local function search_of(row, ix)
  if row.method ~= "gin" or #ix.parts ~= 1 or not ix.parts[1].sql then return nil end
  local tree = parse(ix.parts[1].sql, spelling)
  local search = { name = row.name, columns = {}, weights = {} }
  if not tree or not collect(tree, search) then return nil end
  search.objects = { row.name }
  return search
end

local function add_index(t, row)
  local ix = catalog.index_text(row.sql, spelling)
  local search = search_of(row, ix)
  if search then return catalog.add(t.searches, search) end
  ix.name, ix.unique = row.name, row.is_unique
  if row.method ~= "btree" then ix.method = row.method end
  catalog.add(t.indexes, ix)
end

--- The tables of a database by their keys; `fetch(sql, params)` asks it.
function M.read(fetch, wanted)
  local reader = setmetatable({ tables = {}, by_name = {} }, Reader)
  for _, key in ipairs(wanted or {}) do reader.by_name[key] = true end
  local function rows(sql)
    local where, params = place(wanted)
    return ipairs(fetch((sql:gsub("%%s", function() return where end)), params))
  end
  for _, row in rows(COLUMNS) do reader:column(row) end
  for _, row in rows(CONSTRAINTS) do
    local t = reader.tables[reader:key(row)]
    if t then ADD[row.kind](t, row, reader) end
  end
  for _, row in rows(INDEXES) do
    local t = reader.tables[reader:key(row)]
    -- Without a text: of a table that was dropped meanwhile.
    if t and row.sql then add_index(t, row) end
  end
  return reader.tables
end

return M
