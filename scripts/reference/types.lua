#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes types/ryx.lua, by which lua-language-server knows what `require "ryx"` gives: it
-- loads its names when they are used, so editors see none in the sources. Made of the
-- comment blocks there (annotations.lua), the table of functions, the words for lookups
-- and the table of options.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;build/docs/?.so;" .. package.cpath
local annotations = dofile("scripts/reference/annotations.lua")
local compat = require "ryx.compat"
local functions = require "ryx.query.fn"
local lookup_docs = dofile("scripts/reference/lookup_docs.lua")
local url_options = require "ryx_options"

local function say(fmt, ...)
  print(select("#", ...) > 0 and fmt:format(...) or fmt)
end

local function comment(text)
  for line in text:gmatch("[^\n]+") do say("---%s", line) end
end

local function examples(list)
  if #list == 0 then return end
  say("---```lua")
  for _, example in ipairs(list) do comment(example) end
  say("---```")
end

local function doc(block)
  for _, text in ipairs(block.prose) do comment(text) end
  examples(block.examples)
end

-- The table that a class has in this file: QuerySet of ryx.QuerySet.
local function table_of(class)
  return class:match("[%w_]+$")
end

local function declaration(entry, params)
  local sign = entry.is_method and ":" or "."
  say("function %s%s%s(%s) end\n", table_of(entry.class), sign, entry.name, table.concat(params, ", "))
end

local function bound_of(class)
  return ("Below `ryx.%s`%s."):format(tostring(class.parent), class.kind ~= class.parent.kind
    and (', kind `"%s"`'):format(class.kind) or "")
end

local function value(entry)
  doc(entry.block)
  if annotations.is_error_class(entry.value) then
    if entry.value.parent then comment(bound_of(entry.value)) end
    if not entry.block.type then say("---@type ryx.ErrorClass") end
  end
  for _, tag in ipairs(entry.block.tags) do say(tag.line) end
  say("%s.%s = nil\n", table_of(entry.class), entry.name)
end

local function member(entry)
  if type(entry.value) ~= "function" and entry.class == "ryx" then return value(entry) end
  doc(entry.block)
  for _, tag in ipairs(entry.block.tags) do say(tag.line) end
  declaration(entry, entry.block.params)
end

-- Functions, aggregates and window functions, by their rows.

local ARGUMENT = { expr = "ryx.PathOrExpr", value = "ryx.ValueOrExpr", const = "string|integer", share = "number",
  fields = "string|string[]" }
local OPTION = { sample = "boolean", tz = "string|boolean" }

local function options_of(row)
  local parts, types = {}, {}
  for i, name in ipairs(compat.sorted_keys(row.options or {})) do
    parts[i] = ("%s?: %s"):format(name, OPTION[name] or "any")
  end
  if row.kind == "aggregate" then types[1] = "ryx.AggregateOptions" end
  if #parts > 0 then types[#types + 1] = "{ " .. table.concat(parts, ", ") .. " }" end
  return #types > 0 and table.concat(types, "|") or nil
end

