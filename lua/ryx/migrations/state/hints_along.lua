-- SPDX-License-Identifier: MIT
-- The hints of many operations as one (hints.lua), from the first schema to the last.
local compat = require "ryx.compat"
local schema = require "ryx.migrations.schema"
local touched = require "ryx.migrations.state.touched"

local M = {}

local Along = {}
Along.__index = Along

--- No operation yet: { tables, columns, fill } of hints, and `released`, the keys of tables of before that others look
--- after now.
function M.new()
  return setmetatable({ tables = {}, columns = {}, fill = {}, released = {} }, Along)
end

-- What is held by names, under the names that those get.
local function moved(set, names)
  local out, new = {}, compat.inverted(names)
  for name, v in pairs(set) do
    if not new[name] then out[names[name] or name] = v end
  end
  for old, name in pairs(names) do out[name] = set[old] end
  return out
end

-- Renames that come after others.
local function follow(all, names)
  local origin = compat.inverted(all)
  local out = {}
  for old, new in pairs(all) do out[old] = new end
  for old, new in pairs(names) do out[origin[old] or old] = new end
  return out
end

local function add(self, hints)
  self.tables = follow(self.tables, hints.tables)
  self.columns, self.fill = moved(self.columns, hints.tables), moved(self.fill, hints.tables)
  for key, names in pairs(hints.columns) do
    self.columns[key] = follow(self.columns[key] or {}, names)
    self.fill[key] = self.fill[key] and moved(self.fill[key], names)
  end
  for key, fills in pairs(hints.fill) do
    self.fill[key] = self.fill[key] or {}
    for column, sql in pairs(fills) do self.fill[key][column] = sql end
  end
end

local function release(self, from, to)
  local origin = compat.inverted(self.tables)
  for _, meta in ipairs(from:metas(touched(from, to))) do
    local key = schema.key{ name = meta.table_name, schema = meta.schema }
    self.released[origin[key] or key] = true
  end
end

--- Goes on with operations; the state after them.
function Along:go(ctx, operations, state)
  for _, op in ipairs(operations) do
    local after = op:apply(state)
    if not op.run then
      local hints = op:hints(ctx, state, after, false)
      if hints.untouched then release(self, state, after) else add(self, hints) end
    end
    state = after
  end
  return state
end

return M
