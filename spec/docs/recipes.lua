-- SPDX-License-Identifier: MIT
-- Follows the recipes of CONTRIBUTING.md in a copy of the tree: what a page says to
-- write is written, what it says to run is run, and its Lua is run as on every page
-- (page.lua).
--
--   lua5.4 spec/docs/recipes.lua [PAGE.md]
--
-- A line before a block says where the block goes: "`FILE`, below `TEXT`:", "above",
-- ", at the end:", ", a new file:"; TEXT stands in one line of the file. A sentence
-- "`FILE`: `OLD` becomes `NEW`." changes a text that is there once. In a section "Add
-- ..." the lines of ```sh blocks that begin with make are run.
local path = arg[1] or "CONTRIBUTING.md"

local n, failures = 0, 0
local function report(ok, what, why)
  n = n + 1
  if not ok then failures = failures + 1 end
  print(("%s %d - %s"):format(ok and "ok" or "not ok", n, what))
  if not ok and why then print("  " .. tostring(why):gsub("\n(.)", "\n  %1")) end
  return ok
end

local function read(file)
  local f, why = io.open(file)
  if not f then return nil, why end
  local text = f:read("*a")
  f:close()
  return text
end

local function write(file, text)
  local f = assert(io.open(file, "w"))
  f:write(text)
  f:close()
end

-- What a page says: edits and commands in their order, and the page with the blocks
-- that go into files made text, so that what is left is its program.
local function parse(text)
  local page = { edits = {}, commands = {}, lines = {} }
  local place, block, lang, is_recipe
  for line in text:gmatch("([^\n]*)\n") do
    local fence = line:match("^```(.*)")
    if fence and lang then
      block, lang = nil, nil
    elseif fence then
      lang, block, place = fence, place, nil
      if block then
        page.edits[#page.edits + 1], block.lines = block, {}
        line = "```text"
      end
    elseif block then
      table.insert(block.lines, line)
    elseif lang == "sh" and is_recipe and line:find("^make ") then
      page.commands[#page.commands + 1] = line:gsub("%s+#.*", "")
    elseif not lang and line ~= "" then
      if line:find("^## ") then is_recipe = line:find("^## Add ") ~= nil end
      local file, old, new = line:match("^`([^`]+)`: `([^`]+)` becomes `([^`]+)`%.$")
      if file then page.edits[#page.edits + 1] = { file = file, how = "becomes", old = old, new = new } end
      local how, rest
      file, how, rest = line:match("^`([^`]+)`, (%l[%l ]*%l) ?(.*):$")
      place = file and { file = file, how = how, old = rest:match("^`(.+)`$") }
    end
    page.lines[#page.lines + 1] = line
  end
  return page
end

local function times(text, what)
  local count, at = 0, 1
  while true do
    local from, to = text:find(what, at, true)
    if not from then return count end
    count, at = count + 1, to + 1
  end
end

local EDIT = {}

function EDIT.becomes(text, edit)
  local from, to = text:find(edit.old, 1, true)
  return text:sub(1, from - 1) .. edit.new .. text:sub(to + 1)
end

function EDIT.below(text, edit)
  local _, to = text:find(edit.old, 1, true)
  local ends = text:find("\n", to, true)
  return text:sub(1, ends) .. edit.block .. text:sub(ends + 1)
end

function EDIT.above(text, edit)
  local from = text:find(edit.old, 1, true)
  local begins = from - #text:sub(1, from - 1):match("[^\n]*$")
  return text:sub(1, begins - 1) .. edit.block .. text:sub(begins)
end

EDIT["at the end"] = function(text, edit) return text .. edit.block end

-- The text of the file with an edit, or nil and why not.
local function edited(file, edit)
  local text, why = read(file)
  if edit.lines then edit.block = table.concat(edit.lines, "\n") .. "\n" end
  if edit.how == "a new file" then
    if text then return nil, "it is there" end
    return edit.block
  end
  if not text then return nil, why end
  local make = EDIT[edit.how]
  if not make then return nil, "where is " .. tostring(edit.how) .. "?" end
  local count = edit.old and times(text, edit.old) or 1
  if count ~= 1 then return nil, ("the text stands there %d times"):format(count) end
  return make(text, edit)
end

-- A copy with what is built but needs no copy of its own: only what the recipes touch
-- is compiled again.
local COPY = [[
set -e
mkdir -p %s/build
git ls-files -co --exclude-standard -z | tar --null -cf - -T - | tar -xf - -C %s
for built in obj obj-lua5.4 obj-lua5.1 gen lib bin python docs; do
  [ ! -e build/$built ] || cp -a build/$built %s/build/
done
]]

-- Runs a command in the copy, whatever make was told to build this tree: ok, log.
local RUN = [[
{ cd %s && eval "$(make -s --no-print-directory env)" && MAKEFLAGS=-s OPT=-O0 %s; } >%s 2>&1 </dev/null]]

local function run(dir, command)
  local log = dir .. "/recipe.log"
  local ok = os.execute(RUN:format(dir, command, log))
  return ok, read(log)
end

local page = parse(assert(read(path)))
local dir = os.tmpname()
os.remove(dir)
assert(os.execute(COPY:gsub("%%s", dir)))

for _, edit in ipairs(page.edits) do
  local what = edit.file .. ", " .. edit.how .. (edit.old and " `" .. edit.old .. "`" or "")
  local text, why = edited(dir .. "/" .. edit.file, edit)
  if report(text, what, why) then write(dir .. "/" .. edit.file, text) end
end

local function follow()
  for _, command in ipairs(page.commands) do
    local ok, log = run(dir, command)
    report(ok, command, log)
  end
  write(dir .. "/" .. path, table.concat(page.lines, "\n") .. "\n")
  local _, log = run(dir, "make lua docs-tools && lua5.4 spec/docs/run.lua " .. path)
  for line in log:gmatch("[^\n]+") do
    local ok, what = line:match("^(n?o?t? ?ok) %d+ %- (.*)")
    if ok then report(ok == "ok", what) elseif not line:find("^1%.%.%d+$") then print(line) end
  end
end

if failures == 0 then follow() else print("  nothing was run: half a recipe says nothing") end
os.execute("rm -rf " .. dir)
print("1.." .. n)
os.exit(failures == 0)
