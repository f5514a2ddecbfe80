-- SPDX-License-Identifier: MIT
-- A row as a line of JSON: {"model":"Post","pk":1,"fields":{"title":"Hello","tags":[1,2]}}. Values stand in it as
-- columns hold them: decimals, dates and moments as text, bytes in base64; keys of several fields as lists.
local base64 = require "ryx.cli.data.base64"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local generated = require "ryx.field.generated"
local models = require "ryx.cli.data.models"
local value = require "ryx.value"

local M = {}

local encode, null = value.json.encode, value.null
local rawget = rawget

-- Floats that JSON has not.
local FLOATS = { NaN = 0 / 0, Infinity = math.huge, ["-Infinity"] = -math.huge }

local function float_out(v)
  if v ~= v then return "NaN" end
  if v == math.huge then return "Infinity" end
  if v == -math.huge then return "-Infinity" end
  return v
end

local OUT = {
  bytes = function(v) return base64.encode(tostring(v)) end,
  double = float_out,
}

local function bytes_in(v)
  local bytes = type(v) == "string" and base64.decode(v)
  if not bytes then return nil, "Enter bytes in base64." end
  return value.bytes(bytes)
end

local IN = {
  bytes = bytes_in,
  double = function(v) return FLOATS[v] or v end,
}

-- What a field's column holds, as JSON does; of a row.
local function writer_of(f)
  local name, out = f.attname, OUT[f.type]
  return function(row)
    local v = rawget(row, name)
    if v ~= nil and f.is_custom then v = f:to_column(v) end
    if v == nil then return null end
    if out then return out(v) end
    return v
  end
end

--- A function of a row and its lists by name that gives its line.
function M.writer(meta)
  local keys, others = {}, {}
  for i, f in ipairs(meta.key_fields) do keys[i] = writer_of(f) end
  for i, f in ipairs(meta.without_key) do others[i] = { f.name, writer_of(f) } end
  local head = ('{"model":%s,"pk":'):format(encode(meta.model_name))
  return function(row, lists)
    local fields, key = lists or {}
    for _, pair in ipairs(others) do fields[pair[1]] = pair[2](row) end
    if keys[2] then
      key = value.json.array{}
      for i, fn in ipairs(keys) do key[i] = fn(row) end
    else
      key = keys[1](row)
    end
    return head .. encode(key) .. ',"fields":' .. encode(fields) .. "}\n"
  end
end

--- The values of a key, in the order of its fields.
function M.values(meta, key)
  return meta.key_fields[2] and key or { key }
end

--- The values of a key as text, for comparisons.
function M.id(meta, values)
  local parts = {}
  for i, f in ipairs(meta.key_fields) do
    local v = values[i]
    if v == nil or v == null then return nil end
    local converted = f:convert(v)
    local text = tostring(compat.keyof(converted == nil and v or converted))
    parts[i] = #text .. ":" .. text
  end
  return table.concat(parts)
end

-- What a line says of one field, as a column takes it; of one of the user's own as an instance has it.
local function custom_value(f, v)
  local base, problem = f.kind.base, nil
  if base.convert then v, problem = base.convert(v, f) end
  if problem then return nil, problem end
  return f.from_db(v, f)
end

-- A function that makes of a value what the column takes, nil where that is the value itself.
local function reader_of(f)
  local take = IN[f.type]
  if not take and not f.is_custom then return nil end
  return function(v)
    if v == null then return null end
    local problem
    if take then v, problem = take(v) end
    if not problem and f.is_custom then v, problem = custom_value(f, v) end
    if problem then errors.raise("validation", "%s: %s", f.name, problem) end
    return v
  end
end

