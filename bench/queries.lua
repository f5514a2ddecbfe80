-- SPDX-License-Identifier: MIT
-- Statements on several rows or tables: related objects, IN lists, groups, updates.
-- Where a feature is not there yet its row is left out.
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local pair, row, us = measure.pair, measure.row, measure.us
local F = ryx.F

-- Reads of many rows, and statements whose work is the database's.
local READ, STATEMENT = 1.5, 1.15

local AUTHORS, POSTS_EACH, SALES, SHOPS, COUNTERS, TEXTS = 100, 20, 10000, 20, 1000, 10000
local MANY_SALES = 100000

local function sales(name, table_name)
  return ryx.model(name, {
    shop = ryx.CharField{ max_length = 50 },
    amount = ryx.IntField(),
    Meta = { table_name = table_name },
  })
end

local function sell(Sale, n)
  local list = {}
  for i = 1, n do list[i] = Sale{ shop = "Shop " .. i % SHOPS, amount = i * 13 % 997 } end
  Sale.objects:bulk_create(list)
end

local function models()
  local Author = ryx.model("BenchAuthor", {
    name = ryx.CharField{ max_length = 100 },
    age = ryx.IntField(),
    Meta = { table_name = "bench_authors" },
  })
  local Post = ryx.model("BenchPost", {
    title = ryx.CharField{ max_length = 100 },
    views = ryx.IntField(),
    author = ryx.ForeignKey(Author, { related_name = "posts" }),
    Meta = { table_name = "bench_posts" },
  })
  local Counter = ryx.model("BenchCounter", { views = ryx.IntField(), Meta = { table_name = "bench_counters" } })
  local Text = ryx.model("BenchText", {
    body = ryx.CharField{ max_length = 200 },
    Meta = {
      table_name = "bench_texts", indexes = { ryx.SearchIndex{ fields = { "body" }, name = "bench_words" } },
    },
  })
  return { Author = Author, Post = Post, Sale = sales("BenchSale", "bench_sales"), Counter = Counter, Text = Text }
end

-- Ten words of a hundred: two are in every hundredth of them.
local function write_texts(Text)
  local list, seed = {}, 1
  for i = 1, TEXTS do
    local words = {}
    for k = 1, 10 do
      seed = seed * 16807 % 2147483647
      words[k] = "word" .. seed % 100
    end
    list[i] = Text{ body = table.concat(words, " ") }
  end
  Text.objects:bulk_create(list)
end

-- A server has the rows from the Lua before this one.
local function fill(m)
  ryx.migrate{ m.Author, m.Post, m.Sale, m.Counter, m.Text }
  if m.Sale.objects:exists() then return end
  local authors, posts, counters = {}, {}, {}
  for i = 1, AUTHORS do authors[i] = m.Author{ name = "Author " .. i, age = 20 + i % 60 } end
  m.Author.objects:bulk_create(authors)
  for i = 1, AUTHORS * POSTS_EACH do
    posts[i] = m.Post{ title = "Post " .. i, views = i * 7 % 1000, author_id = authors[i % AUTHORS + 1].id }
  end
  m.Post.objects:bulk_create(posts)
  sell(m.Sale, SALES)
  write_texts(m.Text)
  for i = 1, COUNTERS do counters[i] = m.Counter{ views = i } end
  m.Counter.objects:bulk_create(counters)
  return counters
end

-- A batch is `times` calls, so that what a cold call costs does not decide.
local function compare(name, times, budget, ours, theirs)
  local a, b, r = pair(function()
    for _ = 1, times do ours() end
  end, function()
    for _ = 1, times do theirs() end
  end)
  row(name, us(a, times), us(b, times), r, budget)
end

local function related(db, m, d)
  local meta, record, author_meta, author_record = {}, {}, {}, {}
  if not m.Post.objects.select_related then return end
  local qs = m.Post.objects:select_related("author")
  for _, n in ipairs{ 100, 1000 } do
    local limited = qs:limit(n)
    compare(("%s select_related, %d rows"):format(db, n), 1000 / n, READ,
      function() limited:all() end, function() d:related(n, meta, record, author_meta, author_record) end)
  end
end

local function prefetch(db, m, d)
  local meta, record, post_meta, post_record = {}, {}, {}, {}
  if not m.Author.objects.prefetch_related then return end
  local qs = m.Author.objects:prefetch_related("posts")
  compare(("%s prefetch_related, %d x %d"):format(db, AUTHORS, POSTS_EACH), 3, READ,
    function() qs:all() end, function() d:prefetch(meta, record, post_meta, post_record) end)
end

