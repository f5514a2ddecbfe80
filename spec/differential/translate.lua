-- SPDX-License-Identifier: MIT
-- Queries as the Lua a user types: the text that is run is the text that is printed.
-- Spelling differs at random where several spellings mean the same.
local literal = require "differential.literal"
local regex = require "differential.regex"

local M = {}

local NULL = require("differential.world").NULL

local quoted = literal.quoted
local START = "models.%s.objects:using(alias)"

local expression, condition, queryset

local function map(list, fn, between)
  local out = {}
  for i, v in ipairs(list) do out[i] = fn(v) end
  return table.concat(out, between or ", ")
end

local function spelled(names, spell)
  return names[(spell or 0) % #names + 1]
end

-- A path as text: relations, then a field; a key at the end has several names.
local function path_of(model, e)
  local parts = {}
  for i, name in ipairs(e.path) do
    local step = model.steps[name]
    parts[i] = spelled(step.spell, e.spell)
    model = step.to
  end
  local field = model.by_field[e.name]
  if field.relation then
    local name = field.relation.name
    parts[#parts + 1] = spelled({ name .. "_id", name, name .. "__id", name .. "__pk" }, e.spell)
  elseif field.key then
    -- A relation at the end of a path means its key.
    local name = e.count and "" or spelled(#parts > 0 and { "id", "pk", "" } or { "id", "pk" }, e.spell)
    if name ~= "" then parts[#parts + 1] = name end
  else
    parts[#parts + 1] = e.name
  end
  return table.concat(parts, "__")
end

local function name_of(model, e)
  if e.k == "named" then return e.name end
  return path_of(model, e)
end

local function is_path(e)
  return e.k == "field" or e.k == "named"
end

-- Where text is read as a path, a path may stand as text.
local function argument(model)
  return function(e)
    if is_path(e) then return quoted(name_of(model, e)) end
    return expression(model, e)
  end
end

-- Where a value is read, a value may stand as it is.
local function result(model, e)
  if e.k == "value" then return literal.source(e.t, e.v, e.scale) end
  return expression(model, e)
end

local function args_of(model, e)
  local out = {}
  for i, arg in ipairs(e.args) do
    -- Behind the first argument a text may be a path or a value, so neither is plain.
    if arg.k == "value" and (arg.plain or arg.t ~= "char" and arg.t ~= "text") then
      out[i] = literal.source(arg.t, arg.v, arg.scale)
    else
      out[i] = i == 1 and argument(model)(arg) or expression(model, arg)
    end
  end
  return table.concat(out, ", ")
end

local order_key

local function aggregate_source(model, e)
  local options = {}
  if e.distinct then options[#options + 1] = "distinct = true" end
  if e.filter then options[#options + 1] = "filter = " .. condition(model, e.filter) end
  if e.order_by then
    options[#options + 1] = ("order_by = { %s }"):format(map(e.order_by, function(k) return order_key(model, k) end))
  end
  if e.default ~= nil then options[#options + 1] = "default = " .. literal.source(e.t, e.default, e.scale) end
  local arg = e.arg == "*" and "" or argument(model)(e.arg)
  if e.share then arg = arg .. ", " .. e.share / 100 end
  if e.separator then arg = arg .. ", " .. quoted(e.separator) end
  if #options == 0 then return ("ryx.%s(%s)"):format(e.fn, arg) end
  if arg == "" then arg = '"*"' end
  return ("ryx.%s(%s, { %s })"):format(e.fn, arg, table.concat(options, ", "))
end

function order_key(model, key)
  if is_path(key.e) and not key.nulls then return quoted((key.desc and "-" or "") .. name_of(model, key.e)) end
  local options = key.nulls and ("{ nulls = %q }"):format(key.nulls) or ""
  return ("%s:%s(%s)"):format(expression(model, key.e), key.desc and "desc" or "asc", options)
end

local function window_source(model, e)
  local inner = e.arg and argument(model)(e.arg) or ""
  if e.n then inner = (inner ~= "" and inner .. ", " or "") .. e.n end
  if e.default ~= nil then inner = inner .. ", " .. literal.source(e.t, e.default, e.scale) end
  local options = {}
  if #e.partition_by > 0 then
    options[#options + 1] = ("partition_by = { %s }"):format(map(e.partition_by, argument(model)))
  end
  if #e.order_by > 0 then
    options[#options + 1] = ("order_by = { %s }"):format(map(e.order_by, function(k) return order_key(model, k) end))
  end
  if e.frame then
    options[#options + 1] = ("frame = { rows = { %s, %s } }"):format(e.frame[1] or "ryx.null",
      e.frame[2] or "ryx.null")
  end
  return ("ryx.Window(ryx.%s(%s), { %s })"):format(e.fn, inner, table.concat(options, ", "))
end

local SOURCE = {
  field = function(model, e) return "F" .. quoted(path_of(model, e)) end,
  named = function(_, e) return "F" .. quoted(e.name) end,
  outer = function(model, e) return ("ryx.OuterRef(%s)"):format(quoted(path_of(model.world.by_name[e.model],
    e.of))) end,
  exists = function(model, e) return ("ryx.Exists(%s)"):format(queryset(model.world, e.query, START)) end,
  subquery = function(model, e) return ("ryx.Subquery(%s)"):format(queryset(model.world, e.query, START)) end,
  value = function(_, e) return ("ryx.Value(%s)"):format(literal.source(e.t, e.v, e.scale)) end,
  arith = function(model, e)
    local a, b = e.a, e.b
    -- One side must be an expression for its operator to be found.
    local plain = a.k == "value" and b.k ~= "value" and type(a.v) == "number" and a.t ~= "decimal"
      and a.t ~= "duration"
    local left = plain and result(model, a) or expression(model, a)
    return ("(%s %s %s)"):format(left, e.op, result(model, b))
  end,
  fn = function(model, e)
    if e.name == "Concat" and e.dots then
      return "(" .. map(e.args, function(a) return a == e.args[1] and expression(model, a)
        or result(model, a) end, " .. ") .. ")"
    end
    return ("ryx.%s(%s)"):format(e.name, args_of(model, e))
  end,
  trunc = function(model, e) return ("ryx.Trunc(%s, %q)"):format(argument(model)(e.arg), e.unit) end,
  part = function(model, e) return ("ryx.Extract(%s, %q)"):format(argument(model)(e.arg), e.part) end,
  case = function(model, e)
    local whens = map(e.whens, function(w)
      return ("ryx.When(%s, %s)"):format(condition(model, w[1]), result(model, w[2]))
    end)
    return ("ryx.Case{ %s%s }"):format(whens, e.default and ", default = " .. result(model, e.default) or "")
  end,
  agg = aggregate_source,
  window = window_source,
}

--- An expression as source.
function expression(model, e)
  return SOURCE[e.k](model, e)
end

local LIST = { ["in"] = true, range = true, has_any = true, has_all = true }

local function value_source(model, c)
  if c.rhs then return expression(model, c.rhs) end
  if c.query then return queryset(model.world, c.query, START) end
  local t = c.value_type or c.left.t
  if c.lookup == "isnull" then return tostring(c.value) end
  if c.lookup == "regex" or c.lookup == "iregex" then return quoted(regex.write(c.value)) end
  if LIST[c.lookup] then
    return "{ " .. map(c.value, function(v) return literal.source(t, v, c.scale or c.left.scale) end) .. " }"
  end
  if c.as_text and c.value ~= NULL then return literal.as_text(t, c.value) end
  return literal.source(t, c.value, c.scale or c.left.scale)
end

-- The key and the value of a condition.
local function pair_of(model, c)
  local parts = { name_of(model, c.left) }
  for _, part in ipairs(c.parts or {}) do parts[#parts + 1] = part end
  for i, step in ipairs(c.at or {}) do
    if i == 1 and c.left.spell and c.left.spell % 4 == 3 and type(step) ~= "number" then parts[#parts + 1] = "key" end
    parts[#parts + 1] = tostring(step)
  end
  local lookup = c.lookup == "json_contains" and "contains" or c.lookup
  if lookup ~= "exact" or c.written then parts[#parts + 1] = lookup end
  return quoted(table.concat(parts, "__")), value_source(model, c)
end

local function method_name(c)
  local lookup = c.lookup == "json_contains" and "contains" or c.lookup
  return lookup == "exact" and "eq" or lookup == "in" and "in_" or lookup
end

local SIGN = { ["and"] = "*", ["or"] = "+" }

--- A Q as source.
function condition(model, q)
  local op = q[1]
  if op == "not" then
    -- Two signs in a row would begin a comment.
    local inner = condition(model, q[2])
    return q[2][1] == "not" and "-(" .. inner .. ")" or "-" .. inner
  end
  if op == "exists" then return expression(model, { k = "exists", query = q.query }) end
  if SIGN[op] then return ("(%s %s %s)"):format(condition(model, q[2]), SIGN[op], condition(model, q[3])) end
  if not is_path(q.left) or q.method then
    return ("%s:%s(%s)"):format(expression(model, q.left), method_name(q), value_source(model, q))
  end
  local key, value = pair_of(model, q)
  if q.as_table then return ("Q{ [%s] = %s }"):format(key, value) end
  return ("Q(%s, %s)"):format(key, value)
end

-- A conjunction of plain conditions with different keys as the pairs of a table.
local function pairs_of(model, q, into, keys)
  if q[1] == "and" then return pairs_of(model, q[2], into, keys) and pairs_of(model, q[3], into, keys) end
  if q[1] ~= "cond" or not is_path(q.left) or q.method then return false end
  local key, value = pair_of(model, q)
  if keys[key] then return false end
  keys[key] = true
  into[#into + 1] = ("[%s] = %s"):format(key, value)
  return true
end

local function filter(model, op)
  local list = {}
  if op.as_table and pairs_of(model, op[2], list, {}) then
    return ("%s{ %s }"):format(op[1], table.concat(list, ", "))
  end
  return ("%s(%s)"):format(op[1], condition(model, op[2]))
end

local function columns(list)
  return map(list, function(c) return quoted(c[1]) end)
end

local OPS = {
  filter = filter,
  exclude = filter,
  annotate = function(model, op) return ("%s{ [%q] = %s }"):format(op[1], op[2], expression(model, op[3])) end,
  values = function(_, op) return ("values(%s)"):format(columns(op[2])) end,
  values_list = function(_, op)
    return ("values_list(%s%s)"):format(columns(op[2]), op[3] and ", { flat = true }" or "")
  end,
  order_by = function(model, op)
    return ("order_by(%s)"):format(map(op[2], function(key) return order_key(model, key) end))
  end,
  distinct_on = function(_, op) return ("distinct(%s)"):format(columns(op[2])) end,
  distinct = function() return "distinct()" end,
  reverse = function() return "reverse()" end,
  limit = function(_, op) return ("limit(%d)"):format(op[2]) end,
  offset = function(_, op) return ("offset(%d)"):format(op[2]) end,
  slice = function(_, op) return op[3] and ("slice(%d, %d)"):format(op[2], op[3]) or ("slice(%d)"):format(op[2]) end,
}
OPS.alias = OPS.annotate

local function single(world, query, start)
  local model = world.by_name[query.model]
  local out = { start:format(query.model) }
  for _, op in ipairs(query.ops) do
    if op[1] ~= "cut" then out[#out + 1] = OPS[op[1]](model, op) end
  end
  return table.concat(out, "\n    :")
end

local SET_CALL = {
  union = "union(%s)", union_all = "union(%s, { all = true })", intersection = "intersection(%s)",
  difference = "difference(%s)",
}

--- The queryset of a query as source.
function queryset(world, query, start)
  if not query.set then return single(world, query, start) end
  local out = single(world, query.parts[1], start)
  for i = 2, #query.parts do
    out = out .. "\n    :" .. SET_CALL[query.set]:format(single(world, query.parts[i], start))
  end
  if query.order_by then
    local first = query.parts[1].ops
    local list = first[#first][2]
    out = out .. ("\n    :order_by(%s)"):format(map(query.order_by, function(key)
      return quoted((key.desc and "-" or "") .. list[key.e.column][1])
    end))
    if query.limit then out = out .. ("\n    :limit(%d)"):format(query.limit) end
  end
  return out
end

--- A query as source: a queryset, and what is asked of it (nil: its rows).
function M.query(world, query)
  local source = queryset(world, query, START)
  local terminal, call = query.terminal
  if type(terminal) == "table" then
    local model = world.by_name[query.model]
    local aggs = {}
    for i, a in ipairs(terminal[2]) do aggs[i] = ("[%q] = %s"):format(a[1], expression(model, a[2])) end
    call = ("aggregate{ %s }"):format(table.concat(aggs, ", "))
  else
    call = terminal .. "()"
  end
  return source, call
end

M.path_of = path_of

return M
