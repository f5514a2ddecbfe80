-- SPDX-License-Identifier: MIT
-- Q: conditions that are joined by * (and), + (or), - (not), on Lua 5.4 also by
-- & | ~. A Q is an interned shape and an array of values; it knows no model.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local shape = require "ryx.query.shape"

local SHAPES_MAX = 4096

local Q = { _class = "q" }
Q.__index = Q

local M = {}

local leaves, n_shapes = {}, 0

local function count()
  n_shapes = n_shapes + 1
  if n_shapes > SHAPES_MAX then leaves, n_shapes = {}, 0 end
end

local CLASS = { number = "scalar", string = "scalar", cdata = "scalar" }

local function odd_class(v)
  local t = type(v)
  if t == "boolean" then return v and "yes" or "no" end
  if t == "userdata" then return v == db.null and "null" or "scalar" end
  if t == "table" then
    local mt = getmetatable(v)
    return mt and mt._class or "table"
  end
  return t
end

--- The class of a value: what of it changes the SQL.
function M.class_of(v)
  return CLASS[type(v)] or odd_class(v)
end

local function leaf(path, v)
  if type(path) ~= "string" then
    errors.raise("misuse", "a condition is named by text, not by %s", compat.show(path))
  end
  local class = M.class_of(v)
  local same = leaves[class]
  if not same then
    same = {}
    leaves[class] = same
  end
  local s = same[path]
  if not s then
    count()
    s = { op = "leaf", path = path, class = class }
    same[path] = s
  end
  return setmetatable({ shape = s, values = { v } }, Q)
end

local function join(op, a, b)
  local joined = a.shape[op]
  if not joined then
    joined = setmetatable({}, { __mode = "k" })
    a.shape[op] = joined
  end
  local s = joined[b.shape]
  if not s then
    count()
    s = { op = op, a = a.shape, b = b.shape }
    joined[b.shape] = s
  end
  local values, n = {}, #a.values
  for i = 1, n do values[i] = a.values[i] end
  for i = 1, #b.values do values[n + i] = b.values[i] end
  return setmetatable({ shape = s, values = values }, Q)
end

local function check(v, op)
  if getmetatable(v) ~= Q then
    errors.raise("misuse", "%s joins Q with Q, not with %s", op, compat.show(v))
  end
end

local function joiner(op, sign)
  return function(a, b)
    check(a, sign)
    check(b, sign)
    return join(op, a, b)
  end
end

local function negate(a)
  local s = a.shape.negated
  if not s then
    count()
    s = { op = "not", a = a.shape }
    a.shape.negated = s
  end
  return setmetatable({ shape = s, values = a.values }, Q)
end

Q.__mul, Q.__add, Q.__unm = joiner("and", "*"), joiner("or", "+"), negate
Q.__band, Q.__bor, Q.__bnot = joiner("and", "&"), joiner("or", "|"), negate

local EMPTY = "%s with an empty table: a Lua table cannot hold nil, so a condition whose value is nil is lost "
  .. "and everything would match; write %s(\"name\", value), or ryx.null for NULL"

function M.refuse_empty(what)
  errors.raise("misuse", EMPTY, what, what)
end

local function of_table(t, what)
  local keys = shape.keys(t)
  if #keys == 0 then M.refuse_empty(what) end
  local q
  for _, key in ipairs(keys) do
    local part = leaf(key, t[key])
    q = q and join("and", q, part) or part
  end
  return q
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
  local q
  local args = { first, ... }
  for i = 1, n + 1 do
    local arg = args[i]
    if type(arg) ~= "table" then
      errors.raise("misuse", "%s takes tables of conditions and Qs, not %s", what, compat.show(arg))
    end
    local part = getmetatable(arg) == Q and arg or of_table(arg, what)
    q = q and join("and", q, part) or part
  end
  return q
end

M.negate = negate

local function fold(op, what)
  return function(list)
    errors.check_type(list, "table", what)
    local q
    for _, key in ipairs(compat.sorted_keys(list)) do
      local part = list[key]
      if type(key) ~= "number" then
        part = leaf(key, part)
      elseif getmetatable(part) ~= Q then
        part = M.of(what, part)
      end
      q = q and join(op, q, part) or part
    end
    if not q then M.refuse_empty(what) end
    return q
  end
end

local all, any = fold("and", "Q.all"), fold("or", "Q.any")

--- Q{ views__gte = 100 } + -Q("author", ann)   Q.any{ a = 1, b = 2, Q{ c = 3 } }
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

function M.is_q(v)
  return getmetatable(v) == Q
end

return M
