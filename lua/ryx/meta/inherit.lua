-- SPDX-License-Identifier: MIT
-- ryx.model(name, fields, Base): what a model takes over from those it is built upon: fields and
-- options of Meta. What it says itself counts, then the first base that says it.
local naming = require "ryx.naming"

local M = {}

-- What a model says of itself alone.
local OWN = { abstract = true, proxy = true, table_name = true, was = true }

--- The options of a model that says `own`.
function M.options(own, bases)
  local options = {}
  for k, v in pairs(own) do options[k] = v end
  for _, base in ipairs(bases) do
    for k, v in pairs(base.options) do
      if options[k] == nil and not OWN[k] then options[k] = v end
    end
  end
  return options
end

--- The fields of bases that `def` has nothing to say of, as a list of { name, field }, and
--- all their names as a set.
function M.fields(def, bases)
  local list, names = {}, {}
  for _, base in ipairs(bases) do
    for _, fields in ipairs{ base.fields, base.many_to_many } do
      for _, f in ipairs(fields) do
        if def[f.name] == nil and not names[f.name] then list[#list + 1] = { f.name, f } end
        names[f.name] = true
      end
    end
  end
  return list, names
end

-- A name that is written for several models must come out different in each.
local function own_name(meta, name, is_inherited)
  local expanded = naming.expand(name, meta)
  if expanded == name and is_inherited then return naming.generated(name, meta.table_name) end
  return expanded
end

--- Indexes or constraints under the names that they have in a model.
function M.named(meta, list, is_inherited)
  if meta.abstract then return list end
  local out = {}
  for i, item in ipairs(list) do
    local name = type(item) == "table" and item.name
    local own = name and own_name(meta, name, is_inherited)
    out[i] = item
    if own ~= name then
      out[i] = setmetatable({}, getmetatable(item))
      for k, v in pairs(item) do out[i][k] = v end
      out[i].name = own
    end
  end
  return out
end

return M
