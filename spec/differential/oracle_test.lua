-- SPDX-License-Identifier: MIT
-- What the evaluator says of rows made by hand, checked by hand (TAP).
local here = arg[0]:match("^(.*)/differential/[^/]*$") or "spec"
package.path = here .. "/?.lua;" .. package.path

local compat = require "ryx.compat"
local evaluate = require "differential.evaluate"
local functions = require "differential.functions"
local generate = require "differential.generate"
local json = require "differential.json"
local keys = require "differential.keys"
local kinds = require "differential.kinds"
local literal = require "differential.literal"
local random = require "differential.random"
local regex = require "differential.regex"
local text = require "differential.text"
local time = require "differential.time"
local translate = require "differential.translate"
local worlds = require "differential.world"
local writes = require "differential.writes"

local NULL = worlds.NULL
local tests, failures = 0, 0

local function is(expected, got, name)
  tests = tests + 1
  local ok = expected == got
  if not ok then failures = failures + 1 end
  print(("%sok %d - %s"):format(ok and "" or "not ", tests, name))
  if not ok then print(("# expected %s\n# got      %s"):format(tostring(expected), tostring(got))) end
end

-- Ann has posts 1 (x, 10), 2 (y, 20); Ben has 3 (x, NULL); Cid has none; 4 has no author.
-- Ann has the seats 2 and 7, Ben the seat 1: their key is the author and the row.
local world = worlds.by_hand{
  { "Author", fields = { { "age", "int" }, { "score", "float" } }, rows = {
    { id = 1, name = "Ann", age = 30, score = 1.5 }, { id = 2, name = "ben", age = 40, score = 2.5 },
    { id = 3, name = "Cid" },
  } },
  { "Tag", fields = {}, rows = { { id = 1, name = "red" }, { id = 2, name = "blue" } } },
  { "Post", fields = { { "views", "int" }, { "price", "decimal" }, { "created", "datetime" }, { "meta", "json" } },
    relations = { { "author", "fk", "Author", "posts", true }, { "tags", "m2m", "Tag", "posts", true } },
    links = { tags = { { 1, 1 }, { 1, 2 }, { 3, 2 } } },
    rows = {
      { id = 1, name = "x", author_id = 1, views = 10, price = 150, created = "2024-12-30 10:00:00.500000",
        meta = json.object{ n = 5, s = "5", list = json.list{ 1, "a" } } },
      { id = 2, name = "y", author_id = 1, views = 20, price = 250, created = "2021-01-03 23:59:59.999999",
        meta = json.object{ n = "5", z = json.null } },
      { id = 3, name = "x", author_id = 2, price = 100, meta = json.list{} },
      { id = 4, name = "É ", views = 20 },
    } },
  { "Seat", key = { "author", "row" }, part = { "row", "int" }, fields = {},
    relations = { { "author", "fk", "Author", "seats", false } },
    rows = {
      { id = 1, name = "a", author_id = 1, row = 2 }, { id = 2, name = "b", author_id = 1, row = 7 },
      { id = 3, name = "c", author_id = 2, row = 1 },
    } },
}

local function field(path, name, t)
  return { k = "field", path = path, name = name, t = t or "int" }
end
local function cond(left, lookup, value, more)
  local c = { "cond", left = left, lookup = lookup, value = value }
  for k, v in pairs(more or {}) do c[k] = v end
  return c
end
local function both(a, b) return { "and", a, b } end
local function no(q) return { "not", q } end

-- The keys (or all columns) a query gives.
local function answer(query)
  local out = {}
  local a = evaluate.query(world, query)
  if a.value ~= nil then return tostring(a.value) end
  for i, row in ipairs(a.rows) do
    local cells, only_key = {}, a.columns[1].name == "id" and not query.whole
    for j, c in ipairs(a.columns) do cells[j] = literal.own(c.t, row[j], c.scale) end
    out[i] = only_key and cells[1] or table.concat(cells, ":")
  end
  return table.concat(out, " ")
end

local function ids(model, ...)
  return answer{ model = model, ops = { ... }, terminal = "all" }
end

local views, name = field({}, "views"), field({}, "name", "char")
local posts_name, posts_views = field({ "posts" }, "name", "char"), field({ "posts" }, "views")

