-- SPDX-License-Identifier: MIT
-- ryx.on_error: errors that nobody waits for: a task's that nobody joins, transactions that were
-- left open.
local errors = require "ryx.errors"

local M = {
  n_kept = 0, -- errors that wait for a flush
}

local handler -- the user's
local kept = {} -- what finalizers found, which may not call a handler

--- Where the default handler writes; a host with a log of its own sets it.
function M.write(text)
  io.stderr:write(text, "\n")
end

local function default(err, trace)
  M.write("ryx: " .. tostring(err) .. (trace and "\n" .. trace or ""))
end

--- Calls fn(err, traceback) for each error that nobody waits for, instead of writing it
--- to stderr; returns a function that puts back what was before.
--- ryx.on_error(function(err, traceback) log(tostring(err), traceback) end)
---@param fn fun(err: any, traceback?: string)
---@return fun() undo
function M.on_error(fn)
  errors.check_type(fn, "function", "ryx.on_error")
  local before = handler
  handler = fn
  return function() handler = before end
end

--- Hands an error to the handler; one that fails itself is written with what it was
--- told.
function M.report(err, trace)
  trace = trace or errors.is_error(err) and err.trace or nil
  local ok, problem = pcall(handler or default, err, trace)
  if ok then return end
  default(err, trace)
  default("the handler of ryx.on_error failed: " .. tostring(problem))
end

--- Keeps an error for the next flush, and what is to be called then.
function M.keep(err, trace, after)
  M.n_kept = M.n_kept + 1
  kept[M.n_kept] = { err, trace, after }
end

--- Reports what was kept; how much that was.
function M.flush()
  local list = kept
  kept, M.n_kept = {}, 0
  for _, entry in ipairs(list) do
    M.report(entry[1], entry[2])
    if entry[3] then entry[3]() end
  end
  return #list
end

return M