-- n keys of a table from everywhere in it, none of them twice.
local function some_keys(Sale, n)
  local keys, ids = Sale.objects:order_by("id"):values_list("id", { flat = true }):all(), {}
  for i = 1, n do ids[i] = keys[(i * 7919) % #keys + 1] end
  return ids
end

local function in_lists(db, m, d)
  local meta, record, sql = {}, {}, nil
  for _, n in ipairs{ 100, SALES } do
    local ids = some_keys(m.Sale, n)
    local text = m.Sale.objects:filter{ id__in = ids }:sql()
    assert(not sql or sql == text, "the length of a list changes the SQL")
    sql = text
    compare(("%s IN of %d ids"):format(db, n), n == 100 and 10 or 1, READ,
      function() m.Sale.objects:filter{ id__in = ids }:all() end, function() d:in_list(ids, meta, record) end)
  end
end

local function groups(db, m, d)
  compare(("%s group by, %d rows, %d groups"):format(db, SALES, SHOPS), 3, STATEMENT, function()
    m.Sale.objects:values("shop"):annotate{ n = ryx.Count(), total = ryx.Sum("amount") }:order_by("shop"):all()
  end, function() d:groups() end)
end

-- Groups by what a sub-query works out for each row: how many posts, and the most views.
local function groups_within(db, m, d)
  local views = m.Post.objects:filter{ author_id = ryx.OuterRef"id" }:order_by("-views"):values("views"):limit(1)
  local values = { by_count = ryx.Count("posts"), by_greatest = ryx.Subquery(views) }
  for _, name in ipairs{ "by_count", "by_greatest" } do
    local qs = m.Author.objects:annotate{ value = values[name] }:values("value"):annotate{ n = ryx.Count() }
    qs = qs:order_by("value")
    assert(#qs:all() == #d:groups_within(name), "both sides find the same groups")
    compare(("%s group %s of posts, %d x %d"):format(db, name:gsub("_", " "), AUTHORS, POSTS_EACH), 10, STATEMENT,
      function() qs:all() end, function() d:groups_within(name) end)
  end
end

-- `words` is what the other side asks for, in the words of its database.
local function searches(db, m, d, words)
  local meta, record = {}, {}
  local qs = m.Text.objects:filter{ body__search = "word7 word3" }
  local n = #qs:all()
  assert(n > 20 and n == #d:search(words, meta, record), "both sides find the same texts")
  compare(("%s search of two words, %d of %d texts"):format(db, n, TEXTS), 10, READ,
    function() qs:all() end, function() d:search(words, meta, record) end)
end

local function updates(db, m, d, counters)
  compare(("%s update of %d rows by F"):format(db, COUNTERS), 10, STATEMENT, function()
    m.Counter.objects:filter{ id__lte = COUNTERS }:update{ views = F"views" + 1 }
  end, function() d:update(COUNTERS, 1) end)
  if not m.Counter.objects.bulk_update then return end
  compare(("%s bulk_update of %d instances"):format(db, COUNTERS), 1, READ,
    function() m.Counter.objects:bulk_update(counters, { "views" }) end, function() d:bulk_update(counters) end)
end

local function sqlite(path)
  os.remove(path)
  ryx.setup("sqlite:" .. path)
  local m = models()
  local counters = fill(m)
  local d = raw.lite_queries(path)
  related("SQLite", m, d)
  prefetch("SQLite", m, d)
  in_lists("SQLite", m, d)
  groups("SQLite", m, d)
  groups_within("SQLite", m, d)
  searches("SQLite", m, d, '"word7" "word3"')
  updates("SQLite", m, d, counters)
  d:close()
  ryx.close()
end

local function postgres(url)
  ryx.setup(url .. "?max_connections=1")
  local m = models()
  fill(m)
  -- Without figures of the table its planner expects a search to find nothing.
  ryx.raw_fetch("VACUUM ANALYZE bench_texts")
  local d = raw.pg_queries(url)
  related("PostgreSQL", m, d)
  in_lists("PostgreSQL", m, d)
  groups_within("PostgreSQL", m, d)
  searches("PostgreSQL", m, d, "word7 word3")
  d:close()
  ryx.close()
end

-- The plan of a list of literals depends on how many rows the server believes in.
local function analyze(table_name) ryx.raw_fetch("ANALYZE TABLE " .. table_name) end

-- A table of which the list names one row of ten.
local function fill_many()
  local Sale = sales("BenchManySale", "bench_many_sales")
  ryx.migrate{ Sale }
  if not Sale.objects:exists() then sell(Sale, MANY_SALES) end
  analyze "bench_many_sales"
  return Sale
end

local function in_many(db, Sale, d)
  local meta, record, ids = {}, {}, some_keys(Sale, SALES)
  compare(("%s IN of %d ids, %d rows"):format(db, SALES, MANY_SALES), 1, READ,
    function() Sale.objects:filter{ id__in = ids }:all() end, function() d:in_many(ids, meta, record) end)
end

local function mysql(name, url)
  -- Neither side pays for TLS, which MySQL offers unasked.
  ryx.setup(url .. "?sslmode=disable&max_connections=1")
  local m = models()
  fill(m)
  analyze "bench_sales"
  local Many = fill_many()
  local d = raw.my_queries(url)
  in_lists(name, m, d)
  in_many(name, Many, d)
  d:close()
  ryx.close()
end

return function(path, pg, my, my8)
  sqlite(path)
  if pg then postgres(pg) end
  if my then mysql("MariaDB", my) end
  if my8 then mysql("MySQL", my8) end
end
