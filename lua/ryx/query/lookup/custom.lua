-- SPDX-License-Identifier: MIT
-- Lookups of the user's own: texts with {col} and ?.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local bind = require "ryx.query.lookup.bind"

local M = {}

local custom = {}

--- A lookup of your own: {col} is the left side, ? the value. It beats a built-in one.
--- ryx.register_lookup("starts_ci", "LOWER({col}) LIKE LOWER(?) || '%'")
function M.register(name, text)
  errors.check_type(name, "string", "register_lookup: the name")
  errors.check_type(text, "string", "register_lookup: the template")
  if not name:find("^[%a][%w_]*$") or name:find("__", 1, true) then
    errors.raise("misuse", "register_lookup: %q is not a name", name)
  end
  if not text:find("{col}", 1, true) then
    errors.raise("misuse", "register_lookup: the template of %q lacks {col}", name)
  end
  custom[name] = M.pieces(text)
end

--- The pieces of a template: texts and the marks "col" and "value" between them.
function M.pieces(template)
  local pieces, text, i = {}, "", 1
  while i <= #template do
    local c = template:sub(i, i)
    if template:sub(i, i + 4) == "{col}" then
      pieces[#pieces + 1], pieces[#pieces + 2], text, i = text, { "col" }, "", i + 5
    elseif template:sub(i, i + 1) == "??" then
      text, i = text .. "?", i + 2
    elseif c == "?" then
      pieces[#pieces + 1], pieces[#pieces + 2], text, i = text, { "value" }, "", i + 1
    else
      text, i = text .. c, i + 1
    end
  end
  pieces[#pieces + 1] = text
  return pieces
end

function M.is_known(name)
  return custom[name] ~= nil
end

--- Registered names, in order.
function M.names()
  return compat.sorted_keys(custom)
end

local OWN_TYPE = { int = "int", double = "double", yes = "bool", no = "bool" }
local NUMBERS = { int = true, double = true, decimal = true }

-- What a value of the user's is in a template: of the left side's type, but a
-- number beside a text stays one, LENGTH({col}) < ?
local function type_in_template(left, class)
  local own = OWN_TYPE[class]
  if own == nil or own == left.type or NUMBERS[own] and NUMBERS[left.type] then return left end
  return { type = own }
end

local function value_in_template(resolver, left, name, class, term)
  if term and class == "expr" then return ir.coerce(resolver:resolve(term), left) end
  if class == "null" or class == "exprs" or class == "queryset" or bind.LISTS[class] and left.type ~= "json" then
    bind.complain(left, name, class, name)
  end
  local like = type_in_template(left, class)
  local value = resolver:param{ type = like.type, elem = like.elem, name = left.name }
  local binder = class == "object" and bind.object(left) or bind.as_is
  resolver:bind(like == left and bind.with_form(left, binder) or binder)
  return value
end

local function has_value(template)
  for _, piece in ipairs(template) do
    if type(piece) == "table" and piece[1] == "value" then return true end
  end
  return false
end

--- The condition of a registered lookup.
function M.condition(resolver, left, name, class, term)
  local pieces, value = { "(" }, nil
  if has_value(custom[name]) then
    value = value_in_template(resolver, left, name, class, term)
  elseif class == "expr" then
    bind.complain(left, name, class, name)
  else
    resolver:bind(bind.nothing)
  end
  for _, piece in ipairs(custom[name]) do
    if type(piece) == "string" then
      if type(pieces[#pieces]) == "string" then pieces[#pieces] = pieces[#pieces] .. piece else
        pieces[#pieces + 1] = piece
      end
    else
      pieces[#pieces + 1] = piece[1] == "col" and left or value
    end
  end
  pieces[#pieces] = pieces[#pieces] .. ")"
  return ir.truth{ op = "raw", type = "bool", null = true, pieces = pieces }
end

return M
