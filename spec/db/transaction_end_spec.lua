-- SPDX-License-Identifier: MIT
-- How transactions end: functions that are told, attempts, what is tried again.
local ryx = require "ryx"
local db = require "support.db"
local errors = require "ryx.errors"
local events = require "ryx.db.events"
local report = require "ryx.host.report"

local Item = ryx.model("TxEndItem", {
  name = ryx.CharField{ max_length = 20, unique = true }, n = ryx.IntField{ default = 0 },
})
local objects = Item.objects

local function add(name) return objects:create{ name = name } end

-- A list and a function that gives functions which put words into it.
local function teller()
  local seen = {}
  return seen, function(word) return function() seen[#seen + 1] = word end end
end

-- What a fault of the database would raise.
local function fault(fields)
  fields.message = fields.message or "again"
  error(errors.new(fields), 0)
end

-- The errors that nobody waits for, while fn runs.
local function reported(fn)
  local list = {}
  local undo = ryx.on_error(function(err) list[#list + 1] = err end)
  local ok, err = pcall(fn)
  undo()
  if not ok then error(err, 0) end
  return list
end

describe("the end of a transaction", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  describe("on_commit", function()
    it("runs outside of the transaction, whatever another one raises", function()
      local seen, tell = teller()
      local told = reported(function()
        local e = db.error_of(ryx.transaction, function(tx)
          add "a"
          tx:on_commit(function() seen[1] = objects:count() end)
          tx:on_commit(function() error("first", 0) end)
          tx:on_commit(function() error("second", 0) end)
          tx:on_commit(tell "last")
        end)
        assert.equal("first", e)
      end)
      assert.same({ 1, "last" }, seen)
      assert.same({ "second" }, told)
      assert.equal(1, objects:count())
    end)

    it("does not have the transaction run again", function()
      local runs = 0
      local e = db.error_of(ryx.transaction, function(tx)
        runs = runs + 1
        tx:on_commit(function() fault{ kind = "deadlock" } end)
      end, { retries = 3 })
      assert.same({ 1, "deadlock" }, { runs, e.kind })
    end)

    it("is not within the time of the transaction", function()
      local seen, tell = teller()
      ryx.transaction(function(tx)
        tx:on_commit(function()
          ryx.sleep(0.3)
          tell "late"()
        end)
      end, { timeout = 0.2 })
      assert.same({ "late" }, seen)
    end)

    it("may begin a transaction", function()
      ryx.transaction(function(tx)
        tx:on_commit(function() ryx.transaction(function() add "b" end) end)
      end)
      assert.equal(1, objects:count())
    end)

    it("runs once, after the attempt that succeeds", function()
      local seen, tell = teller()
      ryx.transaction(function(tx)
        tx:on_commit(tell(tx.attempt))
        if tx.attempt < 3 then fault{ kind = "serialization" } end
      end, { retries = 3 })
      assert.same({ 3 }, seen)
    end)
  end)

  describe("on_rollback", function()
    it("runs once, when its block was undone", function()
      local seen, tell = teller()
      local e = db.error_of(ryx.transaction, function(tx)
        tx:on_rollback(tell "a")
        tx:on_rollback(function() seen[#seen + 1] = objects:count() end)
        add "x"
        error("no", 0)
      end)
      assert.equal("no", e)
      assert.same({ "a", 0 }, seen)
    end)

    it("does not run after a commit", function()
      local seen, tell = teller()
      ryx.transaction(function(tx)
        tx:on_rollback(tell "never")
        ryx.transaction(function(inner) inner:on_rollback(tell "never") end)
      end)
      assert.same({}, seen)
    end)

    it("runs at rollback(), where its statements are in the block around", function()
      local seen, tell = teller()
      ryx.transaction(function()
        add "outer"
        ryx.transaction(function(tx)
          add "inner"
          tx:on_rollback(function() add "log" end)
          tx:on_rollback(tell "b")
          tx:rollback()
          assert.same({ "b" }, seen)
          assert.equal("misuse", db.error_of(add, "late").kind)
        end)
      end)
      ryx.transaction(function(tx)
        tx:on_rollback(function() add "alone" end)
        tx:rollback()
      end)
      assert.same({ "alone", "log", "outer" },
        objects:order_by("name"):values_list("name", { flat = true }):all())
      assert.same({ "b" }, seen)
    end)

    it("of a nested block runs when the one around it is undone", function()
      local seen, tell = teller()
      pcall(ryx.transaction, function(tx)
        ryx.transaction(function(inner)
          inner:on_rollback(tell "released")
          ryx.transaction(function(third) third:on_rollback(tell "deep") end)
        end)
        pcall(ryx.transaction, function(inner)
          inner:on_rollback(tell "undone alone")
          error("no")
        end)
        assert.same({ "undone alone" }, seen)
        tx:on_rollback(tell "outer")
        error("no")
      end)
      assert.same({ "undone alone", "released", "deep", "outer" }, seen)
    end)

    it("runs for each attempt that fails, before the next one", function()
      local seen, tell = teller()
      ryx.transaction(function(tx)
        tell("run " .. tx.attempt)()
        tx:on_rollback(tell("undo " .. tx.attempt))
        if tx.attempt < 3 then fault{ kind = "deadlock" } end
      end, { retries = 5 })
      assert.same({ "run 1", "undo 1", "run 2", "undo 2", "run 3" }, seen)
    end)

    it("runs at the end of a time, and may take its own", function()
      local seen, tell = teller()
      local e = db.error_of(ryx.transaction, function(tx)
        tx:on_rollback(function()
          add "after"
          tell "done"()
        end)
        ryx.sleep(5)
      end, { timeout = 0.1 })
      assert.equal("timeout", e.kind)
      assert.same({ "done" }, seen)
    end)

    it("tells of its own errors without hiding the one that is going up", function()
      local told = reported(function()
        local e = db.error_of(ryx.transaction, function(tx)
          tx:on_rollback(function() error("mine", 0) end)
          error("cause", 0)
        end)
        assert.equal("cause", e)
      end)
      assert.same({ "mine" }, told)
    end)

    it("runs when what was to be committed could not be", function()
      local seen, tell = teller()
      pcall(ryx.transaction, function(tx)
        tx:on_rollback(tell "undone")
        tx:on_commit(tell "never")
        add "a"
        pcall(add, "a")
      end)
      assert.same({ "undone" }, seen)
    end)

    it("runs when its coroutine was left, collected or not", function()
      local seen, tell = teller()
      reported(function()
        ryx.run(function()
          for _, is_kept in ipairs{ true, false } do
            local co = coroutine.create(function()
              ryx.transaction(function(tx)
                tx:on_rollback(tell(is_kept))
                coroutine.yield()
              end)
            end)
            assert(coroutine.resume(co))
            if not is_kept then
              co = nil
              collectgarbage()
              collectgarbage()
            end
            assert.equal(0, objects:count())
            assert.is_true(co ~= nil or not is_kept)
          end
        end)
      end)
      assert.same({ true, false }, seen)
    end)

    it("takes functions, while the block lasts", function()
      local kept
      ryx.transaction(function(tx)
        assert.equal("misuse", db.error_of(tx.on_rollback, tx, 5).kind)
        kept = tx
      end)
      assert.equal("misuse", db.error_of(kept.on_rollback, kept, print).kind)
    end)
  end)

  it("is told to listeners, of outermost ones only", function()
    local seen = {}
    local undo = events.on_transaction_end(function(alias, outcome, tx)
      seen[#seen + 1] = alias .. " " .. outcome
      assert.is_true(tx.ended)
    end)
    local order = {}
    local undo_other = events.on_transaction_end(function() order[#order + 1] = "listener" end)
    ryx.transaction(function(tx)
      tx:on_commit(function() order[#order + 1] = "on_commit" end)
      ryx.transaction(function() end)
      ryx.transaction(function(inner) inner:rollback() end)
      assert.same({}, seen)
    end)
    pcall(ryx.transaction, error)
    ryx.transaction(function(tx) tx:rollback() end)
    ryx.transaction(function(tx)
      if tx.attempt == 1 then fault{ kind = "deadlock" } end
    end, { retries = 1 })
    undo()
    undo_other()
    ryx.transaction(function() end)
    assert.same({ "default committed", "default rolled back", "default rolled back", "default rolled back",
      "default committed" }, seen)
    assert.same({ "listener", "on_commit" }, { order[1], order[2] })
  end)

  it("has an attempt, which a nested block shares", function()
    ryx.transaction(function(tx)
      assert.equal(1, tx.attempt)
      ryx.transaction(function(inner) assert.equal(1, inner.attempt) end)
    end)
    ryx.transaction(function(tx)
      ryx.transaction(function(inner) assert.equal(tx.attempt, inner.attempt) end, { retries = 9 })
      if tx.attempt < 2 then fault{ kind = "serialization" } end
    end, { retries = 1 })
  end)

  it("is tried again for what another try may help, after a pause that differs", function()
    local pauses, sleep = {}, require("ryx.host.task").sleep
    require("ryx.host.task").sleep = function(seconds) pauses[#pauses + 1] = seconds end
    local function tries(err, retries)
      local runs = 0
      pcall(ryx.transaction, function()
        runs = runs + 1
        fault{ kind = err.kind, code = err.code }
      end, { retries = retries })
      return runs
    end
    local again = {
      { kind = "serialization" }, { kind = "deadlock", code = 1213 }, { kind = "timeout", code = 1205 },
      { kind = "operational", code = 5 }, { kind = "operational", code = 261 },
    }
    local ok, err = pcall(function()
      for _, e in ipairs(again) do assert.equal(3, tries(e, 2), e.kind) end
      for _, kind in ipairs{ "connection", "commit_unknown", "timeout", "operational", "misuse", "unique_violation" } do
        assert.equal(1, tries({ kind = kind }, 2), kind)
      end
      pauses = {}
      assert.equal(13, tries({ kind = "deadlock" }, 12))
      assert.equal(1, tries{ kind = "deadlock" })
    end)
    require("ryx.host.task").sleep = sleep
    assert(ok, err)
    assert.equal(12, #pauses)
    assert.is_true(pauses[1] < 0.01 and pauses[12] > 0.1 and pauses[12] < 0.5)
    assert.are_not.equal(pauses[11], pauses[12])
  end)

  it("is deferrable where the database can, elsewhere refused", function()
    local options = { isolation = "serializable", read_only = true, deferrable = true }
    if db.needs "deferrable" then
      assert.equal(0, ryx.transaction(function() return objects:count() end, options))
    else
      local e = db.error_of(ryx.transaction, function() error("not called") end, options)
      assert.equal("unsupported", e.kind)
      assert.truthy(tostring(e):find("deferrable", 1, true))
      options.deferrable = false
      assert.equal(0, ryx.transaction(function() return objects:count() end, options))
    end
  end)

  it("is atomic for functions that run in one", function()
    local transfer = ryx.atomic(function(a, b, c)
      add(a)
      if c == "fail" then error("no", 0) end
      return b, nil, a
    end)
    local got = { n = select("#", transfer("x", 2)), transfer("y", nil) }
    assert.same({ n = 3, nil, nil, "y" }, got)
    assert.equal("no", db.error_of(transfer, "z", 1, "fail"))
    assert.equal(2, objects:count())
    local runs = 0
    local retried = ryx.atomic(function()
      runs = runs + 1
      if runs < 3 then fault{ kind = "deadlock" } end
      return runs
    end, { retries = 2, isolation = "serializable" })
    assert.equal(3, retried())
    ryx.transaction(function() assert.equal("z", transfer("z", 1) and "z") end)
    assert.equal("misuse", db.error_of(ryx.atomic, 5).kind)
    assert.equal("misuse", db.error_of(ryx.atomic, print, { retires = 1 }).kind)
  end)

  it("that was left open is told of, with where it was opened", function()
    local traces = {}
    local undo = ryx.on_error(function(err, trace) traces[#traces + 1] = { err = err, trace = trace } end)
    ryx.run(function()
      local co = coroutine.create(function() ryx.transaction(function() coroutine.yield() end) end)
      coroutine.resume(co)
      objects:count()
    end)
    undo()
    assert.equal(1, #traces)
    assert.equal("misuse", traces[1].err.kind)
    assert.truthy(traces[1].err.where:find("transaction_end_spec.lua:%d+"))
    assert.truthy(traces[1].trace:find("transaction_end_spec.lua:%d+"))
  end)

  it("takes its time from BEGIN to COMMIT, with its retries", function()
    local runs = 0
    local e = db.error_of(ryx.transaction, function()
      runs = runs + 1
      ryx.sleep(0.04)
      fault{ kind = "deadlock" }
    end, { timeout = 0.2, retries = 100 })
    assert.equal("timed out after 0.2 s", e.message)
    assert.is_true(runs > 1 and runs < 8)
    assert.truthy(tostring(db.error_of(ryx.transaction, print, { timeout = -1 })):find("transaction: timeout", 1, true))
    assert.equal(report.n_kept, 0)
  end)
end)
