-- SPDX-License-Identifier: MIT
-- When do two texts of SQL mean the same? Databases write checks, defaults and indexes in their own
-- words; here what was given and what they say of it become one text, which is for comparing only.
local json = require("ryx.value").json
local parse = require "ryx.migrations.text.parse"
local tokens = require "ryx.migrations.text.tokens"

local M = {}

local rewrite

local function number(text)
  local hex = text:match("^0[xX](%x+)$")
  if hex then return { "bytes", hex:lower() } end
  local sign, whole, places, exponent = text:match("^(%-?)(%d*)%.?(%d*)[eE]?([%+%-]?%d*)$")
  if not sign then return { "number", text } end
  local digits = (whole .. places):gsub("^0+", "")
  local zeros = #digits:match("0*$")
  if zeros == #digits then return { "number", "0" } end
  local power = (tonumber(exponent) or 0) - #places + zeros
  return { "number", ("%s%se%d"):format(sign, digits:sub(1, -1 - zeros), power) }
end

local function is_leaf(n)
  return n[1] == "number" or n[1] == "string" or n[1] == "bytes" or n[1] == "word"
end

-- Moments without the zeros behind their seconds, and in the zone of ryx's connections.
local function moment(text)
  local base, places, zone = text:match("^([%d%- ]*%d%d:%d%d:%d%d)%.?(%d*)([%+%-]?%d*)$")
  if not base or zone ~= "" and zone ~= "+00" then return text end
  places = places:gsub("0+$", "")
  return places == "" and base or base .. "." .. places
end

local function document(text)
  local ok, value = pcall(json.decode, text)
  if not ok or value == nil then return text end
  return json.encode(value)
end

local DOCUMENTS = { json = true, jsonb = true }
local NUMBERS = {
  smallint = true, integer = true, bigint = true, numeric = true, ["double precision"] = true, real = true,
}

-- A literal with the type that a database says it has.
local function literal_as(n, kind)
  if n[1] ~= "string" then return n end
  local base = kind:match("^[%a ]+") or kind
  if NUMBERS[base] and n[2]:find("^%-?[%d%.]+[eE]?[%+%-]?%d*$") then return number(n[2]) end
  if DOCUMENTS[base] then return { "string", document(n[2]) } end
  if base == "boolean" then return { "word", (n[2] == "t" or n[2] == "true") and "true" or "false" } end
  return n
end

-- Of these as many digits count as they hold.
local FLOATS = { ["double precision"] = true, double = true, real = true, float = true }

-- A default, which is of the column's type.
local function default_as(n, kind)
  local is_number = n[1] == "number" or n[1] == "string"
  if is_number and FLOATS[kind] and tonumber(n[2]) then return number(("%.17g"):format(tonumber(n[2]))) end
  return literal_as(n, kind)
end

local NEGATED = {
  ["="] = "<>", ["<>"] = "=", ["<"] = ">=", [">="] = "<", [">"] = "<=", ["<="] = ">", is = "is not", ["is not"] = "is",
  ["is distinct from"] = "is not distinct from", ["is not distinct from"] = "is distinct from",
}

-- NOT goes down to what it negates.
local function negate(n)
  if n[1] == "not" then return n[2] end
  if n[1] == "and" or n[1] == "or" then
    local out = { n[1] == "and" and "or" or "and" }
    for i = 2, #n do out[i] = negate(n[i]) end
    return out
  end
  if NEGATED[n[1]] then return { NEGATED[n[1]], n[2], n[3] } end
  return { "not", n }
end

