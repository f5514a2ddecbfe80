-- SPDX-License-Identifier: MIT
-- From one state to the next, what two schemas do not tell: which table or column is another one
-- under a new name, and what old rows get in columns that are never NULL.
local check = require "ryx.migrations.text.check"
local compat = require "ryx.compat"
local db_default = require "ryx.query.write.db_default"
local errors = require "ryx.errors"
local field_form = require "ryx.migrations.state.field_form"
local value = require "ryx.value"

local M = {}

local function key_of(meta)
  return meta.schema and meta.schema .. "." .. meta.table_name or meta.table_name
end

local function note_column(hints, to_meta, from, to)
  if from.column == to.column then return end
  local key = key_of(to_meta)
  hints.columns[key] = hints.columns[key] or {}
  hints.columns[key][from.column] = to.column
end

local function note_table(hints, from_meta, to_meta)
  local from, to = key_of(from_meta), key_of(to_meta)
  if from ~= to then hints.tables[from] = to end
end

local function many_of(meta, name)
  for _, f in ipairs(meta.many_to_many) do
    if f.name == name then return f end
  end
end

-- A join table of ryx's making is called after the models and the field.
local function note_join(hints, from, to)
  if not from or not to or from.through or to.through then return end
  local from_meta, to_meta = from:through_meta(), to:through_meta()
  note_table(hints, from_meta, to_meta)
  local here, there = from:join_keys()
  local new_here, new_there = to:join_keys()
  note_column(hints, to_meta, here, new_here)
  note_column(hints, to_meta, there, new_there)
end

-- A value for rows that are there, as SQL.
local function sql_of(ctx, f, v)
  if v == value.null then return "NULL" end
  if value.is_expression(v) then
    local given = setmetatable({ db_default = v }, { __index = f })
    return db_default.text(ctx.alias, given, ctx.quote, ctx.dialect.default_text)
  end
  local text, problem = check.any_literal(ctx.dialect, f, v)
  if not text then
    errors.raise("misuse", "%s.%s: fill: %s is no value of it%s", f.meta.model_name, f.name, compat.show(v),
      problem and ": " .. problem or "")
  end
  return text
end

--- What rows that are there get as SQL, or nil.
function M.fill(ctx, f, v)
  if v == nil then return nil end
  return sql_of(ctx, f, v)
end

-- Rows that are there have nothing in a column that is new, and perhaps NULL in one that was so.
local function note_fill(hints, from, to, travel)
  if to.auto or from and (to.primary_key or not from.null) then return end
  local given = travel.fill[to.meta.model_name .. "." .. to.name]
  if given == nil and (to.null or not from and field_form.has_default(to)) then return end
  local v = field_form.fill(to, given, travel.moment)
  if v == nil and travel.backwards then v = field_form.empty(to) end
  if v == nil then return end
  local key = key_of(to.meta)
  hints.fill[key] = hints.fill[key] or {}
  hints.fill[key][to.column] = sql_of(travel.ctx, to, v)
end

-- The names that fields of a model had; those of others are the same.
local function old_names(travel, from_meta, to_meta)
  local renamed = travel.fields[(travel.backwards and from_meta or to_meta).model_name] or {}
  return travel.backwards and renamed or compat.inverted(renamed)
end

local function note_model(hints, from_meta, to_meta, travel)
  note_table(hints, from_meta, to_meta)
  local old = old_names(travel, from_meta, to_meta)
  for _, f in ipairs(to_meta.fields) do
    local was = from_meta.paths[old[f.name] or f.name]
    if was then note_column(hints, to_meta, was, f) end
    note_fill(hints, was, f, travel)
  end
  for _, f in ipairs(to_meta.many_to_many) do
    note_join(hints, many_of(from_meta, old[f.name] or f.name), f)
  end
end

--- The hints for schemas of two states, `from` and `to` in the direction of travel:
--- tables = { [old key] = new key }, columns = { [new key of the table] = { [old] = new } },
--- fill = { [new key] = { [column] = SQL } }. `travel` is { ctx, backwards, moment } and, of the way
--- forwards, models = { [old] = new }, fields = { [new model] = { [old] = new } },
--- fill = { ["Model.field"] = value }.
function M.of(from, to, travel)
  local hints = { tables = {}, columns = {}, fill = {} }
  local was = travel.backwards and travel.models or compat.inverted(travel.models)
  for _, name in ipairs(to:names()) do
    local old = was[name] or name
    if from:get(old) and from:get(old) ~= to:get(name) and to:get(name).is_managed then
      note_model(hints, from:meta(old), to:meta(name), travel)
    end
  end
  return hints
end

return M
