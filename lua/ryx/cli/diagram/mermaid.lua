-- SPDX-License-Identifier: MIT
-- Models as an entity diagram of Mermaid.

-- How many of the first there are for one of the second.
local ENDS = {
  ["many to one"] = { [true] = "}o--o|", [false] = "}o--||" },
  ["one to one"] = { [true] = "|o--o|", [false] = "|o--||" },
}

local function line_of(relation)
  if relation.kind == "many to many" then return relation.through and "}o..o{" or "}o--o{" end
  return ENDS[relation.kind][relation.null]
end

local function marks(field)
  local keys = {}
  if field.key then keys[#keys + 1] = "PK" end
  if field.refers then keys[#keys + 1] = "FK" end
  if field.unique then keys[#keys + 1] = "UK" end
  local text = table.concat(keys, ", ")
  return (text ~= "" and " " .. text or "") .. (field.null and ' "null"' or "")
end

-- A type is letters and digits there.
local function word(text)
  return (text:gsub("[^%w]+", "_"):gsub("_$", ""))
end

return function(facts)
  local out = { "erDiagram" }
  local function add(fmt, ...) out[#out + 1] = fmt:format(...) end
  for _, model in ipairs(facts.models) do
    add("  %s {", model.name)
    for _, field in ipairs(model.fields) do add("    %s %s%s", word(field.type), field.name, marks(field)) end
    add("  }")
  end
  for _, r in ipairs(facts.relations) do add('  %s %s %s : "%s"', r.from, line_of(r), r.to, r.name) end
  return table.concat(out, "\n") .. "\n"
end
