-- SPDX-License-Identifier: MIT
-- A backend is named in its own files only. In src/sql those are the files that end
-- in a name of dialect_list.h; in Lua, migrations and files of a database's name. Comments may say whose habit made
-- a common form what it is.
local tree = dofile("spec/support/tree.lua")

local files, read, report = tree.files, tree.read, tree.report

-- Short names, as parts of identifiers ("pg"), and the databases' own, as words.
local LIST = "src/sql/dialect_list.h"
local short, words, lacking = {}, { maria = true }, {}
for name in (read(LIST):match("define RYX_DIALECTS(.-)\n\n")):gmatch("X%((%l+)%)") do
  short[name] = true
  for _, kind in ipairs{ "dialect", "function", "json" } do
    local path = ("src/sql/%s_%s.c"):format(kind, name)
    local text = read(path)
    if not text then lacking[#lacking + 1] = path end
    local word = kind == "dialect" and text and text:match('%.name = "(%w+)"')
    if word then words[word] = true end
  end
end
if next(short) == nil then lacking[1] = LIST .. " names none" end
report("every dialect has its files", lacking)

-- The first backend that a text names, or nil.
local function named(text)
  for part in text:gmatch("%a[%w]*") do
    if short[part:lower()] then return part end
  end
  for word in pairs(words) do
    local found = text:lower():match("[%w_]*" .. word .. "[%w_]*")
    if found then return found end
  end
end

local bad = {}
for _, path in ipairs(files("'src/sql/*.c' 'src/sql/*.h'")) do
  if path ~= LIST and not short[path:match("_(%l+)%.[ch]$")] then
    local found = named(read(path):gsub("/%*.-%*/", ""))
    if found then bad[#bad + 1] = path .. ": " .. found end
  end
end
report("common files of src/sql name no backend", bad)

bad = {}
for _, path in ipairs(files("'lua/*.lua'")) do
  if not path:find("^lua/ryx/migrations/") and not words[path:match("(%w+)%.lua$")] then
    -- A text in long brackets may be a file that a user gets.
    local code = read(path):gsub("%-%-[^\n]*", ""):gsub("%[%[.-%]%]", "")
    for word in pairs(words) do
      if code:find(word, 1, true) then bad[#bad + 1] = path .. ": " .. word end
    end
  end
end
report("Lua outside migrations names no backend", bad)
tree.finish()
