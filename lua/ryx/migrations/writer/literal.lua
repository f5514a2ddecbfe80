-- SPDX-License-Identifier: MIT
-- Values as the Lua text that gives them again.
local compat = require "ryx.compat"
local layout = require "ryx.migrations.writer.layout"
local value_of = require "ryx.value"

local M = {}

local KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true "
  .. "until while"):gmatch("%a+") do
  KEYWORDS[word] = true
end

--- A key of a table.
function M.key(name)
  if type(name) == "string" and name:find("^[%a_][%w_]*$") and not KEYWORDS[name] then return name end
  return "[" .. layout.flat(M.value(name)) .. "]"
end

local ESCAPES = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\\"] = "\\\\", ['"'] = '\\"' }

-- Control characters by number; a digit behind one must not become part of it.
local function escape(c)
  return ESCAPES[c] or ("\\%03d"):format(c:byte())
end

local function text(s)
  local is_clean = not s:find("[%z\1-\9\11-\31]") and value_of.is_text(s)
  if is_clean and s:find("\n", 1, true) and not s:find("]]", 1, true) and s:sub(-1) ~= "]" then
    return "[[" .. (s:sub(1, 1) == "\n" and "\n" or "") .. s .. "]]"
  end
  if is_clean then return '"' .. s:gsub('[\n\\"]', escape) .. '"' end
  local pattern = value_of.is_text(s) and '[%c\\"]' or '[%c\\"\128-\255]'
  return '"' .. s:gsub(pattern, escape) .. '"'
end

-- Beyond 2^53 whole numbers are text, which every Lua reads alike and fields take.
local function number(v)
  if v ~= v then return "0/0" end
  if v == math.huge or v == -math.huge then return v > 0 and "math.huge" or "-math.huge" end
  if compat.is_integer(v) and v > -2 ^ 53 and v < 2 ^ 53 then return ("%d"):format(v) end
  if compat.is_54 and tostring(v):find("^-?%d+$") then return '"' .. tostring(v) .. '"' end
  for digits = 15, 17 do
    local s = ("%." .. digits .. "g"):format(v)
    if tonumber(s) == v then return s end
  end
end

-- Values of ryx by what makes them of their text.
local MADE = { decimal = "decimal", date = "date", time = "time", datetime = "datetime", duration = "duration" }

local function of_ryx(v)
  if v == value_of.null then return "ryx.null" end
  local kind = value_of.kind(v)
  if kind == "bytes" then return "ryx.bytes(" .. text(tostring(v)) .. ")" end
  if MADE[kind] then return ("ryx.%s(%s)"):format(MADE[kind], text(tostring(v))) end
  return text(tostring(v)) -- moments that know they are UTC
end

local function list(v, depth)
  local items = {}
  for i = 1, #v do items[i] = M.value(v[i], depth) end
  if items[1] or getmetatable(v) ~= value_of.array_meta then return layout.group("{", items, "}") end
  return "ryx.json.array{}"
end

local function object(v, depth)
  local items = {}
  for i, key in ipairs(compat.sorted_keys(v)) do
    items[i] = layout.behind(M.key(key) .. " = ", M.value(v[key], depth))
  end
  return layout.group("{", items, "}")
end

-- Functions of ryx that make defaults, by their names.
local FUNCTIONS = { "uuid4", "uuid7", "now", "today" }

local function name_of(fn)
  local uuid = require "ryx.field.uuid"
  for _, name in ipairs(FUNCTIONS) do
    if fn == (uuid[name] or value_of[name]) then return "ryx." .. name end
  end
end

local WRITE = {
  ["nil"] = function() return "nil" end,
  boolean = tostring, number = number, string = text, userdata = of_ryx,
  cdata = function(v) return '"' .. compat.keyof(v) .. '"' end,
  ["function"] = name_of,
}

local DEEPEST = 64

--- A value as text, or a piece of layout; nil of what has none: a function of the user's, a coroutine.
function M.value(v, depth)
  depth = (depth or 0) + 1
  local write = WRITE[type(v)]
  if write then return write(v) end
  if type(v) ~= "table" or depth > DEEPEST then return nil end
  local mt = getmetatable(v)
  if mt ~= nil and mt ~= value_of.array_meta then return nil end
  return (v[1] ~= nil or next(v) == nil) and list(v, depth) or object(v, depth)
end

return M
