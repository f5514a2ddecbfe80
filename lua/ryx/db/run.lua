-- SPDX-License-Identifier: MIT
-- The one place that performs I/O: sends a plan or a text, waits the host's way, takes the
-- result. A plan is { handle, alias, meta, kind, row shape }; tx is of ryx.transaction, or nil.
local admission = require "ryx.host.admission"
local core = require "ryx.core"
local errors = require "ryx.errors"
local host = require "ryx.host"
local events = require "ryx.db.events"
local extension = require "ryx.db.extension"
local holders = require "ryx.db.holders"
local placeholders = require "ryx.db.placeholders"
local scope = require "ryx.host.scope"
local statement = require "ryx.db.statement"
local streams = require "ryx.db.streams"

local time_left, refuse_deadlock, enter = admission.time_left, admission.refuse_deadlock, admission.enter

local M = {}
local emit = events.emit

-- What the model's own names make certain is added; nothing is guessed.
local function fail(err, what)
  if events.now then emit(0, err) end
  admission.raise_late(err)
  local meta = what.meta
  if what.alias then holders.explain(err, what.alias) end
  if what.handle then extension.explain(err) end
  local sql = what.sql or what.handle and core.plan_sql(what.handle)
  local known = { alias = what.alias and what.alias.name, sql = sql, params = sql and placeholders.of(what.alias, sql) }
  if meta and getmetatable(err) == nil then meta:explain(err, what.kind == "delete") end
  errors.fail(err, known)
end

--- The handle of a description for a plan; connects first when the server's capabilities
--- are not known yet.
function M.compile(plan, description)
  local handle, err = core.plan(host.engine(), plan.alias.number, description)
  if handle == false then
    M.op(plan.alias, "connect")
    handle, err = core.plan(host.engine(), plan.alias.number, description)
  end
  if not handle then fail(err, plan) end
  return handle
end

-- The handle that is sent: M.choose may know another one (comments.lua).
local function handle_of(plan)
  return M.choose and M.choose(plan) or plan.handle
end

local function note(e, slot, what, tx)
  if events.any_queries then
    events.note(what, what.sql or what.handle and core.plan_sql(handle_of(what)), core.duration(e, slot))
  end
  if events.any_writes and what.writes then events.note_write(what, tx) end
end

--- The current transaction on an alias, or nil.
function M.current_tx(alias)
  if scope.n_tx > 0 then return scope.tx(alias) end
  local txs = host.current().txs
  return txs and txs[alias]
end

-- Waits with something to undo, whatever comes of it.
local function wait_with(e, slot, what, tx, risky)
  local ok, err = pcall(host.wait, e, slot, what.shield, not tx and what.alias or nil)
  if tx then tx.busy = nil end
  if risky then host.current().wants = nil end
  -- Nobody knows how far it went.
  if not ok and events.any_writes and what.writes then events.wrote(what, tx) end
  if not ok then error(err, 0) end
end

local function settle(e, slot, err, what, tx, risky)
  if not slot then
    if tx then tx.busy = nil end
    fail(err, what)
  end
  if streams.n > 0 and not tx then streams.reclaim(e, what.alias) end
  if tx or risky or events.any_writes and what.writes then
    wait_with(e, slot, what, tx, risky)
  else
    host.wait(e, slot, what.shield, what.alias)
  end
  if events.any then note(e, slot, what, tx) end
  return e, slot
end

local function send(plan, tx, ...)
  local e = host.sends()
  local ms = scope.n_due == 0 and -1 or time_left()
  local risky = not tx and plan.writes and plan.alias.one_writer and refuse_deadlock(plan.alias)
  local handle = M.choose and M.choose(plan) or plan.handle
  local slot, err = core.send(e, plan.alias.number, handle, tx and enter(tx) or 0, ms, nil, ...)
  if tx or events.any or streams.n > 0 or risky or not slot then
    settle(e, slot, err, plan, tx, risky)
    if events.shows then events.show(core.plan_params(handle, ...)) end
  else
    host.wait(e, slot, nil, plan.alias)
  end
  return e, slot
end

--- The first row as an object and how many there were: object|nil, n.
function M.row(plan, tx, record, ...)
  local e, slot = send(plan, tx, ...)
  local object, n = (host.row or core.row)(e, slot, plan.shape, record, plan)
  if type(n) ~= "number" then fail(n, plan) end
  if events.now then emit(n) end
  return object, n
end

--- Every row: list, n.
function M.rows(plan, tx, record, ...)
  local e, slot = send(plan, tx, ...)
  local list, n = (host.rows or core.rows)(e, slot, plan.shape, record, plan)
  if not list then fail(n, plan) end
  if events.now then emit(n) end
  return list, n
end

--- Column 1 of row 1 (nil when none).
function M.scalar(plan, tx, ...)
  local e, slot = send(plan, tx, ...)
  local value, err = core.scalar(e, slot)
  if value == nil and err then fail(err, plan) end
  if events.now then emit(1) end
  return value
end

--- Rows a write touched.
function M.affected(plan, tx, ...)
  local e, slot = send(plan, tx, ...)
  local n, err = core.affected(e, slot)
  if not n then fail(err, plan) end
  if events.now then emit(n) end
  return n
end

--- A statement for many rows: list[i][keys[j]]; sets `key` from what comes back, and
--- `_r` to the record with it.
function M.batch(plan, tx, list, keys, key, record)
  local e = host.sends()
  local ms = time_left()
  local risky = not tx and plan.alias.one_writer and refuse_deadlock(plan.alias)
  local slot, err = core.send_list(e, plan.alias.number, handle_of(plan), tx and enter(tx) or 0, ms, nil, list, keys)
  settle(e, slot, err, plan, tx, risky)
  if events.shows then events.show(placeholders.columns(list, keys)) end
  local n
  if key then n, err = core.fill(e, slot, list, key, record) else n, err = core.affected(e, slot) end
  if not n then fail(err, plan) end
  if events.now then emit(n) end
  return n
