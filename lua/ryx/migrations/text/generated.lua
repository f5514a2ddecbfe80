-- SPDX-License-Identifier: MIT
-- The expression of a generated column as SQL text: what a query writes for it, with its values as
-- literals, since definitions hold no parameters.
local assignment = require "ryx.query.write.assignment"
local builder = require "ryx.query.select.builder"
local check = require "ryx.migrations.text.check"
local compat = require "ryx.compat"
local db_default = require "ryx.query.write.db_default"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local field = require("ryx.field").constructors
local ir = require "ryx.query.ir"
local resolve = require "ryx.query.resolve"
local run = require "ryx.db.run"
local value_of = require "ryx.value"
require "ryx.field.text"
require "ryx.field.time"

local M = {}

local NAME = "ryx_value"

--- "Post.total", for messages.
function M.label(f)
  return f.meta.model_name .. "." .. f.name
end

local function raw(param, text)
  return { op = "raw", type = param.type, elem = param.elem, null = false, pieces = { text } }
end

-- Values are in the form in which columns hold them, which a definition is not told of otherwise.
local FORMS = {
  date = field.DateField(), time = field.TimeField(), datetime = field.DateTimeField(), uuid = field.UUIDField(),
  datetimetz = field.DateTimeField{ tz = true }, duration = field.DurationField(),
}

local function in_form(f, param, v)
  if param.type == "decimal" then return value_of.decimal(v) end
  if param.type == "double" then return tonumber(v) or v end
  local form = FORMS[param.type]
  if not form then return v end
  local value, problem = form:to_column(v)
  if problem then
    errors.raise("misuse", "%s: %s is no value that its expression compares with: %s", M.label(f), compat.show(v),
      problem)
  end
  return value
end

-- A value of the user's as part of the text.
local function literal(ctx, f, param, given)
  local v = in_form(f, param, given)
  local class = value_of.class_of(v)
  if class == "int" then return raw(param, type(v) == "number" and ("%d"):format(v) or compat.keyof(v)) end
  if class == "yes" or class == "no" then return ir.condition{ op = class == "yes" and "true" or "false" } end
  if class == "double" then
    local text = ("%.17g"):format(v)
    return raw(param, text:find("[.eE]") and text or text .. "e0")
  end
  if class == "string" and param.type == "int" and v:find("^%-?%d+$") then return raw(param, v) end
  if class == "string" then
    local write = ctx.dialect.generated_text
    if write then return raw(param, write(v)) end
    local node = ir.text(v)
    node.type, node.elem = param.type, param.elem
    return node
  end
  local text = class ~= "object" and check.value_literal(ctx.dialect, v)
  if not text then
    errors.raise("unsupported", "%s: a %s cannot stand in a definition; write it into ryx.Raw", M.label(f), class)
  end
  return raw(param, text)
end

-- A condition about a list: each value stands for itself.
local function spread(params)
  return function(node)
    local param = node.op == "lookup" and ir.IN[node.lookup] and node[1]
    if not param or param.op ~= "param" then return node end
    local out = { op = "or" }
    for i, v in ipairs(params[param.number + 1]) do
      local one = { op = "param", value = v, type = node.left.type, elem = node.left.elem }
      out[i] = ir.lookup("exact", ir.copy(node.left), one)
    end
    if not out[1] then return { op = "false" } end
    return out[2] and out or out[1]
  end
end

local function with_literals(ctx, f, node, params)
  local function make(param)
    local v = param.value
    if v == nil then v = params[param.number + 1] end
    return literal(ctx, f, param, v)
  end
  return db_default.with_literals(node, make, spread(params))
end

local function check_node(f, node, b)
  if #b.sources > 1 then
    errors.raise("misuse", "%s: a generated column is worked out of the columns of its own row: its expression leads "
      .. "to the rows of another table", M.label(f))
  end
  return node
end

--- The text of the expression of a generated field.
function M.text(ctx, f)
  local meta, e = f.meta, expr.of(f.expression, "value")
  local b = builder.new(meta)
  local resolver = resolve.new(b, 0)
  local node, params, n = resolver:resolve(e.term), {}, 0
  for i, bind in ipairs(resolver.binders) do n = bind(params, n, e.values[i]) end
  node = with_literals(ctx, f, check_node(f, node, b), params)
  if node.op ~= "raw" then node = assignment.fit(f, node) end -- who writes SQL says what it is
  local query = { sources = { b.root }, outputs = { { expr = node, name = NAME } } }
  local sql = run.sql(run.plan(ctx.alias, encode.select(query), "select", meta))
  local of = ctx.name_of{ name = meta.table_name, schema = meta.schema }
  local alias = meta.schema and " AS " .. ctx.quote(meta.table_name) or ""
  local from = (" AS %s FROM %s%s"):format(ctx.quote(NAME), of, alias)
  return sql:sub(#"SELECT " + 1, -#from - 1)
end

return M
