-- SPDX-License-Identifier: MIT
-- What pages name is there: the targets of links, and in those at the root also
-- paths, targets of make, files and names of tests in commands. README.md leads to the
-- pages for users. CONTRIBUTING.md names the places of a dialect: each file has the
-- names, and no place lacks.
local tree = dofile("spec/support/tree.lua")

local files, read, report, exists, parts = tree.files, tree.read, tree.report, tree.exists, tree.parts

local phony = tree.phony()

-- Headings as links name them.
local function anchors(text)
  local out = {}
  for heading in ("\n" .. parts(text)):gmatch("\n#+ ([^\n]+)") do
    out[heading:lower():gsub("[^%w%-_ ]", ""):gsub(" ", "-")] = true
  end
  return out
end

local bad = {}
for _, page in ipairs(files("'*.md'")) do
  local text = read(page)
  for link in parts(text):gmatch("%]%(([^)%s]+)%)") do
    local file, anchor = link:match("^([^#]*)#?(.*)$")
    if not link:find("^%a+:") then
      local path = file == "" and page or (page:match("^.*/") or "") .. file
      while path:find("[^/]+/%.%./") do path = path:gsub("[^/]+/%.%./", "", 1) end
      local leads = exists(path) and (anchor == "" or anchors(read(path))[anchor])
      if not leads then bad[#bad + 1] = page .. ": " .. link end
    end
  end
end
report("links lead somewhere", bad)

-- What no newcomer finds is as good as not written.
bad = {}
local readme = read("README.md")
for _, page in ipairs(files("'docs/guide/*.md' 'docs/reference/*.md'")) do
  if not readme:find("](" .. page .. ")", 1, true) then bad[#bad + 1] = page end
end
report("README.md leads to every page of the guide and the reference", bad)

-- make [OPTION...] TARGET... [NAME=VALUE...]
local function targets(command, page)
  for word in command:gmatch("%S+") do
    if not word:find("^%-") and not word:find("=", 1, true) and not phony[word] then
      bad[#bad + 1] = ("%s: make %s"):format(page, word)
    end
  end
end

local PAGES = files("'*.md' ':!*/*'")
bad = {}
for _, page in ipairs(PAGES) do
  local prose, shell = parts(read(page))
  prose = prose:gsub("`[^`\n]+`, a new file:", "")
  for code in prose:gmatch("`([^`]+)`") do
    if tree.at_root[code:match("^[^/%s]+")] and not code:find("%s") and not exists(code) then
      bad[#bad + 1] = page .. ": " .. code
    end
    targets(code:match("^make ([^#]*)") or code:match("%(make ([^)]*)%)") or "", page)
  end
  for command in prose:gmatch("\n    make ([^#\n]*)") do targets(command, page) end
  for _, line in ipairs(shell) do
    line = line:gsub("%s*#.*", "")
    targets(line:gsub('"[^"]*"', '""'):match("^make (.*)") or "", page)
    for path in line:gmatch("[^%s=]+") do
      local is_path = path:find("/", 1, true) and path:find("^[%w.]")
      if is_path and not exists(path) then bad[#bad + 1] = page .. ": " .. path end
    end
    local file, name = line:match("FILE=(%S+)"), line:match('NAME="([^"]+)"') or line:match("NAME=(%S+)")
    if name and exists(file) and not read(file):find(name, 1, true) then
      bad[#bad + 1] = ("%s: no test of %s has %q in its name"):format(page, file, name)
    end
  end
end
report("pages at the root name what is there: " .. table.concat(PAGES, " "), bad)

-- The rows of tables that begin with "where" and "name".
bad = {}
local named = {}
local guide = read("CONTRIBUTING.md")
local dialect = guide:match("\n## Add a dialect\n(.-)\n## ")
for file, names in guide:match("\n| where | name .-\n\n"):gmatch("\n| `([^`]+)` | ([^|]+) |") do
  for name in names:gmatch("`([^`]+)`") do
    if not (read(file) or ""):find(name, 1, true) then bad[#bad + 1] = file .. " has no " .. name end
  end
end
report("places of CONTRIBUTING.md have their names", bad)

-- Whatever names MariaDB's tables, outside its own files, is such a place.
for path in dialect:gmatch("`([^`]+)`") do named[path] = true end
bad = {}
for _, path in ipairs(files("src lua Makefile")) do
  local text = read(path):gsub("/%*.-%*/", "")
  local is_own = path:find("/my[_.]") or path:find("_my%.c$") or path:find("_mariadb%.c$") or path:find("_mysql%.c$")
    or path:find("mysql%.lua$")
  if not is_own and not named[path] and (text:find("ryx_%w+_my%f[^%w_]") or text:find("ryx_my_") or text:find("WITH_MY")
    or text:find("%f[%w]mysql%f[^%w]")) then
    bad[#bad + 1] = path
  end
end
report("CONTRIBUTING.md names every place of a dialect", bad)
tree.finish()
