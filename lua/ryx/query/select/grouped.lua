-- SPDX-License-Identifier: MIT
-- values("city"):annotate{ n = Count() }, distinct(): what has one value in each group of rows,
-- or in each of the distinct ones. What has several can be neither held nor ordered by.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local ir = require "ryx.query.ir"

local M = {}

local same

local function same_lists(a, b)
  if not (a and b) then return a == b end
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] and not (type(a[i]) == "table" and type(b[i]) == "table" and same(a[i], b[i])) then return false end
  end
  return true
end

local MAY_BE_SAME = { call = true, json = true, int = true, text = true, raw = true }

-- Are two expressions written alike? A value stands for itself alone.
same = function(a, b)
  if a == b then return true end
  if a.op ~= b.op or a.type ~= b.type then return false end
  if a.op == "column" then return a.source == b.source and a.column == b.column end
  if a.op == "param" then return a.number == b.number end
  return MAY_BE_SAME[a.op] and a.fn == b.fn and a.value == b.value and a.kind == b.kind
    and same_lists(a.steps, b.steps) and same_lists(a.pieces, b.pieces) and same_lists(a, b) or false
end

-- Does JSON hold a part of JSON?
local function holds_part(whole, part)
  if whole.op ~= "json" or part.op ~= "json" or whole.type ~= "json" then return false end
  for i, step in ipairs(whole.steps) do
    if part.steps[i] ~= step then return false end
  end
  return same(whole[1], part[1])
end

local function is_one_of(list, node)
  for _, known in ipairs(list) do
    if same(known, node) or holds_part(known, node) then return true end
  end
  return false
end

--- Does a source have several rows for one of the model's?
function M.is_many(source)
  while source do
    if source.how == "many" then return true end
    source = source.parent
  end
  return false
end

-- A test: is an expression one of `known`, of columns that pass, or made of those? `groups`:
-- an aggregate is one value, and a window is asked of the groups.
local function tester(b, known, passes, groups)
  local test, inside

  local function query_passes(query)
    for _, part in ipairs(query.parts or {}) do
      if not query_passes(part) then return false end
    end
    return query.parts ~= nil or ir.all_in_query(query, inside, query_passes)
  end

  local function window_passes(node)
    return groups and ir.all_parts(node[1], test)
      and ir.all_parts({ partition = node.partition, order = node.order }, test)
  end

  -- What a sub-query reads of the rows around it.
  inside = function(node)
    local op = node.op
    if op == "column" then return node.source.scope ~= b or is_one_of(known, node) or passes(node) end
    if op == "subquery" or op == "exists" then return query_passes(node.query) end
    return ir.all_parts(node, inside)
  end

  test = function(node)
    local op = node.op
    if is_one_of(known, node) then return true end
    if op == "aggregate" or op == "correlated" or node.is_aggregate then return groups end
    if op == "window" then return window_passes(node) end
    if op == "column" or op == "subquery" or op == "exists" then return inside(node) end
    return ir.all_parts(node, test)
  end
  return test
end

-- Of groups: their keys, and what is the same for each.
local function in_group(b)
  return tester(b, b.group or {}, function(column)
    return b.grouped_by_key and column.source.meta ~= nil and not M.is_many(column.source)
  end, true)
end

