-- SPDX-License-Identifier: MIT
-- libryx exports what include/ryx.h declares and nothing else.
local function lines(cmd)
  local p, out = assert(io.popen(cmd)), {}
  for l in p:lines() do out[l] = true end
  p:close()
  return out
end
local f = assert(io.open("include/ryx.h"))
local header = f:read("*a"):gsub("/%*.-%*/", ""):gsub("#define[^\n]*", "")
f:close()
local declared = {}
for decl in header:gmatch("RYX_API%s([^;]-);") do
  local name = decl:match("([%w_]+)%s*%(")
  if name == "RYX_MUST" then name = decl:gsub("RYX_MUST", ""):match("([%w_]+)%s*%(") end
  if name then declared[name] = true end
end
local exported = lines("nm -D --defined-only build/lib/libryx.so | awk '{print $3}'")
local extra, lacking = {}, {}
for name in pairs(exported) do
  if not declared[name] then extra[#extra + 1] = name end
end
for name in pairs(declared) do
  if not exported[name] then lacking[#lacking + 1] = name end
end
table.sort(extra)
table.sort(lacking)
local ok1, ok2 = #extra == 0 and next(exported) ~= nil, #lacking == 0
print((ok1 and "ok 1" or "not ok 1") .. " - nothing else is exported " .. table.concat(extra, " "))
print((ok2 and "ok 2" or "not ok 2") .. " - all that ryx.h declares is there " .. table.concat(lacking, " "))
print("1..2")
os.exit(ok1 and ok2)
