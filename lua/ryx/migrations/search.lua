-- SPDX-License-Identifier: MIT
-- What a SearchIndex needs in a database; how each has it is in its dialect's file.
local naming = require "ryx.naming"
local search_index = require "ryx.meta.search_index"

local M = {}

-- The fields of an index: { column, weight, words (the column of its words) }, quoted.
local function fields_of(ctx, index)
  local fields = {}
  for i, name in ipairs(index.fields) do
    local f = ctx.meta:get_field(name)
    fields[i] = {
      column = ctx.quote(f.column), weight = index.weights[name] or "D", words = search_index.words_column(f),
      alone = naming.generated("words", ctx.meta.table_name, f.column),
    }
  end
  return fields
end

--- The statements that make an index; `there` holds the names of columns, indexes and
--- triggers that exist already, and is added to.
local function statements(ctx, index, there)
  local name = index:name_in(ctx.meta)
  return ctx.dialect.search(ctx, { name = name, config = index.config, fields = fields_of(ctx, index) }, there)
end

--- Every statement that a model's search indexes still need.
function M.statements(ctx, there)
  local out = {}
  for _, index in ipairs(ctx.meta.indexes) do
    if index._class == "search_index" then
      for _, sql in ipairs(statements(ctx, index, there)) do out[#out + 1] = sql end
    end
  end
  return out
end

--- Has a model any?
function M.has(meta)
  for _, index in ipairs(meta.indexes) do
    if index._class == "search_index" then return true end
  end
  return false
end

return M
