-- SPDX-License-Identifier: MIT
-- MySQL's catalog, which writes expressions once more escaped and plain defaults without quotes.
local ESCAPES = { n = "\n", t = "\t", r = "\r", ["0"] = "\0", Z = "\26" }

local function text(s)
  return (s:gsub("\\(.)", function(c) return ESCAPES[c] or c end))
end

-- Bytes 128 to 159 as the server's latin1 has them.
local LATIN = {
  0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D,
  0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
  0x017E, 0x0178,
}
local BYTE = {}
for i, code in ipairs(LATIN) do BYTE[code] = string.char(127 + i) end

local function code_of(character)
  local a, b, c = character:byte(1, 3)
  return c and (a - 224) * 4096 + (b - 128) * 64 + c - 128 or (a - 192) * 64 + b - 128
end

-- The expression of an index was taken for latin1 on its way into the catalog.
local function formula(s)
  return text((s:gsub("[\194-\239][\128-\191]+", function(character)
    local code = code_of(character)
    return BYTE[code] or code < 256 and string.char(code) or character
  end)))
end

return require "ryx.migrations.dialect.family_my_catalog"{
  checks = "SELECT t.table_name AS of_table, k.constraint_name AS name, k.check_clause AS text "
    .. "FROM information_schema.check_constraints k JOIN information_schema.table_constraints t "
    .. "ON t.constraint_schema = k.constraint_schema AND t.constraint_name = k.constraint_name "
    .. "WHERE k.constraint_schema = DATABASE()%s ORDER BY t.table_name, k.constraint_name",
  formula_column = "t.expression",
  text = text,
  formula = formula,
  default = function(row, extra, is_number)
    if extra:find("default_generated", 1, true) then return text(row.def) end
    if is_number or row.def:find("^b'[01]+'$") then return row.def end
    return "'" .. row.def:gsub("\\", "\\\\"):gsub("'", "''") .. "'"
  end,
}
