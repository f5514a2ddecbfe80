-- SPDX-License-Identifier: MIT
-- The text of a CREATE TABLE: what SQLite keeps nowhere else, the names of keys, checks, collations.
local spelling = require("ryx.migrations.dialect.sqlite").spelling
local tokens = require "ryx.migrations.text.tokens"

local M = {}

local T = {}
T.__index = T

function T:is(i, text)
  local t = self.list[i]
  return t ~= nil and (t.lower or t.kind == "op" and t.text) == text
end

-- The columns in brackets at a token, and where they end.
function T:columns(open)
  local close, columns = tokens.closing(self.list, open), {}
  for i, range in ipairs(tokens.parts(self.list, open + 1, close - 1)) do columns[i] = self.list[range[1]].text end
  return columns, close
end

-- What stands in brackets at a token, and where they end.
function T:inside(open)
  local close = tokens.closing(self.list, open)
  return tokens.text(self.source, self.list, open + 1, close - 1), close
end

local function note(names, columns, name)
  if name then names[table.concat(columns, "\0")] = name end
end

-- A constraint at a token, of the table or behind a column; gives where it ends.
local CONSTRAINT = {
  check = function(self, i, name)
    local sql, close = self:inside(i + 1)
    table.insert(self.out.checks, { name = name, sql = sql })
    return close
  end,
  unique = function(self, i, name, column)
    if column then
      note(self.out.uniques, { column }, name)
      return i
    end
    local columns, close = self:columns(i + 1)
    note(self.out.uniques, columns, name)
    return close
  end,
  primary = function(self, i, name)
    self.out.key_name = name
    return i + 1
  end,
  foreign = function(self, i, name)
    local columns, close = self:columns(i + 2)
    note(self.out.foreign_keys, columns, name)
    return close
  end,
  references = function(self, i, name, column)
    if column then note(self.out.foreign_keys, { column }, name) end
    return i + 1
  end,
}

-- What only a column has.
local OF_COLUMN = {
  collate = function(self, i, column)
    self.out.collations[column] = self.list[i + 1].text
    return i + 1
  end,
  autoincrement = function(self, i)
    self.out.is_counted = true
    return i
  end,
  as = function(self, i, column)
    local sql, close = self:inside(i + 1)
    self.out.generated[column] = sql
    return close
  end,
}

function T:constraints(i, last, column)
  local name
  while i <= last do
    local t = self.list[i]
    if t.lower == "constraint" then
      name, i = self.list[i + 1].text, i + 1
    elseif t.lower and CONSTRAINT[t.lower] then
      i, name = CONSTRAINT[t.lower](self, i, name, column), nil
    elseif column and t.lower and OF_COLUMN[t.lower] then
      i = OF_COLUMN[t.lower](self, i, column)
    elseif self:is(i, "(") then
      i = tokens.closing(self.list, i)
    end
    i = i + 1
  end
end

local OF_TABLE = { constraint = true, primary = true, unique = true, check = true, foreign = true }

--- { checks = { { name, sql } }, uniques, foreign_keys = { ["columns by NUL"] = name }, key_name,
--- collations, generated = { [column] = text }, is_counted }
function M.read(sql)
  local list = tokens.of(sql, spelling)
  local self = setmetatable({ source = sql, list = list, out = {
    checks = {}, uniques = {}, foreign_keys = {}, collations = {}, generated = {},
  } }, T)
  local open = 1
  while list[open] and not self:is(open, "(") do open = open + 1 end
  for _, range in ipairs(tokens.parts(list, open + 1, tokens.closing(list, open) - 1)) do
    local first = list[range[1]]
    if OF_TABLE[first.lower] then
      self:constraints(range[1], range[2])
    else
      self:constraints(range[1] + 1, range[2], first.text)
    end
  end
  return self.out
end

return M
