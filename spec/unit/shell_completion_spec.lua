-- SPDX-License-Identifier: MIT
-- What Tab completes in ryx shell.
local completion = require "ryx.cli.shell.completion"
local ryx = require "ryx"

local Author = ryx.model("CAuthor", { name = ryx.CharField{ max_length = 80 } })
local Post = ryx.model("CPost", {
  title = ryx.CharField{ max_length = 80 }, views = ryx.IntField{ default = 0 },
  author = ryx.ForeignKey("CAuthor", { related_name = "posts" }),
  popular = ryx.Manager{ busy = function(qs) return qs:filter{ views__gt = 100 } end },
})

local env = {
  CPost = Post, CAuthor = Author, ryx = ryx, print = print, string = string, qs = Post.objects:filter{ id = 1 },
  post = Post{ title = "a" }, t = { alpha = 1, beta = { gamma = print } },
}

local function complete(text)
  return completion.complete(text, 80, env)
end

local function shown(text)
  local set = {}
  for name in (select(2, complete(text)) or ""):gmatch("%S+") do set[name] = true end
  return set
end

describe("completion", function()
  it("inserts what is certain", function()
    for text, more in pairs{
      ["pri"] = "nt", ["x = CPos"] = "t", ["CPost.obj"] = "ects", ["CPost.pop"] = "ular", ["t.be"] = "ta",
      ["t.beta.g"] = "amma", ["CPost.objects:excl"] = "ude", ["CPost.popular:bus"] = "y",
      ["qs:filter{ titl"] = "e", ["post.vie"] = "ws", ["post:full"] = "_clean", ["post.author.na"] = "me",
      ["CPost.objects:get{ id = 1 }.titl"] = "e", ["CPost.objects:filter{ author__na"] = "me",
      ["CPost.objects:filter{ title__icont"] = "ains", ["CPost.objects:order_by('-vie"] = "ws",
      ["CPost.objects:filter(ryx.Q{ title__iend"] = "swith", ["CPost{ ti"] = "tle",
      ["CPost.objects:filter{ id = 1 }:values('au"] = "thor", ["CPost.objects:filter{ views = ryx.F'vie"] = "ws",
      ["CPost.objects:filter{ id = #'a', ti"] = "tle", ["ryx.ForeignK"] = "ey", ["ryx.Concat"] = nil,
      ["CAuthor.objects:filter{ posts__ti"] = "tle", ["for i = 1, 2 do\n  CPost.objects:coun"] = "t",
      ["CPost.objects:filter{\n  ti"] = "tle", ["CPost.objects:all"] = nil, ["return string.form"] = "at",
    } do
      assert.equal(more, (complete(text)), text)
    end
  end)

  it("shows lookups behind the field that is meant", function()
    local names = shown "CPost.objects:filter{ ti"
    assert.truthy(names.title and names.title__icontains and names.title__in and names.title__lower)
    assert.falsy(names.title__has_key)
    names = shown "CPost.objects:filter{ views__"
    assert.truthy(names.views__gte and names.views__range)
    assert.falsy(names.views__icontains)
  end)

  it("shows fields and relations, without lookups where none are read", function()
    assert.same({ title = true, views = true, author = true, author_id = true, id = true, pk = true },
      shown "CPost.objects:filter{ ")
    assert.same({}, shown "CPost.objects:create{ ti")
    assert.same({ author = true, author_id = true }, shown "CPost{ title = 'a', au")
  end)

  it("is about what is there: methods of querysets, of instances, of values", function()
    assert.truthy(shown("CPost.objects:filter{ id = 1 }:").order_by)
    assert.truthy(shown("post:").save)
    assert.truthy(shown("post.").author)
    assert.same({ alpha = true, beta = true }, shown "t.")
  end)

  it("says nothing where it knows nothing", function()
    for _, text in ipairs{ "nope.", "nope:x", "CPost.objects:all().", "-- pri", "'pri", "f(x)[1].",
      "CPost.objects:filter{ nope__", "CPost.objects:filter{ id__nope__x" } do
      assert.is_nil((complete(text)), text)
      assert.same({}, shown(text), text)
    end
  end)

  it("asks no database", function()
    assert.has_no.errors(function() complete "post.author.name.x" complete "qs:all():" end)
  end)
end)
