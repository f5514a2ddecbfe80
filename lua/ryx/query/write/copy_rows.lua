-- SPDX-License-Identifier: MIT
-- ryx.copy_from: where the rows come from: a file of CSV or of JSON's lines, or an iterator.
-- A source has given (the fields that rows have: true, or the number of the column),
-- next(size) -> rows, how many (in n, too), and close().
local compat = require "ryx.compat"
local copy = require "ryx.db.copy"
local errors = require "ryx.errors"
local generated = require "ryx.field.generated"
local value = require "ryx.value"

local M = {}

local READ = 256 * 1024
local null = value.null

-- The field of a column's name: as rows name it, author_id.
local function field_of(meta, name)
  for _, f in ipairs(meta.fields) do
    if f.attname == name and f.generated then generated.refuse(f) end
    if f.attname == name then return f end
  end
  local names = {}
  for i, f in ipairs(meta.fields) do names[i] = f.attname end
  errors.raise("field_error", "copy_from: %s has no column %s%s", meta.model_name, compat.show(name),
    errors.hint(tostring(name), names))
end

local function chosen(meta, names)
  if names == nil then return nil end
  errors.check_type(names, "table", "copy_from: fields, a list of names,")
  local fields = {}
  for i, name in ipairs(names) do
    local f = field_of(meta, name)
    if fields[f] then errors.raise("misuse", "copy_from: fields names %s twice", f.attname) end
    fields[f] = i
  end
  if next(fields) == nil then errors.raise("misuse", "copy_from: fields is an empty list") end
  return fields
end

local function is_generated(meta, name)
  local f = meta.generated and meta.paths[name]
  return f ~= nil and f ~= false and f.generated == true
end

-- The columns of a file by the names of its first line; what the database works out may stand there, unread.
local function by_header(meta, names, wanted)
  local given = {}
  for i, name in ipairs(names) do
    local known = not wanted and not is_generated(meta, name)
    for f in pairs(wanted or {}) do known = known or f.attname == name end
    if known then
      local f = field_of(meta, name)
      if given[f] then errors.raise("misuse", "copy_from: the file has the column %s twice", name) end
      given[f] = i
    end
  end
  for f in pairs(wanted or {}) do
    if not given[f] then errors.raise("field_error", "copy_from: the file has no column %s", f.attname) end
  end
  return given
end

local function open_file(path)
  local file, why = io.open(path, "rb")
  if not file then errors.raise("operational", "copy_from: %s", why) end
  return file
end

-- The next rows of a reader, which is given text until it has one.
local function fill(reader, file, size)
  while true do
    local n = reader.rows(size)
    if n > 0 or reader.is_over then return n end
    local text = file:read(READ)
    reader.is_over = not text
    reader.give(text)
  end
end

local function csv(meta, path, options)
  local wanted = chosen(meta, options.fields)
  local has_header = options.header ~= false
  if not has_header and not wanted then
    errors.raise("misuse", "copy_from: a file without a header needs fields, the names of its columns")
  end
  local file, reader, source = open_file(path), copy.csv(), { given = wanted }
  function source.close() file:close() end
  function source.next(size)
    source.n = fill(reader, file, size)
    return reader.reader, source.n
  end
  if not has_header then return source end
  local ok, err = pcall(function()
    source.next(1)
    source.given = source.n > 0 and by_header(meta, reader.names(), wanted) or nil
  end)
  if ok then return source end
  source.close()
  error(err, 0)
end

-- Does the database work a column out where nobody gives it?
local function is_made(f)
  return f.primary_key and f.auto or f.default == nil and value.is_expression(f.db_default)
end

-- The fields that tables may have: all but those that the database makes, unless the first
-- table has them.
local function of_tables(meta, first, wanted)
  if wanted then return wanted end
  local given = {}
  for _, f in ipairs(meta.fields) do
    if f.generated and first[f.attname] ~= nil then generated.refuse(f) end
    if not f.generated and (not is_made(f) or first[f.attname] ~= nil) then given[f] = true end
  end
  return given
