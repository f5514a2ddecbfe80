-- SPDX-License-Identifier: MIT
-- err.field, err.constraint: the constraints of a model by the names that ryx gives them, and
-- what it means for the model's fields when a database refuses one.
local naming = require "ryx.naming"
local validation_error = require "ryx.validate.validation_error"

local M = {}

local generated = naming.generated

--- The name of a constraint over fields; lists of Meta have a number besides.
function M.name(prefix, meta, fields, number)
  local columns = {}
  for i, f in ipairs(fields) do columns[i] = f.column end
  return generated(prefix, meta.table_name, table.concat(columns, "_"), number and tostring(number))
end

--- The primary key's, where a database lets it have one.
function M.key_name(meta)
  return generated("pk", meta.table_name)
end

-- The fields of a check that is a Q, each once; of SQL text nobody knows.
local function collect(meta, term, found)
  local is_path = term.op == "leaf" or term.op == "path"
  local f = is_path and meta.paths[naming.split(term[1])[1]]
  if f and not found[f] then
    found[f], found[#found + 1] = true, f
  end
  for i = 1, term.n or 0 do
    if type(term[i]) == "table" then collect(meta, term[i], found) end
  end
  return found
end

-- SQLite names the columns of a key in place of the key.
local function columns_text(meta, fields)
  local parts = {}
  for i, f in ipairs(fields) do parts[i] = meta.table_name .. "." .. f.column end
  return table.concat(parts, ", ")
end

local function add(set, name, fields, kind)
  local c = { name = name, fields = fields, kind = kind }
  if not set[name] then set[name] = c end
  return c
end

local function add_unique(set, meta, name, fields)
  local text = columns_text(meta, fields)
  set[text] = set[text] or add(set, name, fields)
  set[text].is_unique = true
end

local function add_key(set, meta)
  local name = M.key_name(meta)
  add_unique(set, meta, name, meta.key_fields)
  set.PRIMARY = set[name]
end

local function add_field(set, meta, f)
  if f.unique and not f.primary_key then add_unique(set, meta, M.name("uq", meta, { f }), { f }) end
  if f.relation and f.db_constraint then add(set, M.name("fk", meta, { f }), { f }) end
  add(set, M.name("ck", meta, { f }), { f }, "validation")
end

local function make(meta)
  local set = {}
  add_key(set, meta)
  for _, f in ipairs(meta.fields) do add_field(set, meta, f) end
  for i, names in ipairs(meta.unique_together) do
    local fields = meta:get_fields(names)
    add_unique(set, meta, M.name("uq", meta, fields, i - 1), fields)
  end
  for _, index in ipairs(meta.indexes) do
    if index:is_key() then
      add_unique(set, meta, index:name_in(meta), meta:get_fields(index.fields))
    elseif index.unique then
      add(set, index:name_in(meta), meta:get_fields(index.fields))
    end
  end
  for _, c in ipairs(meta.constraints) do
    add(set, c.name, type(c.check) == "table" and c.check.term and collect(meta, c.check.term, {}) or {})
  end
  return set
end

local function all(meta)
  meta.constraints_by_name = meta.constraints_by_name or make(meta)
  return meta.constraints_by_name
end

--- The names of the unique constraints but for the primary key's, which databases call
--- otherwise.
function M.unique_names(meta)
  local set, names = all(meta), {}
  for name, c in pairs(set) do
    if c.is_unique and c.name == name and c ~= set.PRIMARY then names[#names + 1] = name end
  end
  return names
end

local function keys_of(meta, found)
  for _, f in ipairs(meta.fields) do
    if f.relation and f.db_constraint then found[#found + 1] = f end
  end
  return found
end

-- Keys that can forbid a delete; rows that it takes along may be referred to as well.
local function keys_to(meta, found, seen)
  seen[meta] = true
  for _, model in ipairs(meta.registry:all()) do
    for _, f in ipairs(keys_of(model._meta, {})) do
      if f:is_to(meta) and f.action == "CASCADE" then
        if not seen[f.meta] then keys_to(f.meta, found, seen) end
      elseif f:is_to(meta) and f.action ~= "SET NULL" then
        found[#found + 1] = f
      end
    end
  end
  return found
end

-- Of a foreign key SQLite tells the column, and of a delete nothing: then it is the only one
-- that can have forbidden it.
local function find_key(owner, err, deletes)
  local f = err.column and owner.by_column[err.column]
  if not f and deletes then
    local found = keys_to(owner, {}, {})
    f = #found == 1 and found[1]
  end
  if f then return f.meta, all(f.meta)[M.name("fk", f.meta, { f })] end
end

-- The model whose constraint failed, and the constraint where the model knows it.
local function find(meta, err, deletes)
  local owner = meta
  if err.table and err.table ~= meta.table_name then owner = meta.registry:by_table(err.table, meta) or meta end
  local c = all(owner)[err.constraint or err.message:match(" constraint failed: (.*)$")]
  if c or err.constraint or err.kind ~= "foreign_key_violation" then return owner, c end
  local of, key = find_key(owner, err, deletes)
  return of or owner, key
end

local UNIQUE = validation_error.UNIQUE
local TEXTS = {
  unique_violation = UNIQUE, foreign_key_violation = "No row has this key.",
  not_null_violation = validation_error.NOT_NULL,
  check_violation = "This value is not allowed.", validation = "This value does not fit its column.",
}
local TOGETHER = { unique_violation = UNIQUE, check_violation = "These values are not allowed together." }
--- What a form is told of a delete that other rows forbid.
M.REFERRED = "Other rows refer to this one."

-- What a form shows: under the field, or under "__all__" what is nobody's alone.
local function messages(err, name, is_other)
  if is_other then return { __all__ = { M.REFERRED } } end
  if not name then return { __all__ = { TOGETHER[err.kind] or TEXTS[err.kind] } } end
  -- Only a database has a number or a state; ryx's own words say more.
  local is_own = err.kind == "validation" and not err.code and not err.sqlstate
  return { [name] = { is_own and err.message or TEXTS[err.kind] } }
end

local function names_of(fields)
  local names = {}
  for i, f in ipairs(fields) do names[i] = f.name end
  return names
end

local function set_fields(err, owner, fields)
  local many = owner.join_of
  if many then
    -- Of a join table only the relation has a name.
    err.model, err.field, err.table, err.column = many.meta.model_name, many.name, owner.table_name, nil
    return
  end
  err.model, err.table = owner.model_name, owner.table_name
  if #fields == 1 then
    err.field, err.column = fields[1].name, fields[1].column
  elseif #fields > 1 then
    err.fields, err.column = names_of(fields), nil
  end
end

-- A table that is not there, by the state of servers and the words of SQLite.
local NO_TABLE = { ["42P01"] = true, ["42S02"] = true }

local function lacks_table(err)
  return err.kind == "operational" and (NO_TABLE[err.sqlstate] or err.message:find("^no such table: ") ~= nil)
end

-- The columns that a search index is of (meta/search_index.lua), where its table has none.
local function lacks_words(err)
  return err.sqlstate == "42S22" and err.message:find("_words_", 1, true) ~= nil
end

--- Tells an error of a database in the words of the model it was about: field or fields,
--- constraint, table and column, errors. Nothing is guessed.
function M.explain(meta, err, deletes)
  err.model = meta.model_name
  if lacks_table(err) then err.message = err.message .. "; ryx.migrate makes the tables of models" end
  if lacks_words(err) then err.message = err.message .. "; ryx.migrate makes the search indexes of models" end
  if not TEXTS[err.kind] then return end
  local owner, c = find(meta, err, deletes)
  if owner == meta.concrete then owner = meta end
  local column = err.column and owner.by_column[err.column]
  if c then err.constraint, err.kind = c.name, c.kind or err.kind end
  set_fields(err, owner, c and c.fields or { column or nil })
  local is_other = err.kind == "foreign_key_violation" and (deletes or owner ~= meta)
  if c or err.field then err.errors = messages(err, err.field, is_other) end
end

return M
