-- SPDX-License-Identifier: MIT
-- Objects that a transaction inserted or deleted, after a rollback.
local ryx = require "ryx"
local db = require "support.db"
local errors = require "ryx.errors"

local Author = ryx.model("UndoneAuthor", { name = ryx.CharField{ max_length = 20, unique = true } })
local Post = ryx.model("UndonePost", {
  title = ryx.CharField{ max_length = 20, default = "t" }, author = ryx.ForeignKey(Author, { related_name = "posts" }),
  state = ryx.CharField{ max_length = 20, db_default = "made" },
})
local Coin = ryx.model("UndoneCoin", { code = ryx.CharField{ max_length = 20, primary_key = true } })
local Seat = ryx.model("UndoneSeat", {
  row = ryx.IntField(), number = ryx.IntField(), Meta = { primary_key = { "row", "number" } },
})

-- Runs fn in a transaction that is rolled back.
local function undo(fn)
  ryx.transaction(function(tx)
    fn(tx)
    tx:rollback()
  end)
end

local function state(object)
  return { ryx.database_of(object) ~= nil, object.pk }
end

describe("after a rollback", function()
  local models = { Author, Post, Coin, Seat }
  db.use(ryx, models)
  before_each(function()
    for i = #models, 1, -1 do models[i].objects:delete_all() end
  end)

  it("what was saved is new again, and can be saved", function()
    local ann, coin, seat = Author{ name = "ann" }, Coin{ code = "eur" }, Seat{ row = 1, number = 2 }
    undo(function()
      for _, object in ipairs{ ann, coin, seat } do
        object:save()
        assert.is_true(state(object)[1])
      end
    end)
    assert.same({ false }, state(ann))
    assert.same({ false, "eur" }, state(coin))
    assert.same({ false, { 1, 2 } }, state(seat))
    for _, object in ipairs{ ann, coin, seat } do object:save() end
    assert.same({ 1, 1, 1 }, { Author.objects:count(), Coin.objects:count(), Seat.objects:count() })
    assert.equal(ann, Author.objects:get())
  end)

  it("what was deleted has its key and its row", function()
    local ann, coin = Author.objects:create{ name = "ann" }, Coin.objects:create{ code = "eur" }
    local seat = Seat.objects:create{ row = 1, number = 2 }
    local key = ann.pk
    undo(function()
      for _, object in ipairs{ ann, coin, seat } do assert.equal(1, object:delete()) end
      assert.is_nil(ann.pk)
    end)
    assert.same({ { true, key }, { true, "eur" }, { true, { 1, 2 } } }, { state(ann), state(coin), state(seat) })
    ann.name = "anna"
    ann:save()
    assert.equal("anna", Author.objects:get().name)
    assert.equal(1, seat:delete())
  end)

  it("what was both is as before the first", function()
    local ann, ben = Author{ name = "ann" }, Author.objects:create{ name = "ben" }
    local key = ben.pk
    undo(function()
      ann:save()
      ann:delete()
      ben:delete()
      ben:save()
    end)
    assert.same({ { false }, { true, key } }, { state(ann), state(ben) })
  end)

  it("an error undoes as well, a commit keeps", function()
    local ann, ben = Author{ name = "ann" }, Author{ name = "ben" }
    assert.is_false((pcall(ryx.transaction, function()
      ann:save()
      error("no")
    end)))
    ryx.transaction(function() ben:save() end)
    assert.same({ false, true }, { state(ann)[1], state(ben)[1] })
  end)

  it("of a savepoint its objects alone are put back, and all with the block around it", function()
    local list = {}
    for i = 1, 4 do list[i] = Author{ name = "a" .. i } end
    ryx.transaction(function()
      list[1]:save()
      undo(function()
        list[2]:save()
        list[1]:delete()
      end)
      assert.same({ true, false }, { state(list[1])[1], state(list[2])[1] })
      ryx.transaction(function() list[2]:save() end)
    end)
    assert.same({ true, true }, { state(list[1])[1], state(list[2])[1] })
    assert.equal(2, Author.objects:count())
    undo(function()
      list[3]:save()
      ryx.transaction(function()
        list[3]:delete()
        list[1]:delete()
        list[4]:save()
      end)
    end)
    assert.same({ true, true, false, false }, {
      state(list[1])[1], state(list[2])[1], state(list[3])[1], state(list[4])[1],
    })
  end)

  it("lists are put back, too", function()
    local list, coins = { Author{ name = "a" }, Author{ name = "b" } }, { Coin{ code = "x" }, Coin{ code = "y" } }
    undo(function()
      Author.objects:bulk_create(list)
      ryx.bulk_create(Coin, coins)
      assert.truthy(list[2].pk)
    end)
    assert.same({ { false }, { false }, { false, "x" } }, { state(list[1]), state(list[2]), state(coins[1]) })
    Author.objects:bulk_create(list)
    local key = list[1].pk
    undo(function() Author.objects:bulk_delete(list) end)
    assert.same({ true, key }, state(list[1]))
    assert.equal(2, Author.objects:bulk_delete(list))
    -- Parts of one list are one transaction.
    Author.objects:create{ name = "c" }
    list = { Author{ name = "a" }, Author{ name = "b" }, Author{ name = "c" } }
    assert.equal("unique_violation", db.error_of(function()
      Author.objects:bulk_create(list, { batch_size = 1 })
    end).kind)
    assert.same({ { false }, { false }, { false } }, { state(list[1]), state(list[2]), state(list[3]) })
  end)

  it("a key that was waited for is waited for again, and what the database made is left to it", function()
    local ann = Author{ name = "ann" }
    local post = Post{ author = ann }
    undo(function()
      ann:save()
      post:save()
      assert.equal("made", post.state)
    end)
    assert.is_nil(post.author_id)
    assert.equal("misuse", db.error_of(post.save, post).kind)
    Author.objects:create{ name = "other" }
    ann:save()
    post:save()
    assert.equal("ann", Post.objects:get().author.name)
    assert.equal("made", post.state)
  end)

  it("another attempt inserts what the first one did", function()
    local ann, n = Author{ name = "ann" }, 0
    ryx.transaction(function()
      n = n + 1
      ann:save()
      if n == 1 then error(errors.new{ kind = "serialization", message = "again" }, 0) end
    end, { retries = 1 })
    assert.same({ 2, "ann" }, { n, Author.objects:get().name })
  end)

  it("functions that are told see them so", function()
    local ann, seen = Author{ name = "ann" }, nil
    undo(function(tx)
      tx:on_rollback(function() seen = state(ann) end)
      ann:save()
    end)
    assert.same({ false }, seen)
  end)

  it("get_or_create and upsert leave nothing behind", function()
    local made
    undo(function() made = Author.objects:get_or_create{ name = "ann" } end)
    assert.same({ false }, state(made))
    undo(function() made = Author.objects:upsert({ name = "ann" }, { unique_fields = { "name" } }) end)
    assert.same({ false }, state(made))
  end)

  it("objects that are used no more are not kept for it", function()
    ryx.transaction(function(tx)
      local kept = Author.objects:create{ name = "kept" }
      for i = 1, 6000 do
        Author.objects:create{ name = "a" .. i }
        if i % 500 == 0 then collectgarbage() end
      end
      assert.is_true(tx.state.objects.n < 4200)
      assert.equal(kept, tx.state.objects[1])
      tx:rollback()
      assert.is_nil(kept.pk)
    end)
  end)
end)
