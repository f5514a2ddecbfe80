-- SPDX-License-Identifier: MIT
-- qs:descendants, qs:ancestors: rows that hang on others of their model, walked in one recursive statement.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local cte = require "ryx.query.clause.cte"
local definition = require "ryx.query.clause.cte_query"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local functions = require "ryx.query.fn"
local new_call = require "ryx.query.expr.call"
local queryset = require "ryx.query.clause.queryset"
local chain_node = require "ryx.query.clause.node"
local window = require "ryx.query.expr.window"

local M = {}

-- The foreign key by which rows of a model hang on others of it.
local function tree_field(meta, name, what)
  local found
  for _, field in ipairs(meta.fields) do
    if field.relation and field:is_to(meta) and (name == nil or field.name == name) then
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

local TREE_OPTIONS = { field = true, depth = true, max_depth = true, include_self = true, path = true }
local DOWN = { depth_first = true }
for name in pairs(TREE_OPTIONS) do DOWN[name] = true end

-- The place of a row among its siblings, in depth-first order.
local RANK, SIBLINGS = "ryx_rank", "siblings"

local row_number = new_call.constructor(functions.row.RowNumber)

local function rank(order, partition)
  return window.Window(row_number(), { partition_by = partition, order_by = order })
end

-- By what siblings are ordered: what depth_first says, else Meta.ordering; then the key.
local function sibling_order(meta, given)
  if given == true then given = meta.ordering elseif type(given) == "string" or expr.is_expr(given) then
    given = { given }
  elseif type(given) ~= "table" or getmetatable(given) ~= nil then
    errors.raise("misuse", "descendants: depth_first takes true or what siblings are ordered by, not %s",
      compat.show(given))
  end
  local order = { compat.unpack(given) }
  order[#order + 1] = meta.pk_field.attname
  return order
end

-- Where the tree begins, as rows of the table itself: each once, and a window sees them all.
local function beginnings(root, qs)
  local b = builder.of(qs.node)
  local is_plain = #b.sources == 1 and not b.distinct and not b.distinct_on and not b.combined and not b.select
  if is_plain and not qs.limit_value and not qs.offset_value then return qs end
  return root:filter{ pk__in = qs:values("pk") }
end

-- In depth-first order: the rows it begins with, and a function that gives those joined to
-- them their ranks.
local function ranked(qs, root, field, given)
  local order = sibling_order(qs.node.meta, given)
  local siblings = cte.make(SIBLINGS, root:filter{ [field.name .. "__isnull"] = false }
    :values("pk", { [RANK] = rank(order, field.name) }), { once = true })
  return beginnings(root, qs):alias{ [RANK] = rank(order) }, function(rows)
    -- Each has one; left, because MariaDB reads an inner one first while it knows little of a table.
    return rows:with(siblings, { on = { pk = "pk" }, kind = "left" }):alias{ [RANK] = expr.F(SIBLINGS .. "__" .. RANK) }
  end
end

local function as_they_are(rows) return rows end

local function walk(what, known, join)
  return function(qs, options)
    queryset.node(qs, what)
    options = options or {}
    errors.check_options(options, known, what)
    local meta = qs.node.meta
    local field = tree_field(meta, options.field, what)
    local depth, root = options.depth or "depth", queryset.new(chain_node.root(meta), {})
    local first, with_rank = qs, as_they_are
    if options.depth_first then first, with_rank = ranked(qs, root, field, options.depth_first) end
    local rows = cte.make(what, first, {
      depth = depth, max_depth = options.max_depth, path = options.path, rank = options.depth_first and RANK,
      recursive = function(within) return with_rank(root:with(within, { on = join(meta, field) })) end,
    }):rows()
    rows = queryset.new(rows.node, rows.params, nil, nil, qs.on_alias, qs.tx, qs.loads, qs.more)
    if options.depth_first then rows = rows:order_by(definition.PLACE) end
    if options.include_self == false then rows = rows:filter(depth .. "__gt", 0) end
    return rows
  end
end

---@class ryx.TreeOptions
---@field field? string the foreign key, where there are several
---@field depth? string the name of the column that counts, "depth" when not given
---@field max_depth? integer
---@field include_self? boolean false: without the rows of the queryset
---@field path? string the name of a column with the list of keys on the way to each row

---@class ryx.DescendantsOptions: ryx.TreeOptions
---@field depth_first? true|string|ryx.Expr|(string|ryx.Expr)[] by what siblings are ordered; true: by Meta.ordering

--- The rows of the queryset and all below them in the tree of a foreign key to the
--- model itself, in one statement; `depth` counts from 0. Cycles end. With `depth_first` they
--- come in the order of a tree as it is shown.
--- Category.objects:filter{ parent = ryx.null }:descendants{ depth_first = "name", path = "path" }
---@param options? ryx.DescendantsOptions
---@return ryx.QuerySet
M.descendants = walk("descendants", DOWN, function(meta, field)
  return { [meta.pk_field.attname] = expr.F(field.name) }
end)

--- The rows of the queryset and all above them.  Category.objects:filter{ name = "Lua" }:ancestors()
---@param options? ryx.TreeOptions
---@return ryx.QuerySet
M.ancestors = walk("ancestors", TREE_OPTIONS, function(_, field) return { [field.attname] = expr.F("pk") } end)

return M
