-- SPDX-License-Identifier: MIT
local ryx = require "ryx"

local function message(fn, ...)
  local ok, e = pcall(fn, ...)
  assert.is_false(ok)
  return tostring(e)
end

local function contains(text, part)
  assert.truthy(text:find(part, 1, true), text)
end

local Author = ryx.model("Author", { name = ryx.CharField{} })
local Post = ryx.model("Post", {
  title = ryx.CharField{ max_length = 20, min_length = 2 },
  author = ryx.ForeignKey("Author", { null = true }),
  views = ryx.IntField{ default = 0, min_value = 0 },
  state = ryx.CharField{ choices = { "draft", { "live", "Live" } }, default = "draft" },
  price = ryx.DecimalField{ max_digits = 5, decimal_places = 2, null = true },
  extra = ryx.JSONField{ default = { a = { 1 } }, null = true },
  token = ryx.UUIDField{ auto_create = true },
  Meta = { ordering = { "-views" } },
})

describe("a model", function()
  it("keeps fields in the order of their creation, id first", function()
    assert.same({ "id", "title", "author_id", "views", "state", "price", "extra", "token" }, Post._meta.attnames)
  end)

  it("is stored in a table named after it", function() assert.equal("posts", Post._meta.table_name) end)

  it("refuses unknown options and names the nearest", function()
    contains(message(ryx.CharField, { max_lenght = 3 }), 'did you mean "max_length"?')
    contains(message(ryx.model, "X", { a = ryx.IntField{}, Meta = { odering = {} } }), 'did you mean "ordering"?')
  end)

  it("refuses names that have a meaning", function()
    for _, name in ipairs{ "save", "pk", "a__b", "_x", "objects", "clean" } do
      contains(message(ryx.model, "X", { [name] = ryx.IntField{} }), "a field cannot be called")
    end
  end)

  it("refuses a method with a field's name", function()
    contains(message(function() function Post.title() end end), '"title" is a field')
  end)

  it("refuses an ordering over a field it does not have", function()
    contains(message(ryx.model, "X", { a = ryx.IntField{}, Meta = { ordering = { "-b" } } }), 'no field "b"')
  end)

  it("takes one list of unique_together for a list of one", function()
    local fields = { a = ryx.IntField{}, b = ryx.IntField{}, Meta = { unique_together = { "a", "b" } } }
    assert.same({ { "a", "b" } }, ryx.model("Together", fields)._meta.unique_together)
    fields.Meta = { index_together = { { "a" }, "b" } }
    contains(message(ryx.model, "Together", fields), "Together Meta.index_together: item 2 takes a table")
  end)

  it("refuses a field twice in a key or an index", function()
    local function refused(Meta, text)
      local fields = { a = ryx.IntField{}, b = ryx.ForeignKey("Author", { related_name = "+" }), Meta = Meta }
      contains(message(ryx.model, "Twice", fields), text)
    end
    refused({ unique_together = { { "a", "a" } } }, "Meta.unique_together names a twice")
    refused({ index_together = { "b", "b_id" } }, "Meta.index_together names b twice")
    refused({ indexes = { ryx.Index{ fields = { "a", "-a" }, name = "i" } } }, "names a twice")
  end)

  it("checks the ordering of an abstract model where it is built upon", function()
    local Base = ryx.model("OrderBase", { a = ryx.IntField{}, Meta = { abstract = true, ordering = { "-id", "b" } } })
    assert.same({ "-id", "b" }, ryx.model("Ordered", { b = ryx.IntField{} }, Base)._meta.ordering)
    contains(message(ryx.model, "X", { c = ryx.IntField{} }, Base), 'X has no field "b"')
  end)

  it("refuses options of the wrong type", function()
    local function refused(fn, ...)
      local ok, e = pcall(fn, ...)
      assert.is_false(ok)
      assert.equal("misuse", e.kind)
    end
    for _, n in ipairs{ -3, 0, 1.5, "10" } do refused(ryx.CharField, { max_length = n }) end
    refused(ryx.DecimalField, { max_digits = 2, decimal_places = 5 })
    refused(ryx.UUIDField, { auto_create = "banana" })
    refused(ryx.DateField, { auto_now = 1 })
    refused(ryx.ForeignKey, "X", { db_constraint = "no" })
    refused(ryx.IntField, { min_value = "low" })
    for option, v in pairs{ null = "no", unique = 1, db_column = 5, help_text = true, choices = "a", validators = 7 } do
      refused(ryx.CharField, { [option] = v })
    end
    assert.equal(1, ryx.IntField{ min_value = "1" }.min_value)
    assert.equal(ryx.decimal("0.5"), ryx.DecimalField{ max_value = "0.5" }.max_value)
    refused(ryx.Index)
    refused(ryx.Constraint)
    refused(ryx.bytes)
    refused(ryx.Q.any, 5)
    for _, Meta in ipairs{ "x", { ordering = "n" }, { ordering = { 5 } }, { abstract = "yes" }, { table_name = 5 },
      { indexes = { "n" } }, { constraints = { "n > 0" } } } do
      refused(ryx.model, "Odd", { n = ryx.IntField{}, Meta = Meta })
    end
    refused(ryx.model, "Odd", { n = ryx.IntField{} }, "Base")
    refused(Post, 5)
  end)

  it("keeps the names it has by itself", function()
    local M = ryx.model("Kept", { n = ryx.IntField{} })
    for _, name in ipairs{ "objects", "DoesNotExist" } do
      assert.is_false(pcall(function() M[name] = 5 end))
    end
  end)

  it("is not confused by conditions with numbers for names", function()
    assert.is_false(pcall(Post.objects.update_all, Post.objects, { 5 }))
    assert.is_false(pcall(ryx.Q, {}))
  end)

  it("refuses SET_NULL on a field that cannot be null", function()
    contains(message(ryx.ForeignKey, "Author", { on_delete = "SET_NULL" }), "needs null = true")
    contains(message(ryx.ForeignKey, "Author", { on_delete = "CASCAD" }), 'did you mean "CASCADE"?')
  end)

  it("copies a field used in several models", function()
    local shared = ryx.IntField{}
    local A = ryx.model("SharedA", { n = shared })
    local B = ryx.model("SharedB", { m = shared })
    assert.equal("n", A._meta.paths.n.name)
    assert.equal("m", B._meta.paths.m.name)
  end)

  it("takes fields and methods of an abstract one", function()
    local Base = ryx.model("Base", {
      created = ryx.DateTimeField{ null = true }, owner = ryx.ForeignKey("Author", { null = true }),
      Meta = { abstract = true },
    })
    function Base:hello() return "hello " .. self.name end
    local Child = ryx.model("Child", { name = ryx.CharField{} }, Base)
    assert.same({ "id", "created", "owner_id", "name" }, Child._meta.attnames)
    assert.equal("hello x", Child{ name = "x" }:hello())
  end)
end)

