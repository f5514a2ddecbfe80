-- SPDX-License-Identifier: MIT
-- SQLite changes a table by making it anew: a new one, the rows copied, the old one dropped, the new one under its
-- name. What refers to the table by its name stays as it is written: keys of other tables, views, triggers on
-- others. What goes with a table is made again: its indexes, and the triggers on it, the user's, too.
-- All of it belongs into one transaction.
local check_rows = require "ryx.migrations.ddl.rebuild_check"
local compat = require "ryx.compat"
local convert = require "ryx.migrations.ddl.dialect.sqlite_convert"
local definition = require "ryx.migrations.ddl.definition"
local errors = require "ryx.errors"
local index = require "ryx.migrations.ddl.index"
local schema = require "ryx.migrations.schema"
local sqlite = require "ryx.migrations.ddl.dialect.sqlite"
local step = require "ryx.migrations.ddl.step"
local transaction = require "ryx.db.transaction"

local M = {}

local function literal(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

local function same(a, b)
  return a:lower() == b:lower()
end

local function column_of(t, name)
  for _, c in ipairs(t.columns) do
    if same(c.name, name) then return c end
  end
end

-- A copy of a table under another name; the parts are shared.
local function renamed(t, name)
  return compat.with(t, { name = name })
end

local KEPT = "SELECT type, name, sql FROM sqlite_schema WHERE lower(tbl_name) = lower(?) AND type IN "
  .. "('index', 'trigger') AND sql IS NOT NULL ORDER BY type, rowid"

-- Names of what a table had and has no more, which is not to come back.
local function removed(from, to)
  local gone = {}
  for name in pairs(from.indexes) do gone[name] = true end
  for name in pairs(to.indexes) do gone[name] = true end
  for name, search in pairs(from.searches) do
    for _, object in ipairs(not to.searches[name] and search.objects or {}) do gone[object] = true end
  end
  return gone
end

-- What hangs on the table beside what its model says: indexes and triggers of the user's, triggers of searches.
local function kept_of(r)
  local out = {}
  for _, object in ipairs(step.fetch(r.alias, KEPT, { r.to.name })) do
    if not r.removed[object.name] then out[#out + 1] = object end
  end
  return out
end

local KIND = "SELECT wr, strict FROM pragma_table_list "
  .. "WHERE schema = 'main' AND type = 'table' AND lower(name) = lower(?)"

-- Looks at the table as it is in the database.
local function look(r)
  local row = step.fetch(r.alias, KIND, { r.to.name })[1] or {}
  r.is_rowless, r.is_strict = row.wr == 1, row.strict == 1
  r.kept = kept_of(r)
end

-- The same after steps that are still to come, which rename: they are tried, and taken back.
local function look_after(r, before)
  if not before or not before[1] then return look(r) end
  transaction.run(function(tx)
    for _, s in ipairs(before) do step.run(r.alias, s) end
    look(r)
    tx:rollback()
  end, { alias = r.alias.name })
end

local function is_row_id(t)
  local key = t.primary_key and t.primary_key.columns or {}
  return key[1] ~= nil and key[2] == nil and column_of(t, key[1]).type == "INTEGER"
end

-- A name of the number of a row that no column hides, nil where the key is the number or there is none.
local function row_id(r)
  if r.is_rowless or is_row_id(r.to) then return nil end
  for _, name in ipairs{ "rowid", "_rowid_", "oid" } do
    if not column_of(r.from, name) and not column_of(r.to, name) then return name end
  end
end

-- What a new column gets of the old row: SQL, and the test of values that it can hold.
local function source(r, c, old)
  local fill = r.fill[c.name]
  if not old then return fill end
  local sql, test = convert.expression(r.ctx.quote(old.name), old, c)
  if not sql then
    errors.raise("unsupported", "%s.%s: %s cannot become %s: add a new column, and fill it by what the old one holds",
      r.to.name, c.name, old.type, c.type)
  end
  if fill and not c.null then return ("coalesce(%s, %s)"):format(sql, fill), test end
  return sql, test
end

-- INSERT ... SELECT, and what must hold of the rows before.
local function copy(r)
  local names, sources, tests = {}, {}, {}
  local number = row_id(r)
  if number then names[1], sources[1] = number, number end
  for _, c in ipairs(r.to.columns) do
    local old = r.old_of[c.name]
    local sql, test = nil, nil
    r.steady = r.steady or old and old.name == c.name and c.name or nil
    if not c.generated then sql, test = source(r, c, old) end
    if sql then names[#names + 1], sources[#sources + 1] = r.ctx.quote(c.name), sql end
    tests[#tests + 1] = { column = c, sql = sql, test = test }
  end
  -- Rows of which nothing stays are rows all the same.
  local first = r.to.columns[1]
  if not names[1] then names[1], sources[1] = r.ctx.quote(first.name), first.default or "NULL" end
  return ("INSERT INTO %s (%s)\nSELECT %s FROM %s"):format(r.ctx.quote(r.temporary), table.concat(names, ", "),
    table.concat(sources, ", "), r.ctx.quote(r.to.name)), tests
end

local function add(r, what, sql, run)
  r.steps[#r.steps + 1] = { sql = sql, what = what .. " " .. r.to.name, run = run }
end

-- The only types of a table that is STRICT.
local STRICT = { INT = true, INTEGER = true, REAL = true, TEXT = true, BLOB = true, ANY = true }

local function check_strict(t)
  for _, c in ipairs(t.columns) do
    if not STRICT[c.type:upper()] then
      errors.raise("unsupported", "%s.%s: the table is STRICT, which has no type %s: make it anew without STRICT in a "
        .. "migration before this one, or give the field a type that is stored as INTEGER, REAL, TEXT or BLOB", t.name,
        c.name, c.type)
    end
  end
end

local function create_sql(r)
  local sql = definition.create_table(r.ctx, renamed(r.to, r.temporary)):gsub("^CREATE TABLE IF NOT EXISTS",
    "CREATE TABLE")
  local kinds = {}
  if r.is_strict then
    check_strict(r.to)
    kinds[1] = " STRICT"
  end
  if r.is_rowless then kinds[#kinds + 1] = " WITHOUT ROWID" end
  return sql .. table.concat(kinds, ",")
end

-- The next key of the new table is that of the old one, however high a key was that is gone.
local function keep_sequence(r)
  local auto = r.to.primary_key and column_of(r.to, r.to.primary_key.columns[1])
  if not (auto and auto.identity) then return end
  local new, old = literal(r.temporary), literal(r.to.name)
  add(r, "keep the highest key of", ("DELETE FROM sqlite_sequence WHERE name = %s AND EXISTS (SELECT 1 FROM "
    .. "sqlite_sequence WHERE name = %s)"):format(new, old))
  add(r, "keep the highest key of",
    ("INSERT INTO sqlite_sequence (name, seq) SELECT %s, seq FROM sqlite_sequence WHERE name = %s"):format(new, old))
end

local function copy_rows(r, work)
  local sql, tests = copy(r)
  add(r, "copy the rows of", sql, function(alias)
    check_rows.before(alias, r, tests)
    r.was_whole = check_rows.views(alias, r, false)
    check_rows.copy(alias, r, sql)
  end)
  local last = r.steps[#r.steps]
  last.risk, last.column = work.risk, work.column
end

local function make_again(r)
  local function make(name, sql)
    add(r, "make " .. name .. " of", sql, function(alias) check_rows.explained(name, step.execute, alias, sql) end)
  end
  for _, ix in ipairs(schema.sorted(r.to.indexes)) do make("index " .. ix.name, index.create(r.ctx, r.to, ix)) end
  for _, object in ipairs(r.kept) do make(object.type .. " " .. object.name, object.sql) end
end

-- Which old column each new one has its values of.
local function olds(r, map)
  local out = {}
  for new, old in pairs(map) do out[new] = column_of(r.from, old) end
  return out
end

-- The steps that make one table anew, but for foreign keys.
local function make(ctx, work, before)
  local from, to = work.from, work.to
  local r = {
    ctx = ctx, alias = ctx.stage or ctx.alias, from = from, to = to, fill = work.fill or {}, steps = {},
    temporary = "ryx_new_" .. to.name, removed = removed(from, to),
    steady = nil, -- a column that is in both
    is_rowless = nil, is_strict = nil, kept = nil, -- what look() finds
    was_whole = nil, -- did views and triggers find what they name?
  }
  r.old_of = olds(r, work.map)
  look_after(r, before)
  add(r, "make the new table of", create_sql(r))
  copy_rows(r, work)
  keep_sequence(r)
  add(r, "leave what refers to", "PRAGMA legacy_alter_table = ON")
  add(r, "drop the old table of", "DROP TABLE " .. ctx.quote(to.name))
  add(r, "name the new table", ("ALTER TABLE %s RENAME TO %s"):format(ctx.quote(r.temporary), ctx.quote(to.name)))
  add(r, "look again at what refers to", "PRAGMA legacy_alter_table = OFF")
  make_again(r)
  return r
end

local function check(r)
  return {
    sql = "PRAGMA foreign_key_check", what = "check what refers to " .. r.to.name, run = function(alias)
      check_rows.references(alias, r)
      check_rows.views(alias, r, r.was_whole)
    end,
  }
end

-- An index of one of the tables whose name another gets goes first.
local function free_names(ctx, works)
  local steps = {}
  for _, work in ipairs(works) do
    for _, ix in ipairs(schema.sorted(work.from.indexes)) do
      for _, other in ipairs(works) do
        if other ~= work and other.to.indexes[ix.name] then
          steps[#steps + 1] = {
            sql = "DROP INDEX " .. ctx.quote(ix.name), what = ("drop index %s of %s"):format(ix.name, work.from.name),
          }
        end
      end
    end
  end
  return steps
end

--- The steps that make tables anew, and those that come when all tables are there that keys lead to: they check the
--- keys. `works` are { from, to, map, fill }: a table `from` becomes `to`, of the same name, with its rows; `map` says
--- which old column each new one has its values of, `fill` the SQL for rows that have none. `before` are the steps
--- that rename tables and columns until they are called so; `risk` and `column` are said of the copy (step.lua). What
--- is in neither table, but in the database, stays.
---@return table[] steps, table[] last
function M.several(ctx, works, before)
  local steps, last = free_names(ctx, works), { sqlite.foreign_keys(true) }
  steps[#steps + 1] = sqlite.foreign_keys(false)
  for _, work in ipairs(works) do
    local r = make(ctx, work, before)
    for _, s in ipairs(r.steps) do steps[#steps + 1] = s end
    last[#last + 1] = check(r)
  end
  return steps, last
end

--- The same of one table, as one list.
function M.statements(ctx, from, to, map, fill, before)
  local steps, last = M.several(ctx, { { from = from, to = to, map = map, fill = fill } }, before)
  for _, s in ipairs(last) do steps[#steps + 1] = s end
  return steps
end

return M
