-- SPDX-License-Identifier: MIT
-- Changes -> steps, each one statement (step.lua). What databases write in another way is in
-- the file of each family in dialect.
local by_rebuild = require "ryx.migrations.ddl.by_rebuild"
local compat = require "ryx.compat"
local definition = require "ryx.migrations.ddl.definition"
local index = require "ryx.migrations.ddl.index"

local M = {}

local STANDARD = {}

-- What a database may lack for the generated columns among some, for errors.
local function lacks(t, columns)
  local names = {}
  for _, c in ipairs(columns) do
    if c.generated then names[#names + 1] = (t.model or t.name) .. "." .. c.name end
  end
  return names[1] and ("the database cannot work out %s so"):format(table.concat(names, ", ")) or nil
end

function STANDARD.create_table(ctx, change)
  local t = change.to
  return {
    {
      sql = definition.create_table(ctx, t, change.later), what = "create table " .. t.name,
      lacks = lacks(t, t.columns),
    },
  }
end

function STANDARD.drop_table(ctx, change)
  return {
    {
      sql = "DROP TABLE " .. ctx.name_of(change.from), what = "drop table " .. change.from.name, risk = "destructive",
    },
  }
end

function STANDARD.rename_table(ctx, change)
  local what = ("rename table %s to %s"):format(change.from.name, change.to.name)
  return { { sql = ctx.alter(change.at, "RENAME TO " .. ctx.quote(change.to.name)), what = what } }
end

function STANDARD.rename_column(ctx, change)
  return {
    {
      sql = ctx.alter(change.at, ("RENAME COLUMN %s TO %s"):format(ctx.quote(change.from), ctx.quote(change.to))),
      what = ("rename column %s to %s of %s"):format(change.from, change.to, change.at.name),
    },
  }
end

-- Rows that are there get `fill`, which is no default afterwards.
function STANDARD.add_column(ctx, change)
  local c, t = change.column, change.at
  local name, first = ctx.quote(c.name), c
  if change.fill and change.fill ~= c.default then
    first = compat.with(c, { default = ctx.dialect.fill and ctx.dialect.fill(c, change.fill) or change.fill })
  end
  local what = ("add column %s to %s%s"):format(c.name, t.name, change.recomputed and ", recomputed" or "")
  local is_worked_out = c.generated and not c.virtual
  local steps = {
    {
      sql = ctx.alter(t, "ADD COLUMN " .. definition.added(ctx, first)), what = what,
      risk = (c.identity or is_worked_out) and "blocking" or nil, column = c.name, lacks = lacks(t, { c }),
    },
  }
  if first == c then return steps end
  steps[1].mark = ctx.alter(t, "ADD COLUMN " .. name .. " " .. definition.column_body(ctx, c))
  local default = c.default and "SET DEFAULT " .. c.default or "DROP DEFAULT"
  steps[2] = { sql = ctx.alter(t, ("ALTER COLUMN %s %s"):format(name, default)), what = what }
  return steps
end

function STANDARD.drop_column(ctx, change)
  return {
    {
      sql = ctx.alter(change.at, "DROP COLUMN " .. ctx.quote(change.name)), column = change.name,
      risk = not change.column.generated and "destructive" or nil,
      what = ("drop column %s of %s%s"):format(change.name, change.at.name,
        change.recomputed and ", which is recomputed" or ""),
    },
  }
end

-- What a constraint is called in words, and how it is written.
local CONSTRAINTS = {
  foreign_key = { "foreign key", definition.foreign_key }, check = { "check", definition.check },
  unique = { "unique key", definition.unique },
}
for kind, row in pairs(CONSTRAINTS) do
  local word, write = row[1], row[2]
  STANDARD["add_" .. kind] = function(ctx, change)
    return {
      {
        sql = ctx.alter(change.at, "ADD " .. write(ctx, change.to)), risk = "blocking",
        column = (change.to.columns or {})[1],
        what = ("add %s %s to %s"):format(word, change.to.name, change.at.name),
      },
    }
  end
  STANDARD["drop_" .. kind] = function(ctx, change)
    return {
      {
        sql = ctx.alter(change.at, "DROP CONSTRAINT " .. ctx.quote(change.from.name)),
        what = ("drop %s %s of %s"):format(word, change.from.name, change.at.name),
      },
    }
  end
end

function STANDARD.add_index(ctx, change)
  local t, ix = change.at, change.to
  local what = ("add index %s to %s"):format(ix.name, t.name)
  return {
    {
      sql = index.create(ctx, t, ix), what = what, risk = not ix.concurrently and "blocking" or nil,
      column = ix.parts[1].column,
      lacks = ("%s: the index %s"):format(t.model or t.name, ix.name),
    },
  }
end

function STANDARD.drop_index(ctx, change)
  return {
    {
      sql = "DROP INDEX " .. index.name(ctx, change.at, change.from.name),
      what = ("drop index %s of %s"):format(change.from.name, change.at.name),
    },
  }
end

-- The objects that searches hold, but for those of one, as a set.
local function objects_of(searches, but)
  local set = {}
  for name, search in pairs(searches) do
    for _, object in ipairs(name ~= but and search.objects or {}) do set[object] = true end
  end
  return set
end

local function each_as_step(statements, what, risk)
  local steps = {}
  for i, statement in ipairs(statements) do
    local step = type(statement) == "table" and statement or { sql = statement }
    step.what, step.risk, steps[i] = what, risk, step
  end
  return steps
end

-- Searches of a table share words: what those before made, or what there is of it, is there.
function STANDARD.add_search(ctx, change, state)
  local t, search = change.at, change.to
  local there = state.objects[change.table] or objects_of(change.pair and change.pair.kept or {})
  local statements = ctx.dialect.search(ctx, t, search, there)
  for _, name in ipairs(search.objects) do there[name] = true end
  state.objects[change.table] = there
  return each_as_step(statements, ("add search index %s to %s"):format(search.name, t.name), "blocking")
end

-- What two of them shared goes once, and with the last.
function STANDARD.drop_search(ctx, change, state)
  local kept = objects_of(change.pair and change.pair.kept or {}, change.from.name)
  local statements = {}
  for _, sql in ipairs(ctx.dialect.drop_search(ctx, change.at, change.from, kept)) do
    if not state.dropped[sql] then statements[#statements + 1] = sql end
    state.dropped[sql] = true
  end
  return each_as_step(statements, ("drop search index %s of %s"):format(change.from.name, change.at.name))
end

-- Of a table that is made along with it no row can be in the way.
local function finish(step, change)
  if change.is_new then step.risk = nil end
  if step.column and change.at then step.column = change.at.name .. "." .. step.column end
  step.column = step.risk and step.column or nil
  return step
end

--- The steps of changes (diff.run), in order; a run may end after any of them and go on later.
function M.steps(ctx, changes)
  local state, steps = { objects = {}, dropped = {}, standard = STANDARD }, {}
  local own = require("ryx.migrations.ddl.dialect." .. ctx.dialect.family)
  local function write(change) return (own[change.kind] or STANDARD[change.kind])(ctx, change, state) end
  if ctx.dialect.rebuilds then changes = by_rebuild(ctx, changes, write) end
  for _, change in ipairs(changes) do
    for _, step in ipairs(change.steps or write(change)) do steps[#steps + 1] = finish(step, change) end
  end
  return steps
end

return M
