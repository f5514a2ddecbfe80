-- SPDX-License-Identifier: MIT
-- What every host must be able to do: one list, run by each host its own way.
-- Returns setup(url) -> { { name, fn }, ... }; fn raises when something is wrong.
local ryx = require "ryx"

-- What differs between the databases here: how to keep a server busy, and how
-- to kill a connection from another one.
local facts = {
  sqlite = {
    slow = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) SELECT count(*) AS n FROM c",
  },
  postgres = {
    slow = "SELECT pg_sleep(20)",
    id = "SELECT pg_backend_pid() AS id",
    kill = "SELECT pg_terminate_backend(?)",
  },
  mysql = {
    slow = "SELECT SLEEP(20)",
    id = "SELECT CONNECTION_ID() AS id",
    kill = "KILL ?",
  },
}
facts.mariadb = facts.mysql
local scheme = { sqlite = "sqlite", postgres = "postgres", postgresql = "postgres", mysql = "mysql", mariadb = "mariadb" }

local function equal(got, want, what)
  if got ~= want then
    error(("%s: expected %s, got %s"):format(what or "value", tostring(want), tostring(got)), 2)
  end
end

local Author, Post = nil, nil
local function models()
  Author = ryx.model("HostAuthor", {
    name = ryx.CharField{ max_length = 100 },
    email = ryx.CharField{ max_length = 100, unique = true },
  })
  Post = ryx.model("HostPost", {
    title = ryx.CharField{ max_length = 200 },
    author = ryx.ForeignKey(Author, { on_delete = "CASCADE", related_name = "posts" }),
    views = ryx.IntField{ default = 0 },
    created = ryx.DateTimeField{ auto_now_add = true },
  })
end

