-- SPDX-License-Identifier: MIT
-- Q: conditions that are joined by * (and), + (or), - (not), on Lua 5.4 also by
-- & | ~. A Q is an interned term and an array of values; it knows no model.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local value_of = require "ryx.value"

local Q = { _class = "q" }
Q.__index = Q

local M = {}

local term_of = intern.term

local function new(s, values)
  return setmetatable({ term = s, values = values }, Q)
end

local class_of = value_of.class_of

--- The right side of a condition as a term and values: plain values by their
--- class, expressions and querysets by their structure.
function M.operand(v)
  local class = class_of(v)
  if class == "expr" then return class, v.term, v.values end
  if class == "q" then
    local e = expr.of(v)
    return "expr", e.term, e.values
  end
  if class == "queryset" then
    local node, bounds, values = expr.queryset_parts(v)
    return class, term_of("rows", node, bounds), values
  end
  if class == "exprs" then
    local terms, values = {}, {}
    for i, item in ipairs(v) do
      local e = expr.of(item, "value")
      terms[i] = e.term
      intern.append(values, e.values)
    end
    return class, term_of("list", compat.unpack(terms)), values
  end
  return class, nil, { v }
end

local STRUCTURED = { expr = true, exprs = true, queryset = true, q = true }
M.STRUCTURED = STRUCTURED

-- Classes of lists that may hold keys of several fields, which are lists or objects.
local LISTED = { table = true, long = true }
M.LISTED = LISTED

local IN, STEP = "__in", 1024

local function is_key_list(v)
  if type(v) ~= "table" then return false end
  local mt = getmetatable(v)
  return mt == nil or mt._class == "object" and not mt.model._meta.pk_field
end

