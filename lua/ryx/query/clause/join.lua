-- SPDX-License-Identifier: MIT
-- qs:join("authors", "posts.author_id = authors.id"), qs:join(queryset, { alias = "a" }): another
-- table beside the model's, or rows of a query, whose columns are read by a name.
local annotate = require "ryx.query.clause.annotate"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local derived = require "ryx.query.clause.derived"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local chain_node = require "ryx.query.clause.node"

local M = {}

---@class ryx.JoinRows
---@field alias string
---@field on? table<string, ryx.PathOrExpr>
---@field kind? "inner"|"left"|"right"|"full"|"cross"
---@field lateral? boolean

local KINDS = { inner = true, left = true, right = true, full = true, cross = true }

-- A column of a table that no model describes has the type the database gives.
local function any_column(source, name)
  return { op = "column", source = source, column = name, type = "null", null = true, name = name }
end

local function join_of(source, meta)
  return {
    source = source,
    column = function(name)
      if not meta then return any_column(source, name) end
      local field = meta.paths[name] or meta.by_column[name]
      return field and builder.column(source, field)
    end,
    names = function() return meta and compat.sorted_keys(meta.paths) or {} end,
  }
end

--- The condition of a join: columns of what is joined = expressions of the query.
function M.on(resolver, join, pairs_list, what)
  local conditions = {}
  for i = 1, pairs_list.n, 2 do
    local name = pairs_list[i]
    local column = join.column(name)
    if not column then
      errors.raise("field_error", "%s has no column %q%s", what, name, errors.hint(name, join.names()))
    end
    conditions[#conditions + 1] = ir.lookup("exact", column, ir.coerce(resolver:resolve(pairs_list[i + 1]), column))
  end
  return joins.all(conditions)
end

local function check_free(b, name)
  b.joined = b.joined or {}
  if b.joined[name] or b.annotations[name] or b.meta.paths[name] or b.meta:relation(name) then
    errors.raise("misuse", "join: %s has %q already; give the table an alias", b.meta.model_name, name)
  end
end

local function joining(name, meta, table_name, on, kind)
  return function(b, first)
    local resolver = resolve.new(b, first)
    check_free(b, name)
    local source = builder.add(b, { meta = meta, table = meta and meta.table or table_name, alias = name, join = kind })
    source.nullable = kind == "left" or kind == "full"
    local join = join_of(source, meta)
    b.joined[name] = join
    if kind ~= "cross" then source.on = M.on(resolver, join, on, "join: " .. name) end
    return resolver
  end
end

local ALONE = "join: an OuterRef in a joined queryset means the row that it is joined to: add lateral = true"

local function joining_rows(name, node, bounds, on, kind, lateral)
  return function(b, first)
    local resolver = resolve.new(b, first)
    check_free(b, name)
    local rows = derived.rows(resolver:part(node, bounds, not lateral and ALONE))
    local source = builder.add(b, { query = rows.query, alias = name, join = kind, lateral = lateral })
    source.nullable = kind == "left" or kind == "full"
    local join = derived.joined(source, rows)
    b.joined[name] = join
    source.on = kind ~= "cross" and M.on(resolver, join, on, "join: " .. name) or nil
    return resolver
  end
end

-- "posts.author_id = authors.id": which side is the joined table's?
local function parse_on(text, name, own)
  local a, b = text:match("^%s*([%w_.]+)%s*=%s*([%w_.]+)%s*$")
  if not a then errors.raise("misuse", "join: on is \"table.column = table.column\" or a table, not %q", text) end
  local function split(side)
    local t, c = side:match("^([%w_]+)%.([%w_]+)$")
    return t, c or side
  end
  local ta, ca = split(a)
  local tb, cb = split(b)
  if ta == name and tb ~= name then return { [ca] = expr.F(tb == own and cb or b) } end
  if tb == name and ta ~= name then return { [cb] = expr.F(ta == own and ca or a) } end
  errors.raise("misuse", "join: one side of %q must be a column of %s", text, name)
end

local function check_kind(given)
  local kind = tostring(given or "inner"):lower()
  if not KINDS[kind] then
    errors.raise("misuse", "join: unknown kind %s%s", compat.show(given), errors.hint(kind, compat.sorted_keys(KINDS)))
  end
  return kind
end

local function check_name(name)
  if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
    errors.raise("misuse", "join: %s is not a name", compat.show(name))
  end
  return name
end

local function condition_of(on, kind)
  if kind == "cross" or on == nil then return intern.pairs("list", {}, {}), {} end
  local names, terms, values = annotate.pairs_of(on, "join: on")
  return intern.pairs("list", names, terms), values
end

local function join_table(qs, target, on, options)
  options = options or {}
  errors.check_options(options, { kind = true, alias = true }, "join")
  local kind = check_kind(options.kind)
  local meta = type(target) == "table" and rawget(target, "_meta") or nil
  if not meta and type(target) ~= "string" then
    errors.raise("misuse", "join takes a model, the name of a table or a queryset, not %s", compat.show(target))
  end
  if not meta then meta = qs.node.meta.registry:by_table(target, qs.node.meta) end
  local table_name = meta and meta.table_name or target
  local name = check_name(options.alias or table_name)
  if type(on) == "string" then on = parse_on(on, name, qs.node.meta.table_name) end
  if kind ~= "cross" then errors.check_type(on, "table", "join: on") end
  local list, values = condition_of(on, kind)
  local key = intern.term("join", name, table_name, list, kind)
  local node = chain_node.follow(qs.node, "join", key, function(parent)
    return chain_node.new(parent, joining(name, meta, table_name, list, kind))
  end)
  return queryset.with(qs, node, chain_node.params(qs, node, values))
end

local ROWS = { on = true, kind = true, alias = true, lateral = true }

local function join_rows(qs, rows, options)
  errors.check_type(options, "table", "join: options of a queryset")
  errors.check_options(options, ROWS, "join")
  local kind, name, lateral = check_kind(options.kind), check_name(options.alias), options.lateral or false
  errors.check_type(lateral, "boolean", "join: lateral")
  if lateral and (kind == "right" or kind == "full") then
    errors.raise("misuse", "join: a lateral one is inner, left or cross: it reads rows that must be there, so not %s",
      kind)
  end
  if not lateral and kind ~= "cross" and options.on == nil then
    errors.raise("misuse", "join: %s needs on = { column = path }, or kind = \"cross\"", name)
  end
  local list, more = condition_of(options.on, kind)
  local inner, bounds, values = expr.queryset_parts(rows)
  values = { compat.unpack(values) }
  intern.append(values, more)
  local key = intern.term("join rows", name, inner, bounds, list, kind, lateral)
  local node = chain_node.follow(qs.node, "join", key, function(parent)
    return chain_node.new(parent, joining_rows(name, inner, bounds, list, kind, lateral))
  end)
  return queryset.with(qs, node, chain_node.params(qs, node, values))
end

--- Joins a table or a model by columns of the queryset; its columns are read by its name.
--- Post.objects:join("authors", "posts.author_id = authors.id"):values("title", "authors__name")
--- Post.objects:join(Author, { id = "author" }, { kind = "left", alias = "a" }):filter{ a__name = "Ann" }
---
--- Or the rows of a queryset, which takes its options second: `alias`, `on` (columns of its
--- rows = paths of this one), `kind`. With `lateral = true` it is asked for each row, which
--- OuterRef names; PostgreSQL and MySQL have that, elsewhere it is `unsupported`.
--- Author.objects:join(Post.objects:filter{ author = OuterRef("pk") }:order_by("-views"):limit(2),
---   { alias = "best", lateral = true }):values("name", "best__title")
---@param target string|ryx.ModelClass|ryx.QuerySet
---@param on? string|table<string, ryx.PathOrExpr>|ryx.JoinRows none of a cross join
---@param options? { kind?: "inner"|"left"|"right"|"full"|"cross", alias?: string }
---@return ryx.QuerySet
function M.join(qs, target, on, options)
  queryset.refuse_slice(qs, "join")
  local mt = getmetatable(target)
  if mt and mt._class == "queryset" then
    if options ~= nil then errors.raise("misuse", "join: a queryset takes its options second: { alias =, on = }") end
    return join_rows(qs, target, on)
  end
  return join_table(qs, target, on, options)
end

M.methods = { join = M.join }

return M
