-- SPDX-License-Identifier: MIT
-- How a session prints a value: querysets and lists of rows as tables, instances by their
-- fields, tables as they would be written.
local compat = require "ryx.compat"
local outputs = require "ryx.query.select.outputs"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local record = require "ryx.row.record"
local value_of = require "ryx.value"
local width = require "ryx.cli.width"

local M = {}

local ROWS, ITEMS, DEPTH, CELL = 21, 50, 5, 40

local function is_name(key)
  return type(key) == "string" and key:find("^[%a_][%w_]*$") ~= nil
end

-- The text that an object has of its own, or what it is; nil of a plain table.
local function own_text(v)
  local mt = getmetatable(v)
  if type(mt) ~= "table" then return nil end
  if rawget(mt, "__tostring") then return tostring(v) end
  local class = rawget(mt, "_class")
  return class and "<" .. class .. ">"
end

-- Numbers and texts of the list, then what has names, sorted.
local function keys_of(t)
  local named, n = {}, #t
  for key in pairs(t) do
    if not (type(key) == "number" and key % 1 == 0 and key >= 1 and key <= n) then named[#named + 1] = key end
  end
  table.sort(named, function(a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    return tostring(a) < tostring(b)
  end)
  return n, named
end

local literal

local function parts_of(t, indent, seen)
  local parts, n, named = {}, keys_of(t)
  for i = 1, math.min(n, ITEMS) do parts[i] = literal(t[i], indent, seen) end
  for i = 1, math.min(#named, ITEMS - #parts) do
    local key = named[i]
    local name = is_name(key) and key or "[" .. literal(key, indent, seen) .. "]"
    parts[#parts + 1] = name .. " = " .. literal(t[key], indent, seen)
  end
  if n + #named > #parts then parts[#parts + 1] = ("... and %d more"):format(n + #named - #parts) end
  return parts
end

local function table_text(t, indent, seen)
  if next(t) == nil then return "{}" end
  if seen[t] or #indent >= DEPTH * 2 then return "{ ... }" end
  seen[t] = true
  local inner = indent .. "  "
  local parts = parts_of(t, inner, seen)
  seen[t] = nil
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if width.of(line) + #indent <= 78 and not line:find("\n", 1, true) then return line end
  return "{\n" .. inner .. table.concat(parts, ",\n" .. inner) .. ",\n" .. indent .. "}"
end

-- A value inside of another one.
function literal(v, indent, seen)
  if v == value_of.null then return "null" end
  if type(v) == "string" then return compat.show(v) end
  if type(v) ~= "table" then return tostring(v) end
  return own_text(v) or table_text(v, indent, seen)
end

--- The text of a value, of several lines where it is long.
function M.text(v)
  if type(v) == "string" then return v end
  return literal(v, "", {})
end

-- A cell of a table: a line that is not too long.
local function cell(out, v)
  if v == nil or v == value_of.null then return "null" end
  if type(v) == "number" then return v end
  local text = type(v) == "table" and literal(v, "", {}):gsub("\n *", " ") or tostring(v)
  if not out:is_terminal("stdout") or width.of(text) <= CELL then return text end
  return width.cut(text, CELL - 1) .. "…"
end

-- How the rows of a kind are read: by the number or the name of a column.
local READ = {
  model = function(row, name) return rawget(row, name) end,
  dict = function(row, name) return row[name] end,
  list = function(row, _, i) return row[i] end,
  flat = function(row) return row end,
}

local function print_rows(out, kind, names, rows)
  local read, cells = READ[kind], {}
  for r = 1, math.min(#rows, ROWS) do
    cells[r] = {}
    for i, name in ipairs(names) do cells[r][i] = cell(out, read(rows[r], name, i)) end
  end
  if rows[1] == nil then return out:line("(no rows)") end
  out:table(names, cells)
  if #rows > ROWS then out:line("...") end
end

local function print_queryset(out, qs)
  local b = query.build(qs.node, plans.read_alias(qs))
  local kind = b.select and b.select.kind or "model"
  print_rows(out, kind, outputs.names(b), qs:slice(1, ROWS + 1):all())
end

-- The columns that an instance has, then what it was annotated with.
local function columns_of(object)
  local names, is_column = {}, {}
  for i, f in ipairs(record.present(object, getmetatable(object).model._meta.fields)) do
    names[i], is_column[f.attname] = f.attname, true
  end
  local others = {}
  for key in pairs(object) do
    if not is_column[key] then others[key] = true end
  end
  for _, key in ipairs(compat.sorted_keys(others)) do names[#names + 1] = key end
  return names
end

local function print_instance(out, object)
  local names, widest = columns_of(object), 0
  for _, name in ipairs(names) do widest = math.max(widest, #name) end
  out:line("%s", tostring(object))
  for _, name in ipairs(names) do
    local v = rawget(object, name)
    local text = v == nil and "null" or literal(v, "  ", {})
    out:line("  %s%s  %s", name, (" "):rep(widest - #name), text)
  end
end

-- Is it a list, and each of its items one that passes?
local function is_list_of(list, passes)
  local n = 0
  for _, item in pairs(list) do
    n = n + 1
    if not passes(item) then return false end
  end
  return n > 0 and n == #list
end

-- The kind of rows that a list consists of, and their columns: instances of one model, or tables
-- whose keys are names. nil: it is another list.
local function rows_in(list)
  local first = list[1]
  if value_of.is_instance(first) then
    local mt = getmetatable(first)
    return is_list_of(list, function(v) return getmetatable(v) == mt end) and "model" or nil, columns_of(first)
  end
  local names = {}
  local function is_row(v)
    if type(v) ~= "table" or getmetatable(v) ~= nil or next(v) == nil then return false end
    for key in pairs(v) do
      if not is_name(key) then return false end
      names[key] = true
    end
    return true
  end
  return is_list_of(list, is_row) and "dict" or nil, compat.sorted_keys(names)
end

local function print_value(out, v)
  if value_of.is_instance(v) then return print_instance(out, v) end
  local mt = type(v) == "table" and getmetatable(v)
  if type(mt) == "table" and rawget(mt, "_class") == "queryset" then return print_queryset(out, v) end
  local kind, names
  if mt == nil then kind, names = rows_in(v) end
  if kind then return print_rows(out, kind, names, v) end
  out:line("%s", M.text(v))
end

--- Prints the values that a line gave, packed; nothing when there are none.
function M.values(out, values)
  local texts = {}
  for i = 1, values.n do
    if type(values[i]) == "table" then
      for k = 1, values.n do print_value(out, values[k]) end
      return
    end
    texts[i] = M.text(values[i])
  end
  if values.n > 0 then out:line("%s", table.concat(texts, "\t")) end
end

return M
