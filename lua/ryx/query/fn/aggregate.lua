-- SPDX-License-Identifier: MIT
-- ryx.Count, ryx.Sum, ryx.Rank: aggregates and window functions. `distinct = false`: no
-- DISTINCT; `window = false`: not over the rows of a window; `needs_order`: a window without
-- an order has no meaning for it.
local convert = require "ryx.query.fn.convert"
local ir = require "ryx.query.ir"
local storage = require "ryx.storage"
local types = require "ryx.query.fn.types"

local call, number = ir.call, types.number

-- As many as MariaDB and MySQL leave where nothing says how many there are.
local MODE_PLACES = 30

local function aggregate(fn, type, args, options)
  local node = call(fn, type, args, options)
  node.op = "aggregate"
  if node.null == nil then node.null = true end
  return node
end

local function count(args)
  return aggregate("count", "int", { args[1] or { op = "star", type = "int" } }, { null = false })
end

local function sum(args, _, fail)
  local x = args[1]
  local fn = storage[x.type].sum
  if not fn then fail("takes numbers or durations, not %s", x.type) end
  return aggregate(fn, x.type, { x }, { places = x.places })
end

-- Places of a mean and of what lies between two decimals.
local function finer_places(x)
  return types.most_places((x.places or 0) + 4)
end

local function avg(args, _, fail)
  local x = args[1]
  if x.type == "duration" then return aggregate("avg_duration", "duration", { x }) end
  if x.type ~= "decimal" then return aggregate("avg", "double", { number(x, fail) }) end
  local places = finer_places(x)
  return aggregate("avg_decimal", "decimal", { x, ir.int(places) }, { places = places })
end

local function extreme(name, of_bool)
  local fns = { bool = of_bool, uuid = name .. "_uuid", decimal = name .. "_decimal" }
  return function(args, _, fail)
    local x = args[1]
    if not storage[x.type].ordered then fail("has no order for %s", x.type) end
    return aggregate(fns[x.type] or name, x.type, { x }, { places = x.places, custom = x.custom })
  end
end

local function spread(fn)
  return function(args, options, fail)
    local x = number(args[1], fail)
    return aggregate(options and options.sample and fn .. "_sample" or fn, "double", { x })
  end
end

-- The value below which a share of the values lies, which may be between two of them; what
-- is between two dates is no date.
local function percentile(x, share, fail)
  local p = ir.text(types.share(share))
  if not storage[x.type].sum then fail("takes numbers or durations, not %s", x.type) end
  if x.type == "duration" then return aggregate("percentile_duration", "duration", { x, p }) end
  if x.type ~= "decimal" then return aggregate("percentile", "double", { types.double(x), p }) end
  local places = finer_places(x)
  return aggregate("percentile_decimal", "decimal", { x, p, ir.int(places) }, { places = places })
end

local MODES = {
  bool = "mode_bool", double = "mode_double", text = "mode_text", uuid = "mode_uuid", date = "mode_date",
  time = "mode_time", datetime = "mode_datetime", datetimetz = "mode_datetime",
}

local function mode(args, _, fail)
  local x = args[1]
  if not storage[x.type].ordered then fail("has no order for %s", x.type) end
  if x.type ~= "decimal" then return aggregate(MODES[x.type] or "mode", x.type, { x }, { custom = x.custom }) end
  return aggregate("mode_decimal", "decimal", { x, ir.int(x.places or MODE_PLACES) },
    { places = x.places, custom = x.custom })
end

local function string_agg(args, _, fail)
  local separator = args[2] or ","
  if type(separator) ~= "string" then fail("takes a text as separator, not %s", tostring(separator)) end
  return aggregate("string_agg", "text", { types.to_text(args[1], fail), ir.text(separator) })
end

local function array_agg(args, _, fail)
  local x = args[1]
  local fn = storage[x.type].collect
  if not fn then
    fail("makes no array of %s%s", x.type, x.type == "json" and "; JSONAgg makes a document of them" or "")
  end
  return aggregate(fn, "array", { x }, { elem = x.type, places = x.places, custom_items = x.custom })
end

local function json_agg(args, _, fail)
  return aggregate("json_agg", "json", { convert.document(args[1], fail) })
end

local BOOL = { bool = true }

local function truth(fn)
  return function(args, _, fail)
    return aggregate(fn, "bool", { types.want(args[1], BOOL, "bool", fail) })
  end
