-- SPDX-License-Identifier: MIT
-- The errors users see: tables with a kind, a class, a message of one line and
-- the caller's file and line.
local compat = require "ryx.compat"
local spelling = require "ryx.spelling"
local stack = require "ryx.stack"

local M = {}

---@alias ryx.RetryKind "connection"|"timeout"|"serialization"|"deadlock"|"commit_unknown"
---@alias ryx.DataKind "unique_violation"|"foreign_key_violation"|"not_null_violation"|"check_violation"|"protected"
---@alias ryx.RowKind "validation"|"does_not_exist"|"multiple_objects"
---@alias ryx.CallKind "field_error"|"misuse"|"unsupported"|"cancelled"|"operational"|"transaction_broken"

--- A class of errors, for err:is(class). Classes below belong to it.
---@class ryx.ErrorClass
---@field name string
---@field kind? string
---@field parent? ryx.ErrorClass

--- What ryx raises; tostring gives one line. What is not known is absent.
---@class ryx.Error
---@field kind ryx.RetryKind|ryx.DataKind|ryx.RowKind|ryx.CallKind
---@field message string all in one line, for the log
---@field where? string the caller's file and line
---@field model? string the name of the model that it is about
---@field field? string the name of the one field that it is about
---@field fields? string[] their names, where it is about several
---@field errors? table<string, string[]> messages by field; "__all__" for the whole
---@field blockers? { model: string, field: string, keys: any[] }[] of `protected`: which rows are in the way
---@field merge? fun(self: ryx.Error, other: any): ryx.Error of a ValidationError: takes the messages of another
---@field alias? string the database
---@field sql? string the statement, without its values
---@field sqlstate? string five characters of the SQL standard, from the server
---@field code? integer the database's own number
---@field constraint? string what the database refused by: an index, a key, a check
---@field table? string
---@field column? string
---@field detail? string what the database says besides; may hold values of rows
---@field holder? string no connection came in time: the stack of the task that holds one longest
---@field trace? string the stack, where it passed through a task, a transaction or a timeout
local Error = {}
Error.__index = Error
Error.__tostring = function(e)
  local text = tostring(e.message):gsub("%s*\n%s*", " ")
  return e.where and e.where .. ": " .. text or text
end
Error.__concat = function(a, b) return tostring(a) .. tostring(b) end

--- Is this error of a class (or of one below it)?  err:is(ryx.IntegrityError)
---@param class ryx.ErrorClass
---@return boolean
function Error:is(class)
  local c = getmetatable(self)
  while c do
    if c == class or c.also == class then return true end
    c = c.parent
  end
  return false
end

local function class_text(c)
  return c.name
end

Error.name = "RyxError"
setmetatable(Error, { __tostring = class_text })
--- Every error of ryx.
M.RyxError = Error

--- A class below another one; errors of `kind` belong to it.
function M.class(name, parent, kind)
  local c = { name = name, parent = parent, kind = kind or parent.kind }
  for _, k in ipairs{ "__tostring", "__concat", "is" } do c[k] = parent[k] end
  c.__index = c
  return setmetatable(c, { __tostring = class_text })
end

local by_kind = {}
local function define(name, parent, kind)
  local c = M.class(name, parent, kind)
  M[name] = c
  if kind then by_kind[kind] = c end
  return c
end

--- What a database says, or cannot do.
local database = define("DatabaseError", Error)
--- The data does not allow it.
local integrity = define("IntegrityError", database)
--- A value that must be unique is there already.
define("UniqueViolation", integrity, "unique_violation")
--- A row refers to one that is not there, or others still refer to it.
define("ForeignKeyViolation", integrity, "foreign_key_violation")
--- NULL where a column must have a value.
define("NotNullViolation", integrity, "not_null_violation")
--- A constraint refuses the row.
define("CheckViolation", integrity, "check_violation")
--- Anything else that the database says.
local operational = define("OperationalError", database, "operational")
--- The server cannot be reached, refuses the login, or went away.
define("ConnectionError", operational, "connection")
--- A deadline passed, or no connection or lock came in time.
define("TimeoutError", operational, "timeout")
--- The statement was cancelled.
define("CancelledError", operational, "cancelled")
--- Transactions could not be put in an order: run it again.
define("SerializationError", operational, "serialization")
--- Transactions waited for each other: run it again.
define("DeadlockError", operational, "deadlock")
--- The answer to a COMMIT, or to a write outside a transaction, was lost.
define("CommitUnknown", operational, "commit_unknown")
--- An earlier statement of the block failed, or its connection is gone.
define("TransactionBroken", operational, "transaction_broken")
--- Others refer to a row that was to be deleted.
define("ProtectedError", integrity, "protected")
--- This database cannot do it.
define("UnsupportedError", database, "unsupported")
--- Values do not fit their fields: `errors` has the messages.
define("ValidationError", Error, "validation")
--- No row was found.
define("DoesNotExist", Error, "does_not_exist")
--- More than one row was found.
define("MultipleObjectsReturned", Error, "multiple_objects")
--- A path or a name leads to nothing.
define("FieldError", Error, "field_error")
--- The call is wrong.
define("MisuseError", Error, "misuse")
--- No database is set up.
define("PoolNotInitialized", M.MisuseError)
--- SQL of one's own that the database cannot parse; a DatabaseError as well.
define("SQLSyntaxError", M.MisuseError).also = database

