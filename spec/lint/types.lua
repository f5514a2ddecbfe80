-- SPDX-License-Identifier: MIT
-- types/ryx.lua, which editors read: it is Lua, its annotations can be read, and the
-- types that they name are there.
local tree = dofile("spec/support/tree.lua")

local DEFINITIONS = "types/ryx.lua"
local report = tree.report

-- The grammar of types, as far as it is used: a parser gives the rest of the text behind
-- what it has read, or nil.

local known = {}
for name in ("nil any boolean string number integer function table userdata lightuserdata true false"):gmatch("%S+") do
  known[name] = true
end
local unknown
local type_at

-- Items up to a closing sign, with commas between them.
local function list(s, close, item)
  local rest = s:match("^%s*%" .. close .. "(.*)$")
  while not rest do
    s = item((s:gsub("^%s+", "")))
    if not s then return nil end
    local comma = s:match("^%s*,(.*)$")
    rest = not comma and s:match("^%s*%" .. close .. "(.*)$")
    if not comma and not rest then return nil end
    s = comma
  end
  return rest
end

local function field(s)
  local key = s:match("^%[(.*)$")
  if key then
    key = type_at(key) or key:match("^%d+(.*)$")
    s = key and key:match("^%]:%s*(.*)$")
  else
    s = s:match("^[%a_][%w_]*%??:%s*(.*)$")
  end
  return s and type_at(s)
end

local function parameter(s)
  local typed = s:match("^[%a_][%w_]*%??:%s*(.*)$") or s:match("^%.%.%.:%s*(.*)$")
  return typed and type_at(typed)
end

local function single(s)
  local first = s:sub(1, 1)
  if first == '"' then return s:match('^"[^"]*"(.*)$') end
  if first == "{" then return list(s:sub(2), "}", field) end
  if first == "(" then
    local rest = type_at(s:sub(2))
    return rest and rest:match("^%)(.*)$")
  end
  local rest = s:match("^fun%((.*)$")
  if rest then
    rest = list(rest, ")", parameter)
    local result = rest and rest:match("^:%s*(.*)$")
    if result then return type_at(result) end
    return rest
  end
  local name
  name, rest = s:match("^([%a_][%w_.]*)(.*)$")
  if not name then return nil end
  if not known[name] then unknown = name end
  return rest:sub(1, 1) == "<" and list(rest:sub(2), ">", type_at) or rest
end

function type_at(s)
  s = single(s)
  while s do
    local rest = s:match("^%[%](.*)$") or s:match("^%?(.*)$")
    if not rest then break end
    s = rest
  end
  local other = s and s:match("^|(.*)$")
  if other then return type_at(other) end
  return s
end

-- Where the type of a tag begins, and what may stand before it.
local TAGS = {
  param = "^[%a_][%w_]*%??%s+(.*)$", field = "^[%a_][%w_]*%??%s+(.*)$", alias = "^[%w_.]+%s+(.*)$", type = "^(.*)$",
  ["return"] = "^(.*)$", overload = "^(.*)$",
}

local function typed(tag, text)
  if tag == "param" and text:find("^%.%.%.") then return text:match("^%.%.%.%s+(.*)$") end
  if tag == "field" and text:find("^%[") then
    local rest = type_at(text:sub(2))
    return rest and rest:match("^%]%s+(.*)$")
  end
  if tag == "operator" then
    local operand, result = text:match("^%a+%((.-)%):%s*(.*)$")
    if operand then return type_at(operand) and result end
    return text:match("^%a+:%s*(.*)$")
  end
  if tag == "class" then
    local base = text:match("^[%w_.]+:%s*(.*)$")
    return base or text:find("^[%w_.]+$") and "any"
  end
  return TAGS[tag] and text:match(TAGS[tag])
end

local function problem(line)
  local tag, text = line:match("^%-%-%-@(%w+)%s*(.*)$")
  if not tag or tag == "meta" then return nil end
  unknown = nil
  local from = typed(tag, text)
  local rest = from and type_at(from)
  if not rest or not rest:find("^%s") and rest ~= "" then return "cannot be read" end
  return unknown and ("there is no %s"):format(unknown)
end

local bad, lines = {}, {}
for line in io.lines(DEFINITIONS) do
  lines[#lines + 1] = line
  local name = line:match("^%-%-%-@class ([%w_.]+)") or line:match("^%-%-%-@alias ([%w_.]+)")
  if name and known[name] then bad[#bad + 1] = name .. " is there twice" end
  if name then known[name] = true end
end
for i, line in ipairs(lines) do
  local what = problem(line)
  if what then bad[#bad + 1] = ("%s:%d: %s: %s"):format(DEFINITIONS, i, what, line) end
end
report(DEFINITIONS .. " has types that are there", bad)

local fn, why = loadfile(DEFINITIONS)
report(DEFINITIONS .. " is Lua", { not fn and why or nil })

tree.finish()
