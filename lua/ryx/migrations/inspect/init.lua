-- SPDX-License-Identifier: MIT
-- A database as a module of models: what `ryx inspectdb` writes. The models are made and compared with
-- the tables; what they would make otherwise is not theirs to manage.
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local db = require "ryx.db"
local errors = require "ryx.errors"
local inspect_compare = require "ryx.migrations.inspect.compare"
local inspect_field = require "ryx.migrations.inspect.field"
local inspect_meta = require "ryx.migrations.inspect.meta"
local inspect_names = require "ryx.migrations.inspect.names"
local introspect = require "ryx.migrations.introspect"
local layout = require "ryx.migrations.writer.layout"
local naming = require "ryx.naming"
local schema = require "ryx.migrations.schema"
local spell_field = require "ryx.migrations.writer.spell_field"
local state = require "ryx.migrations.state"

local M = {}

-- What ryx itself keeps in a database.
local function is_own(name)
  return name:find("^ryx_") ~= nil
end

local ON_DELETE = { RESTRICT = "PROTECT", ["NO ACTION"] = "RESTRICT", ["SET NULL"] = "SET_NULL",
  ["SET DEFAULT"] = "SET_DEFAULT" }

-- The columns that have fields, as sets by the keys of tables.
local function covered_in(ctx, tables)
  local out = {}
  for key, t in pairs(tables) do
    out[key] = {}
    for _, c in ipairs(t.columns) do
      out[key][c.name] = inspect_field.of(ctx, c, {}, inspect_meta.type_check(t, c)) and true or nil
    end
  end
  return out
end

-- The foreign keys of single columns to the keys of tables that have models, by column.
local function relations(t, tables, names, covered)
  local out = {}
  for _, k in ipairs(schema.sorted(t.foreign_keys)) do
    local key = schema.key{ name = k.table, schema = k.schema }
    local target = tables[key]
    local its_key = target and target.primary_key and target.primary_key.columns or {}
    local has_fields = target and covered[key][k.to[1]] and covered[schema.key(t)][k.columns[1]]
    if has_fields and not k.columns[2] and its_key[1] == k.to[1] and not its_key[2] then
      out[k.columns[1]] = { to = names[key], on_delete = ON_DELETE[k.on_delete] }
    end
  end
  return out
end

-- Options of the relations of a table whose other sides would be called the same.
local function name_other_sides(t, by_column, fields)
  local n = {}
  for _, r in pairs(by_column) do n[r.to] = (n[r.to] or 0) + 1 end
  for column, r in pairs(by_column) do
    if n[r.to] > 1 then r.related_name = (fields[column] .. "_" .. t.name):gsub("[^%w]+", "_"):gsub("_+$", "") end
  end
end

-- A column that refers to the key of each table, by the keys of tables: { column, check }
local function referring_to(tables)
  local out = {}
  for _, key in ipairs(compat.sorted_keys(tables)) do
    local t = tables[key]
    for _, k in pairs(t.foreign_keys) do
      for _, c in ipairs(t.columns) do
        if c.name == k.columns[1] then
          out[schema.key{ name = k.table, schema = k.schema }] = { column = c, check = inspect_meta.type_check(t, c) }
        end
      end
    end
  end
  return out
end

-- The columns of the key, and whether they are: of a table without one, or with one that no fields
-- cover, a unique column or the first stands for it.
local function key_of(t, covered)
  local columns, is_key = t.primary_key and t.primary_key.columns or {}, t.primary_key ~= nil
  for _, column in ipairs(columns) do is_key = is_key and covered[column] end
  if is_key then return columns, true end
  local alone, first = (inspect_meta.uniques(t)), nil
  for _, c in ipairs(t.columns) do
    if covered[c.name] and alone[c.name] and not c.null then return { c.name }, false end
    if covered[c.name] then first = first or c.name end
  end
  return { first }, false
end

local function options_of(w, c)
  local options, r = {}, w.relations[c.name]
  if #w.key == 1 and w.key[1] == c.name then options.primary_key = true end
  if w.alone[c.name] and not options.primary_key then options.unique = true end
  if w.indexed[c.name] and not r and not options.unique then options.db_index = true end
  if r then options.on_delete, options.related_name = r.on_delete, r.related_name end
  local attname = w.fields[c.name] .. (r and "_id" or "")
  if attname ~= c.name then options.db_column = c.name end
  options.db_comment = c.comment
  return options
end

local function comment(c)
  local text = ("%s: %s%s"):format(c.name, c.type, c.null and "" or " NOT NULL")
  if c.generated then
    text = text .. " GENERATED ALWAYS AS (" .. c.generated .. ")" .. (c.virtual and " VIRTUAL" or "")
  end
  if c.enum then text = text .. ", an enum of " .. table.concat(c.enum, ", ") end
  return (text:gsub("%s+", " "))
end

