-- SPDX-License-Identifier: MIT
-- Checks the examples of a page (page.lua).
--
--   lua5.4 spec/docs/run.lua PAGE.md
local path = assert(arg[1], "usage: run.lua PAGE.md")
local pages = dofile("spec/docs/page.lua")

local page = pages.read(path)
if page.n_blocks == 0 then
  print("ok 1 - " .. path .. " has no Lua to run")
  print("1..1")
  return
end

local n, failures = 0, 0
local function report(ok, what)
  n = n + 1
  if not ok then failures = failures + 1 end
  print(("%s %d - %s"):format(ok and "ok" or "not ok", n, what))
  return ok
end

local ran, why = pages.run(page)
if not report(ran, path .. " runs") then print("  " .. tostring(why)) end

local at, missing = 1, false
for _, want in ipairs(page.printing) do
  local found = false
  for j = at, #page.printed do
    if page.printed[j]:match("^%s*(.-)%s*$") == want.text then
      found, at = true, j + 1
      break
    end
  end
  missing = missing or not found
  report(found, ("%s:%d prints %s"):format(path, want.line, want.text))
end
if missing then
  print("  printed:")
  for _, line in ipairs(page.printed) do print("    " .. line) end
end

for _, group in ipairs(page.groups) do
  for _, want in ipairs(group) do
    local ok, texts = pages.holds(group, want)
    if not report(ok, ("%s:%d %s: %s"):format(path, want.line, want.who, want.text)) then
      for _, text in ipairs(texts) do print("  sent: " .. text) end
    end
  end
end
print("1.." .. n)
os.exit(failures == 0)
