-- SPDX-License-Identifier: MIT
-- Hooks and signals: a journal of what happens to posts, by functions that the model does not
-- know of.
--
--   lua5.4 examples/06_signals.lua [URL]
local ryx = require "ryx"
local signals = ryx.signals
ryx.setup(arg and arg[1] or "sqlite::memory:")

local Tag = ryx.model("JournalTag", { name = ryx.CharField{ max_length = 20 } })
local Post = ryx.model("JournalPost", {
  title = ryx.CharField{ max_length = 100 },
  views = ryx.IntField{ default = 0 },
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
})
local Entry = ryx.model("JournalEntry", { text = ryx.CharField{ max_length = 100 } })
ryx.migrate{ Tag, Post, Entry }
for _, model in ipairs{ Entry, Post, Tag } do model.objects:delete_all() end

-- The hook: what belongs to the model.
function Post:before_save()
  self.title = self.title:gsub("%s+", " ")
end

-- Receivers: what others make of it.
local function journal(text, ...)
  Entry.objects:create{ text = text:format(...) }
end

signals.post_save:connect(function(_, kw)
  journal("%s %s", kw.created and "new:" or "changed:", kw.instance.title)
end, { sender = Post })

signals.post_delete:connect(function(_, kw) journal("gone: %s", kw.instance.title) end, { sender = Post })

signals.post_update:connect(function(_, kw)
  journal("%s of %d posts", table.concat(kw.fields, ", "), kw.updated_count)
end, { sender = Post })

signals.m2m_changed:connect(function(_, kw)
  if kw.action == "post_add" then journal("%s: %d tags more", kw.instance.title, #kw.pk_set) end
end, { sender = Post.tags.through })

-- One that refuses.
ryx.receiver(signals.pre_save, { sender = Post })(function(_, kw)
  if kw.instance.title:find("spam", 1, true) then error(ryx.ValidationError{ title = "Not here." }) end
end)

local hello = Post.objects:create{ title = "Hello   world" }
hello.views = 1
hello:save()
Post.objects:update_all{ views = 0 }
hello.tags:add(Tag.objects:create{ name = "lua" }, Tag.objects:create{ name = "sql" })
local _, err = ryx.try(Post.objects.create, Post.objects, { title = "buy spam" })
print(err.errors.title[1]) --> Not here.
hello:delete()

for _, entry in ipairs(Entry.objects:order_by("id"):all()) do print(entry.text) end
--> new: Hello world
--> changed: Hello world
--> views of 1 posts
--> Hello world: 2 tags more
--> gone: Hello world

-- A signal of the program's own.
local paid = ryx.Signal("paid")
local undo = paid:connect(function(_, kw) return "invoice for " .. kw.who end)
print(paid:send("shop", { who = "Ann" })[1][2]) --> invoice for Ann
undo()
print(#paid:send("shop", { who = "Bob" })) --> 0
ryx.close()
