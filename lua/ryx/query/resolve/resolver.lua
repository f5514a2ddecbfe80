-- SPDX-License-Identifier: MIT
-- The work on one clause of a query: names become columns, values numbered parameters.
-- What each term becomes is in the files beside, which register themselves as handlers.
local errors = require "ryx.errors"

local Resolver = {}
Resolver.__index = Resolver

-- op of a term -> function(resolver, term): the resolved node.
local M = { Resolver = Resolver, handlers = {} }

local handlers = M.handlers

--- A resolver of a clause of a select builder whose parameters begin at number n; `call`
--- ties the joins of one filter together.
function M.new(b, n, call)
  return setmetatable({
    builder = b,
    n = n, -- the number of the next parameter
    binders = {}, -- in order, what puts each of the user's values among the parameters
    call = call,
    may_aggregate = nil, -- annotate and aggregate may
    about = nil, -- "rows", "filtered rows": inside an aggregate, of what a condition is
    own_scope = nil, -- to-many paths go into `scope`, not into the builder
    scope = nil, -- the scope of a sub-query, once a path needs it
    beyond = nil, -- the scope of what a filter of an aggregate reaches besides its rows
    around = nil, -- of an assignment: the scope that takes to-one steps too
    assigns = nil, -- a value for a column is resolved
    takes_key = nil, -- the term that may mean a key of several fields
  }, Resolver)
end

--- Calls fn(self, ...) with fields set (false clears one) and gives them back after:
--- the result, and what the fields held at the end.
--- local node, inner = resolver:within({ own_scope = true, scope = false }, make)
function Resolver:within(fields, fn, ...)
  local before, inner = {}, {}
  for name, v in pairs(fields) do before[name], self[name] = self[name], v or nil end
  local result = fn(self, ...)
  for name in pairs(fields) do inner[name], self[name] = self[name], before[name] end
  return result, inner
end

--- The next parameter; what fills it must be bound.
function Resolver:param(like)
  local node = {
    op = "param", number = self.n, type = like.type, elem = like.elem, places = like.places, name = like.name or "",
    null = false,
  }
  self.n = self.n + 1
  return node
end

--- Adds a binder: fn(params, n, v) puts a value of the user's behind n parameters and
--- gives their new number.
function Resolver:bind(fn)
  self.binders[#self.binders + 1] = fn
end

--- The expression of a term.
function Resolver:resolve(term)
  return handlers[term.op](self, term)
end

--- The same for who takes the key of a row too, when it has several fields.
function Resolver:key_or(term)
  self.takes_key = term
  return self:resolve(term)
end

--- Arguments of a function: terms as expressions, constants as they are.
function Resolver:arguments(list)
  local args = {}
  for i = 1, list.n do
    local part = list[i]
    args[i] = type(part) == "table" and self:resolve(part) or part
  end
  return args
end

--- Options of a function as a table.
function M.options(term)
  local options = {}
  for i = 1, term.n, 2 do options[term[i]] = term[i + 1] end
  return options
end

--- What raises errors that begin with a name.
function M.failing(name)
  return function(fmt, ...)
    errors.raise("field_error", "%s: %s", name, fmt:format(...))
  end
end

return M
