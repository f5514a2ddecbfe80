-- SPDX-License-Identifier: MIT
-- make compdb writes JSON that says of every C file how it is compiled.
local json = require "cjson"
local tree = dofile("spec/support/tree.lua")

local path = os.tmpname()
local made = os.execute("make -s --no-print-directory compdb COMPDB=" .. path)
local is_json, entries = pcall(json.decode, tree.read(path))
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
for _, file in ipairs(tree.files("'*.c'")) do
  if not told[file] then lacking[#lacking + 1] = file end
end

local fails = { not is_json and tostring(entries) or not made and "make fails" or nil }
tree.report("make compdb writes JSON", fails)
tree.report("an entry compiles its one file", bad)
tree.report("every C file has an entry", lacking)
tree.finish()
