-- SPDX-License-Identifier: MIT
-- F"views" + 1, Value, New, OuterRef, Subquery: expressions as users write them, a term and
-- its values. Which columns they mean is worked out by query/resolve, once for each term
-- and query.
local bounds = require "ryx.query.ir.bounds"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local intern = require "ryx.query.expr.intern"
local value_of = require "ryx.value"

local M = {}

--- A value, in which a text is that text, or an expression.
---@alias ryx.ValueOrExpr string|number|boolean|userdata|table|ryx.Expr|ryx.Q|ryx.QuerySet

--- An expression, in which a text is the path of a field: "author__name".
---@alias ryx.PathOrExpr string|number|boolean|userdata|table|ryx.Expr|ryx.Q|ryx.QuerySet

--- A column, a value, or what the database works out of them. Every lookup is a method.
---@class ryx.Expr
---@operator add(ryx.ValueOrExpr): ryx.Expr
---@operator sub(ryx.ValueOrExpr): ryx.Expr
---@operator mul(ryx.ValueOrExpr): ryx.Expr
---@operator div(ryx.ValueOrExpr): ryx.Expr
---@operator mod(ryx.ValueOrExpr): ryx.Expr
---@operator pow(ryx.ValueOrExpr): ryx.Expr
---@operator concat(ryx.ValueOrExpr): ryx.Expr
---@operator unm: ryx.Expr
local Expr = { _class = "expr" }
M.Expr = Expr

local term_of, append = intern.term, intern.append

local function new(term, values)
  return setmetatable({ term = term, values = values }, Expr)
end
M.new = new

function M.is_expr(v)
  return getmetatable(v) == Expr
end

--- What a value's type is when nothing else decides.
local function kind_of(v)
  local t = type(v)
  if t == "number" or t == "cdata" then return compat.is_integer(v) and "int" or "double" end
  if t == "string" then return "text" end
  if t == "boolean" then return "bool" end
  if t == "userdata" then
    if v == value_of.null then return "null" end
    local kind = value_of.kind(v)
    -- How many places a decimal bounds decides how many the result has.
    return kind == "decimal" and "decimal:" .. #(tostring(v):match("%.(%d+)$") or "") or kind
  end
  if t == "table" then
    local mt = getmetatable(v)
    return mt and mt._class or "json"
  end
  return nil
end

local value_terms = {}

--- A value as an expression: its kind is the term, itself the value.
local function value(v)
  local kind = kind_of(v)
  if not kind then errors.raise("misuse", "%s is no value for a query", compat.show(v)) end
  local term = value_terms[kind]
  if not term then
    term = term_of("value", kind)
    value_terms[kind] = term
  end
  return new(term, { v })
end

local QS, Q = "queryset", "q"

--- Any argument as an expression: a text is a path, or a value when `texts` says so.
function M.of(v, texts)
  if getmetatable(v) == Expr then return v end
  local class = type(v) == "table" and getmetatable(v) and getmetatable(v)._class
  if class == Q then return new(term_of("condition", v.term), v.values) end
  if class == QS then return M.Subquery(v) end
  if type(v) == "string" and texts ~= "value" then return M.F(v) end
  if v == nil then errors.raise("misuse", "nil is no expression; ryx.null means NULL") end
  return value(v)
end

--- A column, relation or annotation by its path.  F"views" + 1, F"author__name"
---@param path string
---@return ryx.Expr
function M.F(path)
  errors.check_type(path, "string", "F")
  return new(term_of("path", path), {})
end

--- A value where a text would be a path.  ryx.Value("draft")
---@param v ryx.ValueOrExpr
---@return ryx.Expr
function M.Value(v)
  if v == nil then errors.raise("misuse", "Value(nil): nil is no value; ryx.null means NULL") end
  return value(v)
end

-- Stands for a value of the row that was to be inserted.
local NewValue = { _class = "new" }
M.NewValue = NewValue

--- The value that bulk_create or upsert was to insert; F is the one that is there.
---   update_fields = { views = F"views" + ryx.New"views" }
---@param name string
---@return ryx.Expr
function M.New(name)
  errors.check_type(name, "string", "New")
  return new(term_of("new", name), { setmetatable({ name = name }, NewValue) })
end

--- A path of the query around a sub-query; OuterRef(OuterRef("pk")) of the one around that.
--- Exists(Post.objects:filter{ author = OuterRef("pk") })
---@param path string|ryx.Expr
---@return ryx.Expr
function M.OuterRef(path)
  if getmetatable(path) == Expr and path.term.op == "outer" then return new(term_of("outer", path.term), {}) end
  errors.check_type(path, "string", "OuterRef")
  return new(term_of("outer", path), {})
end

