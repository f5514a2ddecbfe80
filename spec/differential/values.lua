-- SPDX-License-Identifier: MIT
-- Random values of every type, few and alike enough that rows meet: duplicates,
-- empty text, spaces, case variants, characters that mean something elsewhere.
-- Decimals are whole numbers of their last place, durations of microseconds.
local json = require "differential.json"
local time = require "differential.time"

local M = {}

local TEXTS = {
  "", " ", "a", "A", "a ", " a", "b", "ab", "aB", "AB", "abc", "Abc", "ABC", "bca", "é", "É", "e\204\129", "ß",
  "ss", "SS", "İ", "i", "I", "ı", "ё", "Ё", "ж", "Ж", "Σ", "σ", "ς", "ΩΣ", "😀", "😁", "a😀b", "%",
    "_",
    "!",
  "\\", "*", "?", "[", "]", "a%b", "a_b", "a!b", "a\\b", "100%", "!_", "'", '"', "a'b", 'a"b', "`", "a\nb", "10", "9",
  "2", "-- ;", "ａ", "Ａ", "été", "ÉTÉ", "ann", "Ann", "ANN", "anna", "Straße", "x.y", "(a)", "a+", "$", "^a",
    "{}",
  "null", "true",
  -- Control characters, marks of direction and joiners, a space that is none, letters without
  -- case, the first and the last of a plane, a mark without a letter.
  "\1", "\127", "\239\187\191a", "\226\128\174a", "\226\128\168", "\194\160", "a\226\128\141b",
  "한글", "\204\129", "\238\128\128", "\239\191\189", "\240\144\128\128", "\244\143\191\191", "عربى", "กำ", "हिन्दी",
  "漢字",
}

local function text(r)
  local s = r:pick(TEXTS)
  if r:chance(25) then s = s .. r:pick(TEXTS) end
  return s
end

local DAYS = {
  "2019-12-30", "2020-01-01", "2020-02-29", "2020-12-31", "2021-01-01", "2021-01-03", "2021-01-04", "2022-01-02",
  "2023-12-31", "2024-01-01", "2024-02-29", "2024-03-31", "2024-06-30", "2024-07-01", "2024-12-29", "2024-12-30",
  "1969-12-31", "1970-01-01", "1999-12-31", "2000-02-29",
}

local function date(r)
  if r:chance(60) then return r:pick(DAYS) end
  return time.date(r:int(18250, 20100))
end

local CLOCKS = {
  "00:00:00.000000", "23:59:59.999999", "12:00:00.000000", "10:30:01.500000", "00:00:00.000001", "23:59:59.999500",
  "09:05:07.000000", "12:34:56.789012",
}

local function clock(r)
  if r:chance(70) then return r:pick(CLOCKS) end
  return ("%02d:%02d:%02d.%06d"):format(r:int(0, 23), r:int(0, 59), r:int(0, 59),
    r:pick{ 0, 0, 250000, r:int(0, 999999) })
end

local KEYS = { "n", "s", "b", "o", "a b", "a.b", "é", "key", "contains", "0" }

local function scalar(r)
  return r:weighted{
    r:int(-3, 12), 5, r:int(-9, 9) + 0.25, 2, r:pick{ "x", "X", "10", "", "é", "a'b", "true", "x y" }, 4,
    r:chance(50), 2, json.null, 1,
  }
end

local function items(r)
  local out = {}
  for i = 1, r:int(0, 3) do out[i] = r:pick{ 1, 2, "x", "y", 2.5, true } end
  return json.list(out)
end

local function object(r, depth)
  local out = {}
  for _, key in ipairs(r:some(KEYS, r:int(0, 4))) do
    if key == "o" and depth > 0 then
      out[key] = object(r, depth - 1)
    elseif key ~= "o" then
      out[key] = scalar(r)
    end
  end
  if r:chance(40) then out.tags = items(r) end
  return json.object(out)
end

local function document(r)
  local v = scalar(r)
  return r:weighted{ object(r, 2), 12, items(r), 2, v == json.null and object(r, 1) or v, 1 }
end

local BIG = { 9007199254740991, -9007199254740991, 9007199254740990, 3000000000, -3000000000, 4294967296, 0, 1, 7 }

local HEX = "0123456789abcdef"

local function uuid(r)
  local out = {}
  for i = 1, 32 do
    local n = r:int(1, 16)
    out[i] = HEX:sub(n, n)
  end
  local s = table.concat(out)
  return ("%s-%s-%s-%s-%s"):format(s:sub(1, 8), s:sub(9, 12), s:sub(13, 16), s:sub(17, 20), s:sub(21, 32))
end

-- name -> a random value
local MAKE = {
  int = function(r) return r:weighted{ r:int(-5, 12), 8, r:int(-1000, 1000), 2, 0, 1 } end,
  bigint = function(r) return r:chance(60) and r:pick(BIG) or r:int(-50, 50) end,
  float = function(r) return r:int(-40, 40) * 0.25 end,
  decimal = function(r)
    return r:weighted{ r:int(-300, 900), 5, r:int(-999999, 999999), 2, r:int(-3, 9) * 100, 3 }
  end,
  bool = function(r) return r:chance(50) end,
  char = text,
  text = text,
  date = date,
  datetime = function(r) return date(r) .. " " .. clock(r) end,
  time = clock,
  uuid = uuid,
  json = document,
  duration = function(r)
    return r:weighted{ r:int(-5, 5) * 86400000000, 3, r:int(-90, 90) * 1000000, 3, r:int(-5, 5), 2, 5400000000, 1 }
  end,
}

--- A random value of a type.
function M.make(r, type_name)
  return MAKE[type_name](r)
end

M.KEYS = KEYS

return M
