-- SPDX-License-Identifier: MIT
-- A SELECT under construction: its sources, conditions and annotations. The clauses of a
-- queryset's chain act on it in order; select/finalize makes the query of it.
--
-- A source is a table in FROM. A scope owns sources: the builder itself, or the sub-query
-- that a to-many path under NOT, or in an aggregate, becomes.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local naming = require "ryx.naming"
local ir = require "ryx.query.ir"

local M = {}

local Builder = {}
Builder.__index = Builder

--- A builder over a model's table. Its parameters are numbered from `base`; `outer` is
--- the builder around a sub-query, whose rows it reads; `part_of` the one whose query it is
--- a part of, when that is another.
function M.new(meta, base, outer, part_of)
  local b = setmetatable({
    meta = meta, base = base or 0, outer = outer, part_of = part_of or outer,
    root = nil, -- the source of the model's own rows
    at = nil, -- the chain node whose rows are there so far
    call = 0, -- the number of the last filter, whose conditions share their joins
    alias = nil, -- of the outermost builder: the name of the one it is planned for
    named = nil, -- of that, too: the name of the one that a queryset inside says by using
    says = nil, -- its chain has a using
    strangers = nil, -- of the outermost builder: metas of querysets inside that say none, of other databases
    unbound = nil, -- an OuterRef has met no builder around
    detached = nil, -- it reads no row of the one around: what an OuterRef is told

    sources = {}, -- FROM, in order
    where = {}, having = {}, -- conditions
    qualify = {}, -- conditions on windows, asked of a derived table
    annotations = {}, -- nodes by name
    annotated = {}, -- the names of those that rows hold
    joined = nil, -- by name, what join and with have added: { column(name), names() }
    within = nil, -- of the recursive part of a CTE: what its rows hold
    ctes = nil, -- of the outermost builder: the definitions of WITH

    select = nil, -- of values and values_list: { kind, fields, null, named }
    chosen = nil, -- of only and defer: the set of own fields
    related = nil, -- parts of select_related
    below = nil, -- fields that only and defer name in those parts
    only_names = nil, -- rows hold annotations alone: a path names one of them

    group = nil, -- GROUP BY of values
    grouped_by_key = nil, -- an aggregate groups by the model's key
    group_keys = nil, -- more of them, of a limit for each parent
    whole = nil, -- aggregate(): all rows are one group
    primary = nil, -- the relation whose rows aggregates count; others are correlated

    order = nil, reversed = nil,
    row_order = nil, -- of the rows of a slice, in place of Meta.ordering
    distinct = nil, distinct_on = nil,
    are_gone = nil, -- its rows are those that a CTE deletes
    combined = nil, -- rows of a set operation, a CTE or a derived table
    lock = nil, -- of for_update

    new_row = nil, -- what New means: "values" or a row of the statement
    no_row = nil, -- an insert: no expression reads a row
  }, Builder)
  b.root = M.add(b, { meta = meta, table = meta.table, join = "first" })
  return b
end

--- A scope of its own, for what hangs on rows of a builder.
function M.scope()
  return { sources = {} }
end

