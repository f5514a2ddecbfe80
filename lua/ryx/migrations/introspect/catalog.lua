-- SPDX-License-Identifier: MIT
-- What the catalogs of all databases have in common: rows become tables, texts of indexes their parts.
local naming = require "ryx.naming"
local tokens = require "ryx.migrations.text.tokens"

local M = {}

--- A table without anything in it.
function M.table(name, schema)
  return {
    name = name, schema = schema, columns = {}, uniques = {}, foreign_keys = {}, checks = {}, indexes = {},
    searches = {},
  }
end

--- " AND name IN (?, ?)" and its parameters; nothing of nil, which is all.
function M.within(name, wanted)
  if not wanted then return "", {} end
  return (" AND %s IN (%s)"):format(name, ("?, "):rep(#wanted - 1) .. "?"), wanted
end

--- Adds a part to a set by name, in the order of the catalog.
function M.add(set, part)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  part.place = n + 1
  set[part.name] = part
end

--- The index beside that of a search of several columns, of the words of one (migrations/dialect/family_my.lua).
function M.words_index(table_name, column)
  return naming.generated("words", table_name, column)
end

local NULLS = { first = "FIRST", last = "LAST" }

-- Takes the words behind an expression off a part, from the end.
local function take_order(part, list, first, last)
  local t = list[last]
  if last > first and t.lower and NULLS[t.lower] and list[last - 1].lower == "nulls" then
    part.nulls, last = NULLS[t.lower], last - 2
    t = list[last]
  end
  if last > first and (t.lower == "desc" or t.lower == "asc") then
    part.desc, last = t.lower == "desc", last - 1
  end
  return last
end

-- COLLATE "x" and a class of operators.
local function take_class(part, list, first, last)
  local t, before = list[last], list[last - 1]
  local is_name = t.kind == "word" or t.kind == "name"
  if last > first and is_name and before.kind ~= "op" and before.lower ~= "collate"
    or last > first and is_name and before.text == ")" then
    part.class, last = t.text, last - 1
  end
  if last > first + 1 and list[last - 1].lower == "collate" then
    part.collation, last = list[last].text, last - 2
  end
  return last
end

-- One part of an index: a column, or an expression.
local function part_of(source, list, range)
  local part = { desc = false }
  local first = range[1]
  local last = take_class(part, list, first, take_order(part, list, first, range[2]))
  if first == last then
    part.column = list[first].text
    return part
  end
  part.sql = tokens.text(source, list, first, last)
  if part.collation then part.sql = ('%s COLLATE "%s"'):format(part.sql, part.collation) end
  part.collation = nil
  return part
end

local function parts_between(source, list, open)
  local close, parts = tokens.closing(list, open), {}
  for i, range in ipairs(tokens.parts(list, open + 1, close - 1)) do parts[i] = part_of(source, list, range) end
  return parts, close
end

-- The place of a token, from one on.
local function find(list, text, from)
  for i = from, #list do
    local t = list[i]
    if (t.lower or t.kind == "op" and t.text) == text then return i end
  end
end

--- What CREATE INDEX says: { parts, include or nil, condition or nil }.
function M.index_text(source, spelling)
  local list = tokens.of(source, spelling)
  local open = find(list, "(", find(list, "on", 1) + 2)
  local parts, close = parts_between(source, list, open)
  local ix = { parts = parts }
  local include = list[close + 1] and list[close + 1].lower == "include"
  if include then
    local names
    names, close = parts_between(source, list, close + 2)
    ix.include = {}
    for i, part in ipairs(names) do ix.include[i] = part.column end
  end
  local where = find(list, "where", close + 1)
  if where then ix.condition = tokens.text(source, list, where + 1, #list) end
  return ix
end

return M
