-- SPDX-License-Identifier: MIT
-- What lints share: the files there are, the targets of make, the prose and the shell of
-- a page, and a report in TAP.
local M = {
  there = {},   -- set: every file, every folder
  at_root = {}, -- set: what stands at the root
}

local tests, failures = 0, 0

--- A test that fails when a list is not empty.
function M.report(name, bad)
  tests = tests + 1
  local ok = #bad == 0
  if not ok then failures = failures + 1 end
  print((ok and "ok " or "not ok ") .. tests .. " - " .. name)
  for _, b in ipairs(bad) do print("  " .. b) end
end

--- The plan of the tests, and the end of the program.
function M.finish()
  print("1.." .. tests)
  os.exit(failures == 0)
end

--- The text of a file, or nil.
function M.read(path)
  local f = io.open(path)
  local s = f and f:read("*a")
  if f then f:close() end
  return s
end

--- The files that git's patterns name and that are there, sorted.
function M.files(pattern)
  local p, out = assert(io.popen("git ls-files -co --exclude-standard " .. pattern)), {}
  for path in p:lines() do
    if M.read(path) then out[#out + 1] = path end
  end
  p:close()
  table.sort(out)
  return out
end

--- The targets that the Makefile says are no files, as a set.
function M.phony()
  local out = {}
  for names in M.read("Makefile"):gsub("\\\n", " "):gmatch("%.PHONY:([^\n]*)") do
    for name in names:gmatch("%S+") do out[name] = true end
  end
  return out
end

for _, path in ipairs(M.files("")) do
  M.there[path] = true
  M.at_root[path:match("^[^/]+")] = true
  for i in path:gmatch("()/") do M.there[path:sub(1, i - 1)] = true end
end

-- A path with stars in it as a pattern.
local function fits(path)
  local pattern = "^" .. path:gsub("[%-%.%+%[%]%(%)%$%^%%%?]", "%%%0"):gsub("%*", "[^/]*") .. "$"
  for known in pairs(M.there) do
    if known:find(pattern) then return true end
  end
  return false
end

--- Is there such a file or folder? A star stands for any name.
function M.exists(path)
  path = path:gsub("/$", "")
  return M.there[path] or path:find("*", 1, true) and fits(path)
end

--- A page without its fenced blocks, and the lines of those that are shell: what is
--- said there of tests in a recipe ("Add ...") holds once it has been followed.
function M.parts(text)
  local prose, shell, lang, is_recipe = {}, {}, nil, false
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local fence = line:match("^```(.*)")
    if fence then
      lang = not lang and fence or nil
    elseif not lang then
      prose[#prose + 1] = line
      if line:find("^## ") then is_recipe = line:find("^## Add ") ~= nil end
    elseif lang == "sh" then
      shell[#shell + 1] = is_recipe and line:gsub("%sNAME=.*", "") or line
    end
  end
  return table.concat(prose, "\n"), shell
end

return M
