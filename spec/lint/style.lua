-- SPDX-License-Identifier: MIT
-- Rules of style that a machine can see: banned C functions, sizes of files,
-- SPDX lines, backends named outside their own files, banned Lua, what .editorconfig says.
local tree = dofile("spec/support/tree.lua")

local files, read, report = tree.files, tree.read, tree.report
local c = files("'include/*.h' 'src/*.c' 'src/*.h' 'python/src/*.c' 'python/src/*.h'")
local lua = files("'lua/*.lua'")

local banned = { "strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "atol", "strtod", "gets", "alloca",
  "setjmp", "longjmp" }
local bad = {}
for _, path in ipairs(c) do
  local text = read(path):gsub("/%*.-%*/", ""):gsub('"[^"\n]*"', '""')
  for _, name in ipairs(banned) do
    if text:find("[^%w_]" .. name .. "%s*%(") then bad[#bad + 1] = path .. ": " .. name end
  end
end
report("no banned C functions", bad)

bad = {}
for _, path in ipairs(c) do
  local _, n = read(path):gsub("\n", "")
  if n > 600 then bad[#bad + 1] = path .. ": " .. n .. " lines" end
end
for _, path in ipairs(lua) do
  local _, n = read(path):gsub("\n", "")
  if n > 300 then bad[#bad + 1] = path .. ": " .. n .. " lines" end
end
report("files own one thing (C 600 lines, Lua 300)", bad)

bad = {}
for _, list in ipairs({ c, lua }) do
  for _, path in ipairs(list) do
    if not read(path):sub(1, 200):find("SPDX%-License%-Identifier: MIT") then bad[#bad + 1] = path end
  end
end
report("every source file has its SPDX line", bad)

bad = {}
for _, path in ipairs(c) do
  if not (path:find("dialect_") or path:find("^src/driver/")) then
    local text = read(path):gsub("/%*.-%*/", "")
    if text:find('strcmp%([^)]*"postgres') or text:find('strcmp%([^)]*"mysql') or text:find('strcmp%([^)]*"sqlite') then
      bad[#bad + 1] = path
    end
  end
end
for _, path in ipairs(lua) do
  local text = read(path)
  for _, name in ipairs{ "postgres", "mysql", "sqlite" } do
    if text:find('[=~]= *"' .. name .. '"') then bad[#bad + 1] = path end
  end
end
report("backends differ in tables, not in tests", bad)

bad = {}
for _, path in ipairs(files("")) do
  local text = read(path)
  local is_page = path:find("%.md$")
  if text ~= "" and text:sub(-1) ~= "\n" then bad[#bad + 1] = path .. ": no newline at its end" end
  if text:find("\r", 1, true) then bad[#bad + 1] = path .. ": a carriage return" end
  if not is_page and text:find("[ \t]\n") then bad[#bad + 1] = path .. ": space at the end of a line" end
  if path ~= "Makefile" and ("\n" .. text):find("\n *\t") then bad[#bad + 1] = path .. ": a line begins with a tab" end
end
report("files are as .editorconfig says", bad)
tree.finish()
