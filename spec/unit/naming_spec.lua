-- SPDX-License-Identifier: MIT
local naming = require "ryx.naming"

describe("table names", function()
  local names = {
    Post = "posts", BlogPost = "blog_posts", PostComment = "post_comments", Status = "statuses",
    UserProfileImage = "user_profile_images", API = "apis", HTTPResponse = "http_responses", Box = "boxes",
    Quiz = "quizes", Church = "churches", Wish = "wishes", Key = "keys", UserID = "userids",
    OAuthToken = "o_auth_tokens", Post2Tag = "post2_tags", A = "as", post_tag = "post_tags",
  }
  for model, name in pairs(names) do
    it(model .. " is stored in " .. name, function() assert.equal(name, naming.table_name(model)) end)
  end
  it("a consonant and y become ies", function() assert.equal("categories", naming.table_name("Category")) end)
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