-- How the lines of a model are read: { attnames, readers, lists (by name), keys = { { attname, reader } } }.
local function layout_of(meta)
  local layout = { attnames = {}, readers = {}, lists = {}, keys = {} }
  for i, f in ipairs(meta.key_fields) do layout.keys[i] = { f.attname, reader_of(f) } end
  for _, f in ipairs(meta.without_key) do
    for _, name in ipairs{ f.name, f.attname } do
      layout.attnames[name], layout.readers[name] = f.attname, reader_of(f)
    end
  end
  for _, many in ipairs(models.lists(meta)) do layout.lists[many.name] = many end
  return layout
end

local layouts = setmetatable({}, { __mode = "k" })

local function layout_for(meta)
  local layout = layouts[meta]
  if not layout then
    layout = layout_of(meta)
    layouts[meta] = layout
  end
  return layout
end

local function refuse_field(meta, name)
  if meta.paths[name] then generated.writable(meta.paths[name]) end
  if meta.is_key[meta.paths[name]] then errors.raise("misuse", "%s is the key: say it as pk", name) end
  for _, many in ipairs(meta.many_to_many) do
    if many.name == name then
      errors.raise("misuse", "%s is no column: its rows are those of %s", name, many:through_meta().model_name)
    end
  end
  local names = {}
  for _, f in ipairs(meta.without_key) do names[f.name] = true end
  for _, many in ipairs(models.lists(meta)) do names[many.name] = true end
  models.refuse(meta.model_name .. " has no field", name, names)
end

-- A key, a list of values where it has several fields; nil where the database is to make it.
local function key_of(meta, pk)
  if pk == nil or pk == null then
    if not meta:makes_keys() then errors.raise("validation", "there is no pk") end
    return nil
  end
  local n = #meta.key_fields
  if n == 1 then
    if type(pk) == "table" then errors.raise("validation", "the pk is one value") end
    return pk
  end
  if type(pk) ~= "table" or #pk ~= n then errors.raise("validation", "the pk is a list of %d values", n) end
  return { compat.unpack(pk) }
end

local KNOWN = { model = true, pk = true, fields = true }

local function is_object(v)
  return type(v) == "table" and getmetatable(v) ~= value.array_meta
end

local NONE = {}

-- The row of a line's fields, which becomes it, and the lists among them.
local function row_of(meta, layout, fields)
  local attnames, readers, other, lists = layout.attnames, layout.readers, nil, NONE
  for name, v in pairs(fields) do
    local attname, take = attnames[name], readers[name]
    if take then
      v = take(v)
      fields[name] = v
    end
    if attname ~= name then
      other = other or {}
      other[name] = attname or false
    end
  end
  for name, attname in pairs(other or NONE) do
    local v = fields[name]
    fields[name] = nil
    if attname then
      fields[attname] = v
    else
      local many = layout.lists[name] or refuse_field(meta, name)
      if type(v) ~= "table" then errors.raise("validation", "%s is a list of keys", name) end
      if lists == NONE then lists = {} end
      lists[#lists + 1] = { many = many, keys = v }
    end
  end
  return fields, lists
end

--- What a line says: { meta, row (by attribute), key (nil where there is none), lists = { { many, keys } }, number }.
function M.read(text, by_name, number)
  local object = value.json.decode(text)
  if not is_object(object) or type(object.model) ~= "string" then
    errors.raise("validation", 'this is no row: {"model": ..., "pk": ..., "fields": {...}}')
  end
  for name in pairs(object) do
    if not KNOWN[name] then models.refuse("there is no part", name, KNOWN) end
  end
  local meta = by_name[object.model] or models.refuse("there is no model", object.model, by_name)
  if object.fields ~= nil and not is_object(object.fields) then errors.raise("validation", "fields is no object") end
  local layout, key = layout_for(meta), key_of(meta, object.pk)
  local row, lists = row_of(meta, layout, object.fields or {})
  for i, own in ipairs(key ~= nil and layout.keys or NONE) do
    local v, take = key, own[2]
    if layout.keys[2] then v = key[i] end
    row[own[1]] = take and take(v) or v
  end
  return { meta = meta, row = row, key = key, lists = lists, number = number }
end

return M
