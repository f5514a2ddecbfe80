-- SPDX-License-Identifier: MIT
-- Q{ views__gte = 0 }, ryx.Lower("title"), "views >= 0": what options of Meta say of fields, as
-- text to compare by, and with other names of fields. Terms are never changed but made anew.
local compat = require "ryx.compat"
local intern = require "ryx.query.expr.intern"
local naming = require "ryx.naming"
local value = require "ryx.value"

local M = {}

local function is_term(v)
  return type(v) == "table" and v.op ~= nil
end

local function shape(term)
  local parts = {}
  for i = 1, term.n do
    local part = term[i]
    parts[i] = is_term(part) and shape(part) or ("%s %s"):format(type(part), tostring(part))
  end
  return term.op .. "(" .. table.concat(parts, ", ") .. ")"
end

--- A value as text by which it is known.
function M.value(v)
  if type(v) == "table" then return "json " .. value.json.encode(v) end
  local kind = value.kind(v) or type(v)
  if v == value.null then return "null" end
  -- 1 and 1.0 are one number.
  if kind == "number" then return "number " .. (compat.is_integer(v) and ("%d"):format(v) or ("%.17g"):format(v)) end
  return kind .. " " .. tostring(v)
end

local JOINS = { ["and"] = true, ["or"] = true }

-- Is it a condition of comparisons with one value each?
local function is_plain(term)
  if term.op == "leaf" then return term.n == 2 end
  if term.op == "not" then return is_plain(term[1]) end
  return JOINS[term.op] ~= nil and is_plain(term[1]) and is_plain(term[2])
end

-- Such a condition, in which the order of what AND or OR joins does not count: under other names a
-- table of conditions has another order. `rest` gives the values one after another.
local plain_text

local function add_joined(term, op, rest, parts)
  if term.op ~= op then
    parts[#parts + 1] = plain_text(term, rest)
    return
  end
  add_joined(term[1], op, rest, parts)
  add_joined(term[2], op, rest, parts)
end

function plain_text(term, rest)
  if term.op == "leaf" then return ("%s: %s"):format(term[1], M.value(rest())) end
  if term.op == "not" then return "not (" .. plain_text(term[1], rest) .. ")" end
  local parts = {}
  add_joined(term, term.op, rest, parts)
  table.sort(parts)
  return "(" .. table.concat(parts, " " .. term.op .. " ") .. ")"
end

--- A Q, an expression or a text of SQL as text by which it is known.
function M.text(e)
  if type(e) ~= "table" then return tostring(e) end
  if is_plain(e.term) then
    local i = 0
    return plain_text(e.term, function()
      i = i + 1
      return e.values[i]
    end)
  end
  local parts = { shape(e.term) }
  for i, v in ipairs(e.values) do parts[i + 1] = M.value(v) end
  return table.concat(parts, "; ")
end

local PATHS = { leaf = true, path = true }

--- A path that a term reads, or nil.
function M.path(t)
  if PATHS[t.op] then return t[1] end
  for i = 1, t.n do
    local path = is_term(t[i]) and M.path(t[i])
    if path then return path end
  end
end

-- A path whose first name is another one now.
local function path_with(path, names)
  local parts = naming.split(path)
  if not names[parts[1]] then return path end
  return names[parts[1]] .. (#parts > 1 and "__" .. table.concat(parts, "__", 2) or "")
end

-- `columns` are for SQL of the user's, whose texts are the parts with even numbers.
local function renamed(term, names, columns)
  local parts, changed = {}, false
  for i = 1, term.n do
    local part = term[i]
    if i == 1 and PATHS[term.op] then part = path_with(part, names) end
    if columns and term.op == "raw" and i % 2 == 0 then part = M.renamed_sql(part, columns) end
    if is_term(part) then part = renamed(part, names, columns) end
    parts[i], changed = part, changed or part ~= term[i]
  end
  if not changed then return term end
  if term.op == "leaf" and term.n == 2 then return intern.leaf(parts[1], parts[2]) end
  return intern.term(term.op, compat.unpack(parts, 1, term.n))
end

--- The same with other names of fields, { [old] = new }, and of columns in SQL of the user's where these are given;
--- the very same when none is in it.
function M.renamed(e, names, columns)
  local term = renamed(e.term, names, columns)
  if term == e.term then return e end
  return setmetatable({ term = term, values = e.values }, getmetatable(e))
end

-- What may stand in a text of SQL: how it begins, and all of it.
local TOKENS = {
  { "^'", "^'[^']*'" }, { "^%-%-", "^%-%-[^\n]*" }, { "^/%*", "^/%*.-%*/" },
  { '^"', '^"[^"]*"' }, { "^`", "^`[^`]*`" }, { "^[%a_]", "^[%w_]+" },
  { "^%d", "^[%w_.]+" }, { "^.", "^." },
}

local function token_at(sql, i)
  for _, token in ipairs(TOKENS) do
    if sql:find(token[1], i) then
      local _, last = sql:find(token[2], i)
      return sql:sub(i, last or #sql)
    end
  end
  return sql:sub(i, i)
end

-- Words that are no columns without quotes.
local RESERVED = {}
for word in ("and as between case cast collate else end escape exists false glob in is isnull like not notnull null or "
  .. "regexp then true when"):gmatch("%S+") do
  RESERVED[word] = true
end

-- The same word with the quotes that it had. Without them case does not count.
local function column(word, names)
  local quote, inner = word:match('^(["`])(.*)["`]$')
  if quote then return names[inner] and quote .. names[inner] .. quote or word end
  if RESERVED[word:lower()] then return word end
  return names[word] or names[word:lower()] or word
end

--- A text of SQL with other names of columns, { [old] = new }.
function M.renamed_sql(sql, names)
  local out, i = {}, 1
  while i <= #sql do
    local token = token_at(sql, i)
    i = i + #token
    local is_call = sql:find("^%s*%(", i) ~= nil and not token:find('^["`]')
    out[#out + 1] = is_call and token or column(token, names)
  end
  return table.concat(out)
end

return M
