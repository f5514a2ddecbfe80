-- SPDX-License-Identifier: MIT
-- What the Python package calls of querysets and streams.
local api = require "ryx.python.api"
local cache = require "ryx.cache"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local holders = require "ryx.db.holders"
local order = require "ryx.query.clause.order"
local page = require "ryx.query.read.page"
local path = require "ryx.query.resolve.path"
local plans = require "ryx.query.read.plan"
local prefetch = require "ryx.query.read.prefetch"
local queryset = require "ryx.query.clause.queryset"
local rows = require "ryx.python.rows"
local run = require "ryx.db.run"
local slice = require "ryx.query.clause.slice"
local streams = require "ryx.db.streams"
local value = require "ryx.value"

local M = {}

-- The metatable of pages, which Python holds as they are.
local Page = {}

local unpack = compat.unpack
local finished, finished_row = rows.finished, rows.finished_row
local absent, as_list, given, values_of = api.absent, api.as_list, api.given, api.values_of

-- Rows become Python objects as they are read, unless Lua has something to load for them or they may
-- come out of a cache.
local function directly(qs)
  if not (qs.loads or qs.more and qs.more.cache and cache.backend) then api.directly() end
end

local function conditions(args, kwargs)
  local list = { unpack(args, 1, #args) }
  if next(kwargs) ~= nil then list[#list + 1] = api.named(kwargs) end
  return list
end

local function narrowed(qs, method, args, kwargs)
  local list = conditions(args, kwargs)
  if #list == 0 then return qs end
  return qs[method](qs, unpack(list))
end

function M.filter(qs, args, kwargs)
  return narrowed(qs, "filter", args, kwargs)
end

function M.exclude(qs, args, kwargs)
  return narrowed(qs, "exclude", args, kwargs)
end

--- A chain method with positional arguments.
function M.chain(qs, method, ...)
  return qs[method](qs, ...)
end

--- annotate or alias, of { name, expression } in the order they are written.
function M.annotate(qs, method, pairs_of)
  for _, pair in ipairs(pairs_of) do qs = qs[method](qs, { [pair[1]] = pair[2] }) end
  return qs
end

--- values or values_list, with options and expressions by name.
function M.values(qs, method, names, named)
  local n = #names
  if next(named) ~= nil then
    n = n + 1
    names[n] = named
  end
  return qs[method](qs, unpack(names, 1, n))
end

--- A set operation with other querysets.
function M.combine(qs, method, others, all)
  if all then others[#others + 1] = { all = true } end
  return qs[method](qs, unpack(others))
end

--- A chain method with one table of options behind its arguments.
function M.with_options(qs, method, options, ...)
  local args, n = { ... }, select("#", ...)
  for i = 1, n do args[i] = absent(args[i]) end
  options.depth_first = api.plain(options.depth_first)
  args[n + 1] = options
  return qs[method](qs, unpack(args, 1, n + 1))
end

function M.slice(qs, from, to)
  return qs:slice(from, absent(to))
end

function M.limit(qs, n)
  return qs:limit(absent(n))
end

--- The SQL; with `is_known` nil where that would take a connection.
function M.sql(qs, is_known)
  return not (is_known and not db.is_connected(plans.read_alias(qs).name)) and qs:sql() or nil
end

function M.explain(qs, options)
  return qs:explain(options)
end

function M.all(qs)
  directly(qs)
  return as_list(finished(qs, qs:all()))
end

function M.get(qs, args, kwargs)
  local list = conditions(args, kwargs)
  directly(qs)
  return finished_row(qs, qs:get(unpack(list)))
end

function M.first(qs)
  directly(qs)
  return finished_row(qs, qs:first())
end

--- The last row as { false, row }; with bounds { true, rows }, where it is the last of them.
function M.last(qs)
  directly(qs)
  if not (qs.limit_value or qs.offset_value) then
    local row = finished_row(qs, qs:last())
    return as_list{ false, row == nil and value.null or row }
  end
  return as_list{ true, M.all(order.total(qs)) }
end

function M.edge(qs, what, fields)
  directly(qs)
  return finished_row(qs, qs[what](qs, unpack(fields)))
end

--- Aggregates over all rows by name, NULL for those that have no value.
function M.aggregate(qs, expressions)
  directly(qs)
  local row = qs:aggregate(expressions)
  if type(row) ~= "table" then return row end
  for name in pairs(expressions) do
    if row[name] == nil then row[name] = value.null end
  end
  return row
end

--- The attribute of a field and the rows that have one of these values there.
function M.in_bulk(qs, list, name)
  local field = path.field(qs.node.meta, name)
  directly(qs)
  return as_list{ field.attname, M.all(slice.whole(qs):filter(name .. "__in", list)) }
end

--- A page by number, or by cursor: then { page, rows }, which page_info goes on with.
function M.paginate(qs, options)
  local size = page.checked(qs, options)
  if options.page then
    directly(qs)
    local found = qs:paginate(options)
    found.rows = as_list(finished(qs, found.rows))
    return found
  end
  local found = page.keyset(qs, size, options)
  found.size = size
  directly(qs)
  return as_list{ setmetatable(found, Page), M.all(found.qs) }
end

--- What an instance needs to know of a page by cursor to take its rows apart.
function M.page_shape(found)
  return { size = found.size, backwards = found.backwards, n = found.n, prefix = found.prefix }
end

-- Keys of a row as columns have them.
local function in_columns(found, keys)
  keys = absent(keys)
  for i, f in pairs(keys and found.customs or {}) do
    if keys[i] ~= value.null then keys[i] = f:to_column(keys[i]) end
  end
  return keys
end

function M.page_info(found, n_rows, first, last)
  return found.finish(n_rows, in_columns(found, first), in_columns(found, last))
end

function M.count(qs)
  return qs:count()
end

function M.exists(qs)
  return qs:exists()
end

function M.insert(qs, object)
  qs.node.meta.save(object, plans.write_alias(qs), qs.tx)
  return given(object)
end

function M.bulk_create(qs, objects, options)
  for name, v in pairs(options) do options[name] = api.plain(v) end
  qs:bulk_create(objects, options)
  local alias
  for i = 1, #objects do objects[i], alias = values_of(objects[i]) end
  return { alias, objects }
end

function M.update(qs, values, all)
  if all then return qs:update_all(values) end
  return qs:update(values)
end

function M.delete(qs, all)
  if all then return qs:delete_all() end
  return qs:delete()
end

function M.prefetch(name, options)
  return prefetch.Prefetch(name, options)
end

--- A method of a manager of related rows that changes the relation of its owner, the Python
--- object of which receivers are handed.
function M.manage(manager, method, args, options, owner)
  if method == "set" then args = { { unpack(args, 1, #args) } } end
  local n = #args
  if next(options) ~= nil then
    n = n + 1
    args[n] = options
  end
  rawset(manager._owner, "_python", rawget(owner, "_python"))
  return manager[method](manager, unpack(args, 1, n))
end

-- Streams.

local Stream = {}
Stream.__index = Stream

function Stream:close()
  if self.slot then run.stream_drop(self.e, self.slot, self.alias, self.tx) end
  self.slot, self.ended = nil, true
  holders.remove(self)
  if self.tx and self.tx.streams then self.tx.streams[self] = nil end
end

function M.stream(qs, chunk)
  qs = qs.more and queryset.with_more(qs, "cache", nil) or qs
  return setmetatable({ qs = qs, chunk = chunk, ended = qs.node.is_none }, Stream)
end

local function open(s)
  local alias = plans.read_alias(s.qs)
  local plan, params, n = plans.plan_for(s.qs, alias, "all"), plans.params(s.qs)
  s.plan, s.alias, s.tx = plan, alias, s.qs.tx or run.current_tx(alias)
  if s.tx then
    s.tx.streams = s.tx.streams or setmetatable({}, { __mode = "k" })
    s.tx.streams[s] = true
  else
    holders.add(s, errors.where())
  end
  local list, more
  s.e, s.slot, list, more = run.stream(plan, s.tx, plans.record(plan, alias), s.chunk, unpack(params, 1, n))
  return list, more
end

--- The next rows of a stream, or nil at its end.
function M.stream_part(s)
  if s.ended then return nil end
  directly(s.qs)
  local list, more
  if s.slot then
    list, more = run.stream_more(s.e, s.slot, s.plan, s.tx, plans.record(s.plan, s.alias), s.chunk)
  else
    list, more = open(s)
  end
  if not more then
    s.slot = nil
    s:close()
  end
  if s.qs.loads or s.plan.converts then plans.complete(s.qs, s.plan, list, s.tx) end
  return as_list(finished(s.qs, list))
end

function M.stream_close(s)
  s:close()
end

--- The same when its engine is closed.
function M.stream_lost(s)
  if s.slot then streams.ended(s.alias, s.tx) end
  s.slot = nil
  s:close()
end

return M
