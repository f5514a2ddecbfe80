-- SPDX-License-Identifier: MIT
-- Values between three forms: the world's (plain), Lua source as a user types it,
-- and canonical text in which results are compared.
local json = require "differential.json"
local world = require "differential.world"

local M = {}

local NULL = world.NULL

local function whole(v)
  return ("%.0f"):format(v)
end

local function decimal(v, scale)
  local sign = v < 0 and "-" or ""
  local digits = ("%0" .. scale + 1 .. ".0f"):format(math.abs(v))
  if scale == 0 then return sign .. digits end
  return sign .. digits:sub(1, -scale - 1) .. "." .. digits:sub(-scale)
end

M.decimal = decimal

-- Text as source that both Luas read alike.
local function quoted(s)
  return '"' .. s:gsub('[%z\1-\31"\\]', function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
end

local function float(v)
  return v % 1 == 0 and ("%.1f"):format(v) or ("%.17g"):format(v)
end

local function call(name)
  return function(v) return "ryx." .. name .. quoted(v) end
end

local SOURCE = {
  int = whole, bigint = whole, float = float, bool = tostring, char = quoted, text = quoted, uuid = quoted,
  decimal = function(v, scale) return ('ryx.decimal"%s"'):format(decimal(v, scale or 2)) end,
  date = call "date", datetime = call "datetime", time = call "time",
  duration = function(v) return ("ryx.duration{ microseconds = %.0f }"):format(v) end,
  json = function(v) return ("ryx.json.decode(%s)"):format(quoted(json.encode(v))) end,
}

-- A scalar inside a document, as one compares with it.
local SCALAR = {
  text = quoted, bool = tostring, null = function() return "ryx.null" end,
  number = function(v) return v % 1 == 0 and whole(v) or float(v) end,
}
function SOURCE.scalar(v)
  return SCALAR[json.kind(v)](v)
end

--- A value as Lua source.
function M.source(type_name, v, scale)
  if v == NULL then return "ryx.null" end
  return SOURCE[type_name](v, scale)
end

M.quoted = quoted

--- Text that a field reads as the value.
function M.as_text(type_name, v)
  return quoted(type_name == "decimal" and decimal(v, 2) or v)
end

local function plain_float(v)
  if v == 0 then v = 0 end
  return (("%.14g"):format(v):gsub("^%-0$", "0"))
end

local function no_zeros(s)
  if s:find("%.") then s = s:gsub("0+$", ""):gsub("%.$", "") end
  return s == "-0" and "0" or s
end

local OWN = {
  int = whole, bigint = whole, float = plain_float, bool = tostring,
  decimal = function(v, scale) return no_zeros(decimal(v, scale or 2)) end,
  duration = whole, json = json.encode,
}

--- Canonical text of a value of the world.
function M.own(type_name, v, scale)
  if v == nil or v == NULL then return "NULL" end
  local f = OWN[type_name]
  local s = f and f(v, scale) or v
  return s == "-0" and "0" or s
end

local function stamp(v)
  local s = tostring(v):gsub("T", " ")
  if #s > 10 or s:find("^%d%d:") then
    s = s:find(".", 1, true) and s or s .. ".000000"
    s = s .. ("0"):rep(6 - #s:match("%.(%d*)$"))
  end
  return s
end

local function integer(v)
  if type(v) == "number" then return v % 1 == 0 and whole(v) or tostring(v) end
  return (tostring(v):gsub("U?LL$", ""))
end

--- How results are read, of one ryx.
function M.reader(ryx)
  local THEIRS = {
    int = integer, bigint = integer, char = tostring, text = tostring, uuid = tostring,
    float = function(v) return type(v) == "number" and plain_float(v) or "?" .. type(v) .. " " .. tostring(v) end,
    bool = function(v) return type(v) == "boolean" and tostring(v) or "?" .. type(v) .. " " .. tostring(v) end,
    decimal = function(v) return type(v) == "number" and "?number " .. v or no_zeros(tostring(v)) end,
    date = stamp, datetime = stamp, time = stamp,
    duration = function(v)
      return type(v) == "userdata" and whole(v:total_seconds() * 1000000) or "?" .. type(v) .. " " .. tostring(v)
    end,
    json = function(v) return ryx.json.encode(v) end,
  }
  --- Canonical text of a value that a query gave.
  return function(type_name, v)
    if v == nil or v == ryx.null then return "NULL" end
    return THEIRS[type_name](v)
  end
end

return M
