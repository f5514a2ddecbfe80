-- SPDX-License-Identifier: MIT
-- How MariaDB and MySQL change tables. A wish of ALGORITHM and LOCK says that nobody need wait
-- for what the server can do so; where it cannot after all, the step is done without.
local compat = require "ryx.compat"
local convert = require "ryx.migrations.ddl.dialect.family_my_convert"
local definition = require "ryx.migrations.ddl.definition"
local kept = require "ryx.migrations.ddl.dialect.family_my_kept"
local risk = require "ryx.migrations.schema.risk"

local M = {}

local INSTANT = "ALGORITHM=INSTANT"
local BESIDE_WRITES = "ALGORITHM=INPLACE, LOCK=NONE"

local function wish(step, text)
  step.again, step.sql, step.risk = step.sql, step.sql .. ", " .. text, nil
  return step
end

local function one(ctx, t, action, what, wanted)
  local step = { sql = ctx.alter(t, action), what = what:format(t.name) }
  return { wanted and wish(step, wanted) or step }
end

-- Columns written anew, parts { from, to }, by one statement with what else it does.
local function modify(ctx, t, parts, what, ...)
  local steps = one(ctx, t, kept.actions(ctx, parts, ...), what)
  steps[1].complete = kept.complete(ctx, t, parts)
  return steps
end

-- An expression is a column that is hidden, which is made while nobody writes.
local function has_expression(ix)
  for _, p in ipairs(ix.parts) do
    if p.sql then return true end
  end
  return false
end

function M.add_index(ctx, change, state)
  local steps = state.standard.add_index(ctx, change, state)
  if change.is_new then return steps end
  local step, waits = steps[1], has_expression(change.to)
  step.again, step.sql = step.sql, step.sql .. " ALGORITHM=INPLACE LOCK=" .. (waits and "SHARED" or "NONE")
  if not waits then step.risk = nil end
  return steps
end

local function drop_index(ctx, change, word)
  local name = change.from.name
  return one(ctx, change.at, "DROP INDEX " .. ctx.quote(name), ("drop %s %s of %%s"):format(word, name), BESIDE_WRITES)
end

function M.drop_index(ctx, change) return drop_index(ctx, change, "index") end
function M.drop_unique(ctx, change) return drop_index(ctx, change, "unique key") end

function M.add_unique(ctx, change, state)
  local steps = state.standard.add_unique(ctx, change, state)
  wish(steps[1], BESIDE_WRITES)
  return steps
end

function M.rename_index(ctx, change)
  local a, b = change.from.name, change.to.name
  return one(ctx, change.at, ("RENAME INDEX %s TO %s"):format(ctx.quote(a), ctx.quote(b)),
    ("rename index %s to %s of %%s"):format(a, b), BESIDE_WRITES)
end
M.rename_unique = M.rename_index

function M.drop_foreign_key(ctx, change)
  local name = change.from.name
  return one(ctx, change.at, "DROP FOREIGN KEY " .. ctx.quote(name), ("drop foreign key %s of %%s"):format(name),
    BESIDE_WRITES)
end

function M.drop_check(ctx, change, state)
  local steps = state.standard.drop_check(ctx, change, state)
  wish(steps[1], BESIDE_WRITES)
  return steps
end

function M.rename_column(ctx, change, state)
  local steps = state.standard.rename_column(ctx, change, state)
  wish(steps[1], INSTANT)
  return steps
end

-- A table with words of a search is written anew where another is not.
local function is_plain(change)
  return next(change.pair.kept) == nil
end

function M.drop_column(ctx, change, state)
  local steps = state.standard.drop_column(ctx, change, state)
  local risk_of_drop = steps[1].risk
  if is_plain(change) then wish(steps[1], INSTANT).risk = risk_of_drop end
  return steps
end

-- ALTER of a column's default; what has no bounds can lose one by it, and gets one by MODIFY.
local function set_default(ctx, t, c, what)
  local default = c.default or c.null and "NULL"
  if not default or not (c.type:find("^LONG") or c.type == "JSON") then
    local action = ("ALTER COLUMN %s %s"):format(ctx.quote(c.name), default and "SET DEFAULT " .. default
      or "DROP DEFAULT")
    local steps = one(ctx, t, action, what, INSTANT)
    steps[1].complete = kept.complete(ctx, t, { { from = c, to = c, action = action, is_default = true } })
    return steps
  end
  local steps = modify(ctx, t, { { from = c, to = c } }, what)
  if ctx.dialect.copies_for_expressions then
    steps[1].risk, steps[1].column = "blocking", c.name
  else
    wish(steps[1], INSTANT)
  end
  return steps
end

-- Is a new column the whole key, made by the database?
local function is_new_key(change)
  local key = change.pair and change.pair.to.primary_key
  return key and change.column.identity and key.columns[2] == nil and key.columns[1] == change.column.name
end

-- Can the server add it without a look at the rows?
local function is_added_at_once(ctx, change)
  if change.column.generated and not change.column.virtual then return false end
  local fill = change.fill and ctx.dialect.fill(change.column, change.fill) or change.column.default
  local is_worked_out = fill ~= nil and fill:sub(1, 1) == "("
  return is_plain(change) and not (is_worked_out and ctx.dialect.copies_for_expressions)
end

