-- SPDX-License-Identifier: MIT
-- Models and rows that specs of queries share: publishers, authors with an editor,
-- books with tags and reviews.
--
--   author  publisher  mentor   books (year, pages, price)
--   ann     north      -        alps (2001, 100, 10.00), bees (2002, 200, 20.00)
--   ben     north      ann      cats (2001, 300, -)
--   cleo    south      ann      -
--   dan     -          cleo     dogs (2003, 400, 5.50), eels (-, 50, 5.50)
--
--   tags: alps: red blue; bees: red; cats: blue green; dogs: -; eels: red
--   reviews (stars): alps 5, 1; cats 3; dogs 5 (no text), 4
local ryx = require "ryx"

local M = {}

M.Publisher = ryx.model("BPublisher", { name = ryx.CharField{ max_length = 20 } })
M.Author = ryx.model("BAuthor", {
  name = ryx.CharField{ max_length = 20 },
  publisher = ryx.ForeignKey(M.Publisher, { null = true, related_name = "authors" }),
  mentor = ryx.ForeignKey("self", { null = true, related_name = "pupils" }),
})
M.Tag = ryx.model("BTag", { name = ryx.CharField{ max_length = 20 } })
M.Book = ryx.model("BBook", {
  name = ryx.CharField{ max_length = 20 },
  author = ryx.ForeignKey(M.Author, { related_name = "books" }),
  tags = ryx.ManyToManyField(M.Tag, { related_name = "books" }),
  year = ryx.IntField{ null = true },
  pages = ryx.IntField(),
  price = ryx.DecimalField{ max_digits = 6, decimal_places = 2, null = true },
})
M.Review = ryx.model("BReview", {
  book = ryx.ForeignKey(M.Book, { related_name = "reviews" }),
  stars = ryx.IntField(),
  text = ryx.TextField{ null = true },
})
M.Contact = ryx.model("BContact", {
  author = ryx.OneToOneField(M.Author, { related_name = "contact" }),
  city = ryx.CharField{ max_length = 20, null = true },
})
M.models = { M.Publisher, M.Author, M.Tag, M.Book, M.Review, M.Contact }

--- Makes the rows; gives all of them by name.
function M.fill()
  local o = {}
  for _, name in ipairs{ "north", "south" } do o[name] = M.Publisher.objects:create{ name = name } end
  for _, name in ipairs{ "red", "blue", "green" } do o[name] = M.Tag.objects:create{ name = name } end
  for _, a in ipairs{ { "ann", "north" }, { "ben", "north", "ann" }, { "cleo", "south", "ann" },
    { "dan", nil, "cleo" } } do
    o[a[1]] = M.Author.objects:create{ name = a[1], publisher = o[a[2]], mentor = o[a[3]] }
  end
  for _, b in ipairs{
    { "alps", "ann", 2001, 100, "10.00", { "red", "blue" } }, { "bees", "ann", 2002, 200, "20.00", { "red" } },
    { "cats", "ben", 2001, 300, nil, { "blue", "green" } }, { "dogs", "dan", 2003, 400, "5.50", {} },
    { "eels", "dan", nil, 50, "5.50", { "red" } },
  } do
    local book = M.Book.objects:create{ name = b[1], author = o[b[2]], year = b[3], pages = b[4], price = b[5] }
    for _, tag in ipairs(b[6]) do book.tags:add(o[tag]) end
    o[b[1]] = book
  end
  for _, r in ipairs{ { "alps", 5, "good" }, { "alps", 1, "bad" }, { "cats", 3, "so" }, { "dogs", 5 },
    { "dogs", 4, "good" } } do
    M.Review.objects:create{ book = o[r[1]], stars = r[2], text = r[3] }
  end
  M.Contact.objects:create{ author = o.ann, city = "Oslo" }
  M.Contact.objects:create{ author = o.dan }
  return o
end

return M