--- Adds a source to a scope.
function M.add(scope, source)
  source.scope, source.to_one, source.to_many = scope, {}, {}
  scope.sources[#scope.sources + 1] = source
  return source
end

local column = ir.column
M.column = column

local function table_source(parent, meta, left, right_field, how)
  local source = { meta = meta, table = meta.table, parent = parent, how = how }
  source.on = ir.lookup("exact", left, column(source, right_field))
  return source
end

--- The source a to-one relation leads to; the same one every time.
function M.join_one(source, rel)
  local joined = source.to_one[rel.name]
  if joined then return joined end
  local meta = rel:target_meta()
  if rel.kind == "forward" then
    joined = table_source(source, meta, column(source, rel.field), rel.field.target_field or meta.pk_field, "forward")
    -- Every row has one: an inner join loses none.
    joined.always = not rel.field.null and rel.field.db_constraint ~= false
  else
    joined = table_source(source, meta, column(source, rel.field.target_field), rel.field, "reverse")
  end
  source.to_one[rel.name] = M.add(source.join_scope or source.scope, joined)
  return joined
end

local function join_many(scope, source, rel)
  if rel.kind == "reverse" then
    local to = rel.field
    to:settle()
    return M.add(scope, table_source(source, rel:target_meta(), column(source, to.target_field), to, "many"))
  end
  local from = rel:source_field()
  from:settle()
  local through = M.add(scope,
    table_source(source, rel:through_meta(), column(source, from.target_field), from, "many"))
  through.to = rel
  return through
end

--- The source behind the join table of a many-to-many relation.
function M.beyond(through)
  local rel = through.to
  if not rel then return through end
  if not through.beyond then
    local to = rel:target_field()
    to:settle()
    local joined = table_source(through, rel:target_meta(), column(through, to), to.target_field, "forward")
    joined.always = true
    through.beyond = M.add(through.scope, joined)
  end
  return through.beyond
end

--- The columns that are the key of a source's rows.
function M.key_columns(source)
  local columns = {}
  for i, field in ipairs(source.meta.key_fields) do columns[i] = column(source, field) end
  return columns
end

--- The key of a source's rows: its column, or { op = "key" } with several, which only
--- conditions and orders take (lookup/key.lua).
function M.key(source)
  if source.meta.pk_field then return column(source, source.meta.pk_field) end
  return { op = "key", type = "key", meta = source.meta, parts = M.key_columns(source) }
end

--- The key that a to-many relation leads to: no join beyond what has it.
function M.many_key(joined, rel)
  if joined.to then return column(joined, rel:target_field()) end
  return M.key(joined)
end

local function find(list, scope, call)
  for i = #list, 1, -1 do
    if list[i].scope == scope and (call == nil or list[i].call == call) then return list[i].source end
  end
end

--- The source of a to-many relation: in a filter the one of the same call, else
--- the latest; `scope` is where a new one belongs.
function M.join_many(source, rel, scope, call)
  local list = source.to_many[rel.name]
  if not list then
    list = {}
    source.to_many[rel.name] = list
  end
  local joined = find(list, scope, call)
  if joined then return joined end
  joined = join_many(scope, source, rel)
  list[#list + 1] = { source = joined, scope = scope, call = call }
  return joined
end

--- The source of a relation in a scope, when there is one.
function M.find_many(source, rel, scope)
  local list = source.to_many[rel.name]
  return list and find(list, scope)
end

--- Runs the clauses of a chain of nodes, the first one first.
function Builder:replay(node)
  if node.parent then self:replay(node.parent) end
  if node.clause then
    self.at = node.parent
    node.clause(self, self.base + node.parent.n)
  end
  return self
end

--- The builder of a node's chain.
function M.of(node)
  return M.new(node.meta):replay(node)
end

--- A builder of the rows that one began a clause with, in its place.
function M.again(b)
  return M.new(b.meta, b.base, b.outer, b.part_of):replay(b.at)
end

-- The builder of the chain that was made last: the next clause, or the plan, goes on
-- with it instead of replaying the chain.
local kept_node, kept

--- Keeps a builder for whoever goes on with its chain.
function M.keep(node, b)
  kept_node, kept = node, b
end

--- The builder of a node's chain, for one who changes it.
function M.take(node)
  local b = kept_node == node and kept or M.of(node)
  kept_node, kept = nil, nil
  return b
end

--- Makes a builder one over the rows of a query: its outputs are what later clauses see.
--- `names` are the keys of the outputs, `holds_fields` says that they begin with the
--- model's own columns.
function Builder:derive(query, names, holds_fields)
  for i, output in ipairs(query.outputs) do
    output.name = output.name ~= "" and output.name or holds_fields and output.expr.column or names[i]
  end
  return self:begin({ meta = self.meta, join = "first", query = query }, query.outputs, names, holds_fields)
end

--- Begins a builder anew from a source whose columns are like `outputs`.
function Builder:begin(source, outputs, names, holds_fields)
  self.sources, self.where, self.having, self.qualify = {}, {}, {}, {}
  self.annotations, self.annotated, self.chosen, self.related, self.below = {}, {}, nil, nil, nil
  self.group, self.grouped_by_key, self.distinct, self.distinct_on, self.are_gone = nil, nil, nil, nil, nil
  self.order, self.reversed, self.combined, self.lock, self.primary = nil, nil, true, nil, nil
  self.row_order = nil
  self.root = M.add(self, source)
  local select = self.select
  self.select, self.only_names = nil, not holds_fields
  local fields = {}
  for i, output in ipairs(outputs) do
    local made = ir.derived(self.root, output.name, output.expr)
    fields[i] = { name = names[i], expr = made }
    local is_field = holds_fields and self.meta.by_column[output.name]
    if not is_field then
      self.annotations[names[i]] = made
      if holds_fields then self.annotated[#self.annotated + 1] = names[i] end
    end
  end
  if select then
    self.select = { kind = select.kind, null = select.null, named = select.named, fields = fields }
  end
  return self
end

--- Does a CTE of the statement write?
function Builder:is_write()
  for _, cte in ipairs(self.ctes or {}) do
    if cte.writes then return true end
  end
  return false
end

--- Refuses what cannot be the name of a value of a query.
function M.check_word(meta, name, what)
  if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") or name:find("__", 1, true) then
    errors.raise("misuse", "%s.%s: %s is not a name for an annotation", meta.model_name, what, compat.show(name))
  end
  if #name > naming.MAX then
    errors.raise("misuse", "%s.%s: the name %s... has more than %d letters", meta.model_name, what, name:sub(1, 20),
      naming.MAX)
  end
end

--- A name for an annotation that nothing else has.
function Builder:check_name(name, what)
  local meta = self.meta
  M.check_word(meta, name, what)
  if meta.paths[name] or (meta.relation and meta:relation(name)) then
    errors.raise("field_error", "%s.%s: %q is a field of the model, so no annotation can have that name",
      meta.model_name, what, name)
  end
end

return M