-- Truth has two values.
is("1", ids("Post", { "filter", cond(views, "lt", 15) }), "a condition on NULL is false")
is("2 3 4", ids("Post", { "exclude", cond(views, "lt", 15) }), "and its negation true")
is("3", ids("Post", { "filter", cond(views, "exact", NULL) }), "= null is IS NULL")
is("1", ids("Post", { "filter", cond(views, "in", { 10, NULL }) }), "NULL in a list is nothing")
is("2 3 4", ids("Post", { "exclude", cond(views, "in", { 10, NULL }) }), "also under NOT")
is("", ids("Post", { "filter", cond(views, "in", {}) }), "nothing is in an empty list")
is("1 2 3 4", ids("Post", { "exclude", cond(views, "in", {}) }), "everything is not")
is("1 2", ids("Post", { "filter", cond(field({ "author" }, "age"), "exact", 30) }), "a path to one row")
is("1 2 4", ids("Post", { "exclude", cond(field({ "author" }, "age"), "exact", 40) }),
  "a missing row is NULL under NOT")
is("3", ids("Post", { "filter", no(no(cond(field({ "author" }, "age"), "gt", 30))) }), "NOT NOT")
is("2 4", ids("Post", { "filter", { "or", cond(views, "gt", 15), cond(views, "lt", 0) } }), "or")
is("4", ids("Post", { "filter", both(cond(views, "gt", 15), cond(field({}, "author_id"), "isnull", true)) }), "and")
is("1 2", ids("Post", { "filter", cond(views, "range", { 10, 20 }) },
  { "filter", cond(name, "in", { "x", "y" }) }), "range")
is("", ids("Post", { "filter", cond(views, "range", { 20, 10 }) }), "a range whose ends are turned around")
is("2", ids("Post", { "filter", { "cond", left = views, lookup = "gt", rhs = { k = "arith", op = "*", t = "int",
  a = field({}, "author_id"), b = { k = "value", t = "int", v = 15 } } } }), "a comparison with an expression")

-- To-many.
is("1 1 2", ids("Author", { "filter", cond(posts_name, "in", { "x", "y" }) }), "rows multiply")
is("1", ids("Author", { "filter", both(cond(posts_name, "exact", "y"), cond(posts_views, "exact", 20)) }),
  "conditions of one call share the join")
is("", ids("Author", { "filter", both(cond(posts_name, "exact", "x"), cond(posts_views, "exact", 20)) }),
  "so no row with one each")
is("1", ids("Author", { "filter", cond(posts_name, "exact", "x") }, { "filter", cond(posts_views, "exact", 20) }),
  "every further call joins anew")
is("2 3", ids("Author", { "exclude", both(cond(posts_name, "exact", "x"), cond(posts_views, "exact", 20)) }),
  "exclude: each condition has an EXISTS of its own")
is("3", ids("Author", { "filter", no(cond(posts_name, "exact", "x")) }), "NOT over a to-many path")
is("2 3", ids("Author", { "filter", cond(posts_views, "isnull", true) }), "left join: no row is NULL")
is("1", ids("Author", { "exclude", cond(posts_views, "isnull", true) }), "also under NOT")
is("1 1 2 3", ids("Author", { "filter", { "or", cond(field({}, "id"), "gt", 0), cond(posts_name, "exact", "q") } }),
  "OR keeps the left-joined rows")
is("1 2", ids("Author", { "filter", cond(posts_name, "in", { "x", "y" }) }, { "distinct" }), "distinct")
is("3", answer{ model = "Author", ops = { { "filter", cond(posts_name, "in", { "x", "y" }) } }, terminal = "count" },
  "count sees multiplied rows")
is("1 3", ids("Post", { "filter", cond(field({ "tags" }, "name", "char"), "exact", "blue") }), "many to many")
is("1 2", ids("Tag", { "filter", cond(field({ "posts", "author" }, "name", "char"), "iexact", "ANN") }), "and back")

-- Order, bounds, shapes.
is("3 1 2 4", ids("Post", { "order_by", { { e = views }, { e = field({}, "id") } } }), "NULL is the smallest")
is("2 4 1 3", ids("Post", { "order_by", { { e = views, desc = true }, { e = field({}, "id") } } }),
  "so last descending")
