-- SPDX-License-Identifier: MIT
-- make compdb writes JSON that says of every C file how it is compiled.
local json = require "cjson"

local path = os.tmpname()
local made = os.execute("make -s --no-print-directory compdb COMPDB=" .. path)
local f = assert(io.open(path))
local is_json, entries = pcall(json.decode, f:read("*a"))
f:close()
os.remove(path)

local told, bad, lacking = {}, {}, {}
for _, entry in ipairs(is_json and entries or {}) do
  told[entry.file] = true
  local args = " " .. table.concat(entry.arguments, " ")
  local _, n_files = args:gsub(" [^-]%S*%.[coa]%f[%s%z]", "")
  if n_files ~= 1 or not args:find(" -c " .. entry.file, 1, true) or args:find(" %-o%s") then
    bad[#bad + 1] = entry.file
  end
end
for file in io.popen("git ls-files -co --exclude-standard '*.c'"):lines() do
  if not told[file] then lacking[#lacking + 1] = file end
end

local n, failures = 0, 0
local function report(ok, what)
  n = n + 1
  if not ok then failures = failures + 1 end
  print(("%s %d - %s"):format(ok and "ok" or "not ok", n, what))
end
report(made and is_json, "make compdb writes JSON " .. (is_json and "" or tostring(entries)))
report(#bad == 0, "an entry compiles its one file " .. table.concat(bad, " "))
report(#lacking == 0, "every C file has an entry " .. table.concat(lacking, " "))
print("1.." .. n)
os.exit(failures == 0)
