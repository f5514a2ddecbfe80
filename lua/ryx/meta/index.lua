-- SPDX-License-Identifier: MIT
-- ryx.Index, ryx.Constraint: what Meta.indexes and Meta.constraints hold.
local errors = require "ryx.errors"

local M = {}

---@class ryx.Index
---@field name string
---@field fields string[]
---@field unique boolean
local Index = { _class = "index" }
Index.__index = Index
Index.__tostring = function(i)
  return ("<Index: %s on [%s]>"):format(i.name, table.concat(i.fields, ", "))
end

--- An index, for Meta.indexes.
--- ryx.Index{ fields = { "views" }, name = "post_views_idx", unique = false }
---@param options { fields: string[], name: string, unique?: boolean }
---@return ryx.Index
function M.Index(options)
  errors.check_options(options, { fields = true, name = true, unique = true }, "Index")
  if type(options.fields) ~= "table" or #options.fields == 0 or type(options.name) ~= "string" then
    errors.raise("misuse", "Index needs fields = { ... } and name = \"...\"")
  end
  return setmetatable({ fields = options.fields, name = options.name, unique = options.unique or false }, Index)
end

---@class ryx.Constraint
---@field name string
---@field check ryx.Q|string
local Constraint = { _class = "constraint" }
Constraint.__index = Constraint
Constraint.__tostring = function(c) return ("<Constraint: %s>"):format(c.name) end

--- A condition that every row meets, for Meta.constraints; check may be SQL text.
--- ryx.Constraint{ check = Q{ views__gte = 0 }, name = "post_views_chk" }
---@param options { check: ryx.Q|string, name: string }
---@return ryx.Constraint
function M.Constraint(options)
  errors.check_options(options, { check = true, name = true }, "Constraint")
  if options.check == nil or type(options.name) ~= "string" then
    errors.raise("misuse", "Constraint needs check = Q{ ... } (or SQL text) and name = \"...\"")
  end
  return setmetatable({ check = options.check, name = options.name }, Constraint)
end

return M