is("1 2 4 3", ids("Post", { "order_by", { { e = views, nulls = "last" }, { e = field({}, "id") } } }), "nulls last")
is("1 3 2", ids("Author", { "order_by", { { e = name } } }), "text by code point")
is("4 3", ids("Post", { "order_by", { { e = field({}, "id") } } }, { "reverse" }, { "limit", 2 }), "reverse")
is("3 4", ids("Post", { "order_by", { { e = field({}, "id") } } }, { "slice", 2, 9 }, { "slice", 2 }),
  "slices compose")
is("4", answer{ model = "Post", ops = {}, terminal = "last" }, "last by key")
is("x:1 y:1 x:2 É :NULL", ids("Post", { "values_list", { { "name", name },
  { "author_id", field({}, "author_id") } } }),
  "values")

-- Aggregates.
local function agg(fn, arg, t, more)
  local e = { k = "agg", fn = fn, arg = arg, t = t }
  for k, v in pairs(more or {}) do e[k] = v end
  return e
end
local function aggregates(model, ops, ...)
  local list = {}
  for i, e in ipairs{ ... } do list[i] = { "a" .. i, e } end
  return answer{ model = model, ops = ops, terminal = { "aggregate", list }, whole = true }
end
is("4:3:2", aggregates("Post", {}, agg("Count", "*", "int"), agg("Count", views, "int"),
  agg("Count", views, "int", { distinct = true })),
  "Count")
is("50:10:20:5", aggregates("Post", {}, agg("Sum", views, "int"), agg("Min", views, "int"), agg("Max", views, "int"),
  agg("Sum", field({}, "price", "decimal"), "decimal", { scale = 2 })), "Sum, Min, Max")
is("1.666667", aggregates("Post", {}, agg("Avg", field({}, "price", "decimal"), "decimal", { scale = 6 })),
  "Avg of decimals")
is("20:11:20:20:1.5", aggregates("Post", {}, agg("Median", views, "float"),
  agg("Percentile", views, "float", { share = 5 }), agg("Percentile", views, "float", { share = 100 }),
  agg("Mode", views, "int"), agg("Median", field({}, "price", "decimal"), "decimal", { scale = 6 })),
  "Median, Percentile, Mode")
is("NULL:7:0", aggregates("Post", { { "filter", cond(views, "gt", 99) } }, agg("Sum", views, "int"),
  agg("Sum", views, "int", { default = 7 }), agg("Count", views, "int")), "of no rows")
is("30", aggregates("Post", {}, agg("Sum", views, "int", { filter = cond(field({}, "author_id"), "isnull",
  false) })), "filter")
is("60", aggregates("Author", { { "filter", cond(posts_views, "gte", 0) } }, agg("Sum", field({}, "age"), "int")),
  "aggregate sees multiplied rows")
local counted = { "annotate", "n", agg("Count", field({ "posts" }, "id"), "int") }
is("1:Ann:30:1.5:2 2:ben:40:2.5:1 3:Cid:NULL:NULL:0", answer{ model = "Author", ops = { counted },
  terminal = "all", whole = true },
  "counts on objects")
is("1:Ann:30:1.5:1:30", answer{ model = "Author", whole = true, terminal = "all", ops = {
  { "filter", cond(posts_views, "exact", 20) }, counted,
  { "annotate", "m", { k = "agg", fn = "Sum", arg = field({ "posts", "author" }, "age"), t = "int" } } } },
  "a filter on the same path constrains them")
is("1", ids("Author", { "annotate", "n", agg("Count", field({ "posts" }, "id"), "int") },
  { "filter", cond({ k = "named", name = "n", t = "int" }, "gt", 1) }), "a filter on an aggregate")
is("x:2:10 y:1:20 É :1:20", answer{ model = "Post", whole = true, terminal = "all", ops = {
  { "values", { { "name", name } } }, { "annotate", "n", agg("Count", "*", "int") },
    { "annotate", "s", agg("Sum", views, "int") },
  { "order_by", { { e = name } } } } }, "groups")
