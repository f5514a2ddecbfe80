-- SPDX-License-Identifier: MIT
-- ryx.ManyToManyField: no column here but a join table, either a model of the user's or
-- one that is made when it is first needed.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local naming = require "ryx.naming"
local relation = require "ryx.field.relation"

local Many = {}
for _, name in ipairs{ "is_self", "target_name", "target", "target_meta" } do Many[name] = relation.Relation[name] end

-- What only a column can have.
local COLUMN = {
  "null", "default", "db_default", "primary_key", "unique", "db_index", "choices", "validators", "db_column",
  "db_comment", "unique_for_date", "unique_for_month", "unique_for_year",
}

local function init(f)
  for _, name in ipairs(COLUMN) do
    if f.options[name] ~= nil then
      errors.raise("misuse", "ManyToManyField has no column, so it cannot have %s", name)
    end
  end
  if f.through and (f.db_table or f.options.db_constraint ~= nil) then
    errors.raise("misuse", "ManyToManyField: %s belongs to the join table that ryx makes, not to through = ...",
      f.db_table and "db_table" or "db_constraint")
  end
  if f.through_fields and not f.through then
    errors.raise("misuse", "ManyToManyField: through_fields needs through = ...")
  end
  if f.through_fields and (type(f.through_fields) ~= "table" or #f.through_fields ~= 2) then
    errors.raise("misuse", "ManyToManyField: through_fields names two foreign keys: { \"here\", \"there\" }")
  end
  f.many = true
  for name, fn in pairs(Many) do f[name] = fn end
end

--- Gives the relation its place in a model.
function Many:bind(meta, name)
  self.name, self.meta = name, meta
  if not self:is_self() and self.symmetrical ~= nil then
    errors.raise("misuse", "%s.%s: symmetrical is for relations to \"self\"", meta.model_name, name)
  end
end

--- Is the other model there yet?
function Many:is_declared()
  return type(self.to) == "table" or self:is_self() or self.meta.registry:resolve(self.to, self.meta) ~= nil
end

--- Does a row that has another one also belong to it?
function Many:is_symmetrical()
  return self:is_self() and self.symmetrical ~= false
end

local function join_key(f, to, column)
  return field.constructors.ForeignKey(to, {
    on_delete = "CASCADE", related_name = "+", db_constraint = f.db_constraint, db_column = column .. "_id",
  })
end

local function may_be_field(meta, name)
  return not meta.methods[name] and not name:find("__", 1, true) and name ~= "pk" and name ~= "id"
end

-- What the fields of the join table are called: as the models are, unless no field may be
-- called so.
local function end_names(meta, from, to)
  local are_free = may_be_field(meta, from) and may_be_field(meta, to) and from ~= to .. "_id" and to ~= from .. "_id"
  if are_free then return from, to end
  return "source", "target"
end

local function join_model(f)
  local meta = f.meta
  local here, there = naming.snake(meta.model_name), naming.snake(f:target_name())
  local from, to = here, there
  if f:is_self() then from, to = "from_" .. here, "to_" .. there end
  f.from_name, f.to_name = end_names(meta, from, to)
  local class = meta.new_class(meta.model_name .. "_" .. f.name, {
    [f.from_name] = join_key(f, meta.class, from),
    [f.to_name] = join_key(f, f:is_self() and meta.class or f.to, to),
    Meta = {
      table_name = f.db_table or naming.generated(here, f.name), unique_together = { { f.from_name, f.to_name } },
      database = meta.alias, managed = meta.managed, schema = meta.schema,
    },
  }, nil, meta.registry)
  class._meta.join_of = f
  return class
end

--- Is its join table a model of the user's? In a class of Python's `through` is a table's name where
--- no model is called so.
function Many:has_through()
  local to, meta = self.through, self.meta
  if type(to) ~= "string" or not meta.module then return to ~= nil end
  local model, several = meta.registry:resolve(to, meta)
  return (model or several) ~= nil
end

local function through_class(f)
  local to = f.through
  if to == nil then return join_model(f) end
  if type(to) == "table" and rawget(to, "_meta") then return to end
  if not f:has_through() then
    f.through, f.db_table = nil, to
    return join_model(f)
  end
  return f.meta.registry:find(to, f.meta.model_name .. "." .. f.name, f.meta)
end

--- Meta of the join table's model.
function Many:through_meta()
  if not self.join then self.join = through_class(self)._meta end
  return self.join
end

local function points_to(key, model)
  return key.relation and key:is_to(model._meta)
end

local function named(f, name, model)
  local key = f:through_meta().paths[name]
  if not key or not points_to(key, model) then
    errors.raise("misuse", "%s.%s: through_fields: %s.%s is no foreign key to %s", f.meta.model_name, f.name,
      f.join.model_name, tostring(name), model._meta.model_name)
  end
  return key
end

-- The foreign keys of the join table to a model; there must be n of them.
local function keys_to(f, model, n)
  local keys, names = {}, {}
  for _, key in ipairs(f:through_meta().fields) do
    if points_to(key, model) then
      keys[#keys + 1], names[#names + 1] = key, key.name
    end
  end
  if #keys < n then
    errors.raise("misuse", "%s.%s: %s needs %s to %s", f.meta.model_name, f.name, f.join.model_name,
      n == 1 and "a foreign key" or "two foreign keys", model._meta.model_name)
  end
  if #keys > n then
    errors.raise("misuse", "%s.%s: %s has several foreign keys to %s (%s); name the two with through_fields",
      f.meta.model_name, f.name, f.join.model_name, model._meta.model_name, table.concat(names, ", "))
  end
  return keys
end

local function find_keys(f)
  local here, there, names = f.meta.class, f:target(), f.through_fields
  if not f.through then
    local paths = f:through_meta().paths
    return paths[f.from_name], paths[f.to_name]
  end
  if names then return named(f, names[1], here), named(f, names[2], there) end
  if f:is_self() then return compat.unpack(keys_to(f, here, 2)) end
  return keys_to(f, here, 1)[1], keys_to(f, there, 1)[1]
end

--- The join table's foreign keys: to the model of this field, to the other one.
function Many:join_keys()
  if not self.from_key then self.from_key, self.to_key = find_keys(self) end
  return self.from_key, self.to_key
end

---@class ryx.ManyToManyFieldOptions
---@field related_name? string of the other side; "+" for none
---@field through? string|ryx.ModelClass a model of your own as the join table
---@field through_fields? string[] its foreign keys: to this model, to the other
---@field db_table? string the join table's name
---@field db_constraint? boolean false: the join table's keys are not checked by the database
---@field symmetrical? boolean of a relation to "self": false
---@field blank? boolean
---@field editable? boolean
---@field help_text? string
---@field verbose_name? string
---@field was? string the name it had, so that migrations rename it; may stay

--- Rows of another model, by a join table.  ryx.ManyToManyField("Tag", { related_name = "posts" })
---@param to string|ryx.ModelClass a model, its name or "self"
---@param options? ryx.ManyToManyFieldOptions
---@return ryx.Field
relation.define("ManyToManyField", {
  init = init,
  options = {
    related_name = false, through = false, through_fields = false, db_table = false, db_constraint = true,
    symmetrical = false,
  },
})
