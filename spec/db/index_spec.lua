-- SPDX-License-Identifier: MIT
-- ryx.Index in all its forms, and what each database lacks of them.
local ryx = require "ryx"
local db = require "support.db"

local function with(name, index, more)
  local def = {
    name = ryx.CharField{ max_length = 40 }, n = ryx.IntField{ null = true, default = 1 },
    m = ryx.IntField{ default = 2 },
    labels = ryx.ArrayField(ryx.CharField{ max_length = 10 }, { default = {} }), extra = ryx.JSONField{ default = {} },
    Meta = { indexes = { index } },
  }
  for k, v in pairs(more or {}) do def.Meta[k] = v end
  return ryx.model(name, def)
end

local Index = ryx.Index
local Covering = with("IdxCovering", Index{
  fields = { "name", "-n" }, include = { "m", "labels" }, name = "idx_cover",
})
local Hash = with("IdxHash", Index{ fields = { "name" }, method = "hash" })
local Live = with("IdxLive", Index{ fields = { "-n" }, concurrently = true, unique = true, name = "idx_live" })
local Plain = with("IdxPlain", Index{ fields = { "n", "name" }, method = "btree" }, {
  index_together = { { "n", "m" } },
})
local Long = ryx.model("IdxLong", {
  body = ryx.TextField(), notes = ryx.TextField(), labels = ryx.ArrayField(ryx.IntField()), n = ryx.IntField(),
  Meta = { indexes = { Index{ fields = { "body", "-n" } }, Index{ fields = { "notes" } } },
    index_together = { { "labels", "body", "notes" } } },
})
local MODELS = { Covering, Hash, Live, Plain, Long }