--- Parts of an operation in one list: terms and all values.
local function parts(texts, ...)
  local terms, values = {}, {}
  for i = 1, select("#", ...) do
    local e = M.of(select(i, ...), texts)
    terms[i] = e.term
    append(values, e.values)
  end
  return terms, values
end

local function operator(op)
  return function(a, b)
    local terms, values = parts("value", a, b)
    return new(term_of("operator", op, terms[1], terms[2]), values)
  end
end

Expr.__add, Expr.__sub, Expr.__mul = operator("+"), operator("-"), operator("*")
Expr.__div, Expr.__mod, Expr.__concat = operator("/"), operator("%"), operator("..")
Expr.__pow = operator("^")
function Expr.__unm(a)
  return new(term_of("operator", "neg", a.term), a.values)
end
local function not_comparable()
  errors.raise("misuse", "expressions are compared by methods: F\"a\":gt(F\"b\"), or by lookups: { a__gt = F\"b\" }")
end
Expr.__lt, Expr.__le = not_comparable, not_comparable
Expr.__tostring = function(e) return "<expression " .. M.show(e.term) .. ">" end

--- A term as text, for messages.
function M.show(term)
  if type(term) ~= "table" then return tostring(term) end
  if term.op == "path" then return "F" .. compat.show(term[1]) end
  if term.op == "value" then return "?" end
  if term.op == "order" then return (term[2] and "-" or "") .. M.show(term[1]) end
  if term.op == "node" or term.meta then return term.meta.model_name end
  local out = {}
  for i = 1, term.n do out[i] = M.show(term[i]) end
  return term.op .. "(" .. table.concat(out, ", ") .. ")"
end

-- Set by clause/bounds.lua, which lies above: the node of a queryset that says using.
M.naming = nil

--- Which rows a sub-query of a queryset has: its node, its bounds, its parameters.
local function queryset_parts(qs)
  local values = {}
  for i = 1, qs.node.n do values[i] = qs.params[i] end
  bounds.bind(values, qs.node.n, qs)
  return qs.on_alias and M.naming(qs.node, qs.on_alias) or qs.node, bounds.of(qs), values
end
M.queryset_parts = queryset_parts

local function check_queryset(qs, what)
  if type(qs) ~= "table" or not getmetatable(qs) or getmetatable(qs)._class ~= QS then
    errors.raise("misuse", "%s takes a QuerySet, not %s", what, compat.show(qs))
  end
end
M.check_queryset = check_queryset

--- The first value of a queryset's rows: of its one column, or of its key.
--- ryx.Subquery(Post.objects:filter{ author = OuterRef("pk") }:order_by("-id"):values("title"):limit(1))
---@param qs ryx.QuerySet
---@return ryx.Expr
function M.Subquery(qs)
  check_queryset(qs, "Subquery")
  local node, which, values = queryset_parts(qs)
  return new(term_of("subquery", node, which), values)
end

-- Methods: order; those of JSON are added by json.lua, the comparisons by lookup/init.lua.

local Methods = {}
M.methods = Methods
Expr.__index = Methods

local NULLS = { first = true, last = true }

local function ordered(desc)
  return function(e, options)
    options = options or {}
    errors.check_options(options, { nulls = true }, desc and "desc" or "asc")
    if options.nulls and not NULLS[options.nulls] then
      errors.raise("misuse", "nulls is \"first\" or \"last\", not %s", compat.show(options.nulls))
    end
    return new(term_of("order", e.term, desc, options.nulls or ""), e.values)
  end
end

--- An order by the expression, the smallest first.  qs:order_by(F"name":asc{ nulls = "last" })
---@param options? { nulls?: "first"|"last" }
---@return ryx.Expr
Methods.asc = ordered(false)

--- An order by the expression, the largest first.  qs:order_by(F"views":desc())
---@param options? { nulls?: "first"|"last" }
---@return ryx.Expr
Methods.desc = ordered(true)

--- Keys of an order as one term, and their values.
local function order_parts(list, what)
  if type(list) ~= "table" or getmetatable(list) ~= nil then list = { list } end
  local terms, values = {}, {}
  for i, key in ipairs(list) do
    local e = M.order_key(key, what)
    terms[i] = e.term
    append(values, e.values)
  end
  return term_of("list", compat.unpack(terms)), values
end

--- A key of an order: "name", "-name", an expression, F"name":desc().
function M.order_key(key, what)
  if type(key) == "string" and key ~= "" and key ~= "-" then
    if key:sub(1, 1) == "-" then return M.F(key:sub(2)):desc() end
    return M.F(key):asc()
  end
  if getmetatable(key) ~= Expr then
    errors.refuse_list(key, what)
    errors.raise("misuse", "%s takes names of fields and expressions, not %s", what, compat.show(key))
  end
  return key.term.op == "order" and key or key:asc()
end

M.order_parts, M.parts = order_parts, parts

return M
