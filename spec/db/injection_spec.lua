-- SPDX-License-Identifier: MIT
-- Hostile texts wherever a query takes a name or a value: either one clear error, or
-- SQL whose tokens and parameters are those of a harmless text.
local db = require "support.db"
local ryx = require "ryx"
local tokens = require "support.sql_tokens"
local F, Q = ryx.F, ryx.Q

local Row = ryx.model("InRow", {
  name = ryx.TextField{ null = true, blank = true }, n = ryx.IntField{ null = true },
  meta = ryx.JSONField{ null = true },
  made = ryx.DateTimeField{ null = true }, words = ryx.ArrayField(ryx.TextField{ blank = true }, { null = true }),
})
local objects = Row.objects
local HOSTILE = tokens.hostile(20240229, 250)
local REFUSED = { field_error = true, misuse = true, validation = true, unsupported = true }

-- Runs fn(text): true and what it gives, or false when it was refused clearly.
local function clear(fn, text)
  local ok, got = pcall(fn, text)
  if ok then return true, got end
  if type(got) ~= "table" or not REFUSED[got.kind] then error(("%q: %s"):format(text, tostring(got)), 0) end
  return false
end

-- Texts for a place in a path, which splits at dots and double underscores.
local function in_path(text)
  return (text:gsub("[._]", "-"))
end

local function is_utf8(text)
  return not text:find("[\254\255]") and not text:find("a\128")
end

