-- SPDX-License-Identifier: MIT
-- Models whose relations go through another model, as makemigrations takes them.
local autodetect = require "ryx.migrations.autodetect"
local ryx = require "ryx"
local state = require "ryx.migrations.state"

-- Club.people through Seat, each part where it is asked for.
local function models(has_relation, has_key, through_fields)
  local function key() return has_key and ryx.ForeignKey("RelPerson") or nil end
  return {
    ryx.model("RelPerson", { name = ryx.TextField{} }),
    ryx.model("RelSeat", { club = ryx.ForeignKey("RelClub"), person = key() }),
    ryx.model("RelClub", {
      people = has_relation and ryx.ManyToManyField("RelPerson", { through = "RelSeat",
        through_fields = through_fields }) or nil,
    }),
  }
end

local function changes(from, to)
  local list = {}
  for i, op in ipairs((autodetect.run(from, state.from_models(to)))) do list[i] = op:describe() end
  return list
end

describe("a relation through a model", function()
  it("is refused without a key that it goes by", function()
    local ok, err = pcall(state.from_models, models(true, false))
    assert.is_false(ok)
    assert.same({ "misuse", "RelClub.people: RelSeat needs a foreign key to RelPerson" }, { err.kind, err.message })
    ok, err = pcall(state.from_models, models(true, false, { "club", "person" }))
    assert.is_false(ok)
    assert.equal("RelClub.people: through_fields: RelSeat.person is no foreign key to RelPerson", err.message)
  end)

  it("goes along with its key, and comes with it", function()
    local with = state.from_models(models(true, true))
    assert.same({ "remove field people from RelClub", "remove field person from RelSeat" },
      changes(with, models(false, false)))
    local without = state.from_models(models(false, false))
    assert.equal(2, #changes(without, models(true, true)))
  end)

  it("may go before its key", function()
    local with = state.from_models(models(true, true))
    assert.same({ "remove field people from RelClub" }, changes(with, models(false, true)))
  end)
end)