-- Names of the arguments, numbered where several are of one kind, and their types.
local function arguments_of(row)
  local list, n_of, last = {}, {}, nil
  for _, kind in ipairs(row.args or {}) do
    local word = kind:match("^%a+")
    if word then n_of[word] = (n_of[word] or 0) + 1 end
  end
  local n = {}
  for _, kind in ipairs(row.args or {}) do
    local word = kind:match("^%a+")
    if not word then
      -- "...2" repeats the last two: a name and its value.
      list[#list + 1] = { name = "...", type = kind == "..." and last or "any" }
    else
      n[word] = (n[word] or 0) + 1
      last = ARGUMENT[word]
      local name = n_of[word] > 1 and word .. n[word] or word
      list[#list + 1] = { name = name, type = last, optional = kind:sub(-1) == "?" }
    end
  end
  return list
end

-- Options stand behind the arguments, and in place of those that may be missing.
local function overloads(list, options)
  for i, argument in ipairs(list) do
    if argument.optional then
      local parts = {}
      for k = 1, i - 1 do parts[k] = ("%s: %s"):format(list[k].name, list[k].type) end
      parts[#parts + 1] = "options: " .. options
      say("---@overload fun(%s): ryx.Expr", table.concat(parts, ", "))
    end
  end
end

local function function_of(row)
  comment(row.doc .. (row.kind == "window" and " Inside `ryx.Window`." or ""))
  examples{ ("%s  -> %s"):format(row.example, row.sql) }
  local list, options, params = arguments_of(row), options_of(row), {}
  local variadic = #list > 0 and list[#list].name == "..."
  for i, argument in ipairs(list) do
    say("---@param %s%s %s", argument.name, argument.optional and "?" or "", argument.type)
    params[i] = argument.name
  end
  if options and not variadic then
    say("---@param options? %s", options)
    params[#params + 1] = "options"
  end
  say("---@return %s", row.is_condition and "ryx.Q" or "ryx.Expr")
  if options then overloads(list, options) end
  declaration({ class = "ryx", name = row.name }, params)
end

-- Lookups as methods of expressions.

local function comparisons()
  local words, comparison = {}, annotations.comparisons()
  for _, row in ipairs(lookup_docs.rows) do
    if not row.same then words[row[1]] = words[row[1]] or row end
  end
  for _, row in ipairs(lookup_docs.rows) do words[row[1]] = words[row[1]] or words[row.same] end
  for _, name in ipairs(compat.sorted_keys(comparison)) do
    local row = words[comparison[name]]
    comment(row.doc)
    examples{ "filter" .. row.examples[1] }
    say("---@param value%s %s", row.takes == "true, false" and "" or " any", row.takes == "true, false" and "boolean"
      or row.takes)
    say("---@return ryx.Q")
    declaration({ class = "ryx.Expr", name = name, is_method = true }, { "value" })
  end
  comment("Any lookup by name, one of your own too.")
  examples{ 'F"name":lookup("similar", "x")' }
  say("---@param name string\n---@param value any\n---@return ryx.Q")
  declaration({ class = "ryx.Expr", name = "lookup", is_method = true }, { "name", "value" })
end

-- Options of a database.

local URL_OPTION = { ["whole number"] = "integer", seconds = "number", bytes = "integer", text = "string" }

local function database_options()
  say("---What a database is: its URL, and options as in it.\n---@class ryx.DatabaseOptions\n---@field url string")
  for _, row in ipairs(url_options) do
    local type = URL_OPTION[row.type] or '"' .. row.range:gsub(", ", '"|"') .. '"'
    local initial = row.initial ~= "" and (" Default: %s."):format((row.initial:gsub("`", ""))) or ""
    say("---@field %s? %s %s%s", row.name, type, row.doc, initial)
  end
  say("")
end

local members = {}
for _, entry in ipairs(annotations.names()) do
  members[entry.class] = members[entry.class] or {}
  table.insert(members[entry.class], entry)
end

local function class(name, lines)
  for _, line in ipairs(lines) do say(line) end
  if members[name] then
    say("local %s = {}\n", table_of(name))
    for _, entry in ipairs(members[name]) do member(entry) end
  else
    say("")
  end
end

say([[
---@meta
-- SPDX-License-Identifier: MIT
-- Made by `make docs` from the sources: see scripts/reference/types.lua.

---@class ryx
---@field _VERSION string
local ryx = {}
]])
for _, entry in ipairs(members.ryx) do member(entry) end
for _, row in ipairs(functions.rows) do function_of(row) end
database_options()
class("ryx.QuerySet", { "---Rows of a model, not yet asked for: chain methods give a changed copy.",
  "---@class ryx.QuerySet" })
for _, found in ipairs(annotations.classes()) do
  class(found.name, found.block.lines)
  if found.name == "ryx.Expr" then comparisons() end
end
print("return ryx")
