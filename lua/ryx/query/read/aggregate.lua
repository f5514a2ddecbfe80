-- SPDX-License-Identifier: MIT
-- qs:aggregate: values over all rows of a queryset.
local annotate = require "ryx.query.clause.annotate"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local custom = require "ryx.row.custom"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local grouped = require "ryx.query.select.grouped"
local ir = require "ryx.query.ir"
local lifter = require "ryx.query.select.lifter"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local query_bounds = require "ryx.query.ir.bounds"
local resolve = require "ryx.query.resolve"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"

local methods = {}

local unpack = compat.unpack

local function compile(node, alias, bounds, names, terms)
  local b = query.aggregable(node, bounds, alias)
  b.whole = true
  local resolver = resolve.new(b, node.n + query_bounds.count(bounds))
  resolver.may_aggregate = true
  local outputs = {}
  for i, name in ipairs(names) do
    builder.check_word(node.meta, name, "aggregate")
    local made = resolver:resolve(terms[i])
    if not ir.has(made, "aggregate") and made.op ~= "correlated" then
      errors.raise("field_error", "%s.aggregate: %s is no aggregate", node.meta.model_name, name)
    end
    grouped.check_whole(b, name, made)
    if made.op == "correlated" then made = lifter.correlated(made, {}) end
    outputs[i] = { expr = made, name = name }
    b.annotations[name] = nil
  end
  local bytes, tables = encode.select(finalize.select(b, { outputs = outputs, ctes = b.ctes }), resolver.n)
  local plan = run.plan(alias, bytes, "select", node.meta, { kind = "dict", keys = names })
  plan.binders, plan.writes, plan.tables = resolver.binders, b:is_write(), tables
  plan.custom = custom.keys(#names, function(i) return names[i], outputs[i].expr end)
  plan.converts = plan.custom ~= nil
  return plan
end

-- COUNT of nothing is 0, another aggregate NULL; nil where the database must say what is made
-- of them.
local function of_nothing(terms, names)
  local out = {}
  for i, s in ipairs(terms) do
    if s.op ~= "aggregate" or s[7] then return nil end
    if s[1] == "Count" then out[names[i]] = 0 end
  end
  return out
end

--- Aggregates over all rows as a table; NULL is an absent key.
--- Post.objects:aggregate{ total = Sum("views"), n = Count("id") }  -> { total = 150, n = 5 }
---@param expressions table<string, ryx.Expr>
---@return table<string, any>
function methods:aggregate(expressions)
  local node = queryset.node(self, "aggregate")
  local names, terms, values = annotate.pairs_of(expressions, "aggregate")
  local nothing = node.is_none and of_nothing(terms, names)
  if nothing then return nothing end
  local alias, bounds = plans.read_alias(self), query_bounds.of(self)
  local parts = { "aggregate", bounds }
  for i, name in ipairs(names) do parts[#parts + 1] = name .. "#" .. terms[i].id end
  local plan = plans.plan(node, alias, table.concat(parts, " "), compile, bounds, names, terms)
  local params, n = plans.params(self)
  params = { unpack(params, 1, n) }
  for i, binder in ipairs(plan.binders) do n = binder(params, n, values[i]) end
  local row = plans.row(self, plan, self.tx or run.current_tx(alias), nil, unpack(params, 1, n))
  if plan.custom and row then custom.row(plan.custom, row) end
  return row
end

return { methods = methods }
