-- SPDX-License-Identifier: MIT
-- ryx.signals, ryx.Signal, ryx.receiver: functions that are told what happens. Lists of receivers
-- are never changed but replaced, so that one may come or go while a signal is sent.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local events = require "ryx.db.events"
local host = require "ryx.host"

local M = {
  changed = false, -- when set, a function that is told of every receiver that comes or goes
}

local WEAK_KEYS, WEAK_VALUES = { __mode = "k" }, { __mode = "v" }
local NOBODY = {} -- stands for no sender

--- What receivers connect to; they are called one after another, in the order in which they
--- were connected.
---@class ryx.Signal
---@field name string
local Signal = { _class = "signal" }
Signal.__index = Signal
Signal.__tostring = function(signal) return "<Signal: " .. signal.name .. ">" end

-- row: what M.rows says of a signal of ryx's.
local function new(name, row)
  -- matches: sender -> the receivers that are told, false when there is none.
  return setmetatable({ name = name, row = row, receivers = {}, matches = setmetatable({}, WEAK_KEYS) }, Signal)
end

--- A signal of your own.  local paid = ryx.Signal("paid")
---@param name string
---@return ryx.Signal
function M.Signal(name)
  errors.check_type(name, "string", "ryx.Signal")
  return new(name)
end

local OF_END = { committed = "post_commit", ["rolled back"] = "post_rollback" }

local function ended(alias, outcome)
  local name = OF_END[outcome]
  if name then M.signals[name]:send(alias, { alias = alias }) end
end

-- The ends of transactions are listened to as long as a receiver wants to know of them.
local unlisten
local function follow_transactions()
  local is_wanted = M.signals.post_commit.receivers[1] or M.signals.post_rollback.receivers[1]
  if is_wanted and not unlisten then
    unlisten = events.on_transaction_end(ended)
  elseif unlisten and not is_wanted then
    unlisten()
    unlisten = nil
  end
end

local function replace(signal, receivers)
  signal.receivers, signal.matches = receivers, setmetatable({}, WEAK_KEYS)
  follow_transactions()
  if M.changed then M.changed() end
end

