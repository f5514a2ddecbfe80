-- SPDX-License-Identifier: MIT
-- How the database finds the rows of a queryset.
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local fetch = require "ryx.query.read.fetch"
local query_bounds = require "ryx.query.ir.bounds"
local run = require "ryx.db.run"

local M = {}

local function compile_explain(node, alias, bounds, analyze)
  local b = fetch.build(node)
  local description = encode.explain(fetch.query(b, node, "all", bounds), analyze, node.n + query_bounds.count(bounds))
  return run.plan(alias, description, "explain", node.meta)
end

-- A row of a plan: the one text it has, or every column by name.
local function plan_line(row)
  local names = compat.sorted_keys(row)
  if #names == 1 then return tostring(row[names[1]]) end
  if type(row.detail) == "string" then return row.detail end
  local parts = {}
  for i, name in ipairs(names) do parts[i] = name .. "=" .. tostring(compat.keyof(row[name])) end
  return table.concat(parts, " ")
end

local EXPLAIN = { analyze = true }

--- How the database finds the rows of all(), as text; with analyze it runs the query
--- and says what that took.
function M.explain(qs, options)
  options = options or {}
  errors.check_options(options, EXPLAIN, "explain")
  if qs.node.is_none then return "no query: none() has no rows" end
  local alias, bounds = fetch.alias(qs), query_bounds.of(qs)
  local name = "explain " .. bounds .. (options.analyze and " analyze" or "")
  local plan = fetch.plan(qs.node, alias, name, compile_explain, bounds, options.analyze)
  local params, n = fetch.params(qs)
  local lines = {}
  local found = run.dicts(plan, qs.tx or run.current_tx(alias), compat.unpack(params, 1, n))
  for i, row in ipairs(found) do lines[i] = plan_line(row) end
  return table.concat(lines, "\n")
end

return M
