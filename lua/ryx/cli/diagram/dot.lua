-- SPDX-License-Identifier: MIT
-- Models as a graph of Graphviz: a box for each with its fields, an arrow for each relation.

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text)
  return (text:gsub('[&<>"]', ESCAPES))
end

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function row(field)
  local name = escape(field.name)
  if field.key then name = "<b>" .. name .. "</b>" end
  return ('<tr><td align="left">%s</td><td align="left"><font color="#666666">%s%s</font></td></tr>'):format(name,
    escape(field.type), field.null and ", null" or "")
end

local function node(model)
  local rows = {}
  for i, field in ipairs(model.fields) do rows[i] = row(field) end
  return ('  %s [label=<<table border="0" cellborder="0" cellspacing="2">'
    .. '<tr><td colspan="2"><b>%s</b></td></tr><hr/>%s</table>>];'):format(quote(model.name), escape(model.name),
    table.concat(rows))
end

-- Crows' feet, as in other diagrams of entities.
local function ends(relation)
  local many, one, may = "crowodot", "teetee", "teeodot"
  if relation.kind == "many to many" then return many, many end
  return relation.kind == "one to one" and may or many, relation.null and may or one
end

local function edge(relation)
  local tail, head = ends(relation)
  return ("  %s -> %s [label=%s, dir=both, arrowtail=%s, arrowhead=%s%s];"):format(quote(relation.from),
    quote(relation.to), quote(relation.name), tail, head, relation.through and ", style=dashed" or "")
end

return function(facts)
  local out = {
    "digraph models {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];',
    '  edge [fontname="Helvetica", fontsize=9];',
  }
  for _, model in ipairs(facts.models) do out[#out + 1] = node(model) end
  for _, relation in ipairs(facts.relations) do out[#out + 1] = edge(relation) end
  out[#out + 1] = "}"
  return table.concat(out, "\n") .. "\n"
end
