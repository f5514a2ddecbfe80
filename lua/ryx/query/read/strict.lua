-- SPDX-License-Identifier: MIT
-- ryx.strict, Meta.strict: what was not loaded is an error when it is touched, not a query.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local host = require "ryx.host"
local scope = require "ryx.host.scope"

local M = {}

local everywhere = false

--- Forbids lazy loading: everywhere (false allows it again), or while fn runs.
--- ryx.strict()   ryx.strict(false)   local list = ryx.strict(fn, ...)
---@param fn? boolean|function
---@param ... any
---@return any ... what fn returns
function M.strict(fn, ...)
  if fn == nil or type(fn) == "boolean" then
    everywhere = fn ~= false
    return
  end
  if type(fn) ~= "function" then
    errors.raise("misuse", "ryx.strict takes true, false or a function, not %s", compat.show(fn))
  end
  return scope.run({ strict = true }, fn, ...)
end

-- A task is as strict as those that wait for it.
local function is_on(meta)
  if meta.strict or everywhere then return true end
  if scope.find("strict") then return true end
  local task = host.current().parent
  while task do
    if scope.has(task, "strict") then return true end
    task = task.parent
  end
  return false
end

--- Refuses to load a relation by itself.
function M.relation(meta, name)
  if not is_on(meta) then return end
  errors.raise("misuse", "%s.%s is not loaded, and strict mode loads nothing by itself: "
    .. "add select_related(%q) or prefetch_related(%q) to the query", meta.model_name, name, name, name)
end

--- Refuses to load a column by itself.
function M.column(meta, name)
  if not is_on(meta) then return end
  errors.raise("misuse", "%s.%s was left out by only or defer, and strict mode loads nothing by itself: "
    .. "have the query read it", meta.model_name, name)
end

return M
