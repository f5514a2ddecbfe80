-- SPDX-License-Identifier: MIT
-- The slow evaluator: what an expression and a condition say of one row. A
-- context is a base row with the rows joined to it so far:
--   { world, model, row, joins = { ["/posts/"] = row or NULL }, values = { annotation = value },
--     outer = the context around a sub-query }
local functions = require "differential.functions"
local json = require "differential.json"
local lookup = require "differential.lookup"
local time = require "differential.time"
local world_of = require "differential.world"

local M = {}

local NULL = world_of.NULL
M.NULL = NULL

--- A context of a base row without joins.
function M.context(world, model, row, outer)
  return { world = world, model = model, row = row, joins = {}, values = {}, outer = outer }
end

--- The same row with other joins or values.
local function derived(ctx, joins, values)
  return {
    world = ctx.world, model = ctx.model, row = ctx.row, joins = joins, values = values or ctx.values,
      outer = ctx.outer,
  }
end
M.derived = derived

-- The row a path of relations leads to; to-many steps must have been joined.
local function locate(ctx, path, last)
  local model, row, key = ctx.model, ctx.row, "/"
  for i = 1, last or #path do
    local step = model.steps[path[i]]
    key = key .. path[i] .. "/"
    local joined = ctx.joins[key]
    if joined == nil then
      assert(not step.many, "a to-many step without a join")
      joined = row ~= NULL and step.go(row)[1] or NULL
    end
    row, model = joined, step.to
  end
  return row
end

