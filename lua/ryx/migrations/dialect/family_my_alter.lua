-- SPDX-License-Identifier: MIT
-- How MariaDB and MySQL change tables. A wish of ALGORITHM and LOCK says that nobody need wait
-- for what the server can do so; where it cannot after all, the step is done without.
local definition = require "ryx.migrations.definition"
local risk = require "ryx.migrations.risk"
local schema = require "ryx.migrations.schema"

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

function M.add_index(ctx, change, state)
  local steps = state.standard.add_index(ctx, change, state)
  if change.is_new then return steps end
  local step = steps[1]
  step.again, step.sql, step.risk = step.sql, step.sql .. " ALGORITHM=INPLACE LOCK=NONE", nil
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

-- A table with words of a search does nothing at once.
local function is_plain(change)
  return next(change.at.searches or {}) == nil
end

function M.rename_column(ctx, change, state)
  local steps = state.standard.rename_column(ctx, change, state)
  if is_plain(change) then wish(steps[1], INSTANT) end
  return steps
end

function M.drop_column(ctx, change, state)
  local steps = state.standard.drop_column(ctx, change, state)
  if is_plain(change) then wish(steps[1], INSTANT).risk = "destructive" end
  return steps
end

-- Is a new column the whole key, made by the database?
local function is_new_key(change)
  local key = change.pair and change.pair.to.primary_key
  return key and change.column.identity and key.columns[2] == nil and key.columns[1] == change.column.name
end

function M.add_column(ctx, change, state)
  local steps = state.standard.add_column(ctx, change, state)
  if is_new_key(change) then
    steps[1].sql = steps[1].sql .. " PRIMARY KEY"
  elseif not change.column.identity and is_plain(change) then
    wish(steps[1], INSTANT)
  end
  if steps[2] then wish(steps[2], INSTANT) end
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

local function body(ctx, c, from)
  local comment = c.comment or from and from.comment
  return ctx.quote(c.name) .. " " .. definition.column_body(ctx, c)
    .. (comment and " COMMENT " .. ctx.dialect.literal_text(comment) or "")
end

-- A column counts up by a key only.
function M.drop_primary_key(ctx, change)
  local actions = {}
  for i, c in ipairs(made(change.pair.was.columns)) do
    actions[i] = "MODIFY COLUMN " .. body(ctx, schema.with(c, { identity = false }), c)
  end
  actions[#actions + 1] = "DROP PRIMARY KEY"
  local steps = one(ctx, change.at, table.concat(actions, ", "), "drop the primary key of %s")
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
  local actions = { "ADD PRIMARY KEY (" .. ctx.columns(key.columns) .. ")" }
  for _, c in ipairs(counted) do actions[#actions + 1] = "MODIFY COLUMN " .. body(ctx, c) end
  local steps = one(ctx, change.at, table.concat(actions, ", "), "add the primary key of %s")
  steps[1].risk = "blocking"
  return steps
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

local function default_only(ctx, change, what)
  local to = change.to
  local default = to.default or to.null and "NULL"
  return one(ctx, change.at, ("ALTER COLUMN %s %s"):format(ctx.quote(to.name),
    default and "SET DEFAULT " .. default or "DROP DEFAULT"), what, INSTANT)
end

-- What the server can do of a change of type beside reads and writes.
local function judge(step, change)
  local from, to, difference = change.from, change.to, change.difference
  step.column = to.name
  if difference.identity then
    step.risk = "blocking"
  elseif difference.type and not risk.holds(to.type, from.type) then
    step.risk = "destructive"
  elseif difference.collation or difference.type and not is_longer_text(from, to) then
    step.risk = "blocking"
  else
    wish(step, BESIDE_WRITES)
  end
end

--- A column with all that belongs to it.
function M.alter_column(ctx, change)
  local from, to, difference = change.from, change.to, change.difference
  local name, t = ctx.quote(to.name), change.at
  local what = ("alter column %s of %%s"):format(to.name)
  if difference.default and not (difference.type or difference.collation or difference.null or difference.identity) then
    return default_only(ctx, change, what)
  end
  local steps = {}
  local function modify(c)
    local step = one(ctx, t, "MODIFY COLUMN " .. body(ctx, c, from), what)[1]
    judge(step, change)
    steps[#steps + 1] = step
  end
  if changes_key(change.pair) then to = schema.with(to, { identity = false }) end
  if difference.null and not to.null and change.fill then
    if difference.type or difference.collation then modify(schema.with(to, { null = true, default = false })) end
    steps[#steps + 1] = {
      sql = ("UPDATE %s SET %s = %s WHERE %s IS NULL"):format(ctx.name_of(t), name, change.fill, name),
      what = ("fill column %s of %s"):format(to.name, t.name),
    }
  end
  modify(to)
  return steps
end

return M
