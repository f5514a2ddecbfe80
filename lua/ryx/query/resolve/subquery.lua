-- SPDX-License-Identifier: MIT
-- Subquery(qs), Exists(qs), filter{ author__in = qs }: querysets inside a query.
local query_bounds = require "ryx.query.ir.bounds"
local builder = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local ir = require "ryx.query.ir"
local ordering = require "ryx.query.resolve.order"
local key = require "ryx.meta.key"
local one_alias = require "ryx.query.select.one_alias"
local outputs = require "ryx.query.select.outputs"
local bind = require "ryx.query.lookup.bind"
local of_resolver = require "ryx.query.resolve.resolver"

local Resolver = of_resolver.Resolver

-- A queryset's chain on a builder of its own: its parameters go on from here.
local function place(self, b, node, bounds, detached)
  b.detached = detached or nil
  b:replay(node)
  one_alias.enter(b)
  local n = node.n + query_bounds.count(bounds)
  for _ = 1, n do self:bind(bind.as_is) end
  local limit, offset = query_bounds.params(bounds, self.n + node.n)
  self.n = self.n + n
  return b, limit, offset
end

--- The select builder of a queryset's rows inside this query, and its bounds; `detached` is
--- what an OuterRef is told where it can reach no row of this query.
function Resolver:part(node, bounds, detached)
  return place(self, builder.new(node.meta, self.n, self.builder), node, bounds, detached)
end

--- The same of a queryset beside this query, as in a union: the rows around are the same.
function Resolver:beside(node, bounds)
  local b = self.builder
  local made, limit, offset = place(self, builder.new(node.meta, self.n, b.outer, b), node, bounds, b.detached)
  b.unbound = b.unbound or made.unbound
  return made, limit, offset
end

local ONE = { { expr = ir.int(1), name = "one" } }

--- The query of Exists.
function Resolver:exists(node, bounds)
  local b, limit, offset = self:part(node, bounds)
  if offset and b.distinct then
    errors.raise("unsupported", "Exists: no database counts distinct rows there, so they have no offset: count() them")
  end
  if b.grouped_by_key then outputs.group_by_key(b) end
  return finalize.select(b, { outputs = ONE, limit = limit, offset = offset, pick = b.distinct_on and ordering.of(b) })
end

-- The one column of a sub-query: what values chose, else the key.
local function one_column(b, what)
  if b.select then
    if #b.select.fields ~= 1 then
      errors.raise("misuse", "%s takes a queryset of one column, not of %d: use values(\"name\")", what,
        #b.select.fields)
    end
    return b.select.fields[1].expr
  end
  if not b.meta.pk_field then key.refuse(b.meta, what, "say by values(\"name\") which column its rows are") end
  return builder.column(b.root, b.meta.pk_field)
end

-- Are its rows told apart, or ordered, by what its column is?
local function is_by_output(query)
  if query.distinct then return query.limit or query.offset end
  for _, o in ipairs(query.order) do
    if o.expr.op == "int" then return true end
  end
  return false
end

-- The sub-query of the one column of a builder; meet(column) may make another of it.
local function column_query(b, column, limit, offset, meet)
  if b.grouped_by_key then outputs.group_by_key(b) end
  local query = finalize.select(b, {
    outputs = { { expr = column, name = "" } }, limit = limit, offset = offset, distinct = b.distinct,
    order = (limit or offset) and ordering.of(b) or nil, pick = b.distinct_on and ordering.of(b),
  })
  local output = query.outputs[1]
  local made = meet and meet(output.expr) or output.expr
  if made ~= output.expr and is_by_output(query) then
    local source = { join = "first", query = query }
    output.name = "x"
    made = meet(ir.derived(source, "x", column))
    query = { sources = { source }, outputs = { { expr = made, name = "" } } }
  end
  query.outputs[1].expr = made
  return ir.subquery(query, made)
end

-- What refers to rows of one model takes no keys of another.
local function check_model(b, left)
  local wanted = left.related or left.field and left.field.relation and left.field:target_meta()
  if not b.select and wanted and wanted.concrete ~= b.meta.concrete then
    errors.raise("misuse", "%s takes a queryset of %s, not of %s", bind.label(left, "this expression"),
      wanted.model_name, b.meta.model_name)
  end
end

--- The rows of a queryset as the operand of a lookup on a left side, `many` of them for IN;
--- meet(column) makes their column one that can be compared.
function Resolver:rows(term, left, many, meet)
  local b, limit, offset = self:part(term[1], term[2])
  check_model(b, left)
  local column = one_column(b, many and "in" or "a comparison")
  return column_query(b, column, limit or not many and ir.int(1) or nil, offset, meet)
end

--- The query of a queryset's rows as keys of several fields: those of its own model, or what
--- values chose.
function Resolver:keys_of_rows(term, meta, what)
  local b, limit, offset = self:part(term[1], term[2])
  local columns = {}
  for i, field in ipairs(b.select and b.select.fields or {}) do columns[i] = field.expr end
  if not b.select and b.meta.concrete == meta.concrete then columns = builder.key_columns(b.root) end
  if #columns ~= #meta.key_fields then
    errors.raise("misuse", "%s takes a queryset of %s, or one of %d columns (%s) by values", what, meta.model_name,
      #meta.key_fields, key.names(meta))
  end
  if b.grouped_by_key then outputs.group_by_key(b) end
  local list = {}
  for i, column in ipairs(columns) do list[i] = { expr = column, name = "" } end
  return finalize.select(b, {
    outputs = list, limit = limit, offset = offset, distinct = b.distinct,
    order = (limit or offset) and ordering.of(b) or nil, pick = b.distinct_on and ordering.of(b),
  })
end

function of_resolver.handlers.subquery(resolver, term)
  local b, limit, offset = resolver:part(term[1], term[2])
  return column_query(b, one_column(b, "Subquery"), limit or ir.int(1), offset)
end