end

local function ranking(fn, type)
  return function() return call(fn, type, {}, { null = false }) end
end

local function ntile(args, _, fail)
  return call("ntile", "int", { ir.int(types.whole(args[1], 1, "number of groups", fail)) }, { null = false })
end

-- LAG and LEAD.
local function other_row(fn)
  return function(args, _, fail)
    local n = ir.int(types.whole(args[2] or 1, 0, "distance", fail))
    if not args[3] then
      local x = args[1]
      return call(fn, x.type, { x, n }, { elem = x.elem, places = x.places, null = true, custom = x.custom })
    end
    local pair = { args[1], args[3] }
    local like = types.unify(pair, fail)
    return call(fn .. "_default", like.type, { pair[1], n, pair[2] },
      { elem = like.elem, places = like.places, custom = like.custom })
  end
end

local function of_frame(fn)
  return function(args, _, fail)
    local x = args[1]
    local nodes = { x, args[2] and ir.int(types.whole(args[2], 1, "row", fail)) }
    return call(fn, x.type, nodes, { elem = x.elem, places = x.places, null = true, custom = x.custom })
  end
end

local aggregates = {
  { name = "Count", args = { "expr?" }, doc = "How many rows, or how many values that are not NULL.",
    types = "any -> int, never NULL", example = 'ryx.Count("id", { distinct = true })', sql = 'COUNT(DISTINCT "id")',
    resolve = count },
  { name = "Sum", args = { "expr" }, doc = "The sum; a sum of ints beyond 64 bits is an error. NULL of nothing.",
    types = "number or duration -> same", example = 'ryx.Sum("views")', sql = 'SUM("views")::int8', resolve = sum },
  { name = "Avg", args = { "expr" }, doc = "The mean; of decimals with four places more.",
    types = "int, double -> double; decimal, duration -> same", example = 'ryx.Avg("views")',
    sql = 'AVG("views"::float8)', resolve = avg },
  { name = "Min", args = { "expr" }, doc = "The smallest value.",
    types = "any that has an order -> same", example = 'ryx.Min("created")', sql = 'MIN("created")',
    resolve = extreme("min", "bool_and") },
  { name = "Max", args = { "expr" }, doc = "The largest value.",
    types = "any that has an order -> same", example = 'ryx.Max("created")', sql = 'MAX("created")',
    resolve = extreme("max", "bool_or") },
  { name = "StdDev", args = { "expr" }, options = { sample = true }, distinct = false,
    doc = "The standard deviation of the population, or of a sample (NULL of one value).",
    types = "number -> double", example = 'ryx.StdDev("views", { sample = true })',
    sql = 'STDDEV_SAMP("views"::float8)', resolve = spread("stddev") },
  { name = "Variance", args = { "expr" }, options = { sample = true }, distinct = false,
    doc = "The variance of the population, or of a sample (NULL of one value).",
    types = "number -> double", example = 'ryx.Variance("views")', sql = 'VAR_POP("views"::float8)',
    resolve = spread("variance") },
  { name = "Median", args = { "expr" }, distinct = false, window = false,
    doc = "The value in the middle of all, or halfway between the two there; of decimals with four places more.",
    types = "int, double -> double; decimal, duration -> same", example = 'ryx.Median("views")',
    sql = "PERCENTILE_CONT('0.5'::float8) WITHIN GROUP (ORDER BY \"views\"::float8)",
    resolve = function(args, _, fail) return percentile(args[1], 0.5, fail) end },
  { name = "Percentile", args = { "expr", "share" }, distinct = false, window = false,
    doc = "The value that a share of the values, from 0 to 1, does not exceed, taken between two where it falls there.",
    types = "int, double -> double; decimal, duration -> same", example = 'ryx.Percentile("views", 0.95)',
    sql = "PERCENTILE_CONT('0.95'::float8) WITHIN GROUP (ORDER BY \"views\"::float8)",
    resolve = function(args, _, fail) return percentile(args[1], args[2], fail) end },
  { name = "Mode", args = { "expr" }, distinct = false, window = false,
    doc = "The most frequent value, the smallest of several.",
    types = "any that has an order -> same", example = 'ryx.Mode("name")',
    sql = 'MODE() WITHIN GROUP (ORDER BY "name")', resolve = mode },
  { name = "StringAgg", args = { "expr", "const?" },
    doc = "The values that are not NULL as texts, joined by a separator (a comma).",
    types = "any, text -> text", example = 'ryx.StringAgg("name", ", ", { order_by = "name" })',
    sql = 'STRING_AGG("name", \', \' ORDER BY "name")', resolve = string_agg },
  { name = "ArrayAgg", args = { "expr" }, doc = "An array of the values, NULLs too.",
    types = "scalar -> array", example = 'ryx.ArrayAgg("id", { order_by = "id" })',
    sql = 'ARRAY_AGG("id" ORDER BY "id")', resolve = array_agg },
  { name = "JSONAgg", args = { "expr" }, doc = "A document that lists the values, NULLs too.",
    types = "any -> json", example = 'ryx.JSONAgg("meta")', sql = 'JSONB_AGG("meta")', resolve = json_agg },
  { name = "BoolAnd", args = { "expr" }, doc = "Are all that are not NULL true?",
    types = "bool -> bool", example = 'ryx.BoolAnd("active")', sql = 'BOOL_AND("active")',
    resolve = truth("bool_and") },
  { name = "BoolOr", args = { "expr" }, doc = "Is one of them true?",
    types = "bool -> bool", example = 'ryx.BoolOr("active")', sql = 'BOOL_OR("active")', resolve = truth("bool_or") },
}

