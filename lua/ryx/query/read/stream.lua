-- SPDX-License-Identifier: MIT
-- qs:iter, qs:each: rows in parts, memory flat. On Lua 5.4 leaving the loop closes the
-- stream; on LuaJIT the end of the task or transaction, or the collector, does.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local holders = require "ryx.db.holders"
local host = require "ryx.host"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local value = require "ryx.value"

local methods = {}

local CHUNK = 1000
local OPTIONS = { chunk = true }

--- The rows behind a loop over qs:iter().
---@class ryx.Stream
local Stream = {}
Stream.__index = Stream
Stream.__close = function(s) s:close() end

-- Of the stream only this part is seen by its collector.
local function drop(state)
  if state.slot then
    local slot = state.slot
    state.slot = nil
    holders.remove(state)
    run.stream_drop(state.e, slot, state.alias, state.tx)
  end
end

--- Ends the stream; its connection is free again. May run twice.
--- local next_row, stream = qs:iter() stream:close()
function Stream:close()
  drop(self.state)
  self.list, self.more, self.closed = nil, false, true
  for _, owner in ipairs(self.owners) do owner[self] = nil end
end

-- Makes a stream known to its task or transaction, whose end closes it.
local function give_to(owner, stream)
  owner.streams = owner.streams or setmetatable({}, { __mode = "k" })
  owner.streams[stream] = true
  table.insert(stream.owners, owner.streams)
end

-- What prefetch_related asks for is loaded for each part of the rows.
local function complete(stream)
  if not (stream.plan.adapt or stream.qs.loads) then return end
  local ok, err = pcall(plans.complete, stream.qs, stream.plan, stream.list, stream.tx)
  if not ok then
    stream:close()
    error(err, 0)
  end
end

local function open(qs, options)
  options = options or {}
  errors.check_options(options, OPTIONS, "iter")
  local chunk = options.chunk or CHUNK
  errors.check_whole(chunk, 1, "iter: chunk")
  local alias = plans.read_alias(qs)
  local plan, params, n = plans.plan_for(qs, alias, "all"), plans.params(qs)
  local state = { alias = alias, tx = plans.tx_of(qs, alias, plan) }
  local stream = setmetatable({
    state = state, qs = qs, plan = plan, tx = state.tx, alias = alias, chunk = chunk, i = 0,
    owners = {}, guard = compat.guard(function() drop(state) end),
  }, Stream)
  local slot
  state.e, slot, stream.list, stream.more =
    run.stream(plan, stream.tx, plans.record(plan, alias), chunk, compat.unpack(params, 1, n))
  if stream.more then
    state.slot = slot
    if not state.tx then holders.add(state, errors.where()) end
    give_to(host.current(), stream)
    if stream.tx then give_to(stream.tx, stream) end
  end
  complete(stream)
  return stream
end

local function refill(stream)
  local state = stream.state
  local ok, list, more = pcall(run.stream_more, state.e, state.slot, stream.plan, stream.tx,
    plans.record(stream.plan, stream.alias), stream.chunk)
  if not ok then
    stream:close()
    error(list, 0)
  end
  stream.list, stream.more, stream.i = list, more, 0
  if not more then
    state.slot = nil
    holders.remove(state)
    for _, owner in ipairs(stream.owners) do owner[stream] = nil end
  end
  complete(stream)
end

local function next_row(stream)
  if stream.closed then
    errors.raise("misuse", "this stream was closed with its transaction or task")
  end
  while true do
    local i = stream.i + 1
    local row = stream.list[i]
    if row ~= nil then
      stream.i = i
      return row
    end
    if not stream.more then return nil end
    refill(stream)
  end
end

local function nothing() end

--- Streams rows with flat memory.  for post in qs:iter{ chunk = 500 } do ... end
---@param options? { chunk?: integer } rows that are read at once, 1000 when not given
---@return fun(stream?: ryx.Stream): ryx.Model? next_row
---@return ryx.Stream? stream
---@return nil
---@return ryx.Stream? closed at the end of the loop
function methods:iter(options)
  if queryset.node(self, "iter").is_none then return nothing end
  local stream = open(self, options)
  return next_row, stream, nil, stream -- the fourth closes it on Lua 5.4
end

--- Calls fn for each row until it returns false; always closes its stream. The number of
--- rows seen.  qs:each(function(post) print(post.title) end, { chunk = 500 })
---@param fn fun(row: ryx.Model): boolean?
---@param options? { chunk?: integer }
---@return integer
function methods:each(fn, options)
  errors.check_type(fn, "function", "each")
  if self.node.is_none then return 0 end
  local stream = open(self, options)
  local n = 0
  local ok, err = pcall(function()
    for row in next_row, stream do
      n = n + 1
      if fn(row) == false then break end
    end
  end)
  stream:close()
  if not ok then error(err, 0) end
  return n
end

--- Streams the rows of a queryset with flat memory: qs:iter as a function.
--- for post in ryx.stream(Post.objects:order_by("id"), { chunk = 100 }) do ... end
---@param qs ryx.QuerySet
---@param options? { chunk?: integer } rows that are read at once, 1000 when not given
---@return fun(stream?: ryx.Stream): ryx.Model? next_row
---@return ryx.Stream? stream
---@return nil
---@return ryx.Stream? closed at the end of the loop
local function stream(qs, options)
  if type(qs) ~= "table" or rawget(qs, "_meta") or value.class_of(qs) ~= "queryset" then
    errors.raise("misuse", "ryx.stream takes a queryset, not %s", compat.show(qs))
  end
  return qs:iter(options)
end

return { methods = methods, stream = stream }
