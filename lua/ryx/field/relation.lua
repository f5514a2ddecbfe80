-- SPDX-License-Identifier: MIT
-- ryx.ForeignKey, ryx.OneToOneField: the column takes the type of the key it refers to, which is known
-- when the other model is.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local naming = require "ryx.naming"
local value = require "ryx.value"

local Relation = {}
local M = { Relation = Relation }

-- What the database does by itself. RESTRICT lets pass what the same delete removes anyway, so
-- the database must not refuse before the statement has ended.
local ON_DELETE = {
  CASCADE = "CASCADE", PROTECT = "RESTRICT", RESTRICT = "NO ACTION", SET_NULL = "SET NULL",
  SET_DEFAULT = "SET DEFAULT", DO_NOTHING = "NO ACTION",
}

--- Does it refer to its own model?
function Relation:is_self()
  return self.to == "self" or self.to == self.meta.model_name
end

function Relation:target_name()
  if self:is_self() then return self.meta.model_name end
  if type(self.to) == "table" then return self.to._meta.model_name end
  return self.to:match("[^.]*$") -- without the module
end

--- The model class referred to.
function Relation:target()
  if type(self.to) == "table" then return self.to end
  if self:is_self() then return self.meta.class end
  return self.meta.registry:find(self.to, self.meta.model_name .. "." .. self.name, self.meta)
end

--- Does it refer to this model, or to a proxy of it? Its own may not be there yet.
function Relation:is_to(meta)
  if type(self.to) == "table" then return self.to._meta.concrete == meta.concrete end
  if self:is_self() then return self.meta.concrete == meta.concrete end
  local named = self.meta.registry:resolve(self.to, self.meta)
  if named then return named._meta.concrete == meta.concrete end
  return self:target_name() == meta.model_name
end

function Relation:target_meta()
  return self:target()._meta
end

--- Takes type and storage from the key referred to.
function Relation:settle()
  if self.settled then return end
  local key = self:target_meta().pk_field
  key:settle()
  self.settled = true
  self.type, self.elem, self.db = key.type, key.elem, key.db
  self.max_length, self.max_digits, self.decimal_places = key.max_length, key.max_digits, key.decimal_places
  self.target_field = key
end

--- The key of an instance, or a key as the other model's field holds it.
local function to_key(v, f)
  if value.is_instance(v) then return v.pk end
  f:settle()
  return f.target_field:convert(v)
end

local function init(f)
  f.relation = true
  local action = tostring(f.on_delete):upper():gsub(" ", "_")
  f.on_delete, f.action = action, ON_DELETE[action]
  if not f.action then
    errors.raise("misuse", "ForeignKey: unknown on_delete %s%s", compat.show(f.options.on_delete),
      errors.hint(action, compat.sorted_keys(ON_DELETE)))
  end
  if action == "SET_NULL" and not f.null then
    errors.raise("misuse", "ForeignKey: on_delete = SET_NULL needs null = true")
  end
  if action == "SET_DEFAULT" and f.default == nil and f.db_default == nil and not f.null then
    errors.raise("misuse", "ForeignKey: on_delete = SET_DEFAULT needs a default, or null = true")
  end
  for name, fn in pairs(Relation) do f[name] = fn end
end

-- The other side's name is read in paths, so it is a name, or "+" for none.
local function check_related_name(kind, given)
  if given == nil or given == "+" then return end
  local name = type(given) == "string" and naming.expand(given, { model_name = "class", app_label = "app" })
  if type(name) ~= "string" or not name:find("^%a[%w_]*$") or name:find("__", 1, true) or name:sub(-1) == "_" then
    errors.raise("misuse", "%s: related_name is a name or \"+\", not %s", kind.name, compat.show(given))
  end
end

--- Adds a type of field that refers to another model: ryx.<name>(to, { options }).
function M.define(name, kind)
  kind.name = name
  function kind.copied(to, from) to.to = from.to end
  field.constructors[name] = function(to, options)
    if type(to) ~= "string" and not (type(to) == "table" and rawget(to, "_meta")) then
      errors.raise("misuse", "%s(to, { ... }): to is a model, its name or \"self\", not %s", name, compat.show(to))
    end
    local f = field.new(kind, options or {})
    check_related_name(kind, f.related_name)
    f.to = to
    return f
  end
end

---@class ryx.ForeignKeyOptions: ryx.FieldOptions
---@field on_delete? "CASCADE"|"PROTECT"|"RESTRICT"|"SET_NULL"|"SET_DEFAULT"|"DO_NOTHING" CASCADE when not given
---@field related_name? string of the other side; "+" for none; "%(class)s" stands for the model's name
---@field db_constraint? boolean false: the database does not check it

--- A row of another model: post.author, post.author_id.  ryx.ForeignKey("Author", { related_name = "posts" })
---@param to string|ryx.ModelClass a model, its name or "self"
---@param options? ryx.ForeignKeyOptions
---@return ryx.Field
M.define("ForeignKey", {
  convert = to_key, init = init,
  options = { on_delete = "CASCADE", related_name = false, db_constraint = true },
})
--- A row of another model that no other row refers to.  ryx.OneToOneField("User", { related_name = "profile" })
---@param to string|ryx.ModelClass a model, its name or "self"
---@param options? ryx.ForeignKeyOptions
---@return ryx.Field
M.define("OneToOneField", {
  convert = to_key, init = init, one_to_one = true,
  options = { on_delete = "CASCADE", related_name = false, db_constraint = true, unique = true },
})


return M
