-- SPDX-License-Identifier: MIT
-- qs:paginate: a page by number, with a count, or by keyset, from where the last one
-- ended. qs:earliest, qs:latest.
local compat = require "ryx.compat"
local cursors = require "ryx.query.read.cursor"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local filter = require "ryx.query.clause.filter"
local intern = require "ryx.query.expr.intern"
local keys_of = require "ryx.query.read.page_keys"
local order = require "ryx.query.clause.order"
local plans = require "ryx.query.read.plan"
local q = require "ryx.query.expr.q"
local queryset = require "ryx.query.clause.queryset"
local slice = require "ryx.query.clause.slice"
local value = require "ryx.value"

local methods = {}
local M = { methods = methods }

local null = value.null

local function signature_of(keys)
  local parts = {}
  for i, key in ipairs(keys) do parts[i] = expr.show(key) end
  return cursors.sum(table.concat(parts, ";"))
end

local PREFIX = "ryx_key_"

-- The values of the keys in each row, as their columns hold them, taken out of it again.
local function take_values(row, n, customs)
  local values = {}
  for i = 1, n do
    local v = rawget(row, PREFIX .. i)
    if v ~= nil and v ~= null and customs[i] then v = customs[i]:to_column(v) end
    values[i] = v == nil and null or v
    rawset(row, PREFIX .. i, nil)
  end
  return values
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

local function names_of(keys)
  local names = {}
  for i, key in ipairs(keys) do names[PREFIX .. i] = expr.new(key[1], {}) end
  return names
end

-- The keys of rows that hold their values.
local function by_name(keys)
  local out = {}
  for i, key in ipairs(keys) do out[i] = intern.term("order", expr.F(PREFIX .. i).term, key[2], key[3]) end
  return out
end

-- The rows behind a cursor, and whether they hold the values of the keys.
local function beyond(page, keys, values, customs)
  local nulls, is_whole = keys_of.nullable(page), page.node.needs_all or false
  if is_whole then page, keys = slice.whole(page:annotate(names_of(keys))), by_name(keys) end
  local found = keys_of.condition(keys, values, nulls, customs)
  return found and filter.of_order(page, found) or page:none(), is_whole
end

--- A page by cursor before its rows are read: { qs, n, prefix, customs, backwards, finish }. The
--- up to size + 1 rows hold the values of the order as prefix .. 1 to n, those of fields of the
--- user's own (`customs`) as the user has them, and are the other way round when `backwards`.
--- finish(n_rows, first, last) gives the rest of the page; first and last are those values at its
--- ends, as columns hold them.
function M.keyset(qs, size, options)
  check_rows(qs)
  local keys, customs = keys_of.of(qs)
  local backwards = options.before ~= nil
  local cursor = options.before or options.after
  local signature = signature_of(keys)
  local walked = keys
  if backwards then
    walked = {}
    for i, key in ipairs(keys) do walked[i] = keys_of.turned(key) end
  end
  local page = keys_of.ordered_by(qs, walked)
  local holds_keys = false
  if cursor ~= nil then page, holds_keys = beyond(page, walked, cursors.decode(signature, cursor, #keys), customs) end
  if not holds_keys then page = page:annotate(names_of(keys)) end
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
  return {
    qs = page:limit(size + 1), n = #keys, prefix = PREFIX, customs = customs, backwards = backwards, finish = close,
  }
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
    last = take_values(row, page.n, page.customs)
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
  local page = order.complete(qs)
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
  queryset.node(qs, "paginate")
  errors.check_options(options, OPTIONS, "paginate")
  local size = options.size or SIZE
  errors.check_whole(size, 1, "paginate: size")
  local ways = (options.page and 1 or 0) + (options.after and 1 or 0) + (options.before and 1 or 0)
  if ways > 1 then errors.raise("misuse", "paginate takes one of page, after and before") end
  if options.page and plans.plan_for(qs, plans.read_alias(qs), "count").writes then
    errors.raise("misuse", "paginate: a page by number takes two statements, and a CTE would write in both: read the "
      .. "rows once, by all()")
  end
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
    local keys, tests = {}, {}
    for i, name in ipairs(names) do
      local key = expr.order_key(name, what)
      local turn = desc and intern.term("order", key.term[1], not key.term[2], "") or key.term
      keys[i] = expr.new(turn, key.values)
      tests[i] = q.compare(expr.new(key.term[1], key.values), "isnull", false)
    end
    local page = slice.whole(slice.ordered_rows(qs, what)):order_by(compat.unpack(keys))
    for _, test in ipairs(tests) do page = filter.of_order(page, test) end
    local row = page:first()
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
