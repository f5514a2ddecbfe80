-- SPDX-License-Identifier: MIT
-- A small shop for the specs of queries: authors under bosses, posts with tags.
local M = {}

--- The models, under names that begin with `prefix`: { Author, Tag, Post }.
function M.models(ryx, prefix)
  local Author = ryx.model(prefix .. "Author", {
    name = ryx.CharField{ max_length = 50 },
    boss = ryx.ForeignKey("self", { null = true, related_name = "minions" }),
  })
  local Tag = ryx.model(prefix .. "Tag", { name = ryx.CharField{ max_length = 50 } })
  local Post = ryx.model(prefix .. "Post", {
    title = ryx.CharField{ max_length = 50 },
    author = ryx.ForeignKey(Author, { null = true, related_name = "posts" }),
    views = ryx.IntField{ default = 0 },
    price = ryx.DecimalField{ default = "1.50" },
    note = ryx.TextField{ null = true },
    created = ryx.DateTimeField{ null = true },
    tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  })
  return { Author, Tag, Post, Author = Author, Tag = Tag, Post = Post }
end

--- Ann leads Ben and Cyd; posts a to e with 10 to 50 views: Ann's a and c, Ben's b and
--- d, nobody's e; d and e have notes; a to c are red, c to e blue.
function M.fill(ryx, m)
  local ann = m.Author.objects:create{ name = "Ann" }
  local ben = m.Author.objects:create{ name = "Ben", boss = ann }
  m.Author.objects:create{ name = "Cyd", boss = ann }
  local red, blue = m.Tag.objects:create{ name = "red" }, m.Tag.objects:create{ name = "blue" }
  for i, title in ipairs{ "a", "b", "c", "d", "e" } do
    local post = m.Post.objects:create{
      title = title, views = i * 10, author = i == 5 and ryx.null or i % 2 == 0 and ben or ann,
      note = i > 3 and "note " .. i or nil, created = ryx.datetime("2024-0" .. i .. "-15 12:30:00"),
    }
    if i < 4 then post.tags:add(red) end
    if i > 2 then post.tags:add(blue) end
  end
  return ann, ben
end

--- One attribute of every row, in order: "a c e".
function M.list(qs, name)
  local out = {}
  for i, row in ipairs(qs:all()) do out[i] = tostring(row[name]) end
  return table.concat(out, " ")
end

return M