--- For how many keys a condition is made where a path may take a list of those with several
--- fields: a power of two, above STEP a multiple of it. Else nil. A term knows no model: of
--- another path the list is one of documents or arrays.
function M.size_of_keys(path, v)
  if type(path) ~= "string" or path:sub(-#IN) ~= IN or not is_key_list(v[1]) then return nil end
  local n, size = #v, 1
  if n > STEP then return math.floor((n + STEP - 1) / STEP) * STEP end
  while size < n do size = size * 2 end
  return size
end

local function leaf(path, v)
  local class = class_of(v)
  local size = LISTED[class] and M.size_of_keys(path, v)
  if size then return new(term_of("leaf", path, "keys", size, class), { v }) end
  if STRUCTURED[class] then
    intern.check_path(path)
    local kind, s, values = M.operand(v)
    return new(term_of("leaf", path, kind, s), values)
  end
  return new(intern.leaf(path, class), { v })
end

local function joined_values(a, b)
  local values, n = {}, #a.values
  for i = 1, n do values[i] = a.values[i] end
  for i = 1, #b.values do values[n + i] = b.values[i] end
  return values
end

local function join(op, a, b)
  return new(term_of(op, a.term, b.term), joined_values(a, b))
end

--- Anything that is a condition by itself as a Q: Q, a boolean expression; or nil.
function M.as_q(v)
  local mt = getmetatable(v)
  if mt == Q then return v end
  if mt == expr.Expr then return new(term_of("truth", v.term), v.values) end
  return nil
end

local function check(v, op)
  local q = type(v) == "table" and M.as_q(v)
  if not q then errors.raise("misuse", "%s joins Q with Q, not with %s", op, compat.show(v)) end
  return q
end

local function joiner(op, sign)
  return function(a, b)
    return join(op, check(a, sign), check(b, sign))
  end
end

local function negate(a)
  return new(term_of("not", a.term), a.values)
end

Q.__mul, Q.__add, Q.__unm = joiner("and", "*"), joiner("or", "+"), negate
Q.__band, Q.__bor, Q.__bnot = joiner("and", "&"), joiner("or", "|"), negate

local EMPTY = "%s with an empty table: a Lua table cannot hold nil, so a condition whose value is nil is lost "
  .. "and everything would match; write %s(\"name\", value), or ryx.null for NULL"

function M.refuse_empty(what)
  errors.raise("misuse", EMPTY, what, what)
end

local function of_table(t, what)
  local path, v = next(t)
  if path == nil then M.refuse_empty(what) end
  if next(t, path) == nil then return leaf(path, v) end
  local keys = intern.sorted_keys(t)
  local q
  for _, key in ipairs(keys) do
    local part = leaf(key, t[key])
    q = q and join("and", q, part) or part
  end
  return q
end

local function part_of(arg, what)
  if type(arg) ~= "table" then
    errors.raise("misuse", "%s takes tables of conditions and Qs, not %s", what, compat.show(arg))
  end
  if getmetatable(arg) == nil then return of_table(arg, what) end
  if class_of(arg) == "queryset" then
    errors.raise("misuse", "%s takes conditions, not a QuerySet: write %s(Exists(queryset))", what, what)
  end
  return M.as_q(arg) or of_table(arg, what)
end

--- One argument list of filter, exclude or Q as one Q.
function M.of(what, first, ...)
  local n = select("#", ...)
  if type(first) == "string" then
    if n ~= 1 then errors.raise("misuse", "%s(%q, value) takes one value", what, first) end
    local value = ...
    if value == nil then
      errors.raise("misuse", "%s(%q, nil): nil is no value; ryx.null means NULL", what, first)
    end
    return leaf(first, value)
  end
  local q = part_of(first, what)
  for i = 1, n do q = join("and", q, part_of((select(i, ...)), what)) end
  return q
end

M.negate = negate

-- Of no parts AND is true, OR false: what a loop that finds none must mean.
local function fold(op, what)
  local of_none = new(term_of("constant", op == "and"), {})
  return function(list)
    errors.check_type(list, "table", what)
    local q
    for _, key in ipairs(compat.sorted_keys(list)) do
      local part = list[key]
      if type(key) ~= "number" then
        part = leaf(key, part)
      else
        part = M.as_q(part) or M.of(what, part)
      end
      q = q and join(op, q, part) or part
    end
    return q or of_none
  end
end

--- What a condition is whatever the rows hold: true, false, or nil when they matter.
function M.constant(term)
  local op = term.op
  if op == "constant" then return term[1] end
  if op == "not" then
    local v = M.constant(term[1])
    if v ~= nil then return not v end
  elseif op == "and" or op == "or" then
    local a, b = M.constant(term[1]), M.constant(term[2])
    local decides = op == "or"
    if a == decides or b == decides then return decides end
    if a ~= nil and b ~= nil then return a end
  end
  return nil
end

local all, any = fold("and", "Q.all"), fold("or", "Q.any")

--- A condition: * joins by AND, + by OR, unary - negates; on Lua 5.4 also & | ~.
---@class ryx.Q
---@operator mul(ryx.Q|ryx.Expr): ryx.Q
---@operator add(ryx.Q|ryx.Expr): ryx.Q
---@operator unm: ryx.Q
---@operator band(ryx.Q|ryx.Expr): ryx.Q
---@operator bor(ryx.Q|ryx.Expr): ryx.Q
---@operator bnot: ryx.Q

--- Conditions by path, a Q, or an expression that is true or false.
---@alias ryx.Condition table<string, any>|ryx.Q|ryx.Expr

---@class ryx.QConstructor
---@overload fun(first: ryx.Condition|string, ...: any): ryx.Q
---@field all fun(list: table): ryx.Q pairs, Qs or both, joined by AND; of none true
---@field any fun(list: table): ryx.Q joined by OR; of none false
---@field none fun(list: table): ryx.Q none of them

--- A condition of pairs, or of a path and its value.
--- Q{ views__gte = 100 } + -Q("author", ann)   Q.any{ a = 1, b = 2, Q{ c = 3 } }
---@type ryx.QConstructor
M.Q = setmetatable({
  all = all,
  any = any,
  none = function(list) return negate(any(list)) end,
}, {
  __call = function(_, ...)
    if select("#", ...) == 0 then M.refuse_empty("Q") end
    return M.of("Q", ...)
  end,
})

--- Are there rows of a queryset?  filter(Exists(Post.objects:filter{ author = OuterRef("pk") }))
---@param qs ryx.QuerySet
---@return ryx.Q
function M.Exists(qs)
  expr.check_queryset(qs, "Exists")
  local node, bounds, values = expr.queryset_parts(qs)
  return new(term_of("exists", node, bounds), values)
end

--- A condition by an expression, a lookup and a value.  F"a":gt(F"b"), F"a":in_{ 1, 2 }
function M.compare(e, lookup, v)
  if v == nil then
    errors.raise("misuse", "%s:%s(nil): nil is no value; ryx.null means NULL", tostring(e), lookup)
  end
  local class, s, values = M.operand(v)
  local all_values = {}
  intern.append(all_values, e.values)
  intern.append(all_values, values)
  if s then return new(term_of("compare", e.term, lookup, class, s), all_values) end
  return new(term_of("compare", e.term, lookup, class), all_values)
end

return M
