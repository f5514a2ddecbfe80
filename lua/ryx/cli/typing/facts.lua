-- SPDX-License-Identifier: MIT
-- What instances of models have, for descriptions of types: fields, objects they refer to, rows that refer to them.
local compat = require "ryx.compat"

local M = {}

local function field_of(f)
  return {
    name = f.attname, type = f.type, elem = f.elem, custom = f.is_custom, null = f.null and not f.primary_key,
    help = f.help_text ~= "" and f.help_text or nil,
  }
end

-- Foreign keys as objects, other sides and relations to many; hidden ones begin with an underscore.
local function relations_of(meta)
  local out = {}
  for _, name in ipairs(compat.sorted_keys(meta.relations)) do
    local d = meta.relations[name]
    if name:sub(1, 1) ~= "_" then
      out[#out + 1] = {
        name = name, to = d:target_meta().model_name, kind = d.kind, single = d.single,
        null = d.kind == "reverse" or d.field and d.field.null,
      }
    end
  end
  return out
end

-- The names of managers but objects, and of all their methods, sorted.
local function managers_of(meta)
  local names, methods = {}, {}
  for name, manager in pairs(meta.managers) do
    if name ~= "objects" then names[#names + 1] = name end
    for method in pairs(manager.methods) do methods[method] = true end
  end
  table.sort(names)
  return names, compat.sorted_keys(methods)
end

--- { { name, key (a field, or nil), fields, relations, managers, methods }, ... } of models, as they were declared; of
--- a proxy those of the model that has its table.
function M.of(models)
  local out = {}
  for _, model in ipairs(models) do
    local meta = model._meta
    if not meta.abstract then
      meta:settle()
      local one = { name = meta.model_name, table = meta.table_name, fields = {} }
      one.relations = relations_of(meta.concrete)
      one.managers, one.methods = managers_of(meta)
      for i, f in ipairs(meta.fields) do
        one.fields[i] = field_of(f)
        if f == meta.pk_field then one.key = one.fields[i] end
      end
      out[#out + 1] = one
    end
  end
  return out
end

return M
