-- SPDX-License-Identifier: MIT
-- Worlds in databases: models as a user declares them, their tables on every
-- alias, the rows inserted with explicit keys.
local compat = require "ryx.compat"
local keys = require "differential.keys"
local literal = require "differential.literal"
local world_of = require "differential.world"

local M = {}

local NULL = world_of.NULL

local FIELD = {
  int = "IntField", bigint = "BigIntField", float = "FloatField", decimal = "DecimalField", bool = "BooleanField",
  text = "TextField", char = "CharField", date = "DateField", datetime = "DateTimeField", time = "TimeField",
  uuid = "UUIDField", json = "JSONField", duration = "DurationField",
}
local OPTIONS = {
  char = ", max_length = 60, strip = false, blank = true", text = ", blank = true",
  decimal = ", max_digits = 10, decimal_places = 2",
}
local RELATION = { fk = "ForeignKey", o2o = "OneToOneField", m2m = "ManyToManyField" }

local function relation_source(world, rel)
  local options = {}
  if rel.kind ~= "m2m" then options[1] = "null = " .. tostring(rel.null) end
  if #rel.reverse_names == 1 then options[#options + 1] = ("related_name = %q"):format(rel.reverse) end
  return ("ryx.%s(%q, { %s })"):format(RELATION[rel.kind], rel.to == rel.model and "self"
    or world.prefix .. rel.to.name,
    table.concat(options, ", "))
end

--- The declaration of a model, as source.
function M.declaration(world, model)
  local out = { ("ryx.model(%q, {"):format(model.full) }
  for _, f in ipairs(model.fields) do
    if not f.relation and not f.key then
      out[#out + 1] = ("  [%q] = ryx.%s{ null = %s%s },"):format(f.name, FIELD[f.type], tostring(f.null),
        OPTIONS[f.type] or "")
    end
  end
  for _, rel in ipairs(model.relations) do
    out[#out + 1] = ("  [%q] = %s,"):format(rel.name, relation_source(world, rel))
  end
  if model.key then out[#out + 1] = ("  Meta = { primary_key = { %s } },"):format(keys.names(model)) end
  return table.concat(out, "\n") .. "\n})"
end

local function instances(ryx, model, class)
  local list = {}
  local columns = {}
  for _, f in ipairs(model.fields) do
    columns[f.name] = function(v)
      return compat.load("local ryx = ... return " .. literal.source(f.type, v), "=value", {})(ryx)
    end
  end
  for i, row in ipairs(model.rows) do
    local values = {}
    for name, v in pairs(row) do
      if v ~= NULL and columns[name] then values[name] = columns[name](v) end
    end
    list[i] = class(values)
  end
  return list
end

-- The rows of a join table, through the instances of one side.
local function add_links(rel, class, alias)
  local by_id, targets = {}, {}
  for _, object in ipairs(class.objects:using(alias):all()) do by_id[object.id] = object end
  for _, l in ipairs(rel.links) do
    targets[l[1]] = targets[l[1]] or {}
    table.insert(targets[l[1]], l[2])
  end
  for _, id in ipairs(compat.sorted_keys(targets)) do
    local side = by_id[id][rel.name]
    side:add(compat.unpack(targets[id]))
  end
end

--- Drops the tables of a world.
function M.drop(ryx, world, classes, aliases)
  local db = require "ryx.db"
  local tables = {}
  for _, model in ipairs(world.models) do
    local meta = classes[model.name]._meta
    table.insert(tables, 1, meta.table_name)
    for _, rel in ipairs(model.relations) do
      if rel.kind == "m2m" then table.insert(tables, 1, meta:relation(rel.name):through_meta().table_name) end
    end
  end
  for _, alias in ipairs(aliases) do
    for _, name in ipairs(tables) do
      ryx.raw_execute("DROP TABLE IF EXISTS " .. db.quote(db.alias(alias), name), {}, { alias = alias })
    end
  end
end

--- Makes the models of a world, its tables on the aliases and its rows there.
--- Returns name -> class.
function M.load(ryx, world, aliases)
  local classes, list = {}, {}
  for i, model in ipairs(world.models) do
    model.declared = M.declaration(world, model)
    local class = compat.load("local ryx = ... return " .. model.declared, "=" .. model.name, {})(ryx)
    classes[model.name], list[i] = class, class
  end
  -- A run that was stopped has left its tables.
  M.drop(ryx, world, classes, aliases)
  for _, alias in ipairs(aliases) do
    ryx.migrate(list, { alias = alias })
    for _, model in ipairs(world.models) do
      local class = classes[model.name]
      class.objects:using(alias):bulk_create(instances(ryx, model, class))
    end
    for _, model in ipairs(world.models) do
      for _, rel in ipairs(model.relations) do
        if rel.kind == "m2m" then
          ryx.transaction(function() add_links(rel, classes[model.name], alias) end, { alias = alias })
        end
      end
    end
  end
  return classes
end

return M
