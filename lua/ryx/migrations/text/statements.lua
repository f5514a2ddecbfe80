-- SPDX-License-Identifier: MIT
-- A text of SQL as its statements: they end at ";", but not in texts, names, comments, and not in
-- the body of a trigger or a routine.
local M = {}

-- Where what begins so ends; plain patterns over the text.
local SPANS = {
  { "^'", "'" }, { '^"', '"' }, { "^`", "`" }, { "^%-%-", "\n" }, { "^/%*", "*/" },
}

-- The end of a text in which a backslash takes the meaning of what follows.
local function escaped_end(sql, i)
  repeat
    i = sql:find("['\\]", i + 1)
    if not i or sql:sub(i, i) == "'" then return i or #sql end
    i = i + 1
  until false
end

-- E'...' is such a text everywhere.
local function has_escapes(sql, i, dialect)
  if sql:sub(i, i) ~= "'" then return false end
  if dialect.text_escapes then return true end
  local before = i > 2 and sql:sub(i - 2, i - 1) or " " .. sql:sub(1, i - 1)
  return before:find("^[^%w_][eE]$") ~= nil
end

-- The last byte of a text, name or comment that begins at i, or nil.
local function span_end(sql, i, dialect)
  if has_escapes(sql, i, dialect) then return escaped_end(sql, i) end
  if dialect.hash_comments and sql:sub(i, i) == "#" then return sql:find("\n", i, true) or #sql end
  local tag = sql:match("^%$[%w_]*%$", i)
  if tag and not sql:sub(i - 1, i - 1):find("[%w_]") then
    local _, last = sql:find(tag, i + #tag, true)
    return last or #sql
  end
  for _, span in ipairs(SPANS) do
    local _, opens = sql:find(span[1], i)
    if opens then
      local _, last = sql:find(span[2], opens + 1, true)
      return last or #sql
    end
  end
end

local OPENS = { BEGIN = true, CASE = true, IF = true, LOOP = true, REPEAT = true, WHILE = true }
local ROUTINE = { TRIGGER = true, FUNCTION = true, PROCEDURE = true, EVENT = true }

-- A statement so far: how deep it is in the body of a routine.
local function new()
  return { depth = 0, n_words = 0 }
end

-- `IF EXISTS` and `END IF` are no block; neither is what stands before the body begins.
local function note(at, word)
  at.n_words = at.n_words + 1
  if at.n_words == 1 then at.creates = word == "CREATE" end
  if at.creates and at.n_words < 8 and ROUTINE[word] then at.is_routine = true end
  if at.is_routine and OPENS[word] and at.last ~= "END" and (at.depth > 0 or word == "BEGIN") then
    at.depth = at.depth + 1
  end
  if word == "END" and at.depth > 0 then at.depth = at.depth - 1 end
  at.last = word
end

local function add(list, text, at)
  if at.n_words > 0 then list[#list + 1] = text:match("^%s*(.-)%s*$") end
end

local NONE = {}

--- The statements of a text, without the ";" behind them. What else begins a text or a comment, a
--- dialect says: text_escapes (backslashes), hash_comments.
function M.split(sql, dialect)
  dialect = dialect or NONE
  local list, at, from, i = {}, new(), 1, 1
  while i <= #sql do
    local last = span_end(sql, i, dialect)
    local word = not last and sql:match("^[%a_][%w_]*", i)
    if word then note(at, word:upper()) end
    if sql:sub(i, i) == ";" and at.depth == 0 then
      add(list, sql:sub(from, i - 1), at)
      at, from = new(), i + 1
    end
    i = (last or word and i + #word - 1 or i) + 1
  end
  add(list, sql:sub(from), at)
  return list
end

return M
