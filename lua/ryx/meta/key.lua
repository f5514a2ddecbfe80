-- SPDX-License-Identifier: MIT
-- primary_key = true, Meta.primary_key = { "post", "tag" }: the fields whose values name a row,
-- and those values as one key. Most models have one such field, which is meta.pk_field; of
-- several there is meta.key_fields alone.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local rules = require "ryx.validate.rules"
local value = require "ryx.value"

local M = {}

local null, keyof = value.null, compat.keyof

local function refuse(meta, f, problem)
  errors.raise("misuse", "%s Meta.primary_key: %s %s", meta.model_name, f.name, problem)
end

local function check_part(meta, f)
  if f.primary_key then refuse(meta, f, "says primary_key = true itself: one of the two is enough") end
  if f.null then refuse(meta, f, "may be NULL, which no key is") end
  if f.generated then refuse(meta, f, "is generated, but the parts of a key are given by who saves") end
  if f.db_default ~= nil then refuse(meta, f, "has a db_default, but the parts of a key are given by who saves") end
end

local function named(meta, names)
  local fields = {}
  for i, name in ipairs(names) do
    local f = meta:get_field(name)
    if meta.is_key[f] then refuse(meta, f, "is named twice") end
    check_part(meta, f)
    fields[i], meta.is_key[f] = f, true
  end
  if #fields == 0 then errors.raise("misuse", "%s Meta.primary_key names no field", meta.model_name) end
  return fields
end

--- Gives a model its key: that of names, else the field that says so. key_fields, is_key (a
--- set) and key_columns.
function M.define(meta, names)
  if names then
    if meta.pk_field then refuse(meta, meta.pk_field, "says primary_key = true itself: one of the two is enough") end
    meta.key_fields = named(meta, names)
    if not meta.key_fields[2] then meta.pk_field, meta.key_fields[1].primary_key = meta.key_fields[1], true end
  else
    meta.key_fields = { meta.pk_field }
    if meta.pk_field then meta.is_key[meta.pk_field] = true end
  end
  meta.key_columns = {}
  for i, f in ipairs(meta.key_fields) do meta.key_columns[i] = f.column end
  meta.paths.pk = meta.pk_field
end

--- "post, tag", for messages.
function M.names(meta)
  local names = {}
  for i, f in ipairs(meta.key_fields) do names[i] = f.name end
  return table.concat(names, ", ")
end

--- The names that rows have the key's values under.
function M.attnames(meta)
  local names = {}
  for i, f in ipairs(meta.key_fields) do names[i] = f.attname end
  return names
end

--- Says of what needs a key of one field that this one has several.
function M.refuse(meta, what, instead)
  errors.raise("unsupported", "%s: %s.pk has several fields (%s)%s", what, meta.model_name, M.names(meta),
    instead and ": " .. instead or "")
end

--- The values of an object's key as a list; nil where one is missing.
function M.of(meta, object)
  local list = {}
  for i, f in ipairs(meta.key_fields) do
    local v = rawget(object, f.attname)
    if v == nil or v == null then return nil end
    list[i] = v
  end
  return list
end

--- The values of an object's key as they are, for parameters.
function M.unpacked(meta, object)
  local one = meta.pk_field
  if one then return rawget(object, one.attname) end
  local list = {}
  for i, f in ipairs(meta.key_fields) do list[i] = rawget(object, f.attname) end
  return compat.unpack(list, 1, #meta.key_fields)
end

--- Is this a list of as many values as the key has fields?
function M.is_list(meta, v)
  return type(v) == "table" and getmetatable(v) == nil and #v == #meta.key_fields and next(v, #v) == nil
end

local function part_id(v)
  v = keyof(v)
  if type(v) == "number" and v % 1 == 0 then v = ("%d"):format(v) end
  v = tostring(v)
  return #v .. ":" .. v
end

--- What a list of values is known by in tables.
function M.id(list)
  local parts = {}
  for i, v in ipairs(list) do parts[i] = part_id(v) end
  return table.concat(parts)
end

--- What a key of a model is known by in tables.
function M.known_by(meta, v)
  if meta.pk_field then return keyof(v) end
  return M.id(v)
end

local function list_text(list, n)
  local parts = {}
  for i = 1, n do parts[i] = tostring(keyof(list[i])) end
  return "(" .. table.concat(parts, ", ") .. ")"
end

--- A key as messages show it: 7, or (1, 2).
function M.text(v)
  return type(v) == "table" and list_text(v, #v) or tostring(keyof(v))
end

--- The same of an object, whose key may not be whole.
function M.shown(meta, object)
  if meta.pk_field then return tostring(keyof(rawget(object, meta.pk_field.attname))) end
  return list_text({ M.unpacked(meta, object) }, #meta.key_fields)
end

--- Objects with a key of their own and those whose key the database makes.
function M.split(meta, list)
  if not meta.pk_field then return list, {} end
  return value.part(list, meta.pk_field.attname)
end

--- A key of several fields is the user's, whole.
function M.check_parts(meta, list)
  for _, object in ipairs(meta.pk_field and {} or list) do
    for _, f in ipairs(meta.key_fields) do
      local v = rawget(object, f.attname)
      if v == nil or v == null then rules.raise({ [f.name] = { rules.NOT_NULL } }, meta.model_name) end
    end
  end
end

--- Does the database make the keys of new rows?
function M.makes_keys(meta)
  return meta.pk_field ~= nil and meta.pk_field.auto == true
end

--- Notes the key of the row that objects are, where it has several fields: those are the user's
--- to assign.
function M.keep(meta, object)
  if not meta.pk_field then rawset(object, "_key", M.of(meta, object)) end
end

--- The same of a list.
function M.keep_all(meta, list)
  for _, object in ipairs(meta.pk_field and {} or list) do rawset(object, "_key", M.of(meta, object)) end
end

--- Refuses an object whose key of several fields is another than its row's.
function M.check(meta, object, what)
  local there = rawget(object, "_key")
  if not there then return end
  local now = M.of(meta, object)
  if now and M.id(now) == M.id(there) then return end
  errors.raise("misuse", "%s: %s has another key than its row: change rows by update{}, or save a new object", what,
    tostring(object))
end

--- Takes the key from an object that has no row any more.
function M.forget(meta, object)
  local one = meta.pk_field
  if one then return rawset(object, one.attname, nil) end
  for _, f in ipairs(meta.key_fields) do rawset(object, f.attname, nil) end
  rawset(object, "_key", nil)
end

--- How many keys of several fields one statement names.
local PORTION = 1000
M.PORTION = PORTION

--- Keys in lists that a statement can name: all at once, of several fields in portions.
function M.portions(meta, keys)
  if meta.pk_field or #keys <= PORTION then return { keys } end
  local out = {}
  for i, v in ipairs(keys) do
    local at = math.floor((i - 1) / PORTION) + 1
    out[at] = out[at] or {}
    table.insert(out[at], v)
  end
  return out
end

return M
