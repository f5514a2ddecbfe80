-- SPDX-License-Identifier: MIT
-- Random conditions on keys of several fields.
local keys = require "differential.keys"
local world_of = require "differential.world"

local M = {}

local NULL = world_of.NULL

--- A model with such a key; nil when the world has none.
function M.model(g)
  local found = {}
  for _, model in ipairs(g.world.models) do
    if model.key then found[#found + 1] = model end
  end
  return #found > 0 and g.r:pick(found) or nil
end

--- The key of the model, or of one that a step of these leads to; nil when none has one.
function M.reached(g, model, steps)
  local found = {}
  if model.key then found[1] = keys.expression(model) end
  for _, name in ipairs(steps) do
    local to = model.steps[name].to
    if to.key then found[#found + 1] = keys.expression(to, { name }, g.r:int(0, 1)) end
  end
  return #found > 0 and g.r:pick(found) or nil
end

-- The number of a row, or of none.
local function number(g, e)
  return g.r:int(1, #g.world.by_name[e.owner].rows + 2)
end

local function numbers(g, e)
  local out = {}
  for i = 1, g.r:chance(2) and g.r:int(200, 1200) or g.r:pick{ 0, 1, 2, 3, 8 } do out[i] = number(g, e) end
  return out
end

--- A random condition on a whole key. plain: without a query.
function M.condition(g, model, e, plain)
  local r = g.r
  local c = { "cond", left = e, as_table = r:chance(30), written = r:chance(20) }
  c.lookup = r:weighted{ "exact", 4, "in", 5, "isnull", 1 }
  if c.lookup == "isnull" then c.value = r:chance(50)
  elseif c.lookup == "exact" then c.value = r:chance(6) and NULL or number(g, e)
  elseif not plain and g.on.subquery and r:chance(50) then
    c.query = g.nested.keys(g, g.world.by_name[e.owner], model)
  else c.value = numbers(g, e) end
  return c
end

return M
