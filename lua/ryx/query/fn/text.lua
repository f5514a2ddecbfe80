-- SPDX-License-Identifier: MIT
-- ryx.Lower, ryx.Concat, ryx.Substr: functions of texts.
local ir = require "ryx.query.ir"
local operators = require "ryx.query.fn.operators"
local types = require "ryx.query.fn.types"

local call = ir.call

-- What the arguments of a function are: "t" a text, "i" a whole number.
local function of(fn, kinds, result)
  return function(args, _, fail)
    local nodes = {}
    for i = 1, #kinds do
      nodes[i] = (kinds:sub(i, i) == "t" and types.text or types.int)(args[i], fail)
    end
    return call(fn, result or "text", nodes)
  end
end

local function concat(args, _, fail)
  local node = args[1]
  if #args == 1 then return types.or_empty(types.to_text(node, fail)) end
  for i = 2, #args do node = operators[".."](node, args[i], fail) end
  return node
end

local function substr(args, options, fail)
  return (args[3] and of("substr", "tii") or of("substr_from", "ti"))(args, options, fail)
end

local function pad(fn)
  return function(args, _, fail)
    local x, n = types.text(args[1], fail), types.int(args[2], fail)
    local with = args[3] and types.text(args[3], fail) or ir.text(" ")
    return call(fn, "text", { x, n, with })
  end
end

return {
  { name = "Concat", args = { "expr", "..." },
    doc = "Joins values as texts, NULL as the empty one; the same as `..`.",
    types = "any -> text, never NULL", example = 'ryx.Concat("first", ryx.Value(" "), "last")',
    sql = '((COALESCE("first", \'\') || $1) || COALESCE("last", \'\'))', resolve = concat },
  { name = "Lower", args = { "expr" }, doc = "Small letters, one for one.",
    types = "text -> text", example = 'ryx.Lower("name")', sql = '(LOWER("name" COLLATE "C.utf8") COLLATE "C")',
    resolve = of("lower", "t") },
  { name = "Upper", args = { "expr" }, doc = "Capital letters, one for one: ß stays.",
    types = "text -> text", example = 'ryx.Upper("name")', sql = '(UPPER("name" COLLATE "C.utf8") COLLATE "C")',
    resolve = of("upper", "t") },
  { name = "Length", args = { "expr" }, doc = "The number of characters.",
    types = "text -> int", example = 'ryx.Length("name")', sql = 'LENGTH("name")', resolve = of("length", "t", "int") },
  { name = "Trim", args = { "expr" }, doc = "Without spaces at both ends; other white space stays.",
    types = "text -> text", example = 'ryx.Trim("name")', sql = 'TRIM("name")', resolve = of("trim", "t") },
  { name = "LTrim", args = { "expr" }, doc = "Without spaces at the start.",
    types = "text -> text", example = 'ryx.LTrim("name")', sql = 'LTRIM("name")', resolve = of("ltrim", "t") },
  { name = "RTrim", args = { "expr" }, doc = "Without spaces at the end.",
    types = "text -> text", example = 'ryx.RTrim("name")', sql = 'RTRIM("name")', resolve = of("rtrim", "t") },
  { name = "Replace", args = { "expr", "value", "value" },
    doc = "Every occurrence of a text replaced by another; case counts; an empty one is found nowhere.",
    types = "text, text, text -> text", example = 'ryx.Replace("path", "/", ".")', sql = 'REPLACE("path", $1, $2)',
    resolve = of("replace", "ttt") },
  { name = "Substr", args = { "expr", "value", "value?" },
    doc = "From a position, counted from 1, so many characters or all; a position below 1 is 1, a length below 0 is 0.",
    types = "text, int, int -> text", example = 'ryx.Substr("title", 1, 3)', sql = 'SUBSTR("title", ..., ...)',
    resolve = substr },
  { name = "Left", args = { "expr", "value" }, doc = "The first characters.",
    types = "text, int -> text", example = 'ryx.Left("title", 3)', sql = 'LEFT("title", ...)',
    resolve = of("left", "ti") },
  { name = "Right", args = { "expr", "value" }, doc = "The last characters.",
    types = "text, int -> text", example = 'ryx.Right("title", 3)', sql = 'RIGHT("title", ...)',
    resolve = of("right", "ti") },
  { name = "Repeat", args = { "expr", "value" }, doc = "The text so many times, less than once is the empty text.",
    types = "text, int -> text", example = 'ryx.Repeat("mark", 3)', sql = 'REPEAT("mark", ...)',
    resolve = of("repeat", "ti") },
  { name = "LPad", args = { "expr", "value", "value?" },
    doc = "Filled at the start to a length with a text (a space); a longer text is cut.",
    types = "text, int, text -> text", example = 'ryx.LPad("code", 6, "0")', sql = 'LPAD("code", ..., $2)',
    resolve = pad("lpad") },
  { name = "RPad", args = { "expr", "value", "value?" },
    doc = "Filled at the end to a length with a text (a space); a longer text is cut.",
    types = "text, int, text -> text", example = 'ryx.RPad("code", 6)', sql = 'RPAD("code", ..., \' \')',
    resolve = pad("rpad") },
  { name = "Reverse", args = { "expr" }, doc = "The characters from the last to the first. Not on SQLite.",
    types = "text -> text", example = 'ryx.Reverse("name")', sql = 'REVERSE("name")', resolve = of("reverse", "t") },
  { name = "StrIndex", args = { "expr", "value" },
    doc = "Where a text begins in another, counted from 1; 0 when nowhere. Case counts.",
    types = "text, text -> int", example = 'ryx.StrIndex("email", "@")', sql = 'strpos("email", $1)',
    resolve = of("position", "tt", "int") },
}
