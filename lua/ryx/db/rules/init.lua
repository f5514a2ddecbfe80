-- SPDX-License-Identifier: MIT
-- What the foreign keys of a database do when the row they lead to is deleted: asked of its
-- catalog once for a table, and forgotten when the schema changes. It is no query of the
-- program's, so on_query is not told of it.
local admission = require "ryx.host.admission"
local core = require "ryx.core"
local errors = require "ryx.errors"
local host = require "ryx.host"
local run = require "ryx.db.run"

local M = {}

-- What differs between databases is in a file for each.
local function dialect_of(alias)
  return require("ryx.db.rules." .. run.dialect(alias))
end

local function ask(alias, tx, sql, params)
  local e = host.sends()
  local ms = admission.time_left()
  local what = { sql = sql, alias = alias, kind = "raw" }
  local slot, err = core.send_sql(e, alias.number, sql, tx and admission.enter(tx) or 0, ms, nil, params)
  run.steps.settle(e, slot, err, what, tx)
  run.steps.forget()
  local list, n = core.dicts(e, slot)
  if not list then run.steps.fail(n, what) end
  return list
end

-- The names stand in the text as often as it asks for them.
local function learn(alias, tx, dialect, names)
  local known, params = alias.rules, {}
  local places = ("?, "):rep(#names):sub(1, -3)
  local sql, n = dialect.sql:gsub("%%s", places)
  for _ = 1, n do
    for _, name in ipairs(names) do params[#params + 1] = name end
  end
  for _, name in ipairs(names) do known[name] = false end
  for _, row in ipairs(ask(alias, tx, sql, params)) do
    local name = dialect.folds and row.tab:lower() or row.tab
    known[name] = known[name] or {}
    if row.col then known[name][dialect.folds and row.col:lower() or row.col] = row.rule or "NO ACTION" end
  end
end

--- What the functions below call the table of a model.
function M.name(meta)
  return meta.schema and meta.schema .. "." .. meta.table_name or meta.table_name
end

--- Has the catalog answer for tables of an alias that were not asked about yet.
function M.learn(alias, tx, tables)
  local dialect, names, added = dialect_of(alias), {}, {}
  if not alias.rules then alias.rules = {} end
  for _, name in ipairs(tables) do
    if dialect.folds then name = name:lower() end
    if alias.rules[name] == nil and not added[name] then names[#names + 1], added[name] = name, true end
  end
  if #names > 0 then learn(alias, tx, dialect, names) end
end

--- Does its CASCADE end with an error at some depth of rows?
function M.has_depth(alias)
  return dialect_of(alias).is_too_deep ~= nil
end

--- Is it that error?
function M.is_too_deep(alias, err)
  return errors.is_error(err) and dialect_of(alias).is_too_deep(err)
end

--- Is a table there, and what does the key of a column do? "CASCADE", ...; nil when there is
--- no key.
function M.of(alias, table_name, column)
  if dialect_of(alias).folds then table_name, column = table_name:lower(), column:lower() end
  local columns = alias.rules[table_name]
  if not columns then return false end
  return true, columns[column]
end

return M
