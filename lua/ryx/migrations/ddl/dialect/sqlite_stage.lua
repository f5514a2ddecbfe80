-- SPDX-License-Identifier: MIT
-- A database in memory in which steps are rehearsed (rehearsal.lua), with the tables of another one, without rows.
local db = require "ryx.db"
local step = require "ryx.migrations.ddl.step"

local M = {}

-- In the order in which they can be made; tables of other tables' making come by themselves.
local OBJECTS = "SELECT m.sql AS sql FROM sqlite_schema AS m LEFT JOIN pragma_table_list AS l ON l.schema = 'main' "
  .. "AND l.name = m.name AND m.type = 'table' WHERE m.sql IS NOT NULL AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
  .. "AND (m.type <> 'table' OR l.type <> 'shadow') ORDER BY CASE m.type WHEN 'table' THEN 1 WHEN 'view' THEN 2 "
  .. "WHEN 'index' THEN 3 ELSE 4 END, m.rowid"

local n_stages = 0

--- The alias of a new one, like the database of an alias, empty for nil.
function M.open(alias)
  n_stages = n_stages + 1
  local stage = db.add(("ryx stage %d"):format(n_stages), "sqlite::memory:")
  for _, object in ipairs(alias and step.fetch(alias, OBJECTS) or {}) do
    -- What made no sense there, a view of a table that is gone, makes none here.
    pcall(step.execute, stage, object.sql)
  end
  return stage
end

function M.close(stage)
  db.forget(stage)
end

return M
