-- SPDX-License-Identifier: MIT
-- QuerySet: chain methods return a changed copy, terminals run. A manager is a
-- queryset without conditions.
local bulk = require "ryx.query.bulk"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local fetch = require "ryx.query.fetch"
local filter = require "ryx.query.filter"
local iterate = require "ryx.query.iterate"
local q = require "ryx.query.q"
local shape = require "ryx.query.shape"
local write = require "ryx.query.write"

local QuerySet = { _class = "queryset" }
QuerySet.__index = QuerySet

local EMPTY = {}

-- Slot 1 of every queryset: a loop over ipairs(qs) meets it and fails loudly.
local function touched()
  errors.raise("misuse", "a QuerySet is not an array: call :all() (or :iter() to stream)")
end
local GUARD = setmetatable({}, {
  __index = touched, __newindex = touched, __call = touched, __concat = touched, __tostring = touched,
})

local function new(node, params, lim, off, alias, tx)
  return setmetatable({ GUARD, node = node, params = params, lim = lim, off = off, alias = alias, tx = tx }, QuerySet)
end

local function copy(qs, node)
  return new(node, qs.params, qs.lim, qs.off, qs.alias, qs.tx)
end

local function copy_params(qs)
  local params, from = {}, qs.params
  for i = 1, qs.node.n do params[i] = from[i] end
  return params
end

local function refuse_slice(qs, what)
  if qs.lim or qs.off then
    errors.raise("misuse", "%s after limit, offset or slice: %s first", what, what)
  end
end

--- Keeps rows whose fields pass the tests.
--- qs:filter{ views__gte = 100 }, qs:filter(Q1, { a = 1 }), qs:filter("owner", ann)  -> WHERE ...
function QuerySet:filter(first, ...)
  refuse_slice(self, "filter")
  local params = copy_params(self)
  if type(first) == "table" and getmetatable(first) == nil and select("#", ...) == 0 then
    return new(filter.all(self.node, params, first, "filter"), params, nil, nil, self.alias, self.tx)
  end
  local node = filter.q(self.node, params, q.of("filter", first, ...))
  return new(node, params, nil, nil, self.alias, self.tx)
end

--- Drops rows that pass all the tests.  qs:exclude{ title__startswith = "Draft" }  -> WHERE NOT (...)
function QuerySet:exclude(first, ...)
  refuse_slice(self, "exclude")
  local params = copy_params(self)
  local node = filter.q(self.node, params, q.negate(q.of("exclude", first, ...)))
  return new(node, params, nil, nil, self.alias, self.tx)
end

