-- SPDX-License-Identifier: MIT
-- filter, exclude, get, Q and F"views":gt(5): the condition that a lookup makes of a left
-- side and a value, by the type of the left side; the methods of expressions.
local expr = require "ryx.query.expr"
local q = require "ryx.query.expr.q"
require "ryx.query.expr.json"
local array = require "ryx.query.lookup.array"
local catalog = require "ryx.query.lookup.catalog"
local custom = require "ryx.query.lookup.custom"
local json = require "ryx.query.lookup.json"
local scalar = require "ryx.query.lookup.scalar"
local search = require "ryx.query.lookup.search"

local M = { check = catalog.check, no_step = catalog.no_step }

for method, name in pairs(catalog.methods) do
  expr.methods[method] = function(e, v) return q.compare(e, name, v) end
end
--- Any lookup by name, one of your own too.  F"name":lookup("similar", "x")
expr.methods.lookup = q.compare

local BY_TYPE = { array = array.condition, json = json.condition }

--- The condition of a lookup on a left side, an expression of ir/init.lua, against a value
--- of a class; `term` is that of an expression or a queryset. The resolver numbers the
--- parameters and collects their binders.
function M.condition(resolver, left, name, class, term, path)
  if custom.is_known(name) then return custom.condition(resolver, left, name, class, term) end
  -- The lookup of a part of JSON is checked when it is known what it is compared with.
  local row = catalog.row[name] or { name = name, makes = {}, of_class = {} }
  if row.has_node then return search.condition(resolver, left, row, class, path) end
  return (BY_TYPE[left.type] or scalar.condition)(resolver, left, row, class, term, path)
end

return M
