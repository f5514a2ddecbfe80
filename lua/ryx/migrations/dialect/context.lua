-- SPDX-License-Identifier: MIT
-- What the files that write SQL pass on: the alias, its dialect, how it quotes.
local db = require "ryx.db"
local errors = require "ryx.errors"
local run = require "ryx.db.run"

local M = {}

-- Each is a file here, and one of its `name` in introspect/dialect and of its `family` in ddl/dialect and rows.
local DIALECTS = { sqlite = true, postgres = true, mariadb = true, mysql = true }

-- The name of a table in SQL, behind its schema.
local function name_of(ctx, t)
  if not t.schema then return ctx.quote(t.name) end
  if not ctx.dialect.has_schemas then
    errors.raise("unsupported", "%s: Meta.schema: %s has no schemas", t.model or t.name, ctx.dialect.server)
  end
  return ctx.quote(t.schema) .. "." .. ctx.quote(t.name)
end

--- { alias, stage (ddl/rehearsal.lua), dialect, quote(identifier), name_of(table of a schema), alter(table, text),
--- columns(names) }
function M.of(alias)
  local name = run.dialect(alias)
  if not DIALECTS[name] then
    errors.raise("unsupported", "there is no schema for the database %s", tostring(name))
  end
  local ctx = {
    alias = alias, dialect = require("ryx.migrations.dialect." .. name),
    quote = function(identifier) return db.quote(alias, identifier) end,
  }
  function ctx.name_of(t) return name_of(ctx, t) end
  function ctx.alter(t, text) return "ALTER TABLE " .. name_of(ctx, t) .. " " .. text end
  function ctx.columns(names)
    local quoted = {}
    for i, column in ipairs(names) do quoted[i] = ctx.quote(column) end
    return table.concat(quoted, ", ")
  end
  return ctx
end

return M
