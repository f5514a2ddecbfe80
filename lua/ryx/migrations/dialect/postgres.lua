-- SPDX-License-Identifier: MIT
-- PostgreSQL's side of the schema.
local run = require "ryx.db.run"
local value = require "ryx.value"

local types

-- Arrays of different types have no common operators, so the items are of the
-- types that parameters are sent as; their ranges and lengths are the field's.
local ITEM = { smallint = "BIGINT", int = "BIGINT", varchar = "TEXT" }

local COLLATION = "C"

local function collate(name)
  return ' COLLATE "' .. name:gsub('"', '""') .. '"'
end

local function array(f, c)
  local base = f.base
  local item = ITEM[base.db] or types[base.db]
  if type(item) == "function" then item = item(base, c) end
  return item .. "[]", nil, base.type == "text" and COLLATION or nil
end

types = {
  varchar = function(f) return ("VARCHAR(%d)"):format(f.max_length) end,
  text = "TEXT",
  smallint = "SMALLINT",
  int = "INTEGER",
  bigint = "BIGINT",
  double = "DOUBLE PRECISION",
  decimal = function(f) return ("NUMERIC(%d, %d)"):format(f.max_digits, f.decimal_places) end,
  bool = "BOOLEAN",
  date = "DATE",
  time = "TIME",
  datetime = "TIMESTAMP",
  datetimetz = "TIMESTAMPTZ",
  duration = "BIGINT",
  uuid = "UUID",
  json = "JSONB",
  bytes = "BYTEA",
  array = array,
}

-- What a search asks for (src/sql/search_pg.c), in the same words: then the index serves it.
local function vector(config, column, weight)
  local words = ("to_tsvector('%s', COALESCE(%s, ''))"):format(config, column)
  return weight == "D" and words or ("setweight(%s, '%s')"):format(words, weight)
end

local function search(ctx, t, index, there)
  if there[index.name] then return {} end
  local parts = {}
  for i, column in ipairs(index.columns) do
    parts[i] = vector(index.config, ctx.quote(column), index.weights[i])
  end
  return { ("CREATE INDEX %s ON %s USING gin ((%s))"):format(ctx.quote(index.name), ctx.name_of(t),
    table.concat(parts, " || ")) }
end

local function drop_search(ctx, t, index)
  return { "DROP INDEX " .. ctx.name_of{ name = index.name, schema = t.schema } }
end

-- Statements that no transaction may hold.
local BARE = {
  "^%s*VACUUM%f[%W]", "^%s*CREATE%s+DATABASE%f[%W]", "^%s*DROP%s+DATABASE%f[%W]", "^%s*ALTER%s+SYSTEM%f[%W]",
  "^%s*%a+%s+TABLESPACE%f[%W]", "^[^'\"]-%f[%w]CONCURRENTLY%f[%W]",
}

local function is_bare(sql)
  sql = sql:upper()
  for _, pattern in ipairs(BARE) do
    if sql:find(pattern) then return true end
  end
  return nil
end

-- How expressions are spelled (text/tokens.lua, text/parse.lua, text/canonical.lua).
local SPELLING = {
  quotes = { ["'"] = "string", ['"'] = "name" },
  has_e_strings = true,
  usual_collation = "c",
  constants = {}, operators = {}, casts = {},
  functions = { ["char_length"] = "length", ["character_length"] = "length", substring = "substr" },
  types = {
    int2 = "smallint", int4 = "integer", int = "integer", int8 = "bigint", float8 = "double precision", float4 = "real",
    bool = "boolean", decimal = "numeric", varchar = "character varying", timestamp = "timestamp without time zone",
    timestamptz = "timestamp with time zone", time = "time without time zone", char = "character",
  },
  intervals = { ["1 day"] = "P1D", ["1 microsecond"] = "PT0.000001S" }, -- as ryx's connections show them
  -- It writes out the casts that it does by itself.
  drops_casts = {
    text = true, ["character varying"] = true, bpchar = true, numeric = true, ["double precision"] = true,
    regconfig = true,
  },
}

local VERSION = "SELECT current_setting('server_version_num')::integer AS n"

-- Why there are no columns that are worked out when they are read, or nil.
local function no_virtual(alias)
  if run.fetch_sql(alias, run.current_tx(alias), VERSION)[1].n >= 180000 then return nil end
  return "PostgreSQL before 18 works out generated columns when a row is written only: say db_persist = true"
end

return {
  name = "postgres",
  family = "postgres",
  server = "PostgreSQL",
  spelling = SPELLING,
  no_virtual = no_virtual,
  has_schemas = true,
  scratch = {
    ask = "SELECT shobj_description(d.oid, 'pg_database') = 'of ryx migrate --prove' AS is_marked, "
      .. "(SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname) AS n_users "
      .. "FROM pg_database d WHERE d.datname = ?",
    mark = "COMMENT ON DATABASE %s IS 'of ryx migrate --prove'",
  },
  drop_in_use = " WITH (FORCE)", -- connections of a pool may not have ended yet
  shares_index_names = true,
  mark = '"',
  comments = {},
  renames_constraints = true,
  renames_indexes = true,
  renames_searches = true,
  renames_follow = true,
  generated_follows = true,
  generated_pins = true, -- no column changes of which another one is worked out
  transactional = true,
  lock_timeout = function(seconds) return ("SET LOCAL lock_timeout = %d"):format(math.ceil(seconds * 1000)) end,
  is_bare = is_bare,
  done_already = { ["42P07"] = "", ["42704"] = "" },
  index_methods = {
    btree = { ordered = true, unique = true, include = true, several = true },
    hash = {}, spgist = { include = true }, gist = { include = true, several = true },
    gin = { several = true }, brin = { several = true },
  },
  alter_constraints = true,
  search = search,
  search_objects = function(_, index) return { index.name } end,
  drop_search = drop_search,
  keeps_weights = true,
  identity = " GENERATED BY DEFAULT AS IDENTITY",
  names_keys = true,
  -- NULL is the smallest value in every order that ryx asks for.
  null_order = { asc = "FIRST", desc = "LAST" },
  types = types,
  text_collation = COLLATION,
  collate = collate,
  bytes_literal = "'\\x%s'::bytea",
  list_literal = function(list, f, write)
    local items = {}
    for i, item in ipairs(list) do items[i] = item == value.null and "NULL" or write(item) end
    local item, _, collation = array(f)
    return ("ARRAY[%s]::%s%s"):format(table.concat(items, ", "), item, collation and collate(collation) or "")
  end,
  booleans = { [true] = "TRUE", [false] = "FALSE" },
  decimal_literal = tostring,
  decimal_order = "",
}
