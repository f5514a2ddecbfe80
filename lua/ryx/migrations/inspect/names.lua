-- SPDX-License-Identifier: MIT
-- Names of models and fields for tables and columns that may be called anything.
local compat = require "ryx.compat"
local instance = require "ryx.model.instance"
local naming = require "ryx.naming"

local M = {}

-- A name that is not taken, with a number behind it where it must.
local function free(taken, name)
  local one, n = name, 2
  while taken[one] do
    one, n = name .. n, n + 1
  end
  taken[one] = true
  return one
end

--- The names of models by the keys of tables.
function M.models(tables)
  local names, taken = {}, {}
  for _, key in ipairs(compat.sorted_keys(tables)) do
    names[key] = free(taken, naming.model_name(tables[key].name))
  end
  return names
end

local RESERVED = {
  pk = true, objects = true, Meta = true, clean = true, DoesNotExist = true, MultipleObjectsReturned = true,
}
for _, when in ipairs{ "before", "after" } do
  for _, what in ipairs{ "save", "delete" } do RESERVED[when .. "_" .. what] = true end
end
for name in pairs(instance.methods) do RESERVED[name] = true end

-- A name that a field may have.
local function allowed(name)
  name = name:gsub("[^%w]+", "_"):gsub("^_+", ""):gsub("_+$", "")
  if not name:find("^%a") then name = name == "" and "field" or "n" .. name end
  return RESERVED[name] and name .. "_field" or name
end

--- Names for the columns of a table: { [column] = name of the field }. Keys of one column lose their
--- _id, since the field has it back (`is_key`).
function M.fields(columns, is_key)
  local names, taken = {}, {}
  -- Plain columns first: they keep their names where keys can do with another one.
  for _, pass in ipairs{ false, true } do
    for _, c in ipairs(columns) do
      if (is_key[c.name] ~= nil) == pass then
        local short = pass and c.name:match("^(.+)_id$")
        local name = allowed(short or c.name)
        while pass and (taken[name] or taken[name .. "_id"]) do name = name .. "_ref" end
        names[c.name] = free(taken, name)
        if pass then taken[names[c.name] .. "_id"] = true end
      end
    end
  end
  return names
end

return M
