-- SPDX-License-Identifier: MIT
-- SQLite's side of the schema. Columns hold what their checks let in: SQLite
-- itself would store any value in any of them.
local errors = require "ryx.errors"
local naming = require "ryx.naming"

local function integers(low, high)
  return function(_, c)
    return "INTEGER", ("typeof(%s) IN ('integer', 'null') AND %s BETWEEN %s AND %s"):format(c, c, low, high)
  end
end

local function whole(_, c)
  return "INTEGER", ("typeof(%s) IN ('integer', 'null')"):format(c)
end

local function text_of(name, length)
  return function(_, c)
    return name, ("length(%s) = %d"):format(c, length)
  end
end

local function json(_, c)
  return "JSON_TEXT", ("%s IS NULL OR json_valid(%s)"):format(c, c)
end

-- Text with all its places: too many digits are too long.
local function decimal(f, c)
  local places = f.decimal_places
  local longest = math.max(f.max_digits - places, 1) + (places > 0 and places + 1 or 0)
  return ("DECIMAL_TEXT(%d,%d)"):format(f.max_digits, places), ("length(ltrim(%s, '-')) <= %d"):format(c, longest)
end

local function trigger_name(index, event)
  return naming.generated(index.name, event)
end

local EVENTS = { "insert", "delete", "update" }

local function search_objects(_, index)
  local objects = { index.name }
  for i, event in ipairs(EVENTS) do objects[i + 1] = trigger_name(index, event) end
  return objects
end

local function check_search(meta, name)
  if meta.pk_field and meta.pk_field.type == "int" then return end
  errors.raise("unsupported", "%s: the index %s: SQLite finds the words of rows whose primary key is a whole number, "
    .. "and %s is none", meta.model_name, name, meta.pk_field and meta.pk_field.name or "a key of several fields")
end

-- A table of words that ryx made.
local WORDS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '%s' "
  .. "AND sql LIKE 'CREATE VIRTUAL TABLE %% USING fts5(f1%%'"

-- The words are kept in a table of FTS5's, by the keys of the rows, which triggers keep in step.
-- It has the texts too: a REPLACE removes rows without a trigger, and the next of that key
-- must find what there was.
local function search(ctx, t, index, there)
  if there[trigger_name(index, "insert")] then return {} end
  local quote = ctx.quote
  local key = quote(t.primary_key.columns[1])
  local columns, own, new = {}, {}, {}
  for i, column in ipairs(index.columns) do
    columns[i], own[i], new[i] = "f" .. i, quote(column), "new." .. quote(column)
  end
  local name, of = quote(index.name), quote(t.name)
  local into = ("INSERT OR REPLACE INTO %s (rowid, %s)"):format(name, table.concat(columns, ", "))
  local add = ("%s VALUES (new.%s, %s);"):format(into, key, table.concat(new, ", "))
  local remove = ("DELETE FROM %s WHERE rowid = old.%s;"):format(name, key)
  local function trigger(event, after, work)
    return ("CREATE TRIGGER %s AFTER %s ON %s BEGIN %s END"):format(quote(trigger_name(index, event)), after, of, work)
  end
  return {
    {
      sql = ("CREATE VIRTUAL TABLE %s USING fts5(%s)"):format(name, table.concat(columns, ", ")),
      -- Of a table that is gone.
      leftover = { ask = WORDS:format((index.name:gsub("'", "''"))), drop = "DROP TABLE " .. name },
    },
    ("%s SELECT %s, %s FROM %s"):format(into, key, table.concat(own, ", "), of),
    trigger("insert", "INSERT", add),
    trigger("delete", "DELETE", remove),
    trigger("update", ("UPDATE OF %s, %s"):format(key, table.concat(own, ", ")), remove .. " " .. add),
  }
end

-- With a table its triggers are gone, but not the words.
local function drop_search(ctx, _, index)
  local out = {}
  for i, event in ipairs(EVENTS) do out[i] = "DROP TRIGGER IF EXISTS " .. ctx.quote(trigger_name(index, event)) end
  out[#out + 1] = "DROP TABLE " .. ctx.quote(index.name)
  return out
end

-- How expressions are spelled (text/tokens.lua, text/parse.lua, text/canonical.lua).
local SPELLING = {
  quotes = { ["'"] = "string", ['"'] = "name", ["`"] = "name", ["["] = "name" },
  folds_names = true,
  constants = { ["true"] = "1", ["false"] = "0" },
  functions = { substring = "substr" },
  types = {}, operators = {}, casts = {},
  power = { ["||"] = 15.5, ["->"] = 15.5, ["->>"] = 15.5, glob = 6, regexp = 6, match = 6, like = 6 },
}

return {
  name = "sqlite",
  family = "sqlite",
  server = "SQLite",
  spelling = SPELLING,
  shares_index_names = true,
  mark = '"',
  rebuilds = true,
  is_file = true,
  renames_follow = true,
  generated_follows = true,
  drops_search_apart = true,
  transactional = true,
  no_index_include = "an index of SQLite holds no columns besides its own",
  no_index_concurrently = "SQLite has no CREATE INDEX CONCURRENTLY",
  alter_constraints = false,
  search = search,
  search_objects = search_objects,
  check_search = check_search,
  drop_search = drop_search,
  auto = "INTEGER PRIMARY KEY AUTOINCREMENT",
  auto_type = "INTEGER",
  -- A type, or a function that gives the type and the check of a column.
  types = {
    varchar = function(f, c)
      return ("VARCHAR(%d)"):format(f.max_length), ("length(%s) <= %d"):format(c, f.max_length)
    end,
    text = "TEXT",
    smallint = integers("-32768", "32767"),
    int = integers("-2147483648", "2147483647"),
    bigint = whole,
    double = function(_, c) return "REAL", ("typeof(%s) IN ('real', 'null')"):format(c) end,
    decimal = decimal,
    bool = function(_, c) return "BOOLEAN", ("%s IN (0, 1)"):format(c) end,
    date = text_of("DATE_TEXT", 10),
    time = text_of("TIME_TEXT", 15),
    datetime = text_of("DATETIME_TEXT", 26),
    datetimetz = text_of("DATETIMETZ_TEXT", 26),
    duration = whole,
    uuid = text_of("CHAR(36)", 36),
    json = json,
    array = json,
    bytes = "BLOB",
  },
  collate = function(name) return " COLLATE " .. name end,
  booleans = { [true] = "1", [false] = "0" },
  -- Decimals are text, which this collation puts in order.
  decimal_literal = function(v) return "'" .. tostring(v) .. "'" end,
  decimal_order = " COLLATE decimal",
}
