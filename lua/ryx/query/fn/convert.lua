-- SPDX-License-Identifier: MIT
-- ryx.Coalesce, ryx.Cast, ryx.JSONObject: functions that choose a value or change its type.
local ir = require "ryx.query.ir"
local storage = require "ryx.storage"
local types = require "ryx.query.fn.types"

local call, words = ir.call, types.words

local function coalesce(args, _, fail)
  local like = types.unify(args, fail)
  if #args == 1 then return args[1] end
  local never = false
  for _, arg in ipairs(args) do
    if arg.op ~= "column" and arg.null == false then never = true end
  end
  return call("coalesce", like.type, args,
    { elem = like.elem, places = like.places, null = not never and nil, custom = like.custom })
end

local function extreme(fn)
  return function(args, _, fail)
    local like = types.unify(args, fail)
    if not storage[like.type].ordered then fail("has no order for %s", like.type) end
    if #args == 1 then return args[1] end
    if like.type == "decimal" then args[1] = call("ordered_decimal", "decimal", { args[1] }) end
    return call(fn, like.type, args, { places = like.places, custom = like.custom })
  end
end

local function null_if(args, _, fail)
  local like = types.unify(args, fail)
  if like.type == "json" then fail("does not compare json") end
  if like.type == "decimal" then args[1] = call("ordered_decimal", "decimal", { args[1] }) end
  return call("nullif", like.type, args,
    { elem = like.elem, places = like.places, null = true, custom = like.custom })
end

-- Cast: of a target, the row of the C table for each source; true: as it is, where no
-- database keeps one type in several widths.
local CASTS = {
  int = { int = "widen_int", bool = "cast_int_bool", double = "cast_int_double", decimal = "cast_int_decimal",
    text = "cast_int_text" },
  double = { int = "cast_double", double = "cast_double", decimal = "cast_double", text = "cast_double_text" },
  bool = { bool = true, int = "cast_bool", double = "cast_bool", decimal = "cast_bool_decimal",
    text = "cast_bool_text" },
  date = { date = true, datetime = "date_of", datetimetz = "date_of", text = "cast_date_text" },
  time = { time = true, datetime = "time_of", datetimetz = "time_of", text = "cast_time_text" },
  datetime = { datetime = true, date = "cast_datetime_date", datetimetz = "cast_datetime_datetimetz",
    text = "cast_datetime_text" },
  json = { json = true },
}
for _, source in ipairs{ "int", "double", "decimal", "bool", "text" } do CASTS.json[source] = storage[source].json end
-- Results that are NULL only when the argument is.
local TOTAL = { widen_int = true, cast_int_bool = true, cast_double = true, cast_bool = true,
  cast_bool_decimal = true, date_of = true, time_of = true, cast_datetime_date = true,
  cast_datetime_datetimetz = true, cast_json = true, cast_json_double = true, cast_json_decimal = true,
  cast_json_bool = true, cast_json_text = true }

-- "decimal(10, 2)": 10 digits, two of them after the point.
local function cast_decimal(x, digits, places, fail)
  if places > digits or digits > 65 or places > 38 then
    fail("takes decimal(digits, places) with up to 65 digits, 38 of them places, not decimal(%d, %d)", digits, places)
  end
  local limit = ir.text("1" .. ("0"):rep(digits - places))
  local options = { places = places, null = true }
  if x.type == "text" then x = call("cast_decimal_text", "decimal", { x, ir.int(places) }, options) end
  if not types.NUMBER[x.type] then fail("makes no decimal of %s", x.type) end
  return call("cast_decimal", "decimal", { x, ir.int(places), limit }, options)
end

local ALIASES = { integer = "int", float = "double", boolean = "bool", string = "text" }

-- JSON is cast as the number, text or boolean that it may be.
local OF_JSON = { text = "text", bool = "bool", int = "double", double = "double", decimal = "double" }

local function of_json(x, target)
  local type = x.type == "json" and OF_JSON[target]
  return type and ir.json_part(x, {}, type) or x
end