-- Every to-many prefix of a path, shorter ones first.
local function prefixes_of(model, path, into)
  local key = "/"
  for i, name in ipairs(path) do
    local step = model.steps[name]
    key = key .. name .. "/"
    if step.many and not into[key] then
      into[key] = true
      into[#into + 1] = { key = key, path = path, last = i, step = step }
    end
    model = step.to
  end
end

--- The to-many prefixes an expression walks over.
function M.prefixes(model, e, into)
  into = into or {}
  if e.k == "field" then prefixes_of(model, e.path, into) end
  for _, part in ipairs{ "a", "b", "arg", "default" } do
    if type(e[part]) == "table" and e[part].k then M.prefixes(model, e[part], into) end
  end
  for _, arg in ipairs(e.args or {}) do M.prefixes(model, arg, into) end
  for _, when in ipairs(e.whens or {}) do
    M.q_prefixes(model, when[1], into)
    M.prefixes(model, when[2], into)
  end
  return into
end

--- The to-many prefixes of the positive conditions of a Q.
function M.q_prefixes(model, q, into)
  if q[1] == "cond" then
    M.prefixes(model, q.left, into)
    if q.rhs then M.prefixes(model, q.rhs, into) end
  elseif q[1] == "and" or q[1] == "or" then
    M.q_prefixes(model, q[2], into)
    M.q_prefixes(model, q[3], into)
  end
  return into
end

--- The context once for every combination of rows along to-many prefixes; where
--- there is no row, once with NULL (a left join).
function M.expand(ctx, prefixes)
  local list = { ctx }
  for _, p in ipairs(prefixes) do
    local out = {}
    for _, c in ipairs(list) do
      if c.joins[p.key] ~= nil then
        out[#out + 1] = c
      else
        local parent = locate(c, p.path, p.last - 1)
        local rows = parent ~= NULL and p.step.go(parent) or {}
        for i = 1, math.max(#rows, 1) do
          local joins = { [p.key] = rows[i] or NULL }
          for k, v in pairs(c.joins) do joins[k] = v end
          out[#out + 1] = derived(c, joins)
        end
      end
    end
    list = out
  end
  return list
end

local eval

local EVAL = {
  field = function(e, ctx)
    local row = locate(ctx, e.path)
    if row == NULL then return NULL end
    local v = row[e.name]
    if not e.at or v == NULL then return v end
    v = json.at(v, e.at)
    if v == nil then return NULL end
    return v
  end,
  named = function(e, ctx)
    local v = ctx.values[e.name]
    assert(v ~= nil, "no annotation is called " .. e.name)
    return v
  end,
  value = function(e) return e.v end,
  raw = function(e) return 1 + e.param end,
  outer = function(e, ctx) return eval(e.of, ctx.outer) end,
  exists = function(e, ctx) return M.rows(ctx.world, e.query, ctx)[1] ~= nil end,
  -- The first value of the first row.
  subquery = function(e, ctx)
    local row = M.rows(ctx.world, e.query, ctx)[1]
    if row then return row[1] end
    return NULL
  end,
  arith = function(e, ctx) return functions.arithmetic(e, eval(e.a, ctx), eval(e.b, ctx)) end,
  fn = function(e, ctx)
    local args = {}
    for i, arg in ipairs(e.args) do args[i] = eval(arg, ctx) end
    return functions.call(e.name, args)
  end,
  trunc = function(e, ctx)
    local v = eval(e.arg, ctx)
    return v == NULL and NULL or time.truncate(e.unit, v)
  end,
  part = function(e, ctx)
    local v = eval(e.arg, ctx)
    return v == NULL and NULL or time.part(e.part, v)
  end,
  case = function(e, ctx)
    for _, when in ipairs(e.whens) do
      if M.holds(when[1], ctx) then return eval(when[2], ctx) end
    end
    if e.default then return eval(e.default, ctx) end
    return NULL
  end,
}

--- The value of an expression for a context.
function eval(e, ctx)
  return EVAL[e.k](e, ctx)
end
M.eval = eval

-- The value that a condition looks at: parts of times and paths in documents applied.
local function looked_at(c, ctx)
  local v = eval(c.left, ctx)
  for _, part in ipairs(c.parts or {}) do
    if v ~= NULL then v = time.part(part, v) end
  end
  if c.at and v ~= NULL then
    v = json.at(v, c.at)
    if v == nil then v = NULL end
  end
  return v
end

local function operand(c, ctx)
  if c.rhs then return eval(c.rhs, ctx) end
  if c.query and c.left.t == "key" then return M.keys(ctx.world, c.query, ctx) end
  if c.query then return M.column(ctx.world, c.query, ctx) end
  return c.value
end

local WHOLE_JSON = {
  exact = true, ["in"] = true, has_key = true, has_any = true, has_all = true, json_contains = true,
  contained_by = true,
}

-- Inside documents only values of the operand's own JSON type are compared.
local function in_document(c, v, operand_value)
  if WHOLE_JSON[c.lookup] then return v end
  local sample = c.lookup == "range" and operand_value[1] or operand_value
  if c.lookup == "regex" or c.lookup == "iregex" then sample = "" end
  return lookup.json_of_kind(v, sample)
end

-- Decimals of different scales side by side.
local function aligned(c, v, b)
  local from, to = functions.scale_of(c.left), functions.scale_of(c.rhs)
  return v * 10 ^ math.max(to - from, 0), b * 10 ^ math.max(from - to, 0)
end

local function test(c, ctx)
  local v = looked_at(c, ctx)
  if c.lookup == "isnull" then return (v == NULL) == c.value end
  local b = operand(c, ctx)
  if b == NULL then return c.lookup == "exact" and not c.rhs and v == NULL end
  if v == NULL then return false end
  if c.at then
    v = in_document(c, v, b)
    if v == nil then return false end
  end
  if c.rhs and c.left.t == "decimal" then v, b = aligned(c, v, b) end
  return lookup.holds(c.lookup, v, b, c.left.t)
end

-- Under NOT a condition stands alone: it holds if any row of its path does.
local function exists(c, ctx)
  local prefixes = M.prefixes(ctx.model, c.left)
  if c.rhs then M.prefixes(ctx.model, c.rhs, prefixes) end
  if #prefixes == 0 then return test(c, ctx) end
  for _, each in ipairs(M.expand(derived(ctx, {}), prefixes)) do
    if test(c, each) then return true end
  end
  return false
end

--- Two-valued: does a Q hold for a context?
function M.holds(q, ctx, negated)
  local op = q[1]
  if op == "cond" then return (negated and exists or test)(q, ctx) end
  if op == "exists" then return M.rows(ctx.world, q.query, ctx)[1] ~= nil end
  if op == "not" then return not M.holds(q[2], ctx, true) end
  if op == "and" then return M.holds(q[2], ctx, negated) and M.holds(q[3], ctx, negated) end
  return M.holds(q[2], ctx, negated) or M.holds(q[3], ctx, negated)
end

--- The contexts one filter call leaves: its positive conditions share the join of
--- a path, which is joined anew by every call. The first join of a path stays
--- known, for aggregates over the same path.
function M.filter(contexts, q)
  local out = {}
  for _, ctx in ipairs(contexts) do
    local prefixes = M.q_prefixes(ctx.model, q, {})
    for _, each in ipairs(M.expand(derived(ctx, {}), prefixes)) do
      if M.holds(q, each) then
        for k, v in pairs(ctx.joins) do each.joins[k] = v end
        out[#out + 1] = each
      end
    end
  end
  return out
end

return M
