-- SPDX-License-Identifier: MIT
-- What must hold before the rows of a table are copied into a new one, and afterwards (rebuild.lua).
local errors = require "ryx.errors"
local step = require "ryx.migrations.ddl.step"
local transaction = require "ryx.db.transaction"

local M = {}

-- The first value that has no form in its new column.
local UNFIT = "SELECT count(*) AS n, min(%s) AS value FROM %s WHERE %s IS NOT NULL AND NOT coalesce(%s, 0)"
local EMPTY = "SELECT count(*) AS n FROM %s WHERE (%s) IS NULL"

local function is_needed(c)
  return not (c.null or c.default or c.identity or c.generated)
end

local function check_values(alias, r, test)
  if not test.test then return end
  local name = r.ctx.quote(test.column.name)
  local row = step.fetch(alias, UNFIT:format(name, r.ctx.quote(r.to.name), name, test.test))[1]
  if row.n == 0 then return end
  errors.raise("operational", "%s.%s: %d %s no %s, %s; change them in a migration before this one", r.to.name,
    test.column.name, row.n, row.n == 1 and "value is" or "values are", test.column.type,
    row.n == 1 and ("%q"):format(tostring(row.value)) or ("%q among them"):format(tostring(row.value)))
end

local function check_empty(alias, r, c, sql)
  if not is_needed(c) then return end
  local n = step.fetch(alias, EMPTY:format(r.ctx.quote(r.to.name), sql))[1].n
  if n == 0 then return end
  errors.raise("operational", "%s.%s: %d %s no value, and the column must have one: give the field a default, or fill "
    .. "the rows in a migration before this one", r.to.name, c.name, n, n == 1 and "row has" or "rows have")
end

--- Can every row be copied? tests: { column, sql (what it gets) or nil, test of its values or nil }.
function M.before(alias, r, tests)
  for _, test in ipairs(tests) do
    check_values(alias, r, test)
    check_empty(alias, r, test.column, test.sql or "NULL")
  end
end

-- To rename a column the database reads every view and trigger: a name of old is given again, and taken back.
local function views_problem(alias, r)
  local name = r.steady and r.ctx.quote(r.steady)
  if not name then return nil end
  local ok, err = pcall(transaction.run, function(tx)
    step.execute(alias, ("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(r.ctx.quote(r.to.name), name, name))
    tx:rollback()
  end, { alias = alias.name })
  return not ok and err or nil
end

--- Do views and triggers find what they name? Those that did not before are not the table's.
function M.views(alias, r, was_whole)
  local err = views_problem(alias, r)
  if not err then return true end
  if not was_whole then return false end
  if not errors.is_error(err) or err.kind ~= "operational" and err.kind ~= "misuse" then error(err, 0) end
  errors.raise("operational", "%s: %s; drop that in a migration before this one, and make it again after", r.to.name,
    err.message)
end

local SAYS = {
  unique_violation = true, foreign_key_violation = true, not_null_violation = true, check_violation = true,
  operational = true, misuse = true,
}

--- Calls fn; what the database says of a definition is told of the name of the thing.
function M.explained(name, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then return end
  if not (errors.is_error(err) and SAYS[err.kind]) then error(err, 0) end
  errors.raise("operational", "%s cannot be made again: %s; drop or change it in a migration before this one", name,
    err.message)
end

--- Copies the rows.
function M.copy(alias, r, sql)
  local ok, err = pcall(step.execute, alias, sql)
  if ok then return end
  local name = errors.is_error(err) and err.message:match("constraint failed: (.*)$")
  if name then step.explain({ what = "copy the rows of " .. r.to.name }, err, (name:gsub("ryx_new_", ""))) end
  error(err, 0)
end

-- The rows of a table, and of those that refer to it, whose keys lead to nothing.
local BROKEN = [[
SELECT m.name AS child, c.parent AS parent, c.rowid AS row, f."from" AS "column"
FROM sqlite_schema m JOIN pragma_foreign_key_check(m.name) c
  LEFT JOIN pragma_foreign_key_list(m.name) f ON f.id = c.fkid
WHERE m.type = 'table' AND (lower(m.name) = lower(?) OR EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name) k
  WHERE lower(k."table") = lower(?)))
LIMIT 1]]

--- Do all foreign keys of a table, and those that lead to it, find their rows? To delete from it the database looks
--- whether they lead to a key.
function M.references(alias, r)
  local name = r.to.name
  M.explained(name, step.execute, alias, ("DELETE FROM %s WHERE 0"):format(r.ctx.quote(name)))
  local row = step.fetch(alias, BROKEN, { name, name })[1]
  if not row then return end
  errors.raise("operational", "%s.%s: %s refers to no row of %s; remove or change such rows in a migration before "
    .. "this one", row.child, row.column, row.row and "the row " .. tostring(row.row) or "a row", row.parent)
end

return M
