-- SPDX-License-Identifier: MIT
-- ryx.SearchIndex: the fields of Meta.indexes in which words are searched.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local plain_index = require "ryx.meta.index"
local naming = require "ryx.naming"

local M = {}

---@class ryx.SearchIndex
---@field name? string
---@field fields string[]
---@field weights table<string, string>
---@field config string
local SearchIndex = { _class = "search_index", unique = false }
SearchIndex.__index = SearchIndex
SearchIndex.__tostring = function(i)
  return ("<SearchIndex: %s on [%s]>"):format(i.name or "without a name", table.concat(i.fields, ", "))
end

--- The configuration of PostgreSQL's for what has no index.
M.CONFIG = "simple"

-- Each letter as what C is told.
M.WEIGHTS = { D = 0, C = 1, B = 2, A = 3 }

---@package
function SearchIndex:name_in(meta)
  return plain_index.name(self, "search", meta)
end

---@package
function SearchIndex.is_key()
  return false
end

--- Refuses fields that a model does not have, or that hold no text.
---@package
function SearchIndex:check(meta)
  for _, name in ipairs(self.fields) do
    local f = meta:get_field(name)
    if f.relation or f.kind.type ~= "text" then
      errors.raise("misuse", "%s.%s: a SearchIndex is of fields of text", meta.model_name, name)
    end
  end
end

--- The column beside a field's own that holds its words, where a database needs one.
function M.words_column(field)
  return naming.generated("_words", field.column)
end

local function holds(meta, index, fields)
  local set = {}
  for _, name in ipairs(index.fields) do set[meta:get_field(name)] = true end
  for _, field in ipairs(fields) do
    if not set[field] then return false end
  end
  return true
end

--- The index of a model that searches fields: one of just these, or, of a single field, any
--- that has it; or nil.
function M.find(meta, fields)
  local found
  for _, index in ipairs(meta.indexes) do
    if index._class == "search_index" and holds(meta, index, fields) then
      if #index.fields == #fields then return index end
      if #fields == 1 then found = found or index end
    end
  end
  return found
end

local function check_fields(fields)
  if type(fields) ~= "table" or getmetatable(fields) ~= nil or #fields == 0 then
    errors.raise("misuse", "SearchIndex needs fields = { \"title\", ... }, not %s", compat.show(fields))
  end
  local seen, names = {}, {}
  for i, name in ipairs(fields) do
    if type(name) ~= "string" then
      errors.raise("misuse", "SearchIndex: fields holds names, not %s", compat.show(name))
    end
    if seen[name] then errors.raise("misuse", "SearchIndex: the field %q is there twice", name) end
    seen[name], names[i] = true, name
  end
  return names, seen
end

local function check_weights(weights, known)
  errors.check_type(weights, "table", "SearchIndex: weights")
  for _, name in ipairs(compat.sorted_keys(weights)) do
    if not known[name] then
      errors.raise("misuse", "SearchIndex: weights names %s, which is not among its fields", compat.show(name))
    end
    if not M.WEIGHTS[weights[name]] then
      errors.raise("misuse", "SearchIndex: the weight of %s is \"A\", \"B\", \"C\" or \"D\", not %s", name,
        compat.show(weights[name]))
    end
  end
  return weights
end

local OPTIONS = { fields = true, weights = true, config = true, name = true }

---@class ryx.SearchIndexOptions
---@field fields string[] of text
---@field weights? table<string, "A"|"B"|"C"|"D"> by field; what has none is "D", the least
---@field config? string of PostgreSQL's: "simple" when not given, "english" for words by their stems
---@field name? string by rule when not given

--- What filter{ title__search = "words" }, Search and SearchRank look into, for Meta.indexes.
--- ryx.SearchIndex{ fields = { "title", "body" }, weights = { title = "A" } }
---@param options ryx.SearchIndexOptions
---@return ryx.SearchIndex
function M.SearchIndex(options)
  errors.check_options(options, OPTIONS, "SearchIndex")
  local names, known = check_fields(options.fields)
  if options.name ~= nil then errors.check_type(options.name, "string", "SearchIndex: name") end
  local config = options.config
  if config == nil then config = M.CONFIG end
  if type(config) ~= "string" or not config:find("^[%a_][%w_.]*$") then
    errors.raise("misuse", "SearchIndex: config is the name of a text search configuration, not %s",
      compat.show(config))
  end
  return setmetatable({
    fields = names, weights = check_weights(options.weights or {}, known), config = config, name = options.name,
  }, SearchIndex)
end

return M
