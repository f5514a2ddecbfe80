-- SPDX-License-Identifier: MIT
-- ryx.model: a class under its name, with what it has to do with other models.
local class = require "ryx.model.class"
local define = require "ryx.relation.define"
local errors = require "ryx.errors"

local M = {}

--- Options of a model.
---@class ryx.MetaOptions
---@field table_name? string
---@field ordering? string[] the order of rows that have no other
---@field unique_together? string[][]
---@field index_together? string[][]
---@field indexes? ryx.Index[]
---@field constraints? ryx.Constraint[]
---@field abstract? boolean without a table, to be built upon
---@field managed? boolean false: ryx.migrate makes no table
---@field database? string the alias
---@field app_label? string
---@field strict? boolean as ryx.strict, of this model

---@class ryx.ModelDefinition
---@field Meta? ryx.MetaOptions
---@field [string] ryx.Field

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

--- A model from fields, Meta and optionally an abstract model whose fields and
--- methods it takes.  local Post = ryx.model("Post", { title = ryx.CharField{} })
---@param name string
---@param def ryx.ModelDefinition
---@param base? ryx.ModelClass
---@return ryx.ModelClass
function M.model(name, def, base)
  if type(name) ~= "string" or not name:find("^%a[%w_]*$") then
    errors.raise("misuse", "ryx.model: %s is not a name", tostring(name))
  end
  if type(def) ~= "table" then errors.raise("misuse", "ryx.model(%q, { fields })", name) end
  local base_meta = type(base) == "table" and rawget(base, "_meta")
  if base and not (base_meta and base_meta.abstract) then
    errors.raise("misuse", "ryx.model(%q): only an abstract model can be built upon", name)
  end
  local model = class.new(name, def, base)
  if not model._meta.abstract then define.add(model) end
  return model
end

return M
