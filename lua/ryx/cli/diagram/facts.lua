-- SPDX-License-Identifier: MIT
-- What a picture of models shows: their fields, and how they refer to each other.
local M = {}

-- CharField(80), DecimalField(8, 2), ArrayField(CharField).
function M.type_of(f)
  local options = f.options
  if f.generated then return ("%s(%s)"):format(f.kind.name, M.type_of(f.output_field)) end
  if f.base then return ("%s(%s)"):format(f.kind.name, f.base.kind.name) end
  if f.type == "decimal" and not f.relation then
    return ("%s(%d, %d)"):format(f.kind.name, f.max_digits, f.decimal_places)
  end
  if options.max_length then return ("%s(%d)"):format(f.kind.name, options.max_length) end
  return f.kind.name
end

local function field_of(meta, f)
  return {
    name = f.name, kind = f.kind.name, type = M.type_of(f), null = f.null and not meta.is_key[f],
    key = meta.is_key[f], unique = f.unique and not meta.is_key[f], refers = f.relation ~= nil,
  }
end

local function add_relations(meta, out)
  for _, f in ipairs(meta.fields) do
    if f.relation then
      out[#out + 1] = {
        from = meta.model_name, to = f:target_name(), name = f.name, null = f.null,
        kind = f.kind.one_to_one and "one to one" or "many to one",
      }
    end
  end
  for _, f in ipairs(meta.many_to_many) do
    out[#out + 1] = {
      from = meta.model_name, to = f:target_name(), name = f.name, kind = "many to many",
      through = f.through and f:through_meta().model_name,
    }
  end
end

--- { models = { { name, fields = { { name, type, ... } } } }, relations = { { from, to, name, kind, null } } } of the
--- models that have a table, as they were declared.
function M.of(models)
  local facts = { models = {}, relations = {} }
  for _, model in ipairs(models) do
    local meta = model._meta
    if not meta.abstract and not meta.is_proxy then
      meta:settle()
      local fields = {}
      for i, f in ipairs(meta.fields) do fields[i] = field_of(meta, f) end
      table.insert(facts.models, { name = meta.model_name, fields = fields })
      add_relations(meta, facts.relations)
    end
  end
  return facts
end

return M
