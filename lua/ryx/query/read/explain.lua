-- SPDX-License-Identifier: MIT
-- qs:explain: how the database finds the rows of a queryset.
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local query_bounds = require "ryx.query.ir.bounds"
local run = require "ryx.db.run"

local methods = {}

local function compile_explain(node, alias, bounds, analyze)
  local b = query.build(node, alias)
  if analyze and b:is_write() then
    errors.raise("misuse", "%s: explain{ analyze = true } would run a CTE that writes", node.meta.model_name)
  end
  local rows = query.query(b, node, "all", bounds)
  return run.plan(alias, encode.explain(rows, analyze, node.n + query_bounds.count(bounds)), "explain", node.meta)
end

-- A row of a plan: the one text it has, or every column by name.
local function plan_line(row)
  local names = compat.sorted_keys(row)
  if #names == 1 then return (tostring(row[names[1]]):gsub("%s+$", "")) end
  if type(row.detail) == "string" then return row.detail end
  local parts = {}
  for i, name in ipairs(names) do parts[i] = name .. "=" .. tostring(compat.keyof(row[name])) end
  return table.concat(parts, " ")
end

local OPTIONS = { analyze = true }

--- How the database finds the rows of all(), as text; explain{ analyze = true } runs the
--- query and says what that took.  print(qs:explain())
---@param options? { analyze?: boolean }
---@return string
function methods:explain(options)
  options = options or {}
  errors.check_options(options, OPTIONS, "explain")
  if self.node.is_none then return "no query: none() has no rows" end
  local alias, bounds = plans.read_alias(self), query_bounds.of(self)
  local name = "explain " .. bounds .. (options.analyze and " analyze" or "")
  local plan = plans.plan(self.node, alias, name, compile_explain, bounds, options.analyze)
  local params, n = plans.params(self)
  local lines = {}
  local found = run.dicts(plan, self.tx or run.current_tx(alias), compat.unpack(params, 1, n))
  for i, row in ipairs(found) do lines[i] = plan_line(row) end
  return table.concat(lines, "\n")
end

return { methods = methods }
