-- SPDX-License-Identifier: MIT
-- One step of a change of tables: a statement, or what a dialect does in its place.
--   sql       the statement, as a user would run it
--   what      what it does, in words
--   mark      what it is known by where it is noted, else sql: a value for rows is another one at another time
--   run       a function that does it, where ryx needs more than the statement
--   complete  complete(alias, sql): the statement with what is there at that moment and no model says
--   undo      what removes its remains where it fails
--   bare      no transaction may hold it
--   outside   a setting that a user's own client must make outside of the transaction
--   again     the same without the wishes that a server may refuse
--   leftover  { ask, drop }: where the question gives a row, an earlier run left something, which goes first
--   lacks     what it makes, for an error that says that the database lacks something for it
--   is_users  a text of the user's, who alone knows what it does
--   is_rows   it changes rows, by a function
--   risk      "destructive" or "blocking", of rows that are there
--   column    what the risk is for: "posts.slug"
local errors = require "ryx.errors"
local run = require "ryx.db.run"

local M = {}

--- Runs a statement in the current transaction.
function M.execute(alias, sql)
  run.execute_sql(alias, run.current_tx(alias), sql)
end

--- The rows of a question, by column.
function M.fetch(alias, sql, params)
  return run.fetch_sql(alias, run.current_tx(alias), sql, params)
end

--- A statement of a step as it is to be run now.
function M.text(alias, step, sql)
  return step.complete and step.complete(alias, sql) or sql
end

-- ALGORITHM or LOCK that a server cannot grant, by its number.
local REFUSED = { [1845] = true, [1846] = true, [1221] = true, [1235] = true }

-- A type or a method that the database does not know in an index, an expression that it cannot work out in a
-- definition, by its state or number.
local LACKS = {
  ["42704"] = true, ["0A000"] = true, ["42P17"] = true, ["42P22"] = true, [3757] = true, [1901] = true,
  [3102] = true, [3109] = true, [3763] = true, ["42883"] = true,
}
-- What SQLite says without a number of its own.
local LACKED = "in generated columns"

-- What it means for the rows that are there when a database refuses a step, by kind, state or number.
local BEFORE = " in a migration before this one"
M.BEFORE = BEFORE
local ROWS = "; change them" .. BEFORE
local OTHERS = "; drop that" .. BEFORE .. ", and make it again after"
local SAYS = {
  unique_violation = "rows that are there are alike" .. ROWS,
  foreign_key_violation = "rows that are there lead to rows that are not" .. ROWS,
  not_null_violation = "rows that are there have no value" .. ROWS,
  check_violation = "rows that are there do not pass" .. ROWS,
  validation = "values that are there do not fit" .. ROWS,
  ["22P02"] = "values that are there do not fit" .. ROWS,
  ["22007"] = "values that are there do not fit" .. ROWS,
  ["22003"] = "values that are there do not fit" .. ROWS,
  ["22008"] = "values that are there do not fit" .. ROWS,
  ["42846"] = "one type cannot become the other; add a new column, and fill it by what the old one holds",
  [1138] = "rows that are there have no value" .. ROWS,
  -- Of a column that SQLite adds.
  ["NOT NULL constraint failed"] = "rows that are there have no value" .. ROWS,
  ["CHECK constraint failed"] = "values that are there do not fit" .. ROWS,
  ["2BP01"] = "something else in the database needs it" .. OTHERS,
  ["0A000"] = "something else in the database needs it" .. OTHERS,
}

--- Tells an error in words of rows, where it is one; `name` is what they do not pass, where that is known.
function M.explain(step, err, name)
  local says = SAYS[err.code] or SAYS[err.sqlstate] or SAYS[err.kind] or SAYS[err.message]
  if not says then return end
  local detail = err.detail and err.sqlstate and (err.sqlstate == "2BP01" or err.sqlstate == "0A000") and err.detail
  if detail then says = says:gsub(";", ", " .. detail:gsub("%%", "%%%%") .. ";", 1) end
  err.message = step.what .. ": " .. (name and name .. ": " or "") .. says
end

-- A question mark that is an operator would be a parameter.
local function escaped(sql)
  if not sql:find("?", 1, true) then return sql end
  local out, i = {}, 1
  while i <= #sql do
    local c = sql:sub(i, i)
    local last = c:find("['\"`]") and sql:find(c, i + 1, true) or i
    local piece = sql:sub(i, last)
    out[#out + 1], i = piece == "?" and "??" or piece, last + 1
  end
  return table.concat(out)
end

local function fail(alias, step, err)
  -- The first error is the one to tell.
  if step.undo then pcall(M.execute, alias, step.undo) end
  if errors.is_error(err) then
    local is_lacking = LACKS[err.sqlstate] or LACKS[err.code] or err.message:find(LACKED, 1, true)
    if step.lacks and is_lacking then
      errors.raise("unsupported", "%s: %s", step.lacks, err.message)
    end
    M.explain(step, err)
  end
  error(err, 0)
end

local function sent(alias, step, sql)
  sql = M.text(alias, step, sql)
  return step.is_users and sql or escaped(sql)
end

--- Does a step.
function M.run(alias, step)
  if step.run then return step.run(alias) end
  local leftover = step.leftover
  if leftover and M.fetch(alias, leftover.ask)[1] then M.execute(alias, leftover.drop) end
  local ok, err = pcall(M.execute, alias, sent(alias, step, step.sql))
  if not ok and step.again and errors.is_error(err) and REFUSED[err.code] then
    ok, err = pcall(M.execute, alias, sent(alias, step, step.again))
  end
  if not ok then fail(alias, step, err) end
end

return M
