-- SPDX-License-Identifier: MIT
-- ryx.CTE, qs:with: a queryset under a name, whose rows others join or read;
-- a recursive one adds rows to what it has until none are new.
local annotate = require "ryx.query.clause.annotate"
local compat = require "ryx.compat"
local definition = require "ryx.query.clause.cte_query"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local naming = require "ryx.naming"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local chain_node = require "ryx.query.clause.node"

local M = {}

--- What ryx.CTE makes, for `with`.
---@class ryx.CTE
local CTE = { _class = "cte" }
CTE.__index = CTE

local OPTIONS = {
  recursive = true, depth = true, max_depth = true, path = true, returning = true, ignore_conflicts = true,
}
M.WRITES = { "bulk_create", "update", "update_all", "delete", "delete_all" }
for _, name in ipairs(M.WRITES) do OPTIONS[name] = true end

local function writes(options)
  for _, name in ipairs(M.WRITES) do
    if options[name] then return true end
  end
  if options.returning then
    errors.raise("misuse", "CTE: returning belongs to a CTE that writes: say bulk_create, update or delete, too")
  end
  if options.ignore_conflicts then errors.raise("misuse", "CTE: ignore_conflicts belongs to bulk_create") end
  return false
end

local function check_name(name)
  if type(name) ~= "string" or not name:find("^[%a][%w_]*$") or name:find("__", 1, true) or #name > naming.MAX then
    errors.raise("misuse", "CTE: %s is not a name", compat.show(name))
  end
end

---@class ryx.CTEOptions
---@field recursive? fun(cte: ryx.CTE): ryx.QuerySet
---@field depth? string
---@field max_depth? integer
---@field path? string
---@field bulk_create? (ryx.Model|table<string, any>)[]
---@field ignore_conflicts? boolean
---@field update? table<string, ryx.ValueOrExpr>
---@field update_all? table<string, ryx.ValueOrExpr>
---@field delete? true
---@field delete_all? true
---@field returning? boolean|string[]

--- A queryset under a name for `with`.
---   local busy = ryx.CTE("busy", Post.objects:values("author"):annotate{ n = Count("id") })
---   Author.objects:with(busy, { on = { author = "pk" } }):filter{ busy__n__gt = 3 }
--- With `recursive`, a function that gets the CTE and gives the queryset of the rows to
--- add; `depth` names a column that counts the rounds, `max_depth` stops them, `path` names
--- one with the list of keys from the first row to each. A row is not added to its own
--- descendants, so cycles end.
---   ryx.CTE("tree", Node.objects:filter{ id = 1 }, { recursive = function(tree)
---     return Node.objects:with(tree, { on = { id = "parent" } })
---   end, depth = "level" })
--- With `update` or `delete` it writes the rows of the queryset (PostgreSQL), with `bulk_create`
--- it inserts new ones; its rows are what it gives back.
---   ryx.CTE("gone", Post.objects:filter{ views = 0 }, { delete = true, returning = { "title" } })
---@param name string
---@param qs ryx.QuerySet
---@param options? ryx.CTEOptions
---@return ryx.CTE
function M.CTE(name, qs, options)
  check_name(name)
  expr.check_queryset(qs, "CTE")
  options = options or {}
  errors.check_options(options, OPTIONS, "CTE")
  if writes(options) then return setmetatable(M.of_write(name, qs, options), CTE) end
  return M.make(name, qs, options)
end

--- What a CTE that writes is made of: write/cte_write.lua says.
M.of_write = nil

-- The columns of a recursive CTE that say where its rows are: what they are called, and what
-- ryx calls them.
local function counts_of(options)
  local counts = {}
  for _, option in ipairs{ "depth", "path" } do
    local name = options[option]
    if name then
      check_name(name)
      if counts[name] then errors.raise("misuse", "CTE: depth and path are both called %q", name) end
      counts[name] = option == "depth" and definition.DEPTH or definition.KEYS
    end
  end
  return counts
end

--- The same with what ryx asks besides:
---   rank   the alias in both parts that says which of its siblings a row is; rows then have
---          an alias to be ordered by, definition.PLACE
---   once   its rows are worked out once
function M.make(name, qs, options)
  local node, bounds, values = expr.queryset_parts(qs)
  local cte = setmetatable({
    name = name, node = node, bounds = bounds, values = values, depth = options.depth, path = options.path,
    rank = options.rank, once = options.once, on_alias = qs.on_alias, tx = qs.tx,
  }, CTE)
  local max = options.max_depth
  if max then errors.check_whole(max, 1, "CTE: max_depth") end
  if not options.recursive then
    if max or options.depth or options.path then
      errors.raise("misuse", "CTE: depth, max_depth and path belong to a recursive one")
    end
    cte.term = intern.term("cte", name, node, bounds, options.once or false)
    return cte
  end
  errors.check_type(options.recursive, "function", "CTE: recursive")
  cte.counts = counts_of(options)
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
  cte.term = intern.term("cte", name, node, bounds, more_node, options.depth or "", max ~= nil, options.path or "",
    options.rank or "")
  return cte
end

-- A write that gives nothing back has no rows.
local function refuse_rowless(cte, what)
  if cte.define and not cte.has_rows then
    errors.raise("misuse", "%s: %q gives nothing back: say returning = true, or a list of names", what, cte.name)
  end
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
    refuse_rowless(cte, "with")
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

-- Gives rows a column that says where they are.
local function hold(b, name, column)
  annotate.check_new(b, name, "CTE")
  b.annotations[name] = definition.hidden(b.root, b.meta, column)
  if b.select then
    b.select.fields[#b.select.fields + 1] = { name = name, expr = b.annotations[name] }
  else
    b.annotated[#b.annotated + 1] = name
  end
end

local function reading(cte)
  return function(b, first)
    local resolver = resolve.new(b, first)
    local defined = cte.recursion_of and definition.within(b, cte) or definition.define(b, resolver, cte)
    b.select = defined.select
    local source = { meta = b.meta, table = cte.name, is_cte = true, join = "first" }
    b:begin(source, defined.outputs, defined.names, defined.is_model)
    for _, name in ipairs{ cte.depth or cte.path, cte.depth and cte.path } do hold(b, name, cte.counts[name]) end
    b.are_gone = cte.deletes
    if cte.rank then b.annotations[definition.PLACE] = definition.hidden(b.root, b.meta, definition.PLACE) end
    return resolver
  end
end

-- Does it say which rows? Then a write through it means not all.
local function is_some(cte)
  return cte.define ~= nil or cte.node ~= nil and (cte.node.n_where > 0 or cte.bounds > 0)
end

--- A queryset over the CTE's rows, where its own says using as well.  tree:rows():order_by("level")
---@return ryx.QuerySet
function CTE:rows()
  local cte = self
  refuse_rowless(cte, "rows")
  local meta = (cte.recursion_of or cte).node.meta
  local root = chain_node.root(meta)
  local node = chain_node.follow(root, "rows of", cte.term, function(parent)
    return chain_node.new(parent, reading(cte), { is_condition = is_some(cte) })
  end)
  local qs = queryset.new(root, {})
  return queryset.new(node, chain_node.params(qs, node, cte.values or {}), nil, nil, cte.on_alias, cte.tx)
end

M.methods = { with = M.with }

return M
