-- SPDX-License-Identifier: MIT
-- Columns that change in a way that what hangs on them must go before and come again after: foreign
-- keys, checks, indexes.
local diff_column = require "ryx.migrations.diff.column"
local schema = require "ryx.migrations.schema"

local M = {}

local function key_of(k)
  return schema.key{ name = k.table, schema = k.schema }
end

-- Do parts of a table name one of these columns?
local function names_one(columns, set)
  for _, name in ipairs(columns) do
    if set[name] then return true end
  end
  return false
end

local function text_names_one(sql, set, mark)
  for name in pairs(set) do
    if sql and sql:find(mark .. name .. mark, 1, true) then return true end
  end
  return false
end

--- Which columns of which tables change so that what hangs on them must go before and come
--- again after: { altered = { [key] = set }, renamed = { [key] = set }, remade = { [key] = set } }, by new names.
function M.touched(list, dialect)
  local altered, moved, remade = {}, {}, {}
  for _, pair in ipairs(list) do
    local by_name = {}
    altered[pair.key], moved[pair.key] = {}, {}
    for _, c in ipairs(pair.from.columns) do by_name[c.name] = c end
    for _, c in ipairs(pair.to.columns) do
      local was = by_name[c.name]
      if was and (was.type ~= c.type or was.collation ~= c.collation) then altered[pair.key][c.name] = true end
    end
    if not dialect.renames_follow then
      for _, new in pairs(pair.columns) do moved[pair.key][new] = true end
    end
    remade[pair.key] = {}
    for _, c in ipairs(pair.to.columns) do
      local was = by_name[c.name]
      remade[pair.key][c.name] = was and diff_column.is_remade(dialect, was, c, altered[pair.key], moved[pair.key])
        or nil
    end
  end
  return { altered = altered, renamed = moved, remade = remade }
end

local function sql_goes(sql, pair, touched, dialect)
  return text_names_one(sql, touched.renamed[pair.key], dialect.mark)
    or text_names_one(sql, touched.remade[pair.key], dialect.mark)
end

--- Must a part go although it is the same afterwards? By what it is.
M.of = {
  foreign_key = function(k, pair, touched)
    return names_one(k.columns, touched.altered[pair.key]) or names_one(k.to, touched.altered[key_of(k)] or {})
  end,
  check = function(c, pair, touched, dialect)
    return sql_goes(c.sql, pair, touched, dialect)
  end,
  unique = function(u, pair, touched)
    return names_one(u.columns, touched.remade[pair.key])
  end,
  index = function(ix, pair, touched, dialect)
    for _, p in ipairs(ix.parts) do
      if touched.remade[pair.key][p.column or ""] or sql_goes(p.sql, pair, touched, dialect) then return true end
    end
    return names_one(ix.include or {}, touched.remade[pair.key]) or sql_goes(ix.condition, pair, touched, dialect)
  end,
  search = function(s, pair, touched, dialect)
    return names_one(s.columns, touched.renamed[pair.key]) or names_one(s.columns, touched.remade[pair.key])
      or dialect.search_holds_columns and names_one(s.columns, touched.altered[pair.key])
  end,
}

return M
