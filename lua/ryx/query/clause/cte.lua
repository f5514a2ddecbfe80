-- SPDX-License-Identifier: MIT
-- ryx.CTE, qs:with: a queryset under a name, whose rows others join or read;
-- a recursive one adds rows to what it has until none are new.
local annotate = require "ryx.query.clause.annotate"
local compat = require "ryx.compat"
local definition = require "ryx.query.clause.cte_query"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local ir = require "ryx.query.ir"
local naming = require "ryx.naming"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local chain_node = require "ryx.query.clause.node"

local M = {}

--- What ryx.CTE makes, for `with`.
---@class ryx.CTE
local CTE = { _class = "cte" }
CTE.__index = CTE

local OPTIONS = { recursive = true, depth = true, max_depth = true }

local function check_name(name)
  if type(name) ~= "string" or not name:find("^[%a][%w_]*$") or name:find("__", 1, true) or #name > naming.MAX then
    errors.raise("misuse", "CTE: %s is not a name", compat.show(name))
  end
end

---@class ryx.CTEOptions
---@field recursive? fun(cte: ryx.CTE): ryx.QuerySet
---@field depth? string
---@field max_depth? integer

--- A queryset under a name for `with`.
---   local busy = ryx.CTE("busy", Post.objects:values("author"):annotate{ n = Count("id") })
---   Author.objects:with(busy, { on = { author = "pk" } }):filter{ busy__n__gt = 3 }
--- With `recursive`, a function that gets the CTE and gives the queryset of the rows to
--- add; `depth` names a column that counts the rounds, `max_depth` stops them. A row is
--- not added to its own descendants, so cycles end.
---   ryx.CTE("tree", Node.objects:filter{ id = 1 }, { recursive = function(tree)
---     return Node.objects:with(tree, { on = { id = "parent" } })
---   end, depth = "level" })
---@param name string
---@param qs ryx.QuerySet
---@param options? ryx.CTEOptions
---@return ryx.CTE
function M.CTE(name, qs, options)
  check_name(name)
  expr.check_queryset(qs, "CTE")
  options = options or {}
  errors.check_options(options, OPTIONS, "CTE")
  local node, bounds, values = expr.queryset_parts(qs)
  local cte = setmetatable({ name = name, node = node, bounds = bounds, values = values, depth = options.depth }, CTE)
  local max = options.max_depth
  if max then errors.check_whole(max, 1, "CTE: max_depth") end
  if not options.recursive then
    if max or options.depth then errors.raise("misuse", "CTE: depth and max_depth belong to a recursive one") end
    cte.term = intern.term("cte", name, node, bounds)
    return cte
  end
  errors.check_type(options.recursive, "function", "CTE: recursive")
  if options.depth then check_name(options.depth) end
  cte.within = setmetatable({ name = name, recursion_of = cte, term = intern.term("within", name, node) }, CTE)
  local more = options.recursive(cte.within)
  expr.check_queryset(more, "CTE: what recursive returns")
  local more_node, more_has, more_values = expr.queryset_parts(more)
  if more_has > 0 then errors.raise("misuse", "CTE: the recursive part has no limit of its own: use max_depth") end
  cte.more = more_node
  cte.values = { compat.unpack(values) }
  intern.append(cte.values, more_values)
  if max then cte.values[#cte.values + 1] = max end
  cte.has_max = max ~= nil
  cte.term = intern.term("cte", name, node, bounds, more_node, options.depth or "", max ~= nil)
  return cte
end

local function declaring(cte, on, kind)
  return function(b, first)
    local resolver = resolve.new(b, first)
    local defined = cte.recursion_of and definition.within(b, cte) or definition.define(b, resolver, cte)
    if on then
      if (b.joined and b.joined[cte.name]) or b.annotations[cte.name] or b.meta.paths[cte.name]
        or b.meta:relation(cte.name) then
        errors.raise("misuse", "with: %s has %q already", b.meta.model_name, cte.name)
      end
      definition.join(b, resolver, defined, on, kind)
    end
    return resolver
  end
end

local JOINS = { inner = true, left = true }

--- Declares a CTE, and with `on` joins its rows: columns of the CTE = paths of the
--- queryset; they are then read by its name, as through a relation.
--- Author.objects:with(busy, { on = { author = "pk" }, kind = "left" }):annotate{ n = F"busy__n" }
---@param cte ryx.CTE
---@param options? { on?: table<string, ryx.PathOrExpr>, kind?: "inner"|"left" }
---@return ryx.QuerySet
function M.with(qs, cte, options)
  if type(cte) ~= "table" or getmetatable(cte) ~= CTE then
    errors.raise("misuse", "with takes a CTE, not %s", compat.show(cte))
  end
  queryset.refuse_slice(qs, "with")
  options = options or {}
  errors.check_options(options, { on = true, kind = true }, "with")
  local kind = options.kind or "inner"
  if not JOINS[kind] then
    errors.raise("misuse", "with: kind is inner or left, not %s", compat.show(kind))
  end
  local values = {}
  intern.append(values, cte.values or {})
  local on
  if options.on then
    local names, terms, more = annotate.pairs_of(options.on, "with: on")
    on = intern.pairs("list", names, terms)
    intern.append(values, more)
  end
  local key = intern.term("with", cte.term, on or false, kind)
  local node = chain_node.follow(qs.node, "with", key, function(parent)
    return chain_node.new(parent, declaring(cte, on, kind))
  end)
  return queryset.with(qs, node, chain_node.params(qs, node, values))
end

local function reading(cte)
  return function(b, first)
    local resolver = resolve.new(b, first)
    local defined = cte.recursion_of and definition.within(b, cte) or definition.define(b, resolver, cte)
    b.select = defined.select
    local source = { meta = b.meta, table = cte.name, is_cte = true, join = "first" }
    b:begin(source, defined.outputs, defined.names, defined.is_model)
    if cte.depth then
      b.annotations[cte.depth] = ir.derived(b.root, definition.DEPTH, ir.int(0))
      if b.select then
        b.select.fields[#b.select.fields + 1] = { name = cte.depth, expr = b.annotations[cte.depth] }
      else
        b.annotated[#b.annotated + 1] = cte.depth
      end
    end
    return resolver
  end
end

--- A queryset over the CTE's rows.  tree:rows():order_by("level")
---@return ryx.QuerySet
function CTE:rows()
  local cte = self
  local meta = (cte.recursion_of or cte).node.meta
  local root = chain_node.root(meta)
  local node = chain_node.follow(root, "rows of", cte.term, function(parent)
    return chain_node.new(parent, reading(cte))
  end)
  local qs = queryset.new(root, {})
  return queryset.new(node, chain_node.params(qs, node, cte.values or {}))
end

M.methods = { with = M.with }

return M
