-- SPDX-License-Identifier: MIT
-- ryx.register_lookup("starts_ci", "LOWER({col}) LIKE LOWER(?) || '%'"), which then serves
-- filter{ name__starts_ci = "a" }: lookups of the user's own SQL.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local bind = require "ryx.query.lookup.bind"
local catalog = require "ryx.query.lookup.catalog"

local M = {}

local registered = catalog.registered

local MARKS = { ["{col}"] = "col", ["?"] = "value" }

-- The SQL text before, between and after its marks, at even places "col" and "value".
local function pieces_of(text)
  local pieces, i = { "" }, 1
  while i <= #text do
    local token = text:match("^{col}", i) or text:match("^%?%??", i) or text:match("^.[^?{]*", i)
    if MARKS[token] then
      pieces[#pieces + 1], pieces[#pieces + 2] = MARKS[token], ""
    else
      pieces[#pieces] = pieces[#pieces] .. (token == "??" and "?" or token)
    end
    i = i + #token
  end
  return pieces
end

--- The pieces of what is registered under a name.
function M.parse(what, name, text)
  errors.check_type(name, "string", what .. ": the name")
  errors.check_type(text, "string", what .. ": the template")
  if not name:find("^[%a][%w_]*$") or name:find("__", 1, true) then
    errors.raise("misuse", "%s: %q is not a name", what, name)
  end
  if not text:find("{col}", 1, true) then
    errors.raise("misuse", "%s: the template of %q lacks {col}", what, name)
  end
  return pieces_of(text)
end

--- Does the SQL take a value?
function M.has_value(pieces)
  for i = 2, #pieces, 2 do
    if pieces[i] == "value" then return true end
  end
  return false
end

--- The SQL in parentheses, with the left side and the value in it.
function M.sql(pieces, type, left, value)
  local out = {}
  for i, piece in ipairs(pieces) do
    out[i] = i % 2 == 1 and piece or piece == "col" and left or value
  end
  out[1], out[#out] = "(" .. out[1], out[#out] .. ")"
  return { op = "raw", type = type, null = true, pieces = out }
end

--- A lookup of your own: {col} is the left side, ? the value. It beats a built-in one.
--- ryx.register_lookup("starts_ci", "LOWER({col}) LIKE LOWER(?) || '%'")
---@param name string
---@param text string SQL with {col} and ?
function M.register(name, text)
  registered[name] = M.parse("register_lookup", name, text)
end

function M.is_known(name)
  return registered[name] ~= nil
end

local OWN_TYPE = { int = "int", double = "double", yes = "bool", no = "bool" }
local NUMBERS = { int = true, double = true, decimal = true }

-- What the user's value is in the SQL: of the left side's type, but a number beside a
-- text stays one, LENGTH({col}) < ?
local function type_in_sql(left, class)
  local own = OWN_TYPE[class]
  if own == nil or own == left.type or NUMBERS[own] and NUMBERS[left.type] then return left end
  return { type = own }
end

local function value_in_sql(resolver, left, name, class, term)
  if term and class == "expr" then return ir.coerce(resolver:resolve(term), left) end
  if class == "null" or class == "exprs" or class == "queryset" or bind.LISTS[class] and left.type ~= "json" then
    catalog.refuse(left, name, class, name)
  end
  local like = type_in_sql(left, class)
  local value = resolver:param{ type = like.type, elem = like.elem, name = left.name }
  local binder = class == "object" and bind.object(left) or bind.as_is
  resolver:bind(like == left and bind.with_form(left, binder) or binder)
  return value
end

--- The condition of a registered lookup.
function M.condition(resolver, left, name, class, term)
  local pieces, value = registered[name], nil
  if M.has_value(pieces) then
    value = value_in_sql(resolver, left, name, class, term)
  elseif class == "expr" then
    catalog.refuse(left, name, class, name)
  else
    resolver:bind(bind.nothing)
  end
  return ir.truth(M.sql(pieces, "bool", left, value))
end

return M
