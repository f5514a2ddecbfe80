-- SPDX-License-Identifier: MIT
-- How a database differs from what its migrations say, in words: changes (diff/init.lua) that would have to be done.
local compat = require "ryx.compat"
local diff_table = require "ryx.migrations.diff.table"

local WORDS = {
  foreign_key = { "foreign_keys", "a foreign key" }, check = { "checks", "a check" }, index = { "indexes", "an index" },
  unique = { "uniques", "a unique key" }, search = { "searches", "a search index" },
  primary_key = { nil, "a primary key" },
}

local FACETS = { "type", "collation", "null", "identity", "default", "generated", "comment" }

local FACET = {
  type = function(c) return c.type end,
  collation = function(c) return c.collation and "COLLATE " .. c.collation or "without a collation" end,
  null = function(c) return c.null and "NULL" or "NOT NULL" end,
  identity = function(c) return c.identity and "counted by the database" or "not counted by the database" end,
  default = function(c) return c.default and "DEFAULT " .. c.default or "without a default" end,
  generated = function(c)
    local how = c.virtual and ", worked out when it is read" or ""
    return c.generated and "generated as " .. c.generated .. how or "not generated"
  end,
  comment = function(c) return c.comment and "commented " .. compat.show(c.comment) or "without a comment" end,
}

-- What a column is, of that which differs.
local function facets(c, difference)
  local list = {}
  for _, name in ipairs(FACETS) do
    if difference[name] then list[#list + 1] = FACET[name](c) end
  end
  return table.concat(list, " ")
end

local TEXT = {}

function TEXT.create_table(change) return ("there is no table %s"):format(change.table) end

function TEXT.add_column(change) return ("%s has no column %s"):format(change.table, change.column.name) end

function TEXT.drop_table(change, unknown) return ("there is a table %s, %s"):format(change.table, unknown) end

function TEXT.drop_column(change, unknown)
  return ("%s has a column %s, %s"):format(change.table, change.name, unknown)
end

function TEXT.alter_column(change)
  return ("%s.%s is %s, not %s"):format(change.table, change.to.name, facets(change.from, change.difference),
    facets(change.to, change.difference))
end

function TEXT.comment_table(change)
  return ("%s is %s, not %s"):format(change.table, FACET.comment(change.pair.from), FACET.comment(change.to))
end

-- The other half of a part that goes and comes again, by kind and name.
local function halves_of(changes)
  local halves = {}
  for _, change in ipairs(changes) do
    local verb, what = change.kind:match("^(%a+)_(.+)$")
    if WORDS[what] and (verb == "add" or verb == "drop") then
      local part = verb == "add" and change.to or change.from
      local id = table.concat({ change.table, what, part.name or "" }, "\0")
      halves[id] = halves[id] or {}
      halves[id][verb], halves[change] = part, halves[id]
    end
  end
  return halves
end

local function part_text(change, half, dialect, unknown)
  local verb, what = change.kind:match("^(%a+)_(.+)$")
  local set, word = WORDS[what][1], WORDS[what][2]
  local name = (half.add or half.drop).name
  local called = name and " " .. name or ""
  if half.add and half.drop then
    -- What stays as it is goes only because something else changes.
    if verb == "drop" or set and diff_table.is_same(dialect, set, half.drop, half.add) then return nil end
    return ("%s has %s%s that is another one"):format(change.table, word, called)
  end
  if verb == "add" then return ("%s lacks %s%s"):format(change.table, word, called) end
  return ("%s has %s%s, %s"):format(change.table, word, called, unknown)
end

local function rename_text(change)
  local what = change.kind:match("^rename_(.+)$"):gsub("_", " ")
  return ("%s has %s %s under the name %s"):format(change.table, what, change.to.name, change.from.name)
end

--- A line for each difference; tables that are made have their parts with them. `unknown` is said of what should not be
--- there.
return function(changes, dialect, unknown)
  local halves, lines = halves_of(changes), {}
  for _, change in ipairs(changes) do
    local text
    if TEXT[change.kind] then
      text = TEXT[change.kind](change, unknown)
    elseif halves[change] and not change.is_new then
      text = part_text(change, halves[change], dialect, unknown)
    elseif change.kind:find("^rename_") then
      text = rename_text(change)
    end
    lines[#lines + 1] = text
  end
  return lines
end
