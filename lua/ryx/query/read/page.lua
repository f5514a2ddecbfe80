-- SPDX-License-Identifier: MIT
-- qs:paginate: a page by number, with a count, or by keyset, from where the last one
-- ended. qs:earliest, qs:latest.
local compat = require "ryx.compat"
local cursors = require "ryx.query.read.cursor"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local ordering = require "ryx.query.resolve.order"
local q = require "ryx.query.expr.q"
local query = require "ryx.query.resolve.query"
local queryset = require "ryx.query.clause.queryset"
local value = require "ryx.value"

local methods = {}
local M = { methods = methods }

local null = value.null

-- Orders as expressions: the queryset's own, or Meta.ordering, and the key at the end.

local function keys_of(qs)
  local node = qs.node
  local keys = {}
  while node and not node.order_list and not node.is_combined do node = node.parent end
  if node and node.order_list then
    for i = 1, node.order_list.n do
      keys[i] = node.order_list[i]
      if keys[i].op == "random" then errors.raise("misuse", "paginate: a random order has no pages") end
    end
    if node.n > node.parent.n then
      errors.raise("unsupported", "paginate: an order with values in it has no cursor: annotate the expression")
    end
  else
    for i, key in ipairs(qs.node.meta.ordering) do keys[i] = expr.order_key(key, "Meta.ordering").term end
  end
  local pk = qs.node.meta.pk_field
  for _, key in ipairs(keys) do
    local name = key[1].op == "path" and key[1][1]
    if name == "pk" or name == pk.name then return keys end
  end
  keys[#keys + 1] = expr.F("pk"):asc().term
  return keys
end

local function signature_of(keys)
  local parts = {}
  for i, key in ipairs(keys) do parts[i] = expr.show(key) end
  return cursors.sum(table.concat(parts, ";"))
end

-- Is NULL before every value in this direction?
local function nulls_first(key)
  if key[3] ~= "" then return key[3] == "first" end
  return not key[2]
end

-- Which keys may be NULL in the rows of a queryset.
local function nullable(qs)
  local b = query.build(qs.node)
  local out = {}
  joins.join(b.sources, joins.all(b.where))
  for i, o in ipairs(b.order) do out[i] = ir.may_be_null(o.expr) end
  return out
end

-- Rows behind a value in the order of a key; nil when there are none.
local function behind(key, e, v, may_be_null)
  if v == null then
    if nulls_first(key) then return q.compare(e, "isnull", false) end
    return nil
  end
  local after = q.compare(e, key[2] and "lt" or "gt", v)
  if nulls_first(key) or not may_be_null then return after end
  return after + q.compare(e, "isnull", true)
end

local function same(e, v)
  if v == null then return q.compare(e, "isnull", true) end
  return q.compare(e, "exact", v)
end

-- Rows behind all values: behind the first, or equal in it and behind the second, ...
local function condition(keys, values, nulls)
  local found, equal
  for i, key in ipairs(keys) do
    local e = expr.new(key[1], {})
    local part = behind(key, e, values[i], nulls[i])
    if part then
      if equal then part = equal * part end
      found = found and found + part or part
    end
    equal = equal and equal * same(e, values[i]) or same(e, values[i])
  end
  return found
end

local function turned(key)
  local nulls = key[3] ~= "" and (key[3] == "first" and "last" or "first") or ""
  return intern.term("order", key[1], not key[2], nulls)
end

local PREFIX = "ryx_key_"

-- The values of the keys in each row, taken out of it again.
local function take_values(row, n)
  local values = {}
  for i = 1, n do
    local v = rawget(row, PREFIX .. i)
    values[i] = v == nil and null or v
    rawset(row, PREFIX .. i, nil)
  end
  return values
end

local function ordered_by(qs, keys)
  local list = {}
  for i, key in ipairs(keys) do list[i] = expr.new(key, {}) end
  return qs:order_by(compat.unpack(list))
end

local function check_rows(qs)
  local node = qs.node
  while node do
    if node.is_list then
      errors.raise("misuse", "paginate by cursor gives objects or values(), not values_list()")
    end
    node = node.parent
  end
end

--- A page by cursor before its rows are read: { qs, n, prefix, backwards, finish }. The up
--- to size + 1 rows hold the values of the order as prefix .. 1 to n, and are the other way
--- round when `backwards`. finish(n_rows, first, last) gives the rest of the page; first
--- and last are those values at its ends.
function M.keyset(qs, size, options)
  check_rows(qs)
  local keys = keys_of(qs)
  local backwards = options.before ~= nil
  local cursor = options.before or options.after
  local signature = signature_of(keys)
  local walked = keys
  if backwards then
    walked = {}
    for i, key in ipairs(keys) do walked[i] = turned(key) end
  end
  local page = ordered_by(qs, walked)
  if cursor ~= nil then
    local found = condition(walked, cursors.decode(signature, cursor, #keys), nullable(page))
    page = found and page:filter(found) or page:none()
  end
  local names = {}
  for i, key in ipairs(keys) do names[PREFIX .. i] = expr.new(key[1], {}) end
  local function close(n_rows, first, last)
    local more = n_rows > size
    local has_next, has_previous = more, cursor ~= nil
    if backwards then has_next, has_previous = true, more end
    return {
      size = size, has_next = has_next, has_previous = has_previous,
      next = has_next and (last and cursors.encode(signature, last) or options.before) or nil,
      previous = has_previous and (first and cursors.encode(signature, first) or options.after) or nil,
    }
  end
  page = page:annotate(names):limit(size + 1)
  return { qs = page, n = #keys, prefix = PREFIX, backwards = backwards, finish = close }
end

local function by_keyset(qs, size, options)
  local page = M.keyset(qs, size, options)
  local rows = page.qs:all()
  local n_rows = #rows
  rows[size + 1] = nil
  if page.backwards then
    for i = 1, math.floor(#rows / 2) do rows[i], rows[#rows + 1 - i] = rows[#rows + 1 - i], rows[i] end
  end
  local first, last
  for _, row in ipairs(rows) do
    last = take_values(row, page.n)
    first = first or last
  end
  local made = page.finish(n_rows, first, last)
  made.rows = rows
  return made
end

local function by_number(qs, size, number)
  errors.check_whole(number, 1, "paginate: page")
  local total = qs:count()
  local pages = math.max(math.ceil(total / size), 1)
  local page = queryset.copy(qs, qs.node)
  if #ordering.of(query.build(qs.node)) == 0 then page = page:order_by("pk") end
  local first = (number - 1) * size + 1
  return {
    rows = page:slice(first, first + size - 1):all(), page = number, size = size, total = total, pages = pages,
    has_next = number < pages, has_previous = number > 1,
  }
end

local OPTIONS = { page = true, size = true, after = true, before = true }
local SIZE = 20

--- The size of a page; everything else about the options is checked here, too.
function M.checked(qs, options)
  errors.check_options(options, OPTIONS, "paginate")
  local size = options.size or SIZE
  errors.check_whole(size, 1, "paginate: size")
  local ways = (options.page and 1 or 0) + (options.after and 1 or 0) + (options.before and 1 or 0)
  if ways > 1 then errors.raise("misuse", "paginate takes one of page, after and before") end
  if not options.page and (qs.limit_value or qs.offset_value) then
    errors.raise("misuse", "paginate by cursor after limit, offset or slice")
  end
  return size
end

---@class ryx.PageOptions
---@field page? integer from 1
---@field size? integer rows of a page, 20 when not given
---@field after? string a cursor: page.next
---@field before? string a cursor: page.previous

---@class ryx.Page
---@field rows ryx.Model[]
---@field size integer
---@field has_next boolean
---@field has_previous boolean
---@field next? string the cursor of what follows
---@field previous? string
---@field page? integer by number, as are total and pages
---@field total? integer all rows
---@field pages? integer

--- One page of the rows, in their order and then by key.
---   by number:  qs:paginate{ page = 2, size = 20 }  -> rows, page, size, total, pages, has_next, has_previous
---   by cursor:  qs:paginate{ size = 20, after = page.next }  -> rows, size, next, previous, has_next, has_previous
--- A cursor page costs the same however far it is, and rows that come or go do not move
--- it; without after and before it is the first.
---@param options? ryx.PageOptions
---@return ryx.Page
function methods:paginate(options)
  options = options or {}
  local size = M.checked(self, options)
  return options.page and by_number(self, size, options.page) or by_keyset(self, size, options)
end

local function edge(what, desc)
  return function(qs, ...)
    local names = { ... }
    if #names == 0 then errors.raise("misuse", "%s names the fields to order by: %s(\"created\")", what, what) end
    local order, page = {}, qs
    queryset.refuse_slice(qs, what)
    for i, name in ipairs(names) do
      local key = expr.order_key(name, what)
      local turn = desc and intern.term("order", key.term[1], not key.term[2], "") or key.term
      order[i] = expr.new(turn, key.values)
      page = page:filter(q.compare(expr.new(key.term[1], key.values), "isnull", false))
    end
    local row = page:order_by(compat.unpack(order)):first()
    if row == nil then qs.node.meta:raise_missing() end
    return row
  end
end

--- The row with the smallest values of these fields, NULLs left out; DoesNotExist for none.
--- qs:earliest("created")
---@param ... string|ryx.Expr
---@return ryx.Model
methods.earliest = edge("earliest", false)
--- The row with the largest values.  qs:latest("created")
---@param ... string|ryx.Expr
---@return ryx.Model
methods.latest = edge("latest", true)

return M
