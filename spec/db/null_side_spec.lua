-- SPDX-License-Identifier: MIT
-- Conditions on the side of a relation that is not there, beside others.
local db = require "support.db"
local ryx = require "ryx"

local Q = ryx.Q

local Post = ryx.model("NsPost", { group = ryx.CharField{ max_length = 60, null = true } })
local Comment = ryx.model("NsComment", {
  big = ryx.BigIntField{ null = true }, post = ryx.ForeignKey(Post),
  parent = ryx.ForeignKey("self", { null = true }),
})

describe("the side of a relation that is not there", function()
  db.use(ryx, { Post, Comment })

  before_each(function()
    for i = 1, 30 do
      Post.objects:create{ id = i, group = "g" .. i }
      Comment.objects:create{ id = i, post_id = i, parent_id = i > 12 and i - 10 or nil }
    end
  end)

  it("passes no condition of several, of which one must hold", function()
    local either = Q("parent__big", 6) + Q("post__group__gte", "tr")
    local one = Comment.objects:filter{ pk = 10 }
    assert.equal(0, one:filter(either):count())
    assert.equal(0, one:filter(either):update{ big = 1 })
    assert.is_false(one:filter(Q{ parent__big__in = { 6 } } + Q("post__group", "tr")):exists())
    assert.equal(1, one:filter(either + Q{ post__group = "g10" }):count())
    assert.equal(1, one:exclude(either):count())
  end)
end)