-- Fields, with the columns that have none as comments: w.def, w.lines.
local function add_columns(ctx, w)
  local t = w.table
  for _, c in ipairs(t.columns) do
    local r = w.relations[c.name]
    local check = inspect_meta.type_check(t, c)
    local f = inspect_field.of(ctx, c, options_of(w, c), check, r and r.to, w.referring)
    local name = w.fields[c.name]
    if f and c.enum then
      w.is_managed = false
      w.lines[#w.lines + 1] = { text = comment(c) .. ", which ryx makes none of" }
    end
    if f then
      w.columns[name] = c
      w.def[name], w.of[c.name] = f, { path = name, type = f.type or f.kind.type }
      local note = inspect_field.note(ctx, c, check)
      w.is_managed = w.is_managed and not note
      w.lines[#w.lines + 1] = { field = name, note = note }
    else
      w.is_managed = false
      local why = inspect_field.note(ctx, c, check)
      w.lines[#w.lines + 1] = { text = comment(c) .. ", which no field covers" .. (why and ": " .. why or "") }
    end
  end
end

local function add_meta(ctx, w)
  local t, Meta = w.table, {}
  local _, lists = inspect_meta.uniques(t, w.of)
  local together, indexes, lost = inspect_meta.indexes(ctx, t, w.of)
  if naming.table_name(w.name) ~= t.name then Meta.table_name = t.name end
  Meta.schema, Meta.db_comment = t.schema, t.comment
  Meta.unique_together, Meta.index_together = lists[1] and lists, together[1] and together
  Meta.indexes = indexes[1] and indexes
  Meta.constraints, w.texts = inspect_meta.constraints(ctx, t, w.of)
  if w.key[2] then
    Meta.primary_key = {}
    for i, column in ipairs(w.key) do Meta.primary_key[i] = w.of[column] and w.of[column].path end
  end
  for _, name in ipairs(lost) do w.notes[#w.notes + 1] = "index " .. name .. ", which no ryx.Index says" end
  w.def.Meta = Meta
end

-- What a model of a table is made of.
local function work_of(ctx, t, all)
  local key = schema.key(t)
  local covered = all.covered[key]
  local columns, is_key = key_of(t, covered)
  local w = {
    table = t, key = columns, name = all.names[key], def = {}, of = {}, columns = {},
    lines = {}, notes = {}, is_managed = is_key,
    referring = all.referring[key], relations = relations(t, all.tables, all.names, all.covered),
    alone = inspect_meta.uniques(t), indexed = inspect_meta.indexed(t),
  }
  w.fields = inspect_names.fields(t.columns, w.relations)
  name_other_sides(t, w.relations, w.fields)
  if not is_key and columns[1] then w.notes[1] = "no key that fields cover: " .. columns[1] .. " stands for one" end
  add_columns(ctx, w)
  add_meta(ctx, w)
  return w
end

local function put_lines(out, w)
  local items, i = spell_field.definition(w.record, true).items, 0
  for _, line in ipairs(w.lines) do
    if line.text then out[#out + 1] = "  -- " .. line.text:gsub("\n", " ") end
    local f = line.field and state.field(w.record, line.field)
    if f and not state.is_implicit_key(line.field, f) then
      i = i + 1
      out[#out + 1] = "  " .. layout.text(items[i], 2) .. "," .. (line.note and " -- " .. line.note or "")
    elseif line.note then
      out[#out + 1] = "  -- " .. line.field .. ": " .. line.note
    end
  end
  if items[i + 1] then out[#out + 1] = "  " .. layout.text(items[i + 1], 2) .. "," end
end

local function write(w)
  local out = {}
  for _, note in ipairs(w.notes) do out[#out + 1] = "-- " .. note:gsub("\n", " ") end
  if not w.record then
    out[#out + 1] = ("-- %s has no model: no field covers its columns"):format(w.table.name)
    return table.concat(out, "\n") .. "\n"
  end
  if not w.is_managed then w.record.options.managed = false end
  out[#out + 1] = ("M.%s = ryx.model(%q, {"):format(w.name, w.name)
  put_lines(out, w)
  out[#out + 1] = "})\n"
  return table.concat(out, "\n")
end

local HEAD = [[
-- The models of the tables of a database, as `ryx inspectdb` found them.
local ryx = require "ryx"

local M = {}
]]

-- Not more than a person reads.
local function note_of(list)
  local more = #list - 3
  local first = "ryx would " .. table.concat(list, ", ", 1, math.min(#list, 3))
  return more > 0 and ("%s and %d more"):format(first, more) or first
end

local function check_table(found, name)
  if name == nil or found[name] then return end
  errors.raise("misuse", "there is no table %q%s", name, errors.hint(name, compat.sorted_keys(found)))
end

--- The text of a module with a model for every table of a database, or for one.  inspect.run("default", "posts")
function M.run(alias, only)
  local at = db.alias(alias)
  local found, ctx, works = introspect.run(at).tables, context.of(at), {}
  for key, t in pairs(found) do
    if is_own(t.name) then found[key] = nil end
    if introspect.catalog_of(ctx.dialect).mixes_uniques then inspect_meta.tell_uniques(t) end
  end
  check_table(found, only)
  local names = inspect_names.models(found)
  local all = { tables = found, names = names, covered = covered_in(ctx, found), referring = referring_to(found) }
  for key, t in pairs(found) do works[key] = work_of(ctx, t, all) end
  local differs = inspect_compare(at, ctx, found, works)
  local parts = { HEAD }
  for _, key in ipairs(compat.sorted_keys(works)) do
    local w = works[key]
    if differs[key] then
      w.is_managed = false
      w.notes[#w.notes + 1] = note_of(differs[key])
    end
    if only == nil or only == key then parts[#parts + 1] = write(w) end
  end
  parts[#parts + 1] = "return M\n"
  return table.concat(parts, "\n")
end

return M
