-- SPDX-License-Identifier: MIT
-- db_default = ryx.Now(): an expression that fills a column where an insert does not name it, as a
-- node of statements and as the text of a definition.
local assignment = require "ryx.query.write.assignment"
local builder = require "ryx.query.select.builder"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local ir = require "ryx.query.ir"
local resolve = require "ryx.query.resolve"
local run = require "ryx.db.run"
local value_of = require "ryx.value"

local M = {}

local NAME = "ryx_value"

local function label(field)
  return field.meta.model_name .. "." .. field.name .. ": db_default"
end

-- A text; `write` gives its SQL where a definition wants another.
local function text(v, write)
  if not write then return ir.text(v) end
  return { op = "raw", type = "text", null = false, pieces = { write(v) } }
end

-- A value of the user's as part of the text: definitions hold no parameters.
local function literal(field, param, v, write)
  local class = value_of.class_of(v)
  local node
  if class == "int" then node = ir.int(v) end
  if class == "yes" or class == "no" then node = ir.condition{ op = class == "yes" and "true" or "false" } end
  if class == "string" or class == "double" or value_of.kind(v) then node = text(tostring(v), write) end
  if not node then
    errors.raise("unsupported", "%s: a %s cannot stand in a definition; write it into ryx.Raw", label(field), class)
  end
  node.type, node.elem, node.places, node.loose = param.type, param.elem, param.places, param.loose
  return node
end

-- The parts of a node that are nodes, or lists of them, besides those by number.
local PARTS = { "left", "otherwise", "whens", "pieces" }

--- A node with make(parameter) in place of each parameter; change(node), if given, may make another node
--- of each before.
function M.with_literals(node, make, change)
  if type(node) ~= "table" then return node end
  if change then node = change(node) end
  if node.op == "param" then return make(node) end
  for _, key in ipairs(PARTS) do
    if node[key] ~= nil then node[key] = M.with_literals(node[key], make, change) end
  end
  for i = 1, #node do node[i] = M.with_literals(node[i], make, change) end
  return node
end

local function check(field, node)
  for _, op in ipairs{ "aggregate", "window", "subquery", "exists", "column" } do
    if ir.has(node, op) then
      errors.raise("misuse", "%s: a new row is all there is: no aggregates, windows, querysets and columns",
        label(field))
    end
  end
  return node
end

--- The expression of a field as a node of the column's type, without parameters. `write` is of its texts.
function M.node(field, write)
  local e = expr.of(field.db_default, "value")
  local b = builder.new(field.meta)
  b.no_row = true
  local resolver = resolve.new(b, 0)
  local node, params, n = resolver:resolve(e.term), {}, 0
  for i, bind in ipairs(resolver.binders) do n = bind(params, n, e.values[i]) end
  local function make(param) return literal(field, param, params[param.number + 1], write) end
  return assignment.fit(field, M.with_literals(check(field, node), make)), b
end

--- The same as SQL text.
function M.text(alias, field, quote, write)
  local node, b = M.node(field, write)
  local query = { sources = { b.root }, outputs = { { expr = node, name = NAME } } }
  local sql = run.sql(run.plan(alias, encode.select(query), "select", field.meta))
  local from = (" AS %s FROM %s"):format(quote(NAME), quote(field.meta.table_name))
  return sql:sub(#"SELECT " + 1, -#from - 1)
end

--- Sets of a statement for many rows, some of which lack values of `mixed`.
function M.sets(fields, mixed)
  local sets = assignment.param_sets(fields)
  for i, f in ipairs(fields) do
    for _, other in ipairs(mixed or {}) do
      if f == other then
        local options = { elem = f.elem, places = f.decimal_places, null = f.null }
        sets[i].expr = ir.call("coalesce", f.type, { sets[i].expr, (M.node(f)) }, options)
      end
    end
  end
  return sets
end

--- Refuses to leave a key to a database that does not tell it.
function M.check_key(alias, key)
  if run.can(alias, "returning") then return end
  errors.raise("unsupported", "%s.%s: this server tells no key that it works out by itself: give it, as by "
    .. "default = ryx.uuid7", key.meta.model_name, key.name)
end

return M
