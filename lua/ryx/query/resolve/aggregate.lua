-- SPDX-License-Identifier: MIT
-- Count("posts"), Sum("views", { filter = ... }): aggregates over the rows of a query. One
-- over a to-many relation that no filter has joined is a sub-query, so that two of them
-- never multiply each other.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local functions = require "ryx.query.fn"
local group = require "ryx.query.resolve.group"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local of_resolver = require "ryx.query.resolve.resolver"
local ordering = require "ryx.query.resolve.order"
local path = require "ryx.query.resolve.path"

local M = {}

-- The paths that a term names, without those of sub-queries.
local function paths_of(term, out)
  if type(term) ~= "table" then return out end
  if term.op == "path" or term.op == "leaf" then out[#out + 1] = term[1] end
  if term.op == "subquery" or term.op == "exists" or term.op == "rows" then return out end
  for i = 1, term.n or 0 do paths_of(term[i], out) end
  return out
end

-- The to-many relations of the arguments of an aggregate, as one text; whether a
-- filter has joined the first of them, and all.
local function many_of(b, term)
  local chains, first, all = {}, false, true
  for _, p in ipairs(paths_of(term, {})) do
    local chain, has_first, has_all = path.chain(b, p)
    if chain then
      chains[chain], first, all = true, first or has_first, all and has_all
    end
  end
  if next(chains) == nil then return nil end
  return table.concat(compat.sorted_keys(chains), " "), first, all
end

-- A window may be over aggregates: its rows are groups.
local function refuse_nested(node, name, is_window)
  if not is_window and (ir.has(node, "aggregate") or node.op == "correlated") then
    errors.raise("field_error", "%s: an aggregate of an aggregate: aggregate over a queryset of the inner one", name)
  end
  if ir.has(node, "window") then
    errors.raise("field_error", "%s: an aggregate of a window: no database has that", name)
  end
end

-- Of rows with a key of several fields as many are there as of its first, which is never NULL.
local function argument(resolver, term, part)
  if term[1] ~= "Count" or term[4] then return resolver:resolve(part) end
  local node = resolver:key_or(part)
  return node.op == "key" and node.parts[1] or node
end

local function arguments(resolver, term, row, is_window)
  local args = {}
  for i = 1, term[2].n do
    local part = term[2][i]
    if type(part) == "table" and part.op == "path" and part[1] == "*" then
      args[i] = { op = "star", type = "int", null = false }
    else
      args[i] = type(part) == "table" and argument(resolver, term, part) or part
    end
    if type(args[i]) == "table" then refuse_nested(args[i], row.name, is_window) end
  end
  return args
end

-- COUNT, SUM, ... of the current rows. Values are taken in the order of the term.
-- Conditions in the arguments are about the rows that are aggregated, also under
-- NOT; those of the filter too, and what they reach beyond is asked by EXISTS, so
-- that a filter multiplies nothing.
local function plain(resolver, term, is_window)
  local row = functions.row[term[1]]
  local fail = of_resolver.failing(row.name)
  if term[4] and row.distinct == false then fail("has no DISTINCT") end
  if is_window and row.window == false then fail("is not for windows: no database has that") end
  local args = resolver:within({ about = "rows" }, arguments, term, row, is_window)
  local filter = term[5] and resolver:within({ about = "filtered rows" }, resolver.condition, term[5]) or nil
  local order = term[6] and resolver:within({ about = "rows" }, ordering.keys, term[6]) or {}
  local node = row.resolve(args, of_resolver.options(term[3]), fail)
  node.distinct, node.order, node.filter = term[4], order, filter
  if not term[7] then return node end
  local default = ir.coerce(resolver:resolve(term[7]), node)
  if node.type == "decimal" then return functions.row.Coalesce.resolve({ node, default }, {}, fail) end
  return ir.call("coalesce", node.type, { node, default },
    { elem = node.elem, places = node.places, null = ir.may_be_null(default), custom = node.custom,
      custom_items = node.custom_items })
end

--- An aggregate as a window function: over the rows of the window.
function M.in_window(resolver, term)
  return plain(resolver, term, true)
end

-- Over the rows of a relation of each row: a sub-query tied to it.
local function of_relation(resolver, term)
  local node, inner = resolver:within({ own_scope = true, scope = false }, plain, term)
  local query = joins.scope(inner.scope, { op = "true" }, { { expr = node, name = "" } }, true)
  return ir.subquery(query, node, ir.may_be_null(node))
end

-- In an assignment only what a relation leads to can be aggregated.
local function assigned(resolver, term)
  if not many_of(resolver.builder, term[2]) then
    errors.raise("field_error", "%s: an aggregate in an assignment is over a relation; use Subquery for other rows",
      term[1])
  end
  return (resolver:within({ assigns = false }, of_relation, term))
end

-- What a filter chose of a relation is in the rows that are grouped, and not beside them.
local function refuse_spent(b, name, chain)
  for part in (b.root.spent and chain or ""):gmatch("[^%s.]+") do
    if b.root.spent[part] then
      errors.raise("unsupported", "%s: the rows of %q that a filter chose are in the rows that are grouped, so they "
        .. "cannot be aggregated anew: do so in the annotate before values()", name, part)
    end
  end
end

-- Over the rows of a group, asked for again without the other joins.
local function of_group(resolver, term)
  local b = resolver.builder
  local again = builder.again(b)
  if b.group and not again.group then group.begin(again) end
  again.grouped_by_key, again.whole = b.grouped_by_key, b.whole
  local inner = of_resolver.new(again, resolver.n)
  inner.binders = resolver.binders
  local own_keys, node = group.keys(again), plain(inner, term)
  resolver.n = inner.n
  for _, key in ipairs(own_keys) do
    if ir.has(key, "window") then
      errors.raise("unsupported", "%s: groups of a window have no second relation to aggregate: use Subquery", term[1])
    end
  end
  return {
    op = "correlated", where = again.where, sources = again.sources, keys = group.keys(b), own_keys = own_keys,
    type = node.type, elem = node.elem, places = node.places, null = ir.may_be_null(node), node,
    custom = node.custom, custom_items = node.custom_items,
  }
end

-- To-many relations that filters have joined to the rows.
local function n_joined(b)
  local n = 0
  for _, source in ipairs(b.sources) do
    if source.how == "many" and not source.of_aggregate then n = n + 1 end
  end
  return n
end

-- An aggregate as one of the columns of a derived table.
local function over_columns(node, source)
  local columns = {}
  local function column_of(e)
    if e.op == "int" or e.op == "text" or e.op == "star" then return e end
    local name = "x" .. #columns + 1
    columns[#columns + 1] = { expr = e, name = name }
    return ir.derived(source, name, e)
  end
  local made = ir.copy(node)
  for i = 1, #node do made[i] = column_of(node[i]) end
  if node.filter then made.filter = ir.truth(column_of(ir.condition(node.filter))) end
  made.order = {}
  for i, o in ipairs(node.order or {}) do
    made.order[i] = { expr = column_of(o.expr), desc = o.desc, nulls = o.nulls }
  end
  return made, columns
end

-- Over the rows of a relation that a filter has joined, where it has joined others, too:
-- each of its rows once.
local function of_one_relation(resolver, term, rel)
  local b = resolver.builder
  local again = builder.again(b)
  local inner = of_resolver.new(again, resolver.n)
  inner.binders = resolver.binders
  local node = plain(inner, term)
  resolver.n = inner.n
  if node.op ~= "aggregate" then return nil end
  local joined = builder.join_many(again.root, rel, again)
  local derived = { join = "first" }
  local made, columns = over_columns(node, derived)
  for i, key in ipairs(builder.key_columns(joined)) do columns[#columns + 1] = { expr = key, name = "key" .. i } end
  local own, same = builder.key_columns(b.root), { op = "and" }
  for i, row in ipairs(builder.key_columns(again.root)) do
    columns[#columns + 1] = { expr = row, name = "row" .. i }
    same[i] = ir.lookup("exact", ir.derived(derived, "row" .. i, row), own[i])
  end
  derived.query = finalize.select(again, { outputs = columns, distinct = true })
  return ir.subquery({
    sources = { derived }, outputs = { { expr = made, name = "" } }, where = same[2] and same or same[1],
  }, node, ir.may_be_null(node))
end

local function is_grouping(b)
  return b.group ~= nil or b.whole
end

-- Over the builder's own rows: what it joins is not for the aggregates after it.
local function joining(resolver, term)
  local sources = resolver.builder.sources
  local before = #sources
  local node = plain(resolver, term)
  for i = before + 1, #sources do sources[i].of_aggregate = true end
  return node
end

-- Over the rows of the query, or correlated with them. The rows of a query are those of its
-- filters and of the relations of one aggregate, the first; another is correlated.
function of_resolver.handlers.aggregate(resolver, term)
  local b = resolver.builder
  if resolver.assigns then return assigned(resolver, term) end
  if resolver.own_scope then return plain(resolver, term) end
  if not resolver.may_aggregate then
    errors.raise("field_error", "%s: an aggregate belongs into annotate or aggregate", term[1])
  end
  local chain, begun, joined = many_of(b, term[2])
  refuse_spent(b, term[1], chain)
  if not is_grouping(b) then
    if chain and not begun then return of_relation(resolver, term) end
    b.grouped_by_key = true
    local rel = joined and b.meta:relation(chain)
    if rel and n_joined(b) > 1 then return of_one_relation(resolver, term, rel) end
  end
  local own = chain and not joined and chain or "base"
  b.primary = b.primary or own
  if own ~= b.primary then return of_group(resolver, term) end
  return joining(resolver, term)
end

return M
