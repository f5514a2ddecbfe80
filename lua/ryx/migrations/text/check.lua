-- SPDX-License-Identifier: MIT
-- The condition of a Constraint as SQL text: plain comparisons of a model's own
-- fields with values, written as their columns hold them, and with each other.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local naming = require "ryx.naming"
local resolve = require "ryx.query.resolve"
local value_of = require "ryx.value"

local M = {}

local OPERATOR = { exact = "=", gt = ">", gte = ">=", lt = "<", lte = "<=" }

-- A value of Lua as a literal, or nil.
local function literal(dialect, v)
  if type(v) == "boolean" then return dialect.booleans[v] end
  if type(v) == "number" and v == v and v ~= math.huge and v ~= -math.huge then
    -- A large number of Lua's may be whole and no integer of any database.
    return compat.is_integer(v) and math.abs(v) < 2^63 and ("%d"):format(v) or ("%.17g"):format(v)
  end
  if type(v) == "string" and not v:find("%z") then
    if dialect.literal_text then return (dialect.literal_text(v)) end
    return "'" .. v:gsub("'", "''") .. "'"
  end
  return nil
end

-- Values of dates as every database reads them and SQLite holds them.
local FORMAT = { date = "%Y-%m-%d", time = "%H:%M:%S.%f", datetime = "%Y-%m-%d %H:%M:%S.%f" }
FORMAT.datetimetz = FORMAT.datetime

local WRITE = {
  decimal = function(dialect, v) return dialect.decimal_literal(v) end,
  duration = function(dialect, v)
    return literal(dialect, (v.days * 86400 + v.seconds) * 1000000 + v.microseconds)
  end,
}
for kind, format in pairs(FORMAT) do
  WRITE[kind] = function(dialect, v) return literal(dialect, v:format(format)) end
end

--- A value of the user's as a literal for definitions: text, or nil where there is none.
function M.value_literal(dialect, v)
  return (WRITE[value_of.kind(v)] or literal)(dialect, v)
end

--- A value of a field as its column holds it, as a literal for definitions: text, or nil
--- where there is none, and why when the field refuses it.
function M.literal(dialect, f, v)
  local value, problem = f:to_column(v)
  if problem then return nil, problem end
  return (WRITE[value_of.kind(value)] or literal)(dialect, value)
end

-- Documents as their text; lists where they are kept as such text.
local function document(dialect, v) return literal(dialect, value_of.json.encode(v)) end
local BY_TYPE = {
  json = document,
  array = function(dialect, v, f)
    if not dialect.list_literal then return document(dialect, v) end
    return dialect.list_literal(v, f, function(item) return M.literal(dialect, f.base, item) end)
  end,
  bytes = function(dialect, v)
    local hex = v:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    return (dialect.bytes_literal or "x'%s'"):format(hex)
  end,
}

--- The same for a default, of values that no check compares, too.
function M.any_literal(dialect, f, v)
  local write = BY_TYPE[f.type]
  if write then return write(dialect, (f:to_column(v)), f) end
  return M.literal(dialect, f, v)
end

local function refuse(ctx, term)
  errors.raise("unsupported", "%s: a check compares fields with values or with each other; give SQL text for %s",
    ctx.meta.model_name, tostring(term[1]))
end

-- Names behind the field that change nothing: a lookup, the key of a relation.
local PLAIN = { pk = true, id = true, isnull = true, ["in"] = true, range = true }
for lookup in pairs(OPERATOR) do PLAIN[lookup] = true end

local function is_plain(path)
  local parts = naming.split(path)
  for i = 2, #parts do
    if not PLAIN[parts[i]] then return false end
  end
  return true
end

-- The field of a node that is a column of the model itself, or nil.
local function own_field(ctx, node)
  if node and node.op == "column" and node.source == ctx.build.root then return ctx.meta.by_column[node.column] end
end

local function value_text(ctx, f, v, term)
  local text, problem = M.literal(ctx.dialect, f, v)
  if problem then errors.raise("misuse", "%s: a check on %s: %s", ctx.meta.model_name, f.name, problem) end
  return text or refuse(ctx, term)
end

-- The text of a column as it is compared.
local function operand(ctx, f)
  return ctx.quote(f.column) .. (f.type == "decimal" and ctx.dialect.decimal_order or "")
end

local function compare(ctx, pred, f, texts, term)
  local left = operand(ctx, f)
  if OPERATOR[pred.lookup] and #texts == 1 then return left .. " " .. OPERATOR[pred.lookup] .. " " .. texts[1] end
  if ir.IN[pred.lookup] and texts[1] then return left .. " IN (" .. table.concat(texts, ", ") .. ")" end
  if pred.lookup == "range" and #texts == 2 then return left .. " BETWEEN " .. texts[1] .. " AND " .. texts[2] end
  return refuse(ctx, term)
end

local function with_values(ctx, pred, f, term, v)
  local list, texts = type(v) == "table" and not value_of.is_instance(v) and v or { v }, {}
  for i, item in ipairs(list) do texts[i] = value_text(ctx, f, item, term) end
  return compare(ctx, pred, f, texts, term)
end

-- A leaf has its class at 2; only values of Lua stand in the list of values.
local function leaf(ctx, term)
  local is_expression = type(term[3]) == "table"
  local v
  if not is_expression then
    ctx.i = ctx.i + 1
    v = ctx.values[ctx.i]
  end
  local pred = resolve.new(ctx.build, 0):condition(term)
  local f = pred.op == "lookup" and is_plain(term[1]) and own_field(ctx, pred.left) or refuse(ctx, term)
  if pred.lookup == "isnull" then return ctx.quote(f.column) .. " IS NULL" end
  if pred.lookup == "notnull" then return ctx.quote(f.column) .. " IS NOT NULL" end
  if not is_expression then return with_values(ctx, pred, f, term, v) end
  local other = own_field(ctx, pred[1])
  if not other or other.type ~= f.type then refuse(ctx, term) end
  return compare(ctx, pred, f, { ctx.quote(other.column) }, term)
end

local function write(ctx, s)
  if s.op == "leaf" then return leaf(ctx, s) end
  if s.op == "not" then return "NOT (" .. write(ctx, s[1]) .. ")" end
  if s.op ~= "and" and s.op ~= "or" then
    errors.raise("unsupported", "%s: a check joins plain comparisons; give SQL text", ctx.meta.model_name)
  end
  local a = write(ctx, s[1])
  local b = write(ctx, s[2])
  return "(" .. a .. (s.op == "and" and " AND " or " OR ") .. b .. ")"
end

--- The text of a constraint's check.
function M.sql(meta, dialect, quote, check)
  if type(check) == "string" then return check end
  if type(check) ~= "table" or not check.term then
    errors.raise("misuse", "%s: check is a Q or SQL text, not %s", meta.model_name, compat.show(check))
  end
  local ctx = { meta = meta, dialect = dialect, quote = quote, values = check.values, i = 0, build = builder.new(meta) }
  return write(ctx, check.term)
end

return M
