-- SPDX-License-Identifier: MIT
-- Rows for which p holds and rows for which it does not are all rows, each once:
-- on every database, whatever p is. To-many paths multiply, so there keys count
-- once (distinct).
local compat = require "ryx.compat"
local keys = require "differential.keys"
local literal = require "differential.literal"
local oracle = require "differential.oracle"
local translate = require "differential.translate"
local where = require "differential.generate_where"

local M = {}

-- The key of a row as text; write gives that of one value.
local function text_of(model, row, write)
  local out = {}
  for i, f in ipairs(keys.fields(model)) do out[i] = write(f.type, row[f.name]) end
  return table.concat(out, ", ")
end

local function count_keys(sides, model, query, alias, seen)
  local source = translate.query(sides.world, query)
  local rows = assert(compat.load("local alias = ... return " .. source, "=ternary", sides.env))(alias):all()
  for _, row in ipairs(rows) do
    local key = text_of(model, row, sides.read)
    seen[key] = (seen[key] or 0) + 1
  end
end

local function check(sides, model, q, alias)
  local seen = {}
  local distinct = #oracle.q_prefixes(model, q, {}) > 0
  for _, form in ipairs{ q, { "not", q } } do
    local query = { model = model.name, ops = { { "filter", form } }, terminal = "all" }
    if distinct then query.ops[2] = { "distinct" } end
    count_keys(sides, model, query, alias, seen)
  end
  for _, row in ipairs(model.rows) do
    local key = text_of(model, row, literal.own)
    if seen[key] ~= 1 then
      return ("%s: row %s is there %d times for\n%s"):format(alias, key, seen[key] or 0,
        translate.query(sides.world, { model = model.name, ops = { { "filter", q } }, terminal = "all" }))
    end
  end
end

--- Checks a random Q on every alias; reports what fails.
function M.check(sides, r, on, size, report)
  local g = { r = r, world = sides.world, on = on, named = {}, without_nul = true }
  local model = r:pick(sides.world.models)
  -- Several conditions that share the join of a to-many path hold of one row
  -- together, their negations of any: only a lone one has a complement there.
  local many = r:chance(30)
  local q = where.q(g, model, many and 1 or size, { reach = many and "any" or "forward", plain = true })
  for _, alias in ipairs(sides.aliases) do
    local ok, problem = pcall(check, sides, model, q, alias)
    if not ok or problem then report(false, "p and not p are all rows", tostring(problem)) end
  end
end

return M