is("x:2", answer{ model = "Post", whole = true, terminal = "all", ops = {
  { "values", { { "name", name } } }, { "annotate", "n", agg("Count", "*", "int") },
  { "filter", cond({ k = "named", name = "n", t = "int" }, "gt", 1) } } }, "HAVING")

-- Windows.
local function window(fn, more)
  local w = { k = "window", fn = fn, t = "int", partition_by = {}, order_by = { { e = views } } }
  for k, v in pairs(more or {}) do w[k] = v end
  return answer{ model = "Post", whole = true, terminal = "all", ops = {
    { "annotate", "w", w }, { "values", { { "i", field({}, "id") },
      { "w", { k = "named", name = "w", t = "int" } } } },
    { "order_by", { { e = field({}, "id") } } } } }
end
is("1:2 2:3 3:1 4:3", window("Rank"), "Rank")
is("1:10 2:50 3:NULL 4:50", window("Sum", { arg = views }), "Sum ends with the last peer")
is("1:NULL 2:1 3:NULL 4:NULL", window("Lag", { arg = field({}, "id"), partition_by = { field({}, "author_id") },
  order_by = { { e = field({}, "id") } } }), "Lag within a partition")
is("1:2 2:3 3:4 4:9", window("Lead", { arg = field({}, "id"), default = 9, order_by = { { e = field({}, "id") } } }),
  "Lead with a default")

-- Keys of several fields.
local seat, seats = keys.expression(world.by_name.Seat), keys.expression(world.by_name.Seat, { "seats" })
local function of_seats(...)
  local query = { model = "Seat", ops = { ... }, terminal = "all" }
  table.insert(query.ops, { "values", { { "name", name } } })
  return answer(query)
end
local first_seats = { model = "Seat", ops = { { "order_by", { { e = seat } } }, { "limit", 2 } } }
local ben = { model = "Seat", ops = { { "filter", cond(name, "exact", "c") },
  { "values", keys.columns(world.by_name.Seat) } } }
is("{ 1, 7 } { 1, 5009 }", keys.source(world.by_name.Seat, 2) .. " " .. keys.source(world.by_name.Seat, 9),
  "a key by the number of its row, and of no row")
is("b", of_seats{ "filter", cond(seat, "exact", 2) }, "a key is one row")
is("a c", of_seats{ "filter", cond(seat, "in", { 3, 1, 9 }) }, "keys in a list")
is("", of_seats{ "filter", cond(seat, "exact", NULL) }, "no key is NULL")
is("c b a", of_seats{ "order_by", { { e = seat, desc = true } } }, "keys in order")
is("3", ids("Author", { "filter", cond(seats, "isnull", true) }), "no key where there is no row")
is("2 3", ids("Author", { "exclude", cond(seats, "in", { 2, 8 }) }), "keys over a path, under NOT")
is("a b", of_seats{ "filter", cond(seat, "in", nil, { query = first_seats }) }, "keys of the rows of a query")
is("c", of_seats{ "filter", cond(seat, "in", nil, { query = ben }) }, "keys as the fields of a query")
is("2 1 0", answer{ model = "Author", terminal = "all", ops = {
  { "values", { { "id", field({}, "id") } } }, { "annotate", "n", { k = "agg", fn = "Count", t = "int", arg = seats } },
  { "values", { { "n", { k = "named", name = "n", t = "int" } } } },
} }, "Count counts keys")

-- Sets.
local function part(model)
  return { model = model, ops = { { "values_list", { { "name", name } } } } }
end
local function set(op, ...)
  return answer{ set = op, parts = { ... }, over = { { "name", name } }, terminal = "all", whole = true,
    ops = { { "order_by", { { e = name } } } } }
end
is("Ann Cid ben x y É ", set("union", part "Author", part "Post"), "union")
is("x x y É ", set("union_all", part "Post"), "duplicates stay")
is("x y É ", set("intersection", part "Post", part "Post"), "intersection")
is("", set("difference", part "Post", part "Post"), "difference")