describe("an instance", function()
  it("refuses names that no path could hold", function()
    for name, why in pairs{ end_ = "ends with an underscore", _end = "begins with an underscore",
      a__b = "holds a double underscore", pk = "always means the key", ["a b"] = "is not a name" } do
      local e = select(2, pcall(ryx.model, "OddName", { [name] = ryx.IntField{} }))
      assert.equal("misuse", e.kind)
      contains(e.message, why)
    end
    for _, name in ipairs{ "posts_", "a__b", "a b", "" } do
      assert.equal("misuse", select(2, pcall(ryx.ForeignKey, "Post", { related_name = name })).kind)
    end
  end)

  it("refuses a default that is no value of its field", function()
    for _, case in ipairs{
      { ryx.IntField, "x" }, { ryx.DateField, "2024-02-30" }, { ryx.DecimalField, 1.5 }, { ryx.BooleanField, "perhaps" },
      { ryx.UUIDField, "1" }, { ryx.CharField, {} },
    } do
      local e = select(2, pcall(case[1], { default = case[2] }))
      assert.equal("misuse", e.kind)
      contains(e.message, "default: ")
    end
    for _, case in ipairs{
      { ryx.IntField, "7" }, { ryx.IntField, ryx.null }, { ryx.DateField, function() return "x" end },
      { ryx.DateTimeField, ryx.Now() }, { ryx.JSONField, {} }, { ryx.DecimalField, 0 },
    } do
      assert(case[1]{ default = case[2] })
    end
  end)

  it("refuses a default that its column cannot hold", function()
    for _, case in ipairs{
      { ryx.CharField, { max_length = 2 }, "abc" }, { ryx.TextField, { max_length = 2 }, "abc" },
      { ryx.SlugField, {}, ("a"):rep(51) }, { ryx.IntField, {}, 3000000000 }, { ryx.SmallIntField, {}, 40000 },
      { ryx.PositiveIntField, {}, -1 }, { ryx.BinaryField, { max_length = 1 }, ryx.bytes("ab") },
      { ryx.DecimalField, { max_digits = 4, decimal_places = 2 }, "123.45" },
    } do
      for _, option in ipairs{ "default", "db_default" } do
        case[2].default, case[2].db_default = nil, nil
        case[2][option] = case[3]
        local e = select(2, pcall(case[1], case[2]))
        assert.equal("misuse", e.kind)
        contains(e.message, option .. ": ")
      end
    end
    assert(ryx.CharField{ max_length = 2, default = "éé", db_default = ryx.Upper(ryx.Value("abc")) })
    assert(ryx.CharField{ default = "", choices = { "a" } })
  end)

  it("takes defaults, copied for each", function()
    local a, b = Post{ title = "aa" }, Post{ title = "bb" }
    assert.equal(0, a.views)
    a.extra.a[1] = 5
    assert.equal(1, b.extra.a[1])
    assert.not_equal(a.token, b.token)
    assert.truthy(a.token:find("^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$"))
  end)

  it("refuses unknown names in the constructor and on assignment", function()
    contains(message(Post, { titel = "x" }), 'did you mean "title"?')
    contains(message(function() Post{ title = "aa" }.titel = 1 end), 'did you mean "title"?')
    contains(message(Post, { save = 1 }), 'has no field "save"')
  end)

  it("leaves names that begin with _ alone", function()
    local p = Post{ title = "aa" }
    p._mine = 1
    assert.equal(1, p._mine)
    assert.is_nil(p.nothing)
  end)

  it("prints as model and key", function() assert.equal("<Post: pk=7>", tostring(Post{ id = 7 })) end)

  it("equals another by model and key", function()
    assert.is_true(Post{ id = 7 } == Post{ id = 7 })
    assert.is_false(Post{ id = 7 } == Post{ id = 8 })
    assert.is_false(Post{} == Post{})
    assert.is_false(Post{ id = 7 } == Author{ id = 7 })
  end)

  it("takes pk for its key", function() assert.equal(3, Post{ pk = 3 }.id) end)

  it("takes a relation as object or key", function()
    local ann = Author{ id = 4, name = "Ann" }
    assert.equal(4, Post{ author = ann }.author_id)
    assert.equal(4, Post{ author = 4 }.author_id)
    assert.equal(4, Post{ author_id = 4 }.author_id)
    assert.equal(ann, Post{ author = ann }.author)
    contains(message(Post, { author = Post{ id = 1 } }), "takes a Author, not a Post")
  end)

  it("forgets the object when the key changes", function()
    local p = Post{ author = Author{ id = 4, name = "Ann" } }
    p.author = nil
    assert.is_nil(p.author_id)
    assert.is_nil(p.author)
  end)

  it("strips text when it is assigned", function() assert.equal("aa", Post{ title = "  aa " }.title) end)
end)

