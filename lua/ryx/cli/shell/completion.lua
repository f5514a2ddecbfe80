-- SPDX-License-Identifier: MIT
-- What Tab completes in a session: names, members of what they are, methods of querysets, and in
-- their arguments fields with lookups. Nothing is run for it and no database asked.
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local functions = require "ryx.query.fn"
local known_as = require "ryx.cli.shell.known"
local width = require "ryx.cli.width"
local words_of = require "ryx.cli.shell.words"

local M = {}

local SHOWN = 120
local KEYWORDS = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
  "repeat", "return", "then", "true", "until", "while",
}

-- Where the parts of a path in front of the last one lead: a model's meta, or a field.
local function walk(meta, parts)
  local field
  for i = 1, #parts - 1 do
    local part = parts[i]
    if field then return nil, field end -- a transform: what follows is one of its type
    local d = meta:relation(part)
    local f = meta.paths[part]
    if d then
      meta = d:target_meta()
    elseif f then
      field = f
    else
      return nil
    end
  end
  return not field and meta or nil, field
end

local function split(path)
  local parts = {}
  for part in (path .. "__"):gmatch("(.-)__") do parts[#parts + 1] = part end
  return parts
end

-- What may follow a field in a path, behind `before`.
local function add_lookups(names, field, before)
  for _, list in ipairs{ catalog.of_type[field.type] or {}, catalog.registered } do
    for name in pairs(list) do names[before .. name] = true end
  end
  for _, name in ipairs(functions.transforms_of(field.type)) do names[before .. name] = true end
end

local function begins(name, word)
  return name:sub(1, #word) == word
end

-- The only field whose name begins like a word, or the one that it names.
local function only_field(meta, word)
  local found = meta.paths[word]
  if found or word == "" then return found end
  for name, f in pairs(meta.paths) do
    if begins(name, word) then
      if found and found ~= f then return nil end
      found = f
    end
  end
  return found
end

-- Paths of a model that begin like a word: fields, relations, and lookups behind a field that is known.
local function paths_of(meta, word, has_lookups)
  local names, parts = {}, split(word)
  local last = parts[#parts]
  local before = word:sub(1, #word - #last)
  local target, field = walk(meta, parts)
  if target then
    target:settle()
    for _, list in ipairs{ target:relation_names(), compat.sorted_keys(target.paths) } do
      for _, name in ipairs(list) do names[before .. name] = true end
    end
    local f = has_lookups and only_field(target, last)
    if f then add_lookups(names, f, before .. f.name .. "__") end
  elseif field and has_lookups then
    add_lookups(names, field, before)
  end
  return names
end

-- Methods whose arguments are conditions; those of others are fields and values.
local CONDITIONS = { filter = true, exclude = true, get = true, get_or_create = true }

-- The model that is meant in the open brackets, from the innermost on, and whether conditions are:
-- in Post.objects:filter{ ... }, Post.objects:filter(ryx.Q{ ... }), Post{ ... }.
local function model_around(words, stack, env)
  for i = #stack, 1, -1 do
    local chain = words_of.chain(words, stack[i] - 1)
    local step = chain and table.remove(chain)
    local known = step and (step.sign and known_as.of_chain(chain, env) or known_as.of_value(rawget(env, step.name)))
    if known and known.rows then return known.rows, CONDITIONS[step.name] end
    if known and known.model and not step.sign then return known.model._meta, false end
  end
end

-- Does a name that follows these words name an argument of a call?
local function is_argument(words, stack)
  local before, inner = words[#words], stack[#stack]
  if not before or before.kind ~= "{" and before.kind ~= "," or words[inner].kind ~= "{" then return false end
  local called = words[inner - 1]
  return called ~= nil and (called.kind == "name" or called.kind == "(")
end

local function members_at(words, sign, env)
  local known = known_as.of_chain(words_of.chain(words, #words - 1), env)
  return known and known_as.members(known, sign) or {}
end

local function paths_at(words, word, in_text, env)
  local meta, has_lookups = model_around(words, words_of.open(words), env)
  return meta and paths_of(meta, word, has_lookups and not in_text)
end

local function globals(env)
  local names = {}
  known_as.add_keys(names, env)
  known_as.add(names, KEYWORDS)
  return names
end

-- The names that may stand at the end of words, and the beginning of one that stands there.
local function names_at(words, env)
  local last, word = words[#words], ""
  local in_text = last and last.kind == "text" and last.is_open
  if in_text or last and last.kind == "name" and last.is_last then
    word, words[#words] = in_text and last.text:match("^.%-?(.*)") or last.text, nil
  end
  if in_text then return paths_at(words, word, true, env) or {}, word end
  local sign = words[#words] and words[#words].kind
  if sign == "comment" then return {}, "" end
  if sign == "." or sign == ":" then return members_at(words, sign, env), word end
  local is_named = is_argument(words, words_of.open(words))
  return is_named and paths_at(words, word, false, env) or globals(env), word
end

local function candidates(text, env)
  local names, word = names_at(words_of.of(text), env)
  local out = {}
  for name in pairs(names) do
    if begins(name, word) and (name:sub(1, 1) ~= "_" or word:sub(1, 1) == "_") then out[#out + 1] = name end
  end
  table.sort(out)
  return out, word
end

local function common(names)
  local first, last = names[1], names[#names]
  local n = 0
  while n < #first and first:byte(n + 1) == last:byte(n + 1) do n = n + 1 end
  return first:sub(1, n)
end

-- Names in columns, read downwards.
local function in_columns(names, columns)
  local widest, shown = 0, math.min(#names, SHOWN)
  for i = 1, shown do widest = math.max(widest, width.of(names[i])) end
  local across = math.max(math.floor((columns + 1) / (widest + 2)), 1)
  local down, lines = math.ceil(shown / across), {}
  for row = 1, down do
    local cells = {}
    for i = row, shown, down do cells[#cells + 1] = names[i] .. (" "):rep(widest - width.of(names[i])) end
    lines[row] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  if #names > shown then lines[#lines + 1] = ("... and %d more"):format(#names - shown) end
  return table.concat(lines, "\n")
end

--- What is inserted at the end of a text, and what is shown where several names are meant;
--- `env` has the globals.
--- complete("Post.objects:filter{ ti", 80, _G)  -> "tle", "title  title__contains ..."
function M.complete(text, columns, env)
  local names, word = candidates(text, env)
  if names[1] == nil then return nil end
  local more = common(names):sub(#word + 1)
  return more ~= "" and more or nil, names[2] and in_columns(names, columns) or nil
end

return M