describe("an index", function()
  db.use(ryx, {})

  local function drop(model) ryx.raw_execute("DROP TABLE IF EXISTS " .. model._meta.table_name) end
  before_each(function()
    for _, model in ipairs(MODELS) do drop(model) end
  end)
  teardown(function()
    ryx.setup(db.url)
    for _, model in ipairs(MODELS) do drop(model) end
    ryx.close()
  end)

  local function contains(text, part) assert.truthy(tostring(text):find(part, 1, true), tostring(text)) end
  -- What is made, without the questions that come before.
  local function made(model)
    local out = {}
    for _, sql in ipairs(db.sql_of(ryx, function() ryx.migrate{ model } end)) do
      if not sql:find("^%s*SELECT") then out[#out + 1] = sql end
    end
    return table.concat(out, "\n")
  end
  local function lacking(model, name)
    local e = db.error_of(made, model)
    assert.equal("unsupported", e.kind)
    contains(e, name)
    assert.equal("operational", db.error_of(function() model.objects:count() end).kind)
  end

  if db.needs "all indexes" then
    it("holds further columns", function()
      contains(made(Covering), 'ON "idx_coverings" ("name", "n" DESC NULLS LAST) INCLUDE ("m", "labels")')
      assert.equal(1, #Covering.objects:bulk_create{ Covering{ name = "a" } })
    end)

    it("is of a method", function()
      contains(made(Hash), 'CREATE INDEX "ix_idx_hashes_name_0" ON "idx_hashes" USING "hash" ("name")')
      local i = 0
      local function try(options)
        i = i + 1
        local model = with("IdxMethod" .. i, Index(options))
        table.insert(MODELS, model)
        return select(2, pcall(made, model))
      end
      contains(try{ fields = { "labels" }, method = "gin" }, 'USING "gin" ("labels")')
      contains(try{ fields = { "extra" }, method = "gin" }, 'USING "gin" ("extra")')
      contains(try{ fields = { "n", "m" }, method = "brin" }, 'USING "brin" ("n", "m")')
      for part, options in pairs{
        ["of several columns"] = { fields = { "n", "m" }, method = "hash" },
        ["that is unique"] = { fields = { "n" }, method = "hash", unique = true },
        ["with a direction"] = { fields = { "-n" }, method = "brin" },
        ["with include"] = { fields = { "labels" }, method = "gin", include = { "n" } },
        ["no default operator class"] = { fields = { "n" }, method = "gin" },
        ["bogus"] = { fields = { "n" }, method = "bogus" },
      } do
        local e = try(options)
        assert.equal("unsupported", e.kind)
        contains(e, part)
        contains(e, "the index ix_idx_method")
      end
    end)

    it("is made without stopping writes, of a table that is there, too", function()
      contains(made(Live), 'CREATE UNIQUE INDEX CONCURRENTLY "idx_live" ON "idx_lives" ("n" DESC NULLS LAST)')
      assert.falsy(made(Live):find("CREATE", 1, true))
      ryx.raw_execute("DROP INDEX idx_live")
      local e = db.error_of(ryx.transaction, function() ryx.migrate{ Live } end)
      assert.equal("misuse", e.kind)
      contains(e, "IdxLive: the index idx_live: concurrently")
      Live.objects:bulk_create{ Live{ name = "a", n = 5 }, Live{ name = "b", n = 5 } }
      assert.equal("unique_violation", db.error_of(made, Live).kind)
      Live.objects:filter{ name = "b" }:delete()
      contains(made(Live), "CONCURRENTLY")
      assert.equal("unique_violation", db.error_of(Live.objects.create, Live.objects, { name = "c", n = 5 }).kind)
      ryx.transaction(function() ryx.migrate{ Live } end)
    end)
  else
    it("that the database lacks is named, and nothing is made", function()
      lacking(Covering, "IdxCovering: the index idx_cover: ")
      lacking(Hash, "IdxHash: the index ix_idx_hashes_name_0: ")
      lacking(Live, "IdxLive: the index idx_live: ")
    end)
  end

  it("holds texts without bounds beside others", function()
    ryx.migrate{ Long }
    Long.objects:create{ body = ("x"):rep(5000), notes = ("y"):rep(5000), labels = { 1 }, n = 1 }
    assert.equal(1, Long.objects:filter{ body__startswith = "xx", n = 1 }:count())
    ryx.migrate{ Long } -- finds nothing else
  end)

  it("is a btree where nothing else is said", function()
    local sql = made(Plain)
    contains(sql, "ix_idx_plains_n_name_0")
    contains(sql, "idx_idx_plains_n_m_0")
    assert.falsy(sql:find("USING", 1, true))
    Plain.objects:create{ name = "a" }
  end)

  it("and a check have names that no other model's has, where the database wants it so", function()
    local function named(name)
      local model = with(name, Index{ fields = { "n" }, name = "idx_same" }, {
        constraints = { ryx.Constraint{ check = ryx.Q{ n__gte = 0 }, name = "idx_check" } },
      })
      table.insert(MODELS, model)
      return model
    end
    local ok, e = pcall(ryx.migrate, { named("IdxSameA"), named("IdxSameB") })
    assert.equal(db.dialect == "mariadb", ok)
    if ok then return end
    assert.equal("misuse", e.kind)
    contains(e, "IdxSameA and IdxSameB both have")
    contains(e, db.dialect == "mysql" and "a constraint called idx_check" or "an index called idx_same")
  end)

  it("says what is wrong", function()
    for part, options in pairs{
      ["include is a list"] = { fields = { "n" }, include = "m" },
      ["Index: method takes a string"] = { fields = { "n" }, method = 5 },
      ['Index: method is a name like "hash"'] = { fields = { "n" }, method = "hash; --" },
      ["concurrently takes a boolean"] = { fields = { "n" }, concurrently = "yes" },
      ["longer than 63 bytes"] = { fields = { "n" }, name = ("x"):rep(64) },
    } do
      local e = db.error_of(Index, options)
      assert.equal("misuse", e.kind)
      contains(e, part)
    end
    contains(db.error_of(with, "IdxBad", Index{ fields = { "n" }, include = { "mm" } }), 'IdxBad has no field "mm"')
    contains(db.error_of(ryx.Constraint, { check = "1", name = ("x"):rep(64) }), "longer than 63 bytes")
    local e = db.error_of(ryx.model, "IdxTwice", { n = ryx.IntField{}, Meta = { indexes = {
      Index{ fields = { "n" }, name = "twice" }, Index{ fields = { "-n" }, name = "twice" },
    } } })
    assert.equal("misuse", e.kind)
    contains(e, "twice is the name of two items")
  end)
end)