describe("validation", function()
  local function problems(values)
    local ok, e = pcall(function() Post(values):full_clean() end)
    assert.is_false(ok)
    assert.is_true(e:is(ryx.ValidationError))
    return e.errors, e
  end

  it("collects the errors of all fields", function()
    local found, e = problems{ title = "x", views = -1, state = "gone" }
    assert.same({ "Ensure this value has at least 2 characters." }, found.title)
    assert.same({ "Ensure this value is greater than or equal to 0." }, found.views)
    assert.same({ "Value must be one of: ['draft', 'live']" }, found.state)
    contains(tostring(e), "Post: state: Value must be one of")
  end)

  it("says what is missing and what is blank", function()
    assert.same({ "This field may not be null." }, problems{}.title)
    assert.same({ "This field may not be blank.", }, problems{ title = "   ", state = "live" }.title and
      { problems{ title = "   " }.title[2] })
  end)

  it("counts characters, not bytes", function()
    assert.is_true((pcall(function() Post{ title = ("é"):rep(20) }:full_clean() end)))
    assert.same({ "Ensure this value has at most 20 characters." }, problems{ title = ("é"):rep(21) }.title)
  end)

  it("checks the digits of decimals and refuses floats", function()
    assert.truthy(problems{ title = "aa", price = "1.234" }.price[1]:find("2 decimal places", 1, true))
    assert.truthy(problems{ title = "aa", price = "1234.5" }.price[1]:find("3 digits", 1, true))
    assert.truthy(problems{ title = "aa", price = 1.5 }.price[1]:find("not a float", 1, true))
  end)

  it("names values that a field cannot hold", function()
    assert.same({ "Enter a whole number." }, problems{ title = "aa", views = "many" }.views)
    assert.same({ "Enter a valid UUID." }, problems{ title = "aa", token = "x" }.token)
  end)

  it("runs validators and clean()", function()
    local Rated = ryx.model("Rated", {
      n = ryx.IntField{ validators = { function(v) return v % 2 == 0 or "Ensure it is even." end } },
    })
    function Rated:clean() if self.n == 4 then ryx.FunctionValidator(function() return false end, "not 4")(4) end end
    local ok, e = pcall(function() Rated{ n = 3 }:full_clean() end)
    assert.is_false(ok)
    assert.same({ n = { "Ensure it is even." } }, e.errors)
    ok, e = pcall(function() Rated{ n = 4 }:full_clean() end)
    assert.is_false(ok)
    assert.same({ __all__ = { "not 4" } }, e.errors)
  end)

  it("takes errors by field from clean()", function()
    local Loan = ryx.model("CheckedLoan", { days = ryx.IntField{}, note = ryx.CharField{ blank = true, default = "" } })
    local raised
    function Loan.clean() error(raised) end
    local function cleaned(e)
      raised = e
      return select(2, pcall(Loan.full_clean, Loan{ days = 3 }))
    end
    local e = cleaned(ryx.ValidationError{ days = "Too long.", note = { "Say why.", "Say who." } })
    assert.same({ days = { "Too long." }, note = { "Say why.", "Say who." } }, e.errors)
    assert.equal("CheckedLoan: days: Too long.; note: Say why. Say who.", e.message)
    assert.equal("CheckedLoan", e.model)
    assert.is_true(e:is(ryx.ValidationError))
    assert.truthy(e.where:find("model_spec.lua", 1, true))
    assert.same({ __all__ = { "Closed." } }, cleaned(ryx.ValidationError("Closed.")).errors)
    assert.same({ __all__ = { "Closed.", "Gone." } }, cleaned(ryx.ValidationError{ "Closed.", "Gone." }).errors)
    for _, wrong in ipairs{ {}, { days = {} }, { days = 4 }, { days = { 4 } }, { true } } do
      assert.equal("misuse", select(2, pcall(ryx.ValidationError, wrong)).kind)
    end
    assert.equal("misuse", select(2, pcall(ryx.ValidationError)).kind)
  end)
end)

