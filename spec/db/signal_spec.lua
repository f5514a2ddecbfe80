-- SPDX-License-Identifier: MIT
-- Signals: what receivers are told of writes, links, transactions and migrations, when, and what
-- a receiver that raises stops.
local db = require "support.db"
local ryx = require "ryx"

local signals = ryx.signals

local function drop(model)
  local databases = require "ryx.db"
  ryx.raw_execute("DROP TABLE " .. databases.quote(databases.alias("default"), model._meta.table_name))
end

local Tag = ryx.model("SigTag", { name = ryx.CharField{ max_length = 20, unique = true } })
local Post = ryx.model("SigPost", {
  title = ryx.CharField{ max_length = 50, unique = true },
  views = ryx.IntField{ default = 0 },
  changed = ryx.DateTimeField{ auto_now = true },
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  friends = ryx.ManyToManyField("self"),
  parent = ryx.ForeignKey("self", { null = true, related_name = "children" }),
})
local Seen = ryx.model("SigSeen", { what = ryx.CharField{ max_length = 60 } })

describe("signals", function()
  db.use(ryx, { Tag, Post, Seen })

  local undo, log

  before_each(function()
    undo, log = {}, {}
    Post.objects:delete_all()
    Tag.objects:delete_all()
    Seen.objects:delete_all()
  end)

  after_each(function()
    for _, fn in ipairs(undo) do fn() end
    for _, hook in ipairs{ "clean", "before_save", "after_save", "before_delete", "after_delete" } do
      Post[hook] = nil
    end
  end)

  local function on(name, fn, options)
    undo[#undo + 1] = signals[name]:connect(fn, options or { sender = Post })
  end

  local function note(name, options)
    on(name, function(sender, kw) log[#log + 1] = { name, sender, kw } end, options)
  end

  local SAVES_AND_MORE = {
    "pre_save", "post_save", "pre_delete", "post_delete", "pre_update", "post_update", "pre_bulk_delete",
    "post_bulk_delete",
  }

  -- The names of the signals that a function sends.
  local function sent_by(fn)
    local sent, own = {}, {}
    for _, name in ipairs(SAVES_AND_MORE) do
      own[#own + 1] = signals[name]:connect(function(sender)
        sent[#sent + 1] = sender == Post and name or sender._meta.model_name .. " " .. name
      end)
    end
    local ok, err = pcall(fn)
    for _, disconnect in ipairs(own) do disconnect() end
    if not ok then error(err, 0) end
    return sent
  end

  describe("of a save", function()
    it("give the instance and whether it is new", function()
      note "pre_save"
      note "post_save"
      local post = Post{ title = "a" }
      post:save()
      post.title = "b"
      post:save()
      assert.are.same({
        { "pre_save", Post, { instance = post, created = true } },
        { "post_save", Post, { instance = post, created = true } },
        { "pre_save", Post, { instance = post, created = false } },
        { "post_save", Post, { instance = post, created = false } },
      }, log)
    end)

    it("come in the order of a save", function()
      local function add(what)
        return function() log[#log + 1] = what end
      end
      function Post:clean() log[#log + 1] = self.changed and "clean, with times" end
      Post.before_save, Post.after_save = add "before_save", add "after_save"
      on("pre_save", add "pre_save")
      on("post_save", function(_, kw) log[#log + 1] = kw.instance.pk and "post_save, with a key" end)
      undo[#undo + 1] = ryx.on_query(function(e) log[#log + 1] = e.kind end)
      Post{ title = "a" }:save()
      assert.are.same({
        "clean, with times", "before_save", "pre_save", "insert", "post_save, with a key", "after_save",
      }, log)
    end)

    it("stop it, without a statement, when one before it raises", function()
      local post = Post.objects:create{ title = "a" }
      on("pre_save", function(_, kw) error("no " .. kw.instance.title, 0) end)
      note "post_save"
      function Post.after_save() log[#log + 1] = "after_save" end
      local sql = db.sql_of(ryx, function()
        assert.are.equal("no new", db.error_of(function() Post.objects:create{ title = "new" } end))
        post.title = "b"
        assert.are.equal("no b", db.error_of(post.save, post))
      end)
      assert.are.same({}, sql)
      assert.are.same({}, log)
      assert.are.equal("a", Post.objects:get().title)
    end)

    it("may change what is written", function()
      on("pre_save", function(_, kw) kw.instance.title = kw.instance.title:upper() end)
      local post = Post.objects:create{ title = "a" }
      assert.are.equal("A", post.title)
      assert.are.equal("A", Post.objects:get().title)
    end)

    it("and hooks may set what their columns hold, and nothing else", function()
      local parent = Post.objects:create{ title = "parent" }
      local function set(object, values)
        for k, v in pairs(values) do object[k] = v end
      end
      local function by_hook(values)
        function Post:before_save() set(self, values) end
        local ok, result = pcall(Post.objects.create, Post.objects, { title = "a" })
        Post.before_save = nil
        return ok and result or error(result, 0)
      end
      local function by_receiver(values)
        local disconnect = signals.pre_save:connect(function(_, kw) set(kw.instance, values) end, { sender = Post })
        local ok, result = pcall(Post.objects.create, Post.objects, { title = "b", views = 0 })
        disconnect()
        return ok and result or error(result, 0)
      end
      local function written(values)
        local post, other = by_hook(values), by_receiver(values)
        assert.are.same({ post.views, post.parent_id }, { other.views, other.parent_id })
        local read = Post.objects:get{ pk = post.pk }
        assert.are.same({ read.views, read.parent_id }, { post.views, post.parent_id })
        Post.objects:exclude{ pk = parent.pk }:delete()
        return post
      end
      assert.are.equal(5, written{ views = "5" }.views)
      assert.are.equal(parent.pk, written{ parent = parent }.parent_id)
      local post = written{ parent = ryx.null }
      assert.is_nil(post.parent_id)
      assert.is_nil(rawget(post, "parent_id"))
      for field, v in pairs{ views = "many", title = ("x"):rep(51), parent = Post{ title = "not saved" } } do
        for _, write in ipairs{ by_hook, by_receiver } do
          local err = db.error_of(write, { [field] = v })
          assert.are.equal(field == "parent" and "misuse" or "validation", err.kind)
          assert.is_truthy(tostring(err):find(field, 1, true), tostring(err))
        end
        assert.are.equal(1, Post.objects:count())
      end
    end)

    it("go up from after it, the row being there", function()
      on("post_save", function() error("late", 0) end)
      assert.are.equal("late", db.error_of(function() Post.objects:create{ title = "a" } end))
      assert.are.equal(1, Post.objects:count())
      assert.are.equal("late", db.error_of(function()
        ryx.transaction(function() Post.objects:create{ title = "b" } end)
      end))
      assert.are.equal(1, Post.objects:count())
    end)

    it("are those of create, get_or_create, update_or_create and upsert, too", function()
      local both = { "pre_save", "post_save" }
      assert.are.same(both, sent_by(function() Post.objects:create{ title = "a" } end))
      assert.are.same({}, sent_by(function() Post.objects:get_or_create{ title = "a" } end))
      assert.are.same(both, sent_by(function() Post.objects:get_or_create{ title = "b" } end))
      assert.are.same(both, sent_by(function()
        Post.objects:update_or_create{ title = "b", defaults = { views = 1 } }
      end))
      assert.are.same(both, sent_by(function()
        Post.objects:update_or_create{ title = "c", defaults = { views = 1 } }
      end))
      for _, title in ipairs{ "c", "d" } do
        assert.are.same(both, sent_by(function()
          Post.objects:upsert({ title = title, views = 7 }, { unique_fields = { "title" } })
        end))
      end
    end)

    it("say of upsert what became of it", function()
      note "post_save"
      for _ = 1, 2 do Post.objects:upsert({ title = "a", views = 7 }, { unique_fields = { "title" } }) end
      assert.is_true(log[1][3].created)
      assert.is_false(log[2][3].created)
    end)

    it("are those of children that a relation makes", function()
      local post = Post.objects:create{ title = "a" }
      assert.are.same({ "pre_save", "post_save" }, sent_by(function() post.children:create{ title = "b" } end))
    end)

    it("are none of bulk_create and bulk_update", function()
      function Post.before_save() log[#log + 1] = "hook" end
      local list = { Post{ title = "a" }, Post{ title = "b" } }
      assert.are.same({}, sent_by(function()
        Post.objects:bulk_create(list)
        list[1].views = 5
        Post.objects:bulk_update(list, { "views" })
        Seen.objects:create_from(Post.objects:values("title"), { fields = { "what" } })
        local rows = { { what = "c" } }
        ryx.copy_from(Seen, function() return table.remove(rows) end)
      end))
      assert.are.same({}, log)
    end)
  end)

  describe("of a delete", function()
    it("give the instance, whose key is there yet", function()
      local post = Post.objects:create{ title = "a" }
      local key, keys = post.pk, {}
      note "pre_delete"
      on("post_delete", function(sender, kw)
        keys[#keys + 1] = kw.instance.pk
        log[#log + 1] = { "post_delete", sender, kw }
      end)
      assert.are.equal(1, post:delete())
      assert.are.equal(2, #log)
      assert.are.same({ key }, keys)
      for i, name in ipairs{ "pre_delete", "post_delete" } do
        assert.are.equal(name, log[i][1])
        assert.are.equal(Post, log[i][2])
        assert.is_true(rawequal(post, log[i][3].instance))
        assert.is_nil(next(log[i][3], "instance"))
      end
      assert.is_nil(post.pk)
    end)

    it("come in the order of a delete", function()
      local object = Seen.objects:create{ what = "a" }
      for _, name in ipairs{ "before_delete", "after_delete" } do
        Seen[name] = function() log[#log + 1] = name end
      end
      for _, name in ipairs{ "pre_delete", "post_delete" } do
        on(name, function() log[#log + 1] = name end, { sender = Seen })
      end
      undo[#undo + 1] = ryx.on_query(function(e) log[#log + 1] = e.kind end)
      object:delete()
      Seen.before_delete, Seen.after_delete = nil, nil
      assert.are.same({ "before_delete", "pre_delete", "delete", "post_delete", "after_delete" }, log)
    end)

    -- a <- b <- c: each refers to the one before it.
    local function family()
      local a = Post.objects:create{ title = "a" }
      local b = Post.objects:create{ title = "b", parent = a }
      Post.objects:create{ title = "c", parent = b }
      return a
    end

    local function logging(name)
      on(name, function(_, kw)
        local n = kw.instance.pk and Post.objects:count() or "no key"
        log[#log + 1] = ("%s %s %s"):format(name, kw.instance.title, n)
      end)
    end

    it("are those of rows that go along, too, the whole family being there before and gone after", function()
      local a = family()
      logging "pre_delete"
      logging "post_delete"
      assert.are.equal(1, a:delete())
      table.sort(log)
      assert.are.same({
        "post_delete a 0", "post_delete b 0", "post_delete c 0", "pre_delete a 3", "pre_delete b 3", "pre_delete c 3",
      }, log)
    end)

    it("are not sent for rows that go along when nobody listens there", function()
      local tag, post = Tag.objects:create{ name = "a" }, Post.objects:create{ title = "a" }
      post.tags:add(tag)
      on("pre_delete", function(sender) log[#log + 1] = sender end, { sender = Tag })
      local verbs = {}
      for i, sql in ipairs(db.sql_of(ryx, function() tag:delete() end)) do verbs[i] = sql:match("^%u+") end
      assert.are.same({ "DELETE" }, verbs)
      assert.are.same({ Tag }, log)
    end)

    it("stop all of it when one of a row that goes along raises", function()
      local a = family()
      on("pre_delete", function(_, kw)
        if kw.instance.title == "c" then error("c stays", 0) end
      end)
      note "post_delete"
      assert.are.equal("c stays", db.error_of(a.delete, a))
      assert.are.equal(3, Post.objects:count())
      assert.are.same({}, log)
      assert.is_not_nil(a.pk)
    end)

    it("undo all of it when one after a row that goes along raises", function()
      local a = family()
      on("post_delete", function(_, kw)
        if kw.instance.title == "b" then error("b is missed", 0) end
      end)
      assert.are.equal("b is missed", db.error_of(a.delete, a))
      assert.are.equal(3, Post.objects:count())
    end)

    it("are none of a queryset's own rows, but of those that go along", function()
      family()
      logging "pre_delete"
      Post.objects:filter{ title = "a" }:delete()
      table.sort(log)
      assert.are.same({ "pre_delete b 3", "pre_delete c 3" }, log)
      assert.are.equal(0, Post.objects:count())
    end)

    it("stop it, without a statement, when one before it raises", function()
      local post = Post.objects:create{ title = "a" }
      on("pre_delete", function() error("no", 0) end)
      note "post_delete"
      local sql = db.sql_of(ryx, function() assert.are.equal("no", db.error_of(post.delete, post)) end)
      assert.are.same({}, sql)
      assert.are.same({}, log)
      assert.are.equal(1, Post.objects:count())
      assert.is_not_nil(post.pk)
    end)
  end)

  describe("of a queryset's update", function()
    it("give the queryset, the names of the fields and how many rows there were", function()
      Post.objects:bulk_create{ Post{ title = "a" }, Post{ title = "b" }, Post{ title = "c", views = 3 } }
      note "pre_update"
      note "post_update"
      local qs = Post.objects:filter{ views = 0 }
      assert.are.equal(2, qs:update{ views = 1, parent_id = ryx.null })
      assert.are.equal(2, #log)
      for i, name in ipairs{ "pre_update", "post_update" } do
        assert.are.equal(name, log[i][1])
        assert.are.equal(Post, log[i][2])
        assert.is_true(rawequal(qs, log[i][3].queryset))
        assert.are.same({ "parent", "views" }, log[i][3].fields)
      end
      assert.is_nil(log[1][3].updated_count)
      assert.are.equal(2, log[2][3].updated_count)
    end)

    it("are sent by every update, and nothing else is", function()
      local post = Post.objects:create{ title = "a" }
      local both = { "pre_update", "post_update" }
      assert.are.same(both, sent_by(function() Post.objects:update_all{ views = 1 } end))
      assert.are.same(both, sent_by(function() Post.objects:filter{ views = 99 }:update{ views = 1 } end))
      assert.are.same(both, sent_by(function() Post.objects:none():update{ views = 1 } end))
      assert.are.same(both, sent_by(function() post.children:update_all{ views = 1 } end))
      assert.are.same(both, sent_by(function() Post.objects:limit(1):update{ views = 1 } end))
      for _, able in ipairs{ true, false } do
        db.without(able and {} or { update_returning = true }, function()
          note "post_update"
          assert.are.same(both, sent_by(function()
            Post.objects:update_all({ views = 1 }, { returning = true })
          end))
          assert.are.equal(1, log[#log][3].updated_count)
        end)
      end
    end)

    it("stop it, without a statement, when one before it raises", function()
      Post.objects:create{ title = "a" }
      on("pre_update", function() error("no", 0) end)
      note "post_update"
      local sql = db.sql_of(ryx, function()
        assert.are.equal("no", db.error_of(function() Post.objects:update_all{ views = 1 } end))
      end)
      assert.are.same({}, sql)
      assert.are.same({}, log)
    end)

    it("are not sent by a call that is wrong", function()
      note "pre_update"
      note "pre_bulk_delete"
      pcall(function() Post.objects:update{ views = 1 } end)
      pcall(function() Post.objects:update_all{ viewed = 1 } end)
      pcall(function() Post.objects:update_all{ views = "many" } end)
      pcall(function() Post.objects:delete() end)
      pcall(function() Post.objects:delete_all{ returning = { "no" } } end)
      assert.are.same({}, log)
    end)

    it("are sent when a parent takes children or leaves them", function()
      local post, other = Post.objects:create{ title = "a" }, Post.objects:create{ title = "b" }
      local both = { "pre_update", "post_update" }
      assert.are.same(both, sent_by(function() post.children:add(other) end))
      assert.are.same(both, sent_by(function() post.children:remove(other) end))
      assert.are.same(both, sent_by(function() post.children:set{ other } end))
      assert.are.same(both, sent_by(function() post.children:clear() end))
    end)
  end)

  describe("of a queryset's delete", function()
    it("give the queryset and how many rows there were", function()
      Post.objects:bulk_create{ Post{ title = "a" }, Post{ title = "b" }, Post{ title = "c", views = 3 } }
      note "pre_bulk_delete"
      note "post_bulk_delete"
      local qs = Post.objects:filter{ views = 0 }
      assert.are.equal(2, qs:delete())
      assert.are.equal(2, #log)
      for i, name in ipairs{ "pre_bulk_delete", "post_bulk_delete" } do
        assert.are.equal(name, log[i][1])
        assert.are.equal(Post, log[i][2])
        assert.is_true(rawequal(qs, log[i][3].queryset))
      end
      assert.is_nil(log[1][3].deleted_count)
      assert.are.equal(2, log[2][3].deleted_count)
    end)

    it("are sent by every delete, and nothing else is", function()
      local both = { "pre_bulk_delete", "post_bulk_delete" }
      for _, able in ipairs{ true, false } do
        db.without(able and {} or { delete_returning = true }, function()
          local post = Post.objects:create{ title = "a" }
          post.children:create{ title = "b" }
          assert.are.same(both, sent_by(function() post.children:delete_all() end))
          note "post_bulk_delete"
          assert.are.same(both, sent_by(function() Post.objects:delete_all{ returning = true } end))
          assert.are.equal(1, log[#log][3].deleted_count)
        end)
      end
      assert.are.same(both, sent_by(function() Post.objects:none():delete() end))
      local list = { Post.objects:create{ title = "c" }, Post.objects:create{ title = "d" } }
      assert.are.same(both, sent_by(function() Post.objects:bulk_delete(list) end))
    end)

    it("stop it, without a statement, when one before it raises", function()
      Post.objects:create{ title = "a" }
      on("pre_bulk_delete", function() error("no", 0) end)
      note "post_bulk_delete"
      local sql = db.sql_of(ryx, function()
        assert.are.equal("no", db.error_of(function() Post.objects:delete_all() end))
      end)
      assert.are.same({}, sql)
      assert.are.same({}, log)
      assert.are.equal(1, Post.objects:count())
    end)
  end)

  describe("of links", function()
    local post, a, b, c
    local through = Post._meta.relations.tags:through_meta().class

    before_each(function()
      post = Post.objects:create{ title = "p" }
      a, b, c = Tag.objects:create{ name = "a" }, Tag.objects:create{ name = "b" }, Tag.objects:create{ name = "c" }
      on("m2m_changed", function(sender, kw)
        assert.are.equal(through, sender)
        assert.is_true(rawequal(post, kw.instance))
        assert.is_false(kw.reverse)
        assert.are.equal(Tag, kw.model)
        local names = {}
        for i, key in ipairs(kw.pk_set or {}) do names[i] = Tag.objects:get{ pk = key }.name end
        local what = kw.pk_set and table.concat(names, ",") or "all"
        log[#log + 1] = ("%s %s %d"):format(kw.action, what, Post.objects:get().tags:count())
      end, { sender = through })
    end)

    it("give the action, the model at the other end and the keys", function()
      post.tags:add(a, b.pk)
      assert.are.same({ "pre_add a,b 0", "post_add a,b 2" }, log)
    end)

    it("tell of those only that are new", function()
      post.tags:add(a)
      log = {}
      post.tags:add(a, b)
      post.tags:add(a, b)
      assert.are.same({ "pre_add b 1", "post_add b 2" }, log)
    end)

    it("tell of links that go", function()
      post.tags:add(a, b, c)
      log = {}
      post.tags:remove(a, b)
      post.tags:clear()
      assert.are.same({
        "pre_remove a,b 3", "post_remove a,b 1", "pre_clear all 1", "post_clear all 0",
      }, log)
    end)

    it("are remove and add of set, of what differs", function()
      post.tags:add(a, b)
      log = {}
      post.tags:set{ b, c }
      post.tags:set{ b, c }
      assert.are.same({ "pre_remove a 2", "post_remove a 1", "pre_add c 1", "post_add c 2" }, log)
    end)

    it("are those of what is made and linked at once", function()
      post.tags:create{ name = "d" }
      post.tags:get_or_create{ name = "e" }
      post.tags:get_or_create{ name = "e" }
      post.tags:get_or_create{ name = "a" }
      post.tags:bulk_create{ Tag{ name = "f" }, Tag{ name = "g" } }
      post.tags:upsert({ name = "h" }, { unique_fields = { "name" } })
      assert.are.same({
        "pre_add d 0", "post_add d 1", "pre_add e 1", "post_add e 2", "pre_add a 2", "post_add a 3",
        "pre_add f,g 3", "post_add f,g 5", "pre_add h 5", "post_add h 6",
      }, log)
    end)
  end)

  it("of links are those alone, where the table of links is ryx's", function()
    local post, tag = Post.objects:create{ title = "p" }, Tag.objects:create{ name = "a" }
    assert.are.same({}, sent_by(function()
      post.tags:add(tag)
      post.tags:remove(tag)
      tag.posts:clear()
    end))
  end)

  it("of links from the other side say so", function()
    local post, tag = Post.objects:create{ title = "p" }, Tag.objects:create{ name = "a" }
    note("m2m_changed", {})
    tag.posts:add(post)
    tag.posts:remove(post)
    local actions = {}
    for i, entry in ipairs(log) do
      local kw = entry[3]
      assert.is_true(rawequal(tag, kw.instance))
      assert.is_true(kw.reverse)
      assert.are.equal(Post, kw.model)
      assert.are.same({ post.pk }, kw.pk_set)
      actions[i] = kw.action
    end
    assert.are.same({ "pre_add", "post_add", "pre_remove", "post_remove" }, actions)
  end)

  it("of symmetrical links are sent once", function()
    local p, q = Post.objects:create{ title = "p" }, Post.objects:create{ title = "q" }
    note("m2m_changed", {})
    p.friends:add(q)
    assert.are.equal(2, #log)
    assert.are.same({ q.pk }, log[1][3].pk_set)
    assert.is_false(log[1][3].reverse)
  end)

  it("of links stop what they are told of before", function()
    local post, tag = Post.objects:create{ title = "p" }, Tag.objects:create{ name = "a" }
    on("m2m_changed", function(_, kw)
      if kw.action == "pre_add" then error("full", 0) end
    end, {})
    assert.are.equal("full", db.error_of(function() post.tags:add(tag) end))
    assert.are.equal("full", db.error_of(function() post.tags:set{ tag } end))
    assert.are.equal("full", db.error_of(function() post.tags:create{ name = "b" } end))
    assert.are.equal(0, post.tags:count())
    assert.are.equal(1, Tag.objects:count())
  end)

  it("of links may write, in the transaction of what they are told of", function()
    local post, tag = Post.objects:create{ title = "p" }, Tag.objects:create{ name = "a" }
    on("m2m_changed", function(_, kw)
      Seen.objects:create{ what = kw.action }
      if kw.action == "post_add" then error("no", 0) end
    end, {})
    assert.are.equal("no", db.error_of(function() post.tags:add(tag) end))
    assert.are.equal(0, post.tags:count())
    assert.are.equal(0, Seen.objects:count())
  end)

  if db.needs "several writers" then
    it("of links that two make at once leave nothing of the one who was late", function()
      local post, tag = Post.objects:create{ title = "p" }, Tag.objects:create{ name = "a" }
      on("m2m_changed", function(_, kw)
        Seen.objects:create{ what = kw.action }
        ryx.sleep(0.05)
      end, {})
      local function add() return post.tags:add(tag) end
      local a, b
      ryx.run(function() a, b = ryx.gather(add, add) end)
      assert.are.equal(1, a + b)
      assert.are.equal(1, post.tags:count())
      assert.are.same({ "post_add", "pre_add" },
        Seen.objects:order_by("what"):values_list("what", { flat = true }):all())
    end)
  end

  describe("of transactions", function()
    before_each(function()
      for _, name in ipairs{ "post_commit", "post_rollback" } do
        on(name, function(sender, kw)
          assert.are.equal("default", sender)
          assert.are.same({ alias = "default" }, kw)
          log[#log + 1] = name .. " " .. Post.objects:count()
        end, { sender = "default" })
      end
    end)

    it("are sent after the end of it", function()
      ryx.transaction(function() Post.objects:create{ title = "a" } end)
      pcall(ryx.transaction, function()
        Post.objects:create{ title = "b" }
        error("back")
      end)
      ryx.transaction(function(tx)
        Post.objects:create{ title = "c" }
        tx:rollback()
        log[#log + 1] = "goes on"
      end)
      assert.are.same({ "post_commit 1", "post_rollback 1", "post_rollback 1", "goes on" }, log)
    end)

    it("are not those of savepoints, nor of statements outside", function()
      ryx.transaction(function()
        ryx.transaction(function() Post.objects:create{ title = "a" } end)
        pcall(ryx.transaction, function() error("back") end)
        assert.are.same({}, log)
      end)
      Post.objects:create{ title = "b" }
      assert.are.same({ "post_commit 1" }, log)
    end)

    it("do not hide the error that rolled back", function()
      on("post_rollback", function() error("late", 0) end, {})
      local undo_report = ryx.on_error(function(err) log[#log + 1] = "reported " .. tostring(err) end)
      local err = db.error_of(ryx.transaction, function() error("first", 0) end)
      undo_report()
      assert.are.equal("first", err)
      assert.are.same({ "post_rollback 0", "reported late" }, log)
    end)

    it("go up where the transaction was committed", function()
      on("post_commit", function() error("late", 0) end, {})
      local err = db.error_of(ryx.transaction, function() Post.objects:create{ title = "a" } end)
      assert.are.equal("late", err)
      assert.are.equal(1, Post.objects:count())
    end)

    it("are listened to only while there is a receiver", function()
      local events = require "ryx.db.events"
      assert.are.equal(1, #events.end_listeners())
      for _, fn in ipairs(undo) do fn() end
      assert.are.equal(0, #events.end_listeners())
    end)
  end)

  describe("of migrations", function()
    it("give the alias, around the making of tables", function()
      local Fresh = ryx.model("SigFresh", { name = ryx.CharField{ max_length = 9 } })
      local function count()
        return ryx.try(function() return Fresh.objects:count() end) or "no table"
      end
      for _, name in ipairs{ "pre_migrate", "post_migrate" } do
        on(name, function(sender, kw)
          assert.are.equal("default", sender)
          assert.are.same({ alias = "default" }, kw)
          log[#log + 1] = name .. " " .. count()
          if name == "post_migrate" then Fresh.objects:create{ name = "first" } end
        end, { sender = "default" })
      end
      db.tables(ryx, { Fresh })
      assert.are.same({ "pre_migrate no table", "post_migrate 0" }, log)
      assert.are.equal(1, Fresh.objects:count())
      for _, fn in ipairs(undo) do fn() end
      drop(Fresh)
    end)

    it("stop it when the one before raises", function()
      local Never = ryx.model("SigNever", {})
      on("pre_migrate", function() error("no", 0) end, {})
      assert.are.same({}, db.sql_of(ryx, function()
        assert.are.equal("no", db.error_of(ryx.migrate, { Never }))
      end))
    end)
  end)

  describe("whose receivers ask the database", function()
    it("wait for them, in tasks too", function()
      on("post_save", function(_, kw) Seen.objects:create{ what = kw.instance.title } end)
      ryx.run(function()
        ryx.gather(function() Post.objects:create{ title = "a" } end, function() Post.objects:create{ title = "b" } end)
        Post.objects:create{ title = "c" }
      end)
      assert.are.same({ "a", "b", "c" }, Seen.objects:order_by("what"):values_list("what", { flat = true }):all())
    end)

    it("are in the transaction of the write", function()
      on("pre_save", function(_, kw) Seen.objects:create{ what = kw.instance.title } end)
      on("post_update", function() Seen.objects:create{ what = "updated" } end)
      pcall(ryx.transaction, function()
        Post.objects:create{ title = "a" }
        Post.objects:update_all{ views = 2 }
        assert.are.equal(2, Seen.objects:count())
        error("back")
      end)
      assert.are.equal(0, Seen.objects:count())
    end)

    it("may write the model that they are told of", function()
      on("post_save", function(_, kw)
        if kw.created then Post.objects:filter{ pk = kw.instance.pk }:update{ views = 10 } end
      end)
      local post = Post.objects:create{ title = "a" }
      post:refresh_from_db()
      assert.are.equal(10, post.views)
    end)

    it("end with the task that is cancelled, sent robustly too", function()
      local late = ryx.Signal("late")
      late:connect(function() ryx.sleep(5) end)
      late:connect(function() log[#log + 1] = "next" end)
      ryx.run(function()
        local task = ryx.spawn(function() late:send_robust() end)
        ryx.sleep(0.01)
        task:cancel()
        assert.are.equal("cancelled", db.error_of(task.join, task).kind)
      end)
      assert.are.same({}, log)
    end)
  end)

  it("reach models that are built upon the sender, when asked", function()
    local Base = ryx.model("SigAbstract", { name = ryx.CharField{ max_length = 9 }, Meta = { abstract = true } })
    local Child = ryx.model("SigChild", {}, Base)
    db.tables(ryx, { Child })
    note("post_save", { sender = Base })
    on("post_save", function(sender) log[#log + 1] = sender end, { sender = Base, subclasses = true })
    Child.objects:create{ name = "x" }
    assert.are.same({ Child }, log)
    drop(Child)
  end)

  it("reach proxies of the sender, when asked, and know them by their own name", function()
    local Special = ryx.model("SigSpecial", { Meta = { proxy = true } }, Post)
    note("post_save", { sender = Post })
    on("post_save", function(sender) log[#log + 1] = sender end, { sender = Post, subclasses = true })
    on("post_update", function(sender) log[#log + 1] = sender end, { sender = Special })
    Special.objects:create{ title = "x" }
    Special.objects:update_all{ views = 1 }
    Post.objects:update_all{ views = 2 }
    assert.are.same({ Special, Special }, log)
  end)

  it("are looked at again when a model upon which others are built gets a hook", function()
    local Base = ryx.model("SigLate", { Meta = { abstract = true } })
    local Child = ryx.model("SigLateChild", {}, Base)
    local listeners = require "ryx.query.write.listeners"
    assert.is_false(listeners.of[Child])
    function Base.after_save() end
    assert.are.same({ save = true }, listeners.of[Child])
  end)

  it("cost nothing when the last receiver is gone", function()
    local listeners = require "ryx.query.write.listeners"
    assert.is_false(listeners.of[Post])
    local disconnect = signals.post_delete:connect(print, { sender = Post })
    assert.are.same({ delete = true }, listeners.of[Post])
    assert.is_false(listeners.of[Tag])
    disconnect()
    assert.is_false(listeners.of[Post])
    function Post.before_save() end
    assert.are.same({ save = true }, listeners.of[Post])
  end)
end)