describe("hostile texts", function()
  db.use(ryx, { Row })
  setup(function() objects:create{ name = "{}", n = 1, meta = { abc = 1 }, words = { "abc" } } end)

  -- Places where the text becomes part of the SQL.
  local BECOME_SQL = {
    ["keys of documents"] = function(t) return objects:filter(F"meta":at(t):eq(1)) end,
    ["keys of documents among others"] = function(t) return objects:filter(F"meta":at("a", t,
      0):contains("x")):order_by("name") end,
    ["keys in outputs"] = function(t) return objects:values({ x = F"meta":at(t, "b") }) end,
    ["keys in paths"] = function(t) return objects:filter{ ["meta__key__" .. in_path(t) .. "__exact"] = 1 } end,
    ["keys of text that holds JSON"] = function(t) return objects:exclude(F"name":at(t):isnull(true))
      :filter{ n = 2 } end,
    separators = function(t) return objects:values("n"):annotate{ x = ryx.StringAgg("name", t) } end,
    ["keys of made documents"] = function(t) return objects:values({ x = ryx.JSONObject(t, "n") }) end,
  }
  for what, make in pairs(BECOME_SQL) do
    it("change nothing as " .. what, function()
      -- SQLite asks in two ways, by the path or for one key after the other; MariaDB for a
      -- dash in another.
      local shape, params = tokens.shape(make("abc"):sql(), db.dialect)
      local others = {}
      for _, text in ipairs{ "\"\\", "-" } do others[tokens.shape(make(text):sql(), db.dialect)] = true end
      local position = tokens.shape(make("0"):sql(), db.dialect)
      for _, text in ipairs(HOSTILE) do
        local ok, sql = clear(function(t) return (make(t):sql()) end, text)
        if ok then
          local got, n = tokens.shape(sql, db.dialect)
          assert.equal(others[got] and got or text == "0" and position or shape, got, ("%q"):format(text))
          assert.equal(params, n)
          clear(function(t) return make(t):all() end, text)
        end
      end
    end)
  end

  -- Places that only names of the model fit.
  local NAMES = {
    fields = function(t) return objects:filter{ [t] = 1 } end,
    ["excluded fields"] = function(t) return objects:exclude{ [t] = 1 } end,
    ["fields of Q"] = function(t) return objects:filter(Q.any{ [t] = 1, n = 1 }) end,
    ["lookups"] = function(t) return objects:filter{ ["name__" .. t] = "x" } end,
    ["lookups by name"] = function(t) return objects:filter(F"name":lookup(t, "x")) end,
    paths = function(t) return objects:annotate{ x = F(t) } end,
    ["aggregated paths"] = function(t) return objects:annotate{ x = ryx.Count(t) } end,
    annotations = function(t) return objects:annotate{ [t] = F"n" } end,
    aliases = function(t) return objects:alias{ [t] = F"n" } end,
    ["named values"] = function(t) return objects:values({ [t] = F"n" }) end,
    values = function(t) return objects:values(t) end, values_list = function(t) return objects:values_list(t) end,
    only = function(t) return objects:only(t) end,
    defer = function(t) return objects:defer(t) end, orders = function(t) return objects:order_by(t) end,
    ["descending orders"] = function(t) return objects:order_by("-" .. t) end,
    distinct = function(t) return objects:distinct(t) end,
    ["parts of dates"] = function(t) return objects:filter{ ["made__" .. t] = 1 } end,
    Extract = function(t) return objects:annotate{ x = ryx.Extract("made", t) } end,
    Trunc = function(t) return objects:annotate{ x = ryx.Trunc("made", t) } end,
    zones = function(t) return objects:annotate{ x = ryx.Extract("made", "hour", { tz = t }) } end,
    Cast = function(t) return objects:annotate{ x = ryx.Cast("name", t) } end,
    OuterRef = function(t) return objects:filter(ryx.Exists(objects:filter{ n = ryx.OuterRef(t) })) end,
    partitions = function(t) return objects:annotate{ x = ryx.Window(ryx.RowNumber(), { partition_by = t }) } end,
    ["types of Raw"] = function(t) return objects:annotate{ x = ryx.Raw("n", {}, { type = t }) } end,
    ["names of functions"] = function(t) return objects:annotate{ x = ryx.Func(t, { "n" }) } end,
    ["types of Func"] = function(t) return objects:annotate{ x = ryx.Func("abs", { "n" }, { type = t }) } end,
    ["items of arrays"] = function(t) return objects:filter{ ["words__" .. t] = "x" } end,
    ["fields of a search"] = function(t) return objects:filter(ryx.Search(t, "x")) end,
    ["fields of a rank"] = function(t) return objects:annotate{ r = ryx.SearchRank({ "name", t }, "x") } end,
    ["fields of a search index"] = function(t)
      local indexes = { ryx.SearchIndex{ fields = { t } } }
      ryx.model("InIndexed", { a = ryx.TextField{}, Meta = { indexes = indexes } })
    end,
    ["configurations of searches"] = function(t) ryx.SearchIndex{ fields = { "a" }, config = t } end,
    ["weights of searches"] = function(t) ryx.SearchIndex{ fields = { "a" }, weights = { a = t } } end,
    ["names of lookups"] = function(t) ryx.register_lookup(t, "{col} = ?") end,
    ["names of aggregates"] = function(t) return objects:aggregate{ [t] = ryx.Count() } end,
    ["fields to update"] = function(t) return objects:filter{ n = 99 }:update{ [t] = 1 } end,
    ["fields to create"] = function(t) return objects:create{ [t] = 1 } end,
    ["fields of in_bulk"] = function(t) return objects:in_bulk({ 1 }, { field_name = t }) end,
    ["aliases of databases"] = function(t) return objects:using(t) end,
    ["options of transactions"] = function(t) return ryx.transaction(function() end, { [t] = 1 }) end,
    ["isolation levels"] = function(t) return ryx.transaction(function() end, { isolation = t }) end,
  }
  -- What is meant by itself: a random order, every row, an item.
  local FINE = { orders = "?", ["aggregated paths"] = "*", ["items of arrays"] = "0" }
  local function is_fine(what, text)
    return FINE[what] == text or text:find("^[%a_][%w_]*$")
  end
  for what, make in pairs(NAMES) do
    it("are refused as " .. what, function()
      for _, text in ipairs(HOSTILE) do
        if not is_fine(what, text) then
          assert.is_false(clear(make, text), ("%q"):format(text))
        end
      end
    end)
  end

  it("are values where values are meant", function()
    local LOOKUPS = { "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith",
      "iendswith", "gt", "lte" }
    local shapes = {}
    for _, lookup in ipairs(LOOKUPS) do shapes[lookup] = tokens.shape(
      objects:filter{ ["name__" .. lookup] = "abc" }:sql(), db.dialect) end
    for _, text in ipairs(HOSTILE) do
      local ok, row = clear(function(t) return objects:create{ name = t, n = 2, meta = { [t] = t },
        words = { t } } end, text)
      if ok then
        for _, lookup in ipairs(LOOKUPS) do
          local qs = objects:filter{ ["name__" .. lookup] = text, pk = row.pk }
          assert.equal(shapes[lookup],
            (tokens.shape(objects:filter{ ["name__" .. lookup] = text }:sql(), db.dialect)))
          if lookup ~= "gt" then assert.equal(1, qs:count(), ("%s %q"):format(lookup, text)) end
        end
        local one = objects:filter{ pk = row.pk }
        assert.equal(1, one:filter{ meta__has_key = text }:count(), ("has_key %q"):format(text))
        assert.equal(1, one:filter{ words__any = text }:count(), ("any %q"):format(text))
        assert.equal(1, one:filter(F"meta":at(text):eq(text)):count(), ("at %q"):format(text))
        assert.equal(1, one:filter{ name__in = { text, "abc" } }:count(), ("in %q"):format(text))
        assert.equal(1, one:filter(ryx.Concat("name", ryx.Value(text)):eq(text .. text)):count(),
          ("concat %q"):format(text))
        assert.equal(text, one:values({ x = ryx.Value(text) }):get().x)
        assert.equal(text, one:values({ x = ryx.Func("coalesce", { "name", ryx.Value(text) }, { type = "text" }) }):get().x)
        assert.equal(1, one:filter(ryx.Raw("name = ?", { text }, { type = "bool" })):count(), ("raw %q"):format(text))
        row:delete()
      else
        assert.truthy(not is_utf8(text) or text:find("\0", 1, true), ("%q"):format(text))
      end
    end
    assert.equal(1, objects:count())
  end)
end)

