-- SPDX-License-Identifier: MIT
-- MySQL's catalog, which writes expressions once more escaped and plain defaults without quotes.
local ESCAPES = { n = "\n", t = "\t", r = "\r", ["0"] = "\0", Z = "\26" }

-- Expressions were taken for latin1 on their way into the catalog: each of their bytes is a character.
local function as_bytes(s)
  return (s:gsub("([\194\195])([\128-\191])", function(lead, last)
    return string.char((lead:byte() - 192) * 64 + last:byte() - 128)
  end))
end

local function text(s)
  return (as_bytes(s):gsub("\\(.)", function(c) return ESCAPES[c] or c end))
end

return require "ryx.migrations.introspect.dialect.family_my"{
  checks = "SELECT t.table_name AS of_table, k.constraint_name AS name, k.check_clause AS text "
    .. "FROM information_schema.check_constraints k JOIN information_schema.table_constraints t "
    .. "ON t.constraint_schema = k.constraint_schema AND t.constraint_name = k.constraint_name "
    .. "WHERE k.constraint_schema = DATABASE()%s ORDER BY t.table_name, k.constraint_name",
  formula_column = "t.expression",
  checked_text = "ArrayField",
  text = text,
  default = function(row, extra, is_number)
    if extra:find("default_generated", 1, true) then return text(row.def) end
    if is_number or row.def:find("^b'[01]+'$") then return row.def end
    return "'" .. row.def:gsub("\\", "\\\\"):gsub("'", "''") .. "'"
  end,
}
