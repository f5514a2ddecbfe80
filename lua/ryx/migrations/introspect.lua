-- SPDX-License-Identifier: MIT
-- The schema of a live database as data, spelled as schema.lua spells that of models, in a number of
-- statements that does not depend on how many tables there are.
local compat = require "ryx.compat"
local db = require "ryx.db"
local run = require "ryx.db.run"

local M = {}

-- Some databases tell no unique constraint from a unique index: then it is what the models say.
local function align(t, like)
  if not like then return end
  for name, key in pairs(t.uniques) do
    local ix = like.indexes[name]
    if ix and ix.unique then
      local parts = {}
      for i, column in ipairs(key.columns) do parts[i] = { column = column, desc = false } end
      t.indexes[name], t.uniques[name] = { name = name, unique = true, parts = parts, place = key.place }, nil
    end
  end
end

--- The tables of a database: all, those whose keys are in `tables`, or those of a schema, which is
--- `like` what is expected.  introspect.run("default", { tables = { "posts" } })
function M.run(alias, options)
  options = options or {}
  local at = type(alias) == "table" and alias or db.alias(alias)
  local like = options.like and options.like.tables
  local wanted = options.tables or like and compat.sorted_keys(like)
  if wanted and wanted[1] == nil then return { tables = {} } end
  local dialect = require("ryx.migrations.dialect." .. run.dialect(at))
  local tx = run.current_tx(at)
  local tables = dialect.catalog.read(function(sql, params) return run.fetch_sql(at, tx, sql, params) end, wanted)
  for key, t in pairs(tables) do
    if dialect.catalog.mixes_uniques then align(t, like and like[key]) end
  end
  return { tables = tables }
end

return M
