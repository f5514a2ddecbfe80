-- SPDX-License-Identifier: MIT
-- CREATE INDEX: of fields by rule and those of Meta.indexes. What a database lacks is told
-- before anything is made.
local check = require "ryx.migrations.check"
local ddl = require "ryx.migrations.ddl"
local errors = require "ryx.errors"
local expression = require "ryx.migrations.expression"
local indexes = require "ryx.meta.index"

local M = {}

-- "(255)" of a text that is indexed by its first letters, else nothing.
local function letters_of(ctx, f)
  local n = (ctx.dialect.index_letters or {})[f.db]
  if n == false then
    errors.raise("unsupported", "%s.%s: %s", ctx.meta.model_name, f.name, ctx.dialect.no_document_index)
  end
  return n and ("(%d)"):format(n) or ""
end

-- A column of an index: NULL is the smallest value in either direction.
local function column(ctx, f, desc)
  local nulls = f.null and ctx.dialect.null_order
  return ctx.quote(f.column) .. letters_of(ctx, f) .. (desc and " DESC" or "")
    .. (nulls and nulls[desc and "desc" or "asc"] or "")
end

local function create(ctx, name, parts, ix)
  return ("CREATE %sINDEX %s%s ON %s%s (%s)"):format(ix.unique and "UNIQUE " or "",
    ix.concurrently and "CONCURRENTLY " or "", ctx.quote(name), ctx.table,
    ix.method and ix.method ~= indexes.USUAL and " USING " .. ctx.quote(ix.method) or "", table.concat(parts, ", "))
end

local function by_rule(ctx, index)
  local parts = {}
  for i, f in ipairs(index.fields) do parts[i] = column(ctx, f) end
  return { sql = create(ctx, index.name, parts, {}) }
end

-- Options that not every database has, and what its dialect says of each: true, or nothing and why.
local function check_options(ctx, ix, what)
  local dialect = ctx.dialect
  local function need(is_given, reason)
    if is_given and reason then errors.raise("unsupported", "%s: %s", what, reason) end
  end
  need(ix.expressions[1], dialect.no_index_expressions)
  need(ix.condition, dialect.no_index_conditions)
  need(ix.include[1], dialect.no_index_include)
  need(ix.concurrently, dialect.no_index_concurrently)
  local methods = dialect.index_methods
  if ix.method and ix.method ~= indexes.USUAL and not methods then
    errors.raise("unsupported", "%s: %s makes indexes by the method %q only", what, dialect.server, indexes.USUAL)
  end
end

-- What a method of the database cannot do; of one that ryx does not know the database says so.
local function check_method(ctx, ix, what)
  local method = ix.method and ctx.dialect.index_methods and ctx.dialect.index_methods[ix.method]
  if not method then return end
  local function refuse(is_given, part)
    if is_given then errors.raise("unsupported", "%s: the method %q makes no index %s", what, ix.method, part) end
  end
  refuse(ix.unique and not method.unique, "that is unique")
  refuse(ix.include[1] and not method.include, "with include")
  refuse(#ix.fields + #ix.expressions > 1 and not method.several, "of several columns")
  for _, desc in ipairs(ix.desc) do refuse(desc and not method.ordered, "with a direction") end
end

local function is_ordered(ctx, ix)
  local methods = ctx.dialect.index_methods
  return not ix.method or not methods or methods[ix.method] and methods[ix.method].ordered
end

local function included(ctx, ix)
  if not ix.include[1] then return "" end
  local parts = {}
  for i, f in ipairs(ctx.meta:get_fields(ix.include)) do parts[i] = ctx.quote(f.column) end
  return " INCLUDE (" .. table.concat(parts, ", ") .. ")"
end

-- An index is in the schema of its table.
local function drop(ctx, name)
  local schema = ctx.meta.schema
  return "DROP INDEX CONCURRENTLY IF EXISTS " .. (schema and ctx.quote(schema) .. "." or "") .. ctx.quote(name)
end

-- An index of Meta.indexes.
local function declared(ctx, ix)
  local name, parts = ix:name_in(ctx.meta), {}
  local what = ctx.meta.model_name .. ": the index " .. name
  check_options(ctx, ix, what)
  check_method(ctx, ix, what)
  for i, f in ipairs(ctx.meta:get_fields(ix.fields)) do
    if ix.unique then ddl.check_key(ctx, f) end
    parts[i] = is_ordered(ctx, ix) and column(ctx, f, ix.desc[i]) or ctx.quote(f.column)
  end
  for _, e in ipairs(ix.expressions) do parts[#parts + 1] = "(" .. expression(ctx, e, what) .. ")" end
  local condition = ix.condition and check.sql(ctx.meta, ctx.dialect, ctx.quote, ix.condition)
  local sql = create(ctx, name, parts, ix) .. included(ctx, ix) .. (condition and " WHERE " .. condition or "")
  -- One that failed halfway would stay there, and serve nobody.
  local undo = ix.concurrently and drop(ctx, name) or nil
  return { sql = sql, name = name, what = what, undo = undo }
end

--- Every CREATE INDEX of a model: { sql, and of those of Meta.indexes name and what }; those that are
--- made beside running writes have undo.
function M.statements(ctx)
  local meta, out = ctx.meta, {}
  for i, ix in ipairs(indexes.by_rule(meta)) do out[i] = by_rule(ctx, ix) end
  for _, ix in ipairs(meta.indexes) do
    if ix._class == "index" then out[#out + 1] = declared(ctx, ix) end
  end
  return out
end

-- Notes a name that a schema may have once.
local function note(seen, ctx, what, name)
  local key = table.concat({ what, ctx.meta.schema or "", name }, "\0")
  if seen[key] then
    errors.raise("misuse", "%s and %s both have %s called %s, and %s takes each name once: give one of them another",
      seen[key].model_name, ctx.meta.model_name, what, name, ctx.dialect.server)
  end
  seen[key] = ctx.meta
end

--- Refuses names that two of the models have, where they belong to the schema, not to the table.
function M.check_names(contexts, statements)
  local seen = {}
  for _, ctx in ipairs(contexts) do
    for _, statement in ipairs(ctx.dialect.shares_index_names and statements[ctx] or {}) do
      if statement.name then note(seen, ctx, "an index", statement.name) end
    end
    for _, c in ipairs(ctx.dialect.shares_check_names and ctx.meta.constraints or {}) do
      note(seen, ctx, "a constraint", c.name)
    end
  end
end

--- Has a model an index that is made beside running writes?
function M.has_concurrent(meta)
  for _, ix in ipairs(meta.indexes) do
    if ix.concurrently then return true end
  end
  return false
end

-- A type or a method that the database does not know in an index, by its state.
local LACKS = { ["42704"] = true, ["0A000"] = true, ["42P17"] = true }

--- Runs a statement of the above by execute(alias, sql); what the database lacks is told of the index.
function M.run(statement, alias, execute)
  local ok, err = pcall(execute, alias, statement.sql)
  if ok then return end
  if statement.undo then pcall(execute, alias, statement.undo) end
  if statement.what and errors.is_error(err) and LACKS[err.sqlstate] then
    errors.raise("unsupported", "%s: %s", statement.what, err.message)
  end
  error(err, 0)
end

return M
