-- SPDX-License-Identifier: MIT
-- docs/reference/queryset.md has a section for each public method of a QuerySet and for
-- nothing else, with an example and its pitfalls, and its first table leads to each.
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local annotations = dofile("scripts/reference/annotations.lua")
local tree = dofile("spec/support/tree.lua")

local PAGE = "docs/reference/queryset.md"
local page = tree.read(PAGE)

local methods, is_method = {}, {}
for _, entry in ipairs(annotations.names()) do
  if entry.class == "ryx.QuerySet" and entry.is_method then
    methods[#methods + 1], is_method[entry.name] = entry.name, true
  end
end

-- What stands under each heading of a method.
local sections, bad, name = {}, {}, nil
for line in page:gmatch("([^\n]*)\n") do
  if line:find("^#") then
    name = line:match("^### (.+)$")
    if name and sections[name] then bad[#bad + 1] = name .. " has two" end
    if name and not is_method[name] then bad[#bad + 1] = name .. " is no method" end
  end
  if name then sections[name] = (sections[name] or "") .. line .. "\n" end
end
for _, method in ipairs(methods) do
  if not sections[method] then bad[#bad + 1] = method .. " has none" end
end
tree.report(("%s: a section for each method of a QuerySet (%d)"):format(PAGE, #methods), bad)

bad = {}
for _, method in ipairs(methods) do
  local text = sections[method] or ""
  if not text:find("\n```lua\n", 1, true) then bad[#bad + 1] = method .. " has no example" end
  if not text:find("**Pitfalls**", 1, true) then bad[#bad + 1] = method .. " has no pitfalls" end
end
tree.report("each has an example and pitfalls", bad)

bad = {}
local head = page:match("\n## All methods\n(.-)\n## ")
for _, method in ipairs(methods) do
  if not head:find(("[%s](#%s)"):format(method, method), 1, true) then bad[#bad + 1] = method end
end
tree.report("the table of all methods leads to each", bad)
tree.finish()
