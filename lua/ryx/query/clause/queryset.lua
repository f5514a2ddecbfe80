-- SPDX-License-Identifier: MIT
-- Post.objects, tostring(qs): what a QuerySet is. A chain node, its parameters, bounds, and
-- where it runs; query/init gives it its methods.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

local M = {}

local QuerySet = { _class = "queryset" }
QuerySet.__index = QuerySet
M.QuerySet = QuerySet

-- What a queryset need not have.
for _, key in ipairs{ "limit_value", "offset_value", "on_alias", "tx", "loads", "more" } do QuerySet[key] = false end

-- Slot 1 of every queryset: a loop over ipairs(qs) meets it and fails loudly.
local function touched()
  errors.raise("misuse", "a QuerySet is not an array: call :all() (or :iter() to stream)")
end
local GUARD = setmetatable({}, {
  __index = touched, __newindex = touched, __call = touched, __concat = touched, __tostring = touched,
})

-- A name that no queryset of a class has.
local unknown = { __index = function(class, name)
  if type(name) ~= "string" or name:sub(1, 1) == "_" then return nil end
  local methods = {}
  for key, v in pairs(class) do
    if type(v) == "function" and key:sub(1, 1) ~= "_" then methods[#methods + 1] = key end
  end
  errors.raise("field_error", "a QuerySet has no %q%s", name, errors.hint(name, methods))
end }
setmetatable(QuerySet, unknown)

--- A class of querysets with further methods; `label` is what a chain of theirs begins with.
function M.subclass(methods, label)
  local class = { _label = label }
  for _, from in ipairs{ QuerySet, methods } do
    for name, v in pairs(from) do class[name] = v end
  end
  class.__index = class
  return setmetatable(class, unknown)
end

--- Refuses what is no queryset in front of a method: objects.get{ ... } has lost its colon.
function M.refuse_other(qs, what)
  errors.raise("misuse", "%s belongs to a QuerySet, not to %s: call it with a colon, Model.objects:%s(...)", what,
    compat.show(qs), what)
end

--- Refuses conditions where none are read: count{ ... } would count every row.
function M.refuse_extra(what)
  errors.raise("misuse", "%s takes no conditions: write filter{ ... }:%s(...)", what, what)
end

--- The chain node of what a method was called on.
function M.node(qs, what)
  return qs.node or M.refuse_other(qs, what)
end

--- A queryset of a node and its parameters; `loads` is what prefetch_related asked for, `more`
--- what few have: { owner = the object whose relation it is }.
function M.new(node, params, limit_value, offset_value, on_alias, tx, loads, more)
  return setmetatable({
    GUARD, node = node, params = params, limit_value = limit_value, offset_value = offset_value, on_alias = on_alias,
    tx = tx, loads = loads, more = more,
  }, node.class)
end
local new = M.new

--- The same at another node, with its bounds and other parameters.
function M.with(qs, node, params)
  return new(node, params, qs.limit_value, qs.offset_value, qs.on_alias, qs.tx, qs.loads, qs.more)
end

--- The same at another node that has no parameters of its own.
function M.copy(qs, node)
  return new(node, qs.params, qs.limit_value, qs.offset_value, qs.on_alias, qs.tx, qs.loads, qs.more)
end

--- The same without bounds.
function M.unbounded(qs, node, params)
  return new(node, params, nil, nil, qs.on_alias, qs.tx, qs.loads, qs.more)
end

--- The same with one of the things that few have.
function M.with_more(qs, name, v)
  local out, more = M.copy(qs, qs.node), {}
  for k, known in pairs(qs.more or {}) do more[k] = known end
  more[name] = v
  out.more = next(more) ~= nil and more or nil
  return out
end

--- A copy of the parameters, to append to.
function M.params(qs)
  local params, from = {}, qs.params
  for i = 1, qs.node.n do params[i] = from[i] end
  return params
end

--- Clauses that a limit would have to come after.
function M.refuse_slice(qs, what)
  if not qs.node then M.refuse_other(qs, what) end
  if qs.limit_value or qs.offset_value then
    errors.raise("misuse", "%s after limit, offset or slice: %s first", what, what)
  end
end

-- The nodes of a chain, the first one first.
local function nodes_of(node, out)
  if node.parent then
    nodes_of(node.parent, out)
    out[#out + 1] = node
  end
  return out
end

-- Post.objects:filter{ views__gt = 5 }:order_by("-id"):limit(3)
function QuerySet.__tostring(qs)
  local parts = { qs._label or qs.node.meta.model_name .. ".objects" }
  for _, node in ipairs(nodes_of(qs.node, {})) do
    local path = node.path
    if path then
      local value = node.n > node.parent.n and qs.params[node.parent.n + 1]
      parts[#parts + 1] = ("filter{ %s = %s }"):format(path, value and compat.show(value) or "?")
    elseif node.says then
      parts[#parts + 1] = node.says
    end
  end
  if qs.loads then parts[#parts + 1] = "prefetch_related(" .. qs.loads:show() .. ")" end
  if qs.limit_value then parts[#parts + 1] = ("limit(%d)"):format(qs.limit_value) end
  if qs.offset_value then parts[#parts + 1] = ("offset(%d)"):format(qs.offset_value) end
  return "<QuerySet " .. table.concat(parts, ":") .. ">"
end

return M
