-- SPDX-License-Identifier: MIT
-- Records of a state as models: classes of a registry of their own, with the fields of that moment
-- and nothing of what the program's models are besides.
local field_form = require "ryx.migrations.state.field_form"
local model = require "ryx.model"
local registry = require "ryx.registry"

local M = {}

--- What ryx.model takes for a record: fields in its order.
function M.definition(record)
  local def = { Meta = {} }
  for k, v in pairs(record.options) do def.Meta[k] = v end
  for i, pair in ipairs(record.fields) do def[pair[1]] = field_form.clone(pair[2], i) end
  return def
end

--- The models of records (by name) in a registry of their own; `alias`, when given, is the
--- database of all of them.
function M.registry(records, names, alias)
  local own = registry.new()
  own.alias = alias
  for _, name in ipairs(names) do model.define(own, name, M.definition(records[name])) end
  return own
end

-- Join tables that the models of a list lead to, each once, behind their models.
local function add_joins(metas)
  for i = 1, #metas do
    for _, many in ipairs(metas[i].many_to_many) do
      if not many.through then metas[#metas + 1] = many:through_meta() end
    end
  end
end

local function classes(own, names)
  if not names then return own:all() end
  local list = {}
  for _, name in ipairs(names) do list[#list + 1] = own:get(name) end
  return list
end

--- The metas of the models of a registry that have tables of ryx's making, or of those with some
--- names, with those of their join tables.
function M.metas(own, names)
  local metas = {}
  for _, class in ipairs(classes(own, names)) do
    if class._meta.managed then metas[#metas + 1] = class._meta end
  end
  add_joins(metas)
  for _, meta in ipairs(metas) do meta:settle() end
  return metas
end

return M
