-- SPDX-License-Identifier: MIT
-- Every public name says in the comment above it, in words that editors read, what it
-- does, takes and gives back:
--
--   words and an example; of a class of errors the words alone
--   ---@param NAME TYPE    for each parameter of the function, by its name there; one that
--                          only has `...` may name what it takes in turn
--   ---@return TYPE        if, and only if, the function returns a value
--   ---@type TYPE          for what is no function
--
-- What must not be used from outside, though it looks public, is ---@package. The options
-- that fields take are those that are said. Types: types.lua.
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local annotations = dofile("scripts/reference/annotations.lua")
local tree = dofile("spec/support/tree.lua")
local compat = require "ryx.compat"
local ryx = require "ryx"

local report = tree.report

local names = annotations.names()
local NOTHING = { prose = {}, examples = {}, params = {}, tags = {} }

-- Checks each public name; test(entry, block) says what is wrong.
local function each(what, test)
  local bad = {}
  for _, entry in ipairs(names) do
    local wrong = test(entry, entry.block or NOTHING)
    local sign = entry.is_method and ":" or "."
    if wrong then bad[#bad + 1] = ("%s%s%s: %s"):format(entry.class, sign, entry.name, wrong) end
  end
  report(("%s (%d names)"):format(what, #names), bad)
end

local function is_value(entry)
  return entry.class == "ryx" and type(entry.value) ~= "function"
end

each("public names say what they do", function(_, block)
  if #block.prose == 0 then return "nothing says what it is" end
end)

each("public names have an example", function(entry, block)
  if #block.examples == 0 and not annotations.is_error_class(entry.value) then return "no example" end
end)

each("values have a type", function(entry, block)
  if is_value(entry) and not block.type and not annotations.is_error_class(entry.value) then return "no @type" end
end)

each("parameters are named as in the function", function(entry, block)
  local own, said = table.concat(entry.params or {}, ", "), table.concat(block.params, ", ")
  if entry.params and own ~= said and not (own == "..." and said ~= "") then
    return ("takes (%s), and @param says (%s)"):format(own, said)
  end
end)

-- Does the text of a function return a value? What it defines within counts, too.
local function gives(body)
  for word in body:gsub("%-%-[^\n]*", ""):gmatch("%f[%w]return[ ]+([^%s;]+)") do
    if word ~= "end" then return true end
  end
  return false
end

each("what is returned is said", function(entry, block)
  if is_value(entry) or not entry.body then return end
  local returns = gives(entry.body)
  if returns and not block["return"] then return "returns a value, and has no @return" end
  if block["return"] and not returns then return "returns nothing, and has a @return" end
end)

-- The options that constructors of fields take: of a class the tags, and what it is
-- built upon.
local classes = {}
for _, class in ipairs(annotations.classes()) do classes[class.name] = class.block.tags end

local function options_of(class, into)
  for _, tag in ipairs(classes[class] or {}) do
    if tag.name == "class" then options_of(tag.text:match(": *([%w_.]+)"), into) end
    if tag.name == "field" then into[tag.text:match("^[%w_]+")] = true end
  end
  return into
end

-- The first argument of those that have two.
local TO = { ForeignKey = "X", OneToOneField = "X", ManyToManyField = "X", ArrayField = ryx.IntField() }

local function check_options(entry, said, bad)
  local function make(options)
    local to = TO[entry.name]
    if to then return ryx.try(entry.value, to, options) end
    return ryx.try(entry.value, options)
  end
  -- Names of options are looked at before anything else.
  for _, option in ipairs(compat.sorted_keys(said)) do
    local _, err = make{ [option] = "?" }
    if err and err.message:find("unknown option", 1, true) then
      bad[#bad + 1] = ("%s takes no %s"):format(entry.name, option)
    end
  end
  for _, option in ipairs(compat.sorted_keys(make{}.kind.options or {})) do
    if option ~= "base" and not said[option] then
      bad[#bad + 1] = ("%s: nothing says that it takes %s"):format(entry.name, option)
    end
  end
end

local bad, n = {}, 0
for _, entry in ipairs(names) do
  for _, tag in ipairs((entry.block or NOTHING).tags) do
    local class = tag.name == "param" and tag.text:match("^options%? (ryx%.%w+Options)$")
    local is_field = class and (entry.name:find("Field$") or entry.name == "ForeignKey")
    if is_field then
      n = n + 1
      check_options(entry, options_of(class, {}), bad)
    end
  end
end
report(("options of fields are those that are said (%d fields)"):format(n), bad)

tree.finish()
