-- SPDX-License-Identifier: MIT
-- Signals by themselves: who is told, in which order, and how long.
local ryx = require "ryx"

local function error_of(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  return err
end

describe("a signal", function()
  local paid, log

  before_each(function()
    paid, log = ryx.Signal("paid"), {}
  end)

  local function logging(name)
    return function(sender, kw) log[#log + 1] = name .. " " .. tostring(sender) .. " " .. tostring(kw.n) end
  end

  it("has its name", function()
    assert.are.equal("paid", paid.name)
    assert.are.equal("<Signal: paid>", tostring(paid))
  end)

  it("calls receivers in the order in which they were connected", function()
    for _, name in ipairs{ "c", "a", "b" } do paid:connect(logging(name)) end
    paid:send("me", { n = 1 })
    assert.are.same({ "c me 1", "a me 1", "b me 1" }, log)
  end)

  it("gives a list of receivers and results", function()
    local function one(_, kw) return kw.n + 1 end
    local function none() end
    paid:connect(one)
    paid:connect(none)
    local results = paid:send("me", { n = 1 })
    assert.are.same({ { one, 2 }, { none } }, results)
    assert.are.same(results, paid:send_robust("me", { n = 1 }))
    assert.are.same({}, ryx.Signal("other"):send("me"))
  end)

  it("is sent with an empty table when there is nothing to say", function()
    local got
    paid:connect(function(_, kw) got = kw end)
    paid:send("me")
    assert.are.same({}, got)
  end)

  it("reaches who asked for that sender, or for none", function()
    local me, you = {}, {}
    paid:connect(logging "mine", { sender = me })
    paid:connect(logging "all")
    paid:connect(logging "yours", { sender = you })
    paid:send(me, { n = 1 })
    paid:send(nil, { n = 2 })
    assert.are.same({ "mine " .. tostring(me) .. " 1", "all " .. tostring(me) .. " 1", "all nil 2" }, log)
  end)

  it("raises what a receiver raises, and does not call the rest", function()
    local err = {}
    paid:connect(logging "a")
    paid:connect(function() error(err, 0) end)
    paid:connect(logging "b")
    assert.are.equal(err, error_of(paid.send, paid, "me", { n = 1 }))
    assert.are.same({ "a me 1" }, log)
  end)

  it("sent robustly calls all, the error standing as the result", function()
    local function fails() error("no", 0) end
    local b = logging "b"
    paid:connect(fails)
    paid:connect(b)
    assert.are.same({ { fails, "no" }, { b } }, paid:send_robust("me", { n = 1 }))
    assert.are.same({ "b me 1" }, log)
  end)

  it("calls a receiver once, however often it was connected for one sender", function()
    local a = logging "a"
    paid:connect(a, { sender = "me" })
    paid:connect(a, { sender = "me" })
    paid:connect(a, { sender = "you" })
    paid:send("me", { n = 1 })
    assert.are.same({ "a me 1" }, log)
    assert.is_true(paid:disconnect(a, { sender = "me" }))
    paid:send("me", { n = 2 })
    assert.are.same({ "a me 1" }, log)
  end)

  it("calls a receiver for each of its connections that is meant", function()
    local a = logging "a"
    paid:connect(a, { sender = "me" })
    paid:connect(a)
    paid:send("me", { n = 1 })
    assert.are.equal(2, #log)
  end)

  it("says whether there was something to disconnect", function()
    local a = logging "a"
    paid:connect(a, { sender = "me" })
    assert.is_false(paid:disconnect(a))
    assert.is_false(paid:disconnect(a, { sender = "you" }))
    assert.is_true(paid:disconnect(a, { sender = "me" }))
    assert.is_false(paid:disconnect(a, { sender = "me" }))
    paid:send("me", { n = 1 })
    assert.are.same({}, log)
  end)

  it("gives a function that undoes a connect, and no other", function()
    local a = logging "a"
    local undo = paid:connect(a)
    undo()
    paid:send("me", { n = 1 })
    assert.are.same({}, log)
    paid:connect(a)
    undo()
    paid:send("me", { n = 2 })
    assert.are.same({ "a me 2" }, log)
  end)

  it("is not confused by receivers that disconnect themselves or others", function()
    local undo_c
    local undo_a
    undo_a = paid:connect(function(...)
      undo_a()
      undo_c()
      logging "a"(...)
    end)
    paid:connect(logging "b")
    undo_c = paid:connect(logging "c")
    paid:connect(logging "d")
    paid:send("me", { n = 1 })
    paid:send("me", { n = 2 })
    assert.are.same({ "a me 1", "b me 1", "d me 1", "b me 2", "d me 2" }, log)
  end)

  it("does not call who connects while it is sent", function()
    local late = logging "late"
    paid:connect(function() paid:connect(late) end)
    paid:send("me", { n = 1 })
    assert.are.same({}, log)
    paid:send("me", { n = 2 })
    assert.are.same({ "late me 2" }, log)
  end)

  it("may be sent by its receivers", function()
    paid:connect(function(sender, kw)
      if kw.n < 3 then paid:send(sender, { n = kw.n + 1 }) end
    end)
    paid:connect(logging "a")
    paid:send("me", { n = 1 })
    assert.are.same({ "a me 3", "a me 2", "a me 1" }, log)
  end)

  it("keeps receivers that nobody else holds, but weak ones", function()
    local n = { 0, 0, 0 }
    local function counting(i)
      return function() n[i] = n[i] + 1 end
    end
    paid:connect(counting(1))
    local undo = paid:connect(counting(2), { weak = true })
    local kept = counting(3)
    paid:connect(kept, { weak = true })
    collectgarbage()
    collectgarbage()
    assert.are.equal(2, #paid:send("me"))
    assert.are.same({ 1, 0, 1 }, n)
    undo()
    assert.is_true(paid:disconnect(kept))
  end)

  it("is strong again for who connects again so", function()
    local n = 0
    do
      local function fn() n = n + 1 end
      paid:connect(fn, { weak = true })
      paid:connect(fn)
    end
    collectgarbage()
    collectgarbage()
    paid:send("me")
    assert.are.equal(1, n)
  end)

  it("is connected to what is written behind ryx.receiver", function()
    local a = logging "a"
    assert.are.equal(a, ryx.receiver(paid, { sender = "me" })(a))
    paid:send("me", { n = 1 })
    paid:send("you", { n = 2 })
    assert.are.same({ "a me 1" }, log)
  end)

  it("says what is wrong with a call", function()
    local function says(text, fn, ...)
      local err = error_of(fn, ...)
      assert.are.equal("misuse", err.kind)
      assert.is_truthy(tostring(err):find("signal_spec.lua:%d+: "))
      assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
    end
    says("paid:connect takes a function, not", function() paid:connect("print") end)
    says('unknown option "senders" (did you mean "sender"?)', function() paid:connect(print, { senders = 1 }) end)
    says("connect belongs to a signal", function() paid.connect(print) end)
    says("send belongs to a signal", function() paid.send({}) end)
    says("receiver belongs to a signal", function() ryx.receiver("post_save") end)
    says("ryx.Signal takes a string, not", function() ryx.Signal() end)
    says("subclasses asks for a sender that is a model, not nil", function()
      paid:connect(print, { subclasses = true })
    end)
    says("post_save:connect: the sender is a model, not \"Post\"", function()
      ryx.signals.post_save:connect(print, { sender = "Post" })
    end)
    says("post_commit:connect: the sender is the name of an alias, not", function()
      ryx.signals.post_commit:connect(print, { sender = ryx.model("Sender", {}) })
    end)
  end)
end)

describe("ryx.signals", function()
  it("says which one is not there", function()
    local err = error_of(function() return ryx.signals.post_safe end)
    assert.are.equal("field_error", err.kind)
    assert.is_truthy(tostring(err):find('did you mean "post_save"?', 1, true))
  end)

  it("reach models that are built upon the sender, when asked", function()
    local Base = ryx.model("SigBase", { name = ryx.CharField{ null = true }, Meta = { abstract = true } })
    local Middle = ryx.model("SigMiddle", { Meta = { abstract = true } }, Base)
    local Leaf = ryx.model("SigLeaf", {}, Middle)
    local Other = ryx.model("SigOther", {})
    local n = { 0, 0, 0, 0 }
    local undo = {}
    local function count(i, options)
      undo[i] = ryx.signals.post_save:connect(function() n[i] = n[i] + 1 end, options)
    end
    count(1, { sender = Base })
    count(2, { sender = Base, subclasses = true })
    count(3, { sender = Leaf, subclasses = true })
    count(4)
    for _, sender in ipairs{ Leaf, Other, Middle, Base } do ryx.signals.post_save:send(sender) end
    for _, fn in ipairs(undo) do fn() end
    assert.are.same({ 1, 3, 1, 4 }, n)
  end)

  it("tell of a model that is made, but not of an abstract one", function()
    local seen = {}
    local undo = ryx.signals.class_prepared:connect(function(sender, kw)
      seen[#seen + 1] = sender._meta.model_name
      assert.are.same({}, kw)
      assert.are.equal("id", sender._meta.pk_field.name)
    end)
    local Base = ryx.model("PrepBase", { Meta = { abstract = true } })
    ryx.model("Prepared", {}, Base)
    undo()
    ryx.model("PreparedLater", {}, Base)
    assert.are.same({ "Prepared" }, seen)
  end)

  it("tell of models built upon a base", function()
    local Base = ryx.model("PrepRoot", { Meta = { abstract = true } })
    local seen = {}
    local undo = ryx.signals.class_prepared:connect(function(sender) seen[#seen + 1] = sender end,
      { sender = Base, subclasses = true })
    local Child = ryx.model("PrepChild", {}, Base)
    ryx.model("PrepStranger", {})
    undo()
    assert.are.same({ Child }, seen)
  end)
end)