-- a AND (b AND c) is one list.
local function joined(op, ...)
  local out = { op }
  for _, part in ipairs{ ... } do
    if part[1] == op then
      for i = 2, #part do out[#out + 1] = part[i] end
    else
      out[#out + 1] = part
    end
  end
  return out
end

local function one_of(left, list)
  if #list == 2 then return { "=", left, list[2] } end
  list[1] = "list"
  return { "in", left, list }
end

-- = ANY (ARRAY[...]) is how PostgreSQL writes IN.
local function is_list(n, name)
  return n[1] == "call" and n[2] == name and n[3] and n[3][1] == "array" and n[4] == nil
end

local function is_zero(n)
  return n[1] == "number" and n[2] == "0"
end

local function compare(op, left, right)
  if op == "=" and is_list(right, "any") then return one_of(left, right[3]) end
  if op == "<>" and is_list(right, "all") then return negate(one_of(left, right[3])) end
  -- MySQL's words for a value as a condition.
  if op == "<>" and is_zero(left) and not is_leaf(right) then return right end
  if op == "=" and is_zero(left) and not is_leaf(right) then return negate(right) end
  return { op, left, right }
end

local OPERATORS = { ["!="] = "<>", ["=="] = "=", ["~~"] = "like", ["~~*"] = "ilike", mod = "%" }
local NOT_OPERATORS = { ["!~~"] = "like", ["!~~*"] = "ilike" }

local RULES = {}

RULES["number"] = function(n) return number(n[2]) end
RULES["string"] = function(n) return { "string", moment(n[2]) } end

function RULES.name(n, how)
  return { "name", how.folds_names and n[2]:lower() or n[2] }
end

-- Words that are not the names of columns.
local CONSTANTS = { null = true, ["true"] = true, ["false"] = true, unknown = true }

function RULES.word(n, how)
  local word = n[2]:lower()
  if how.constants[word] then return number(how.constants[word]) end
  if CONSTANTS[word] then return { "word", word } end
  if word:find("^current_") or word:find("^local") then return { "call", how.functions[word] or word } end
  return { "name", word }
end

-- The type of a literal is that of its column; what stands before text says how it is written.
function RULES.typed(n, how)
  if n[2] == "x" then return { "bytes", n[3]:lower() } end
  if n[2]:find("^_") or n[2] == "n" or n[2] == "e" then return RULES.string{ "string", n[3] } end
  return literal_as(RULES.string{ "string", n[3] }, how.types[n[2]] or n[2])
end

function RULES.negative(n, how)
  local of = rewrite(n[2], how)
  if of[1] ~= "number" then return { "negative", of } end
  return { "number", of[2]:find("^%-") and of[2]:sub(2) or of[2] == "0" and "0" or "-" .. of[2] }
end

RULES.plus = function(n, how) return rewrite(n[2], how) end
RULES["not"] = function(n, how) return negate(rewrite(n[2], how)) end

RULES["and"] = function(n, how) return joined("and", rewrite(n[2], how), rewrite(n[3], how)) end
RULES["or"] = function(n, how) return joined("or", rewrite(n[2], how), rewrite(n[3], how)) end

function RULES.between(n, how)
  local left, low, high = rewrite(n[2], how), rewrite(n[3], how), rewrite(n[4], how)
  return { "and", { ">=", left, low }, { "<=", left, high } }
end

RULES["in"] = function(n, how) return one_of(rewrite(n[2], how), rewrite(n[3], how)) end

-- What gives the type of its parts, which begin there.
local SAME_TYPE = {
  ["+"] = 2, ["-"] = 2, ["*"] = 2, ["/"] = 2, ["&"] = 2, ["|"] = 2, negative = 2, abs = 3, coalesce = 3, nullif = 3,
  greatest = 3, least = 3, mod = 3,
}

-- Is it a column, or worked out from columns and literals in their own type?
local function is_plain(n)
  if n[1] == "name" or is_leaf(n) then return true end
  local first = SAME_TYPE[n[1] == "call" and n[2] or n[1]]
  for i = first or 1, first and #n or 0 do
    if not is_plain(n[i]) then return false end
  end
  return first ~= nil
end

-- Is it worked out of literals alone?
local function is_constant(n)
  for i = 2, is_leaf(n) and 1 or #n do
    if type(n[i]) ~= "table" or not is_constant(n[i]) then return false end
  end
  return n[1] ~= "name"
end

function RULES.cast(n, how)
  local of, kind = rewrite(n[2], how), n[3]:gsub(" charset utf8mb4[ binary]*$", ""):gsub("^(decimal%(%d+)%)$", "%1,0)")
  local base, rest = kind:match("^([%a%d_ ]+)(.*)$")
  base = base and how.types[base] and how.types[base] .. rest or kind
  if how.drops_casts and (is_leaf(of) or of[1] == "array") then return literal_as(of, base) end
  if how.drops_casts and (how.drops_casts[base] or base == "bigint" and is_plain(of)) then return of end
  if how.drops_casts and base == "integer" and is_constant(of) then return of end
  return { "cast", of, { "word", base } }
end

function RULES.call(n, how)
  local name = how.functions[n[2]] or n[2]
  if name == "isnull" and n[4] == nil then return { "is", rewrite(n[3], how), { "word", "null" } } end
  local out = { "call", name }
  for i = 3, #n do
    if not (n[i][1] == "keyword" and n[i][2] == "both") then out[#out + 1] = rewrite(n[i], how) end
  end
  local interval = name == "interval" and how.intervals and how.intervals[out[3][2]]
  if interval then return { "string", interval } end
  if how.operators[name] then return { how.operators[name], out[3], out[4] } end
  if how.casts[name] and #out == 3 then return { "cast", out[3], { "word", how.casts[name] } } end
  return out
end

function RULES.case(n, how)
  local out = { "case" }
  for i = 2, #n do out[i] = rewrite(n[i], how) end
  local otherwise = n.otherwise and rewrite(n.otherwise, how)
  -- Without ELSE it is NULL.
  if otherwise and not (otherwise[1] == "word" and otherwise[2] == "null") then out[#out + 1] = otherwise end
  return out
end

-- Of two the last one counts.
function RULES.collate(n, how)
  local of = rewrite(n[2], how)
  return { "collate", of[1] == "collate" and of[2] or of, { "word", n[3]:lower() } }
end

function rewrite(n, how)
  if type(n) ~= "table" then return n end
  if RULES[n[1]] then return RULES[n[1]](n, how) end
  local op = OPERATORS[n[1]] or n[1]
  local is_not = NOT_OPERATORS[op] ~= nil
  if is_not then op = NOT_OPERATORS[op] end
  local out = { op }
  for i = 2, #n do out[i] = rewrite(n[i], how) end
  if #out == 3 then out = compare(op, out[2], out[3]) end
  return is_not and negate(out) or out
end

-- What may stand in any order.
local UNORDERED = { ["and"] = true, ["or"] = true, list = true }

local function write(n)
  if type(n) ~= "table" then return tostring(n) end
  if n[1] == "string" then return ("%q"):format(n[2]) end
  if n[1] == "name" then return '"' .. n[2] .. '"' end
  if n[1] == "word" or n[1] == "number" then return n[2] end
  local parts = {}
  for i = 2, #n do parts[i - 1] = write(n[i]) end
  if UNORDERED[n[1]] then table.sort(parts) end
  table.insert(parts, 1, write(n[1]))
  return "(" .. table.concat(parts, " ") .. ")"
end

-- What cannot be read as an expression: its tokens.
local function plain(text, spelling)
  local words = {}
  for i, t in ipairs(tokens.of(text, spelling) or { { text = text } }) do words[i] = t.lower or t.text end
  return table.concat(words, " ")
end

--- An expression as a tree in the one form of all that mean the same, or nil: { "and", ... }, { "in", left,
--- { "list", ... } }, { "name", column }, { "string", text }, { "number", digits and power }, { "word", ... }.
function M.tree(dialect, text, of_type)
  local spelling = dialect.spelling
  local tree = parse(text, spelling)
  tree = tree and rewrite(tree, spelling)
  if tree and of_type then tree = default_as(tree, of_type:lower()) end
  return tree
end

--- The one text of all that mean the same as an expression; `of_type` is that of the column whose
--- default it is.
function M.expression(dialect, text, of_type)
  local spelling = dialect.spelling
  local tree = M.tree(dialect, text, of_type)
  if not tree then return plain(text, spelling) end
  local collation = tree[1] == "collate" and tree[3][2]
  if collation and collation == spelling.usual_collation then tree = tree[2] end
  return write(tree)
end

--- Do two texts mean the same? nil is no text at all.
function M.is_same(dialect, a, b, of_type)
  if a == b then return true end
  if a == nil or b == nil then return false end
  return M.expression(dialect, a, of_type) == M.expression(dialect, b, of_type)
end

--- The same of defaults: without one it is NULL.
function M.is_same_default(dialect, a, b, of_type)
  return M.is_same(dialect, a or "NULL", b or "NULL", of_type)
end

return M
