-- SPDX-License-Identifier: MIT
-- ryx.GeneratedField: what it takes, and what an expression of one may be made of.
local autodetect = require "ryx.migrations.autodetect"
local ryx = require "ryx"
local state = require "ryx.migrations.state"

local F, Q = ryx.F, ryx.Q

local function error_of(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok, "it is taken")
  return err.message
end

local function generated(changes)
  local options = { expression = F"a" + 1, output_field = ryx.IntField(), db_persist = true }
  for name, v in pairs(changes) do options[name] = v end
  return ryx.GeneratedField(options)
end

local function model(expression, output, name)
  return ryx.model(name or "GeneratedUnit", {
    a = ryx.IntField(), b = ryx.TextField(), owner = ryx.ForeignKey("self", { null = true, related_name = "owned" }),
    other = generated{},
    g = generated{ expression = expression, output_field = output },
  })
end

describe("a GeneratedField", function()
  it("takes an expression, a field and db_persist", function()
    assert.truthy(error_of(ryx.GeneratedField, {}):find("^GeneratedField: expression is an expression or a Q"))
    assert.truthy(error_of(generated, { expression = "a" }):find("not \"a\"", 1, true))
    assert.truthy(error_of(generated, { output_field = 5 }):find("output_field is a field", 1, true))
    assert.truthy(error_of(generated, { output_field = ryx.ForeignKey("self") }):find("not a ForeignKey", 1, true))
    assert.truthy(error_of(generated, { output_field = ryx.AutoField() }):find("not a AutoField", 1, true))
    assert.truthy(error_of(generated, { output_field = generated{} }):find("not a GeneratedField", 1, true))
    assert.truthy(error_of(generated, { db_persist = ryx.null }):find("db_persist is true", 1, true))
    for _, option in ipairs{ "default", "db_default", "primary_key", "null", "choices", "validators" } do
      assert.truthy(error_of(generated, { [option] = true }):find("GeneratedField", 1, true), option)
    end
    assert.equal("GeneratedField: output_field has no default: the database gives the values",
      error_of(generated, { output_field = ryx.IntField{ default = 1 } }))
    assert.equal("GeneratedField: output_field has no unique: say it in the GeneratedField",
      error_of(generated, { output_field = ryx.IntField{ unique = true } }))
  end)

  it("is what its output field is", function()
    local f = generated{ output_field = ryx.DecimalField{ max_digits = 9, decimal_places = 3, null = true } }
    assert.same({ "decimal", 9, 3, true, true }, { f.type, f.max_digits, f.decimal_places, f.null, f.generated })
    assert.equal("<GeneratedField>", tostring(f))
    assert.is_true(f:copy().generated)
  end)

  it("is worked out of the columns of its own row", function()
    local SAYS = "GeneratedUnit.g: a generated column is worked out of the columns of its own row, always in the same "
      .. "way: "
    for why, e in pairs{
      ["ryx.Now gives another value each time"] = ryx.Coalesce(ryx.Now(), ryx.Now()),
      ['"other" is a generated column itself: write out what it is made of'] = F"other" + 1,
      ["an aggregate is of many rows"] = ryx.Sum("a"),
      ["a window function is of many rows"] = ryx.Window(ryx.RowNumber()),
      ["New is of a row that is inserted"] = ryx.New"a" + 1,
      ["OuterRef means a query around it"] = ryx.OuterRef("a") + 1,
      ["a search is no value of a row"] = ryx.SearchRank("b", "x"),
    } do
      assert.equal(SAYS .. why, error_of(model, e, ryx.IntField()))
    end
    local Other = ryx.model("GeneratedOther", { a = ryx.IntField() })
    assert.equal(SAYS .. "a queryset reads other rows",
      error_of(model, ryx.Subquery(Other.objects:values("a")), ryx.IntField()))
    assert.equal(SAYS .. "a queryset reads other rows", error_of(model, ryx.Exists(Other.objects), ryx.BooleanField()))
    assert.equal('GeneratedUnit has no field "aa" (did you mean "a"?)', error_of(model, F"aa" + 1, ryx.IntField()))
    assert.truthy(model(Q{ a__gt = 1, owner__isnull = true }, ryx.BooleanField(), "GeneratedFine"))
  end)

  it("is no part of a key", function()
    assert.equal("GeneratedKey Meta.primary_key: g is generated, but the parts of a key are given by who saves",
      error_of(ryx.model, "GeneratedKey", {
        a = ryx.IntField(), g = generated{}, Meta = { primary_key = { "a", "g" } },
      }))
  end)
end)

