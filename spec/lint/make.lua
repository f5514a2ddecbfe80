-- SPDX-License-Identifier: MIT
-- `make help` has a line for every target that is there to be called: the comment
-- behind `##` on the line of its rule. Targets with a slash serve others.
local tree = dofile("spec/support/tree.lua")

local phony = tree.phony()
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
if next(phony) == nil then lacking[1] = "there is no .PHONY" end
tree.report("make help says what each target does", lacking)
tree.report("and names targets of .PHONY only", unknown)
tree.finish()
