-- SPDX-License-Identifier: MIT
-- ryx.Lower("name"), Count("posts", { distinct = true }): what a call of a function makes,
-- by its row in query/fn.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local q = require "ryx.query.expr.q"

local M = {}

local new, term_of, append = expr.new, intern.term, intern.append

-- One path or a list of them.
local function take_fields(v, row, i)
  local list, terms = v, {}
  if type(v) == "string" then list = { v } end
  if type(list) ~= "table" or expr.is_expr(list) or list[1] == nil then
    errors.raise("misuse", "%s: argument %d is the name of a field or a list of them, not %s", row.name, i,
      compat.show(v))
  end
  for k = 1, #list do
    if type(list[k]) ~= "string" then
      errors.raise("misuse", "%s: argument %d holds names of fields, not %s", row.name, i, compat.show(list[k]))
    end
    terms[k] = expr.F(list[k]).term
  end
  return term_of("fields", compat.unpack(terms))
end

local function take_argument(kind, v, row, i)
  if kind == "share" then
    if type(v) ~= "number" or not (v >= 0 and v <= 1) then
      errors.raise("misuse", "%s: argument %d is a number from 0 to 1, not %s", row.name, i, compat.show(v))
    end
    return v, nil
  end
  if kind == "const" then
    if type(v) ~= "string" and type(v) ~= "number" then
      errors.raise("misuse", "%s: argument %d is a text or a number of the query itself, not %s", row.name, i,
        compat.show(v))
    end
    return v, nil
  end
  if kind == "fields" then return take_fields(v, row, i) end
  local e = expr.of(v, kind == "value" and "value" or nil)
  return e.term, e.values
end

-- Which kind argument i has; "..." repeats the last one, "...2" the last two.
local function kind_at(row, i)
  local kinds = row.args or {}
  local n = #kinds
  local repeated = n > 0 and kinds[n]:match("^%.%.%.(%d*)$")
  if repeated and i >= n then
    local span = tonumber(repeated) or 1
    i = n - span + (i - n) % span
  end
  return kinds[i] and (kinds[i]:gsub("%?$", ""))
end

local function least(row)
  local n = 0
  for i, kind in ipairs(row.args or {}) do
    if not kind:find("^%.%.%.") and kind:sub(-1) ~= "?" then n = i end
  end
  return n
end

-- How many arguments there are: a nil at the end is an optional one that is not given. The
-- first one, or one of a list, is a value that got lost, and is told.
local function count(row, args, n)
  local kinds = row.args or {}
  local last = kinds[#kinds]
  local from = last and last:find("^%.%.%.") and math.huge or math.max(least(row), math.min(#kinds, 1))
  while n > from and args[n] == nil do n = n - 1 end
  return n
end

local function is_options(v)
  return type(v) == "table" and getmetatable(v) == nil
end

---@class ryx.AggregateOptions
---@field distinct? boolean
---@field filter? ryx.Condition which rows count
---@field order_by? string|ryx.Expr|(string|ryx.Expr)[] of StringAgg, ArrayAgg and JSONAgg
---@field default? ryx.ValueOrExpr in place of NULL
local AGGREGATE_OPTIONS = { distinct = true, filter = true, order_by = true, default = true }

local function option_names(row)
  local names = {}
  for name in pairs(row.options or {}) do names[name] = true end
  if row.kind == "aggregate" then
    for name in pairs(AGGREGATE_OPTIONS) do names[name] = true end
  end
  return names
end

-- distinct, filter, order_by and default of an aggregate, in that order.
local function aggregate_parts(row, options, values)
  local filter, order, default = false, false, false
  if options.filter ~= nil then
    local passes = q.of(row.name .. ": filter", options.filter)
    filter = passes.term
    append(values, passes.values)
  end
  if options.order_by ~= nil then
    local list
    order, list = expr.order_parts(options.order_by, row.name .. ": order_by")
    append(values, list)
  end
  if options.default ~= nil then
    local e = expr.of(options.default, "value")
    default = e.term
    append(values, e.values)
  end
  return options.distinct and true or false, filter, order, default
end

-- Options of the row itself are constants of the query.
local function own_options(row, options)
  local out = {}
  for _, name in ipairs(compat.sorted_keys(row.options or {})) do
    local v = options[name]
    if v ~= nil then
      if type(v) == "table" then errors.raise("misuse", "%s: %s is a plain value", row.name, name) end
      out[#out + 1] = name
      out[#out + 1] = v
    end
  end
  return term_of("options", compat.unpack(out))
end

local OPS = { ["function"] = "function", window = "window_function" }

--- A function that makes the expression of a row: args, then options.
function M.constructor(row)
  return function(...)
    local args, options = { ... }, {}
    local n = count(row, args, select("#", ...))
    local known = option_names(row)
    if n > 0 and is_options(args[n]) and (next(known) ~= nil) then
      options = args[n]
      args[n] = nil
      n = n - 1
    end
    errors.check_options(options, known, row.name)
    if n < least(row) then errors.raise("misuse", "%s needs %d arguments, not %d", row.name, least(row), n) end
    local terms, values = {}, {}
    for i = 1, n do
      local kind = kind_at(row, i)
      if not kind then errors.raise("misuse", "%s takes at most %d arguments", row.name, i - 1) end
      if args[i] == nil then errors.raise("misuse", "%s: argument %d is nil", row.name, i) end
      local list
      terms[i], list = take_argument(kind, args[i], row, i)
      if list then append(values, list) end
    end
    local own = own_options(row, options)
    local arguments = term_of("list", compat.unpack(terms))
    if row.kind ~= "aggregate" then
      local e = new(term_of(OPS[row.kind], row.name, arguments, own), values)
      return row.is_condition and q.as_q(e) or e
    end
    return new(term_of("aggregate", row.name, arguments, own, aggregate_parts(row, options, values)), values)
  end
end

return M
