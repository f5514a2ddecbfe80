-- SPDX-License-Identifier: MIT
-- What the schemas of MariaDB and MySQL have in common: all but the collation of text, by
-- code point, which is written out on every column, and what holds a document.

--- The dialect of a server: its name, its collation, the type of a document.
return function(server, collation, json)
  local text = " CHARACTER SET utf8mb4 COLLATE " .. collation

  local function checked(_, c)
    return "LONGTEXT" .. text, "JSON_VALID(" .. c .. ")"
  end

  -- An index takes letters as its columns compare them: so the words are in columns of their
  -- own, in which case and accents do not count. MATCH wants an index of just its columns.
  local function search(ctx, index, there)
    local quote, out, columns, words = ctx.quote, {}, {}, {}
    local function make(name, sql, ...)
      if not there[name] then out[#out + 1] = sql:format(...) end
      there[name] = true
    end
    local of = quote(ctx.meta.table_name)
    for i, field in ipairs(index.fields) do
      words[i] = quote(field.words)
      make(field.words, "ALTER TABLE %s ADD COLUMN %s LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci "
        .. "GENERATED ALWAYS AS (%s) STORED INVISIBLE", of, words[i], field.column)
      columns[i] = { field.alone, words[i] }
    end
    make(index.name, "CREATE FULLTEXT INDEX %s ON %s (%s)", quote(index.name), of, table.concat(words, ", "))
    for _, c in ipairs(words[2] and columns or {}) do
      make(c[1], "CREATE FULLTEXT INDEX %s ON %s (%s)", quote(c[1]), of, c[2])
    end
    return out
  end

  return {
    server = server,
    transactional = false,
    no_index_include = "an index of " .. server .. " holds no columns besides its own",
    no_index_concurrently = server .. " has no CREATE INDEX CONCURRENTLY",
    alter_constraints = true,
    no_index_conditions = "an index of " .. server .. " holds all rows and takes no condition",
    columns_sql = "SELECT column_name AS name FROM information_schema.columns "
      .. "WHERE table_schema = DATABASE() AND table_name = ?",
    search = search,
    search_there_sql = "SELECT column_name AS name FROM information_schema.columns "
      .. "WHERE table_schema = DATABASE() AND table_name = ? UNION SELECT index_name FROM "
      .. "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ?",
    identity = " AUTO_INCREMENT",
    unbounded = { text = true, bytes = true, array = true, json = true },
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
      json = json or checked,
      array = checked,
      bytes = "LONGBLOB",
    },
    text_suffix = text,
    collate = function(name) return " CHARACTER SET utf8mb4 COLLATE " .. name end,
    booleans = { [true] = "1", [false] = "0" },
    decimal_literal = tostring,
    decimal_order = "",
    -- InnoDB refuses SET DEFAULT: ryx does it (query/write/collect.lua).
    actions = { ["SET DEFAULT"] = "NO ACTION" },
    literal_text = function(s) return "'" .. s:gsub("\\", "\\\\"):gsub("'", "''") .. "'" end,
  }
end