local function without(receivers, gone)
  local out = {}
  for _, r in ipairs(receivers) do
    if r ~= gone then out[#out + 1] = r end
  end
  return out
end

local function remove(signal, r)
  r.gone = true
  replace(signal, without(signal.receivers, r))
end

local function find(signal, fn, sender)
  for _, r in ipairs(signal.receivers) do
    if rawequal(r.held.fn, fn) and rawequal(r.sender, sender) then return r end
  end
end

local function check(signal, method)
  if type(signal) ~= "table" or getmetatable(signal) ~= Signal then
    errors.raise("misuse", "%s belongs to a signal, not to %s: call it with a colon, signal:%s(...)", method,
      compat.show(signal), method)
  end
end

local function is_model(v)
  return type(v) == "table" and rawget(v, "_meta") ~= nil
end

-- A sender that never sends is a slip.
local function check_sender(signal, what, options)
  local sender = options.sender
  if options.subclasses and not is_model(sender) then
    errors.raise("misuse", "%s: subclasses asks for a sender that is a model, not %s", what, compat.show(sender))
  end
  local row = signal.row
  if not row or sender == nil or is_model(sender) == (row.sender ~= "alias") then return end
  errors.raise("misuse", "%s: the sender is %s, not %s", what, row.sender == "alias" and "the name of an alias"
    or "a model", compat.show(sender))
end

---@class ryx.ConnectOptions
---@field sender? any whose sending is meant, a model: that of everybody when not given
---@field subclasses? boolean models that are built upon the sender as well: abstract bases, proxies
---@field weak? boolean the receiver goes when nothing else holds it

local CONNECT = { sender = true, subclasses = true, weak = true }

--- Calls fn(sender, kwargs) whenever the signal is sent. Connected again for one sender it runs
--- once, as the last call says.
--- local undo = ryx.signals.post_save:connect(function(sender, kw) print(kw.instance) end, { sender = Post })
---@param fn fun(sender: any, kwargs: table): any
---@param options? ryx.ConnectOptions
---@return fun() undo
function Signal:connect(fn, options)
  check(self, "connect")
  options = options or {}
  local what = self.name .. ":connect"
  errors.check_type(fn, "function", what)
  errors.check_options(options, CONNECT, what)
  check_sender(self, what, options)
  local r = find(self, fn, options.sender)
  local receivers = without(self.receivers)
  if not r then
    r = { sender = options.sender }
    receivers[#receivers + 1] = r
  end
  r.subclasses = options.subclasses
  r.held = options.weak and setmetatable({ fn = fn }, WEAK_VALUES) or { fn = fn }
  replace(self, receivers)
  return function()
    if not r.gone then remove(self, r) end
  end
end

local DISCONNECT = { sender = true }

--- Takes back a connect of the same function for the same sender: was there one?
--- ryx.signals.post_save:disconnect(fn, { sender = Post })
---@param fn function
---@param options? { sender?: any }
---@return boolean
function Signal:disconnect(fn, options)
  check(self, "disconnect")
  options = options or {}
  local what = self.name .. ":disconnect"
  errors.check_type(fn, "function", what)
  errors.check_options(options, DISCONNECT, what)
  local r = find(self, fn, options.sender)
  if r then remove(self, r) end
  return r ~= nil
end

local function is_built_on(meta, base)
  for _, parent in ipairs(meta.bases) do
    if parent == base or is_built_on(parent, base) then return true end
  end
  return false
end

local function is_meant(r, sender)
  if r.sender == nil or rawequal(r.sender, sender) then return true end
  return r.subclasses and is_model(sender) and is_built_on(sender._meta, r.sender._meta)
end

-- The receivers that a sender reaches, or false.
local function matching(signal, sender)
  local key = sender == nil and NOBODY or sender
  local list = signal.matches[key]
  if list ~= nil then return list end
  list = {}
  for _, r in ipairs(signal.receivers) do
    if is_meant(r, sender) then list[#list + 1] = r end
  end
  list = list[1] and list or false
  signal.matches[key] = list
  return list
end

--- Would somebody be told?
function M.is_heard(signal, sender)
  return matching(signal, sender) ~= false
end

-- The function of a receiver, unless it was disconnected while the signal is sent, or
-- collected.
local function function_of(signal, r)
  if r.gone then return nil end
  local fn = r.held.fn
  if not fn then remove(signal, r) end
  return fn
end

local function send(signal, sender, kwargs, call)
  local results, list = {}, matching(signal, sender)
  for i = 1, list and #list or 0 do
    local fn = function_of(signal, list[i])
    if fn then results[#results + 1] = { fn, call(fn, sender, kwargs) } end
  end
  return results
end

local function plainly(fn, sender, kwargs)
  return (fn(sender, kwargs))
end

-- A task that is cancelled ends: its receivers do not go on.
local function robustly(fn, sender, kwargs)
  local ok, result = pcall(fn, sender, kwargs)
  if not ok and host.current().cancelled then error(result, 0) end
  return result
end

--- Calls the receivers: a list of { receiver, what it gave back }. An error of one is raised
--- and the rest are not called.  paid:send(Order, { order = order })
---@param sender any
---@param kwargs? table
---@return { [1]: function, [2]: any }[]
function Signal:send(sender, kwargs)
  check(self, "send")
  return send(self, sender, kwargs or {}, plainly)
end

--- Calls all receivers, whatever they raise: the error stands in place of the result.
--- for _, r in ipairs(paid:send_robust(Order, { order = order })) do print(r[1], r[2]) end
---@param sender any
---@param kwargs? table
---@return { [1]: function, [2]: any }[]
function Signal:send_robust(sender, kwargs)
  check(self, "send_robust")
  return send(self, sender, kwargs or {}, robustly)
end

--- Connects a function that is written behind it, and gives it back.
--- local on_save = ryx.receiver(ryx.signals.post_save, { sender = Post })(function(sender, kw) end)
---@param signal ryx.Signal
---@param options? ryx.ConnectOptions
---@return fun(fn: function): function
function M.receiver(signal, options)
  check(signal, "receiver")
  return function(fn)
    signal:connect(fn, options)
    return fn
  end
end

-- The signals of ryx: what the sender is, what the receivers get besides, and when.
local MODEL, THROUGH, ALIAS = "model", "through", "alias"
M.rows = {
  { "pre_save", MODEL, "instance created", "before the statement of `save` and `create`, after `before_save`" },
  { "post_save", MODEL, "instance created", "after it, before `after_save`" },
  { "pre_delete", MODEL, "instance", "before the statements of an object's `delete`, after `before_delete`" },
  { "post_delete", MODEL, "instance", "after them, before `after_delete`" },
  { "pre_update", MODEL, "queryset fields", "before the statement of a queryset's `update` or `update_all`" },
  { "post_update", MODEL, "queryset updated_count fields", "after it" },
  { "pre_bulk_delete", MODEL, "queryset", "before the statement of a queryset's `delete` or `delete_all`" },
  { "post_bulk_delete", MODEL, "queryset deleted_count", "after it" },
  { "m2m_changed", THROUGH, "instance action reverse model pk_set",
    "before and after links of a many-to-many relation are made or taken away" },
  { "class_prepared", MODEL, "", "when `ryx.model` has made a model that is not abstract" },
  { "post_commit", ALIAS, "alias", "after the COMMIT of a transaction; not of savepoints" },
  { "post_rollback", ALIAS, "alias", "after the ROLLBACK of a transaction; not of savepoints" },
  { "pre_migrate", ALIAS, "alias", "before `ryx.migrate` looks at a database" },
  { "post_migrate", ALIAS, "alias", "after `ryx.migrate` has made its tables there" },
}

--- The signals that ryx sends.
---@class ryx.Signals
---@field pre_save ryx.Signal
---@field post_save ryx.Signal
---@field pre_delete ryx.Signal
---@field post_delete ryx.Signal
---@field pre_update ryx.Signal
---@field post_update ryx.Signal
---@field pre_bulk_delete ryx.Signal
---@field post_bulk_delete ryx.Signal
---@field m2m_changed ryx.Signal
---@field class_prepared ryx.Signal
---@field post_commit ryx.Signal
---@field post_rollback ryx.Signal
---@field pre_migrate ryx.Signal
---@field post_migrate ryx.Signal

--- The signals that ryx sends, by name.  ryx.signals.post_save:connect(fn, { sender = Post })
---@type ryx.Signals
M.signals = {}
for i, row in ipairs(M.rows) do
  M.rows[i] = { name = row[1], sender = row[2], kwargs = row[3], when = row[4] }
  M.signals[row[1]] = new(row[1], M.rows[i])
end
setmetatable(M.signals, { __index = function(signals, name)
  if type(name) == "string" and name:sub(1, 1) == "_" then return nil end
  errors.raise("field_error", "ryx.signals has no %s%s", compat.show(name),
    errors.hint(tostring(name), compat.sorted_keys(signals)))
end })

return M
