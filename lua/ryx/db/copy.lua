-- SPDX-License-Identifier: MIT
-- Rows into a table by COPY or by INSERTs of many, and rows of a query as text: what
-- query/write/copy_from and query/read/copy_to send. Beside run.lua, of whose steps it is made.
local admission = require "ryx.host.admission"
local compat = require "ryx.compat"
local core = require "ryx.core"
local errors = require "ryx.errors"
local events = require "ryx.db.events"
local host = require "ryx.host"
local run = require "ryx.db.run"
local streams = require "ryx.db.streams"

local M = {}

local steps = run.steps

-- Rows are counted from 1 over all parts.
local function fail(err, plan, row)
  if row then err.message = ("row %d: %s"):format(row, err.message) end
  steps.fail(err, plan)
end

local function mark(tx, value)
  while tx do
    tx.copying = value
    tx = tx.outer
  end
end

-- A stream that its task or transaction closes when it ends before it.
local function own(owner, copy)
  owner.streams = owner.streams or setmetatable({}, { __mode = "k" })
  owner.streams[copy] = true
  table.insert(copy.owners, owner.streams)
end

--- A COPY under way: rows from or to a database.
local Copy = {}
Copy.__index = Copy

-- Of the copy only this part is seen by its collector.
local function drop(state)
  local slot = state.slot
  if not slot then return end
  state.slot = nil
  mark(state.tx, nil)
  run.stream_drop(state.e, slot, state.alias, state.tx)
end

local function open(plan, tx, e, slot, handle)
  local state = { e = e, slot = slot, alias = plan.alias, tx = tx }
  local copy = setmetatable({
    state = state, plan = plan, handle = handle, owners = {}, guard = compat.guard(function() drop(state) end),
  }, Copy)
  streams.opened(plan.alias, tx)
  own(host.current(), copy)
  if tx then own(tx, copy) end
  return copy
end

local function ended(copy)
  local state = copy.state
  state.slot = nil
  streams.ended(state.alias, state.tx)
  mark(state.tx, nil)
  for _, owner in ipairs(copy.owners) do owner[copy] = nil end
end

--- Gives it up: of rows for the database none is kept. May run twice.
function Copy:close()
  drop(self.state)
  for _, owner in ipairs(self.owners) do owner[self] = nil end
end

local function open_state(copy)
  local state = copy.state
  if not state.slot then errors.raise("misuse", "this copy was closed with its transaction or task") end
  return state
end

local function wait(copy)
  local state = open_state(copy)
  if state.tx then
    steps.wait_with(state.e, state.slot, copy.plan, state.tx)
  else
    host.wait(state.e, state.slot)
  end
end

-- True while it takes rows, else how many it has kept.
local function take(copy)
  local state = copy.state
  local result, err = core.copy_state(state.e, state.slot)
  if result ~= true then ended(copy) end
  if not result then fail(err, copy.plan) end
  return result
end

--- Begins to copy into the table of a plan for which core.copies is true.
function M.into(plan, tx)
  local e = host.sends()
  local ms = admission.time_left()
  local handle = steps.handle_of(plan)
  local slot, err = core.send_copy(e, plan.alias.number, handle, tx and admission.enter(tx) or 0, ms,
    errors.where())
  steps.settle(e, slot, err, plan, tx)
  local copy = open(plan, tx, e, slot, handle)
  take(copy)
  steps.forget() -- it is told of at its end
  mark(tx, true)
  return copy
end

--- Sends the rows of a source, the first of which has the number `from`.
function Copy:put(source, layout, from)
  local state = open_state(self)
  local ok, err, bad = core.put_rows(state.e, state.slot, self.handle, source, layout)
  if not ok then fail(err, self.plan, bad and from + bad - 1) end
  wait(self)
  take(self)
end

--- No more rows: how many there were.
function Copy:finish()
  local state = self.state
  core.more(state.e, state.slot, 1)
  wait(self)
  if events.any then steps.note(state.e, state.slot, self.plan, state.tx) end
  local n = take(self)
  steps.emit(n)
  return n
end

--- Inserts the rows of a source by one statement: how many.
function M.insert(plan, tx, source, layout, from)
  local e = host.sends()
  local ms = admission.time_left()
  local slot, err, bad = core.send_rows(e, plan.alias.number, steps.handle_of(plan), tx and admission.enter(tx) or 0,
    ms, nil, source, layout)
  if not slot and bad then err.message = ("row %d: %s"):format(from + bad - 1, err.message) end
  steps.settle(e, slot, err, plan, tx)
  local n
  n, err = core.affected(e, slot)
  if not n then fail(err, plan) end
  steps.emit(n)
  return n
end

--- The rows of a query as text, in parts: calls fn(text) for each; how many rows. keys: of
--- objects of JSON, nil for CSV.
function M.out(plan, tx, chunk, keys, fn, ...)
  local e = host.sends()
  local ms = admission.time_left()
  local slot, err = core.send_stream(e, plan.alias.number, steps.handle_of(plan), tx and admission.enter(tx) or 0, ms,
    errors.where(), chunk, ...)
  steps.settle(e, slot, err, plan, tx)
  local copy, rows = open(plan, tx, e, slot), 0
  local ok, problem = pcall(function()
    while true do
      local text, more, n = core.copy_text(e, slot, keys)
      if not text then
        ended(copy)
        fail(more, plan)
      end
      rows = rows + tonumber(n)
      if not more then ended(copy) end
      steps.emit(tonumber(n))
      if text ~= "" then fn(text) end
      if not more then return end
      admission.time_left()
      if tx then admission.enter(tx) end
      core.more(e, slot, chunk)
      wait(copy)
    end
  end)
  if ok then return rows end
  copy:close()
  error(problem, 0)
end

--- A reader of CSV: give(text or nil), rows(max) -> n, names().
function M.csv()
  local reader, err = core.csv()
  if not reader then errors.fail(err) end
  return {
    reader = reader,
    give = function(text)
      local ok, problem = core.csv_feed(reader, text)
      if not ok then errors.fail(problem) end
    end,
    rows = function(max)
      local n, problem = core.csv_rows(reader, max)
      if not n then errors.fail(problem) end
      return n
    end,
    names = function() return core.csv_names(reader) end,
  }
end

local FORMATS = { csv = true, jsonl = true }

--- The format of a file: what an option or the end of its path says.
function M.format(format, path, what)
  if format == nil then
    local suffix = type(path) == "string" and path:match("%.(%w+)$")
    format = FORMATS[suffix] and suffix or "csv"
  end
  if not FORMATS[format] then
    errors.raise("misuse", "%s: format is csv or jsonl, not %s", what, compat.show(format))
  end
  return format
end

--- Do the rows of a plan go by COPY?
function M.copies(plan)
  return core.copies(plan.handle)
end

return M
