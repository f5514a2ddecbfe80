-- SPDX-License-Identifier: MIT
-- Which tables of models belong to which database.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local router = require "ryx.db.router"
local schema = require "ryx.migrations.schema"

local M = {}

-- The models given, then the join tables that ryx makes for them, each once.
local function metas_of(models)
  local metas, joins, seen = {}, {}, {}
  for i, model in ipairs(models) do
    local meta = type(model) == "table" and rawget(model, "_meta")
    if not meta then errors.raise("misuse", "migrate: item %d is not a model", i) end
    if not meta.abstract and not meta.is_proxy then metas[#metas + 1] = meta end
  end
  for _, meta in ipairs(metas) do
    for _, name in ipairs(compat.sorted_keys(meta.relations)) do
      local many = meta.relations[name].many
      local join = many and not many:has_through() and many:is_declared() and many:through_meta()
      if join and not seen[join] then
        joins[#joins + 1], seen[join] = join, true
      end
    end
  end
  return metas, joins
end

--- The tables of models by alias, and the aliases in order: groups[alias] = { metas = in order, joins = { [key of
--- a join table that ryx makes] = true } }. Without those that ryx does not manage, or a router keeps away; `only`
--- is the database of all of them.
function M.group(models, only)
  local groups, order = {}, {}
  local function add(meta, is_join)
    if not meta.managed then return end
    meta:settle()
    local alias = only and db.alias(only) or router.write(meta)
    if not router.may_migrate(alias, meta) then return end
    if not groups[alias] then
      groups[alias] = { metas = {}, joins = {} }
      order[#order + 1] = alias
    end
    table.insert(groups[alias].metas, meta)
    groups[alias].joins[schema.key{ name = meta.table_name, schema = meta.schema }] = is_join or nil
  end
  local metas, joins = metas_of(models)
  for _, meta in ipairs(metas) do add(meta, false) end
  for _, meta in ipairs(joins) do add(meta, true) end
  return groups, order
end

return M
