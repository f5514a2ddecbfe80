-- SPDX-License-Identifier: MIT
-- Steps that say what rows hold: annotate, alias, values, values_list, only, defer.
local aggregate = require "ryx.query.resolve.aggregate"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local intern = require "ryx.query.expr.intern"
local related = require "ryx.query.select.related"
local chain_node = require "ryx.query.clause.node"
local show = require "ryx.query.expr.show"
local step = require "ryx.query.clause.step"
local value = require "ryx.value"

local M = {}

-- Does the term aggregate the rows themselves?
local function aggregates(s)
  if type(s) ~= "table" then return false end
  if s.op == "aggregate" or s.op == "raw_aggregate" then return true end
  if s.op == "window" or s.op == "subquery" or s.op == "exists" or s.op == "rows" then return false end
  for i = 1, s.n or 0 do
    if aggregates(s[i]) then return true end
  end
  return false
end

local function add(b, name, node, selected)
  b.annotations[name] = node
  if not selected then return end
  b.annotated[#b.annotated + 1] = name
  if b.select then b.select.fields[#b.select.fields + 1] = { name = name, expr = node } end
end

-- A name that is neither a field's nor taken.
local function check_new(b, name, what)
  b:check_name(name, what)
  if b.annotations[name] then
    errors.raise("field_error", "%s.%s: %q is annotated already", b.meta.model_name, what, name)
  end
end

local function applying(names, terms, selected, what)
  return function(b, first)
    local resolver = step.resolver(b, first)
    resolver.may_aggregate = true
    for i, name in ipairs(names) do
      check_new(b, name, what)
      if aggregates(terms[i]) and b.select and not b.group then b.group = aggregate.group_of(b) end
      add(b, name, resolver:resolve(terms[i]), selected)
    end
    return resolver
  end
end

-- name = expression pairs in the order of their names, and all their values.
local function pairs_of(t, what)
  errors.check_type(t, "table", what)
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
M.pairs_of = pairs_of

-- The node after a step whose edge is its names and terms.
local function follow(qs, group, names, terms, values, apply)
  local parts = {}
  for i, name in ipairs(names) do parts[2 * i - 1], parts[2 * i] = name, terms[i] or false end
  local key = intern.term(group, compat.unpack(parts))
  local node = chain_node.follow(qs.node, group, key, function(parent)
    return step.make(parent, apply, { says = group .. "{ " .. show.names(names, terms) .. " }" })
  end)
  return node, step.params(qs, node, values)
end

--- The node after annotate (or alias, whose names rows do not hold), and its parameters.
function M.annotate(qs, t, selected)
  local what = selected and "annotate" or "alias"
  local names, terms, values = pairs_of(t, what)
  return follow(qs, what, names, terms, values, applying(names, terms, selected, what))
end

local function check_path(name, what)
  if type(name) ~= "string" or name == "" then
    errors.raise("misuse", "%s takes names of fields, not %s", what, compat.show(name))
  end
end

-- Every column and annotation, by its own name.
local function all_fields(b)
  local fields = {}
  for i, field in ipairs(b.meta.fields) do
    fields[i] = { name = field.attname, expr = builder.column(b.root, field) }
  end
  for _, name in ipairs(b.annotated) do fields[#fields + 1] = { name = name, expr = b.annotations[name] } end
  return fields
end

local function selecting(kind, names, terms, options)
  return function(b, first)
    local resolver = step.resolver(b, first)
    local fields, seen = {}, {}
    for i, name in ipairs(names) do
      local s = terms[i]
      if s then check_new(b, name, kind == "dict" and "values" or "values_list") end
      if seen[name] then errors.raise("misuse", "%s: %q is named twice", kind, name) end
      seen[name] = true
      fields[i] = { name = name, expr = resolver:resolve(s or intern.term("path", name)) }
      if s then b.annotations[name] = fields[i].expr end
    end
    for i, name in ipairs(names) do
      if terms[i] then b.annotations[name] = fields[i].expr end -- later steps may name it
    end
    if #names == 0 then fields = all_fields(b) end
    b.select = { kind = kind, fields = fields, null = options.null, named = options.named }
    return resolver
  end
end

-- Names first, then perhaps a table of options and of expressions by name.
local function arguments(what, known, ...)
  local args, n, options = { ... }, select("#", ...), {}
  local names, terms, values = {}, {}, {}
  local last = args[n]
  if type(last) == "table" and getmetatable(last) == nil then
    n = n - 1
    for key, v in pairs(last) do
      if known[key] and not expr.is_expr(v) then options[key] = v end
    end
  else
    last = {}
  end
  for i = 1, n do
    check_path(args[i], what)
    names[i], terms[i] = args[i], false
  end
  for _, key in ipairs(compat.sorted_keys(last)) do
    if options[key] == nil then
      local v = last[key]
      if type(v) ~= "table" or getmetatable(v) == nil then errors.check_options({ [key] = v }, known, what) end
      local e = expr.of(v)
      names[#names + 1], terms[#names + 1] = key, e.term
      intern.append(values, e.values)
    end
  end
  return names, terms, values, options
end

--- The node after values: rows are tables keyed by name.
function M.values(qs, ...)
  local names, terms, values, options = arguments("values", { null = true }, ...)
  if options.null ~= nil and options.null ~= value.null then
    errors.raise("misuse", "values: null = ryx.null keeps NULLs, %s means nothing", compat.show(options.null))
  end
  local group = options.null and "values null" or "values"
  return follow(qs, group, names, terms, values, selecting("dict", names, terms, options))
end

--- The node after values_list: rows are arrays, with `flat` single values.
function M.values_list(qs, ...)
  local names, terms, values, options = arguments("values_list", { flat = true, named = true }, ...)
  if options.flat and options.named then errors.raise("misuse", "values_list: flat and named exclude each other") end
  if options.flat and #names ~= 1 then
    errors.raise("misuse", "values_list: flat takes one name, not %d", #names)
  end
  local kind = options.flat and "flat" or "list"
  local group = "values_list" .. (options.flat and " flat" or "") .. (options.named and " named" or "")
  local node, params = follow(qs, group, names, terms, values, selecting(kind, names, terms, options))
  node.is_list = true
  return node, params
end

-- only replaces what was chosen before, defer takes away from it; the key stays.
local function choosing(what, names)
  return function(b)
    if b.select then errors.raise("misuse", "%s after values: values says which fields", what) end
    local set, chosen = related.choose(b, what, names), {}
    if what == "defer" and next(set) == nil then return end
    for _, field in ipairs(b.meta.fields) do
      local keep
      if what == "only" then keep = set[field] else
        keep = not set[field] and (b.chosen == nil or b.chosen[field])
      end
      if keep or field == b.meta.pk_field then chosen[field] = true end
    end
    b.chosen = chosen
  end
end

--- The node after only and defer.
function M.choose(node, what, ...)
  local names = { ... }
  if #names == 0 then errors.raise("misuse", "%s names no field", what) end
  for _, name in ipairs(names) do check_path(name, what) end
  local key = intern.term(what, compat.unpack(names))
  return chain_node.follow(node, what, key, function(parent)
    return step.make(parent, choosing(what, names), { says = what .. "(" .. show.names(names) .. ")" })
  end)
end

return M
