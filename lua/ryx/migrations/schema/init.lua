-- SPDX-License-Identifier: MIT
-- What a database holds, as data: the tables of models with columns, keys, checks and indexes
-- (docs/internals/migrations.md says how they are written).
local check = require "ryx.migrations.text.check"
local compat = require "ryx.compat"
local constraints = require "ryx.meta.constraint"
local context = require "ryx.migrations.dialect.context"
local db_default = require "ryx.query.write.db_default"
local errors = require "ryx.errors"
local generated = require "ryx.migrations.text.generated"
local schema_index = require "ryx.migrations.schema.index"
local tokens = require "ryx.migrations.text.tokens"
local value = require "ryx.value"

local M = {}

--- The key of a table in schema.tables.
function M.key(t)
  return t.schema and t.schema .. "." .. t.name or t.name
end

local function columns_of(fields)
  local columns = {}
  for i, f in ipairs(fields) do columns[i] = f.column end
  return columns
end

-- Adds a part of a table: those of models keep the order of the model.
local function add(set, part)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  part.place = n + 1
  set[part.name] = part
end

--- The parts of a set by name, in order.
function M.sorted(set)
  local list = {}
  for _, part in pairs(set) do list[#list + 1] = part end
  table.sort(list, function(a, b)
    local x, y = a.place or 0, b.place or 0
    if x ~= y then return x < y end
    return M.key(a) < M.key(b)
  end)
  return list
end

-- Type, check of the type (or nil) and collation (or nil) of a column.
local function type_of(ctx, f)
  local text, test, collation = ctx.dialect.types[f.db], nil, nil
  if type(text) == "function" then text, test, collation = text(f, ctx.quote(f.column)) end
  if f.type ~= "text" then return text, test, collation end
  return text, test, (f.target_field or f).collation or ctx.dialect.text_collation
end

-- An expression, or a value as the column holds it, for inserts that do not name the column.
local function db_default_of(ctx, f)
  if value.is_expression(f.db_default) then
    return db_default.text(ctx.alias, f, ctx.quote, ctx.dialect.default_text)
  end
  local literal = f.db_default == value.null and "NULL" or check.any_literal(ctx.dialect, f, f.db_default)
  if not literal then
    errors.raise("unsupported", "%s.%s: db_default: %s cannot stand in a definition; write it into ryx.Raw",
      f.meta.model_name, f.name, compat.show(f.db_default))
  end
  return literal
end

local function default_of(ctx, f)
  if f.db_default ~= nil then return "(" .. db_default_of(ctx, f) .. ")" end
  if f.default == nil or type(f.default) == "function" or f.auto then return nil end
  local literal = (f.type ~= "json" and f.type ~= "bytes") and check.literal(ctx.dialect, f, f.default)
  if not literal then return nil end
  return ctx.dialect.default and ctx.dialect.default(f, literal) or literal
end

-- What a column or a table says of itself, where the database keeps it; no text is none.
local function comment_of(ctx, text, kind, what)
  local bounds = ctx.dialect.comments
  if not bounds or text == nil or text == "" then return nil end
  if text:find("\0", 1, true) then errors.raise("misuse", "%s: db_comment holds a zero byte", what) end
  local most = bounds[kind]
  if most and compat.utf8_len(text) > most then
    errors.raise("unsupported", "%s: db_comment: %s keeps no more than %d characters of it", what, ctx.dialect.server,
      most)
  end
  return text
end

local function is_identity(f)
  return f.primary_key and f.auto
end

-- A generated column. Where one cannot say NOT NULL a check does.
local function generated_column(ctx, t, f)
  local text, test, collation = type_of(ctx, f)
  local no_virtual = not f.db_persist and ctx.dialect.no_virtual and ctx.dialect.no_virtual(ctx.alias)
  if no_virtual then errors.raise("unsupported", "%s: %s", generated.label(f), no_virtual) end
  local says_null = ctx.dialect.generated_is_null
  if says_null and not f.null then
    local is_there = ctx.quote(f.column) .. " IS NOT NULL"
    test = test and ("%s AND (%s)"):format(is_there, test) or is_there
  end
  if test then add(t.checks, { name = constraints.name("ck", f.meta, { f }), sql = test, column = f.column }) end
  return {
    name = f.column, type = text, collation = collation, null = says_null or f.null, virtual = not f.db_persist or nil,
    generated = generated.text(ctx, f), comment = comment_of(ctx, f.db_comment, "column", generated.label(f)),
  }
end

local function column(ctx, t, f)
  if f.generated then return generated_column(ctx, t, f) end
  local text, test, collation = type_of(ctx, f)
  local comment = comment_of(ctx, f.db_comment, "column", f.meta.model_name .. "." .. f.name)
  if is_identity(f) then
    return { name = f.column, type = ctx.dialect.auto_type or text, null = false, identity = true, comment = comment }
  end
  if test then add(t.checks, { name = constraints.name("ck", f.meta, { f }), sql = test, column = f.column }) end
  return {
    name = f.column, type = text, collation = collation, default = default_of(ctx, f),
    null = f.null and not f.primary_key or false, comment = comment,
  }
end

-- Some databases have no primary key over what has no bounds.
local function check_primary(ctx, meta)
  for _, f in ipairs(meta.key_fields) do
    if ctx.dialect.unbounded and ctx.dialect.unbounded[f.db] then
      errors.raise("unsupported", "%s.%s: %s has no primary key of texts, bytes and documents without bounds: take a "
        .. "CharField, which has max_length", meta.model_name, f.name, ctx.dialect.server)
    end
  end
end

local function primary_key(ctx, meta)
  if not meta.key_fields[1] then return nil end
  return { name = ctx.dialect.names_keys and constraints.key_name(meta) or nil, columns = columns_of(meta.key_fields) }
end

local function add_uniques(ctx, t, meta)
  for _, f in ipairs(meta.fields) do
    if f.unique and not f.primary_key then
      schema_index.check_key(ctx, meta, f)
      add(t.uniques, { name = constraints.name("uq", meta, { f }), columns = { f.column } })
    end
  end
  for i, names in ipairs(meta.unique_together) do
    local fields = meta:get_fields(names)
    for _, f in ipairs(fields) do schema_index.check_key(ctx, meta, f) end
    add(t.uniques, { name = constraints.name("uq", meta, fields, i - 1), columns = columns_of(fields) })
  end
end

local function add_foreign_keys(ctx, t, meta)
  local actions = ctx.dialect.actions or {}
  for _, f in ipairs(meta.fields) do
    if f.relation and f.db_constraint then
      local target = f:target_meta().concrete
      add(t.foreign_keys, {
        name = constraints.name("fk", meta, { f }), columns = { f.column }, table = target.table_name,
        schema = target.schema, to = { target.pk_field.column }, on_delete = actions[f.action] or f.action,
      })
    end
  end
end

-- The first column of a set, which has small letters, that a text of SQL names, or nil.
local function names_column(ctx, sql, columns)
  for _, token in ipairs(tokens.of(sql, ctx.dialect.spelling) or {}) do
    local name = (token.kind == "word" or token.kind == "name") and token.text:lower()
    if name and columns[name] then return name end
  end
end

-- Some databases check a row, and work out its columns, before its key is counted up.
local function check_counted(ctx, t, what, sql, reason)
  if not reason then return end
  local counted = {}
  for _, column_of in ipairs(t.columns) do counted[column_of.name:lower()] = column_of.identity end
  local name = names_column(ctx, sql, counted)
  if name then errors.raise("unsupported", "%s: %s names %s: %s", t.model, what, name, reason) end
end

-- Some databases keep no value that is worked out of what a foreign key changes by itself.
local function check_changed(ctx, t)
  local refused, changed = ctx.dialect.generated_not_of or {}, {}
  for _, k in pairs(t.foreign_keys) do
    if refused[k.on_delete] then changed[k.columns[1]:lower()] = k.on_delete end
  end
  for _, c in ipairs(next(changed) and t.columns or {}) do
    local column_of = c.generated and not c.virtual and names_column(ctx, c.generated, changed)
    if column_of then
      errors.raise("unsupported", "%s: %s names %s, whose foreign key has ON DELETE %s: %s keeps no value that is "
        .. "worked out of it: say db_persist = false, or on_delete = \"PROTECT\"", t.model, c.name, column_of,
        changed[column_of], ctx.dialect.server)
    end
  end
end

local function add_checks(ctx, t, meta)
  for _, c in ipairs(meta.constraints) do
    local sql = check.sql(meta, ctx.dialect, ctx.quote, c.check)
    check_counted(ctx, t, "the constraint " .. c.name, sql, ctx.dialect.no_counted_checks)
    add(t.checks, { name = c.name, sql = sql, is_named = true })
  end
end

--- The table of a model; `ctx` is that of dialect/context.lua.
function M.table_of(ctx, meta)
  meta:settle()
  local t = {
    name = meta.table_name, schema = meta.schema, model = meta.model_name, columns = {}, uniques = {},
    foreign_keys = {}, checks = {}, indexes = {}, searches = {}, primary_key = primary_key(ctx, meta),
    comment = comment_of(ctx, meta.options.db_comment, "table", meta.model_name .. " Meta"),
  }
  ctx.name_of(t)
  check_primary(ctx, meta)
  for i, f in ipairs(meta.fields) do t.columns[i] = column(ctx, t, f) end
  for _, c in ipairs(meta.generated and t.columns or {}) do
    if c.generated then check_counted(ctx, t, c.name, c.generated, ctx.dialect.no_counted_generated) end
  end
  add_uniques(ctx, t, meta)
  add_checks(ctx, t, meta)
  add_foreign_keys(ctx, t, meta)
  if meta.generated then check_changed(ctx, t) end
  for _, ix in ipairs(schema_index.indexes(ctx, meta, t)) do add(t.indexes, ix) end
  for _, search in ipairs(schema_index.searches(ctx, t, meta)) do add(t.searches, search) end
  return t
end

-- Notes a name that a schema may have once.
local function note(seen, ctx, what, name, t)
  local id = table.concat({ what, t.schema or "", name }, "\0")
  if seen[id] and seen[id] ~= t then
    errors.raise("misuse", "%s and %s both have %s called %s, and %s takes each name once: give one of them another",
      seen[id].model, t.model, what, name, ctx.dialect.server)
  end
  seen[id] = t
end

-- Refuses names that two of the models have, where they belong to the schema, not to the table.
local function check_names(ctx, list)
  local seen = {}
  for _, t in ipairs(list) do
    for name, ix in pairs(ctx.dialect.shares_index_names and t.indexes or {}) do
      if not ix.by_rule then note(seen, ctx, "an index", name, t) end
    end
    for name, c in pairs(ctx.dialect.shares_check_names and t.checks or {}) do
      if c.is_named then note(seen, ctx, "a constraint", name, t) end
    end
  end
end

--- The schema of models on the dialect of an alias. What the database lacks of them is an error.
function M.of(alias, metas)
  local ctx, tables, list = context.of(alias), {}, {}
  for i, meta in ipairs(metas) do
    local t = M.table_of(ctx, meta)
    t.place, tables[M.key(t)], list[i] = i, t, t
  end
  check_names(ctx, list)
  return { tables = tables }
end

return M