-- JSON.
local meta = field({}, "meta", "json")
local function at(path, lookup, value) return ids("Post", { "filter", cond(meta, lookup, value, { at = path }) }) end
is("1", at({ "n" }, "exact", 5), "a number is no text")
is("2", at({ "n" }, "exact", "5"), "a text is no number")
is("2 3 4", ids("Post", { "exclude", cond(meta, "gt", 1, { at = { "n" } }) }), "other types match under NOT")
is("1", at({ "list", 0 }, "exact", 1), "a position in a list")
is("2", at({ "z" }, "exact", json.null), "= null is JSON null")
is("1 3 4", at({ "z" }, "isnull", true), "isnull is no such key")
is("2", ids("Post", { "filter", cond(meta, "has_key", "z") }), "has_key")
is("1", ids("Post", { "filter", cond(meta, "json_contains", json.object{ list = json.list{ "a" } }) }), "contains")
is("3", ids("Post", { "filter", cond(meta, "contained_by", json.list{ 1 }) }), "contained_by")

-- Values.
is("1:1 2:53", time.part("iso_week", "2024-12-30") .. ":" .. time.part("iso_dow", "2024-12-30") .. " "
  .. time.part("dow", "2024-12-31") .. ":" .. time.part("week", "2021-01-03 10:00:00.000000"), "weeks")
is("2025 2020", time.part("iso_year", "2024-12-30") .. " " .. time.part("iso_year", "2021-01-03"), "years of weeks")
is("1969-12-31 23:59:59.999999", time.datetime(-1), "a microsecond before 1970")
is("2024-02-29 00:00:00.000000", time.datetime(time.microseconds("2024-02-28 23:59:59.999999") + 1), "leap days")
is("straße i É ё", text.lower("STRASSE"):gsub("strasse", "straße") .. " " .. text.lower("İ") .. " "
  .. text.upper("é") .. " "
  .. text.lower("Ё"), "letter case, one to one")
is("é😀", text.sub("aé😀b", 2, 3), "characters")
is(true, regex.search({ "seq", { "begin" }, { "rep", { "char", "a" }, 1 }, { "any" }, { "end" } }, "aa\n"), "regex")
is(false, regex.search({ "seq", { "set", { "a", "b" }, true } }, "abab"), "a negated set")
is(true, regex.search({ "seq", { "set", { "é" } } }, "É", true), "iregex")
is("-2 1 -1", functions.rounded(-3, 2) .. " " .. functions.rounded(1, 2) .. " " .. functions.rounded(-1, 2),
  "half away from zero")
is("-1 1", functions.arithmetic({ op = "%", t = "int", a = { t = "int" }, b = { t = "int" } }, -7, 3) .. " "
  .. functions.arithmetic({ op = "%", t = "int", a = { t = "int" }, b = { t = "int" } }, 7, -3),
    "% has the dividend's sign")
is(NULL, functions.arithmetic({ op = "/", t = "int", a = { t = "int" }, b = { t = "int" } }, 7, 0),
  "a division by zero")
is("ab NULL", functions.call("Concat", { "a", NULL, "b" }) .. " "
  .. tostring(functions.call("Greatest", { 1, NULL })),
  "what NULL does to functions")
local r = random.new(42)
is("283392286 1873312114", ("%.0f %.0f"):format(r:next(), r:next()), "the same random numbers on every Lua")

-- Every kind of query can be made, answered and written down.
local every = setmetatable({}, { __index = function() return true end })
local counts, problem = {}, nil
for n = 1, 60 do
  local rr = random.new(n)
  local made = worlds.new(rr, "W", every)
  for i = 1, 100 do
    local query = generate.query(rr, made, every, 1 + i % 5)
    for kind in pairs(kinds.of(query)) do counts[kind] = (counts[kind] or 0) + 1 end
    if n <= 10 then
      local source, call = translate.query(made, query)
      local chunk, err = compat.load("local after = nil return " .. source .. ":" .. call, "=query", {})
      problem = problem or not chunk and err .. source
      if writes.is(query) then writes.answer(made, query) else evaluate.query(made, query) end
    end
  end
end
is(nil, problem or nil, "a thousand random queries are Lua")
local rare = {}
for _, kind in ipairs(kinds.ALL) do
  if (counts[kind] or 0) < 3 then rare[#rare + 1] = kind end
end
is("", table.concat(rare, ", "), "no kind is missing among six thousand")

print("1.." .. tests)
os.exit(failures == 0)