function M.add_column(ctx, change, state)
  local steps = state.standard.add_column(ctx, change, state)
  if change.column.virtual and not change.column.null then
    steps[1].sql, steps[1].risk = steps[1].sql .. ", WITH VALIDATION", "blocking" -- else nobody looks at the rows
  elseif is_new_key(change) then
    steps[1].sql = steps[1].sql .. " PRIMARY KEY"
  elseif not change.column.identity and is_added_at_once(ctx, change) then
    wish(steps[1], INSTANT)
  else
    steps[1].risk = "blocking"
  end
  if steps[2] then steps[2] = set_default(ctx, change.at, change.column, steps[1].what)[1] end
  return steps
end

-- The columns of a list that the database makes.
local function made(columns)
  local list = {}
  for _, c in ipairs(columns) do
    if c.identity then list[#list + 1] = c end
  end
  return list
end

-- A column counts up by a key only.
function M.drop_primary_key(ctx, change)
  local parts = {}
  for i, c in ipairs(made(change.pair.was.columns)) do
    parts[i] = { from = c, to = compat.with(c, { identity = false }) }
  end
  local steps = modify(ctx, change.at, parts, "drop the primary key of %s", "DROP PRIMARY KEY")
  steps[1].risk = "blocking"
  return steps
end

function M.add_primary_key(ctx, change)
  local there, key = {}, change.to
  for _, c in ipairs(change.pair.from.columns) do there[c.name] = true end
  local counted = made(change.pair.to.columns)
  -- It came with its column.
  if key.columns[2] == nil and counted[1] and counted[1].name == key.columns[1] and not there[key.columns[1]] then
    return {}
  end
  local parts = {}
  for i, c in ipairs(counted) do parts[i] = { from = c, to = c } end
  local steps = modify(ctx, change.at, parts, "add the primary key of %s",
    "ADD PRIMARY KEY (" .. ctx.columns(key.columns) .. ")")
  steps[1].risk = "blocking"
  return steps
end

-- A comment is a matter of the catalog.
function M.comment_table(ctx, change)
  local text = ctx.dialect.literal_text(change.to.comment or "")
  return one(ctx, change.at, "COMMENT = " .. text, "change the comment of %s", BESIDE_WRITES)
end

local function changes_key(pair)
  local a, b = pair.from.primary_key, pair.to.primary_key
  return table.concat(a and a.columns or {}, "\0") ~= table.concat(b and b.columns or {}, "\0")
end

-- Text whose length is counted in as many bytes as before.
local function is_longer_text(from, to)
  local n, m = from.type:match("^VARCHAR%((%d+)%)$"), to.type:match("^VARCHAR%((%d+)%)$")
  n, m = tonumber(n), tonumber(m)
  return n ~= nil and m ~= nil and m > n and (n <= 63) == (m <= 63) and from.collation == to.collation
end

-- Has a table a column whose default is worked out?
local function works_out(t)
  for _, c in ipairs(t.columns) do
    if c.default and c.default:sub(1, 1) == "(" then return true end
  end
  return false
end

local function is_only(difference, what)
  return difference[what] and next(difference, next(difference)) == nil
end

-- What the server can do of a change of type beside reads and writes.
local function judge(ctx, step, change)
  local from, to, difference = change.from, change.to, change.difference
  step.column = to.name
  if is_only(difference, "comment") then
    wish(step, INSTANT)
  elseif difference.identity then
    step.risk = "blocking"
  elseif difference.type and not risk.holds(to.type, from.type) then
    step.risk = "destructive"
  elseif difference.collation or difference.type and not is_longer_text(from, to)
    or difference.null and not is_plain(change) then
    step.risk = "blocking"
  elseif ctx.dialect.copies_for_expressions and (works_out(change.pair.from) or works_out(change.pair.to)) then
    step.risk = "blocking"
  else
    wish(step, BESIDE_WRITES)
  end
end

-- What no row holds becomes values of a new column, which then has the name.
local function keep_values(ctx, t, to)
  local name, new = ctx.quote(to.name), ctx.quote("ryx_new_" .. to.name)
  local what = ("keep the values of %s of %s"):format(to.name, t.name)
  local function alter(action)
    return { sql = ctx.alter(t, action), what = what, risk = "blocking", column = to.name }
  end
  return {
    alter("ADD COLUMN " .. definition.added(ctx, compat.with(to, { name = "ryx_new_" .. to.name, null = true }))),
    { sql = ("UPDATE %s SET %s = %s"):format(ctx.name_of(t), new, name), what = what },
    alter(("DROP COLUMN %s, CHANGE COLUMN %s %s"):format(name, new, definition.added(ctx, to))),
  }
end

--- A column with all that belongs to it.
function M.alter_column(ctx, change)
  local from, to, difference = change.from, change.to, change.difference
  convert.refuse_nonsense(change.at, from, to)
  if from.virtual and not to.generated then return keep_values(ctx, change.at, to) end
  local name, t = ctx.quote(to.name), change.at
  local what = ("alter column %s of %%s"):format(to.name)
  if is_only(difference, "default") then
    return set_default(ctx, t, to, what)
  end
  local steps = convert.check_texts(ctx, t, from, to, what)
  local function write(c)
    local step = modify(ctx, t, { { from = from, to = c } }, what)[1]
    judge(ctx, step, change)
    steps[#steps + 1] = step
  end
  if changes_key(change.pair) then to = compat.with(to, { identity = false }) end
  if difference.null and not to.null and change.fill then
    if difference.type or difference.collation then write(compat.with(to, { null = true, default = false })) end
    steps[#steps + 1] = {
      sql = ("UPDATE %s SET %s = %s WHERE %s IS NULL"):format(ctx.name_of(t), name, change.fill, name),
      mark = "UPDATE " .. to.name, what = ("fill column %s of %s"):format(to.name, t.name),
    }
  end
  write(to)
  return steps
end

return M
