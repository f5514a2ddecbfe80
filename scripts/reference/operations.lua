#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes docs/reference/operations.md from the comments above the functions of lua/ryx/migrations/operation.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local annotations = dofile("scripts/reference/annotations.lua")
local page = require "scripts.reference.page"

local say = page.say

local FAMILIES = {
  { "Models", "create_model delete_model rename_model alter_model" },
  { "Fields", "add_field alter_field remove_field rename_field" },
  { "Indexes and constraints", "add_index remove_index add_constraint remove_constraint alter_unique_together "
    .. "alter_index_together" },
  { "What you write yourself", "run_sql run_lua noop" },
}

local entries = {}
for _, entry in ipairs(annotations.names()) do
  if entry.class == "ryx.Migrations" then entries[entry.name] = entry end
  if entry.class == "ryx.Apps" then entries["apps:" .. entry.name] = entry end
end

local function is_optional(block, param)
  for _, tag in ipairs(block.tags) do
    if tag.name == "param" and tag.text:find("^" .. param .. "%?") then return true end
  end
  return false
end

-- m.run_sql(sql [, reverse])
local function signature(call, entry)
  local text = ""
  for i, param in ipairs(entry.block.params) do
    local comma = i > 1 and ", " or ""
    text = text .. (is_optional(entry.block, param) and (" [" .. comma .. param .. "]") or comma .. param)
  end
  return ("%s(%s)"):format(call, text)
end

-- What is said of a parameter behind its type.
local function notes(block)
  for _, tag in ipairs(block.tags) do
    local name, note = tag.text:match("^([%w_]+)%??%s+%b{}%s+(%l.*)$")
    if tag.name == "param" and note then say("`%s`: %s.\n", name, note) end
  end
end

-- What stands in a file of its own is no part of the page's program (spec/docs/page.lua).
local function describe(call, entry, file)
  say("### `%s`\n", signature(call, entry))
  say("%s\n", table.concat(entry.block.prose, "\n"))
  notes(entry.block)
  local fence = "lua" .. (file and "," .. file or "")
  if #entry.block.examples > 0 then say("```%s\n%s\n```\n", fence, table.concat(entry.block.examples, "\n")) end
  entries[entry.name] = nil
end

say([[
# Operations

Made by `make docs` from `lua/ryx/migrations/operation`. What a file of migrations holds.

```lua,migrations/0002_add_slug.lua
local ryx = require "ryx"
local m = require "ryx.migrations"

return m.migration{
  dependencies = { "0001_initial" },
  operations = {
    m.add_field("Post", "slug", ryx.SlugField{ null = true }),
    m.run_lua(function(apps)
      local Post = apps:model("Post")
      apps:each("Post", { batch = 500 }, function(posts)
        for _, post in ipairs(posts) do post.slug = post.title:lower():gsub("%W+", "-") end
        Post.objects:bulk_update(posts, { "slug" })
      end)
    end, m.noop),
  },
}
```

An operation says what changes in the models. What that means for tables is worked out for the database: constraints
and indexes whose names come of a table or a column are renamed with it, foreign keys follow, old rows are filled. A wrong
argument is refused when the file is read, and what does not fit the models of that point before anything is changed;
the error names the nearest name.

Every operation has a way back, but for `run_sql` and `run_lua` without one: those are irreversible, and to go back
over them is refused. What a removed column or table held is gone: the column comes back with its default, or an empty
text, 0, false and the like where NULL may not stand.

Below, as in each file:

```lua
local ryx = require "ryx"
local m = require "ryx.migrations"
```
]])
for _, family in ipairs(FAMILIES) do
  say("## %s\n", family[1])
  for name in family[2]:gmatch("%S+") do describe("m." .. name, entries[name]) end
end
say("## Models of that moment\n")
say([[
The function of `run_lua` gets `apps`: `apps.alias` is the name of the database that is migrated, and its models are
there, whatever a router says. They have fields, relations and querysets, and no methods, hooks or managers; receivers
that were connected for today's model are not told of them. What they do is part of the migration's transaction, where the
database has one.
]])
describe("apps:model", entries["apps:model"], "migrations/0003_slugs.lua")
describe("apps:each", entries["apps:each"], "migrations/0003_slugs.lua")
say("## The file\n")
describe("m.migration", entries.migration, "migrations/0004_drop_draft.lua")
say("`dependencies`: the names of the files that come before, without `.lua`. `replaces`: those that a squashed file "
  .. "stands for.")
for name in pairs(entries) do
  if not name:find("^apps:") then error("operations.lua does not say where m." .. name .. " stands") end
end
page.write()
