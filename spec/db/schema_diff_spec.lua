-- SPDX-License-Identifier: MIT
-- From one schema to another, with the rows that are there, and back.
local ryx = require "ryx"
local context = require "ryx.migrations.dialect.context"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local introspect = require "ryx.migrations.introspect"
local schema = require "ryx.migrations.schema"
local step = require "ryx.migrations.ddl.step"
local db = require "support.db"

local function alias() return require("ryx.db").alias("default") end

-- The schema of a list of { name, fields }, which are models from then on.
local function declare(list)
  local metas, models = {}, {}
  for i, pair in ipairs(list) do
    local model = ryx.model(pair[1], pair[2])
    models[pair[1]], metas[i] = model, model._meta
  end
  return schema.of(alias(), metas), models
end

local function steps_of(before, after, hints)
  local ctx = context.of(alias())
  return ddl.steps(ctx, diff.run(before, after, hints, ctx.dialect))
end

-- Does the steps, in a transaction those that may be in one.
local function go(before, after, hints)
  local steps, bare = steps_of(before, after, hints), {}
  local function run()
    for _, s in ipairs(steps) do
      -- What a server refuses is not asked of it.
      s.again = nil
      if s.bare then bare[#bare + 1] = s else step.run(alias(), s) end
    end
  end
  if db.needs "transactional ddl" then ryx.transaction(run) else run() end
  for _, s in ipairs(bare) do step.run(alias(), s) end
  require("ryx.db").schema_changed(alias())
  return steps
end

-- Renames the other way round.
local function reversed(hints)
  local out = { tables = {}, columns = {}, fill = hints.back_fill }
  for old, new in pairs(hints.tables or {}) do out.tables[new] = old end
  for key, columns in pairs(hints.columns or {}) do
    local back = {}
    for old, new in pairs(columns) do back[new] = old end
    out.columns[out.tables[key] or key] = back
  end
  return out
end

local NONE = { tables = {} }

-- The database has what a schema says, and no more.
local function holds(wanted)
  local found = introspect.run(alias(), { like = wanted })
  local ctx = context.of(alias())
  for _, change in ipairs(diff.run(found, wanted, nil, ctx.dialect)) do
    local part = change.to or change.from or change.column
    error(("still to be done: %s %s of %s"):format(change.kind, part.name or part, change.table), 2)
  end
end

-- before -> after -> before: fill(models) makes rows of before, after(models, steps) and back(models, steps) look.
local function both_ways(case)
  local before, old = declare(case.before())
  go(NONE, before)
  local after, is_after
  local ok, err = pcall(function()
    if case.fill then case.fill(old) end
    local new
    after, new = declare(case.after())
    local steps = go(before, after, case.hints)
    is_after = true
    holds(after)
    if case.check then case.check(new, steps) end
    before, old = declare(case.before())
    steps = go(after, before, reversed(case.hints or {}))
    is_after = false
    holds(before)
    if case.back then case.back(old, steps) end
  end)
  local left = pcall(go, is_after and after or before, NONE)
  if not ok then error(err, 0) end
  assert.is_true(left)
end

local function kind_of(fn, ...) return db.error_of(fn, ...).kind end
local function create(model, values) return model.objects:create(values) end
local function has(steps, part)
  for _, s in ipairs(steps) do
    if s.sql:find(part, 1, true) then return s end
  end
end

describe("from one schema to another", function()
  db.use(ryx, {})

  it("nothing is done where nothing differs", function()
    local function models()
      return { { "DiffSame", { name = ryx.CharField{ max_length = 9, unique = true, default = "x" } } } }
    end
    assert.same({}, steps_of(declare(models()), (declare(models()))))
  end)

  it("a table comes and goes", function()
    both_ways{
      before = function() return { { "DiffOne", { n = ryx.IntField{} } } } end,
      after = function()
        return { { "DiffOne", { n = ryx.IntField{} } }, { "DiffTwo", { one = ryx.ForeignKey("DiffOne") } } }
      end,
      fill = function(m) create(m.DiffOne, { n = 1 }) end,
      check = function(m)
        create(m.DiffTwo, { one = m.DiffOne.objects:get() })
        assert.equal("foreign_key_violation", kind_of(create, m.DiffTwo, { one_id = 99 }))
      end,
      back = function(m, steps)
        assert.equal("destructive", has(steps, "DROP TABLE").risk)
        assert.equal(1, m.DiffOne.objects:count())
      end,
    }
  end)

  it("tables that refer to each other come and go", function()
    both_ways{
      before = function() return {} end,
      after = function()
        return {
          { "DiffLeft", { right = ryx.ForeignKey("DiffRight", { null = true, on_delete = "PROTECT" }) } },
          { "DiffRight", { left = ryx.ForeignKey("DiffLeft", { null = true, on_delete = "PROTECT" }) } },
          { "DiffTree", { up = ryx.ForeignKey("self", { null = true, on_delete = "PROTECT" }) } },
        }
      end,
      check = function(m)
        local left = create(m.DiffLeft, {})
        left.right = create(m.DiffRight, { left = left })
        left:save()
        create(m.DiffTree, { up = create(m.DiffTree, {}) })
        assert.equal("foreign_key_violation", kind_of(create, m.DiffLeft, { right_id = 99 }))
      end,
    }
  end)

  it("a column comes and goes", function()
    both_ways{
      before = function() return { { "DiffPost", { title = ryx.CharField{ max_length = 20 } } } } end,
      after = function()
        return {
          { "DiffPost", {
            title = ryx.CharField{ max_length = 20 }, slug = ryx.CharField{ max_length = 30, null = true },
            views = ryx.IntField{ default = 7 }, note = ryx.TextField{ default = "it's" },
            extra = ryx.JSONField{ null = true }, at = ryx.DateTimeField{ null = true },
          } },
        }
      end,
      fill = function(m) create(m.DiffPost, { title = "a" }) end,
      check = function(m)
        local p = m.DiffPost.objects:get()
        assert.same({ "a", 7, "it's" }, { p.title, p.views, p.note })
        assert.is_nil(p.slug)
        p.extra = { a = 1 }
        p:save()
      end,
      back = function(m, steps)
        assert.equal("a", m.DiffPost.objects:get().title)
        for _, s in ipairs(steps) do
          if s.sql:find("DROP COLUMN", 1, true) then
            assert.equal("destructive", s.risk)
            assert.truthy(s.column:find("^diff_posts%."), s.column)
          end
        end
      end,
    }
  end)

  it("a column that must have a value gets it in the rows that are there, and has no default then", function()
    both_ways{
      before = function() return { { "DiffPost", { title = ryx.CharField{ max_length = 20 } } } } end,
      after = function()
        return {
          { "DiffPost", {
            title = ryx.CharField{ max_length = 20 }, rating = ryx.IntField{}, body = ryx.TextField{},
            extra = ryx.JSONField{}, day = ryx.DateField{ default = "2024-01-01" },
          } },
        }
      end,
      hints = {
        fill = { diff_posts = { rating = "5", body = "'long'", extra = [['{"a": 1}']], day = "'2023-01-01'" } },
      },
      fill = function(m) create(m.DiffPost, { title = "a" }) end,
      check = function(m)
        local p = m.DiffPost.objects:get()
        assert.same({ 5, "long", 1, "2023-01-01" }, { p.rating, p.body, p.extra.a, tostring(p.day) })
        local e = db.error_of(ryx.raw_execute, "INSERT INTO diff_posts (title, body, extra) VALUES ('b', 'b', '{}')")
        assert.equal("not_null_violation", e.kind)
        ryx.raw_execute("INSERT INTO diff_posts (title, body, extra, rating) VALUES ('b', 'b', '{}', 1)")
        assert.equal("2024-01-01", tostring(m.DiffPost.objects:get{ title = "b" }.day))
      end,
    }
  end)

  it("NULL is allowed, and no more", function()
    local function models(options)
      return function()
        return { { "DiffNull", {
          n = ryx.IntField(options), s = ryx.CharField{ max_length = 9, null = options.null, db_index = true },
        } } }
      end
    end
    both_ways{
      before = models{ null = true }, after = models{},
      hints = { fill = { diff_nulls = { n = "3", s = "'none'" } } },
      fill = function(m)
        create(m.DiffNull, {})
        create(m.DiffNull, { n = 1, s = "x" })
      end,
      check = function(m)
        assert.same({ { 1, "x" }, { 3, "none" } }, m.DiffNull.objects:order_by("n"):values_list("n", "s"):all())
        assert.equal("not_null_violation", kind_of(ryx.raw_execute, "INSERT INTO diff_nulls (n) VALUES (1)"))
      end,
      back = function(m) create(m.DiffNull, {}) end,
    }
  end)

  it("a default comes, changes and goes", function()
    local function models(options)
      return function() return { { "DiffDefault", { a = ryx.IntField{}, n = ryx.CharField(options) } } } end
    end
    local function inserted(m)
      ryx.raw_execute("INSERT INTO diff_defaults (a) VALUES (1)")
      return m.DiffDefault.objects:order_by("-id"):first().n
    end
    both_ways{
      before = models{ max_length = 9, null = true }, after = models{ max_length = 9, null = true, default = "a" },
      check = function(m) assert.equal("a", inserted(m)) end, back = function(m) assert.is_nil(inserted(m)) end,
    }
    both_ways{
      before = models{ max_length = 9, default = "a" },
      after = models{ max_length = 9, db_default = ryx.Upper(ryx.Value("b")) },
      check = function(m) assert.equal("B", inserted(m)) end, back = function(m) assert.equal("a", inserted(m)) end,
    }
    both_ways{
      before = models{ max_length = 9, default = "a" }, after = models{ max_length = 9 },
      check = function(m) assert.equal("not_null_violation", kind_of(inserted, m)) end,
      back = function(m) assert.equal("a", inserted(m)) end,
    }
  end)

  it("what a type has no room or no sense for is refused, and stays", function()
    local function char(n) return ryx.CharField{ max_length = n } end
    local cases = {
      { ryx.IntField, function() return char(3) end, 70000 }, { ryx.IntField, ryx.SmallIntField, 70000 },
      { ryx.UUIDField, function() return char(9) end, "00000000-0000-4000-8000-000000000001" },
      { function() return char(20) end, ryx.UUIDField, "nope" },
      { function() return char(20) end, ryx.IntField, "1.5" },
      { function() return char(20) end, ryx.IntField, "99999999999" }, { function() return char(20) end, ryx.DateField,
        "2024-13-01" },
      { ryx.DateField, ryx.IntField, "2024-01-02" }, { ryx.IntField, ryx.DateField, 20240102 },
      { ryx.TimeField, ryx.DateField, "03:04" },
    }
    for _, case in ipairs(cases) do
      local function models(make) return function() return { { "DiffRoom", { v = make() } } } end end
      both_ways{
        before = models(case[1]), after = models(case[1]),
        fill = function(m)
          create(m.DiffRoom, { v = case[3] })
          local value = tostring(m.DiffRoom.objects:get().v)
          local before = declare(models(case[1])())
          local e = db.error_of(function() go(before, (declare(models(case[2])()))) end)
          assert.truthy(e.message:find("rows that are there", 1, true) or e.message:find("cannot become", 1, true)
            or e.message:find("migration before this one", 1, true), e.message)
          assert.is_nil(e.message:find("made again", 1, true), e.message)
          assert.equal(value, tostring(m.DiffRoom.objects:get().v))
        end,
      }
    end
  end)

  it("types change with what the columns hold", function()
    local function models(fields)
      return function() return { { "DiffType", fields() } } end
    end
    local function case(from, to, value, becomes, back)
      both_ways{
        before = models(function() return { v = from() } end), after = models(function() return { v = to() } end),
        fill = function(m) create(m.DiffType, { v = value }) end,
        check = function(m) assert.equal(tostring(becomes), tostring(m.DiffType.objects:get().v)) end,
        back = function(m) assert.equal(tostring(back or value), tostring(m.DiffType.objects:get().v)) end,
      }
    end
    local function char(n) return function() return ryx.CharField{ max_length = n } end end
    case(char(10), char(80), "abc", "abc")
    case(char(10), ryx.TextField, "abc", "abc")
    case(ryx.IntField, ryx.BigIntField, 5, 5)
    case(char(10), ryx.IntField, "12", 12)
    case(ryx.IntField, ryx.FloatField, 5, 5.0, 5)
    case(ryx.IntField, function() return ryx.DecimalField{ max_digits = 12, decimal_places = 2 } end, 5, "5.00", 5)
    case(function() return ryx.DecimalField{ max_digits = 6, decimal_places = 2 } end,
      function() return ryx.DecimalField{ max_digits = 9, decimal_places = 4 } end, "1.5", "1.5000", "1.50")
    case(ryx.BooleanField, ryx.IntField, true, 1, true)
    case(ryx.DateField, ryx.DateTimeField, "2024-02-29", "2024-02-29T00:00:00", "2024-02-29")
    case(ryx.DateTimeField, function() return ryx.DateTimeField{ tz = true } end, "2024-02-29 10:00",
      "2024-02-29T10:00:00Z", "2024-02-29T10:00:00")
    case(ryx.UUIDField, char(40), "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000001")
  end)

  it("a column with a default and an index takes another type", function()
    both_ways{
      before = function()
        return { { "DiffTyped", {
          v = ryx.CharField{ max_length = 10, default = "1", db_index = true }, w = ryx.IntField{ unique = true },
        } } }
      end,
      after = function()
        return { { "DiffTyped", {
          v = ryx.IntField{ default = 2, db_index = true }, w = ryx.BigIntField{ unique = true },
        } } }
      end,
      fill = function(m) create(m.DiffTyped, { v = "7", w = 1 }) end,
      check = function(m)
        assert.equal(7, m.DiffTyped.objects:get{ v = 7 }.v)
        assert.equal("unique_violation", kind_of(create, m.DiffTyped, { w = 1 }))
      end,
      back = function(m) assert.equal("7", m.DiffTyped.objects:get().v) end,
    }
  end)

  it("a table and its columns are renamed with all that bears their names", function()
    local function post(name, field, options)
      local def = {
        [field] = ryx.CharField{ max_length = 9, unique = true }, views = ryx.IntField{ db_index = true, default = 0 },
        author = ryx.ForeignKey("DiffAuthor", { on_delete = "CASCADE" }),
        Meta = {
          unique_together = { { field, "views" } },
          constraints = { ryx.Constraint{ check = -ryx.Q{ [field] = "no" }, name = options.check } },
          indexes = {
            ryx.Index{ fields = { field, "-views" } }, ryx.SearchIndex{ fields = { field } },
            db.needs "index expressions" and ryx.Index{ expressions = { ryx.Lower(field) }, name = "diff_low" } or nil,
          },
        },
      }
      return { name, def }
    end
    local function models(name, field)
      return function()
        return {
          { "DiffAuthor", { name = ryx.CharField{ max_length = 9 } } }, post(name, field, { check = "diff_no" }),
          { "DiffComment", { post = ryx.ForeignKey(name, { db_column = "post_id" }) } },
        }
      end
    end
    local function look(name, field)
      return function(m)
        local model = m[name]
        local p = model.objects:get{ [field] = "hello" }
        assert.equal(1, m.DiffComment.objects:filter{ ["post__" .. field] = "hello" }:count())
        assert.equal(1, model.objects:filter{ [field .. "__search"] = "hello" }:count())
        local e = db.error_of(create, model, { [field] = "hello", author = p.author, views = 5 })
        assert.equal("unique_violation", e.kind)
        assert.equal(field, e.field)
        assert.equal("check_violation", kind_of(create, model, { [field] = "no", author = p.author }))
        assert.equal("foreign_key_violation", kind_of(create, model, { [field] = "x", author_id = 99 }))
        assert.equal("foreign_key_violation", kind_of(create, m.DiffComment, { post_id = 99 }))
      end
    end
    both_ways{
      before = models("DiffPost", "title"), after = models("DiffArticle", "headline"),
      hints = { tables = { diff_posts = "diff_articles" }, columns = { diff_articles = { title = "headline" } } },
      fill = function(m)
        local a = create(m.DiffAuthor, { name = "a" })
        create(m.DiffComment, { post = create(m.DiffPost, { title = "hello", author = a }) })
      end,
      check = look("DiffArticle", "headline"), back = look("DiffPost", "title"),
    }
  end)

  it("tables that refer to each other are renamed, and exchange their names", function()
    local function models(a, b)
      return function()
        return {
          { a, { n = ryx.IntField{}, other = ryx.ForeignKey(b, { null = true, db_column = "other_id" }) } },
          { b, { s = ryx.TextField{}, other = ryx.ForeignKey(a, { null = true, db_column = "other_id" }) } },
        }
      end
    end
    local function look(a, b)
      return function(m)
        local x, y = m[a].objects:get(), m[b].objects:get()
        assert.same({ y.id, x.id }, { x.other_id, y.other_id })
        assert.same({ 5, "y" }, { x.n, y.s })
        assert.equal("foreign_key_violation", kind_of(create, m[a], { n = 1, other_id = 99 }))
      end
    end
    local function fill(m)
      create(m.DiffNear, { id = 3, n = 5 })
      create(m.DiffFar, { id = 4, s = "y", other_id = 3 })
      m.DiffNear.objects:update_all{ other_id = 4 }
    end
    both_ways{
      before = models("DiffNear", "DiffFar"), after = models("DiffHere", "DiffThere"), fill = fill,
      hints = { tables = { diff_nears = "diff_heres", diff_fars = "diff_theres" } },
      check = look("DiffHere", "DiffThere"), back = look("DiffNear", "DiffFar"),
    }
    both_ways{
      before = models("DiffNear", "DiffFar"), after = models("DiffFar", "DiffNear"), fill = fill,
      hints = { tables = { diff_nears = "diff_fars", diff_fars = "diff_nears" } },
      check = look("DiffFar", "DiffNear"), back = look("DiffNear", "DiffFar"),
    }
  end)

  it("a table goes, and the rows that led to it stay", function()
    local function models(has_owner)
      return function()
        local owner = has_owner and { "DiffOwner", { n = ryx.IntField{} } } or nil
        local pet = { "DiffPet", { name = ryx.TextField{}, owner = has_owner and ryx.ForeignKey("DiffOwner") or nil } }
        return owner and { owner, pet } or { pet }
      end
    end
    both_ways{
      before = models(true), after = models(false),
      fill = function(m) create(m.DiffPet, { name = "a", owner = create(m.DiffOwner, { n = 1 }) }) end,
      check = function(m)
        assert.equal("a", m.DiffPet.objects:get().name)
        m.DiffPet.objects:delete_all()
      end,
      back = function(m)
        assert.equal("foreign_key_violation", kind_of(create, m.DiffPet, { name = "b", owner_id = 1 }))
      end,
    }
  end)

  it("a relation that may be absent comes and goes", function()
    local function models(fields)
      return function() return { { "DiffUser", { n = ryx.IntField{} } }, { "DiffNote", fields() } } end
    end
    both_ways{
      before = models(function() return { n = ryx.IntField{} } end),
      after = models(function()
        return { n = ryx.IntField{}, user = ryx.ForeignKey("DiffUser", { null = true, on_delete = "SET_NULL" }) }
      end),
      fill = function(m) create(m.DiffNote, { n = 1 }) end,
      check = function(m)
        local user = create(m.DiffUser, { n = 1 })
        m.DiffNote.objects:update_all{ user_id = user.id }
        user:delete()
        assert.is_nil(m.DiffNote.objects:get().user_id)
      end,
      back = function(m) assert.equal(1, m.DiffNote.objects:get().n) end,
    }
  end)

  if db.needs "index conditions" then
    it("an index of some rows takes others", function()
      local function models(least)
        return function()
          local index = ryx.Index{
            fields = { "n" }, unique = true, condition = ryx.Q{ n__gt = least }, name = "diff_part",
          }
          return { { "DiffPart", { n = ryx.IntField{}, Meta = { indexes = { index } } } } }
        end
      end
      both_ways{
        before = models(1), after = models(5),
        fill = function(m) create(m.DiffPart, { n = 3 }) end,
        check = function(m)
          create(m.DiffPart, { n = 3 }):delete()
          create(m.DiffPart, { n = 6 })
          assert.equal("unique_violation", kind_of(create, m.DiffPart, { n = 6 }))
        end,
        back = function(m) assert.equal("unique_violation", kind_of(create, m.DiffPart, { n = 3 })) end,
      }
    end)
  end

  it("what rows forbid is said of the step, and nothing of it is done", function()
    local function models(fields) return function() return { { "DiffBad", fields() } } end end
    local function plain() return { n = ryx.IntField{ null = true }, s = ryx.CharField{ max_length = 9 } } end
    local function refused(part, changed)
      both_ways{
        before = models(plain), after = models(plain),
        fill = function(m)
          for _ = 1, 2 do create(m.DiffBad, { s = "abc" }) end
          local before = declare(models(plain)())
          local e = db.error_of(go, before, (declare(models(changed)())))
          assert.truthy(e.message:find(part, 1, true), e.message)
          assert.truthy(e.message:find("migration before this one", 1, true), e.message)
          holds(before)
        end,
      }
    end
    local function with(name, f)
      return function()
        local fields = plain()
        fields[name] = f()
        return fields
      end
    end
    refused("diff_bads", with("s", function() return ryx.CharField{ max_length = 9, unique = true } end))
    refused("diff_bads", with("s", ryx.IntField))
    refused("diff_bads", with("n", ryx.IntField))
    refused("diff_bads", with("s", function() return ryx.CharField{ max_length = 2 } end))
  end)

  it("a step says what it risks", function()
    local function models(fields) return { { "DiffRisk", fields } } end
    local function risks(before, after)
      local out = {}
      local a = declare(models(before))
      for _, s in ipairs(steps_of(a, (declare(models(after))))) do
        if s.risk then out[#out + 1] = s.risk .. " " .. (s.column or "") end
      end
      return table.concat(out, ", ")
    end
    assert.equal("destructive diff_risks.n", risks({ n = ryx.IntField{}, m = ryx.IntField{} }, { m = ryx.IntField{} }))
    assert.equal("blocking diff_risks.n", risks({ n = ryx.IntField{} }, { n = ryx.BigIntField{} }))
    assert.equal("", risks({ n = ryx.IntField{} }, { n = ryx.IntField{}, s = ryx.TextField{ null = true } }))
    if db.dialect == "sqlite" then return end
    assert.equal("destructive diff_risks.n", risks({ n = ryx.BigIntField{} }, { n = ryx.IntField{} }))
    assert.equal("destructive diff_risks.s",
      risks({ s = ryx.CharField{ max_length = 9 } }, { s = ryx.CharField{ max_length = 5 } }))
    assert.equal("", risks({ s = ryx.CharField{ max_length = 5 } }, { s = ryx.CharField{ max_length = 9 } }))
    local waits = db.dialect == "postgres"
    assert.equal(waits and "blocking diff_risks.n" or "",
      risks({ n = ryx.IntField{ null = true } }, { n = ryx.IntField{} }))
    assert.equal(waits and "blocking diff_risks.n" or "",
      risks({ n = ryx.IntField{} }, { n = ryx.IntField{ db_index = true } }))
  end)

  it("names are exchanged", function()
    local function models(a, b)
      return function() return { { "DiffSwap", { [a] = ryx.IntField{}, [b] = ryx.IntField{} } } } end
    end
    both_ways{
      before = models("a", "b"), after = models("a", "b"),
      hints = { columns = { diff_swaps = { a = "b", b = "a" } } },
      fill = function(m) create(m.DiffSwap, { a = 1, b = 2 }) end,
      check = function(m) assert.equal(2, m.DiffSwap.objects:get().a) end,
      back = function(m) assert.equal(1, m.DiffSwap.objects:get().a) end,
    }
  end)

  it("unique keys, checks and indexes come, change and go", function()
    local function models(meta, options)
      return function()
        return { { "DiffRule", {
          a = ryx.IntField(options), b = ryx.IntField{ default = 1 },
          name = ryx.CharField{ max_length = 9, default = "" }, Meta = meta(),
        } } }
      end
    end
    both_ways{
      before = models(function()
        return { constraints = { ryx.Constraint{ check = ryx.Q{ a__lt = 5 }, name = "diff_a" } } }
      end),
      after = models(function()
        return {
          constraints = { ryx.Constraint{ check = ryx.Q{ a__lt = 10 }, name = "diff_a" } },
          unique_together = { { "a", "b" } }, index_together = { { "b", "a" } },
          indexes = { ryx.Index{ fields = { "-b", "name" }, name = "diff_ix" } },
        }
      end, { db_index = true }),
      fill = function(m) create(m.DiffRule, { a = 1 }) end,
      check = function(m)
        create(m.DiffRule, { a = 9 })
        assert.equal("check_violation", kind_of(create, m.DiffRule, { a = 10 }))
        assert.equal("unique_violation", kind_of(create, m.DiffRule, { a = 1 }))
        m.DiffRule.objects:filter{ a = 9 }:delete()
      end,
      back = function(m)
        create(m.DiffRule, { a = 1 })
        assert.equal("check_violation", kind_of(create, m.DiffRule, { a = 5 }))
      end,
    }
  end)

  it("a relation to one becomes one of many, and back", function()
    local function models(make, options)
      return function()
        return { { "DiffUser", { n = ryx.IntField{} } }, { "DiffProfile", { user = ryx[make]("DiffUser", options) } } }
      end
    end
    both_ways{
      before = models("OneToOneField"), after = models("ForeignKey", { on_delete = "PROTECT" }),
      fill = function(m) create(m.DiffProfile, { user = create(m.DiffUser, { n = 1 }) }) end,
      check = function(m)
        local user = m.DiffUser.objects:get()
        local second = create(m.DiffProfile, { user = user })
        assert.is_true(db.error_of(user.delete, user):is(ryx.IntegrityError))
        second:delete()
      end,
      back = function(m)
        local user = m.DiffUser.objects:get()
        assert.equal("unique_violation", kind_of(create, m.DiffProfile, { user = user }))
        user:delete()
        assert.equal(0, m.DiffProfile.objects:count())
      end,
    }
  end)

  it("a key takes another type with the keys that lead to it", function()
    local function models(key)
      return function()
        return {
          { "DiffParent", { code = key() } }, { "DiffChild", { parent = ryx.ForeignKey("DiffParent") } },
        }
      end
    end
    both_ways{
      before = models(function() return ryx.IntField{ primary_key = true } end),
      after = models(function() return ryx.CharField{ max_length = 12, primary_key = true } end),
      fill = function(m) create(m.DiffChild, { parent = create(m.DiffParent, { code = 4 }) }) end,
      check = function(m)
        assert.equal("4", m.DiffChild.objects:get().parent_id)
        assert.equal("foreign_key_violation", kind_of(create, m.DiffChild, { parent_id = "none" }))
      end,
      back = function(m)
        assert.equal(4, m.DiffChild.objects:get().parent_id)
        assert.equal("foreign_key_violation", kind_of(create, m.DiffChild, { parent_id = 5 }))
      end,
    }
  end)

  it("a key that the database makes gets wider with the keys that lead to it", function()
    local function models(make)
      return function()
        return {
          { "DiffParent", { id = make{ primary_key = true }, n = ryx.IntField{ default = 0 } } },
          { "DiffChild", { parent = ryx.ForeignKey("DiffParent", { on_delete = "CASCADE" }) } },
        }
      end
    end
    local function look(m)
      assert.equal(1, m.DiffChild.objects:filter{ parent__n = 0 }:count())
      local p = create(m.DiffParent, { n = 1 })
      create(m.DiffChild, { parent = p })
      p:delete()
      assert.equal("foreign_key_violation", kind_of(create, m.DiffChild, { parent_id = 99 }))
    end
    both_ways{
      before = models(ryx.AutoField), after = models(ryx.BigAutoField),
      fill = function(m) create(m.DiffChild, { parent = create(m.DiffParent, {}) }) end, check = look, back = look,
    }
  end)

  if db.needs "schemas" then
    it("a table moves to another schema", function()
      ryx.raw_execute("CREATE SCHEMA IF NOT EXISTS diff_other")
      local function models(where)
        return function()
          return {
            { "DiffMoved", {
              name = ryx.CharField{ max_length = 9, unique = true }, n = ryx.IntField{ db_index = true, default = 1 },
              Meta = { schema = where },
            } },
            { "DiffLeads", { moved = ryx.ForeignKey("DiffMoved") } },
          }
        end
      end
      local function look(m)
        assert.equal(1, m.DiffLeads.objects:filter{ moved__name = "a" }:count())
        assert.equal("unique_violation", kind_of(create, m.DiffMoved, { name = "a" }))
      end
      both_ways{
        before = models(), after = models("diff_other"),
        hints = { tables = { diff_moveds = "diff_other.diff_moveds" } },
        fill = function(m) create(m.DiffLeads, { moved = create(m.DiffMoved, { name = "a" }) }) end,
        check = look, back = look,
      }
      ryx.raw_execute("DROP SCHEMA diff_other")
    end)
  end

  it("another column becomes the key", function()
    both_ways{
      before = function() return { { "DiffKey", { code = ryx.CharField{ max_length = 9 } } } } end,
      after = function() return { { "DiffKey", { code = ryx.CharField{ max_length = 9, primary_key = true } } } } end,
      fill = function(m)
        create(m.DiffKey, { code = "a" })
        create(m.DiffKey, { code = "b" })
      end,
      check = function(m)
        assert.equal("b", m.DiffKey.objects:get{ pk = "b" }.code)
        assert.equal("unique_violation", kind_of(ryx.raw_execute, "INSERT INTO diff_keys (code) VALUES ('a')"))
      end,
      back = function(m)
        assert.equal(2, m.DiffKey.objects:count())
        local ids = m.DiffKey.objects:order_by("id"):values_list("id", { flat = true }):all()
        assert.same({ 1, 2 }, ids)
        assert.equal(3, create(m.DiffKey, { code = "c" }).id)
      end,
    }
  end)

  it("a key of several columns comes and goes", function()
    local function models(meta)
      return function()
        return { { "DiffPair", { a = ryx.IntField{}, b = ryx.IntField{}, Meta = meta } } }
      end
    end
    both_ways{
      before = models({}), after = models{ primary_key = { "a", "b" } },
      fill = function(m) create(m.DiffPair, { a = 1, b = 2 }) end,
      check = function(m)
        create(m.DiffPair, { a = 1, b = 3 })
        assert.equal("unique_violation", kind_of(ryx.raw_execute, "INSERT INTO diff_pairs (a, b) VALUES (1, 2)"))
      end,
      back = function(m) assert.equal(3, create(m.DiffPair, { a = 1, b = 2 }).id) end,
    }
  end)

  it("a key of several columns comes and goes where they lead to other rows", function()
    local function models(meta)
      return function()
        return {
          { "DiffWhole", { n = ryx.IntField{ null = true } } },
          { "DiffPiece", { whole = ryx.ForeignKey("DiffWhole"), no = ryx.IntField{}, Meta = meta } },
        }
      end
    end
    both_ways{
      before = models{ primary_key = { "whole", "no" } }, after = models{ unique_together = { { "whole", "no" } } },
      fill = function(m) create(m.DiffPiece, { whole = create(m.DiffWhole, {}), no = 1 }) end,
      check = function(m)
        assert.equal("foreign_key_violation", kind_of(create, m.DiffPiece, { whole_id = 99, no = 1 }))
      end,
      back = function(m)
        assert.equal(1, m.DiffPiece.objects:count())
        assert.equal("foreign_key_violation", kind_of(create, m.DiffPiece, { whole_id = 99, no = 1 }))
      end,
    }
  end)

  it("the database makes a key, and no more", function()
    local function models(make)
      return function() return { { "DiffAuto", { id = make{ primary_key = true }, n = ryx.IntField{} } } } end
    end
    both_ways{
      before = models(ryx.BigIntField), after = function() return { { "DiffAuto", { n = ryx.IntField{} } } } end,
      fill = function(m) create(m.DiffAuto, { id = 41, n = 1 }) end,
      check = function(m) assert.equal(42, create(m.DiffAuto, { n = 2 }).id) end,
      back = function(m) assert.equal(77, create(m.DiffAuto, { id = 77, n = 1 }).id) end,
    }
  end)

  it("searches come, change and go", function()
    local function models(...)
      local lists = { ... }
      return function()
        local indexes = {}
        for i, fields in ipairs(lists) do indexes[i] = ryx.SearchIndex{ fields = fields, name = "diff_words_" .. i } end
        return { { "DiffSearch", {
          title = ryx.CharField{ max_length = 40 }, body = ryx.TextField{ default = "" }, Meta = { indexes = indexes },
        } } }
      end
    end
    local function finds(m, field, n)
      assert.equal(n, m.DiffSearch.objects:filter{ [field .. "__search"] = "apple" }:count())
    end
    local function fill(m) create(m.DiffSearch, { title = "red apple", body = "green apple" }) end
    both_ways{
      before = models(), after = models({ "title" }), fill = fill, check = function(m) finds(m, "title", 1) end,
    }
    both_ways{
      before = models({ "title" }), after = models({ "title", "body" }), fill = fill,
      check = function(m) finds(m, "body", 1) end, back = function(m) finds(m, "title", 1) end,
    }
    both_ways{
      before = models({ "title", "body" }, { "title" }), after = models({ "title", "body" }), fill = fill,
      check = function(m) finds(m, "body", 1) end, back = function(m) finds(m, "title", 1) end,
    }
  end)

  if db.needs "all indexes" then
    it("an index is made beside writes, and one that failed halfway is no hindrance", function()
      local function models(...)
        local indexes = { ... }
        return function() return { { "DiffLive", { n = ryx.IntField{}, Meta = { indexes = indexes } } } } end
      end
      local index = ryx.Index{ fields = { "n" }, name = "diff_live", unique = true, concurrently = true }
      both_ways{
        before = models(), after = models(index),
        fill = function(m)
          create(m.DiffLive, { n = 1 })
          create(m.DiffLive, { n = 1 })
          assert.equal("unique_violation", kind_of(ryx.raw_execute,
            "CREATE UNIQUE INDEX CONCURRENTLY diff_live ON diff_lives (n)"))
          m.DiffLive.objects:order_by("id"):first():delete()
        end,
        check = function(m, steps)
          assert.is_true(has(steps, "CONCURRENTLY").bare)
          assert.equal("unique_violation", kind_of(create, m.DiffLive, { n = 1 }))
        end,
        back = function(m, steps)
          assert.is_true(has(steps, "DROP INDEX CONCURRENTLY").bare)
          create(m.DiffLive, { n = 1 })
        end,
      }
    end)
  end
end)
