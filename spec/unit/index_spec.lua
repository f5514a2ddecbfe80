-- SPDX-License-Identifier: MIT
-- Which indexes a model has, and which fields they begin with.
local index = require "ryx.meta.index"
local ryx = require "ryx"

local Owner = ryx.model("IxOwner", { name = ryx.CharField{ max_length = 20 } })
local Thing = ryx.model("IxThing", {
  code = ryx.CharField{ max_length = 20, unique = true },
  title = ryx.CharField{ max_length = 20 },
  note = ryx.CharField{ max_length = 20 },
  rank = ryx.IntField{ db_index = true },
  size = ryx.IntField(),
  state = ryx.IntField(),
  weight = ryx.IntField(),
  owner = ryx.ForeignKey(Owner),
  Meta = {
    index_together = { { "size", "rank" } },
    indexes = {
      ryx.SearchIndex{ fields = { "title" } },
      ryx.Index{ fields = { "state" }, condition = ryx.Q{ rank = 1 } },
      ryx.Index{ fields = { "-weight", "note" } },
    },
  },
})

describe("indexes of a model", function()
  it("that follow from its fields have names", function()
    local names = {}
    for i, ix in ipairs(index.by_rule(Thing._meta)) do names[i] = ix.name end
    table.sort(names)
    assert.same({ "idx_ix_things_owner_id", "idx_ix_things_rank", "idx_ix_things_size_rank_0" }, names)
  end)

  it("of all rows begin with some fields", function()
    local found = {}
    for _, f in ipairs(Thing._meta.fields) do
      if index.begins(f) then found[#found + 1] = f.name end
    end
    table.sort(found)
    assert.same({ "code", "id", "owner", "rank", "size", "weight" }, found)
  end)
end)