describe("makemigrations", function()
  local function operations(from, to)
    local out, s = {}, state.new()
    for i, op in ipairs((autodetect.run(s:with("Post", state.record("Post", from)),
      s:with("Post", state.record("Post", to))))) do
      out[i] = op:describe()
    end
    return out
  end
  local function fields(more)
    local def = { a = ryx.IntField(), b = ryx.IntField{ null = true } }
    for name, f in pairs(more) do def[name] = f or nil end
    return def
  end

  it("finds what is generated in another way", function()
    local g = generated{}
    assert.same({}, operations(fields{ g = g }, fields{ g = generated{} }))
    assert.same({}, operations(fields{ g = g }, fields{ g = generated{ help_text = "x" } }))
    assert.same({ "alter field g of Post" },
      operations(fields{ g = g }, fields{ g = generated{ expression = F"a" + 2 } }))
    assert.same({ "alter field g of Post" }, operations(fields{ g = g }, fields{ g = generated{ db_persist = false } }))
    assert.same({ "alter field g of Post" },
      operations(fields{ g = g }, fields{ g = generated{ output_field = ryx.BigIntField() } }))
  end)

  it("adds, alters and removes in an order that can be done", function()
    assert.same({ "add field z to Post", "add field c to Post" },
      operations(fields{}, fields{ c = generated{ expression = F"z" * 2 }, z = ryx.IntField{ null = true } }))
    assert.same({ "remove field c from Post", "remove field z from Post" },
      operations(fields{ c = generated{ expression = F"z" * 2 }, z = ryx.IntField{ null = true } }, fields{}))
    assert.same({ "add field y to Post", "alter field c of Post", "remove field z from Post" },
      operations(fields{ c = generated{ expression = F"z" * 2 }, z = ryx.IntField{ null = true } },
        fields{ c = generated{ expression = F"y" * 3 }, y = ryx.CharField{ null = true } }))
  end)

  it("follows a field that is renamed", function()
    assert.same({ "rename field z of Post to y" },
      operations(fields{ c = generated{ expression = F"z" * 2 }, z = ryx.IntField{ null = true } },
        fields{ c = generated{ expression = F"y" * 2 }, y = ryx.IntField{ null = true, was = "z" } }))
  end)

  it("makes and deletes models in a circle", function()
    local s = state.new()
    local function with(one)
      local g = generated{ expression = F"to_id" + 1, output_field = ryx.IntField{ null = true } }
      local def = { to = ryx.ForeignKey("B", { null = true, related_name = "+" }), g = g, Meta = {
        indexes = { ryx.Index{ fields = { "g" }, name = "a_g" } },
      } }
      return one:with("A", state.record("A", def)):with("B", state.record("B", {
        to = ryx.ForeignKey("A", { null = true, related_name = "+" }),
      }))
    end
    local made, gone = {}, {}
    for i, op in ipairs((autodetect.run(s, with(s)))) do made[i] = op:describe() end
    for i, op in ipairs((autodetect.run(with(s), s))) do gone[i] = op:describe() end
    assert.same({ "create model A", "create model B", "add field to to A", "add field g to A", "add index a_g to A" },
      made)
    assert.same({ "remove index a_g from A", "remove field g from A", "remove field to from A", "delete model B",
      "delete model A" }, gone)
  end)
end)
