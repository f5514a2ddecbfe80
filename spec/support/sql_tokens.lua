-- SPDX-License-Identifier: MIT
-- SQL as tokens, by the rules of each database: what a text from outside may not
-- change. Names in quotes, literals and numbers are tokens whatever is in them.
local M = {}

-- What each database knows beyond standard SQL.
local DIALECTS = {
  sqlite = { names = { ['"'] = '"', ["`"] = "`", ["["] = "]" } },
  postgres = { names = { ['"'] = '"' }, dollar = true },
  mariadb = { names = { ["`"] = "`" }, text = { ['"'] = true }, backslash = true, hash = true },
}

DIALECTS.mysql = DIALECTS.mariadb

-- The end of what begins with a quote at i: a doubled quote is one character of it.
local function skip_quoted(sql, i, close, backslash)
  local at = i + 1
  while at <= #sql do
    local c = sql:sub(at, at)
    if c == "\\" and backslash then
      at = at + 2
    elseif c == close then
      if close == "]" or sql:sub(at + 1, at + 1) ~= close then return at end
      at = at + 2
    else
      at = at + 1
    end
  end
  error("a quote is not closed: " .. sql:sub(i), 0)
end

local function comment(sql, i, d)
  if sql:sub(i, i + 1) == "--" then return (sql:find("\n", i, true) or #sql) end
  if sql:sub(i, i) == "#" and d.hash then return (sql:find("\n", i, true) or #sql) end
  if sql:sub(i, i + 1) == "/*" then return (select(2, sql:find("*/", i + 2, true)) or #sql) end
end

-- Kind and end of the token at i.
local function token(sql, i, d)
  local c = sql:sub(i, i)
  if comment(sql, i, d) then return "comment", comment(sql, i, d) end
  if c == "'" or d.text and d.text[c] then return "text", skip_quoted(sql, i, c, d.backslash) end
  if d.names[c] then return "name", skip_quoted(sql, i, d.names[c]) end
  if d.dollar and sql:find("^%$%d", i) then return "param", select(2, sql:find("^%$%d+", i)) end
  if d.dollar and sql:find("^%$[%a_]*%$", i) then error("a dollar quote: " .. sql:sub(i), 0) end
  if c == "?" and not d.dollar then return "param", i end
  if c:find("%d") then return "number", select(2, sql:find("^[%d.]+[eE]?[+-]?%d*", i)) end
  local word = sql:match("^[%a_\128-\255][%w_$\128-\255]*", i)
  if word then return word:upper(), i + #word - 1 end
  return c, i
end

--- The kinds of a statement's tokens, spaces left out: { "SELECT", "name", ... }.
function M.of(sql, dialect)
  local d, list, i = DIALECTS[dialect], {}, 1
  while i <= #sql do
    if sql:find("^%s", i) then i = i + 1 else
      local kind, last = token(sql, i, d)
      list[#list + 1] = kind
      i = last + 1
    end
  end
  return list
end

--- The same as one text, and how many parameters it has.
function M.shape(sql, dialect)
  local list, params = M.of(sql, dialect), 0
  for _, kind in ipairs(list) do
    if kind == "param" then params = params + 1 end
    if kind == "comment" or kind == ";" then error("the statement has a " .. kind .. ": " .. sql, 0) end
  end
  return table.concat(list, " "), params
end

local PIECES = {
  "'", '"', "`", "\\", "\\'", "''", '""', "``", ";", "--", "-- ", "/*", "*/", "#", "?", "??", "$1", ":x",
  "@a", "%", "_", "!",
  "(", ")", "[", "]",
  "{", "}", ",", "=", " ", "\n", "\t", "\0", "\1", "\127", "\194\160", "\195\169", "\226\128\153",
  "\240\159\152\128", "$$", "$a$", "0", "a", "OR 1=1",
  " UNION SELECT ", "DROP TABLE", "NULL", "x'00'", "E'", "\226\128\174", "\239\188\135", "|", "||", "&", "<", ">",
  "-", "+", "*", "/",
}

local FIXED = {
  "a') = 'x' OR 1=1 --",
  'a"b', "a`b", "a'; DROP TABLE x; --", 'x" OR "1"="1', "\\", "\\'", "' OR ''='", "a]b", "$[0]", '$."a"', "a/*",
  "*/ OR 1=1 /*",
  "id FROM x; --", "name desc", "name) --", "1; SELECT 1", "%s", "%d%n", "{col}", "a\0b", "\0", "?", "$1", "a?b",
  "::int", "a::text", "`id`", '"id"',
  ("x"):rep(300), "a\nb", "\r\n--", "\255\254", "a\128", "e\204\129", "'||(SELECT 1)||'",
}

--- Texts meant to break out of quotes: the known ones, then n more by a seed.
function M.hostile(seed, n)
  local list, state = {}, seed
  for i, text in ipairs(FIXED) do list[i] = text end
  local function random(most)
    state = state * 16807 % 2147483647
    return state % most + 1
  end
  for _ = 1, n do
    local parts = {}
    for k = 1, random(6) do parts[k] = PIECES[random(#PIECES)] end
    list[#list + 1] = table.concat(parts)
  end
  return list
end

return M