local function cast(args, _, fail)
  local x, target = args[1], tostring(args[2]):lower()
  target = ALIASES[target] or target
  x = of_json(x, target:match("^%a+"))
  local digits, places = target:match("^decimal%(%s*(%d+)%s*,%s*(%d+)%s*%)$")
  if digits then
    if x.type == "null" then types.coerce(x, { type = "decimal" }) end
    return cast_decimal(x, tonumber(digits), tonumber(places), fail)
  end
  if target == "text" then return x.type == "text" and call("cast_text", "text", { x }) or types.to_text(x, fail) end
  local sources = CASTS[target]
  if not sources then
    fail("makes int, double, decimal(digits, places), text, bool, date, time, datetime or json, not %s", target)
  end
  if x.type == "null" then return types.coerce(x, { type = target }) end
  local fn = sources[x.type]
  if not fn then fail("makes %s of %s, not of %s", target, words(sources), x.type) end
  if fn == true then return x end
  return call(fn, target, { x }, { null = not TOTAL[fn] or nil })
end

-- The JSON document of a value.
local function document(node, fail)
  if node.type == "json" then return node end
  if node.type == "null" then return types.coerce(node, { type = "json" }) end
  if storage[node.type].json == "text" then node = types.to_text(node, fail) end
  local fn = storage[node.type].json
  if not fn then fail("has no JSON for %s", node.type) end
  return call(fn, "json", { node })
end

-- The value as an argument of JSON_OBJECT.
local function member(node, fail)
  if node.type == "null" then types.coerce(node, { type = "text" }) end
  local member_as = storage[node.type].member
  if member_as == "text" then return types.to_text(node, fail) end
  if member_as == "value" then return node end
  if member_as ~= "item" then node = document(node, fail) end
  return call("json_item", "json", { node })
end

local function json_object(args, _, fail)
  if #args % 2 ~= 0 then fail("takes pairs of a key and a value, not %d arguments", #args) end
  local nodes = {}
  for i = 1, #args, 2 do
    if type(args[i]) ~= "string" then fail("takes texts as keys, not %s", tostring(args[i])) end
    nodes[i], nodes[i + 1] = ir.text(args[i]), member(args[i + 1], fail)
  end
  return call("json_object", "json", nodes, { null = false })
end

local function json_array(args, _, fail)
  local nodes = {}
  for i, arg in ipairs(args) do nodes[i] = member(arg, fail) end
  return call("json_array", "json", nodes, { null = false })
end

return {
  document = document,
  { name = "Coalesce", args = { "expr", "expr", "..." }, doc = "The first that is not NULL.",
    types = "values of one type -> that type", example = 'ryx.Coalesce("nickname", "name")',
    sql = 'COALESCE("nickname", "name")', resolve = coalesce },
  { name = "Greatest", args = { "expr", "expr", "..." }, doc = "The largest; NULL when one of them is.",
    types = "values of one type -> that type", example = 'ryx.Greatest("created", "updated")',
    sql = 'CASE WHEN num_nulls("created", "updated") = 0 THEN GREATEST("created", "updated") END',
    resolve = extreme("greatest") },
  { name = "Least", args = { "expr", "expr", "..." }, doc = "The smallest; NULL when one of them is.",
    types = "values of one type -> that type", example = 'ryx.Least("price", "old_price")',
    sql = 'CASE WHEN num_nulls(...) = 0 THEN LEAST("price", "old_price") END', resolve = extreme("least") },
  { name = "NullIf", args = { "expr", "expr" }, doc = "NULL when both are equal, else the first.",
    types = "values of one type -> that type", example = 'ryx.NullIf("state", ryx.Value(""))',
    sql = 'NULLIF("state", $1)', resolve = null_if },
  { name = "Cast", args = { "expr", "const" },
    doc = "Another type: int (what is after the point is cut off), double, decimal(digits, places), text, bool, date, "
      .. "time, datetime, json. What the type cannot hold, or a text that does not look like it, is NULL.",
    types = "value, type -> type", example = 'ryx.Cast("code", "int")', sql = "CASE WHEN ... THEN \"code\"::int8 END",
    resolve = cast },
  { name = "JSONObject", args = { "const", "expr", "...2" }, doc = "A document of keys and values.",
    types = "text, value, ... -> json, never NULL", example = 'ryx.JSONObject("id", "id", "name", "title")',
    sql = "jsonb_build_object('id', \"id\", 'name', \"title\")", resolve = json_object },
  { name = "JSONArray", args = { "expr?", "..." }, doc = "A document that lists values.",
    types = "values -> json, never NULL", example = 'ryx.JSONArray("id", "title")',
    sql = 'jsonb_build_array("id", "title")', resolve = json_array },
}
