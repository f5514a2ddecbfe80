-- SPDX-License-Identifier: MIT
-- make compdb: from the commands that a full build would run (make -nB), how each C
-- file is compiled, as JSON for clangd and other tools.
local DROPPED = { ["-MMD"] = true, ["-c"] = true, ["-shared"] = true }

-- The words of a command as the shell would read them; no command of the Makefile
-- quotes otherwise.
local function words(line)
  local list = {}
  for word in (line:gsub("'([^']*)'", function(s) return (s:gsub(" ", "\0")) end)):gmatch("%S+") do
    list[#list + 1] = (word:gsub("%z", " "))
  end
  return list
end

-- The C files of a command and what they are compiled with, without what is linked.
local function compiled(list)
  local files, flags, i = {}, { list[1] }, 2
  while i <= #list do
    local word = list[i]
    if word == "-o" then
      i = i + 1
    elseif word:find("^[^-].*%.c$") then
      files[#files + 1] = word
    elseif word:find("^%-") and not DROPPED[word] and not word:find("^%-[lL]") and not word:find("^%-Wl,") then
      flags[#flags + 1] = word
      if word == "-isystem" then
        i = i + 1
        flags[#flags + 1] = list[i]
      end
    end
    i = i + 1
  end
  return files, flags
end

local function quoted(s) return '"' .. s:gsub('[\\"]', "\\%0") .. '"' end

local directory = assert(arg[1], "usage: compdb.lua DIRECTORY < commands")
local entries, seen = {}, {}
for line in io.read("*a"):gsub("\\\n", " "):gmatch("[^\n]+") do
  local files, flags = {}, {}
  if line:find(" -o ", 1, true) then files, flags = compiled(words(line)) end
  for _, file in ipairs(files) do
    if not seen[file] and not file:find("^build/") then
      seen[file] = true
      local arguments = {}
      for i, flag in ipairs(flags) do arguments[i] = quoted(flag) end
      entries[#entries + 1] = ('{ "directory": %s, "file": %s,\n  "arguments": [%s, "-c", %s] }'):format(
        quoted(directory), quoted(file), table.concat(arguments, ", "), quoted(file))
    end
  end
end
print("[\n" .. table.concat(entries, ",\n") .. "\n]")
