-- SPDX-License-Identifier: MIT
-- The models that inspect/init.lua makes of tables, compared with them before they are written.
local canonical = require "ryx.migrations.text.canonical"
local check = require "ryx.migrations.text.check"
local compat = require "ryx.compat"
local diff = require "ryx.migrations.diff"
local expression = require "ryx.migrations.inspect.expression"
local field_form = require "ryx.migrations.state.field_form"
local generated = require "ryx.migrations.text.generated"
local index = require "ryx.meta.index"
local introspect = require "ryx.migrations.introspect"
local naming = require "ryx.naming"
local schema = require "ryx.migrations.schema"
local state = require "ryx.migrations.state"

-- The record of a model, with less of it where ryx refuses what the database has.
local function record_of(w)
  if not w.key[1] then return nil end
  local ok, record = pcall(state.record, w.name, w.def)
  if ok then return record end
  w.notes[#w.notes + 1] = tostring(record.message or record)
  w.is_managed = false
  local keys, table_name = w.def.Meta.primary_key, w.table.name
  w.def.Meta = { table_name = naming.table_name(w.name) ~= table_name and table_name or nil, primary_key = keys,
    db_comment = w.table.comment }
  ok, record = pcall(state.record, w.name, w.def)
  return ok and record or nil
end

local WORDS = { add = "add", drop = "drop", alter = "change", rename = "rename" }

-- "add check ck_posts_n", for a comment.
local function words_of(change)
  local verb, what = change.kind:match("^(%a+)_(.*)$")
  local part = change.to or change.column or change.from
  local name = type(part) == "table" and part.name or part or ""
  return ("%s %s %s"):format(WORDS[verb] or verb, what:gsub("_", " "), tostring(name))
end

local function state_of(works)
  local s = state.new()
  for _, w in pairs(works) do s = s:with(w.name, w.record) end
  return s
end

-- A Q that says another thing than the check becomes its text.
local function settle_checks(ctx, works, s)
  for _, w in pairs(works) do
    local list = w.record.options.constraints or {}
    for i, c in ipairs(list) do
      local text = w.texts[c.name]
      local ok, sql = pcall(function() return check.sql(s:meta(w.name), ctx.dialect, ctx.quote, c.check) end)
      if not ok or not canonical.is_same(ctx.dialect, sql, text) then
        list[i] = index.Constraint{ check = text, name = c.name }
      end
    end
  end
end

-- The text that a field would be worked out by with another expression, or nil where it cannot be.
local function text_with(ctx, s, w, place, f)
  local fields = {}
  for i, pair in ipairs(w.record.fields) do fields[i] = i == place and { pair[1], f } or pair end
  local record = compat.with(w.record, { fields = fields })
  local ok, sql = pcall(function()
    return generated.text(ctx, s:with(w.name, record):meta(w.name).paths[fields[place][1]])
  end)
  return ok and sql or nil
end

-- SQL that an expression says as well becomes that.
local function settle_generated(ctx, works, s)
  for _, w in pairs(works) do
    for place, pair in ipairs(w.record.fields) do
      local c = pair[2].generated and w.columns[pair[1]]
      local tree = c and canonical.tree(ctx.dialect, c.generated)
      local e = tree and expression(tree, w.of)
      local f = e and field_form.copy(pair[2], { expression = e })
      local sql = f and text_with(ctx, s, w, place, f)
      if sql and canonical.is_same(ctx.dialect, sql, c.generated) then pair[2] = f end
    end
  end
end

-- What differs of some models; `all` are those that they may refer to.
local function differences(alias, ctx, found, works, all)
  settle_checks(ctx, works, state_of(all))
  settle_generated(ctx, works, state_of(all))
  local names = {}
  for _, w in pairs(works) do names[#names + 1] = w.name end
  table.sort(names)
  local after = schema.of(alias, state_of(all):metas(names))
  local before = introspect.aligned(ctx.dialect, found, after)
  local out = {}
  for _, change in ipairs(diff.run(before, after, nil, ctx.dialect)) do
    out[change.table] = out[change.table] or {}
    table.insert(out[change.table], words_of(change))
  end
  return out
end

--- What models would make of the tables that is not so, by the keys of tables: { "add check ck_posts_n", ... }.
--- Gives each of the works (inspect/init.lua) its record. Tables of which no schema can be made are nobody's.
return function(alias, ctx, found, works)
  local managed, tables = {}, {}
  for key, w in pairs(works) do
    w.record = record_of(w)
    if w.record and w.is_managed then managed[key], tables[key] = w, found[key] end
  end
  local ok, out = pcall(differences, alias, ctx, tables, managed, managed)
  if ok then return out end
  local each = {}
  for key, w in pairs(managed) do
    local fine, one = pcall(differences, alias, ctx, { [key] = found[key] }, { [key] = w }, managed)
    each[key] = fine and one[key] or not fine and { tostring(one.message or one) } or nil
  end
  return each
end
