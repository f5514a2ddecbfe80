-- SPDX-License-Identifier: MIT
-- qs:descendants, qs:ancestors: rows that hang on others of their model, walked in one recursive statement.
local compat = require "ryx.compat"
local cte = require "ryx.query.clause.cte"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local queryset = require "ryx.query.clause.queryset"
local chain_node = require "ryx.query.clause.node"

local M = {}

-- The foreign key by which rows of a model hang on others of it.
local function tree_field(meta, name, what)
  local found
  for _, field in ipairs(meta.fields) do
    if field.relation and field:target_meta() == meta and (name == nil or field.name == name) then
      if found then
        errors.raise("misuse", "%s.%s: the model refers to itself twice; name the field", meta.model_name, what)
      end
      found = field
    end
  end
  if found then return found end
  errors.raise("field_error", "%s.%s: %s", meta.model_name, what,
    name and compat.show(name) .. " is no foreign key to the model itself" or "no foreign key to the model itself")
end

local TREE_OPTIONS = { field = true, depth = true, max_depth = true, include_self = true }

local function walk(what, join)
  return function(qs, options)
    options = options or {}
    errors.check_options(options, TREE_OPTIONS, what)
    local meta = qs.node.meta
    local field = tree_field(meta, options.field, what)
    local depth = options.depth or "depth"
    local tree = cte.CTE(what, qs, {
      depth = depth, max_depth = options.max_depth,
      recursive = function(within)
        return queryset.new(chain_node.root(meta), {}):with(within, { on = join(meta, field) })
      end,
    })
    local rows = tree:rows()
    if options.include_self == false then rows = rows:filter(depth .. "__gt", 0) end
    return rows
  end
end

---@class ryx.TreeOptions
---@field field? string the foreign key, where there are several
---@field depth? string the name of the column that counts, "depth" when not given
---@field max_depth? integer
---@field include_self? boolean false: without the rows of the queryset

--- The rows of the queryset and all below them in the tree of a foreign key to the
--- model itself, in one statement; `depth` counts from 0. Cycles end.
--- Category.objects:filter{ name = "Books" }:descendants{ max_depth = 3 }:order_by("depth", "name")
---@param options? ryx.TreeOptions
---@return ryx.QuerySet
M.descendants = walk("descendants", function(meta, field) return { [meta.pk_field.attname] = expr.F(field.name) } end)

--- The rows of the queryset and all above them.  Category.objects:filter{ name = "Lua" }:ancestors()
---@param options? ryx.TreeOptions
---@return ryx.QuerySet
M.ancestors = walk("ancestors", function(_, field) return { [field.attname] = expr.F("pk") } end)

return M
