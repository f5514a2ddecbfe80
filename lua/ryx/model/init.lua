-- SPDX-License-Identifier: MIT
-- ryx.model: a class under its name, with what it has to do with other models.
local class = require "ryx.model.class"
local compat = require "ryx.compat"
local define = require "ryx.relation.define"
local errors = require "ryx.errors"
local registry = require "ryx.registry"
local signals = require("ryx.signal").signals

local M = {}

--- Options of a model.
---@class ryx.MetaOptions
---@field table_name? string
---@field ordering? string[] the order of rows that have no other
---@field primary_key? string[] the fields that are the key together, in place of id
---@field unique_together? string[][]
---@field index_together? string[][]
---@field indexes? ryx.Index[]
---@field constraints? ryx.Constraint[]
---@field abstract? boolean without a table, to be built upon
---@field proxy? boolean another model over the table of the one it is built upon
---@field managed? boolean false: ryx.migrate makes no table
---@field database? string the alias
---@field schema? string where the table is, on PostgreSQL; it must be there
---@field app_label? string
---@field strict? boolean as ryx.strict, of this model
---@field track_changes? boolean save writes only the columns that changed
---@field db_comment? string what the database says of the table to those who look at it
---@field was? string the name that the model had, so that migrations rename its table; may stay

---@class ryx.ModelDefinition
---@field Meta? ryx.MetaOptions
---@field [string] ryx.Field|ryx.Manager

--- A model: called, it makes an unsaved instance. Functions that are put into it are methods of instances.
---@class ryx.ModelClass: ryx.Model
---@field objects ryx.QuerySet all rows
---@field DoesNotExist ryx.ErrorClass
---@field MultipleObjectsReturned ryx.ErrorClass
---@field clean? fun(self: ryx.Model) checks of the whole, after those of fields
---@field before_save? fun(self: ryx.Model, created: boolean)
---@field after_save? fun(self: ryx.Model, created: boolean)
---@field before_delete? fun(self: ryx.Model)
---@field after_delete? fun(self: ryx.Model)
---@overload fun(values?: table<string, any>): ryx.Model

local function is_model(v)
  return type(v) == "table" and rawget(v, "_meta") ~= nil
end

-- The models that a third argument names: one or a list. Only a proxy may be built upon one with
-- a table.
local function bases_of(name, base, is_proxy)
  if base == nil then return {} end
  local bases = is_model(base) and { base } or base
  if type(bases) ~= "table" then
    errors.raise("misuse", "ryx.model(%q): its base is a model or a list of models, not %s", name, compat.show(base))
  end
  for i, one in ipairs(bases) do
    if not is_model(one) then errors.raise("misuse", "ryx.model(%q): its base %d is no model", name, i) end
    if not one._meta.abstract and not is_proxy then
      errors.raise("misuse", "ryx.model(%q): only an abstract model can be built upon, and %s has a table; "
        .. "Meta.proxy = true makes another model over the same table", name, one._meta.model_name)
    end
  end
  return bases
end

--- A model in a registry, at a place in it, of which no signal tells.
function M.define(into, name, def, bases, place)
  local model = class.new(name, def, bases, into, place)
  if model._meta.abstract then into:add_abstract(name) else define.add(model) end
  return model
end

--- A model from fields, Meta and perhaps abstract models whose fields, methods, hooks and options
--- of Meta it takes over, of the first that has them.  local Post = ryx.model("Post", { title = ryx.CharField{} })
---@param name string
---@param def ryx.ModelDefinition
---@param base? ryx.ModelClass|ryx.ModelClass[]
---@return ryx.ModelClass
function M.model(name, def, base)
  if type(name) ~= "string" or not name:find("^%a[%w_]*$") then
    errors.raise("misuse", "ryx.model: %s is not a name", tostring(name))
  end
  if type(def) ~= "table" then errors.raise("misuse", "ryx.model(%q, { fields })", name) end
  local bases = bases_of(name, base, type(def.Meta) == "table" and def.Meta.proxy)
  local model = M.define(registry, name, def, bases)
  if not model._meta.abstract then signals.class_prepared:send(model) end
  return model
end

return M
