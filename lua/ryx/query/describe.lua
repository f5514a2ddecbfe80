-- SPDX-License-Identifier: MIT
-- Writes a query as the bytes of docs/internals/description.md. Pure.
local M = {}

-- The numbers of RYX_TYPES in include/ryx_value.h, in its order.
M.TYPES = {}
for i, name in ipairs{
  "null", "bool", "int", "double", "text", "bytes", "decimal", "date", "time", "datetime", "datetimetz",
  "duration", "uuid", "json", "array",
} do
  M.TYPES[name] = i - 1
end
local TYPES = M.TYPES

local DISTINCT, COUNT, EXISTS = 1, 2, 4
local BATCH, DEFAULT_VALUES, KEY = 1, 2, 4
local DESC = 1

local function u(n)
  local bytes = ""
  while n >= 128 do
    bytes = bytes .. string.char(n % 128 + 128)
    n = (n - n % 128) / 128
  end
  return bytes .. string.char(n)
end
M.u = u

local function s(text)
  return u(#text) .. text
end

local function types(field)
  return u(TYPES[field.type]) .. u(field.elem and TYPES[field.elem] or 0)
end

local function column(field)
  return "c" .. u(0) .. s(field.column) .. types(field) .. u(field.null and 1 or 0)
end

local function param(number, field)
  return "p" .. u(number) .. types(field) .. s(field.column)
end

local LIMIT_FIELD = { type = "int", column = "" }

local function bound(number)
  return number and param(number, LIMIT_FIELD) or "-"
end

local function array_of(field)
  return { type = "array", elem = field.type, column = field.column }
end

local pred

local function preds(op, list)
  local parts = { op, u(#list) }
  for i, p in ipairs(list) do parts[i + 2] = pred(p) end
  return table.concat(parts)
end

local function lookup(p)
  local parts = { "l", s(p.lookup), column(p.field), u(#p.params) }
  local operand = p.lookup == "in" and array_of(p.field) or p.operand or p.field
  for _, number in ipairs(p.params) do parts[#parts + 1] = param(number, operand) end
  return table.concat(parts)
end

function pred(p)
  if p.op == "lookup" then return lookup(p) end
  if p.op == "and" then return preds("&", p) end
  if p.op == "or" then return preds("|", p) end
  return "!" .. pred(p[1])
end

local function where(list)
  if #list == 0 then return "1" end
  if #list == 1 then return pred(list[1]) end
  return preds("&", list)
end

local function order(list)
  local parts = { u(#list) }
  for i, o in ipairs(list) do parts[i + 1] = column(o.field) .. u(o.desc and DESC or 0) end
  return table.concat(parts)
end

local FLAG = { count = COUNT, exists = EXISTS }

--- q: verb, table_name, columns, where, order, distinct, limit, offset (numbers of parameters).
function M.select(q)
  local flags = (q.distinct and DISTINCT or 0) + (FLAG[q.verb] or 0)
  local columns = { u(#q.columns) }
  for i, f in ipairs(q.columns) do columns[i + 1] = column(f) .. s("") end
  return "1S" .. u(flags) .. u(1) .. s(q.table_name) .. table.concat(columns) .. where(q.where) .. order(q.order)
    .. bound(q.limit) .. bound(q.offset)
end

--- q: table_name, columns (a parameter each), returning, batch.
function M.insert(q)
  local flags = (q.batch and BATCH or 0) + (#q.columns == 0 and DEFAULT_VALUES or 0)
  if #q.returning == 1 and q.returning[1].auto then flags = flags + KEY end
  local parts = { "1I", s(q.table_name), u(flags), u(#q.columns) }
  for i, f in ipairs(q.columns) do parts[#parts + 1] = s(f.column) .. param(i - 1, f) end
  parts[#parts + 1] = u(#q.returning)
  for _, f in ipairs(q.returning) do parts[#parts + 1] = s(f.column) .. types(f) end
  return table.concat(parts)
end

--- q: table_name, set (fields), first (number of the first one's parameter), key, where, order, limit, offset.
function M.update(q)
  local parts = { "1U", s(q.table_name), u(#q.set) }
  for i, f in ipairs(q.set) do parts[#parts + 1] = s(f.column) .. param(q.first + i - 1, f) end
  return table.concat(parts) .. s(q.key.column) .. where(q.where) .. order(q.order) .. bound(q.limit)
    .. bound(q.offset)
end

--- q: table_name, key, where, order, limit, offset.
function M.delete(q)
  return "1D" .. s(q.table_name) .. s(q.key.column) .. where(q.where) .. order(q.order) .. bound(q.limit)
    .. bound(q.offset)
end

return M
