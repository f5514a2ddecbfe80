-- SPDX-License-Identifier: MIT
-- docs/internals against the tree. The files that its pages name are there, and a name
-- without a folder means one file; each Lua file is on the page of its room. README.md
-- there, the map: each room has its line, in the order of its floor, and its page; each
-- answer names functions that its file defines. (Links are the matter of pages.lua.)
local tree = dofile("spec/support/tree.lua")

local files, read, report, exists = tree.files, tree.read, tree.report, tree.exists

local FOLDER = "docs/internals/"
local MAP = FOLDER .. "README.md"
local PAGES = files("'docs/internals/*.md'")
local ANSWERS_MIN = 60

local ENDINGS = { c = true, h = true, lua = true, py = true, pyi = true, md = true, sh = true, txt = true }
-- Headers of other libraries.
local FOREIGN = { ["libpq-fe.h"] = true }

-- What a name with a slash may begin in.
local BEGINNINGS = { "", "src/", "lua/ryx/", "lua/ryx/query/" }

local paths_of = {} -- name of a file -> its paths
local is_room = {}  -- names of folders that a name with a slash begins with
for path in pairs(tree.there) do
  local name = path:match("[^/]+$")
  paths_of[name] = paths_of[name] or {}
  table.insert(paths_of[name], path)
  for _, beginning in ipairs(BEGINNINGS) do
    local folder = path:sub(1, #beginning) == beginning and path:sub(#beginning + 1):match("^([%w_]+)/")
    if folder then is_room[folder] = true end
  end
end

local function heading_of(text)
  return text:match("^# ([^\n]*)") or ""
end

-- The folders that the heading of a page names; `folder/*` is one with all below it.
local function rooms_of(text)
  local rooms = {}
  for room, below in heading_of(text):gmatch("`([%w_/]-)(/?%*?)`") do
    rooms[#rooms + 1] = room
    for path in pairs(below == "/*" and tree.there or {}) do
      if path:sub(1, #room + 1) == room .. "/" and not path:find("%.%a+$") then rooms[#rooms + 1] = path end
    end
  end
  return rooms
end

-- What is wrong with a name without a folder: it is in one of the page's, or once in
-- the tree.
local function wrong_name(name, rooms)
  for _, room in ipairs(rooms) do
    if exists(room .. "/" .. name) then return nil end
  end
  if name:find("*", 1, true) then return "no such files" end
  local paths = paths_of[name] or {}
  if #paths == 1 or name:find("%.md$") and exists(FOLDER .. name) then return nil end
  if #paths == 0 then return "no such file" end
  return "which of " .. #paths .. " files?"
end

local function wrong_path(path, rooms)
  for _, beginning in ipairs(BEGINNINGS) do
    if exists(beginning .. path) then return nil end
  end
  for _, room in ipairs(rooms) do
    if exists(room .. "/" .. path) then return nil end
  end
  return "no such file"
end

-- fuzz_{description,raw}.c as two words.
local function spread(text)
  return (text:gsub("([%w_./*-]*){([%w_,]+)}([%w_./*-]*)", function(before, middle, after)
    local out = {}
    for part in middle:gmatch("[^,]+") do out[#out + 1] = before .. part .. after end
    return table.concat(out, " ")
  end))
end

local bad = {}
for _, page in ipairs(PAGES) do
  local text = read(page)
  local rooms, seen = rooms_of(text), {}
  local function check(word, wrong)
    if seen[word] then return end
    seen[word] = true
    local problem = wrong(word, rooms)
    if problem then bad[#bad + 1] = ("%s: %s: %s"):format(page, word, problem) end
  end
  for word in spread(text):gmatch("[%w_./*-]+") do
    local is_file = ENDINGS[word:match("%w%.(%a+)$")] and not word:find("^%.") and not FOREIGN[word]
      and not word:find("^build/")
    if is_file then check(word, word:find("/", 1, true) and wrong_path or wrong_name) end
  end
  -- Modules and folders: `select/joins`, `lua/ryx/db`, `read/`
  for word in tree.parts(text):gmatch("`([%w_/*]+)`") do
    if word:find("/", 1, true) and is_room[word:match("^[^/]+")] then
      check(word, function()
        for _, ending in ipairs{ "", ".lua", ".c", ".py" } do
          if not wrong_path(word .. ending, rooms) then return nil end
        end
        return "no such file or folder"
      end)
    end
  end
end
report("pages of " .. FOLDER .. " name files that are there", bad)

-- The lines of the map that begin with a path.
local map = read(MAP)
local line_of, n_lines = {}, 0
bad = {}
for line in map:match("\n## Rooms\n(.-)\n## "):gmatch("[^\n]+") do
  local path = line:match("^([%w_/.]+)  +%S")
  if path then
    n_lines = n_lines + 1
    line_of[path] = n_lines
    if not exists(path) then bad[#bad + 1] = MAP .. ": " .. path .. ": not there" end
  end
end

local page_of = {}
for _, page in ipairs(PAGES) do
  for _, room in ipairs(rooms_of(read(page))) do page_of[room] = page end
  if page ~= MAP and page ~= FOLDER .. "plan.md" and not map:find("](" .. page:sub(#FOLDER + 1) .. ")", 1, true) then
    bad[#bad + 1] = MAP .. " does not name " .. page
  end
end
local folders = {}
for path in pairs(tree.there) do
  if path:find("^src/[^/]+$") or path:find("^lua/ryx/") then folders[#folders + 1] = path end
end
table.sort(folders)
for _, path in ipairs(folders) do
  local is_folder = not path:find("%.%a+$")
  if (is_folder or path:find("^lua/ryx/[^/]+$")) and not line_of[path] then
    bad[#bad + 1] = path .. " has no line in " .. MAP
  end
  if is_folder and not page_of[path] then bad[#bad + 1] = path .. " is in the heading of no page" end
end
report("every room has its line and its page", bad)

bad = {}
for _, path in ipairs(files("'lua/*.lua'")) do
  local folder, name = path:match("^(.+)/([^/]+)$")
  local page = page_of[folder]
  if page and exists(path) and not spread(read(page)):find("%f[%w_]" .. name:gsub("%.", "%%.") .. "%f[^%w_]") then
    bad[#bad + 1] = page .. " says nothing of " .. path
  end
end
report("every Lua file is on the page of its room", bad)

-- Floors as layers.lua knows them: "query.ir", "compat", "ryx".
bad = {}
local last, last_path = 0, nil
for floor in read("spec/lint/layers.lua"):match("local FLOORS = {(.-)\n}"):gmatch('"([%w_.]+)"') do
  local path = floor == "ryx" and "lua/ryx/init.lua" or "lua/ryx/" .. floor:gsub("%.", "/")
  if not line_of[path] then path = path .. ".lua" end
  if not line_of[path] then bad[#bad + 1] = "no line: " .. floor
  elseif line_of[path] < last then bad[#bad + 1] = path .. " stands above " .. last_path end
  last, last_path = math.max(last, line_of[path] or 0), path
end
report("Lua rooms stand in the order of their floors", bad)

-- Is a name defined in a text, not only used? By the ending of the file.
local DEFINES = {}

function DEFINES.lua(text, name)
  for found in text:gmatch("function%s+([%w_.:]+)%s*%(") do
    if found == name or found:sub(-#name - 1) == "." .. name then return true end
  end
  local pattern = name:gsub("%p", "%%%0") .. "%s*=[^=]"
  return text:find("\n%s*" .. pattern) or text:find("\n%s*local%s+" .. pattern)
end

function DEFINES.c(text, name)
  text = text:gsub("/%*.-%*/", "")
  return text:find("\n%a[^\n;{}()]*%f[%w_]" .. name .. "%b()%s*{") or text:find("\n%a[^\n;()]*%f[%w_]" .. name ..
    "%f[^%w_][^\n;()]*=") or text:find("\n%s*%." .. name .. "%s*=") or text:find("#define%s+" .. name .. "%f[^%w_]")
end
DEFINES.h = DEFINES.c

function DEFINES.py(text, name)
  return text:find("\n%s*def%s+" .. name .. "%(") or text:find("\n%s*async def%s+" .. name .. "%(")
    or text:find("\nclass%s+" .. name .. "%f[^%w_]")
end

local function defines(ending, text, name)
  return DEFINES[ending]("\n" .. text, name) ~= nil and DEFINES[ending]("\n" .. text, name) ~= false
end

bad = {}
for _, case in ipairs{
  { "lua", "function M.walk(a)", "M.walk", true }, { "lua", "  local walk = 1", "walk", true },
  { "lua", "M.walk = step", "M.walk", true }, { "lua", "local function walk(a)", "walk", true },
  { "lua", "function r.handlers.outer(a)", "handlers.outer", true }, { "lua", "x = M.walk(a)", "M.walk", false },
  { "lua", "if walk == 1 then", "walk", false }, { "lua", "function M.walk_on(a)", "M.walk", false },
  { "c", "static int walk(int a)\n{", "walk", true }, { "c", "static int walk(int a);", "walk", false },
  { "c", "  walk(a);", "walk", false }, { "c", "  .walk = one,", "walk", true },
  { "c", "const char *const walk[MAX] = {", "walk", true }, { "c", "/* walk(a) */", "walk", false },
  { "c", "int n = walk(a);", "walk", false }, { "py", "    async def walk(self):", "walk", true },
  { "py", "    walk(self)", "walk", false },
} do
  if defines(case[1], case[2], case[3]) ~= case[4] then bad[#bad + 1] = case[1] .. ": " .. case[2] end
end
report("a definition is told from a mention", bad)

-- Rows of the tables that begin with "question" and "where": files, each with the names
-- behind it.
bad = {}
local n_answers = 0
local function check_answer(where, question)
  local file, text, n_names = nil, nil, 0
  for word in where:gmatch("`([^`]+)`") do
    if word:find("/", 1, true) then
      if file and n_names == 0 then bad[#bad + 1] = question .. ": " .. file .. " without a function" end
      file, text, n_names = word, read(word), 0
    else
      n_names = n_names + 1
      if not (text and defines(file:match("%.(%a+)$"), text, word)) then
        bad[#bad + 1] = ("%s: %s does not define %s"):format(question, tostring(file), word)
      end
    end
  end
  if n_names == 0 then bad[#bad + 1] = question .. ": no function" end
end
for rows in map:gmatch("\n| question | where |\n|[-|]+|\n(.-)\n\n") do
  for question, where in (rows .. "\n"):gmatch("| ([^\n]-) | ([^\n]-) |\n") do
    n_answers = n_answers + 1
    check_answer(where, question)
  end
end
if n_answers < ANSWERS_MIN then bad[#bad + 1] = ("%d answers, not %d"):format(n_answers, ANSWERS_MIN) end
report(n_answers .. " questions are answered by functions that are there", bad)
tree.finish()
