-- SPDX-License-Identifier: MIT
-- Objects that are there, on SQLite: what one takes of memory, what it costs to follow a foreign
-- key, and bulk writes of a model that has hooks.
local items = require "items"
local measure = require "measure"
local raw = require "raw"
local ryx = require "ryx"

local PAIRS, pair, row, us = measure.pairs, measure.pair, measure.row, measure.us

local N = 1000

local function memory_of(make)
  collectgarbage()
  collectgarbage()
  local before, kept = collectgarbage("count"), {}
  for i = 1, 100 do kept[i] = make() end
  collectgarbage()
  collectgarbage()
  return (collectgarbage("count") - before) * 1024 / (#kept * N)
end

-- 100,000 of them, in lists of a thousand.
local function memory(path)
  local Item = items.model("BenchItem", "bench_items")
  ryx.migrate{ Item, items.model("BenchCopy", "bench_copies") } -- the names that raw_lite.c prepares for
  Item.objects:bulk_create(items.instances(Item, N))
  local d, meta, datetime = raw.lite(path), {}, {}
  local a = memory_of(function() return Item.objects:all() end)
  local b = memory_of(function() return d:all(meta, {}, datetime) end)
  row("memory of an instance, of 100,000", ("%.0f B"):format(a), ("%.0f B"):format(b), a / b, 1.05)
  d:close()
end

-- A thousand posts, each of an author of its own.
local function posts()
  local Author = ryx.model("BenchWriter", { name = ryx.CharField{ max_length = 50 } })
  local Post = ryx.model("BenchLetter", { title = ryx.CharField{ max_length = 50 }, author = ryx.ForeignKey(Author) })
  ryx.migrate{ Author, Post }
  local authors, list = {}, {}
  for i = 1, N do authors[i] = Author{ name = "Author " .. i } end
  Author.objects:bulk_create(authors)
  for i = 1, N do list[i] = Post{ title = "Post " .. i, author = authors[i] } end
  Post.objects:bulk_create(list)
  return Author, Post
end

local function hang(list, authors)
  local by_id = {}
  for i = 1, #authors do by_id[authors[i].id] = authors[i] end
  for i = 1, #list do rawset(list[i], "_related", { author = by_id[list[i].author_id] }) end
end

local function touches()
  local Author, Post = posts()
  local list, times, limit = Post.objects:select_related("author"):all(), {}, 0.3
  local function touch()
    for i = 1, N do
      if not list[i].author then error("a post has no author") end
    end
  end
  for i = 1, PAIRS do times[i] = measure.time(touch) end
  local took = measure.median(times)
  row("touch of a relation that is loaded", us(took, N), ("%.2f us"):format(limit), took / N * 1e6 / limit, 1)

  local fresh, theirs, at, at_theirs, keys = {}, {}, 0, 0, {}
  for i = 1, PAIRS + 1 do fresh[i], theirs[i] = Post.objects:all(), Post.objects:all() end
  for i = 1, N do keys[i] = list[i].author_id end
  local a, b, r = pair(function()
    at = at + 1
    assert(fresh[at][1].author)
  end, function()
    at_theirs = at_theirs + 1
    hang(theirs[at_theirs], Author.objects:filter{ id__in = keys }:all())
  end)
  row("first touch of 1,000 siblings, IN and hung by hand", us(a, 1), us(b, 1), r, 1.3)
end

-- Bulk writes call no hooks of single rows, so that it costs nothing to have some.
local function hooks()
  local Plain, Hooked = items.model("BenchPlain", "bench_plain"), items.model("BenchHooked", "bench_hooked")
  function Hooked.before_save() error("a bulk write calls no hooks") end
  Hooked.after_save = Hooked.before_save
  ryx.migrate{ Plain, Hooked }
  local plain, hooked, i, j = {}, {}, 0, 0
  for k = 1, PAIRS + 1 do plain[k], hooked[k] = items.instances(Plain, N), items.instances(Hooked, N) end
  local a, b, r = pair(function()
    i = i + 1
    Hooked.objects:bulk_create(hooked[i])
  end, function()
    j = j + 1
    Plain.objects:bulk_create(plain[j])
  end)
  row("bulk_create of a model with hooks, without", us(a, 1), us(b, 1), r, 1.05)
end

return function(path)
  os.remove(path)
  ryx.setup("sqlite:" .. path)
  memory(path)
  touches()
  hooks()
  ryx.close()
end
