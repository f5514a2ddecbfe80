-- SPDX-License-Identifier: MIT
-- What the schemas of MariaDB and MySQL have in common: all but the collation of text, by
-- code point, which is written out on every column, and what holds a document.
local naming = require "ryx.naming"
local search_index = require "ryx.meta.search_index"

-- The characters that a collation belongs to; the newest collations of servers name none.
local function with_characters(collation)
  local characters = collation:match("^ascii_") and "ascii" or "utf8mb4"
  return " CHARACTER SET " .. characters .. " COLLATE " .. collation
end

-- The column of a column's words, and the index of just these.
local function words_of(t, column)
  return search_index.words_column{ column = column }, naming.generated("words", t.name, column)
end

local function search_objects(t, search)
  local objects = { search.name }
  for _, column in ipairs(search.columns) do
    local words, alone = words_of(t, column)
    objects[#objects + 1] = words
    if search.columns[2] then objects[#objects + 1] = alone end
  end
  return objects
end

-- An index takes letters as its columns compare them: so the words are in columns of their
-- own, in which case and accents do not count. MATCH wants an index of just its columns.
local function search(ctx, t, index, there)
  local quote, out, columns, words = ctx.quote, {}, {}, {}
  local function make(name, sql, ...)
    if not there[name] then out[#out + 1] = sql:format(...) end
    there[name] = true
  end
  local of = ctx.name_of(t)
  for i, column in ipairs(index.columns) do
    local name, alone = words_of(t, column)
    words[i] = quote(name)
    make(name, "ALTER TABLE %s ADD COLUMN %s LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci "
      .. "GENERATED ALWAYS AS (%s) STORED INVISIBLE", of, words[i], quote(column))
    columns[i] = { alone, words[i] }
  end
  make(index.name, "CREATE FULLTEXT INDEX %s ON %s (%s)", quote(index.name), of, table.concat(words, ", "))
  for _, c in ipairs(words[2] and columns or {}) do
    make(c[1], "CREATE FULLTEXT INDEX %s ON %s (%s)", quote(c[1]), of, c[2])
  end
  return out
end

-- Words that another index has as well stay.
local function drop_search(ctx, t, index, kept)
  local of, indexes, columns = ctx.name_of(t), {}, {}
  local function drop(list, name, what)
    if not kept[name] then list[#list + 1] = ("ALTER TABLE %s DROP %s %s"):format(of, what, ctx.quote(name)) end
  end
  drop(indexes, index.name, "INDEX")
  for _, column in ipairs(index.columns) do
    local words, alone = words_of(t, column)
    if index.columns[2] then drop(indexes, alone, "INDEX") end
    drop(columns, words, "COLUMN")
  end
  for _, sql in ipairs(columns) do indexes[#indexes + 1] = sql end
  return indexes
end

-- What a column is filled by as its DEFAULT: what has no bounds takes an expression only.
local function fill(c, sql)
  local is_literal = sql:find("^'[^']*'$") or sql:find("^[%-%d][%d%.]*$")
  return is_literal and not c.type:find("^LONG") and c.type ~= "JSON" and sql or "(" .. sql .. ")"
end

local function uuid()
  return "CHAR(36)", nil, "ascii_bin"
end

-- What they say of a table, column, key or constraint that is made already, or gone; 1005 says so only with a text.
local DONE_ALREADY = {
  [1005] = "errno: 121", [1050] = "", [1051] = "", [1054] = "", [1060] = "", [1061] = "", [1068] = "", [1091] = "",
  [1146] = "", [1176] = "", [1826] = "", [3822] = "", [3940] = "",
}

-- How expressions are spelled (text/tokens.lua, text/parse.lua, text/canonical.lua).
local SPELLING = {
  quotes = { ["'"] = "string", ["`"] = "name", ['"'] = "string" },
  has_escapes = true, folds_names = true,
  constants = { ["true"] = "1", ["false"] = "0" },
  functions = {
    ucase = "upper", lcase = "lower", character_length = "char_length", substring = "substr", mid = "substr",
    now = "current_timestamp", localtime = "current_timestamp", localtimestamp = "current_timestamp",
    current_date = "curdate", current_time = "curtime", power = "pow", ceiling = "ceil", day = "dayofmonth",
    octet_length = "length",
  },
  operators = { mod = "%", regexp_like = "regexp", date_add = "+", date_sub = "-" },
  casts = { date = "date", time = "time(6)" }, types = {},
  power = { ["||"] = 1 },
}

--- The dialect of a server: its name, its collation, the type of a document.
return function(server, collation, json)
  local function checked(_, c)
    return "LONGTEXT", "JSON_VALID(" .. c .. ")", collation
  end

  return {
    name = server:lower(),
    family = "family_my",
    server = server,
    spelling = SPELLING,
    mark = "`",
    renames_indexes = true,
    keys_need_index = true,
    comments = { table = 2048, column = 1024 },
    comment = " COMMENT",
    search_holds_columns = true,
    fill = fill,
    transactional = false,
    scratch = {
      ask = "SELECT (SELECT count(*) FROM information_schema.tables t WHERE t.table_schema = s.schema_name "
        .. "AND t.table_name = 'ryx_prove') AS is_marked, (SELECT count(*) FROM information_schema.processlist p "
        .. "WHERE p.db = s.schema_name) AS n_users FROM information_schema.schemata s WHERE s.schema_name = ?",
      mark = "CREATE TABLE %s.ryx_prove (id INTEGER PRIMARY KEY)",
    },
    text_escapes = true,
    delimiter = true, -- a client must be told of statements with others in them
    hash_comments = true,
    done_already = DONE_ALREADY,
    no_counted_checks = server .. " checks no key that it counts up: let the primary key be a field that you name, or "
      .. "check the value in validators",
    generated_pins_virtual = true,
    no_counted_generated = "a generated column of " .. server .. " names no key that the database counts up",
    no_index_include = "an index of " .. server .. " holds no columns besides its own",
    no_index_concurrently = server .. " has no CREATE INDEX CONCURRENTLY",
    alter_constraints = true,
    no_index_conditions = "an index of " .. server .. " holds all rows and takes no condition",
    search = search,
    search_objects = search_objects,
    drop_search = drop_search,
    identity = " AUTO_INCREMENT",
    unbounded = { text = true, bytes = true, array = true, json = true },
    types = {
      varchar = function(f) return ("VARCHAR(%d)"):format(f.max_length) end,
      text = "LONGTEXT",
      smallint = "SMALLINT",
      int = "INTEGER",
      bigint = "BIGINT",
      double = "DOUBLE",
      decimal = function(f) return ("DECIMAL(%d, %d)"):format(f.max_digits, f.decimal_places) end,
      bool = "TINYINT(1)",
      date = "DATE",
      time = "TIME(6)",
      datetime = "DATETIME(6)",
      datetimetz = "DATETIME(6)",
      duration = "BIGINT",
      uuid = uuid,
      json = json or checked,
      array = checked,
      bytes = "LONGBLOB",
    },
    text_collation = collation,
    collate = with_characters,
    booleans = { [true] = "1", [false] = "0" },
    decimal_literal = tostring,
    decimal_order = "",
    -- InnoDB refuses SET DEFAULT: ryx does it (query/write/collect.lua).
    actions = { ["SET DEFAULT"] = "NO ACTION" },
    literal_text = function(s) return "'" .. s:gsub("\\", "\\\\"):gsub("'", "''") .. "'" end,
  }
end