-- Of distinct rows: what they hold, and all of the model's row where they hold its key.
local function in_distinct(b)
  local known = {}
  for i, field in ipairs(b.select and b.select.fields or {}) do known[i] = field.expr end
  for _, name in ipairs(not b.select and b.annotated or {}) do known[#known + 1] = b.annotations[name] end
  return tester(b, known, function(column)
    return not b.select and column.source.meta ~= nil and not M.is_many(column.source)
  end, false)
end

--- Are the rows of a builder groups?
function M.is_grouped(b)
  return b.group ~= nil or b.grouped_by_key or b.whole or false
end

-- What a key of an order is made of: one of JSON is a part of it.
local function made_of(key)
  return key.of or key.expr
end

--- Do distinct rows say which value a key of an order has?
function M.distinct_holds(b, key)
  return in_distinct(b)(made_of(key))
end

local function name_of(term)
  if term.op == "order" then term = term[1] end
  return term.op == "path" and compat.show(term[1]) or expr.show(term)
end

local function refuse_group(b, what)
  if b.grouped_by_key then
    errors.raise("misuse", "%s: %s has several values in the rows that an aggregate makes one: aggregate it (ryx.Min, "
      .. "ryx.Max)", b.meta.model_name, what)
  end
  errors.raise("misuse", "%s: %s is not grouped, so a group has several values of it: name it in values() before the "
    .. "aggregate, or aggregate it (ryx.Min, ryx.Max)", b.meta.model_name, what)
end

--- Refuses a condition on groups that asks for something else as well.
function M.check_condition(b, condition)
  if M.is_grouped(b) and not in_group(b)(condition) then
    errors.raise("misuse", "%s: filter: a condition on an aggregate asks for what is not grouped, too: make two "
      .. "filters of it, or name all of it in values() before the aggregate", b.meta.model_name)
  end
end

local function is_key_grouped(b)
  for _, field in ipairs(b.meta.key_fields) do
    if not is_one_of(b.group, { op = "column", type = field.type, source = b.root, column = field.column }) then
      return false
    end
  end
  return b.meta.key_fields[1] ~= nil
end

-- The columns that an expression is made of, where each group is one row of the model; nil where it is made of others.
-- They part no group.
local function columns_of_row(b, node)
  if not b.group or not is_key_grouped(b) then return nil end
  local columns = {}
  local test = tester(b, b.group, function(column)
    columns[#columns + 1] = column
    return column.source.meta ~= nil and not M.is_many(column.source)
  end, true)
  return test(node) and columns or nil
end

local function add_columns(group, columns)
  for _, column in ipairs(columns) do
    if not is_one_of(group, column) then group[#group + 1] = column end
  end
end

--- Refuses an order that the user gave by what has several values there. Asked when it is
--- given, and again when the rows are (`is_last`): another order may take its place until then.
function M.check_order(b, is_last)
  if not b.order then return end
  local grouped, distinct = M.is_grouped(b) and in_group(b), b.distinct and in_distinct(b)
  for _, key in ipairs(b.order) do
    local node = made_of(key)
    if grouped and not grouped(node) then
      local columns = columns_of_row(b, node) or refuse_group(b, "order_by: " .. name_of(key.term))
      if is_last then add_columns(b.group, columns) end
    end
    if distinct and not distinct(made_of(key)) then
      errors.raise("misuse", "%s: order_by: distinct rows do not hold %s: %s", b.meta.model_name, name_of(key.term),
        b.select and "add it to values()" or "order by an aggregate of it, annotate{ x = ryx.Max(...) }")
    end
  end
end

--- Refuses what has several values in a group: what rows hold, and what distinct(...) names.
function M.check(b)
  if not M.is_grouped(b) then return end
  local test = in_group(b)
  for _, field in ipairs(b.select and b.select.fields or {}) do
    if not test(field.expr) then refuse_group(b, compat.show(field.name)) end
  end
  for _, name in ipairs(not b.select and b.annotated or {}) do
    if not test(b.annotations[name]) then refuse_group(b, compat.show(name)) end
  end
  for i, node in ipairs(b.distinct_on or {}) do
    if not test(node) then refuse_group(b, "distinct: " .. name_of(b.distinct_on.terms[i])) end
  end
end

--- Refuses a value over all rows that is not made of aggregates alone.
function M.check_whole(b, name, node)
  if in_group(b)(node) then return end
  errors.raise("misuse", "%s.aggregate: %s asks each row for a value beside its aggregates: aggregate that, too",
    b.meta.model_name, name)
end

return M
