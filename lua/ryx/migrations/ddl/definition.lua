-- SPDX-License-Identifier: MIT
-- Tables of a schema as SQL text: columns, constraints, CREATE TABLE. Identifiers always go
-- through the driver's quoting.
local schema = require "ryx.migrations.schema"

local M = {}

--- A constraint under its name.
local function constraint(ctx, name, text)
  return "CONSTRAINT " .. ctx.quote(name) .. " " .. text
end

--- PRIMARY KEY, under its name where it has one.
local function key(ctx, t)
  local name = t.primary_key.name
  return name and constraint(ctx, name, "PRIMARY KEY") or "PRIMARY KEY"
end

--- The type of a column with its collation.
function M.type(ctx, c)
  return c.type .. (c.collation and ctx.dialect.collate(c.collation) or "")
end

-- Is the value held by the row, or worked out when it is read?
local function generated(c)
  return (" GENERATED ALWAYS AS (%s) %s"):format(c.generated, c.virtual and "VIRTUAL" or "STORED")
end

--- What stands behind the name of a column but for its keys: type, default, NOT NULL.
function M.column_body(ctx, c)
  if c.identity then return M.type(ctx, c) .. ctx.dialect.identity end
  local text = M.type(ctx, c)
  if c.generated then text = text .. generated(c) end
  if c.default then text = text .. " DEFAULT " .. c.default end
  return text .. (c.null and "" or " NOT NULL")
end

-- A comment where definitions have it; others say it by a statement of its own.
local function comment(ctx, part, sign)
  if not (part.comment and ctx.dialect.comment) then return "" end
  return ctx.dialect.comment .. sign .. ctx.dialect.literal_text(part.comment)
end

--- A column as CREATE TABLE has it; `is_key`: it is the whole primary key.
function M.column(ctx, t, c, is_key)
  if is_key and c.identity and ctx.dialect.auto then return ctx.quote(c.name) .. " " .. ctx.dialect.auto end
  return M.added(ctx, c, is_key and " " .. key(ctx, t) or "")
end

--- A column as ALTER TABLE has it; `tail` stands before its comment.
function M.added(ctx, c, tail)
  return ctx.quote(c.name) .. " " .. M.column_body(ctx, c) .. (tail or "") .. comment(ctx, c, " ")
end

--- A primary key of a table, as a constraint of the table.
function M.primary_key(ctx, t)
  return key(ctx, t) .. " (" .. ctx.columns(t.primary_key.columns) .. ")"
end

--- A unique key as a constraint of a table.
function M.unique(ctx, u)
  return constraint(ctx, u.name, "UNIQUE (" .. ctx.columns(u.columns) .. ")")
end

--- A check as a constraint of a table.
function M.check(ctx, c)
  return constraint(ctx, c.name, "CHECK (" .. c.sql .. ")")
end

--- A foreign key as a constraint of a table.
function M.foreign_key(ctx, k)
  return constraint(ctx, k.name, ("FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE %s"):format(ctx.columns(k.columns),
    ctx.name_of{ name = k.table, schema = k.schema }, ctx.columns(k.to), k.on_delete))
end

--- CREATE TABLE; `later` holds the foreign keys, by name, that do not stand inside it.
function M.create_table(ctx, t, later)
  local lines = {}
  local primary = t.primary_key and t.primary_key.columns or {}
  for i, c in ipairs(t.columns) do lines[i] = M.column(ctx, t, c, primary[2] == nil and primary[1] == c.name) end
  if primary[2] then lines[#lines + 1] = M.primary_key(ctx, t) end
  for _, u in ipairs(schema.sorted(t.uniques)) do lines[#lines + 1] = M.unique(ctx, u) end
  for _, c in ipairs(schema.sorted(t.checks)) do lines[#lines + 1] = M.check(ctx, c) end
  for _, k in ipairs(schema.sorted(t.foreign_keys)) do
    if not (later and later[k.name]) then lines[#lines + 1] = M.foreign_key(ctx, k) end
  end
  return ("CREATE TABLE IF NOT EXISTS %s (\n  %s\n)%s"):format(ctx.name_of(t), table.concat(lines, ",\n  "),
    comment(ctx, t, " = "))
end

return M
