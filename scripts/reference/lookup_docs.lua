-- SPDX-License-Identifier: MIT
-- What lookups and transforms mean: the words of docs/reference/lookups.md, whose names,
-- types and SQL come from query/lookup/catalog.lua, query/fn and the compiler.
--
--   rows        { name, family, takes, doc, examples }; `of` is "array", "json" or "part"
--               (of JSON), else the row is for every other type
--   transforms  name -> { doc, example, gives }
local M = { rows = {}, transforms = {} }

local function add(family, of, rows)
  for _, row in ipairs(rows) do
    row.family, row.of = family, of
    M.rows[#M.rows + 1] = row
  end
end

add("Any type", nil, {
  { "exact", takes = "a value, an object, `ryx.null`", doc = "Equal; what a path without a lookup means. NULL equals "
    .. "NULL only when it is written `ryx.null`.", examples = { "{ views = 5 }", "{ team = ryx.null }",
    "{ views = F\"likes\" }" } },
  { "in", takes = "a list, a queryset", doc = "One of the values, of which NULL is none; objects stand for their keys. "
    .. "A queryset gives its key, or the one column that `values` chose.", examples = { "{ views__in = { 1, 2 } }",
    "{ team__in = Team.objects:filter{ name = \"Red\" } }" } },
  { "isnull", takes = "true, false", doc = "Is it NULL?", examples = { "{ rating__isnull = true }" } },
})

add("Order", nil, {
  { "gt", takes = "a value", doc = "Greater. Text goes by code point.", examples = { "{ views__gt = 5 }",
    "-Q{ rating__gt = 5 }" } },
  { "gte", takes = "a value", doc = "Greater or equal.", examples = { "{ views__gte = 5 }" } },
  { "lt", takes = "a value", doc = "Less.", examples = { "{ price__lt = \"9.90\" }" } },
  { "lte", takes = "a value", doc = "Less or equal.", examples = { "{ views__lte = 5 }" } },
  { "range", takes = "a list of two", doc = "Between two values, both included.",
    examples = { "{ views__range = { 1, 9 } }" } },
})

add("Text", nil, {
  { "contains", takes = "a text", doc = "The text is part of it; case counts. `%` and `_` are ordinary characters here "
    .. "and below.", examples = { "{ title__contains = \"x\" }", "{ title__contains = F\"code\" }" } },
  { "startswith", takes = "a text", doc = "It begins with the text; case counts. A range, which an index can serve.",
    examples = { "{ title__startswith = \"x\" }" } },
  { "endswith", takes = "a text", doc = "It ends with the text; case counts.",
    examples = { "{ title__endswith = \"x\" }" } },
  { "iexact", takes = "a text", doc = "Equal but for case, letter by letter: ß is not SS.",
    examples = { "{ title__iexact = \"x\" }" } },
  { "icontains", takes = "a text", doc = "`contains` without case.", examples = { "{ title__icontains = \"x\" }" } },
  { "istartswith", takes = "a text", doc = "`startswith` without case; no index serves it.",
    examples = { "{ title__istartswith = \"x\" }" } },
  { "iendswith", takes = "a text", doc = "`endswith` without case.", examples = { "{ title__iendswith = \"x\" }" } },
  { "regex", takes = "a pattern", doc = "Some part matches; `.` is any character, `^` and `$` the ends of the value; "
    .. "case counts.", examples = { "{ title__regex = \"^x\" }" } },
  { "iregex", takes = "a pattern", doc = "`regex` without case.", examples = { "{ title__iregex = \"^x\" }" } },
  { "search", takes = "a text", doc = "It holds all words of the text, in any order; case does not count. Needs a "
    .. "`ryx.SearchIndex`, but on PostgreSQL: [search](../guide/search.md).",
    examples = { "{ about__search = \"red fox\" }" } },
  { "trigram_similar", takes = "a text", doc = "The texts are alike: they share three tenths of their runs of three "
    .. "letters, or more. PostgreSQL (with pg_trgm) and SQLite.", examples = { "{ title__trigram_similar = \"jonson\" }" } },
})

add("Arrays", "array", {
  { "exact", takes = "a list", doc = "The same items in the same order.", examples = { "{ labels = { \"a\" } }" } },
  { "contains", takes = "a list", doc = "All items of the list are in it.",
    examples = { "{ labels__contains = { \"a\" } }" } },
  { "contained_by", takes = "a list", doc = "All its items are in the list.",
    examples = { "{ labels__contained_by = { \"a\", \"b\" } }" } },
  { "overlap", takes = "a list", doc = "They have an item in common.",
    examples = { "{ labels__overlap = { \"a\", \"b\" } }" } },
  { "any", takes = "one item", doc = "The item is in it.", examples = { "{ labels__any = \"a\" }" } },
  { "isnull", takes = "true, false", doc = "Is the array NULL?", examples = { "{ labels__isnull = true }" } },
})

add("JSON documents", "json", {
  { "exact", takes = "any value, a table", doc = "The same document, whatever the order of keys.",
    examples = { "{ meta = { a = 1 } }" } },
  { "contains", takes = "a table", doc = "Every key and item of the value is in the document.",
    examples = { "{ meta__contains = { a = 1 } }" } },
  { "contained_by", takes = "a table", doc = "Every key and item of the document is in the value.",
    examples = { "{ meta__contained_by = { a = 1, b = 2 } }" } },
  { "has_key", takes = "a text", doc = "An object has this key.", examples = { "{ meta__has_key = \"a\" }" } },
  { "has_any", takes = "a list of texts", doc = "An object has one of these keys.",
    examples = { "{ meta__has_any = { \"a\", \"b\" } }" } },
  { "has_all", takes = "a list of texts", doc = "An object has all these keys. `has_keys` is the same.",
    examples = { "{ meta__has_all = { \"a\", \"b\" } }" } },
  { "has_keys", same = "has_all" },
  { "isnull", takes = "true, false", doc = "Is the column NULL?", examples = { "{ meta__isnull = true }" } },
})

add("Parts of documents", "part", {
  { "exact", takes = "a value, a table, `ryx.null`", doc = "Equal, within one JSON type: a number equals numbers only, "
    .. "a text texts only. `ryx.null` is JSON's null.", examples = { "{ meta__a = 1 }", "{ meta__a = \"x\" }",
    "{ meta__a__b = { 1, 2 } }", "{ meta__a = ryx.null }" } },
  { "gt", takes = "a number, a text", doc = "`gt gte lt lte range in` compare numbers with numbers, texts with texts; "
    .. "other types do not match.", examples = { "{ meta__a__0__gt = 5 }", "{ meta__a__in = { 1, \"x\" } }" } },
  { "gte", same = "gt" }, { "lt", same = "gt" }, { "lte", same = "gt" }, { "range", same = "gt" },
  { "in", same = "gt" },
  { "contains", takes = "a text, a table", doc = "Those of text match texts only; `contains` with a table, "
    .. "`contained_by` and `has_*` are those of documents.", examples = { "{ meta__a__contains = \"x\" }" } },
  { "icontains", same = "contains" }, { "startswith", same = "contains" }, { "istartswith", same = "contains" },
  { "endswith", same = "contains" }, { "iendswith", same = "contains" }, { "iexact", same = "contains" },
  { "regex", same = "contains" }, { "iregex", same = "contains" },
  { "contained_by", same = "contains" }, { "has_key", same = "contains" }, { "has_any", same = "contains" },
  { "has_all", same = "contains" }, { "has_keys", same = "contains" },
  { "isnull", takes = "true, false", doc = "True: there is no such key.", examples = { "{ meta__a__isnull = true }" } },
})

local function transform(name, gives, doc, example)
  M.transforms[name] = { gives = gives, doc = doc, example = example or ("{ created__%s = 1 }"):format(name) }
end

transform("year", "int", "The year; compared with a value it is a range of the column.", "{ created__year = 2024 }")
transform("quarter", "int", "1 to 4.")
transform("month", "int", "1 to 12.")
transform("day", "int", "Of the month.")
transform("week", "int", "Of the ISO year; the same as `iso_week`.")
transform("iso_week", "int", "1 to 53; week 1 has the year's first Thursday.")
transform("iso_year", "int", "The year that the ISO week belongs to.")
transform("dow", "int", "0 (Sunday) to 6.")
transform("iso_dow", "int", "1 (Monday) to 7.")
transform("hour", "int", "0 to 23, in UTC.")
transform("minute", "int", "0 to 59.")
transform("second", "int", "0 to 59, without its fraction.")
transform("microsecond", "int", "The fraction of the second.")
transform("date", "date", "The day; compared with a value it is a range of the column.",
  "{ created__date = \"2024-01-15\" }")
transform("time", "time", "The time of day.", "{ created__time__gte = \"12:00\" }")
transform("lower", "text", "Small letters.", "{ title__lower = \"x\" }")
transform("upper", "text", "Capital letters.", "{ title__upper = \"X\" }")
transform("trim", "text", "Without spaces at both ends.", "{ title__trim = \"x\" }")
transform("length", "int", "The number of characters.", "{ title__length__gt = 5 }")
transform("abs", "its own", "Without the sign.", "{ views__abs = 5 }")
transform("sign", "int", "-1, 0 or 1.", "{ views__sign = 1 }")
transform("floor", "its own", "The whole number below.", "{ rating__floor = 3 }")
transform("ceil", "its own", "The whole number above.", "{ rating__ceil = 4 }")

return M
