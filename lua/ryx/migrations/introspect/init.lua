-- SPDX-License-Identifier: MIT
-- The schema of a live database as data, spelled as schema/init.lua spells that of models, in a number of
-- statements that does not depend on how many tables there are.
local compat = require "ryx.compat"
local db = require "ryx.db"
local run = require "ryx.db.run"

local M = {}

--- The catalog of a dialect: how it is read, and what it tells.
function M.catalog_of(dialect)
  return require("ryx.migrations.introspect.dialect." .. dialect.name)
end

-- Some databases tell no unique constraint from a unique index.
local function align_uniques(t, like)
  for name, key in pairs(t.uniques) do
    local ix = like.indexes[name]
    if ix and ix.unique then
      local parts = {}
      for i, column in ipairs(key.columns) do parts[i] = { column = column, desc = false } end
      t.indexes[name], t.uniques[name] = { name = name, unique = true, parts = parts, place = key.place }, nil
    end
  end
end

-- Nor letters that were asked for from those that a server takes by itself.
local function align_letters(t, like)
  for name, ix in pairs(t.indexes) do
    for i, part in ipairs(like.indexes[name] and like.indexes[name].parts or {}) do
      if ix.parts[i] and not part.letters then ix.parts[i].letters = nil end
    end
  end
end

-- Nor a key that is always given from one that may be left out.
local function align_keys(t, like)
  local identity = {}
  for _, c in ipairs(like.columns) do identity[c.name] = c.identity or false end
  for _, c in ipairs(t.columns) do
    if c.makes_key and identity[c.name] ~= nil then c.identity = identity[c.name] or nil end
  end
end

-- What a catalog does not tell is as the models say.
local function align(catalog, t, like)
  if catalog.mixes_uniques then align_uniques(t, like) end
  if catalog.cuts_indexes then align_letters(t, like) end
  align_keys(t, like)
end

-- A comment that is not expected may be a person's note.
local function mark_notes(t, like)
  local said = {}
  for _, c in ipairs(like and like.columns or {}) do said[c.name] = c.comment end
  t.is_noted = t.comment and not (like and like.comment) or nil
  for _, c in ipairs(t.columns) do c.is_noted = c.comment and not said[c.name] or nil end
end

--- Tables as a schema that is expected spells them.
function M.aligned(dialect, tables, like)
  for key, t in pairs(tables) do
    mark_notes(t, like.tables[key])
    if like.tables[key] then align(M.catalog_of(dialect), t, like.tables[key]) end
  end
  return { tables = tables }
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
  local function fetch(sql, params) return run.fetch_sql(at, tx, sql, params) end
  return M.aligned(dialect, M.catalog_of(dialect).read(fetch, wanted), options.like or { tables = {} })
end

return M
