-- SPDX-License-Identifier: MIT
-- aggregate(): values over all rows of a queryset.
local annotate = require "ryx.query.clause.annotate"
local build = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local describe = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local fetch = require "ryx.query.read.fetch"
local finish = require "ryx.query.select.finalize"
local ir = require "ryx.query.ir"
local resolve = require "ryx.query.resolve"
local run = require "ryx.db.run"

local M = {}

local unpack = compat.unpack

local function compile(node, alias, has, names, shapes)
  local b = fetch.aggregable(node, has)
  b.whole = true
  local n_bounds = (has % 2) + (has >= 2 and 1 or 0)
  local state = resolve.state(b, node.n + n_bounds)
  state.may_aggregate = true
  local outputs = {}
  for i, name in ipairs(names) do
    build.check_word(node.meta, name, "aggregate")
    local made = state:resolve(shapes[i])
    if not ir.has(made, "aggregate") and made.op ~= "apart" then
      errors.raise("field_error", "%s.aggregate: %s is no aggregate", node.meta.model_name, name)
    end
    if made.op == "apart" then made = finish.apart(made, {}) end
    outputs[i] = { expr = made, name = name }
    b.annotations[name] = nil
  end
  local query = finish.select(b, { outputs = outputs, ctes = b.ctes })
  local plan = run.plan(alias, describe.select(query, state.n), "select", node.meta, { kind = "dict", keys = names })
  plan.takes = state.takes
  return plan
end

-- COUNT of nothing is 0, everything else NULL.
local function of_nothing(shapes, names)
  local out = {}
  for i, s in ipairs(shapes) do
    if s.op == "aggregate" and s[1] == "Count" then out[names[i]] = 0 end
  end
  return out
end

--- Aggregates over all rows as a table; NULL is an absent key.
--- Post.objects:aggregate{ total = Sum("views"), n = Count("id") }  -> { total = 150, n = 5 }
function M.aggregate(qs, t)
  local names, shapes, values = annotate.pairs_of(t, "aggregate")
  local node = qs.node
  if node.is_none then return of_nothing(shapes, names) end
  local alias, has = fetch.alias(qs), fetch.bounds(qs)
  local parts = { "aggregate", has }
  for i, name in ipairs(names) do parts[#parts + 1] = name .. "#" .. shapes[i].id end
  local plan = fetch.plan(node, alias, table.concat(parts, " "), compile, has, names, shapes)
  local params, n = fetch.params(qs)
  params = { unpack(params, 1, n) }
  for i, take in ipairs(plan.takes) do n = take(params, n, values[i]) end
  return (run.row(plan, qs.tx or run.current_tx(alias), nil, unpack(params, 1, n)))
end

return M
