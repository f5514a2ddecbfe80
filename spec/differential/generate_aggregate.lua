-- SPDX-License-Identifier: MIT
-- Random aggregates and windows.
local expr = require "differential.generate_expr"
local functions = require "differential.functions"
local keys = require "differential.keys"
local values = require "differential.values"
local where = require "differential.generate_where"

local M = {}

local SUMMED = where.set "int float decimal duration"
local AVERAGED = where.set "int float decimal"
local EXTREMES = where.SCALAR
local AGGREGATED = {
  Count = where.SCALAR, Sum = SUMMED, Avg = AVERAGED, Min = EXTREMES, Max = EXTREMES, BoolAnd = where.set "bool",
  BoolOr = where.set "bool", StringAgg = where.TEXTUAL, Median = SUMMED, Percentile = SUMMED, Mode = where.SCALAR,
}
local MEANS = where.set "Avg Median Percentile"
local UNDISTINCT = where.set "Median Percentile Mode"

--- A random aggregate over fields in reach, or over one given to-many path.
function M.random(g, model, opts)
  local r = g.r
  local function weight(name) return g.on["agg " .. name] and 1 or 0 end
  local name = r:weighted{
    "Count", 4, "Sum", 3, "Avg", 2, "Min", 2, "Max", 2, "BoolAnd", weight "BoolAnd", "BoolOr", weight "BoolOr",
    "StringAgg", weight "StringAgg", "Median", weight "Median", "Percentile", weight "Percentile",
    "Mode", 2 * weight "Mode",
  }
  local types = AGGREGATED[name]
  local e = { k = "agg", fn = name }
  if name == "Count" and not opts.path and r:chance(40) then
    e.arg = "*"
  else
    local owner = opts.owner or model
    local arg = where.field(g, owner, types, opts.path and "local" or opts.reach)
    if not opts.path and g.on.f and r:chance(20) and (name == "Sum" or MEANS[name]) then
      -- The places of a literal are not said, so a mean of decimals is of a column.
      arg = expr.expression(g, model, MEANS[name] and "int" or r:pick{ "int", "decimal" }, 1, opts)
      if arg.k == "value" or functions.scale_of(arg) > 2 then arg = nil end
    end
    if not arg then return { k = "agg", fn = "Count", arg = "*", t = "int" } end
    if opts.path then
      local path = {}
      for i, step in ipairs(opts.path) do path[i] = step end
      arg.path = path
      if name == "Count" and r:chance(60) then
        arg = keys.expression(owner, path)
        arg.count = true
      end
    elseif name == "Count" and model.key and r:chance(30) then
      arg = keys.expression(model)
    end
    e.arg = arg
    -- Different keys of several fields no database counts.
    e.distinct = not UNDISTINCT[name] and arg.t ~= "key" and r:chance(20) or nil
    if name == "Percentile" then e.share = r:pick{ 0, 5, 25, 33, 75, 90, 95, 100 } end
    if name == "StringAgg" then
      e.separator = r:pick{ ", ", "", "'", "é" }
      e.order_by = { { e = arg, desc = r:chance(40) or nil } }
    end
  end
  if name == "Count" then e.t = "int"
  elseif MEANS[name] then
    e.t = (e.arg.t == "decimal" or e.arg.t == "duration") and e.arg.t or "float"
    e.scale = e.t == "decimal" and 6 or nil
  else
    e.t, e.scale = e.arg.t, functions.scale_of(e.arg)
  end
  if e.t ~= "decimal" then e.scale = nil end
  if g.on["aggregate filter"] and r:chance(25) then
    e.filter = where.q(g, model, r:int(1, 2), { reach = "forward", plain = true })
  end
  if g.on["aggregate default"] and name ~= "Count" and r:chance(25) then
    local v = values.make(r, e.t)
    if e.t == "decimal" and e.scale ~= 2 then v = v * 10 ^ (e.scale - 2) end
    e.default = v
  end
  return e
end

local PARTITION = where.set "int bool char date"

local TOTAL = where.set "RowNumber Lag Lead FirstValue LastValue Ntile"
local RANKING = where.set "RowNumber Rank DenseRank Ntile"

local FRAMED = where.set "Sum Count Max FirstValue LastValue"

--- A random window.
function M.window(g, model)
  local r = g.r
  local name = r:pick{
    "RowNumber", "Rank", "DenseRank", "Lag", "Lead", "FirstValue", "LastValue", "Ntile", "Sum", "Count", "Max",
  }
  local w = { k = "window", fn = name, partition_by = {}, t = "int" }
  if r:chance(70) then w.partition_by[1] = where.field(g, model, PARTITION, "local") end
  local total = TOTAL[name]
  w.order_by = expr.order({ r = r, world = g.world, on = g.on }, model,
    { total = total or r:chance(30), reach = "local" })
  if (name == "Rank" or name == "DenseRank") and #w.order_by == 0 then
    w.order_by[1] = { e = where.field(g, model, where.ORDERED, "local") }
  end
  if name == "Sum" then w.arg = where.field(g, model, SUMMED, "local")
  elseif name == "Max" then w.arg = where.field(g, model, EXTREMES, "local")
  elseif not RANKING[name] then w.arg = where.field(g, model, where.SCALAR, "local") end
  if w.arg and name ~= "Count" then w.t, w.scale = w.arg.t, w.arg.t == "decimal" and 2 or nil end
  -- Rows of a frame are counted, so their order must be total.
  if FRAMED[name] and r:chance(40) then
    w.order_by = expr.order({ r = r, world = g.world, on = g.on }, model, { total = true, reach = "local" })
    local from = r:int(-3, 1)
    w.frame = { r:chance(70) and from, r:chance(70) and from + r:int(0, 3) }
  end
  if name == "Ntile" then w.n = r:int(1, 4) end
  if name == "Lag" or name == "Lead" then
    w.n = r:int(1, 3)
    if r:chance(35) then
      w.default = w.t == "int" and 0 or values.make(r, w.t)
    end
  end
  return w
end

return M
