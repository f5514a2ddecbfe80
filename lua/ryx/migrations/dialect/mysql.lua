-- SPDX-License-Identifier: MIT
-- MariaDB's side of the schema. Text compares by code point, so the collation is
-- written out on every text column.
local errors = require "ryx.errors"

local TEXT = " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"

local function json(_, c)
  return "LONGTEXT" .. TEXT, "JSON_VALID(" .. c .. ")"
end

return {
  transactional = false,
  alter_constraints = true,
  columns_sql = "SELECT column_name AS name FROM information_schema.columns "
    .. "WHERE table_schema = DATABASE() AND table_name = ?",
  identity = " AUTO_INCREMENT PRIMARY KEY",
  types = {
    varchar = function(f) return ("VARCHAR(%d)"):format(f.max_length) end,
    text = "LONGTEXT",
    smallint = "SMALLINT",
    int = "INTEGER",
    bigint = "BIGINT",
    double = "DOUBLE",
    decimal = function(f) return ("DECIMAL(%d, %d)"):format(f.max_digits, f.decimal_places) end,
    bool = "TINYINT(1)",
    date = "DATE",
    time = "TIME(6)",
    datetime = "DATETIME(6)",
    datetimetz = "DATETIME(6)",
    duration = "BIGINT",
    uuid = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
    json = json,
    array = json,
    bytes = "LONGBLOB",
  },
  text_suffix = TEXT,
  collate = function(name) return " CHARACTER SET utf8mb4 COLLATE " .. name end,
  booleans = { [true] = "1", [false] = "0" },
  check_action = function(action, what)
    if action == "SET DEFAULT" then
      errors.raise("unsupported", "%s: MariaDB cannot SET DEFAULT on delete; use SET_NULL, RESTRICT or CASCADE", what)
    end
  end,
  literal_text = function(s) return "'" .. s:gsub("\\", "\\\\"):gsub("'", "''") .. "'" end,
}
