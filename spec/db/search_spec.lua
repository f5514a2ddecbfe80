-- SPDX-License-Identifier: MIT
-- filter{ title__search = "red fox" }, Search, SearchRank: words in the fields of a SearchIndex.
local db = require "support.db"
local ryx = require "ryx"

local Q, F, Search, SearchRank = ryx.Q, ryx.F, ryx.Search, ryx.SearchRank

local Author = ryx.model("SeaAuthor", {
  name = ryx.CharField{ max_length = 60 },
  bio = ryx.TextField{ null = true },
  Meta = { indexes = { ryx.SearchIndex{ fields = { "bio" } } } },
})
local Article = ryx.model("SeaArticle", {
  title = ryx.CharField{ max_length = 120 },
  body = ryx.TextField{ null = true },
  rank = ryx.IntField{ default = 0 },
  slug = ryx.CharField{ max_length = 20, unique = true, null = true },
  author = ryx.ForeignKey("SeaAuthor", { null = true, related_name = "articles" }),
  Meta = { indexes = { ryx.SearchIndex{ fields = { "title", "body" }, weights = { title = "A" } } } },
})
-- Nothing is searched here but where no index is needed.
local Plain = ryx.model("SeaPlain", { title = ryx.CharField{ max_length = 60, null = true } })

local MODELS = { Author, Article, Plain }

local function titles(qs)
  local out = {}
  for i, a in ipairs(qs:order_by("id"):all()) do out[i] = a.title end
  return out
end

local function names(qs)
  return qs:order_by("id"):values_list("name", { flat = true }):all()
end

local function articles(...)
  return titles(Article.objects:filter(...))
end

local function refused(kind, words, fn, ...)
  local err = db.error_of(fn, ...)
  assert.equal(kind, err.kind, tostring(err))
  assert.truthy(err.message:find(words, 1, true), err.message)
  return err
end