end

--- Rows of columns that only the database knows, as tables by name.
function M.dicts(plan, tx, ...)
  local e, slot = send(plan, tx, ...)
  local list, n = core.dicts(e, slot)
  if not list then fail(n, plan) end
  if events.now then emit(n) end
  return list
end

--- Starts a stream: e, slot, first list, more.
function M.stream(plan, tx, record, chunk, ...)
  local e = host.sends()
  local ms = time_left()
  local slot, err = core.send_stream(e, plan.alias.number, handle_of(plan), tx and enter(tx) or 0, ms, errors.where(),
    chunk, ...)
  settle(e, slot, err, plan, tx)
  if events.shows then events.show(core.plan_params(handle_of(plan), ...)) end
  local list, n, more = (host.rows or core.rows)(e, slot, plan.shape, record, plan)
  if not list then fail(n, plan) end
  if events.now then emit(n) end
  if more then streams.opened(plan.alias, tx) end
  return e, slot, list, more
end

--- The next part of a stream: list, more.
function M.stream_more(e, slot, plan, tx, record, chunk)
  local ok, err = core.more(e, slot, chunk)
  if not ok and err then fail(err, plan) end
  if tx then
    enter(tx)
    wait_with(e, slot, plan, tx)
  else
    host.wait(e, slot)
  end
  local list, n, more = (host.rows or core.rows)(e, slot, plan.shape, record, plan)
  if not list then fail(n, plan) end
  if not more then streams.ended(plan.alias, tx) end
  return list, more
end

--- Gives a stream up; its connection is reused.
function M.stream_drop(e, slot, alias, tx)
  streams.ended(alias, tx)
  core.drop(e, slot)
end

-- A text of the user's, up to its result: e, slot, what.
local function send_sql(alias, tx, sql, params)
  local e = host.sends()
  local ms = time_left()
  local what = { sql = sql, alias = alias, kind = "raw", writes = events.any_writes and statement.may_write(sql) }
  local slot, err = core.send_sql(e, alias.number, sql, tx and enter(tx) or 0, ms, nil, params)
  settle(e, slot, err, what, tx)
  if events.shows then events.show(params or {}) end
  return e, slot, what
end

--- A text of the user's: rows keyed by column (opts.array: positional).
function M.fetch_sql(alias, tx, sql, params, opts)
  local e, slot, what = send_sql(alias, tx, sql, params)
  local list, n = (host.dicts or core.dicts)(e, slot, opts)
  if not list then fail(n, what) end
  if events.now then emit(n) end
  return list
end

--- A text of the user's: rows affected.
function M.execute_sql(alias, tx, sql, params)
  local e, slot, what = send_sql(alias, tx, sql, params)
  local n, err = core.affected(e, slot)
  if not n then fail(err, what) end
  if events.now then emit(n) end
  return n
end

-- Ends of transactions are not interrupted: half an end helps nobody.
local SHIELDED = { commit = true, rollback = true, release = true, rollback_to = true }
local OP_SQL = {
  begin = "BEGIN", commit = "COMMIT", rollback = "ROLLBACK", savepoint = "SAVEPOINT",
  release = "RELEASE SAVEPOINT", rollback_to = "ROLLBACK TO SAVEPOINT", connect = "CONNECT",
}

--- connect, begin, commit, ...: for begin the new transaction's number; the caller's line.
function M.op(alias, name, id, opts)
  local e = host.sends()
  local risky = name == "begin" and alias.one_writer and not (opts and opts.read_only) and refuse_deadlock(alias)
  local what = { sql = OP_SQL[name], alias = alias, kind = name, shield = SHIELDED[name] }
  local where = errors.where()
  local slot, err = core.op(e, alias.number, name, id or 0, time_left(what.shield), where, opts)
  settle(e, slot, err, what, nil, risky)
  local got, why = (name == "begin" and core.tx or core.affected)(e, slot)
  if not got then fail(why, what) end
  if events.now then emit(0) end
  return got, where
end

--- Rolls a transaction back in the background: its owner is gone.
function M.drop_tx(id, e)
  core.tx_drop(e, id)
end

--- What copies (copy.lua) are made of.
M.steps = { send = send, settle = settle, fail = fail, wait_with = wait_with, handle_of = handle_of, note = note,
  emit = emit, forget = events.forget }

local READS = { select = true, count = true, exists = true, explain = true }

--- Compiles a description for an alias.
function M.plan(alias, description, kind, meta, shape)
  local plan = {
    alias = alias, meta = meta, kind = kind, shape = shape and core.shape(shape), writes = not READS[kind],
    rows_kind = shape and shape.kind, rows = shape or nil, description = description,
  }
  plan.handle = M.compile(plan, description)
  return plan
end

-- What a server says of itself; connects when nobody has asked it yet.
local function asked(alias, ask, ...)
  local answer = ask(host.engine(), alias.number, ...)
  if answer ~= nil then return answer end
  M.op(alias, "connect")
  return ask(host.engine(), alias.number, ...)
end

--- Can the server of an alias do that ("update_returning")?
function M.can(alias, name)
  return asked(alias, core.can, name) == true
end

--- What the server of an alias speaks ("postgres"), by its URL where that says it.
function M.dialect(alias)
  return asked(alias, core.dialect)
end

--- The SQL text of a plan and the list of its parameters as they are bound, one for
--- each placeholder.
function M.sql(plan, ...)
  local params, err = core.plan_params(plan.handle, ...)
  if not params then fail(err, plan) end
  return core.plan_sql(plan.handle), params
end

return M
