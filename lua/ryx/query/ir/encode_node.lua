-- SPDX-License-Identifier: MIT
-- Writes resolved expressions and conditions as the bytes that the compiler in C reads
-- (docs/internals/description.md). Pure.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local numbers = require("ryx.value").numbers

local M = {}

local TYPE, INT, EDGE = numbers.TYPE, numbers.INT, numbers.EDGE
-- The reader in C goes no deeper.
local DEPTH_MAX = numbers.LIMIT.depth

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

local function types(node)
  return u(TYPE[node.type]) .. u(node.elem and TYPE[node.elem] or 0)
end

local function null(node)
  return ir.may_be_null(node) and u(1) or u(0)
end

-- What is being written: the numbers and aliases of sources so far.
local Writer = {}
Writer.__index = Writer

local function new_writer()
  return setmetatable({
    numbers = {}, n_sources = 0, used = {}, params = {}, n_params = 0, depth = 0,
    ctes = {}, -- the names of CTEs in SQL, by their own
    tables = {}, -- that it reads or writes, a set
    names = {}, clashes = {}, -- those in SQL, in lower case; which of them a table has
  }, Writer)
end

function Writer:list(list, fn)
  local parts = { u(#list) }
  for i, item in ipairs(list) do parts[i + 1] = fn(self, item) end
  return table.concat(parts)
end

-- Expressions.

local EXPR = {}

-- Writes a node by one of two tables, one level deeper.
local function deeper(w, writers, node)
  w.depth = w.depth + 1
  if w.depth > DEPTH_MAX then
    errors.raise("misuse", "the query is nested deeper than %d levels: join long lists by Q.any and Q.all", DEPTH_MAX)
  end
  local bytes = writers[node.op](w, node)
  w.depth = w.depth - 1
  return bytes
end

function Writer:expr(node)
  return deeper(self, EXPR, node)
end

function EXPR.column(w, node)
  local number = w.numbers[node.source]
  assert(number, node.column)
  return "c" .. u(number) .. s(node.column) .. types(node) .. null(node)
end

function EXPR.param(w, node)
  if not w.params[node.number] then
    w.params[node.number] = true
    w.n_params = w.n_params + 1
  end
  return "p" .. u(node.number) .. types(node) .. s(node.name or "")
end

function EXPR.star()
  return "*"
end

function EXPR.int(_, node)
  return "n" .. u((node.value < 0 and INT.negative or 0) + (node.null and INT.null or 0)) .. u(math.abs(node.value))
end

function EXPR.text(_, node)
  return "t" .. s(node.value)
end

function EXPR.call(w, node)
  return "f" .. s(node.fn) .. types(node) .. null(node) .. w:list(node, w.expr)
end

function EXPR.aggregate(w, node)
  return "a" .. s(node.fn) .. types(node) .. null(node) .. u(node.distinct and 1 or 0) .. w:list(node, w.expr)
    .. (node.filter and w:condition(node.filter) or "1") .. w:orders(node.order or {})
end

local function edge(v)
  if v == "-" then return u(EDGE.first) .. u(0) end
  if v == "+" then return u(EDGE.last) .. u(0) end
  if v == 0 then return u(EDGE.current) .. u(0) end
  return u(v < 0 and EDGE.preceding or EDGE.following) .. u(math.abs(v))
end

function EXPR.window(w, node)
  local frame = node.frame
  local bytes = frame and u(numbers.FRAME[frame.mode]) .. edge(frame.from) .. edge(frame.to)
    .. u(numbers.EXCLUDE[frame.exclude])
  return "w" .. w:expr(node[1]) .. w:list(node.partition or {}, w.expr) .. w:orders(node.order or {})
    .. (bytes or "-")
end

function EXPR.case(w, node)
  local parts = { "k", types(node), null(node), u(#node.whens) }
  for _, when in ipairs(node.whens) do
    parts[#parts + 1] = w:condition(when[1])
    parts[#parts + 1] = w:expr(when[2])
  end
  parts[#parts + 1] = node.otherwise and w:expr(node.otherwise) or "-"
  return table.concat(parts)
end

function EXPR.subquery(w, node)
  return "q" .. types(node) .. w:body(node.query)
end

function EXPR.condition(w, node)
  return "b" .. w:condition(node[1])
end

function EXPR.raw(w, node)
  local parts = { "r", types(node), null(node), s(node.pieces[1]), u((#node.pieces - 1) / 2) }
  for i = 2, #node.pieces, 2 do
    parts[#parts + 1] = w:expr(node.pieces[i])
    parts[#parts + 1] = s(node.pieces[i + 1])
  end
  return table.concat(parts)
end

function EXPR.new(_, node)
  return "x" .. s(node.column) .. types(node) .. null(node)
end

function EXPR.json(w, node)
  local parts = { "j", u(numbers.JSON_AS[node.kind]), types(node), w:expr(node[1]), u(#node.steps) }
  for _, step in ipairs(node.steps) do
    parts[#parts + 1] = type(step) == "string" and "k" .. s(step) or "i" .. u(step)
  end
  return table.concat(parts)
end

function EXPR.search(w, node)
  local parts = { "s", u(numbers.SEARCH[node.kind]), s(node.index), s(node.config), w:expr(node[1]),
    w:expr(node[2]), u(#node.fields) }
  for i, field in ipairs(node.fields) do
    local bits = field.weight * numbers.FIELD.weight + (field.is_searched and numbers.FIELD.searched or 0)
    parts[#parts + 1] = u(bits) .. s(field.words_column) .. w:expr(node[i + 2])
  end
  return table.concat(parts)
end

-- Conditions.

local CONDITION = {}

function Writer:condition(node)
  return deeper(self, CONDITION, node)
end

CONDITION["true"] = function() return "1" end
CONDITION["false"] = function() return "0" end
CONDITION["and"] = function(w, node) return "&" .. w:list(node, w.condition) end
CONDITION["or"] = function(w, node) return "|" .. w:list(node, w.condition) end
CONDITION["not"] = function(w, node) return "!" .. w:condition(node[1]) end

function CONDITION.lookup(w, node)
  return "l" .. s(node.lookup) .. w:expr(node.left) .. w:list(node, w.expr)
end

function CONDITION.exists(w, node)
  return "e" .. w:body(node.query)
end

function CONDITION.truth(w, node)
  return "v" .. w:expr(node[1])
end

M.Writer, M.new, M.text = Writer, new_writer, s

return M
