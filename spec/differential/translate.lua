-- SPDX-License-Identifier: MIT
-- Queries as the Lua a user types: the text that is run is the text that is printed.
-- Spelling differs at random where several spellings mean the same.
local unpack = require("ryx.compat").unpack
local keys = require "differential.keys"
local literal = require "differential.literal"
local regex = require "differential.regex"

local M = {}

local world_of = require "differential.world"
local NULL = world_of.NULL

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
  -- A key of several fields; a relation at the end of a path means it too.
  if e.t == "key" then
    local name = spelled(#parts > 0 and { "pk", "" } or { "pk" }, e.spell)
    if name ~= "" then parts[#parts + 1] = name end
    return table.concat(parts, "__")
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

-- Keys of documents that a path can say.
local function path_at(e)
  local out = {}
  for i, step in ipairs(e.at or {}) do out[i] = "__" .. step end
  return table.concat(out)
end

local function name_of(model, e)
  if e.k == "named" then return e.name end
  return path_of(model, e) .. path_at(e)
end

local function is_path(e)
  return e.k == "field" and not e.called or e.k == "named"
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
  field = function(model, e)
    if not e.at then return "F" .. quoted(path_of(model, e)) end
    return ("F%s:at(%s)"):format(quoted(path_of(model, e)), map(e.at, function(step)
      return type(step) == "number" and tostring(step) or quoted(step)
    end))
  end,
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
    if e.func then
      return ("ryx.Func(%q, { %s }, { type = %q })"):format(e.func, args_of(model, e), e.t)
    end
    return ("ryx.%s(%s)"):format(e.name, args_of(model, e))
  end,
  raw = function(_, e) return ("ryx.Raw(%q, { %d }, { type = %q })"):format(e.sql, e.param, e.t) end,
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
  if t == "key" then
    local owner = model.world.by_name[c.left.owner]
    if c.lookup == "in" then return "{ " .. map(c.value, function(id) return keys.source(owner, id) end) .. " }" end
    return c.value == NULL and "ryx.null" or keys.source(owner, c.value)
  end
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
local function pairs_of(model, q, into, seen)
  if q[1] == "and" then return pairs_of(model, q[2], into, seen) and pairs_of(model, q[3], into, seen) end
  if q[1] ~= "cond" or not is_path(q.left) or q.method then return false end
  local key, value = pair_of(model, q)
  if seen[key] then return false end
  seen[key] = true
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

-- Names of what is selected; expressions by name stand behind them in a table.
local function columns(model, list, options)
  local names, named = {}, {}
  for _, c in ipairs(list) do
    if is_path(c[2]) and not c[2].at then
      names[#names + 1] = quoted(c[1])
    else
      named[#named + 1] = ("[%q] = %s"):format(c[1], expression(model, c[2]))
    end
  end
  named[#named + 1] = options
  if #named > 0 then names[#names + 1] = "{ " .. table.concat(named, ", ") .. " }" end
  return table.concat(names, ", ")
end

-- What a row of a query holds, as fields of a table.
local function on_source(model, hand)
  return map(hand.on, function(pair) return ("[%q] = %s"):format(pair[1], quoted(name_of(model, pair[2]))) end)
end

local function join_source(model, op)
  local hand = op[2]
  local inner = queryset(model.world, hand.query, START)
  local kind = hand.kind == "left" and ', kind = "left"' or ""
  if hand.cte then
    return ("with(ryx.CTE(%q, %s), { on = { %s }%s })"):format(hand.alias, inner, on_source(model, hand), kind)
  end
  local on = hand.on and (", on = { %s }"):format(on_source(model, hand)) or ""
  return ("join(%s, { alias = %q%s%s%s })"):format(inner, hand.alias, on, kind,
    hand.lateral and ", lateral = true" or "")
end

local OPS = {
  filter = filter,
  exclude = filter,
  -- Several names at once, when a later step joins this one.
  annotate = function(model, op)
    local out = {}
    for i, one in ipairs(op.together or { op }) do
      out[i] = ("[%q] = %s"):format(one[2], expression(model, one[3]))
    end
    return ("%s{ %s }"):format(op[1], table.concat(out, ", "))
  end,
  none = function() return "none()" end,
  tree = function(_, op)
    local tree = op[2]
    return ("%s{ field = %q%s%s }"):format(tree.up and "ancestors" or "descendants", (tree.key:gsub("_id$", "")),
      tree.max_depth and ", max_depth = " .. tree.max_depth or "", tree.without_self and ", include_self = false" or "")
  end,
  join = join_source,
  dates = function(model, op)
    return ("%s(%s, %q%s)"):format(op.as_date and "dates" or "datetimes", quoted(path_of(model, op[2])), op[3],
      op[4] and ', { order = "desc" }' or "")
  end,
  values = function(model, op) return ("values(%s)"):format(columns(model, op[2])) end,
  values_list = function(model, op)
    return ("values_list(%s)"):format(columns(model, op[2], op[3] and "flat = true" or nil))
  end,
  order_by = function(model, op)
    return ("order_by(%s)"):format(map(op[2], function(key) return order_key(model, key) end))
  end,
  distinct_on = function(model, op) return ("distinct(%s)"):format(columns(model, op[2])) end,
  distinct = function() return "distinct()" end,
  reverse = function() return "reverse()" end,
  limit = function(_, op) return ("limit(%d)"):format(op[2]) end,
  offset = function(_, op) return ("offset(%d)"):format(op[2]) end,
  slice = function(_, op) return op[3] and ("slice(%d, %d)"):format(op[2], op[3]) or ("slice(%d)"):format(op[2]) end,
}
OPS.alias = OPS.annotate

-- Annotations that are said in one call become one step, their names in the order of the
-- query; what they mean does not hang on it.
local function steps(ops)
  local out = {}
  for _, op in ipairs(ops) do
    local last = out[#out]
    if op.joined and last and last[1] == op[1] then
      local together = last.together or { last }
      last = { op[1], together = {} }
      for i, one in ipairs(together) do last.together[i] = one end
      table.insert(last.together, op.joined == "first" and 1 or #last.together + 1, op)
      out[#out] = last
    else
      out[#out + 1] = op
    end
  end
  return out
end

local source_of

local function single(world, query, start)
  local model = world_of.model_of(world, query)
  local out = { source_of(world, query, start) }
  for _, op in ipairs(steps(query.ops)) do
    if op[1] ~= "cut" then out[#out + 1] = OPS[op[1]](model, op) end
  end
  return table.concat(out, "\n    :")
end

local SET_CALL = {
  union = "union(%s)", union_all = "union(%s, { all = true })", intersection = "intersection(%s)",
  difference = "difference(%s)",
}

-- What a chain begins with: a model, other querysets, the rows of a CTE.
function source_of(world, query, start)
  if query.model then return start:format(query.model) end
  if query.cte then return ("ryx.CTE(%q, %s):rows()"):format(query.cte, single(world, query.body, start)) end
  local out = single(world, query.parts[1], start)
  for i = 2, #query.parts do
    out = out .. "\n    :" .. SET_CALL[query.set]:format(single(world, query.parts[i], start))
  end
  return out
end

--- The queryset of a query as source.
queryset = single

local function assigned(model, list)
  return map(list, function(pair) return ("[%q] = %s"):format(pair[1], result(model, pair[2])) end)
end

-- Without a condition or a limit a write must say that all is meant.
local function all_of(query)
  for _, op in ipairs(query.ops) do
    if op[1] == "filter" or op[1] == "exclude" or op[1] == "limit" then return "" end
  end
  return "_all"
end

local WRITE = {
  update = function(world, query)
    return ("update%s{ %s }"):format(all_of(query), assigned(world.by_name[query.model], query.terminal[2]))
  end,
  create_from = function(world, query)
    local model, fields, outputs = world.by_name[query.model], {}, {}
    for i, pair in ipairs(query.terminal[2]) do
      fields[i], outputs[i] = quoted(pair[1]), ("c%02d = %s"):format(i, expression(model, pair[2]))
    end
    return ("create_from(%s\n    :values{ %s }, { fields = { %s } })"):format(
      queryset(world, { model = query.model, ops = query.ops }, START), table.concat(outputs, ", "),
      table.concat(fields, ", "))
  end,
  delete = function(_, query) return ("delete%s()"):format(all_of(query)) end,
  bulk_update = function(world, query)
    local model, list = world.by_name[query.model], query.terminal[2]
    return ("bulk_update(edited(%s, { %s }), { %s })"):format(START:format(query.model), map(list, function(one)
      return ("{ %s, { %s } }"):format(keys.source(model, one[1]), assigned(model, one[2]))
    end), map(list[1][2], function(pair) return quoted(pair[1]) end))
  end,
  upsert = function(world, query)
    local _, id, list, names, sum, where = unpack(query.terminal, 1, 6)
    local model = world.by_name[query.model]
    local update = {}
    for i, name in ipairs(names) do update[i] = quoted(name) end
    if sum then update[#update + 1] = ("[%q] = F%q + ryx.New%q"):format(sum, sum, sum) end
    return ('upsert({ pk = %s, %s }, { unique_fields = { %s }, update_fields = { %s }%s })'):format(
      keys.source(model, id), assigned(model, list), keys.names(model), table.concat(update, ", "),
      where and ", update_where = " .. condition(model, where) or "")
  end,
}

--- A query as source: a queryset, and what is asked of it (nil: its rows).
function M.query(world, query)
  local terminal, call = query.terminal
  local source = terminal[1] == "create_from" and START:format(query.model) or queryset(world, query, START)
  if WRITE[terminal[1]] then
    call = WRITE[terminal[1]](world, query)
  elseif terminal[1] == "page" then
    call = ("paginate{ size = %d, after = after }"):format(terminal[2])
  elseif terminal[1] == "in_bulk" then
    local model = world.by_name[query.model]
    call = ("in_bulk{ %s }"):format(map(terminal[2], function(id) return keys.source(model, id) end))
  elseif type(terminal) == "table" then
    local model = world_of.model_of(world, query)
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
