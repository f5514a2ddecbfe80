-- SPDX-License-Identifier: MIT
-- ryx.bulk_create, ryx.bulk_update, ryx.bulk_delete: the methods of a model's manager as
-- functions of the model.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local M = {}

-- The rows of a model where `using` says, and the options without it.
local function target(model, options, what)
  if type(model) ~= "table" or not rawget(model, "_meta") then
    errors.raise("misuse", "%s takes a model and a list, not %s", what, compat.show(model))
  end
  -- All of them, whichever its managers leave out; of an abstract model it is said that there are none.
  local rows = model._meta.rows or model.objects
  if options == nil then return rows end
  errors.check_type(options, "table", what .. ": the options")
  local rest = {}
  for name, v in pairs(options) do
    if name ~= "using" then rest[name] = v end
  end
  return options.using ~= nil and rows:using(options.using) or rows, rest
end

--- Inserts many instances: Model.objects:bulk_create as a function.
--- ryx.bulk_create(Post, list, { using = "archive" })
---@param model ryx.ModelClass
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions and `using`, an alias or a transaction
---@return ryx.Model[] list
function M.bulk_create(model, list, options)
  local objects, rest = target(model, options, "bulk_create")
  return objects:bulk_create(list, rest)
end

--- Writes fields of many instances: Model.objects:bulk_update as a function.
--- ryx.bulk_update(Post, list, { "views" })
---@param model ryx.ModelClass
---@param list ryx.Model[]
---@param names string[]
---@param options? { batch_size?: integer, using?: string|ryx.Transaction }
---@return integer
function M.bulk_update(model, list, names, options)
  local objects, rest = target(model, options, "bulk_update")
  return objects:bulk_update(list, names, rest)
end

--- Deletes the rows of many instances: Model.objects:bulk_delete as a function.
--- ryx.bulk_delete(Post, list)
---@param model ryx.ModelClass
---@param list ryx.Model[]
---@param options? { batch_size?: integer, using?: string|ryx.Transaction }
---@return integer
function M.bulk_delete(model, list, options)
  local objects, rest = target(model, options, "bulk_delete")
  return objects:bulk_delete(list, rest)
end

return M
