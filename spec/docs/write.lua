-- SPDX-License-Identifier: MIT
-- Writes into a page the SQL that its examples send now, where a comment says another
-- (`-- SQL: ?` too): read the difference before you commit it.
--
--   lua5.4 spec/docs/write.lua PAGE.md
local path = assert(arg[1], "usage: write.lua PAGE.md")
local pages = dofile("spec/docs/page.lua")

local WIDTH = 118
local CLAUSES = {}
for word in ("SELECT (SELECT FROM JOIN LEFT ON WHERE AND OR GROUP HAVING ORDER LIMIT UNION INTERSECT EXCEPT")
  :gmatch("%S+") do CLAUSES[word] = true end

-- Where a line that is full breaks: before the last clause that begins in its second half.
local function break_of(words)
  local width, at = 0, nil
  for i, word in ipairs(words) do
    if i > 2 and width > WIDTH / 2 and CLAUSES[word] and words[i - 1] ~= "LEFT" then at = i end
    width = width + #word + 1
  end
  return at or #words + 1
end

-- SQL as the lines of a comment.
local function comment(want, sql)
  local lines, words = {}, { want.indent .. "-- " .. want.who .. ":" }
  for word in sql:gmatch("%S+") do
    if #table.concat(words, " ") + 1 + #word > WIDTH then
      local at, rest = break_of(words), { want.indent .. "--  " }
      for i = at, #words do
        rest[#rest + 1] = words[i]
        words[i] = nil
      end
      lines[#lines + 1] = table.concat(words, " ")
      words = rest
    end
    words[#words + 1] = word
  end
  lines[#lines + 1] = table.concat(words, " ")
  return table.concat(lines, "\n")
end

local page = pages.read(path)
local n = #page.lines
local ok, why = pages.run(page)
if not ok then
  io.stderr:write(tostring(why), "\n")
  os.exit(1)
end
for _, group in ipairs(page.groups) do
  for _, want in ipairs(group) do
    local holds, texts = pages.holds(group, want)
    if not holds and #texts > 0 then
      for i = want.line + 1, want.last do page.lines[i] = nil end
      page.lines[want.line] = comment(want, texts[#texts])
    end
  end
end
local out = {}
for i = 1, n do out[#out + 1] = page.lines[i] end
local f = assert(io.open(path, "w"))
f:write(table.concat(out, "\n"), "\n")
f:close()
