-- SPDX-License-Identifier: MIT
-- Resolved expressions and conditions: plain tables that a query is made of once
-- names mean columns. ir/encode writes them as bytes. Pure.
--
-- An expression has `op` and `type` (the names of RYX_TYPES), `elem` for items of
-- arrays, `places` for decimals, `null` (true, false; absent: when an argument
-- may be NULL), `custom` for values, and `custom_items` for arrays of values, of a field of the
-- user's own:
--
--   column     source, column, field?          param      number, name
--   int        value                           text       value (a literal)
--   call       fn, arguments 1..n              case       whens = { { condition, expression } }, otherwise?
--   aggregate  fn, arguments, distinct, order, filter (a condition)
--   window     [1] (call or aggregate), partition, order, frame
--   subquery   query                           condition  [1]: a condition as true or false
--   raw        pieces: SQL text and expressions          star: every row, for COUNT
--   json       [1]: JSON or text that holds it, kind, steps (keys and positions)
--   search     [1]: the words, a param; [2]: the key; then columns, of which `fields` has
--              the bits and the columns of their words; kind, index (its name or ""), config
--
-- A condition has `op`: true, false, and, or, not, lookup (lookup, left, operands),
-- exists (query), truth ([1]: a boolean expression).
--
-- A `param` that is `loose` is a value of the user's whose type may still become
-- that of what it meets.
local M = {}

--- A function of the C table (src/sql/function.h).  ir.call("lower", "text", { name })
function M.call(fn, type, args, options)
  local node = { op = "call", fn = fn, type = type }
  for i, arg in ipairs(args) do node[i] = arg end
  for k, v in pairs(options or {}) do node[k] = v end
  return node
end

--- A whole number that is part of the SQL text.
function M.int(value)
  return { op = "int", type = "int", value = value, null = false }
end

--- The place of an output in an order.
function M.place(value, output)
  return { op = "int", type = output.type, value = value, null = M.may_be_null(output) }
end

--- A text that is part of the SQL text, quoted.
function M.text(value)
  return { op = "text", type = "text", value = value, null = false }
end

--- CASE: whens = { { condition, expression }, ... }.
function M.case(type, whens, otherwise, options)
  local node = { op = "case", type = type, whens = whens, otherwise = otherwise }
  for k, v in pairs(options or {}) do node[k] = v end
  return node
end

--- The value of a query of one column; NULL without a row unless `null` says else.
function M.subquery(query, column, null)
  if null == nil then null = true end
  return {
    op = "subquery", query = query, type = column.type, elem = column.elem, places = column.places, null = null,
    custom = column.custom, custom_items = column.custom_items,
  }
end

--- A column of a derived table, under the name that an expression has there.
function M.derived(source, name, expression)
  return {
    op = "column", source = source, column = name, type = expression.type, elem = expression.elem,
    places = expression.places, null = M.may_be_null(expression), name = name, field = expression.field,
    custom = expression.custom, custom_items = expression.custom_items,
  }
end

--- A copy of a node, with the parts of the other.
function M.copy(node)
  local out = {}
  for k, v in pairs(node) do out[k] = v end
  return out
end

-- What a part of JSON must be to have a value of a type; else it is NULL.
local JSON_KINDS = { int = "number", double = "number", text = "text", bool = "bool" }

--- A part of JSON, or of such a part, by keys and positions from 0: as JSON, or as a
--- value of a type.  ir.json_part(meta, { "a", 0 }), ir.json_part(part, {}, "int")
function M.json_part(node, steps, type)
  local document, all = node, {}
  if node.op == "json" then
    document = node[1]
    for i, step in ipairs(node.steps) do all[i] = step end
  end
  for _, step in ipairs(steps) do all[#all + 1] = step end
  return {
    op = "json", kind = JSON_KINDS[type] or "json", type = type or "json", null = true, steps = all,
    json_value = not type, document,
  }
end

--- A field of a source as an expression.
function M.column(source, field)
  field:settle()
  local own = field.target_field or field
  return {
    op = "column", source = source, column = field.column, type = field.type, elem = field.elem,
    places = own.decimal_places, null = field.null, field = field, name = field.column,
    custom = field.is_custom and field or nil,
  }
end

--- A lookup of the C table (src/sql/lookup.h) with its operands.
function M.lookup(name, left, ...)
  return { op = "lookup", lookup = name, left = left, ... }
end

--- Those that ask whether a value is in a list.
M.IN = { ["in"] = true, in_sized = true }

--- A condition as a value.
function M.condition(condition)
  return { op = "condition", type = "bool", null = false, condition }
end

--- A boolean expression as a condition.
function M.truth(expression)
  return { op = "truth", expression }
end

--- Gives a loose value the type of what it meets; others stay as they are.
function M.coerce(node, like)
  if node.loose and like.type ~= "null" then
    node.type, node.elem, node.places, node.loose = like.type, like.elem, like.places, nil
  end
  return node
end

local function any(nodes, from)
  for i = from, #nodes do
    if M.may_be_null(nodes[i]) then return true end
  end
  return false
end

--- May the expression be NULL? Columns of left-joined sources may.
function M.may_be_null(node)
  if node.null ~= nil and node.op ~= "column" then return node.null end
  local op = node.op
  if op == "column" then return node.null or node.source.nullable or false end
  if op == "call" then return any(node, 1) end
  if op == "case" then
    if not node.otherwise or M.may_be_null(node.otherwise) then return true end
    for _, when in ipairs(node.whens) do
      if M.may_be_null(when[2]) then return true end
    end
    return false
  end
  return op ~= "param" and op ~= "star"
end

--- Do all the parts that an expression or condition is made of pass a test?
function M.all_parts(node, test)
  for i = 1, #node do
    if not test(node[i]) then return false end
  end
  for _, part in ipairs{ node.left or false, node.otherwise or false, node.filter or false } do
    if part and not test(part) then return false end
  end
  for _, when in ipairs(node.whens or {}) do
    if not (test(when[1]) and test(when[2])) then return false end
  end
  for _, o in ipairs(node.order or {}) do
    if not test(o.of or o.expr) then return false end
  end
  for _, e in ipairs(node.partition or {}) do
    if not test(e) then return false end
  end
  for i = 2, #(node.pieces or {}), 2 do
    if not test(node.pieces[i]) then return false end
  end
  return true
end

--- Do all expressions and conditions of a query pass a test, and the queries in FROM another?
function M.all_in_query(query, test, test_query)
  for _, source in ipairs(query.sources) do
    if source.on and not test(source.on) or source.query and not test_query(source.query) then return false end
  end
  for _, output in ipairs(query.outputs) do
    if not test(output.expr) then return false end
  end
  for _, condition in ipairs{ query.where or false, query.having or false } do
    if condition and not test(condition) then return false end
  end
  return M.all_parts({ partition = query.group, order = query.order }, test)
end

--- Does an expression or condition hold a node of an op? What is inside sub-queries does
--- not count.
local function has(node, op)
  if type(node) ~= "table" then return false end
  if node.op == op or op == "aggregate" and node.is_aggregate then return true end
  if node.op == "subquery" or node.op == "exists" then return false end
  for i = 1, #node do
    if has(node[i], op) then return true end
  end
  if has(node.left, op) or has(node.otherwise, op) or has(node.filter, op) then return true end
  for _, when in ipairs(node.whens or {}) do
    if has(when[1], op) or has(when[2], op) then return true end
  end
  return false
end
M.has = has

return M
