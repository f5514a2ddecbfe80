-- SPDX-License-Identifier: MIT
-- filter{ name__trigram_similar = "jonson" }, TrigramSimilarity: texts that are nearly alike.
local db = require "support.db"
local ryx = require "ryx"

local F, Similarity = ryx.F, ryx.TrigramSimilarity

local Name = ryx.model("TriName", {
  name = ryx.TextField{ null = true },
  other = ryx.CharField{ max_length = 60, null = true },
})

local function names(...)
  return Name.objects:filter(...):order_by("id"):values_list("name", { flat = true }):all()
end

describe("trigrams", function()
  db.use(ryx, { Name })
  if db.needs "trigrams" and db.needs "server processes" then
    setup(function() ryx.raw_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm") end)
  end

  if not db.needs "trigrams" then
    it("are refused by name", function()
      for _, qs in ipairs{
        Name.objects:filter{ name__trigram_similar = "a" }, Name.objects:annotate{ s = Similarity("name", "a") },
        Name.objects:order_by(Similarity("name", "a")), Name.objects:filter(F"name":trigram_similar("a")),
      } do
        local err = db.error_of(qs.all, qs)
        assert.equal("unsupported", err.kind)
        assert.truthy(err.message:find("trigram_similar", 1, true), err.message)
      end
    end)
    return
  end

  setup(function()
    Name.objects:bulk_create{
      Name{ name = "Johnson", other = "Jonson" }, Name{ name = "Jonson", other = "x" }, Name{ name = "Smith" },
      Name{ name = ryx.null, other = "Smith" }, Name{ name = "" },
    }
  end)

  it("find what is nearly the same", function()
    assert.same({ "Johnson", "Jonson" }, names{ name__trigram_similar = "jonson" })
    assert.same({ "Smith" }, names{ name__trigram_similar = "SMITH!" })
    assert.same({}, names{ name__trigram_similar = "" })
    assert.same({ "Johnson" }, names{ name__trigram_similar = F"other" })
    assert.same({ "Johnson", "Jonson" }, names(F"name":trigram_similar("jonson")))
  end)

  it("are true or false", function()
    assert.same({ "Smith", ryx.null, "" }, Name.objects:exclude{ name__trigram_similar = "jonson" }:order_by("id")
      :values_list("name", { flat = true }):all())
  end)

  it("say how alike texts are, from 0 to 1", function()
    local rows = Name.objects:annotate{ s = Similarity("name", "Jonson") }:order_by("-s", "id"):all()
    assert.same({ "Jonson", "Johnson" }, { rows[1].name, rows[2].name })
    assert.equal(1, rows[1].s)
    assert.is_true(rows[2].s > 0.3 and rows[2].s < 1)
    assert.is_nil(Name.objects:annotate{ s = Similarity("name", "x") }:get{ other = "Smith" }.s)
    assert.equal(2, Name.objects:annotate{ s = Similarity("name", "Jonson") }:filter{ s__gt = 0.45 }:count())
    assert.equal(1, Name.objects:filter(Similarity("name", F"other"):gt(0.4)):count())
    assert.equal("Jonson", Name.objects:order_by(Similarity("name", "Jonson"):desc()):first().name)
  end)

  it("refuse other types, tables and NULL", function()
    for _, fn in ipairs{
      function() return Name.objects:filter{ id__trigram_similar = "a" } end,
      function() return Name.objects:filter{ name__trigram_similar = { "a" } } end,
      function() return Name.objects:filter{ name__trigram_similar = ryx.null } end,
      function() return Name.objects:annotate{ s = Similarity("id", "a") } end,
    } do
      local kind = db.error_of(fn).kind
      assert.truthy(kind == "misuse" or kind == "field_error", kind)
    end
  end)

  -- Numbers of pg_trgm (15): every database gives them, to the last digit.
  it("are those of PostgreSQL", function()
    local ALIKE = {
      { "word", "two words", 4 / 11 }, { "word", "word", 1 }, { "aaaa", "aa", 3 / 4 }, { "a b", "b a", 1 },
      { "", "", 0 }, { "abc", "", 0 }, { "foo-bar", "foo bar", 1 }, { "foo_bar", "foobar", 1 / 2 },
      { "Été", "été!", 1 },
      { "don't", "dont", 3 / 8 }, { "ab12", "AB 12", 3 / 8 }, { "cat", "dog", 0 },
    }
    for _, row in ipairs(ALIKE) do
      local made = Name.objects:filter{ name = "Smith" }:annotate{ s = Similarity(ryx.Value(row[1]), row[2]) }:get().s
      assert.is_true(math.abs(made - row[3]) < 1e-7, ("%s, %s: %s"):format(row[1], row[2], made))
    end
  end)

  if db.needs "server processes" then
    it("name the extension that is not there", function()
      local ok, err = pcall(ryx.transaction, function()
        ryx.raw_execute("DROP EXTENSION pg_trgm")
        Name.objects:filter{ name__trigram_similar = "a" }:all()
      end)
      assert.is_false(ok)
      assert.equal("unsupported", err.kind)
      assert.truthy(err.message:find("CREATE EXTENSION pg_trgm", 1, true), err.message)
      local _, second = pcall(ryx.transaction, function()
        ryx.raw_execute("DROP EXTENSION pg_trgm")
        Name.objects:annotate{ s = Similarity("name", "a") }:all()
      end)
      assert.truthy(second.message:find("CREATE EXTENSION pg_trgm", 1, true), second.message)
      assert.equal(2, Name.objects:filter{ name__trigram_similar = "jonson" }:count())
    end)
  end
end)
