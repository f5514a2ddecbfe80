-- SPDX-License-Identifier: MIT
-- choices = { "draft", { "live", "On the site" } }: the values that a field may have, and what
-- people see of them.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local value_of = require "ryx.value"

local M = {}

-- Documents and lists are equal by their text, other values as keys of a table.
local function id_of(v)
  if type(v) == "table" then return value_of.json.encode(v) end
  return compat.keyof(v)
end

local function show(v)
  if type(v) == "string" then return "'" .. v .. "'" end
  return type(v) == "table" and value_of.json.encode(v) or tostring(v)
end

-- A value and a label; of documents only a pair whose second part is text.
local function is_pair(f, choice)
  if type(choice) ~= "table" or getmetatable(choice) ~= nil then return false end
  return f.type ~= "json" or #choice == 2 and type(choice[2]) == "string"
end

-- A choice as the field holds it. Of a relation nobody knows yet what that is.
local function held(f, v, i)
  if v == nil or v == value_of.null then
    errors.raise("misuse", "%s: choices: item %d is NULL, which null = true allows", f.kind.name, i)
  end
  if f.relation then return v end
  local value, problem = f:to_column(v)
  if problem then
    errors.raise("misuse", "%s: choices: %s is no value of it: %s", f.kind.name, compat.show(v), problem)
  end
  return value
end

--- Reads the option: { labels (by value), message }.
function M.read(f)
  if next(f.choices) ~= nil and f.choices[1] == nil then
    errors.raise("misuse", "%s: choices is a list of values, or of { value, label }", f.kind.name)
  end
  local labels, texts = {}, {}
  for i, choice in ipairs(f.choices) do
    local v, label = choice, nil
    if is_pair(f, choice) then v, label = choice[1], choice[2] end
    v = held(f, v, i)
    labels[id_of(v)], texts[i] = label == nil and choice or label, show(v)
  end
  table.sort(texts)
  return { labels = labels, message = "Value must be one of: [" .. table.concat(texts, ", ") .. "]" }
end

--- The check of values.
function M.check(read)
  return function(v)
    if read.labels[id_of(v)] == nil then return read.message end
  end
end

--- What people see of a value: its label, or itself.
function M.label(f, v)
  if v == nil or v == value_of.null then return nil end
  local value, problem = f:to_column(v) -- what was assigned may be in another form
  local label = not problem and f.choice.labels[id_of(value)]
  if label == nil or label == false then return v end
  return label
end

return M
