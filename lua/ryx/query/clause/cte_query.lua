-- SPDX-License-Identifier: MIT
-- What stands behind WITH: the query of a CTE, what its rows hold, and how a query
-- joins them. A recursive one carries the path of keys to each row, which ends cycles,
-- and how deep the row is.
local bind = require "ryx.query.lookup.bind"
local builder = require "ryx.query.select.builder"
local joined = require "ryx.query.clause.join"
local derived = require "ryx.query.clause.derived"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local of_key = require "ryx.meta.key"
local queries = require "ryx.query.resolve.query"
local types = require "ryx.query.fn.types"

-- Columns that only ryx reads; PLACE is a text by which the rows of a tree have its order.
local PATH, DEPTH, KEYS, PLACE = "ryx_path", "ryx_depth", "ryx_keys", "ryx_place"
-- What a decimal of unknown places may have.
local MOST_PLACES = 30
local ALONE = "CTE: its rows are the same for every row of the query that has it, so it has no OuterRef: "
  .. "filter its rows, or join a queryset with lateral = true"

local M = { DEPTH = DEPTH, KEYS = KEYS, PLACE = PLACE }

local function add(query, e, name)
  query.outputs[#query.outputs + 1] = { expr = e, name = name }
end

local function key_of(b)
  if not b.meta.pk_field then of_key.refuse(b.meta, "CTE: a recursive one tells rows apart by a key of one field") end
  return builder.column(b.root, b.meta.pk_field)
end

local function replace(node, what, by)
  return ir.call("replace", "text", { node, ir.text(what), ir.text(by) })
end

-- A key as it stands in a path, where commas part them.
local function step_of(b)
  local key = key_of(b)
  return key.type == "text" and replace(replace(key, "~", "~0"), ",", "~1") or key
end

-- Keys that lists can hold: which functions make one of them, and what a key becomes first.
local LISTED = {
  int = { "", "widen_int" },
  text = { "_text", "cast_text" },
  uuid = { "_text" },
}

-- A list of keys, or one with another behind.
local function keys(fn, b, before)
  local key = key_of(b)
  local how = LISTED[key.type]
  if not how then
    errors.raise("unsupported", "%s: path is a list of keys that are an int, a text or a uuid, not %s",
      b.meta.model_name, key.type)
  end
  local item = how[2] and ir.call(how[2], key.type, { key }) or key
  return ir.call(fn .. how[1], "array", { before or item, before and item }, { elem = key.type, null = false })
end

-- What the rows of the first part have besides their own columns.
local function begin_row(b, cte, query)
  add(query, ir.call("path_begin", "text", { step_of(b) }), PATH)
  -- A literal alone would be narrower than what the rounds add up to.
  add(query, ir.call("add", "int", { ir.int(0), ir.int(0) }), DEPTH)
  if cte.path then add(query, keys("keys_begin", b), KEYS) end
  if cte.rank then add(query, ir.call("place_begin", "text", { b.annotations[cte.rank] }, { null = false }), PLACE) end
end

-- And those that a round adds, made of the ones they hang on.
local function next_row(b, cte, query, hidden)
  add(query, ir.call("path_add", "text", { hidden(PATH), step_of(b) }), PATH)
  add(query, ir.call("add", "int", { hidden(DEPTH), ir.int(1) }), DEPTH)
  if cte.path then add(query, keys("keys_add", b, hidden(KEYS)), KEYS) end
  if cte.rank then
    add(query, ir.call("place_add", "text", { hidden(PLACE), b.annotations[cte.rank] }, { null = false }), PLACE)
  end
end

local INT, TEXT = { type = "int", null = false, op = "int" }, { op = "star", type = "text", null = false }

-- Of which type such a column is.
local function hidden_like(meta, name)
  if name == KEYS then return { op = "star", type = "array", elem = meta.pk_field.type, null = false } end
  return name == DEPTH and INT or TEXT
end

-- The second half of a recursive CTE: rows joined to those that are there, without
-- those on the way to them.
local function recursive_part(resolver, cte, within)
  local b = builder.new(cte.more.meta, resolver.n, resolver.builder)
  b.within, b.detached = within, ALONE
  b:replay(cte.more)
  for _ = 1, cte.more.n do resolver:bind(bind.as_is) end
  resolver.n = resolver.n + cte.more.n
  local join = b.joined and b.joined[cte.name]
  if not join then
    errors.raise("misuse", "CTE: the recursive part must join its own rows: with(%s, { on = ... })", cte.name)
  end
  local path, depth = join.hidden(PATH), join.hidden(DEPTH)
  b.where[#b.where + 1] = { op = "not", ir.truth(ir.call("path_holds", "bool", { path, step_of(b) })) }
  if cte.has_max then
    local max = resolver:param{ type = "int" }
    resolver:bind(bind.as_is)
    b.where[#b.where + 1] = ir.lookup("lt", depth, max)
  end
  local query = queries.part(b)
  local n = #query.outputs
  next_row(b, cte, query, join.hidden)
  return query, b, n
end

-- Databases take the width of a column from the first part: as wide as its type gets.
local WIDEN = {
  int = function(node) return ir.call("widen_int", "int", { node }) end,
  double = function(node) return ir.call("cast_double", "double", { node }) end,
  text = function(node) return ir.call("widen_text", "text", { node }) end,
  decimal = function(node)
    local places = node.places or MOST_PLACES
    return ir.call("widen_decimal", "decimal", { node, ir.int(places) }, { places = node.places })
  end,
}

local function is_same_column(a, b)
  return a.op == "column" and b.op == "column" and a.field ~= nil and a.field == b.field
end

-- A column of the first part that holds what the recursive one adds to it, and that one
-- in its form.
local function meet(a, b, name)
  types.coerce(a, b)
  types.coerce(b, a)
  if a.type ~= b.type or a.elem ~= b.elem then
    errors.raise("field_error", "CTE: %q is of type %s in the first part and %s in the recursive one; Cast one of them",
      name, a.type, b.type)
  end
  local widen = WIDEN[a.type]
  if widen and not is_same_column(a, b) then a = widen(a) end
  if ir.may_be_null(b) and not ir.may_be_null(a) then
    a = ir.copy(a)
    a.null = true
  end
  return a, a.type == "decimal" and a.places ~= b.places and types.decimal(b, a.places) or b
end

local function meet_all(defined, more)
  for i, name in ipairs(defined.names) do
    local output, added = defined.query.outputs[i], more.outputs[i]
    output.expr, added.expr = meet(output.expr, added.expr, name)
    defined.columns[name].expr = output.expr
  end
end

local function definition_of(resolver, cte)
  if cte.define then
    local defined = cte.define(resolver, cte, ALONE)
    defined.name = cte.name
    return defined
  end
  local b, limit, offset = resolver:part(cte.node, cte.bounds, ALONE)
  local defined = derived.rows(b, limit, offset)
  local query = defined.query
  defined.name = cte.name
  if not cte.more then return defined end
  if b.group or b.grouped_by_key then
    errors.raise("misuse", "CTE: the first part of a recursive one is grouped; it needs the key of its rows")
  end
  local n = #query.outputs
  begin_row(b, cte, query)
  local more, more_b, n_more = recursive_part(resolver, cte, { [cte.within] = defined })
  if n_more ~= n or (more_b.select ~= nil) ~= (b.select ~= nil) then
    errors.raise("field_error", "CTE: the recursive part gives %d columns, the first %d", n_more, n)
  end
  meet_all(defined, more)
  for name, column in pairs(cte.counts) do
    defined.columns[name] = { name = column, expr = hidden_like(b.meta, column) }
  end
  defined.recursive = true
  defined.query = { combine = "union_all", parts = { query, more }, outputs = query.outputs }
  return defined
end

-- The names of a definition's columns in SQL, in order.
local function sql_names(defined)
  local names = {}
  for i, output in ipairs(defined.query.outputs or defined.outputs) do names[i] = output.name end
  return names
end

-- Puts the definition into the outermost query, where WITH stands.
local function hoist(b, cte, defined)
  local top = b
  while top.part_of do top = top.part_of end
  top.ctes = top.ctes or {}
  for _, known in ipairs(top.ctes) do
    if known.term == cte.term then return end
    if known.name == cte.name then errors.raise("misuse", "two CTEs are called %q", cte.name) end
  end
  top.ctes[#top.ctes + 1] = {
    name = cte.name, term = cte.term, columns = sql_names(defined), recursive = defined.recursive, once = cte.once,
    writes = defined.writes,
    query = defined.query,
  }
end

--- What a CTE's rows hold, for a query that declares it: { name, names, outputs, columns,
--- select, is_model, query }.
function M.define(b, resolver, cte)
  local defined = definition_of(resolver, cte)
  hoist(b, cte, defined)
  return defined
end

-- The rows of a CTE beside those of the queryset: columns by its name, as by a relation's.
function M.join(b, resolver, defined, on, kind)
  local source = builder.add(b, { table = defined.name, is_cte = true, join = kind })
  source.nullable = kind == "left"
  local join = derived.joined(source, defined)
  join.hidden = function(name)
    return ir.derived(source, name, hidden_like(b.meta, name))
  end
  b.joined = b.joined or {}
  source.on = joined.on(resolver, join, on, "with: " .. defined.name)
  b.joined[defined.name] = join
end

--- A column that only ryx reads, in a query over the rows of a CTE.
function M.hidden(source, meta, name)
  return ir.derived(source, name, hidden_like(meta, name))
end

function M.within(b, cte)
  while b do
    if b.within and b.within[cte] then return b.within[cte] end
    b = b.part_of
  end
  -- Tried on its own, before there is a query around it: as its first part has it.
  local own = derived.rows(builder.of(cte.recursion_of.node))
  own.name = cte.name
  return own
end

return M
