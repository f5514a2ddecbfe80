-- SPDX-License-Identifier: MIT
-- `make help` has a line for every target that is there to be called: the comment
-- behind `##` on the line of its rule. Targets with a slash serve others.
local f = assert(io.open("Makefile"))
local makefile = f:read("*a")
f:close()

local phony = {}
for names in makefile:gsub("\\\n", " "):gmatch("%.PHONY:([^\n]*)") do
  for name in names:gmatch("%S+") do phony[name] = true end
end
local said, p = {}, assert(io.popen("make -s --no-print-directory help"))
for line in p:lines() do
  local name, text = line:match("^(%S+)%s+(%S.*)$")
  said[name or line] = text or ""
end
p:close()

local lacking, unknown = {}, {}
for name in pairs(phony) do
  if not name:find("/", 1, true) and not said[name] then lacking[#lacking + 1] = name end
end
for name in pairs(said) do
  if not phony[name] then unknown[#unknown + 1] = name end
end
table.sort(lacking)
table.sort(unknown)
local ok1, ok2 = #lacking == 0 and next(phony) ~= nil, #unknown == 0
print((ok1 and "ok 1" or "not ok 1") .. " - make help says what each target does " .. table.concat(lacking, " "))
print((ok2 and "ok 2" or "not ok 2") .. " - and names targets of .PHONY only " .. table.concat(unknown, " "))
print("1..2")
os.exit(ok1 and ok2)
