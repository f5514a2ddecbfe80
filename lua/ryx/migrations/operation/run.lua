-- SPDX-License-Identifier: MIT
-- m.run_sql, run_lua, noop: what the user does to rows and to what models say nothing of.
local apps = require "ryx.migrations.operation.apps"
local base = require "ryx.migrations.operation.base"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local run = require "ryx.db.run"
local sql_context = require "ryx.migrations.dialect.context"
local statements = require "ryx.migrations.text.statements"

local M = {}

local function unchanged(_, state)
  return state
end

--- Does nothing: as the way back of run_lua and run_sql.  m.run_sql("ANALYZE posts", m.noop)
function M.noop() end

-- Texts of SQL as statements, which end as a dialect says.
local function statements_of(texts, dialect)
  local list = {}
  for _, text in ipairs(texts or {}) do
    for _, sql in ipairs(statements.split(text, dialect)) do list[#list + 1] = sql end
  end
  return list
end

local sql_kind = base.kind("run_sql", {
  apply = unchanged,
  describe = function(op)
    local first = (op.forwards[1] or "nothing"):gsub("%s+", " ")
    return "run SQL: " .. (#first > 60 and first:sub(1, 57) .. "..." or first)
  end,
  slug = function() return "run_sql" end,
  --- The statements of a direction, "forwards" or "backwards", on a dialect.
  statements = function(op, direction, dialect) return statements_of(op[direction], dialect) end,
  --- Runs them on context.alias, each by context.execute where that is given.
  run = function(op, direction, context)
    local alias = context.alias
    for _, sql in ipairs(statements_of(op[direction], sql_context.of(alias).dialect)) do
      if context.execute then context.execute(sql) else run.execute_sql(alias, run.current_tx(alias), sql) end
    end
  end,
})

-- A text or a list of them as a list.
local function texts_of(what, sql)
  if sql == M.noop then return {} end
  if type(sql) ~= "string" and type(sql) ~= "table" then
    errors.raise("misuse", "%s takes a text of SQL or a list of them, not %s", what, compat.show(sql))
  end
  local list = type(sql) == "table" and sql or { sql }
  for i, text in ipairs(list) do
    if type(text) ~= "string" then
      errors.raise("misuse", "%s: item %d is a text of SQL, not %s", what, i, compat.show(text))
    end
  end
  return list
end

--- Statements of your own, as a text or a list; `reverse` undoes them. Without it there is no way
--- back; m.noop says that nothing has to be undone.
--- m.run_sql("CREATE VIEW recent AS SELECT * FROM posts", "DROP VIEW recent")
---@param sql string|string[]
---@param reverse? string|string[]|function
---@return ryx.Operation
function M.run_sql(sql, reverse)
  return sql_kind{
    forwards = texts_of("run_sql", sql),
    backwards = reverse ~= nil and texts_of("run_sql: the way back", reverse) or nil,
    is_reversible = reverse ~= nil,
  }
end

local lua_kind = base.kind("run_lua", {
  apply = unchanged,
  describe = function() return "run Lua" end,
  slug = function() return "run_lua" end,
  --- Calls the function of a direction with the models of context.state on context.alias.
  run = function(op, direction, context) op[direction](apps.new(context)) end,
})

--- A function of your own over the models as they were at this point; `backwards` undoes it. Without
--- it there is no way back; m.noop says that nothing has to be undone.
--- m.run_lua(function(apps) apps:model("Post").objects:update_all{ state = "live" } end, m.noop)
---@param forwards fun(apps: ryx.Apps)
---@param backwards? fun(apps: ryx.Apps)
---@return ryx.Operation
function M.run_lua(forwards, backwards)
  errors.check_type(forwards, "function", "run_lua")
  if backwards ~= nil then errors.check_type(backwards, "function", "run_lua: the way back") end
  return lua_kind{ forwards = forwards, backwards = backwards, is_reversible = backwards ~= nil }
end

return M