describe("a queryset", function()
  it("cannot be taken for an array", function()
    for _, row in ipairs(Post.objects) do
      contains(message(function() return row.title end), "call :all()")
    end
  end)

  it("names unknown fields and lookups with the nearest one", function()
    local objects = Post.objects
    contains(message(objects.filter, objects, { vews = 1 }), 'Post has no field "vews" (did you mean "views"?)')
    contains(message(objects.filter, objects, { views__gtee = 1 }), 'has no lookup "gtee"')
    contains(message(objects.filter, objects, { views__contains = "1" }), 'Post.views has no lookup "contains"')
    contains(message(objects.order_by, objects, "-vews"), 'did you mean "views"?')
  end)

  it("knows what others call a lookup", function()
    local objects = Post.objects
    contains(message(objects.filter, objects, { views__ge = 1 }), 'did you mean "gte"?')
    contains(message(objects.filter, objects, { title__like = "x" }), 'did you mean "contains"?')
    contains(message(objects.filter, objects, { views__ne = 1 }), "write exclude{ ... }, or -Q{ ... }")
    assert.falsy(message(objects.filter, objects, { views__like = 1 }):find("contains", 1, true))
  end)

  it("lists each name once", function()
    local text = message(Post.objects.order_by, Post.objects, "zzzzzzzz")
    contains(text, "(there are: ")
    for name in text:match("there are: (.*)%)"):gmatch("[%w_]+") do
      assert.equal(1, select(2, text:gsub("%f[%w_]" .. name .. "%f[^%w_]", "")), name)
    end
  end)

  it("names what is near in ryx itself, and does not list all there is", function()
    local function get(name) return ryx[name] end
    contains(message(get, "CharFeild"), 'ryx has no "CharFeild" (did you mean "CharField"?)')
    assert.truthy(message(get, "zzzzzzzz"):find('ryx has no "zzzzzzzz"$'))
  end)

  it("refuses empty conditions, naming the trap", function()
    for _, method in ipairs{ "filter", "exclude", "get" } do
      contains(message(Post.objects[method], Post.objects, {}), "cannot hold nil")
    end
    contains(message(Post.objects.filter, Post.objects, "views", nil), "nil is no value")
  end)

  it("says that methods of objects are called with a colon", function()
    for _, name in ipairs{ "save", "delete", "refresh_from_db", "full_clean", "to_table" } do
      for _, wrong in ipairs{ {}, "x", false } do
        local e = select(2, pcall(Post[name], wrong or nil))
        assert.equal("misuse", e.kind)
        contains(e.message, ("call it with a colon, object:%s(...)"):format(name))
      end
    end
  end)

  it("refuses conditions where none are read", function()
    for _, name in ipairs{ "all", "first", "last", "count", "exists", "sql" } do
      local e = select(2, pcall(Post.objects[name], Post.objects, { title = "x" }))
      assert.equal("misuse", e.kind)
      contains(e.message, ("%s takes no conditions: write filter{ ... }:%s("):format(name, name))
    end
    contains(message(Post.objects.limit, Post.objects, 5, 10), "limit takes one number")
  end)

  it("refuses a filter after a slice without an order", function()
    contains(message(function() return Post.objects:order_by():limit(3):filter{ views = 1 } end), "filter first")
  end)

  it("follows the same shape for the same conditions", function()
    local a = Post.objects:filter{ views__gte = 1, title = "x" }
    local b = Post.objects:filter{ title = "y", views__gte = 2 }
    assert.equal(a.node, b.node)
    assert.same({ "x", 1 }, a.params)
    assert.same({ "y", 2 }, b.params)
  end)

  it("blames the caller's line", function()
    local _, e = pcall(function() Post.objects:filter{ vews = 1 } end)
    assert.truthy(e.where:find("model_spec.lua:%d+"))
  end)
end)
