#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes docs/reference/errors.md from the classes of lua/ryx/errors.lua and the comments above them.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local page = require "scripts.reference.page"
local annotations = dofile("scripts/reference/annotations.lua")
local errors = require "ryx.errors"

local say = page.say
local cell, code = page.cell, page.code

local said = {}
for _, entry in ipairs(annotations.names()) do
  if entry.class == "ryx" and annotations.is_error_class(entry.value) then
    said[entry.value] = table.concat(entry.block.prose, " ")
  end
end

-- The classes in the order of the file, each behind the one it is below of.
local function below(parent, list, depth)
  for line in io.lines("lua/ryx/errors.lua") do
    local name = line:match('define%("(%w+)"')
    local class = name and errors[name]
    if class and class.parent == parent then
      list[#list + 1] = { class = class, depth = depth }
      below(class, list, depth + 1)
    end
  end
  return list
end

local function kind_of(class)
  return class.kind and code(class.kind) or ""
end

say([[
# Errors

Made by `make docs` from `lua/ryx/errors.lua`. What ryx raises is a table; `tostring(err)` and `..` give one line of it,
with the caller's file and line in front. `err:is(class)` asks for a class or one above it, `err.kind` is a fixed word;
`ryx.try(fn, ...)` gives `nil, err` in place of raising. How to show errors to people:
[errors by field](../guide/errors.md) and [validation](../guide/validation.md); which to try again:
[reliability](../guide/reliability.md#what-errors-mean).

## Classes and kinds

A class that stands further in is below the one before it: `err:is(ryx.IntegrityError)` is true of a `UniqueViolation`.

| class | `err.kind` | means |
|---|---|---|]])
say("| `ryx.RyxError` | | %s |", cell(said[errors.RyxError]))
for _, entry in ipairs(below(errors.RyxError, {}, 1)) do
  say("| %s`ryx.%s` | %s | %s |", ("&emsp;"):rep(entry.depth), entry.class.name, kind_of(entry.class),
    cell(said[entry.class]))
end
say([[

Each model has classes of its own, `Post.DoesNotExist` and `Post.MultipleObjectsReturned`, below the two of ryx.

## What an error holds

What is not known is absent.

| | type | |
|---|---|---|]])
for _, class in ipairs(annotations.classes()) do
  if class.name == "ryx.Error" then
    for _, tag in ipairs(class.block.tags) do
      local name, rest = tag.text:match("^([%w_]+)%??%s+(.*)$")
      -- A type has no spaces but behind commas and colons, and within braces.
      local function join(part) return (part:gsub(" ", "\1")) end
      local joined = tag.name == "field" and rest:gsub("%b{}", join):gsub("[,:] ", join)
      if joined then
        local type_of, text = joined:match("^(%S+)%s*(.*)$")
        if name == "kind" then type_of, text = "string", "a word of the table above" end
        say("| `err.%s` | %s | %s |", name, code((type_of:gsub("\1", " "))), cell((text:gsub("\1", " "))))
      end
    end
  end
end
say([[

`err.errors` is there when the data is wrong, and only then; `ryx.json.encode(err.errors)` is what a form wants. Your
program makes a ValidationError by calling its class: `error(ryx.ValidationError{ title = "Too long." })`;
`err:merge(ryx.ValidationError("Closed."))` adds the messages of another one and gives `err`.]])
page.write()
