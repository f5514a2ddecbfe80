-- SPDX-License-Identifier: MIT
-- What a QuerySet is: a node of terms, its parameters, bounds, and where it runs.
-- The methods are in the files that init.lua puts together.
local errors = require "ryx.errors"

local M = {}

local QuerySet = { _class = "queryset" }
QuerySet.__index = QuerySet
M.QuerySet = QuerySet

-- Slot 1 of every queryset: a loop over ipairs(qs) meets it and fails loudly.
local function touched()
  errors.raise("misuse", "a QuerySet is not an array: call :all() (or :iter() to stream)")
end
local GUARD = setmetatable({}, {
  __index = touched, __newindex = touched, __call = touched, __concat = touched, __tostring = touched,
})

--- A queryset of a node and its parameters; `loads` is what prefetch_related asked for.
function M.new(node, params, limit_value, offset_value, on_alias, tx, loads)
  return setmetatable({
    GUARD, node = node, params = params, limit_value = limit_value, offset_value = offset_value, on_alias = on_alias,
    tx = tx, loads = loads,
  }, QuerySet)
end
local new = M.new

--- The same at another node, with its bounds and other parameters.
function M.with(qs, node, params)
  return new(node, params, qs.limit_value, qs.offset_value, qs.on_alias, qs.tx, qs.loads)
end

--- The same at another node that has no parameters of its own.
function M.copy(qs, node)
  return new(node, qs.params, qs.limit_value, qs.offset_value, qs.on_alias, qs.tx, qs.loads)
end

--- The same without bounds.
function M.unbounded(qs, node, params)
  return new(node, params, nil, nil, qs.on_alias, qs.tx, qs.loads)
end

--- A copy of the parameters, to append to.
function M.params(qs)
  local params, from = {}, qs.params
  for i = 1, qs.node.n do params[i] = from[i] end
  return params
end

--- Steps that a limit would have to come after.
function M.refuse_slice(qs, what)
  if qs.limit_value or qs.offset_value then
    errors.raise("misuse", "%s after limit, offset or slice: %s first", what, what)
  end
end

return M