end

local function tables(meta, iterator, options)
  local wanted = chosen(meta, options.fields)
  for f in pairs(wanted or {}) do wanted[f] = true end
  local row = iterator()
  if row ~= nil and (type(row) ~= "table" or value.is_instance(row)) then
    errors.raise("misuse", "copy_from takes rows as tables by the names of columns, not %s", compat.show(row))
  end
  local source = { given = row ~= nil and of_tables(meta, row, wanted) or nil, close = function() end }
  function source.next(size)
    local list, n = {}, 0
    while row ~= nil and n < size do
      n = n + 1
      list[n] = row
      if n < size then row = iterator() end
    end
    if n == size then row = iterator() end
    source.n = n
    return list, n
  end
  return source
end

-- A row of a program as the columns hold it; it stays as it is itself.
local function to_columns(meta, row, n)
  local out = {}
  for name, v in pairs(row) do out[name] = v end
  for _, f in ipairs(meta.custom_fields) do
    local v = row[f.attname]
    if v ~= nil and v ~= null then
      local made, message = f:to_column(v)
      if message then errors.raise("validation", "row %d: %s: %s", n, f.attname, message) end
      out[f.attname] = made == nil and null or made
    end
  end
  return out
end

-- Fields of the user's own are given as instances hold them; files have what columns hold.
local function converted(meta, iterator)
  if not meta.custom_fields then return iterator end
  local n = 0
  return function()
    local row = iterator()
    if type(row) ~= "table" or value.is_instance(row) then return row end
    n = n + 1
    return to_columns(meta, row, n)
  end
end

-- Bytes are written as \x and hexadecimal digits, which JSON has no other way for.
local function read_bytes(row, names)
  for _, name in ipairs(names) do
    local text = row[name]
    if type(text) == "string" then
      local digits = text:match("^\\x([%x]*)$")
      if not digits or #digits % 2 == 1 then
        errors.raise("validation", "%s: bytes are written as \\x and hexadecimal digits", name)
      end
      row[name] = value.bytes((digits:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)))
    end
  end
  return row
end

local function read_line(line, names)
  local row = value.json.decode(line)
  if type(row) ~= "table" or row == null or getmetatable(row) == value.array_meta then
    errors.raise("validation", "not an object of JSON")
  end
  return read_bytes(row, names)
end

local function bytes_of(meta)
  local names = {}
  for _, f in ipairs(meta.fields) do
    if f.type == "bytes" then names[#names + 1] = f.attname end
  end
  return names
end

local function jsonl(meta, path, options)
  local file, names, n = open_file(path), bytes_of(meta), 0
  local function next_row()
    local line
    repeat
      line = file:read("*l")
      if not line then return nil end
    until line:find("%S")
    n = n + 1
    local ok, row = pcall(read_line, line, names)
    if ok then return row end
    errors.raise("validation", "row %d: %s", n, tostring(errors.is_error(row) and row.message or row))
  end
  local ok, source = pcall(tables, meta, next_row, options)
  if not ok then
    file:close()
    error(source, 0)
  end
  function source.close() file:close() end
  return source
end

local FORMATS = { csv = csv, jsonl = jsonl }

--- A source of rows: of a path or an iterator.
function M.open(meta, source, options)
  if type(source) == "function" then
    if options.format or options.header ~= nil then
      errors.raise("misuse", "copy_from: format and header are of files, and this is an iterator")
    end
    return tables(meta, converted(meta, source), options)
  end
  if type(source) ~= "string" then
    errors.raise("misuse", "copy_from takes a path or a function that gives the next row, not %s", compat.show(source))
  end
  local format = copy.format(options.format, source, "copy_from")
  if format == "jsonl" and options.header ~= nil then
    errors.raise("misuse", "copy_from: header belongs to CSV")
  end
  return FORMATS[format](meta, source, options)
end

return M
