-- SPDX-License-Identifier: MIT
-- qs:annotate, qs:alias: values that the database works out for each row.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local group = require "ryx.query.resolve.group"
local grouped = require "ryx.query.select.grouped"
local intern = require "ryx.query.expr.intern"
local chain_node = require "ryx.query.clause.node"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local show = require "ryx.query.expr.show"
local slice = require "ryx.query.clause.slice"

local M = {}

-- Objects have methods, which an annotation would hide.
local function check_hides_nothing(b, name)
  local meta = b.meta
  if b.select or not meta.methods then return end
  if meta.methods[name] or type(rawget(meta.class, name)) == "function" then
    errors.raise("misuse", "%s.annotate: %q is a method of the model, so no annotation can have that name",
      meta.model_name, name)
  end
end

-- Does the term aggregate the rows themselves? The function of a window does not.
local function aggregates(s)
  if type(s) ~= "table" then return false end
  if s.op == "aggregate" or s.op == "raw_aggregate" then return true end
  if s.op == "subquery" or s.op == "exists" or s.op == "rows" then return false end
  if s.op == "window" then return aggregates(s[1][2]) or aggregates(s[2]) or aggregates(s[3]) end
  for i = 1, s.n or 0 do
    if aggregates(s[i]) then return true end
  end
  return false
end

local function any_aggregates(terms)
  for _, term in ipairs(terms) do
    if aggregates(term) then return true end
  end
  return false
end

local function add(b, name, node, selected)
  b.annotations[name] = node
  if not selected then return end
  b.annotated[#b.annotated + 1] = name
  if b.select then b.select.fields[#b.select.fields + 1] = { name = name, expr = node } end
end

--- A name that is neither a field's nor taken.
function M.check_new(b, name, what)
  b:check_name(name, what)
  if b.annotations[name] then
    errors.raise("field_error", "%s.%s: %q is annotated already", b.meta.model_name, what, name)
  end
end

local function annotating(names, terms, selected, what)
  return function(b, first)
    local resolver = resolve.new(b, first)
    resolver.may_aggregate = true
    if b.select and not b.group and any_aggregates(terms) then group.begin(b) end
    for i, name in ipairs(names) do
      M.check_new(b, name, what)
      if selected then check_hides_nothing(b, name) end
      add(b, name, resolver:resolve(terms[i]), selected)
    end
    grouped.check(b)
    return resolver
  end
end

--- name = expression pairs in the order of their names, and all their values.
function M.pairs_of(t, what)
  errors.check_type(t, "table", what)
  if getmetatable(t) ~= nil then
    errors.raise("misuse", "%s: an expression needs a name, %s{ name = expression }", what, what)
  end
  local names, terms, values = {}, {}, {}
  for i, name in ipairs(compat.sorted_keys(t)) do
    if type(name) ~= "string" then errors.raise("misuse", "%s{ name = expression }: a name is missing", what) end
    local e = expr.of(t[name])
    names[i], terms[i] = name, e.term
    intern.append(values, e.values)
  end
  if #names == 0 then errors.raise("misuse", "%s{} names nothing", what) end
  return names, terms, values
end

--- The node after a clause whose edge is its names and terms, and its parameters.
function M.follow(qs, what, names, terms, values, clause)
  local key = intern.pairs(what, names, terms)
  local node = chain_node.follow(qs.node, what, key, function(parent)
    return chain_node.new(parent, clause, { says = what .. "{ " .. show.names(names, terms) .. " }" })
  end)
  return node, chain_node.params(qs, node, values)
end

local function annotated(qs, t, selected)
  local what = selected and "annotate" or "alias"
  qs = slice.rows(qs, what)
  local names, terms, values = M.pairs_of(t, what)
  local node, params = M.follow(qs, what, names, terms, values, annotating(names, terms, selected, what))
  return queryset.with(qs, node, params)
end

M.methods = {}

--- Adds values that the database works out to each row; aggregates over a to-many
--- relation count its rows apart.
--- Author.objects:annotate{ n = Count("posts"), shout = ryx.Upper("name") }
---@param expressions table<string, ryx.PathOrExpr>
---@return ryx.QuerySet
function M.methods:annotate(expressions)
  return annotated(self, expressions, true)
end

--- The same for names that only later clauses use: rows do not hold them.
--- Author.objects:alias{ n = Count("posts") }:filter{ n__gt = 3 }
---@param expressions table<string, ryx.PathOrExpr>
---@return ryx.QuerySet
function M.methods:alias(expressions)
  return annotated(self, expressions, false)
end

return M
