-- SPDX-License-Identifier: MIT
-- Tables as SQL text. What differs between databases is in a table per dialect;
-- identifiers always go through the driver's quoting.
local check = require "ryx.migrations.check"
local compat = require "ryx.compat"
local constraints = require "ryx.meta.constraint"
local db_default = require "ryx.query.write.db_default"
local errors = require "ryx.errors"
local run = require "ryx.db.run"
local value = require "ryx.value"

local M = {}

-- The type of a column and its check (or nil).
local function type_of(ctx, f, column)
  local t = ctx.dialect.types[f.db]
  local text, test = t, nil
  if type(t) == "function" then text, test = t(f, column) end
  if f.type ~= "text" then return text, test end
  local collation = (f.target_field or f).collation
  if collation then return text .. ctx.dialect.collate(collation), test end
  return text .. (ctx.dialect.text_suffix or ""), test
end

-- An expression, or a value as the column holds it, for inserts that do not name the column.
local function db_default_of(ctx, f)
  if value.is_expression(f.db_default) then
    return db_default.text(ctx.alias, f, ctx.quote, ctx.dialect.default_text)
  end
  local literal = f.db_default == value.null and "NULL" or check.any_literal(ctx.dialect, f, f.db_default)
  if not literal then
    errors.raise("unsupported", "%s.%s: db_default: %s cannot stand in a definition; write it into ryx.Raw",
      ctx.meta.model_name, f.name, compat.show(f.db_default))
  end
  return literal
end

local function default_of(ctx, f)
  if f.db_default ~= nil then return " DEFAULT (" .. db_default_of(ctx, f) .. ")" end
  if f.default == nil or type(f.default) == "function" or f.auto then return "" end
  local literal = (f.type ~= "json" and f.type ~= "bytes") and check.literal(ctx.dialect, f, f.default)
  if not literal then return "" end
  return " DEFAULT " .. (ctx.dialect.default and ctx.dialect.default(f, literal) or literal)
end

local function constraint(ctx, name, text)
  return "CONSTRAINT " .. ctx.quote(name) .. " " .. text
end

-- Some databases have no primary key over what has no bounds.
local function check_primary(ctx)
  for _, f in ipairs(ctx.meta.key_fields) do
    if ctx.dialect.unbounded and ctx.dialect.unbounded[f.db] then
      errors.raise("unsupported", "%s.%s: %s has no primary key of texts, bytes and documents without bounds: take a "
        .. "CharField, which has max_length", ctx.meta.model_name, f.name, ctx.dialect.server)
    end
  end
end

local function primary_key(ctx)
  if not ctx.dialect.names_keys then return " PRIMARY KEY" end
  return " " .. constraint(ctx, constraints.key_name(ctx.meta), "PRIMARY KEY")
end

-- A column, and the constraint that its type brings.
local function column(ctx, f)
  local name = ctx.quote(f.column)
  local text, test = type_of(ctx, f, name)
  if f.primary_key and f.auto then
    return name .. " " .. (ctx.dialect.auto or text .. ctx.dialect.identity .. primary_key(ctx))
  end
  return name .. " " .. text .. default_of(ctx, f)
    .. ((f.null and not f.primary_key) and "" or " NOT NULL")
    .. (f.primary_key and primary_key(ctx) or ""),
    test and constraint(ctx, constraints.name("ck", ctx.meta, { f }), "CHECK (" .. test .. ")")
end

local function quoted(ctx, fields)
  local columns = {}
  for i, f in ipairs(fields) do columns[i] = ctx.quote(f.column) end
  return table.concat(columns, ", ")
end

--- A foreign key as a table constraint.
function M.foreign_key(ctx, f)
  local target = f:target_meta()
  local actions = ctx.dialect.actions
  return constraint(ctx, constraints.name("fk", ctx.meta, { f }),
    ("FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE %s"):format(ctx.quote(f.column), ctx.table_of(target),
      ctx.quote(target.pk_field.column), actions and actions[f.action] or f.action))
end

-- A key of several columns.
local function key(ctx, lines)
  if not ctx.meta.key_fields[2] then return end
  lines[#lines + 1] = primary_key(ctx):sub(2) .. " (" .. quoted(ctx, ctx.meta.key_fields) .. ")"
end

--- A database may index the first letters of a text only, by which nothing is unique.
function M.check_key(ctx, f)
  if (ctx.dialect.index_letters or {})[f.db] == nil then return end
  errors.raise("unsupported", "%s.%s: %s", ctx.meta.model_name, f.name, ctx.dialect.no_long_keys)
end

local function uniques(ctx, lines)
  local meta = ctx.meta
  for _, f in ipairs(meta.fields) do
    if f.unique and not f.primary_key then
      M.check_key(ctx, f)
      lines[#lines + 1] = constraint(ctx, constraints.name("uq", meta, { f }), "UNIQUE (" .. ctx.quote(f.column) .. ")")
    end
  end
  for i, names in ipairs(meta.unique_together) do
    local fields = meta:get_fields(names)
    for _, f in ipairs(fields) do M.check_key(ctx, f) end
    lines[#lines + 1] = constraint(ctx, constraints.name("uq", meta, fields, i - 1),
      "UNIQUE (" .. quoted(ctx, fields) .. ")")
  end
end

--- CREATE TABLE; `inline(f)` says which foreign keys stand inside it.
function M.create_table(ctx, inline)
  local meta, lines = ctx.meta, {}
  local tests = {}
  check_primary(ctx)
  for i, f in ipairs(meta.fields) do
    local test
    lines[i], test = column(ctx, f)
    tests[#tests + 1] = test
  end
  for _, test in ipairs(tests) do lines[#lines + 1] = test end
  key(ctx, lines)
  uniques(ctx, lines)
  for _, c in ipairs(meta.constraints) do
    lines[#lines + 1] = constraint(ctx, c.name, "CHECK (" .. check.sql(meta, ctx.dialect, ctx.quote, c.check) .. ")")
  end
  for _, f in ipairs(meta.fields) do
    if f.relation and f.db_constraint and inline(f) then lines[#lines + 1] = M.foreign_key(ctx, f) end
  end
  return "CREATE TABLE IF NOT EXISTS " .. ctx.table .. " (\n  "
    .. table.concat(lines, ",\n  ") .. "\n)"
end

--- A foreign key added to a table that is there.
function M.add_foreign_key(ctx, f)
  return "ALTER TABLE " .. ctx.table .. " ADD " .. M.foreign_key(ctx, f)
end

local DIALECTS = { sqlite = true, postgres = true, mariadb = true, mysql = true }

-- The name of a model's table in SQL, behind its schema.
local function table_name(ctx, meta)
  if not meta.schema then return ctx.quote(meta.table_name) end
  if not ctx.dialect.has_schemas then
    errors.raise("unsupported", "%s: Meta.schema: %s has no schemas", meta.model_name, ctx.dialect.server)
  end
  return ctx.quote(meta.schema) .. "." .. ctx.quote(meta.table_name)
end

--- What the functions above need: alias, meta, dialect table, quote(name), the table's name in SQL.
function M.context(alias, meta, quote)
  local name = run.dialect(alias)
  if not DIALECTS[name] then
    errors.raise("unsupported", "there is no schema for the database %s", tostring(name))
  end
  local ctx = {
    alias = alias, meta = meta, dialect = require("ryx.migrations.dialect." .. name),
    quote = function(identifier) return quote(alias, identifier) end,
  }
  function ctx.table_of(other) return table_name(ctx, other) end
  ctx.table = table_name(ctx, meta)
  return ctx
end

return M