local function step_order(node, key)
  local order = {}
  for name in key:gmatch("[^,]+") do
    local desc = name:sub(1, 1) == "-"
    order[#order + 1] = { field = filter.field(node.meta, desc and name:sub(2) or name), desc = desc }
  end
  return shape.child(node, { order = order })
end

--- Replaces the order; without names it clears it.  qs:order_by("-views", "title")
function QuerySet:order_by(...)
  refuse_slice(self, "order_by")
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if type(name) ~= "string" or name == "" or name:find(",", 1, true) then
      errors.raise("misuse", "order_by takes names of fields, not %s", compat.show(name))
    end
  end
  return copy(self, shape.follow(self.node, "orders", table.concat({ ... }, ","), step_order))
end

local function step_flag(node, key)
  return shape.child(node, { [key] = true })
end

--- Turns the order around.
function QuerySet:reverse()
  refuse_slice(self, "reverse")
  return copy(self, shape.follow(self.node, "flags", "reverse", step_flag))
end

--- Keeps one of equal rows.  -> SELECT DISTINCT
function QuerySet:distinct(...)
  if select("#", ...) > 0 then errors.raise("unsupported", "distinct over some fields is not supported") end
  return copy(self, shape.follow(self.node, "flags", "distinct", step_flag))
end

--- A queryset without rows; its terminals do no I/O.
function QuerySet:none()
  return copy(self, shape.follow(self.node, "flags", "is_none", step_flag))
end

local function whole(n, what)
  errors.check_whole(n, 0, what)
  return n
end

--- At most n rows; nil takes the limit back.
function QuerySet:limit(n)
  local qs = copy(self, self.node)
  qs.lim = n ~= nil and whole(n, "limit") or nil
  return qs
end

--- Leaves out the first n rows.
function QuerySet:offset(n)
  local qs = copy(self, self.node)
  qs.off = whole(n, "offset")
  return qs
end

--- Rows a to b, counted from 1, both ends included; slices compose.  qs:slice(11, 20)
function QuerySet:slice(a, b)
  if type(a) ~= "number" or a < 1 or a % 1 ~= 0 or (b ~= nil and (type(b) ~= "number" or b % 1 ~= 0)) then
    errors.raise("misuse", "slice(a, b) counts rows from 1, so slice(%s, %s) has no meaning", tostring(a), tostring(b))
  end
  local qs = copy(self, self.node)
  local size = b and math.max(b - a + 1, 0)
  if self.lim then
    local left = math.max(self.lim - (a - 1), 0)
    size = size and math.min(size, left) or left
  end
  qs.lim, qs.off = size, (self.off or 0) + a - 1
  return qs
end

--- The same on another alias, or inside a transaction that is handed on.
function QuerySet:using(where)
  local qs = copy(self, self.node)
  if type(where) == "string" then
    qs.alias, qs.tx = db.alias(where), nil
  elseif type(where) == "table" and where._class == "tx" then
    qs.alias, qs.tx = where.alias, where
  else
    errors.raise("misuse", "using takes the name of an alias or a transaction, not %s", compat.show(where))
  end
  return qs
end

--- Every row, as an array.  -> SELECT ...
function QuerySet:all()
  return fetch.all(self)
end

--- The one object; DoesNotExist or MultipleObjectsReturned otherwise.  Post.objects:get{ id = 1 }
function QuerySet:get(first, ...)
  local node = self.node
  if node.n == 0 and type(first) == "table" and getmetatable(first) == nil and select("#", ...) == 0
    and not node.is_none and not self.lim and not self.off then
    local path, v = next(first)
    local edges = path ~= nil and next(first, path) == nil and node[q.class_of(v)]
    local child = edges and edges[path]
    if child and child.n == 1 and not child.take then return fetch.get_by(self, child, v) end
  end
  if first == nil and select("#", ...) == 0 then return fetch.get(self) end
  return fetch.get(self:filter(first, ...))
end

local function step_key_order(node)
  return shape.child(node, { order = { { field = node.meta.pk_field } } })
end

local function ordered(qs)
  local state = shape.fold(qs.node)
  if state.reverse or #fetch.order_of(qs.node.meta, state) > 0 then return qs end
  return copy(qs, shape.follow(qs.node, "flags", "by key", step_key_order))
end

--- The first row in order (by key when nothing else is said), or nil.
function QuerySet:first()
  local qs = ordered(self)
  if not qs.lim or qs.lim > 1 then qs = qs:limit(1) end
  return fetch.first(qs)
end

--- The last row in order, or nil.
function QuerySet:last()
  local qs = ordered(self)
  if qs.lim or qs.off then
    local rows = fetch.all(qs)
    return rows[#rows]
  end
  return fetch.first(qs:reverse():limit(1))
end

--- The number of rows; limit, offset and distinct count.
function QuerySet:count()
  return fetch.count(self)
end

--- Is there any row?
function QuerySet:exists()
  return fetch.exists(self)
end

--- The SQL text of all(), with placeholders.
function QuerySet:sql()
  return fetch.sql(self)
end

--- Sets fields of every row of the queryset; returns how many.  qs:update{ views = 0 }  -> UPDATE ... SET
function QuerySet:update(values)
  return write.update(self, values)
end

function QuerySet:update_all(values)
  return write.update(self, values, true)
end

--- Deletes the rows of the queryset; returns how many.  -> DELETE
function QuerySet:delete()
  return write.delete(self)
end

function QuerySet:delete_all()
  return write.delete(self, true)
end

--- Makes and saves an instance.  Post.objects:create{ title = "Hello" }  -> INSERT
function QuerySet:create(values)
  local meta = self.node.meta
  local object = meta.construct(values or EMPTY)
  meta.save(object, fetch.alias(self), self.tx)
  return object
end

--- Inserts many instances at once and sets their keys; returns the list.
function QuerySet:bulk_create(list, options)
  return bulk.create(self, list, options or EMPTY)
end

--- Objects by key.  qs:in_bulk({ 1, 2 })[1].title
function QuerySet:in_bulk(list, options)
  options = options or EMPTY
  errors.check_options(options, { field_name = true }, "in_bulk")
  local name = options.field_name or "pk"
  local field = filter.field(self.node.meta, name)
  local out = {}
  for _, object in ipairs(self:filter(name .. "__in", list):all()) do
    out[compat.keyof(object[field.attname])] = object
  end
  return out
end

--- Streams rows with flat memory.  for post in qs:iter{ chunk = 500 } do ... end
function QuerySet:iter(options)
  return iterate.iter(self, options or EMPTY)
end

--- Calls fn for each row until it returns false; always closes its stream.
function QuerySet:each(fn, options)
  return iterate.each(self, fn, options or EMPTY)
end

QuerySet.__tostring = function(qs)
  return "<QuerySet of " .. qs.node.meta.model_name .. ">"
end

local M = { QuerySet = QuerySet }

--- The queryset of all rows of a model.
function M.new(meta)
  return new(shape.root(meta), EMPTY)
end

return M