local list = {}
local function scenario(name, fn) list[#list + 1] = { name = name, fn = fn } end

scenario("create tables", function(host)
  ryx.raw_execute("DROP TABLE IF EXISTS host_posts")
  ryx.raw_execute("DROP TABLE IF EXISTS host_authors")
  ryx.migrate{ Author, Post }
  equal(Author.objects:count(), 0, "authors")
  equal(host.url ~= nil, true)
end)

scenario("insert", function()
  local ann = Author.objects:create{ name = "Ann", email = "ann@example.com" }
  equal(type(ann.id), "number", "key")
  local post = Post{ title = "Hello", author = ann }
  post:save()
  equal(post.views, 0, "default")
  local posts = {}
  for i = 1, 1000 do posts[i] = Post{ title = "Post " .. i, author = ann, views = i } end
  Post.objects:bulk_create(posts)
  equal(type(posts[1000].id), "number", "key of a bulk row")
  equal(Post.objects:count(), 1001, "posts")
end)

scenario("query", function()
  local popular = Post.objects:filter{ views__gte = 991 }:order_by("-views"):limit(5):all()
  equal(#popular, 5, "rows")
  equal(popular[1].title, "Post 1000", "first")
  equal(popular[1].author.name, "Ann", "relation")
  equal(Post.objects:get{ title = "Hello" }.views, 0, "get")
  equal(Post.objects:filter{ title__startswith = "Post 99" }:count(), 11, "startswith")
  equal(Post.objects:filter{ views__in = { 1, 2, 3, 5000 } }:count(), 3, "in")
  equal(Post.objects:filter(ryx.Q{ views = 1 } + ryx.Q{ views__gt = 999 }):count(), 2, "or")
  equal(Post.objects:filter{ views = 7 }:update{ title = "Seven é 🙂" }, 1, "updated")
  equal(Post.objects:get{ views = 7 }.title, "Seven é 🙂", "text")
end)

scenario("join, annotate, aggregate, load relations", function()
  local Q, F, Count, Sum = ryx.Q, ryx.F, ryx.Count, ryx.Sum
  local top = Post.objects:filter{ author__name = "Ann", views__gt = 995 }:order_by("-views")
  equal(top:count(), 5, "across a relation")
  equal(Author.objects:filter{ posts__views__gt = 995 }:distinct():count(), 1, "and back")
  equal(Author.objects:exclude{ posts__views = -5 }:count(), 1, "not there")
  local ann = Author.objects:annotate{ n = Count("posts", { filter = Q{ posts__views__gt = 990 } }) }:get{ name = "Ann" }
  equal(ann.n, 10, "annotated count")
  local sums = Post.objects:values("author__name"):annotate{ total = Sum("views") }:all()
  equal(sums[1].total, 500500, "sum of a group")
  equal(Post.objects:aggregate{ n = Count("id") }.n, 1001, "aggregate")
  equal(top:annotate{ twice = F"views" * 2 }:first().twice, 2000, "expression")
  equal(top:select_related("author"):first().author.name, "Ann", "select_related")
  local loaded = Author.objects:prefetch_related(ryx.Prefetch("posts", { queryset = top, to = "top" })):all()
  equal(#loaded[1].top, 5, "prefetch_related")
  local page = Post.objects:order_by("-views"):paginate{ size = 10 }
  equal(Post.objects:order_by("-views"):paginate{ size = 10, after = page.next }.rows[1].views, 990, "the second page")
  equal(top:union(Post.objects:filter{ views = 1 }):count(), 6, "union")
end)

scenario("stream", function()
  local n = 0
  for post in Post.objects:order_by("id"):iter{ chunk = 100 } do
    equal(type(post.title), "string", "streamed row")
    n = n + 1
  end
  equal(n, 1001, "streamed rows")
  n = 0
  Post.objects:order_by("id"):each(function()
    n = n + 1
    return n < 150
  end, { chunk = 50 })
  equal(n, 150, "rows until each was told to stop")
  equal(Post.objects:count(), 1001, "the connection lives on")
end)

scenario("100 tasks at once", function()
  local tasks, seen = {}, 0
  for i = 1, 100 do
    tasks[i] = function()
      local post = Post.objects:get{ views = i == 7 and 8 or i }
      seen = seen + 1
      return post.views
    end
  end
  local results = ryx.gather(tasks)
  equal(seen, 100, "tasks that ran")
  equal(results[100], 100, "result in order")
  equal(results[7], 8, "result in order")
end)

scenario("roll a transaction back", function()
  local before = Post.objects:count()
  local ok, err = pcall(ryx.transaction, function()
    Post.objects:filter{ views__gt = 500 }:delete()
    equal(Post.objects:count(), 501, "inside")
    error("changed my mind")
  end)
  equal(ok, false, "the error goes on")
  equal(tostring(err):find("changed my mind", 1, true) ~= nil, true, "the error itself")
  equal(Post.objects:count(), before, "after the rollback")
  ryx.transaction(function()
    Post.objects:filter{ views = 1 }:update{ views = -1 }
    pcall(ryx.transaction, function()
      Post.objects:filter{ views = 2 }:update{ views = -2 }
      error("inner")
    end)
  end)
  equal(Post.objects:filter{ views__lt = 0 }:count(), 1, "a savepoint rolled back alone")
end)

scenario("lose nothing to transactions that were left", function()
  local before, reports = Author.objects:count(), 0
  local undo = ryx.on_error(function() reports = reports + 1 end)
  local n = 500
  for i = 1, n do
    local generate = ryx.wrap(function()
      ryx.transaction(function()
        Author.objects:create{ name = "lost", email = "lost" }
        coroutine.yield()
      end)
    end)
    generate()
    Author.objects:create{ name = "kept", email = "kept " .. i }
    if i % 100 == 0 then collectgarbage() end
  end
  undo()
  equal(reports, n, "reports")
  equal(Author.objects:filter{ name = "lost" }:count(), 0, "rows of transactions that were left")
  equal(Author.objects:filter{ name = "kept" }:delete(), n, "rows that were acknowledged")
  equal(Author.objects:count(), before, "authors")
end)

scenario("let one in at a time", function()
  local now, most, tasks = 0, 0, {}
  for i = 1, 5 do
    tasks[i] = function()
      ryx.advisory_lock("scenario", function()
        now = now + 1
        most = math.max(most, now)
        ryx.sleep(0.01)
        now = now - 1
      end)
    end
  end
  ryx.gather(tasks)
  equal(most, 1, "at once")
  local is_inside, got, err
  ryx.gather(function()
    ryx.advisory_lock("scenario", function()
      is_inside = true
      while got == nil do ryx.sleep(0.005) end
    end)
  end, function()
    while not is_inside do ryx.sleep(0.005) end
    got, err = pcall(ryx.advisory_lock, "scenario", print, { wait = 0 })
  end)
  equal(got, false, "a second holder")
  equal(err.kind, "timeout", "kind of " .. tostring(err))
  equal(ryx.advisory_lock("scenario", function() return Author.objects:count() end, { wait = 2 }), 1, "authors")
end)

scenario("name the caller's line", function()
  local wheres = {}
  local undo = ryx.on_query(function(e) wheres[#wheres + 1] = e.where end)
  local _, err = pcall(function() return (Post.objects:get{ id = -1 }) end)
  undo()
  equal(err.where:match("[%w_]+%.lua:%d+$") ~= nil and err.where:match("([%w_]+)%.lua"), "scenarios", "where of an error")
  equal(wheres[1]:match("([%w_]+)%.lua:%d+$"), "scenarios", "where of an event")
end)

scenario("time a query out", function(host)
  local ok, err = pcall(ryx.timeout, 0.2, function() ryx.raw_fetch(host.facts.slow) end)
  equal(ok, false, "it timed out")
  equal(type(err), "table", "a structured error")
  equal(err.kind, "timeout", "kind of " .. tostring(err))
  equal(err.message, "timed out after 0.2 s", "message")
  equal(Post.objects:count(), 1001, "the next query")
end)

scenario("survive a killed connection", function(host)
  if not host.facts.kill then
    -- Nobody can kill a connection to a file; what can be lost is the pool.
    ryx.setup(host.url)
    equal(Post.objects:count(), 1001, "after opening again")
    return
  end
  local id = ryx.raw_fetch(host.facts.id)[1].id
  ryx.setup{ default = host.url, admin = host.url }
  local admin = ryx.raw_fetch(host.facts.id, nil, { alias = "admin" })[1].id
  equal(admin ~= id, true, "another connection")
  local victim = ryx.raw_fetch(host.facts.id)[1].id
  pcall(ryx.raw_fetch, host.facts.kill, { victim }, { alias = "admin" })
  -- The server closes the socket on its own time; whichever query meets it first,
  -- none fails and the pool heals.
  for _ = 1, 20 do
    equal(Post.objects:count(), 1001, "a query after the kill")
  end
  ryx.setup(host.url)
end)

scenario("report a constraint error", function()
  local ok, err = pcall(function()
    Author.objects:create{ name = "Other Ann", email = "ann@example.com" }
  end)
  equal(ok, false, "refused")
  equal(err.kind, "unique_violation", "kind of " .. tostring(err))
  equal(err:is(ryx.IntegrityError), true, "class")
  equal(tostring(err):find("\n", 1, true), nil, "one line")
  ok, err = pcall(function() Post.objects:create{ title = "Orphan", author_id = 987654 } end)
  equal(ok, false, "refused")
  equal(err.kind, "foreign_key_violation", "kind of " .. tostring(err))
  equal(Author.objects:count(), 1, "nothing written")
end)

scenario("nothing is left open", function(host)
  if host.quiet then host.quiet() end
  local open = require("ryx.db").left_open()
  for _, what in ipairs{ "requests", "rows", "pinned", "transactions", "streams" } do
    equal(open[what], 0, what)
  end
end)

local M = {}

--- The scenarios for a database; sets ryx up. `quiet` ends what the host itself
--- has running, before the last one counts.  M.setup("sqlite:x.db")
function M.setup(url, quiet)
  ryx.setup(url)
  models()
  local host = { url = url, quiet = quiet, facts = facts[scheme[url:match("^(%w+)")]] }
  local bound = {}
  for i, s in ipairs(list) do
    bound[i] = { name = s.name, fn = function() return s.fn(host) end }
  end
  return bound
end

--- Runs them in order with TAP lines through `say`; returns the failures.
function M.run(url, say, quiet)
  local failures = 0
  local scenarios = M.setup(url, quiet)
  for i, s in ipairs(scenarios) do
    local ok, err = xpcall(s.fn, function(e)
      return type(e) == "table" and tostring(e) .. " " .. debug.traceback("", 2) or debug.traceback(tostring(e), 2)
    end)
    if not ok then failures = failures + 1 end
    say((ok and "ok " or "not ok ") .. i .. " - " .. s.name)
    if not ok then say("  " .. tostring(err):gsub("\n", "\n  ")) end
  end
  say("1.." .. #scenarios)
  return failures
end

return M
