-- SPDX-License-Identifier: MIT
-- Meta.proxy = true: a model over the table of another one. What is not its own is read from
-- that one's meta: fields, relations, keys.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local M = {}

-- Options that are about the table, which is the other model's.
local OF_TABLE = {
  "table_name", "schema", "db_comment", "managed", "abstract", "unique_together", "index_together", "indexes",
  "constraints", "primary_key",
}

local function refuse(model_name, concrete, own, def)
  for _, option in ipairs(OF_TABLE) do
    if own[option] ~= nil then
      errors.raise("misuse", "%s: a proxy has the table of %s, so it cannot have Meta.%s", model_name,
        concrete.model_name, option)
    end
  end
  for _, name in ipairs(compat.sorted_keys(def)) do
    errors.raise("misuse", "%s: a proxy has the fields of %s, so it cannot have %s", model_name, concrete.model_name,
      compat.show(name))
  end
end

-- What a proxy is built upon: one model with a table, and abstract ones without fields. The
-- meta of that model.
local function concrete_of(model_name, bases)
  local concrete
  for _, base in ipairs(bases) do
    if concrete and not base.abstract then
      errors.raise("misuse", "%s: a proxy has the table of one model, not of %s and %s", model_name,
        concrete.model_name, base.model_name)
    end
    if not base.abstract then concrete = base.concrete end
    local f = base.abstract and (base.fields[1] or base.many_to_many[1])
    if f then
      errors.raise("misuse", "%s: a proxy has no fields of its own, so it cannot have %s of %s", model_name, f.name,
        base.model_name)
    end
  end
  if not concrete then errors.raise("misuse", "%s: a proxy is built upon a model that has a table", model_name) end
  return concrete
end

--- The meta of a proxy, from what is its own.
function M.new(meta, own, def)
  local concrete = concrete_of(meta.model_name, meta.bases)
  refuse(meta.model_name, concrete, own, def)
  meta.concrete, meta.is_proxy = concrete, true
  -- Of the class alone, or of what its relations gave to others: never the other model's.
  meta.root, meta.given = false, {}
  return setmetatable(meta, { __index = concrete })
end

return M