M.started, M.beginning, M.where, M.traceback = stack.started, stack.beginning, stack.where, stack.traceback

-- Only a database has a number or a state.
local function class_of(e)
  if e.kind == "misuse" and (e.code or e.sqlstate) then return M.SQLSyntaxError end
  return by_kind[e.kind] or Error
end

--- An error object of a kind; fields of `e` are kept. Not raised.
function M.new(e, class)
  class = class or class_of(e)
  e.kind = e.kind or class.kind
  e.where = e.where or M.where()
  return setmetatable(e, class)
end

--- Raises an error of a kind.  errors.raise("misuse", "no such alias: %s", name)
function M.raise(kind, message, ...)
  if select("#", ...) > 0 then message = message:format(...) end
  error(M.new{ kind = kind, message = message }, 0)
end

--- Raises what ryx.core reported, with what the caller knows besides.
function M.fail(e, known)
  if getmetatable(e) == nil then
    for k, v in pairs(known or {}) do
      if e[k] == nil then e[k] = v end
    end
    e = M.new(e)
  end
  error(e, 0)
end

function M.is_error(e)
  local mt = type(e) == "table" and getmetatable(e)
  while mt do
    if mt == Error then return true end
    mt = rawget(mt, "parent")
  end
  return false
end

M.nearest = spelling.nearest

--- ", did you mean X?" or the list of what there is, for messages.
function M.hint(name, candidates)
  local near = spelling.nearest(tostring(name), candidates)
  if near then return (" (did you mean %q?)"):format(near) end
  table.sort(candidates)
  local names = {}
  for _, c in ipairs(candidates) do
    if c ~= names[#names] then names[#names + 1] = c end
  end
  return " (there are: " .. table.concat(names, ", ") .. ")"
end

--- Refuses what is not of one of Lua's types.  errors.check_type(fn, "function", "on_query")
function M.check_type(v, wanted, what)
  if type(v) ~= wanted then M.raise("misuse", "%s takes a %s, not %s", what, wanted, compat.show(v)) end
end

--- Refuses a list where names stand one by one: only{ "title" } in place of only("title").
function M.refuse_list(v, what)
  if type(v) ~= "table" or getmetatable(v) ~= nil then return end
  local names = {}
  for i, name in ipairs(v) do names[i] = compat.show(name) end
  local call = what .. "(" .. (names[1] and table.concat(names, ", ") or '"name", ...') .. ")"
  M.raise("misuse", "%s takes names one by one, %s, not a list", what, call)
end

--- Refuses what is not a whole number from `low` on.
function M.check_whole(v, low, what)
  if type(v) ~= "number" or v % 1 ~= 0 or v < low then
    M.raise("misuse", "%s takes a whole number, %d or more, not %s", what, low, compat.show(v))
  end
end

--- Refuses keys of an options table that are not in `known` (a set).
function M.check_options(options, known, what)
  if type(options) ~= "table" then
    M.raise("misuse", "%s takes a table of options, not %s", what, compat.show(options))
  end
  for k in pairs(options) do
    if known[k] == nil then
      M.raise("misuse", "%s: unknown option %s%s", what, compat.show(k),
        M.hint(k, compat.sorted_keys(known)))
    end
  end
end

local function results(ok, ...)
  if ok then return ... end
  local e = ...
  if M.is_error(e) then return nil, e end
  error(e, 0)
end

--- Calls fn; an error of ryx becomes nil, err, every other goes on up.
--- local post, err = ryx.try(Post.objects.get, Post.objects, { id = 1 })
---@param fn function
---@param ... any
---@return any ... what fn returns; nil and the ryx.Error
function M.try(fn, ...)
  return results(pcall(fn, ...))
end

return M
