-- SPDX-License-Identifier: MIT
-- The models of a project whose rows `ryx dumpdata` writes and `ryx loaddata` reads: their order, their databases.
local errors = require "ryx.errors"
local router = require "ryx.db.router"
local transaction = require "ryx.db.transaction"

local M = {}

--- The relations of a model to many over a join table that ryx makes, which its rows have as lists.
function M.lists(meta)
  local lists = {}
  for _, many in ipairs(meta.many_to_many) do
    if not many.through then lists[#lists + 1] = many end
  end
  return lists
end

local function targets(meta)
  local out = {}
  for _, f in ipairs(meta.fields) do
    if f.relation then out[#out + 1] = f:target_meta().concrete end
  end
  for _, many in ipairs(M.lists(meta)) do out[#out + 1] = many:target_meta().concrete end
  return out
end

-- In the order in which they were declared, but what a model refers to before it, where that can be.
local function in_order(metas)
  local wanted, seen, out = {}, {}, {}
  for _, meta in ipairs(metas) do wanted[meta] = true end
  local function add(meta)
    if seen[meta] or not wanted[meta] then return end
    seen[meta] = true
    for _, target in ipairs(targets(meta)) do add(target) end
    out[#out + 1] = meta
  end
  for _, meta in ipairs(metas) do add(meta) end
  return out
end

--- The metas with tables of their own, what a model refers to before it; and by name.
function M.all(models)
  local metas, by_name = {}, {}
  for _, model in ipairs(models) do
    local meta = model._meta
    if not meta.abstract and not meta.is_proxy then
      meta:settle()
      metas[#metas + 1], by_name[meta.model_name] = meta, meta
    end
  end
  return in_order(metas), by_name
end

--- Refuses a name that is none of those, with the nearest.
function M.refuse(what, name, by_name)
  local names = {}
  for known in pairs(by_name) do names[#names + 1] = known end
  table.sort(names)
  errors.raise("field_error", "%s %s%s", what, require("ryx.compat").show(name), errors.hint(tostring(name), names))
end

--- Calls fn in a transaction on each of the databases of metas.
function M.within(metas, options, fn)
  local aliases, seen = {}, {}
  for _, meta in ipairs(metas) do
    local alias = router.write(meta)
    if not seen[alias] then aliases[#aliases + 1], seen[alias] = alias, true end
  end
  local function nest(i)
    if not aliases[i] then return fn() end
    local own = { alias = aliases[i].name }
    for k, v in pairs(options) do own[k] = v end
    return transaction.run(function() return nest(i + 1) end, own)
  end
  return nest(1)
end

return M
