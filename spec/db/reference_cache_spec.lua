-- SPDX-License-Identifier: MIT
-- What the reference system promised of its cache and signals and broke (RYX.md 5.D), row by row.
local db = require "support.db"
local ryx = require "ryx"

local Post = ryx.model("DPost", { title = ryx.CharField{ max_length = 20 } })

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