describe("hostile words", function()
  local Note = ryx.model("InNote", {
    title = ryx.CharField{ max_length = 50 }, body = ryx.TextField{ null = true },
    Meta = { indexes = { ryx.SearchIndex{ fields = { "title", "body" } } } },
  })
  db.use(ryx, { Note })
  setup(function() Note.objects:create{ title = "harmless words", body = "in here" } end)

  local both = { "title", "body" }
  local SEARCHES = {
    ["a lookup"] = function(t) return Note.objects:filter{ title__search = t } end,
    ["several fields"] = function(t) return Note.objects:filter(ryx.Search(both, t)) end,
    ["what is excluded"] = function(t) return Note.objects:exclude(ryx.Search(both, t)) end,
    ["a rank"] = function(t) return Note.objects:annotate{ r = ryx.SearchRank(both, t) }:order_by("-r") end,
  }
  for what, make in pairs(SEARCHES) do
    it("are words of " .. what, function()
      local shape, params = tokens.shape(make("abc"):sql(), db.dialect)
      for _, text in ipairs(HOSTILE) do
        local got, n = tokens.shape(make(text):sql(), db.dialect)
        assert.equal(shape, got, ("%q"):format(text))
        assert.equal(params, n)
        clear(function(t) return make(t):all() end, text)
      end
      assert.equal(1, Note.objects:filter{ title__search = "harmless" }:count())
    end)
  end

  it("find the text that they stand in", function()
    for _, text in ipairs(HOSTILE) do
      local ok, row = clear(function(t)
        return Note.objects:create{ title = ("harmless " .. t):sub(1, 50), body = t }
      end, text)
      if ok then
        assert.is_true(Note.objects:filter{ title__search = "harmless" }:count() > 1, ("%q"):format(text))
        clear(function(t) return Note.objects:filter(ryx.Search(both, t)):all() end, text)
        row:delete()
      end
    end
  end)
end)

describe("hostile names of tables and columns", function()
  local names = { 'a"b', "a`b", "a'b", "a b", "select", "a;b", "a--b", "a?b", "$1", "\195\169\240\159\152\128",
    "a\\b", "%s", "[a]" }
  if not db.needs "names beyond the BMP" then names[10] = "\195\169" end

  for i, name in ipairs(names) do
    it("are quoted: " .. name, function()
      ryx.setup(db.url)
      local Odd = ryx.model("InOdd" .. i, {
        name = ryx.CharField{ max_length = 20, db_column = name },
        other = ryx.IntField{ null = true, db_column = name .. "2" },
        meta = ryx.JSONField{ null = true, db_column = name .. "3" },
        Meta = { table_name = name },
      })
      db.tables(ryx, { Odd })
      local row = Odd.objects:create{ name = "x", other = 1, meta = { a = 5 } }
      assert.equal(1, Odd.objects:filter{ name__icontains = "X", other__in = { 1 },
        meta__a__gt = 4 }:exclude{ other__isnull = true }:order_by("-name"):count())
      assert.same({ name = "x", other = 1 }, Odd.objects:values("name", "other"):first())
      assert.same({ { name = "x", n = 1 } }, Odd.objects:values("name"):annotate{ n = ryx.Count("other") }:all())
      assert.equal(1, Odd.objects:filter{ name = "x" }:update{ other = F"other" + 1 })
      row:refresh_from_db()
      assert.equal(2, row.other)
      row.name = "y"
      row:save()
      row:delete()
      assert.equal(0, Odd.objects:count())
      ryx.raw_execute("DROP TABLE " .. require("ryx.db").quote(require("ryx.db").alias("default"), name))
      ryx.close()
    end)
  end
end)