local OTHER = { "expr", "const?", "value?" }

local windows = {
  { name = "RowNumber", args = {}, doc = "1, 2, 3, ...", types = "-> int", example = "ryx.RowNumber()",
    sql = "ROW_NUMBER() OVER (...)", resolve = ranking("row_number", "int") },
  { name = "Rank", args = {}, needs_order = true, doc = "The place; equal rows share it, then a gap follows.",
    types = "-> int", example = "ryx.Rank()", sql = "RANK() OVER (...)", resolve = ranking("rank", "int") },
  { name = "DenseRank", args = {}, needs_order = true, doc = "The place without gaps.", types = "-> int",
    example = "ryx.DenseRank()", sql = "DENSE_RANK() OVER (...)", resolve = ranking("dense_rank", "int") },
  { name = "PercentRank", args = {}, needs_order = true, doc = "The place from 0 to 1.", types = "-> double",
    example = "ryx.PercentRank()", sql = "PERCENT_RANK() OVER (...)", resolve = ranking("percent_rank", "double") },
  { name = "CumeDist", args = {}, needs_order = true, doc = "The share of rows up to this one.", types = "-> double",
    example = "ryx.CumeDist()", sql = "CUME_DIST() OVER (...)", resolve = ranking("cume_dist", "double") },
  { name = "Ntile", args = { "const" }, doc = "Which of so many groups of nearly equal size.",
    types = "int -> int", example = "ryx.Ntile(4)", sql = "NTILE(4) OVER (...)", resolve = ntile },
  { name = "Lag", args = OTHER, needs_order = true,
    doc = "The value so many rows (1) before; the default, or NULL, where there is none.",
    types = "any, int, same -> same", example = 'ryx.Lag("views", 1, 0)', sql = 'LAG("views", 1, $1) OVER (...)',
    resolve = other_row("lag") },
  { name = "Lead", args = OTHER, needs_order = true,
    doc = "The value so many rows (1) after; the default, or NULL, where there is none.",
    types = "any, int, same -> same", example = 'ryx.Lead("views")', sql = 'LEAD("views", 1) OVER (...)',
    resolve = other_row("lead") },
  { name = "FirstValue", args = { "expr" }, doc = "The value of the frame's first row.", types = "any -> same",
    example = 'ryx.FirstValue("views")', sql = 'FIRST_VALUE("views") OVER (...)', resolve = of_frame("first_value") },
  { name = "LastValue", args = { "expr" }, doc = "The value of the frame's last row.", types = "any -> same",
    example = 'ryx.LastValue("views")', sql = 'LAST_VALUE("views") OVER (...)', resolve = of_frame("last_value") },
  { name = "NthValue", args = { "expr", "const" }, doc = "The value of the frame's row number so and so.",
    types = "any, int -> same", example = 'ryx.NthValue("views", 2)', sql = 'NTH_VALUE("views", 2) OVER (...)',
    resolve = of_frame("nth_value") },
}

return { aggregates = aggregates, windows = windows }
