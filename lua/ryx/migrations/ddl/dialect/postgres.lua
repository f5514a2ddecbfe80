-- SPDX-License-Identifier: MIT
-- How PostgreSQL changes tables, where its words are its own.
local risk = require "ryx.migrations.schema.risk"
local step = require "ryx.migrations.ddl.step"

local M = {}

local function literal(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

-- What a table or a column says of itself has a statement of its own.
local function comment_step(ctx, t, c)
  local part = c or t
  local name = ctx.name_of(t) .. (c and "." .. ctx.quote(c.name) or "")
  local text = part.comment and literal(part.comment) or "NULL"
  return {
    sql = ("COMMENT ON %s %s IS %s"):format(c and "COLUMN" or "TABLE", name, text),
    what = "change the comment of " .. (c and c.name .. " of " or "") .. t.name,
  }
end

function M.comment_table(ctx, change) return { comment_step(ctx, change.to) } end

function M.create_table(ctx, change, state)
  local steps, t = state.standard.create_table(ctx, change, state), change.to
  if t.comment then steps[#steps + 1] = comment_step(ctx, t) end
  for _, c in ipairs(t.columns) do
    if c.comment then steps[#steps + 1] = comment_step(ctx, t, c) end
  end
  return steps
end

function M.add_column(ctx, change, state)
  local steps, c = state.standard.add_column(ctx, change, state), change.column
  if c.comment then steps[#steps + 1] = comment_step(ctx, change.at, c) end
  return steps
end

function M.rename_table(ctx, change)
  local steps, from, to = {}, change.from, change.to
  local what = ("rename table %s to %s"):format(from.name, to.name)
  if from.name ~= to.name then
    steps[1] = { sql = ctx.alter(from, "RENAME TO " .. ctx.quote(to.name)), what = what }
  end
  if from.schema ~= to.schema then
    local schema = ctx.quote(to.schema or step.fetch(ctx.alias, "SELECT current_schema() AS name")[1].name)
    steps[#steps + 1] = {
      sql = ctx.alter({ name = to.name, schema = from.schema }, "SET SCHEMA " .. schema),
      what = ("move table %s to the schema %s"):format(to.name, schema),
    }
  end
  return steps
end

function M.rename_constraint(ctx, change)
  local a, b = change.from.name, change.to.name
  return {
    {
      sql = ctx.alter(change.at, ("RENAME CONSTRAINT %s TO %s"):format(ctx.quote(a), ctx.quote(b))),
      what = ("rename constraint %s to %s of %s"):format(a, b, change.at.name),
    },
  }
end
M.rename_unique = M.rename_constraint

function M.rename_index(ctx, change)
  local a, b = change.from.name, change.to.name
  return {
    {
      sql = ("ALTER INDEX %s RENAME TO %s"):format(ctx.name_of{ name = a, schema = change.at.schema }, ctx.quote(b)),
      what = ("rename index %s to %s of %s"):format(a, b, change.at.name),
    },
  }
end
M.rename_search = M.rename_index

local INVALID = "SELECT 1 AS there FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
  .. "JOIN pg_namespace n ON n.oid = c.relnamespace "
  .. "WHERE c.relname = %s AND n.nspname = %s AND NOT i.indisvalid"

local function drop_beside_writes(ctx, t, name)
  return "DROP INDEX CONCURRENTLY IF EXISTS " .. ctx.name_of{ name = name, schema = t.schema }
end

-- One that failed halfway stays there, and serves nobody.
function M.add_index(ctx, change, state)
  local steps = state.standard.add_index(ctx, change, state)
  local made, ix, t = steps[1], change.to, change.at
  if not ix.concurrently then return steps end
  made.bare, made.undo = true, drop_beside_writes(ctx, t, ix.name)
  made.leftover = {
    ask = INVALID:format(literal(ix.name), t.schema and literal(t.schema) or "current_schema()"), drop = made.undo,
  }
  return steps
end

function M.drop_index(ctx, change, state)
  local steps = state.standard.drop_index(ctx, change, state)
  if change.when == "alone" then
    steps[1].sql, steps[1].bare = drop_beside_writes(ctx, change.at, change.from.name), true
  end
  return steps
end

-- Types among which PostgreSQL converts by itself.
local FAMILY = {
  SMALLINT = "number", INTEGER = "number", BIGINT = "number", NUMERIC = "number", ["DOUBLE PRECISION"] = "number",
  VARCHAR = "text", TEXT = "text", DATE = "day", TIMESTAMP = "day",
}
-- How a value of one becomes one of another, where a cast does not do it; moments without a zone are in UTC.
local BY_WORDS = {
  ["TIMESTAMP TIMESTAMPTZ"] = "%s AT TIME ZONE 'UTC'", ["TIMESTAMPTZ TIMESTAMP"] = "%s AT TIME ZONE 'UTC'",
  ["DATE TIMESTAMPTZ"] = "%s::TIMESTAMP AT TIME ZONE 'UTC'", ["TIMESTAMPTZ DATE"] = "(%s AT TIME ZONE 'UTC')::DATE",
  ["BYTEA TEXT"] = "convert_from(%s, 'UTF8')", ["BYTEA VARCHAR"] = "convert_from(%s, 'UTF8')",
  ["TEXT BYTEA"] = "convert_to(%s, 'UTF8')", ["VARCHAR BYTEA"] = "convert_to(%s, 'UTF8')",
  ["BOOLEAN SMALLINT"] = "%s::INTEGER", ["BOOLEAN BIGINT"] = "%s::INTEGER", ["BOOLEAN NUMERIC"] = "%s::INTEGER",
  ["BOOLEAN DOUBLE PRECISION"] = "%s::INTEGER", ["SMALLINT BOOLEAN"] = "%s <> 0", ["BIGINT BOOLEAN"] = "%s <> 0",
  ["NUMERIC BOOLEAN"] = "%s <> 0", ["DOUBLE PRECISION BOOLEAN"] = "%s <> 0",
}

local function base_of(text)
  return (text:gsub("%s*%(.*$", ""))
end

-- USING of a change of type, or "".
local function conversion(ctx, from, to)
  local a, b = base_of(from.type), base_of(to.type)
  if a == b or FAMILY[a] and FAMILY[a] == FAMILY[b] then return "" end
  local column = ctx.quote(to.name)
  local words = BY_WORDS[a .. " " .. b]
  if words then return " USING " .. words:format(column) end
  if to.type == "JSONB" and from.type:find("%[%]$") then return (" USING to_jsonb(%s)"):format(column) end
  -- A cast to a length cuts what is longer; as text it must fit.
  return (" USING %s::%s"):format(column, b == "VARCHAR" and not to.type:find("%[%]$") and "TEXT" or to.type)
end

-- Wider text and more digits are a matter of the catalog.
local function is_rewritten(from, to)
  local a, b = base_of(from.type), base_of(to.type)
  if from.collation ~= to.collation or not risk.holds(to.type, from.type) then return true end
  return not (a == b and (a == "VARCHAR" or a == "NUMERIC") or a == "VARCHAR" and b == "TEXT")
end

local function type_of(ctx, c)
  return c.type .. (c.collation and ctx.dialect.collate(c.collation) or "")
end

-- The actions that must stand before rows are filled: the type, and what forbids it.
local function type_actions(ctx, change, add)
  local from, to, difference = change.from, change.to, change.difference
  local changes_type = difference.type or difference.collation
  if difference.generated then add("DROP EXPRESSION") end -- the values stay
  if difference.identity and from.identity then add("DROP IDENTITY") end
  if from.default and (changes_type or difference.default) then add("DROP DEFAULT") end
  if changes_type then add(("TYPE %s%s"):format(type_of(ctx, to), conversion(ctx, from, to))) end
  if difference.null and to.null then add("DROP NOT NULL") end
end

local function value_actions(ctx, change, add)
  local from, to, difference = change.from, change.to, change.difference
  if to.default and (difference.default or difference.type or difference.collation) then
    add("SET DEFAULT " .. to.default)
  end
  if difference.null and not to.null and not from.identity then add("SET NOT NULL") end
  if difference.identity and to.identity then add("ADD" .. ctx.dialect.identity) end
end

-- Goes on behind the largest key that is there.
local function continue_keys(ctx, change)
  local t, name = ctx.name_of(change.at), ctx.quote(change.to.name)
  return ("SELECT setval(pg_get_serial_sequence(%s, %s), COALESCE(max(%s), 0) + 1, false) FROM %s"):format(literal(t),
    literal(change.to.name), name, t)
end

local function risk_of(change)
  local from, to, difference = change.from, change.to, change.difference
  if difference.type and not risk.holds(to.type, from.type) then return "destructive" end
  if (difference.type or difference.collation) and is_rewritten(from, to) then return "blocking" end
  return difference.null and not to.null and "blocking" or nil
end

--- A column: its type, what rows without a value get, its default and whether it may be NULL.
function M.alter_column(ctx, change)
  local to, actions, steps = change.to, {}, {}
  local what = ("alter column %s of %s"):format(to.name, change.at.name)
  local column = "ALTER COLUMN " .. ctx.quote(to.name) .. " "
  local function add(action)
    actions[#actions + 1] = column .. action
  end
  local function flush()
    if actions[1] then
      steps[#steps + 1] = {
        sql = ctx.alter(change.at, table.concat(actions, ", ")), what = what, risk = risk_of(change), column = to.name,
      }
    end
    actions = {}
  end
  type_actions(ctx, change, add)
  if change.fill and change.difference.null and not to.null then
    flush()
    steps[#steps + 1] = {
      sql = ("UPDATE %s SET %s = %s WHERE %s IS NULL"):format(ctx.name_of(change.at), ctx.quote(to.name), change.fill,
        ctx.quote(to.name)),
      mark = "UPDATE " .. to.name, what = ("fill column %s of %s"):format(to.name, change.at.name),
    }
  end
  value_actions(ctx, change, add)
  flush()
  if change.difference.identity and to.identity then
    steps[#steps + 1] = { sql = continue_keys(ctx, change), what = what }
  end
  if change.difference.comment then steps[#steps + 1] = comment_step(ctx, change.at, to) end
  return steps
end

function M.add_primary_key(ctx, change)
  local key = change.to
  return {
    {
      sql = ctx.alter(change.at, ("ADD CONSTRAINT %s PRIMARY KEY (%s)"):format(ctx.quote(key.name),
        ctx.columns(key.columns))),
      what = "add the primary key of " .. change.at.name, risk = "blocking",
    },
  }
end

function M.drop_primary_key(ctx, change)
  return {
    {
      sql = ctx.alter(change.at, "DROP CONSTRAINT " .. ctx.quote(change.from.name)),
      what = "drop the primary key of " .. change.at.name,
    },
  }
end

return M
