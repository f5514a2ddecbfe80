-- SPDX-License-Identifier: MIT
-- What the Python package calls of querysets and streams.
local api = require "ryx.host.python_api"
local compat = require "ryx.compat"
local fetch = require "ryx.query.fetch"
local q = require "ryx.query.q"
local run = require "ryx.query.run"

local M = {}

local unpack = compat.unpack
local absent, as_list, directly, given, values_of = api.absent, api.as_list, api.directly, api.given, api.values_of

local function conditions(args, kwargs)
  local list = { unpack(args, 1, #args) }
  if next(kwargs) ~= nil then list[#list + 1] = kwargs end
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

function M.slice(qs, from, to)
  return qs:slice(from, absent(to))
end

function M.limit(qs, n)
  return qs:limit(absent(n))
end

function M.sql(qs)
  return qs:sql()
end

function M.all(qs)
  directly()
  return as_list(qs:all())
end

function M.get(qs, args, kwargs)
  local list = conditions(args, kwargs)
  directly()
  return qs:get(unpack(list))
end

function M.first(qs)
  directly()
  return qs:first()
end

function M.last(qs)
  directly()
  return qs:last()
end

function M.count(qs)
  return qs:count()
end

function M.exists(qs)
  return qs:exists()
end

function M.insert(qs, object)
  qs.node.meta.save(object, fetch.alias(qs), qs.tx)
  return given(object)
end

function M.bulk_create(qs, objects, options)
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

--- A Q of Qs and conditions, joined by "and" or "or", perhaps negated.
function M.q(connector, negated, args, kwargs)
  local list = conditions(args, kwargs)
  local out = connector == "or" and q.Q.any(list) or q.Q.all(list)
  return negated and q.negate(out) or out
end

-- Streams.

local Stream = {}
Stream.__index = Stream

function Stream:close()
  if self.slot then run.stream_drop(self.e, self.slot) end
  self.slot, self.ended = nil, true
  if self.tx and self.tx.streams then self.tx.streams[self] = nil end
end

function M.stream(qs, chunk)
  return setmetatable({ qs = qs, chunk = chunk, ended = qs.node.is_none }, Stream)
end

local function open(s)
  local alias = fetch.alias(s.qs)
  local plan, params, n = fetch.all_plan(s.qs, alias)
  s.plan, s.record, s.tx = plan, { alias = alias }, s.qs.tx or run.current_tx(alias)
  if s.tx then
    s.tx.streams = s.tx.streams or setmetatable({}, { __mode = "k" })
    s.tx.streams[s] = true
  end
  local list, more
  s.e, s.slot, list, more = run.stream(plan, s.tx, s.record, s.chunk, unpack(params, 1, n))
  return list, more
end

--- The next rows of a stream, or nil at its end.
function M.stream_part(s)
  if s.ended then return nil end
  directly()
  local list, more
  if s.slot then
    list, more = run.stream_more(s.e, s.slot, s.plan, s.tx, s.record, s.chunk)
  else
    list, more = open(s)
  end
  if not more then
    s.slot = nil
    s:close()
  end
  return as_list(list)
end

function M.stream_close(s)
  s:close()
end

return M