describe("full-text search", function()
  db.use(ryx, MODELS)

  local ann, bob
  before_each(function()
    Article.objects:delete_all()
    Author.objects:delete_all()
    ann = Author.objects:create{ name = "Ann", bio = "Writes about foxes and hens" }
    bob = Author.objects:create{ name = "Bob" }
    Article.objects:bulk_create{
      Article{ title = "Red fox", body = "jumps over walls", author = ann },
      Article{ title = "Lazy dog", body = "a red FOX sleeps", author = bob },
      Article{ title = "Hens", body = ryx.null },
      Article{ title = "Walls and hens", body = "built of stone", author = ann },
    }
  end)

  describe("of one field", function()
    it("finds the rows that hold all words, in any order and case", function()
      assert.same({ "Red fox" }, articles{ title__search = "fox" })
      assert.same({ "Red fox" }, articles{ title__search = "FOX red" })
      assert.same({}, articles{ title__search = "fox dog" })
      assert.same({ "Hens", "Walls and hens" }, articles{ title__search = "hens" })
    end)

    it("looks into that field alone", function()
      assert.same({ "Lazy dog" }, articles{ body__search = "red fox" })
      assert.same({ "Red fox" }, articles{ body__search = "walls" })
    end)

    it("finds whole words only", function()
      assert.same({}, articles{ title__search = "hen" })
    end)

    it("finds no row without a word, and complains about nothing", function()
      for _, words in ipairs{ "", "   ", "!", "+-*<>()~@\"'", "\t\n" } do
        assert.same({}, articles{ title__search = words })
        assert.equal(4, Article.objects:exclude{ title__search = words }:count())
      end
    end)

    it("takes words apart as the texts are", function()
      Article.objects:create{ title = "Don't wake the e-mail's owner, x-ray" }
      for _, words in ipairs{ "don't", "e-mail", "e-mail's owner", "wake don't", "x-ray" } do
        assert.equal(1, #articles{ title__search = words }, words)
      end
    end)

    it("takes what operators of a full-text query are for the text they stand in", function()
      for _, words in ipairs{
        "+red -fox", "red*", "\"red fox\"", "red & fox", "red | fox", "(red) fox", "red AND NOT fox", "title : red",
        "red~2 fox", "NEAR(red fox)", "^red", "@red", "red' fox", "red\\ fox", "red:* <-> fox", "!red",
      } do
        local ok, rows = pcall(articles, { title__search = words })
        assert.is_true(ok, words .. ": " .. tostring(rows))
        if not words:find("%u%u") and not words:find("title") and not words:find("2") then
          assert.same({ "Red fox" }, rows, words)
        end
      end
    end)

    it("is a method of expressions, and of relations", function()
      assert.same({ "Red fox" }, articles(F"title":search("fox")))
      assert.same({ "Red fox", "Walls and hens" }, articles{ author__bio__search = "foxes" })
      assert.equal(1, Author.objects:filter{ articles__title__search = "fox" }:count())
    end)

    it("is true or false of NULL and of rows that are missing", function()
      assert.same({ "Red fox", "Hens", "Walls and hens" }, titles(Article.objects:exclude{ body__search = "fox" }))
      assert.same({ "Lazy dog", "Hens" }, titles(Article.objects:exclude{ author__bio__search = "hens" }))
      assert.same({ "Lazy dog", "Hens" }, titles(Article.objects:annotate{ m = Search("author__bio", "hens") }
        :filter{ m = false }))
      assert.same({ "Bob" }, names(Author.objects:exclude{ articles__title__search = "hens" }))
    end)
  end)

  describe("of several fields", function()
    it("finds the words in any of them", function()
      assert.same({ "Red fox" }, articles(Search({ "title", "body" }, "fox walls")))
      assert.same({ "Red fox", "Lazy dog" }, articles(Search({ "body", "title" }, "red fox")))
      assert.same({ "Hens", "Walls and hens" }, articles(Search({ "title", "body" }, "hens")))
    end)

    it("is a condition like others", function()
      local fox = Search({ "title", "body" }, "fox")
      assert.same({ "Hens", "Walls and hens" }, titles(Article.objects:exclude(fox)))
      assert.same({ "Hens", "Walls and hens" }, articles(-fox))
      assert.same({ "Lazy dog" }, articles(fox * -Q{ title__search = "red" }))
      assert.same({ "Red fox", "Lazy dog", "Hens" }, articles(fox + Q{ body__isnull = true }))
    end)

    it("reaches the fields of a relation", function()
      assert.same({ "Red fox", "Walls and hens" }, articles(Search("author__bio", "hens foxes")))
      assert.same({ "Ann" }, names(Author.objects:filter(Search({ "articles__title", "articles__body" }, "fox walls"))))
    end)
  end)

  describe("in order of the match", function()
    it("ranks by weight, and gives 0 where nothing matches", function()
      local rank = SearchRank({ "title", "body" }, "fox")
      local rows = Article.objects:annotate{ score = rank }:order_by("-score", "id"):all()
      assert.same({ "Red fox", "Lazy dog", "Hens", "Walls and hens" },
        { rows[1].title, rows[2].title, rows[3].title, rows[4].title })
      assert.is_true(rows[1].score > rows[2].score and rows[2].score > 0)
      assert.equal(0, rows[3].score)
      assert.equal(0, rows[4].score)
    end)

    it("is of one field, too, and of those of a relation", function()
      local score = SearchRank("title", "hens walls")
      local hens = Article.objects:filter{ title__search = "hens" }
      local rows = hens:annotate{ score = score }:order_by(score:desc()):all()
      assert.equal("Walls and hens", rows[1].title)
      assert.equal(0, rows[2].score)
      rows = Article.objects:annotate{ score = SearchRank("author__bio", "foxes") }:order_by("id"):all()
      assert.is_true(rows[1].score > 0 and rows[4].score > 0)
      assert.same({ 0, 0 }, { rows[2].score, rows[3].score })
    end)
  end)

  describe("follows writes:", function()
    local function of(words) return articles(Search({ "title", "body" }, words)) end

    it("update, update of many, delete", function()
      Article.objects:filter{ title = "Hens" }:update{ body = "Owls at night" }
      assert.same({ "Hens" }, of "owls")
      Article.objects:filter{ title__search = "hens" }:update{ title = "Geese" }
      assert.same({}, of "hens")
      assert.same({ "Geese", "Geese" }, of "geese")
      Article.objects:filter(Search({ "title", "body" }, "fox")):delete()
      assert.same({}, of "fox")
      local geese = Article.objects:filter{ title__search = "geese" }:order_by("id"):first()
      geese.body = "Swans"
      geese:save()
      assert.same({ "Geese" }, of "swans")
      geese:delete()
      assert.same({}, of "swans")
    end)

    it("bulk_update, upsert, keys that change", function()
      local list = Article.objects:order_by("id"):all()
      for i, a in ipairs(list) do a.title, a.slug = "Number" .. i, "s" .. i end
      Article.objects:bulk_update(list, { "title", "slug" })
      assert.same({ "Number2" }, articles{ title__search = "number2" })
      Article.objects:bulk_create({ Article{ title = "Fresh", slug = "s2" }, Article{ title = "Newest", slug = "s9" } },
        { update_conflicts = true, unique_fields = { "slug" }, update_fields = { "title" } })
      assert.same({ "Fresh" }, of "fresh")
      assert.same({}, of "number2")
      assert.same({ "Newest" }, of "newest")
      Article.objects:bulk_create({ Article{ title = "Ignored", slug = "s9" } }, { ignore_conflicts = true })
      assert.same({}, of "ignored")
      assert.same({ "Newest" }, of "newest")
      Article.objects:filter{ slug = "s9" }:update{ id = 100000 }
      assert.same({ "Newest" }, of "newest")
      assert.equal(100000, Article.objects:get{ title__search = "newest" }.id)
    end)

    it("rows that a delete takes along", function()
      Article.objects:filter{ author__isnull = false }:update{ author = ann }
      ann:delete()
      assert.same({ "Hens" }, articles(Search({ "title", "body" }, "hens")))
      assert.same({}, of "fox")
    end)

    it("rollback", function()
      pcall(ryx.transaction, function()
        Article.objects:create{ title = "Ghosts" }
        error "no"
      end)
      assert.same({}, of "ghosts")
    end)

    if db.needs "search of uncommitted rows" then
      it("of the transaction itself", function()
        ryx.transaction(function()
          Article.objects:create{ title = "Ghosts" }
          assert.same({ "Ghosts" }, of "ghosts")
        end)
      end)
    end

    if db.needs "REPLACE" then
      it("REPLACE", function()
        local hens = Article.objects:get{ title = "Hens" }
        ryx.raw_execute("REPLACE INTO sea_articles (id, title, body, `rank`) VALUES (?, ?, ?, 0)",
          { hens.id, "Ducks", "swim" })
        assert.same({ "Ducks" }, of "ducks")
        assert.same({ "Walls and hens" }, of "hens")
        Article.objects:filter{ title = "Ducks" }:update{ slug = "duck" }
        ryx.raw_execute("REPLACE INTO sea_articles (id, title, slug, `rank`) VALUES (?, ?, ?, 0)",
          { hens.id + 1000, "Drakes", "duck" })
        assert.same({}, of "ducks")
        assert.same({ "Drakes" }, of "drakes")
      end)
    end
  end)

  describe("stands where an expression may:", function()
    local fox = Search({ "title", "body" }, "fox")
    local rank = SearchRank({ "title", "body" }, "fox")

    it("annotations, values, Case, counts", function()
      assert.same({ true, true, false, false },
        Article.objects:annotate{ hit = fox }:order_by("id"):values_list("hit", { flat = true }):all())
      local big = Article.objects:annotate{ kind = ryx.Case{ ryx.When(fox, "fox"), default = "other" } }
      assert.same({ "fox", "fox", "other", "other" }, big:order_by("id"):values_list("kind", { flat = true }):all())
      assert.equal(2, Article.objects:filter(fox):count())
      assert.is_true(Article.objects:filter(fox):exists())
      assert.equal(2, Article.objects:aggregate{ n = ryx.Count("id", { filter = fox }) }.n)
      assert.is_true(Article.objects:aggregate{ m = ryx.Max(rank) }.m > 0)
      assert.equal(2, Article.objects:annotate{ score = rank }:filter{ score__gt = 0 }:count())
    end)

    it("groups, HAVING, counts of a relation", function()
      local groups = Article.objects:annotate{ hit = fox }:values("hit"):annotate{ n = ryx.Count() }:order_by("hit")
        :all()
      assert.same({ { hit = false, n = 2 }, { hit = true, n = 2 } }, groups)
      local n = ryx.Count("articles", { filter = Q{ articles__title__search = "fox" } })
      local authors = Author.objects:annotate{ n = n }:order_by("id"):all()
      assert.same({ 1, 0 }, { authors[1].n, authors[2].n })
      assert.equal(1, Author.objects:annotate{ n = n }:filter{ n = 1 }:count())
      assert.equal(2, #Article.objects:values("author"):annotate{ best = ryx.Max(rank) }:filter{ best__gt = 0 }:all())
    end)

    it("sub-queries, sets, distinct, windows, pages, limits", function()
      assert.equal(2, Author.objects:filter{ id__in = Article.objects:filter(fox):values("author") }:count())
      local own = Article.objects:filter{ author = ryx.OuterRef("id"), title__search = "fox" }
      assert.equal(1, Author.objects:filter(ryx.Exists(own)):count())
      local hens = Article.objects:filter{ title__search = "hens" }
      assert.equal(3, Article.objects:filter{ title__search = "fox" }:union(hens):count())
      assert.equal(2, #Article.objects:filter(fox):distinct():all())
      assert.same({ "Red fox", "Lazy dog" }, titles(Article.objects:filter(fox):distinct("author")))
      local place = ryx.Window(ryx.RowNumber(), { order_by = { rank:desc(), "id" } })
      local ranked = Article.objects:annotate{ place = place }
      assert.same({ "Red fox" }, titles(ranked:filter{ place = 1 }))
      assert.same({ "Lazy dog" }, titles(ranked:filter(Q{ place__gt = 1 } * fox)))
      assert.same({ "Red fox", "Lazy dog", "Hens" }, titles(ranked:filter(Q{ place = 3 } + fox)))
      local page = Article.objects:annotate{ score = rank }:order_by("-score", "id"):paginate{ size = 1 }
      assert.equal("Red fox", page.rows[1].title)
      page = Article.objects:annotate{ score = rank }:order_by("-score", "id"):paginate{ size = 1, after = page.next }
      assert.equal("Lazy dog", page.rows[1].title)
      assert.same({ "Lazy dog" }, titles(Article.objects:filter{ id__in = Article.objects:annotate{ score = rank }
        :order_by("-score"):values("id"):slice(2, 2) }))
    end)

    it("more of aggregates, orders and joins", function()
      local best = ryx.Max(SearchRank({ "articles__title", "articles__body" }, "fox"))
      local row = Author.objects:annotate{ best = best, n = ryx.Count("articles") }:order_by("id"):first()
      assert.is_true(row.best > 0)
      assert.equal(2, row.n)
      assert.equal(3, Article.objects:aggregate{ n = ryx.Count(rank, { distinct = true }) }.n)
      assert.equal("Lazy dog", Article.objects:filter(fox):order_by(rank):first().title)
      assert.equal("Red fox", Article.objects:order_by(rank, "id"):last().title)
      assert.equal(3, #Article.objects:annotate{ r = rank }:values("r"):distinct():all())
      assert.equal(3, #Article.objects:annotate{ r = rank }:values("r"):annotate{ n = ryx.Count() }:all())
      assert.equal(4, #Article.objects:annotate{ r = ryx.Coalesce(rank, 1.5) * 2 + F"rank" }:all())
      assert.equal(2, #Author.objects:annotate{ r = ryx.Subquery(Article.objects:filter{ author = ryx.OuterRef("id") }
        :annotate{ k = rank }:order_by("-k"):values("k"):limit(1)) }:filter{ r__gt = 0 }:all())
      local left = Article.objects:join("sea_authors", { id = "author" }, { kind = "left", alias = "a" })
      assert.same({ "Red fox", "Walls and hens" }, titles(left:filter{ a__bio__search = "foxes" }))
      assert.same({ "Lazy dog", "Hens" }, titles(left:exclude{ a__bio__search = "foxes" }))
      local found = Article.objects:filter(fox):values("id")
      assert.equal(2, #Article.objects:join(found, { alias = "z", on = { id = "id" } }):all())
    end)

    -- What a database cannot do is told in its words.
    local function where(capability, fn)
      if db.needs(capability) then return fn() end
      refused("unsupported", "cannot search", fn)
    end

    it("percentiles, full joins, assignments: or is refused", function()
      where("search in percentiles", function()
        assert.is_true(Article.objects:filter(fox):aggregate{ m = ryx.Median(rank) }.m > 0)
        assert.is_false(Article.objects:filter{ title__search = "hens" }:aggregate{ m = ryx.Mode(fox) }.m)
      end)
      local full = Article.objects:join("sea_authors", { id = "author" }, { kind = "full", alias = "a" })
      where("search after a full join", function() assert.equal(2, #full:filter(fox):all()) end)
      where("search after a full join", function() assert.equal(4, #full:annotate{ r = rank }:all()) end)
      where("search in an assignment", function()
        Article.objects:update_all{ rank = ryx.Case{ ryx.When(fox, 1), default = 0 } }
        assert.equal(2, Article.objects:filter{ rank = 1 }:count())
      end)
      where("search in an assignment", function()
        local a = Article.objects:get{ title = "Red fox" }
        a.rank = ryx.Case{ ryx.When(Q{ title__search = "fox" }, 5), default = 0 }
        a:save()
        assert.equal(5, a.rank)
      end)
    end)

    it("upserts: the words of the row that is there", function()
      Article.objects:filter{ title = "Red fox" }:update{ slug = "a" }
      where("search in an assignment", function()
        Article.objects:bulk_create({ Article{ title = "other", slug = "a" } }, { update_conflicts = true,
          unique_fields = { "slug" }, update_fields = { rank = ryx.Case{ ryx.When(fox, 7), default = 2 } } })
        assert.equal(7, Article.objects:get{ slug = "a" }.rank)
      end)
    end)

    it("writes", function()
      Article.objects:filter(fox):update{ rank = 1 }
      assert.equal(2, Article.objects:filter{ rank = 1 }:count())
      assert.equal(2, Article.objects:filter{ author__bio__search = "foxes" }:update{ rank = 3 })
      assert.equal(1, Article.objects:order_by(rank:desc()):limit(1):update{ rank = 4 })
      assert.equal("Red fox", Article.objects:get{ rank = 4 }.title)
      assert.equal(1, Article.objects:filter(fox):order_by("-id"):limit(1):update{ rank = 9 })
      assert.equal("Lazy dog", Article.objects:get{ rank = 9 }.title)
      assert.equal(1, Article.objects:filter(fox):order_by("id"):limit(1):delete())
      assert.same({ "Lazy dog" }, articles(fox))
    end)

    it("select_related, prefetch, iter, joins of models", function()
      local list = Article.objects:filter{ author__bio__search = "foxes" }:select_related("author"):order_by("id"):all()
      assert.equal("Ann", list[1].author.name)
      local n = 0
      for _ in Article.objects:filter(fox):iter{ chunk = 1 } do n = n + 1 end
      assert.equal(2, n)
      local of = ryx.Prefetch("articles", { queryset = Article.objects:filter(fox) })
      local authors = Author.objects:prefetch_related(of):order_by("id"):all()
      assert.equal(1, #authors[1].articles:all())
    end)

    it("and is refused where a database cannot search: rows of a query, expressions, lists", function()
      refused("unsupported", "a model's table", function()
        return Article.objects:filter(fox):union(Article.objects:filter{ rank = 1 }):filter{ title__search = "a" }
      end)
      refused("unsupported", "a model's table", function()
        return Article.objects:filter{ title__lower__search = "a" }
      end)
      refused("unsupported", "a model's table", function()
        return Article.objects:filter(F"title":search("a") * (ryx.Lower("title")):search("b"))
      end)
      refused("unsupported", "one model", function()
        return Article.objects:filter(Search({ "title", "author__bio" }, "a"))
      end)
      refused("misuse", "takes one value, not a table", function()
        return Article.objects:filter{ title__search = { "a", "b" } }
      end)
      refused("misuse", "not an expression", function() return Article.objects:filter{ title__search = F"body" } end)
      refused("misuse", "isnull", function() return Article.objects:filter{ title__search = ryx.null } end)
      refused("misuse", "a text", function() return Article.objects:filter(Search("title", F"body")) end)
      refused("misuse", "a text", function() return Article.objects:filter(Search("title", ryx.null)) end)
      refused("misuse", "twice", function() return Article.objects:filter(Search({ "title", "title" }, "a")) end)
      refused("field_error", "rank is of type int", function() return Article.objects:filter(Search("rank", "a")) end)
      refused("field_error", "no lookup \"search\"", function() return Article.objects:filter{ rank__search = "1" } end)
      refused("misuse", "name of a field", function() return Search(3, "a") end)
      refused("misuse", "names of fields", function() return Search({ 3 }, "a") end)
      refused("misuse", "needs 2 arguments", function() return Search("title") end)
      refused("field_error", "has no field \"titel\"", function()
        return Article.objects:filter(Search("titel", "a"))
      end)
    end)
  end)

  describe("without an index", function()
    local function both()
      Plain.objects:delete_all()
      Plain.objects:bulk_create{ Plain{ title = "Red fox" }, Plain{ title = ryx.null } }
      return Plain.objects:filter{ title__search = "fox" }:count()
    end

    if db.needs "search without an index" then
      it("works all the same", function()
        assert.equal(1, both())
        assert.equal(1, Plain.objects:exclude{ title__search = "fox" }:count())
        assert.equal(2, Article.objects:filter(Search({ "author__name", "author__bio" }, "ann")):count())
      end)
    else
      it("names what is missing, and sends nothing", function()
        Plain.objects:count()
        local seen = db.sql_of(ryx, function()
          refused("unsupported", "ryx.SearchIndex{ fields = { \"title\" } }", function()
            return Plain.objects:filter{ title__search = "fox" }:count()
          end)
          refused("unsupported", "ryx.SearchIndex{ fields = { \"name\", \"bio\" } }", function()
            return Article.objects:filter(Search({ "author__name", "author__bio" }, "ann")):all()
          end)
          refused("unsupported", "ryx.SearchIndex", function()
            return Plain.objects:annotate{ r = SearchRank("title", "fox") }:all()
          end)
        end)
        assert.same({}, seen)
      end)
    end
  end)

  describe("SearchIndex", function()
    it("serves the searches", function()
      local list = {}
      for i = 1, 2000 do list[i] = Article{ title = "word" .. i, body = "common" } end
      Article.objects:bulk_create(list)
      if db.needs "server processes" then
        ryx.raw_execute("ANALYZE " .. (db.dialect == "postgres" and "" or "TABLE ") .. "sea_articles")
      end
      for _, qs in ipairs{
        Article.objects:filter{ title__search = "word77" },
        Article.objects:filter(Search({ "title", "body" }, "common word77")),
      } do
        -- InnoDB takes many words from memory to disk beside the searches, which may miss them then.
        local n
        for _ = 1, 50 do
          n = qs:count()
          if n == 1 then break end
          ryx.sleep(0.1)
        end
        assert.equal(1, n)
        local plan = qs:explain():lower()
        assert.truthy(plan:find("search_sea_articles_title_body_0", 1, true)
          or plan:find("words_sea_articles_title", 1, true), plan)
      end
    end)

    it("is made for a table that is there, with the rows it has", function()
      local function model(indexes)
        return ryx.model("SeaLater", { name = ryx.CharField{ max_length = 50 }, text = ryx.TextField{ null = true },
          Meta = { table_name = "sea_laters", indexes = indexes } })
      end
      local Before = model{}
      db.tables(ryx, { Before })
      local Early = model{ ryx.SearchIndex{ fields = { "name" } } }
      if not db.needs "search without an index" then
        local err = refused("operational", "ryx.migrate makes", function()
          return Early.objects:filter{ name__search = "words" }:all()
        end)
        assert.equal("SeaLater", err.model)
      end
      Before.objects:bulk_create{ Before{ name = "old words", text = "are there" }, Before{ name = "none" } }
      local After = model{ ryx.SearchIndex{ fields = { "name", "text" }, name = "later_search" },
        ryx.SearchIndex{ fields = { "text" } } }
      ryx.migrate{ After }
      ryx.migrate{ After }
      assert.equal(1, After.objects:filter(Search({ "name", "text" }, "words there")):count())
      assert.equal(1, After.objects:filter{ text__search = "there" }:count())
      After.objects:create{ name = "young words" }
      assert.equal(2, After.objects:filter{ name__search = "words" }:count())
      db.tables(ryx, { After }) -- the table made anew: nothing is left of the one before
      assert.equal(0, After.objects:filter{ name__search = "words" }:count())
      After.objects:create{ name = "last words" }
      assert.equal(1, After.objects:filter{ name__search = "words" }:count())
      ryx.raw_execute("DROP TABLE sea_laters")
    end)

    it("takes columns and names that are words of SQL", function()
      local Odd = ryx.model("SeaOdd", { order = ryx.CharField{ max_length = 50, db_column = "or`d\"er" },
        rank = ryx.TextField{ null = true, db_column = "rank" },
        Meta = { table_name = "sea odd",
          indexes = { ryx.SearchIndex{ fields = { "order", "rank" }, name = "my \"in`dex" } } } })
      db.tables(ryx, { Odd })
      Odd.objects:create{ order = "strange words", rank = "high" }
      assert.equal(1, Odd.objects:filter(Search({ "order", "rank" }, "high words")):count())
      assert.equal(1, Odd.objects:filter{ rank__search = "high" }:count())
      assert.is_true(Odd.objects:annotate{ r = SearchRank({ "order", "rank" }, "high") }:get().r > 0)
      ryx.raw_execute("DROP TABLE " .. require("ryx.db").quote(require("ryx.db").alias("default"), "sea odd"))
    end)

    it("refuses what it cannot be", function()
      local function index(options) return function() return ryx.SearchIndex(options) end end
      refused("misuse", "needs fields", index{})
      refused("misuse", "needs fields", index{ fields = {} })
      refused("misuse", "needs fields", index{ fields = "title" })
      refused("misuse", "names", index{ fields = { 1 } })
      refused("misuse", "twice", index{ fields = { "a", "a" } })
      refused("misuse", "not among its fields", index{ fields = { "a" }, weights = { b = "A" } })
      refused("misuse", "\"A\", \"B\", \"C\" or \"D\"", index{ fields = { "a" }, weights = { a = "E" } })
      refused("misuse", "config", index{ fields = { "a" }, config = "x'; DROP TABLE t" })
      refused("misuse", "unknown option", index{ fields = { "a" }, unique = true })
      refused("field_error", "no field", function()
        ryx.model("SeaBad", { a = ryx.TextField{}, Meta = { indexes = { ryx.SearchIndex{ fields = { "b" } } } } })
      end)
      refused("misuse", "fields of text", function()
        ryx.model("SeaBad", { a = ryx.IntField{}, Meta = { indexes = { ryx.SearchIndex{ fields = { "a" } } } } })
      end)
    end)

    if not db.needs "search by any key" then
      it("needs a whole number as key, and says so", function()
        local Keyed = ryx.model("SeaKeyed", { code = ryx.CharField{ max_length = 9, primary_key = true },
          title = ryx.TextField{}, Meta = { indexes = { ryx.SearchIndex{ fields = { "title" } } } } })
        refused("unsupported", "whole number", function() ryx.migrate{ Keyed } end)
        refused("unsupported", "whole number", function() Keyed.objects:filter{ title__search = "a" }:all() end)
      end)
    else
      it("goes with any key", function()
        local Keyed = ryx.model("SeaKeyed", { code = ryx.CharField{ max_length = 9, primary_key = true },
          title = ryx.TextField{}, Meta = { indexes = { ryx.SearchIndex{ fields = { "title" } } } } })
        db.tables(ryx, { Keyed })
        Keyed.objects:create{ code = "a", title = "some words" }
        assert.equal(1, Keyed.objects:filter{ title__search = "words" }:count())
        ryx.raw_execute("DROP TABLE " .. Keyed._meta.table_name)
      end)
    end
  end)
end)
