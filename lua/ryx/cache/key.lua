-- SPDX-License-Identifier: MIT
-- Under which key qs:cache() keeps rows: the model, the database, the SQL and the values with
-- their types; and the names of what rows depend on.
local compat = require "ryx.compat"
local kept = require "ryx.db.kept"
local value = require "ryx.value"

local M = {}

--- What stands for a table among those names.
function M.table_name(name)
  return "table " .. name
end

local MODULUS = 2 ^ 32 - 5

-- 16 hexadecimal digits that stand for a text; what they lead to is compared with it.
local function digest(text)
  local a, b = 5381, 52711
  for i = 1, #text do
    local byte = text:byte(i)
    a, b = (a * 33 + byte) % MODULUS, (b * 131 + byte) % MODULUS
  end
  return ("%08x%08x"):format(a, b)
end

local math_type = rawget(math, "type") or type

local function shown(v)
  local t = type(v)
  if t == "number" then return (math_type(v) == "float" and "f%.17g" or "i%.17g"):format(v) end
  if t == "string" then return "s" .. #v .. ":" .. v end
  if t == "nil" or v == value.null then return "n" end
  if t == "table" then
    local text = value.json.encode(v)
    return "t" .. #text .. ":" .. text
  end
  local text = tostring(v)
  return (t == "userdata" and value.kind(v) or t) .. #text .. ":" .. text
end

local function shown_all(...)
  local parts = { ... }
  for i = 1, select("#", ...) do parts[i] = shown(parts[i]) end
  return table.concat(parts, ",")
end

-- The number of an alias, which a later setup gives to no other.
local numbers, n_numbers = setmetatable({}, { __mode = "k" }), 0

local function number_of(alias)
  if not numbers[alias] then
    n_numbers = n_numbers + 1
    numbers[alias] = n_numbers
  end
  return numbers[alias]
end

-- What the keys of a plan begin with, its text and database, and what it depends on.
local function describe(plan)
  local sql, alias = kept.text(plan), plan.alias.name
  local names = { "alias " .. alias }
  for _, name in ipairs(compat.sorted_keys(plan.tables)) do names[#names + 1] = M.table_name(name) end
  plan.kept = {
    sql = sql, names = names, database = number_of(plan.alias),
    prefix = "ryx:" .. plan.meta.model_name .. ":" .. alias .. ":" .. digest(sql),
  }
  return plan.kept
end

local SHORT = 64

-- What a part of a key may be: no white space, and not long.
local function short(text)
  if #text > SHORT then return digest(text) end
  return text:find("[%s%c]") and text:gsub("[%s%c]", "_") or text
end

--- A request: { key, sql, params (as text), database (a number), names it depends on }; nil where
--- a parameter has no text.
function M.of(wanted, plan, ...)
  local known = plan.kept or describe(plan)
  local ok, params = pcall(shown_all, ...)
  if not ok then return nil end
  local key, names = known.prefix, known.names
  if params ~= "" then key = key .. ":" .. short(params) end
  if wanted.key then
    key, names = key .. ":" .. short(wanted.key), { "key " .. wanted.key, compat.unpack(names) }
  end
  return { key = key, sql = known.sql, params = params, database = known.database, names = names }
end

return M
