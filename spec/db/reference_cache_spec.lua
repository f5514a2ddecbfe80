-- SPDX-License-Identifier: MIT
-- What the reference system promised of its cache and signals and broke (RYX.md 5.D), row by row.
local db = require "support.db"
local ryx = require "ryx"

local Post = ryx.model("DPost", { title = ryx.CharField{ max_length = 20 } })

describe("the reference's promises of the cache", function()
  local Item = ryx.model("CacheItem", { name = ryx.CharField{ max_length = 40 }, n = ryx.IntField{ default = 0 } })
  db.use(ryx, { Item })
  before_each(function()
    ryx.configure_cache(false)
    Item.objects:delete_all()
    Item.objects:bulk_create{ Item{ name = "a", n = 1 }, Item{ name = "b", n = 2 } }
    ryx.configure_cache{ ttl = 60, max_size = 100 }
  end)
  after_each(function() ryx.configure_cache(false) end)

  local function statements(fn)
    local n = 0
    local undo = ryx.on_query(function() n = n + 1 end)
    fn()
    undo()
    return n
  end

  it("D1: the key holds the values and the database", function()
    local qs = Item.objects:cache()
    assert.equal("b", qs:filter{ n = 2 }:all()[1].name)
    assert.equal("a", qs:filter{ n = 1 }:all()[1].name)
    assert.equal("b", qs:filter{ n = 2 }:all()[1].name)
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Item }, { alias = "other" })
    assert.same({}, qs:filter{ n = 2 }:using("other"):all())
    ryx.setup(db.url)
  end)

  it("D2: a hit gives instances, as a miss does", function()
    local qs = Item.objects:order_by("id"):cache()
    local miss, hit = qs:all(), qs:all()
    assert.equal(getmetatable(miss[1]), getmetatable(hit[1]))
    assert.is_true(miss[1] == hit[1])
    hit[1].name = "mine"
    assert.equal("a", qs:all()[1].name)
  end)

  it("D3: the cache holds along a chain, and for every terminal", function()
    local qs = Item.objects:cache():filter{ n__gte = 1 }:order_by("n")
    local function ask()
      return #qs:all() + qs:count() + qs:first().n + qs:get{ n = 2 }.n + qs:aggregate{ s = ryx.Sum("n") }.s
    end
    ask()
    assert.equal(0, statements(ask))
  end)

  it("D4: every write invalidates, named keys too, after the commit", function()
    local qs = Item.objects:cache{ key = "items" }
    for _, write in ipairs{
      function() Item.objects:bulk_create{ Item{ name = "c" } } end,
      function() Item.objects:filter{ name = "c" }:update{ n = 3 } end,
      function() Item.objects:filter{ name = "c" }:delete() end,
      function() ryx.raw_execute("UPDATE " .. Item._meta.table_name .. " SET n = n + 1") end,
      function() ryx.invalidate("items") end,
      function() ryx.transaction(function() Item.objects:create{ name = "d" } end) end,
    } do
      qs:all()
      assert.equal(0, statements(function() qs:all() end))
      write()
      assert.equal(1, statements(function() qs:all() end))
    end
  end)

  it("D5: configuring again replaces, and false turns it off", function()
    for _ = 1, 3 do ryx.configure_cache{ ttl = 60 } end
    local deletes = 0
    local store = {}
    ryx.configure_cache{ backend = {
      get = function(_, key) return store[key] end,
      set = function(_, key, v) store[key] = v end,
      delete = function(_, key)
        deletes = deletes + 1
        store[key] = nil
      end,
      clear = function() store = {} end,
    } }
    Item.objects:cache():all()
    Item.objects:create{ name = "e" }
    assert.equal(1, deletes)
    ryx.configure_cache(false)
    assert.equal(2, statements(function()
      Item.objects:cache():all()
      Item.objects:cache():all()
    end))
  end)

  it("D6: a ttl of 0 keeps nothing", function()
    local qs = Item.objects:cache{ ttl = 0 }
    qs:all()
    assert.equal(1, statements(function() qs:all() end))
  end)

  it("D7: options are named ttl and max_size; a backend has four functions", function()
    ryx.configure_cache{ ttl = 1, max_size = 1 }
    assert.equal("misuse", db.error_of(ryx.configure_cache, { backend = { get = print } }).kind)
  end)
end)

describe("the reference's promises of signals", function()
  db.use(ryx, { Post })

  it("D8: receivers run one after another, and their errors stop the write", function()
    local log, undo = {}, {}
    for i = 1, 2 do
      undo[i] = ryx.signals.pre_save:connect(function(_, kw)
        log[#log + 1] = i .. " begins"
        ryx.sleep(0.002)
        log[#log + 1] = i .. " ends"
        if kw.instance.title == "bad" then error("no", 0) end
      end, { sender = Post })
    end
    ryx.run(function() Post.objects:create{ title = "good" } end)
    assert.are.same({ "1 begins", "1 ends", "2 begins", "2 ends" }, log)
    assert.are.equal("no", db.error_of(function() Post.objects:create{ title = "bad" } end))
    for _, fn in ipairs(undo) do fn() end
    assert.are.same({ "good" }, Post.objects:values_list("title", { flat = true }):all())
  end)

  it("D9: a local function stays connected, unless it was to be weak", function()
    local n, weak = 0, 0
    local function connect()
      local undo = ryx.signals.post_save:connect(function() n = n + 1 end, { sender = Post })
      ryx.signals.post_save:connect(function() weak = weak + 1 end, { sender = Post, weak = true })
      return undo
    end
    local undo = connect()
    collectgarbage()
    collectgarbage()
    Post.objects:create{ title = "a" }
    undo()
    assert.are.equal(1, n)
    assert.are.equal(0, weak)
  end)
end)
