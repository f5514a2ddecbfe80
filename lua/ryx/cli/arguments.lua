-- SPDX-License-Identifier: MIT
-- The words of a command line: a command's table of arguments becomes a parser of argparse.
--
-- A row: { "name" | "--long" | "-s --long", metavar =, help =, optional =, repeats =, choices =,
-- number =, default = }. A name without dashes is positional; a flag with a metavar or choices
-- takes a value.
local argparse = require "argparse"
local compat = require "ryx.compat"

local M = {}

--- What every command takes, before and after its name.
M.COMMON = {
  { "-u --url", metavar = "URL", help = "the database, instead of the configured one" },
  { "-c --config", metavar = "FILE", help = "the configuration (else RYX_DATABASE_URL, ryx.lua)" },
  { "--env", choices = { "dev", "test", "prod" }, help = "the section of the configuration (else RYX_ENV)" },
  { "-h --help", help = "show this help" },
}

function M.is_flag(row)
  return row[1]:sub(1, 1) == "-"
end

function M.takes_value(row)
  return not M.is_flag(row) or row.metavar ~= nil or row.choices ~= nil
end

--- What stands in the place of a row's value.
function M.placeholder(row)
  return row.choices and table.concat(row.choices, "|") or row.metavar or row[1]:upper()
end

-- A command's own flag wins over a common one of the same letter.
local function common_for(rows)
  local taken, out = {}, {}
  for _, row in ipairs(rows) do
    for name in row[1]:gmatch("%S+") do taken[name] = true end
  end
  for _, row in ipairs(M.COMMON) do
    local names = {}
    for name in row[1]:gmatch("%S+") do
      if not taken[name] then names[#names + 1] = name end
    end
    out[#out + 1] = compat.with(row, { table.concat(names, " ") })
  end
  return out
end

--- All rows of a command: its own, then the common ones.
function M.rows(own)
  local rows = {}
  for _, row in ipairs(own) do rows[#rows + 1] = row end
  for _, row in ipairs(common_for(own)) do rows[#rows + 1] = row end
  return rows
end

local function row_of(rows, name)
  for _, row in ipairs(rows) do
    for flag in row[1]:gmatch("%S+") do
      if flag == name then return row end
    end
  end
end

-- Does the value of a flag stand in the next word? "-qx" and "--query=x" have it in their own.
local function takes_next(rows, word)
  if word:sub(1, 2) == "--" then
    local row = row_of(rows, word)
    return row and M.takes_value(row)
  end
  for i = 2, #word do
    local row = row_of(rows, "-" .. word:sub(i, i))
    if row and M.takes_value(row) then return i == #word end
  end
end

--- The index of the first word that belongs to no flag, or nil.
function M.first_plain(rows, words)
  local i = 1
  while words[i] do
    local word = words[i]
    if word == "--" then return words[i + 1] and i + 1 end
    if word:sub(1, 1) ~= "-" or word == "-" then return i end
    i = i + (takes_next(rows, word) and 2 or 1)
  end
end

--- Of some words those that are common flags with their values, and the rest.
function M.pick_common(words)
  local common, rest, i = {}, {}, 1
  while words[i] and words[i] ~= "--" do
    local row = row_of(M.COMMON, words[i]:match("^(%-%-[^=]+)=") or words[i])
    local n = row and takes_next(M.COMMON, words[i]) and 2 or 1
    for k = i, i + n - 1 do table.insert(row and common or rest, words[k]) end
    i = i + n
  end
  for k = i, #words do rest[#rest + 1] = words[k] end
  return common, rest
end

--- Do the words ask for help?
function M.asks_help(words)
  for _, word in ipairs(words) do
    if word == "--" then return false end
    if word == "-h" or word == "--help" then return true end
  end
  return false
end

local function as_number(text)
  local n = tonumber(text)
  if n and n >= 0 then return n end
  return nil, ("'%s' is no number of 0 or more"):format(text)
end

local function add(parser, row)
  local is_flag = M.is_flag(row)
  local element = is_flag and (M.takes_value(row) and parser:option(row[1]) or parser:flag(row[1]))
    or parser:argument(row[1])
  if row.choices then element:choices(row.choices) end
  if row.number then element:convert(as_number) end
  if row.default then element:default(row.default) end
  if is_flag and row.repeats then element:count("*") end
  if not is_flag then
    element:args(row.repeats and (row.optional and "*" or "+") or row.optional and "?" or 1)
  end
end

--- The values of some words by name, "--dry-run" as dry_run; or nil and what is wrong with them.
function M.parse(rows, words)
  local parser = argparse("ryx"):add_help(false)
  for _, row in ipairs(rows) do add(parser, row) end
  local ok, result = parser:pparse(words)
  if ok then return result end
  return nil, (result:gsub("\nDid you mean (.*)%?$", " (did you mean %1?)"))
end

return M
