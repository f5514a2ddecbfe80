-- SPDX-License-Identifier: MIT
-- The indexes of a model as data of its table: those by rule, those of Meta.indexes, and what
-- searches look into. What a database lacks is told before anything is made.
local check = require "ryx.migrations.text.check"
local errors = require "ryx.errors"
local expression = require "ryx.migrations.text.expression"
local indexes = require "ryx.meta.index"
local parse = require "ryx.migrations.text.parse"

local M = {}

--- A database may index the first letters of a text only, by which nothing is unique.
function M.check_key(ctx, meta, f)
  if (ctx.dialect.index_letters or {})[f.db] == nil then return end
  errors.raise("unsupported", "%s.%s: %s", meta.model_name, f.name, ctx.dialect.no_long_keys)
end

-- How many letters of a text are indexed, where not all are; some databases cut one text by itself
-- alone, so that beside others (`is_beside`) it must be short.
local function letters_of(ctx, meta, f, is_beside)
  local n = (ctx.dialect.index_letters or is_beside and ctx.dialect.letters_beside or {})[f.db]
  if n == false then
    errors.raise("unsupported", "%s.%s: %s", meta.model_name, f.name, ctx.dialect.no_document_index)
  end
  return n
end

-- A column of an index: NULL is the smallest value in either direction.
local function part(ctx, meta, f, desc, is_beside)
  local nulls = f.null and ctx.dialect.null_order
  return {
    column = f.column, desc = desc or false, letters = letters_of(ctx, meta, f, is_beside),
    nulls = nulls and nulls[desc and "desc" or "asc"] or nil,
  }
end

local function by_rule(ctx, meta, index)
  local parts = {}
  for i, f in ipairs(index.fields) do parts[i] = part(ctx, meta, f, false, index.fields[2] ~= nil) end
  return { name = index.name, unique = false, parts = parts, by_rule = true }
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
  local function refuse(is_given, of)
    if is_given then errors.raise("unsupported", "%s: the method %q makes no index %s", what, ix.method, of) end
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

-- Does a server that drops casts take a tree for what a column is anyway?
local function without_cast(spelling, c, tree)
  local collation, kind = tree[1] == "collate" and tree[3], nil
  if collation then tree = tree[2] end
  if tree[1] == "cast" then kind, tree = tree[3], tree[2] end
  local is_same = (not collation or collation == c.collation)
    and (not kind or (spelling.types[kind] or kind) == c.type:lower())
  return is_same and tree or nil
end

-- The place of the column that an expression is after all; the server keeps its index as one of that.
local function plain_column(ctx, t, sql)
  local spelling = ctx.dialect.spelling
  local tree = parse(sql, spelling)
  for i, c in ipairs(tree and t.columns or {}) do
    local of = spelling.drops_casts and without_cast(spelling, c, tree) or tree
    if of[1] == "name" and of[2] == c.name then return i end
  end
end

local function expression_part(ctx, meta, t, ix, sql, is_beside)
  local place = plain_column(ctx, t, sql)
  if not place then return { sql = sql } end
  local f = meta.fields[place]
  if ix.unique then M.check_key(ctx, meta, f) end
  return { column = f.column, desc = false, letters = letters_of(ctx, meta, f, is_beside) }
end

local function parts_of(ctx, meta, t, ix, what)
  local parts, is_beside = {}, not ix.unique and #ix.fields + #ix.expressions > 1
  for i, f in ipairs(meta:get_fields(ix.fields)) do
    if ix.unique then M.check_key(ctx, meta, f) end
    parts[i] = is_ordered(ctx, ix) and part(ctx, meta, f, ix.desc[i], is_beside) or { column = f.column, desc = false }
  end
  for _, e in ipairs(ix.expressions) do
    parts[#parts + 1] = expression_part(ctx, meta, t, ix, expression(ctx, meta, e, what), is_beside)
  end
  return parts
end

local function included(meta, ix)
  if not ix.include[1] then return nil end
  local columns = {}
  for i, f in ipairs(meta:get_fields(ix.include)) do columns[i] = f.column end
  return columns
end

-- An index of Meta.indexes.
local function declared(ctx, meta, t, ix)
  local name = ix:name_in(meta)
  local what = meta.model_name .. ": the index " .. name
  check_options(ctx, ix, what)
  check_method(ctx, ix, what)
  return {
    name = name, unique = ix.unique, parts = parts_of(ctx, meta, t, ix, what), include = included(meta, ix),
    method = ix.method ~= indexes.USUAL and ix.method or nil,
    condition = ix.condition and check.sql(meta, ctx.dialect, ctx.quote, ix.condition) or nil,
    concurrently = ix.concurrently or nil,
  }
end

--- The indexes of a model, whose table has its columns, but for those of searches.
function M.indexes(ctx, meta, t)
  local out = {}
  for i, index in ipairs(indexes.by_rule(meta)) do out[i] = by_rule(ctx, meta, index) end
  for _, ix in ipairs(meta.indexes) do
    if ix._class == "index" then out[#out + 1] = declared(ctx, meta, t, ix) end
  end
  return out
end

local function search(ctx, t, meta, index)
  local dialect = ctx.dialect
  local s = { name = index:name_in(meta), columns = {} }
  if dialect.check_search then dialect.check_search(meta, s.name) end
  -- Elsewhere weights and stems are the query's.
  if dialect.keeps_weights then s.config, s.weights = index.config, {} end
  for i, name in ipairs(index.fields) do
    s.columns[i] = meta:get_field(name).column
    if s.weights then s.weights[i] = index.weights[name] or "D" end
  end
  s.objects = dialect.search_objects(t, s)
  return s
end

--- What the searches of a model look into.
function M.searches(ctx, t, meta)
  local out = {}
  for _, index in ipairs(meta.indexes) do
    if index._class == "search_index" then out[#out + 1] = search(ctx, t, meta, index) end
  end
  return out
end

return M
