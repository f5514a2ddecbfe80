-- SPDX-License-Identifier: MIT
local naming = require "ryx.naming"

describe("table names", function()
  -- What the reference system's rule of capitals gives, and English plurals.
  local names = {
    Post = "posts", Author = "authors", BlogPost = "blog_posts", PostComment = "post_comments", User = "users",
    Status = "statuses", UserProfileImage = "user_profile_images", API = "apis", HTTPResponse = "http_responses",
    TestModel = "test_models", Box = "boxes", Bus = "buses", Buzz = "buzzes", Church = "churches", Wish = "wishes",
    Key = "keys", UserID = "userids", MyURL = "myurls", OAuthToken = "o_auth_tokens", Post2Tag = "post2_tags", A = "as",
    ABc = "a_bcs", post_tag = "post_tags",
    -- -y behind a consonant
    Category = "categories", City = "cities", BlogEntry = "blog_entries", HTTPProxy = "http_proxies", Day = "days",
    Survey = "surveys", Toy = "toys", Guy = "guys", Soliloquy = "soliloquies", Y = "ys",
    -- -f and -fe
    Leaf = "leaves", Shelf = "shelves", BookShelf = "book_shelves", Bookshelf = "bookshelves", Knife = "knives",
    Wife = "wives", Life = "lives", Half = "halves", Wolf = "wolves", Thief = "thieves", Loaf = "loaves",
    Calf = "calves",
    Roof = "roofs", Chief = "chiefs", Belief = "beliefs", Proof = "proofs", Brief = "briefs", Cafe = "cafes",
    Safe = "safes", Cliff = "cliffs", Tariff = "tariffs", Giraffe = "giraffes", Handkerchief = "handkerchiefs",
    -- irregular ones
    Person = "people", SalesPerson = "sales_people", Salesperson = "salespeople", Child = "children",
    Grandchild = "grandchildren", Man = "men", Woman = "women", Salesman = "salesmen", Human = "humans",
    German = "germans", Mouse = "mice", House = "houses", Goose = "geese", Mongoose = "mongooses", Tooth = "teeth",
    Foot = "feet", Ox = "oxen", Fox = "foxes", Die = "dice", Quiz = "quizzes", Datum = "data",
    -- -is, -on, -ix
    Analysis = "analyses", Crisis = "crises", Basis = "bases", Hypothesis = "hypotheses", Axis = "axes",
    Iris = "irises", Criterion = "criteria", Version = "versions", Matrix = "matrices", Index = "indexes",
    -- -o, -ch
    Photo = "photos", Video = "videos", Hero = "heroes", Tomato = "tomatoes", Memo = "memos", Epoch = "epochs",
    Branch = "branches", Match = "matches",
    -- the same in both numbers
    Series = "series", Species = "species", News = "news", Sheep = "sheep", Data = "data",
    UserMetadata = "user_metadata",
    Address = "addresses", Alias = "aliases", Gas = "gases", Lens = "lenses", Class = "classes", Tax = "taxes",
    Menu = "menus", Virus = "viruses", Cache = "caches", Size = "sizes", Dish = "dishes", Move = "moves",
  }
  for model, name in pairs(names) do
    it(model .. " is stored in " .. name, function() assert.equal(name, naming.table_name(model)) end)
    it(name .. " has a model that is stored in it", function()
      assert.equal(name, naming.table_name(naming.model_name(name)))
    end)
  end

  it("are those of models in the singular", function()
    for name, model in pairs{
      posts = "Post", blog_posts = "BlogPost", statuses = "Status", boxes = "Box", categories = "Category",
      movies = "Movie", houses = "House", courses = "Course", addresses = "Address", sizes = "Size", people = "Person",
      sales_people = "SalesPerson", quizzes = "Quiz", caches = "Cache", branches = "Branch", heroes = "Hero",
      news = "News", women = "Woman", viruses = "Virus", leaves = "Leaf", knives = "Knife", days = "Day",
      ["old stuff"] = "OldStuff", pgbench_accounts = "PgbenchAccount", ["2024"] = "Table2024", user = "User",
    } do
      assert.equal(model, naming.model_name(name))
    end
  end)
end)

describe("generated names", function()
  it("are the parts joined", function() assert.equal("uq_posts_slug", naming.generated("uq", "posts", "slug")) end)

  it("longer than 63 bytes end in a hash of the whole", function()
    local a = naming.generated("idx", ("t"):rep(60), "one")
    local b = naming.generated("idx", ("t"):rep(60), "two")
    assert.equal(63, #a)
    assert.not_equal(a, b)
    assert.equal(a, naming.generated("idx", ("t"):rep(60), "one"))
  end)

  it("are not cut inside a character", function()
    local name = naming.generated("idx", ("é"):rep(40), "x")
    assert.is_true(#name <= 63)
    assert.is_nil(name:find("[\192-\255]_%x+$"))
  end)
end)
