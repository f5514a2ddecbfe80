-- SPDX-License-Identifier: MIT
-- Where the options of a model name its fields: indexes, constraints, keys, lists of names. One
-- walk finds those places and gives the options with other names.
local compat = require "ryx.compat"
local term = require "ryx.migrations.state.term"

local M = {}

local function list_with(list, names)
  local out, changed = {}, false
  for i, name in ipairs(list) do
    local sign, plain = name:match("^(%-?)(.*)$")
    out[i] = names[plain] and sign .. names[plain] or name
    changed = changed or out[i] ~= name
  end
  return changed and out or list
end

local function keys_with(t, names)
  local out, changed = {}, false
  for k, v in pairs(t) do
    out[names[k] or k] = v
    changed = changed or names[k] ~= nil
  end
  return changed and out or t
end

local function terms_with(list, names)
  local out, changed = {}, false
  for i, e in ipairs(list) do
    out[i] = term.renamed(e, names)
    changed = changed or out[i] ~= e
  end
  return changed and out or list
end

local function term_with(e, names)
  return term.renamed(e, names)
end

-- The parts of an Index, a SearchIndex and a Constraint that name fields.
local PARTS = {
  index = { fields = list_with, include = list_with, expressions = terms_with, condition = term_with },
  search_index = { fields = list_with, weights = keys_with },
  constraint = {},
}

function PARTS.constraint.check(check, names, columns)
  if type(check) == "table" then return term.renamed(check, names) end
  return term.renamed_sql(check, columns)
end

-- An object with what `changes` says, or itself when nothing is different.
local function item_with(item, names, columns)
  local copy
  for part, rename in pairs(PARTS[item._class]) do
    local v = item[part]
    local new = v ~= nil and rename(v, names, columns) or v
    if new ~= v then
      if not copy then
        copy = setmetatable({}, getmetatable(item))
        for k, old in pairs(item) do copy[k] = old end
      end
      copy[part] = new
    end
  end
  return copy or item
end

local WHAT = { index = "the index", search_index = "the index", constraint = "the constraint" }

--- How messages call an index or a constraint.
function M.label(item)
  return WHAT[item._class] .. " " .. (item.name or "on " .. table.concat(item.fields, ", "))
end

local function items_with(list, names, columns, found)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = item_with(item, names, columns)
    if out[i] ~= item then found[#found + 1] = M.label(item) end
  end
  return out
end

local function lists_with(lists, names, _, found, label)
  local out = {}
  for i, list in ipairs(lists) do
    out[i] = list_with(list, names)
    if out[i] ~= list then found[#found + 1] = label end
  end
  return out
end

local function names_with(list, names, _, found, label)
  local out = list_with(list, names)
  if out ~= list then found[#found + 1] = label end
  return out
end

-- In the order of messages.
local OPTIONS = {
  { "primary_key", names_with }, { "unique_together", lists_with }, { "index_together", lists_with },
  { "indexes", items_with }, { "constraints", items_with },
}

--- Options of Meta with other names of fields and columns, each { [old] = new }, and what names
--- one of them, as a list for messages.
function M.renamed(options, names, columns)
  local out, found = compat.with(options), {}
  for _, row in ipairs(OPTIONS) do
    local option, rename = row[1], row[2]
    if out[option] then out[option] = rename(out[option], names, columns, found, "Meta." .. option) end
  end
  if out.ordering then out.ordering = list_with(out.ordering, names) end
  return out, found
end

return M
