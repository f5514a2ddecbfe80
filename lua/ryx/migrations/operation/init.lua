-- SPDX-License-Identifier: MIT
-- m.migration{ ... } and the operations that it holds, by name.
local base = require "ryx.migrations.operation.base"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.migrations.operation.field"
local index = require "ryx.migrations.operation.index"
local model = require "ryx.migrations.operation.model"
local run = require "ryx.migrations.operation.run"

local M = { is_operation = base.is_operation }

--- A change of models, made by the functions below; what tables and rows need for it follows.
---@class ryx.Operation

--- What `require "ryx.migrations"` gives to files of migrations, besides `migrate`: m.
---@class ryx.Migrations

-- The functions that make operations, by name.
M.constructors = {}
for _, family in ipairs{ model, field, index, run } do
  for name, fn in pairs(family) do M.constructors[name] = fn end
end

local MIGRATION = { dependencies = true, operations = true, replaces = true }

local function check_list(migration, option, test, wanted)
  local list = migration[option]
  if list == nil then return {} end
  errors.check_type(list, "table", "m.migration: " .. option)
  for _, i in ipairs(compat.sorted_keys(list)) do
    if type(i) ~= "number" then
      errors.raise("misuse", "m.migration: %s is a list, and %s is no place in one", option, compat.show(i))
    end
    if not test(list[i]) then
      errors.raise("misuse", "m.migration: %s: item %s is %s, not %s", option, tostring(i), wanted,
        compat.show(list[i]))
    end
  end
  return list
end

local function is_name(v)
  return type(v) == "string" and v ~= ""
end

---@class ryx.Migration
---@field dependencies? string[] names of the files that come before
---@field operations ryx.Operation[] what is done, in order
---@field replaces? string[] names of the files that it stands for, of --squash

--- What a file of migrations gives back.
---   return m.migration{ dependencies = { "0001_initial" }, operations = { m.delete_model("Draft") } }
---@param migration ryx.Migration
---@return ryx.Migration
function M.constructors.migration(migration)
  errors.check_options(migration, MIGRATION, "m.migration")
  local out = {
    dependencies = check_list(migration, "dependencies", is_name, "the name of a migration"),
    operations = check_list(migration, "operations", base.is_operation, "an operation, m.add_field(...)"),
    replaces = migration.replaces and check_list(migration, "replaces", is_name, "the name of a migration"),
  }
  return setmetatable(out, { _class = "migration" })
end

--- The name of a file for operations: that of a single one, else "auto".
function M.slug(operations, state)
  if #operations == 1 then return operations[1]:slug(state) end
  return "auto"
end

--- The state after operations.
function M.apply(operations, state)
  for _, op in ipairs(operations) do state = op:apply(state) end
  return state
end

return M
