-- SPDX-License-Identifier: MIT
-- What functions and operators ask of their arguments: a type, one type for all,
-- another type. `fail(fmt, ...)` raises an error that begins with the function's
-- name. Pure.
local compat = require "ryx.compat"
local custom = require "ryx.field.custom"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local storage = require "ryx.storage"

local M = {}

local call = ir.call

-- Beyond these MariaDB has none.
local MOST_PLACES = 38

local function set(...)
  local out = {}
  for _, name in ipairs{ ... } do out[name] = true end
  return out
end

M.NUMBER = {}
for name, row in pairs(storage) do M.NUMBER[name] = row.number end
M.TEXT = set("text")
M.MOMENT = set("datetime", "datetimetz")
M.DAY = set("date", "datetime", "datetimetz")

---@alias ryx.TimeType "date"|"time"|"datetime"|"datetimetz"|"duration"
--- What SQL of the user's can give.
---@alias ryx.Type "bool"|"int"|"double"|"decimal"|"text"|"bytes"|"uuid"|"json"|ryx.TimeType

--- Refuses what is no type that SQL of the user's can have; nil is fine.
function M.check_name(name, what)
  if name == nil or storage[name] and name ~= "array" and name ~= "null" then return end
  local names = {}
  for _, known in ipairs(compat.sorted_keys(storage)) do
    if known ~= "array" and known ~= "null" then names[#names + 1] = known end
  end
  errors.raise("misuse", "%s: unknown type %s%s", what, compat.show(name), errors.hint(tostring(name), names))
end

--- Types in words: "an int, double or decimal".
function M.words(types)
  local names = {}
  for name in pairs(types) do names[#names + 1] = name end
  table.sort(names)
  local last = table.remove(names)
  return #names == 0 and last or table.concat(names, ", ") .. " or " .. last
end

--- Checks that an argument has one of the types. A text or NULL of the user's
--- becomes a `like`.  want(node, M.NUMBER, "int", fail)
function M.want(node, types, like, fail)
  if types[node.type] then return node end
  if node.loose and node.type == "text" then
    return M.coerce(node, { type = like })
  end
  if node.type == "null" then
    node.type, node.loose = like, nil
    return node
  end
  fail("takes %s, not %s", M.words(types), node.type)
end

--- A loose value or NULL takes the type of what it meets.
function M.coerce(node, like)
  if node.type == "null" then
    node.type, node.elem, node.places, node.loose = like.type, like.elem, like.places, nil
    return node
  end
  if not node.loose then return node end
  local own = node.type == "decimal" and node.places or node.type == "int" and 0 or nil
  ir.coerce(node, like)
  -- How many digits a value has, only the value knows.
  if node.type == "decimal" then node.places = own end
  return node
end

function M.text(node, fail) return M.want(node, M.TEXT, "text", fail) end

function M.int(node, fail)
  if node.type ~= "int" then M.want(node, set("int"), "int", fail) end
  return node
end

function M.number(node, fail) return M.want(node, M.NUMBER, "int", fail) end

--- A whole number that is part of the query.
function M.whole(value, least, what, fail)
  if type(value) ~= "number" or value % 1 ~= 0 or value < least or value > 2147483647 then
    fail("takes a whole number from %d as its %s, not %s", least, what, tostring(value))
  end
  return value
end

--- Digits after the point: of a decimal nil when not known.
function M.places(node)
  if node.type == "int" then return 0 end
  return node.places
end

function M.most_places(n)
  return n and math.min(n, MOST_PLACES)
end

-- Digits after the point of a share.
local SHARE_PLACES = 15

--- A share from 0 to 1 as the text that is part of the query, one for equal shares.
function M.share(v)
  local whole = 10 ^ SHARE_PLACES
  local digits = math.floor(v * whole + 0.5)
  if digits >= whole then return "1" end
  return (("0.%015.0f"):format(digits):gsub("%.?0+$", ""))
end

--- A double of a number.
function M.double(node)
  if node.type == "double" then return node end
  if node.loose and node.type == "int" then
    node.type, node.loose = "double", nil
    return node
  end
  return call("cast_double", "double", { node })
end

--- A decimal of exactly so many places, of any number.
function M.decimal(node, places)
  if not places or (node.type == "decimal" and node.places == places and node.op ~= "param") then return node end
  return call("round_decimal", "decimal", { node, ir.int(places) }, { places = places })
end

function M.datetime(node)
  if node.type == "date" then return call("cast_datetime_date", "datetime", { node }) end
  return node
end

function M.datetimetz(node)
  if node.type == "datetimetz" then return node end
  return call("cast_datetimetz_datetime", "datetimetz", { M.datetime(node) })
end

--- The text of a value, one and the same on every database.
function M.to_text(node, fail)
  if node.type == "text" then return node end
  if node.type == "null" then return M.coerce(node, { type = "text" }) end
  local fn = storage[node.type].text
  if not fn then fail("has no text for %s", node.type) end
  return call(fn, "text", { node })
end

--- NULL as empty text.
function M.or_empty(node)
  local is_never = node.op == "text" or node.op == "param" and node.type ~= "null" or node.null == false
  if node.op ~= "column" and is_never then return node end
  return call("coalesce", "text", { node, ir.text("") }, { null = false })
end

-- The argument whose type the loose ones take.
local function leader(nodes)
  local loose
  for _, node in ipairs(nodes) do
    if node.type ~= "null" and not node.loose then return node end
    if node.type ~= "null" and not loose then loose = node end
  end
  return loose
end

local function settle(nodes, fail)
  local like = leader(nodes)
  if not like then fail("takes at least one value that is not NULL") end
  for _, node in ipairs(nodes) do
    local is_text = node.loose and node.type == "text" and like.type ~= "text"
    if node.type == "null" or is_text or (node.loose and like.type == "array") then M.coerce(node, like) end
  end
  return like
end

local RANK = {
  { int = 1, decimal = 2, double = 3 },
  { date = 1, datetime = 2, datetimetz = 3 },
}
local LIFT = { double = M.double, datetime = M.datetime, datetimetz = M.datetimetz }

-- The type that holds both; nil when there is none.
local function wider(a, b)
  if a == b then return a end
  for _, rank in ipairs(RANK) do
    if rank[a] and rank[b] then return rank[a] > rank[b] and a or b end
  end
  return nil
end

local function common_places(nodes)
  local places
  for _, node in ipairs(nodes) do
    local own = M.places(node)
    if own and own > (places or -1) then places = own end
  end
  return places
end

-- The field of the user's own whose values all of them are, or values of one like it, but for
-- values of the query.
local function common_custom(nodes)
  local field
  for _, node in ipairs(nodes) do
    if node.op ~= "param" then
      if not node.custom or field and not custom.are_alike(field, node.custom) then return nil end
      field = field or node.custom
    end
  end
  return field
end

--- Makes all arguments one type, and gives what a call that returns one of them
--- has: type, elem, places, custom.  local like = types.unify(args, fail)
function M.unify(nodes, fail)
  local first, own = settle(nodes, fail), common_custom(nodes)
  local kind, elem = first.type, first.elem
  for _, node in ipairs(nodes) do
    local both = wider(kind, node.type)
    if not both then fail("takes values of one type, not %s and %s", kind, node.type) end
    if node.elem ~= elem then fail("takes arrays of one type") end
    kind = both
  end
  local places
  if kind == "decimal" then
    places = common_places(nodes)
    for i, node in ipairs(nodes) do nodes[i] = M.decimal(node, places) end
  elseif LIFT[kind] then
    for i, node in ipairs(nodes) do nodes[i] = LIFT[kind](node) end
  end
  return { type = kind, elem = elem, places = places, custom = own }
end

return M
