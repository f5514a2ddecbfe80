-- SPDX-License-Identifier: MIT
-- qs:values, qs:values_list, qs:only, qs:defer: what rows hold.
local annotate = require "ryx.query.clause.annotate"
local builder = require "ryx.query.select.builder"
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local grouped = require "ryx.query.select.grouped"
local intern = require "ryx.query.expr.intern"
local queryset = require "ryx.query.clause.queryset"
local related = require "ryx.query.select.related"
local resolve = require "ryx.query.resolve"
local show = require "ryx.query.expr.show"
local slice = require "ryx.query.clause.slice"
local value = require "ryx.value"

local M = { methods = {} }

local function check_path(name, what)
  errors.refuse_list(name, what)
  if expr.is_expr(name) and (what == "values" or what == "values_list") then
    errors.raise("misuse", "%s: an expression needs a name, %s{ name = expression }, behind the names of fields: "
      .. "%s(\"title\", { double = F\"views\" * 2 })", what, what, what)
  end
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
    local resolver, n_sources = resolve.new(b, first), #b.sources
    local fields, seen = {}, {}
    for i, name in ipairs(names) do
      local s = terms[i]
      if s then annotate.check_new(b, name, kind == "dict" and "values" or "values_list") end
      if seen[name] then errors.raise("misuse", "%s: %q is named twice", kind, name) end
      seen[name] = true
      fields[i] = { name = name, expr = resolver:resolve(s or intern.term("path", name)) }
      if s then b.annotations[name] = fields[i].expr end
    end
    for i, name in ipairs(names) do
      if terms[i] then b.annotations[name] = fields[i].expr end -- later steps may name it
    end
    if #names == 0 then fields = all_fields(b) end
    for i = n_sources + 1, #b.sources do options.multiplies = options.multiplies or b.sources[i].how == "many" end
    b.select = { kind = kind, fields = fields, null = options.null, named = options.named }
    grouped.check(b)
    return resolver
  end
end

-- The node of values, and its parameters. Paths to many rows multiply those of a slice, not
-- what it is cut from.
local function follow(qs, group, names, terms, values, clause, options)
  local node, params = annotate.follow(qs, group, names, terms, values, clause)
  if options.multiplies then node.multiplies = true end
  if not node.multiplies or not (qs.limit_value or qs.offset_value) then return qs, node, params end
  qs = slice.rows(qs, "values")
  return qs, annotate.follow(qs, group, names, terms, values, clause)
end

-- Names first, then perhaps a table of options and of expressions by name.
local function arguments(what, known, ...)
  local args, n, options = { ... }, select("#", ...), {}
  local names, terms, values = {}, {}, {}
  if n > 1 and args[n] == nil then n = n - 1 end -- options that are not given
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
      if type(key) == "number" then errors.refuse_list(last, what) end
      if type(v) == "string" and not known[key] then
        errors.raise("misuse", "%s: %s is no option; a path under a name of its own is %s{ %s = F%q }", what,
          compat.show(key), what, key, v)
      end
      if type(v) ~= "table" or getmetatable(v) == nil then errors.check_options({ [key] = v }, known, what) end
      local e = expr.of(v)
      names[#names + 1], terms[#names + 1] = key, e.term
      intern.append(values, e.values)
    end
  end
  return names, terms, values, options
end

--- Rows as tables by name. Before annotate with aggregates it says what is grouped.
--- Post.objects:values("author__name", { year = ryx.Extract("created", "year") })
---@param ... string|table names; behind them expressions by name, and { null = ryx.null } to keep NULLs
---@return ryx.QuerySet
function M.methods:values(...)
  queryset.node(self, "values")
  local names, terms, values, options = arguments("values", { null = true }, ...)
  if options.null ~= nil and options.null ~= value.null then
    errors.raise("misuse", "values: null = ryx.null keeps NULLs, %s means nothing", compat.show(options.null))
  end
  local group = options.null and "values null" or "values"
  local clause = selecting("dict", names, terms, options)
  return queryset.with(follow(self, group, names, terms, values, clause, options))
end

--- Rows as arrays.  qs:values_list("id", "title"), qs:values_list("title", { flat = true })
---@param ... string|table names; behind them expressions by name, { flat = true } or { named = true }
---@return ryx.QuerySet
function M.methods:values_list(...)
  queryset.node(self, "values_list")
  local names, terms, values, options = arguments("values_list", { flat = true, named = true }, ...)
  if options.flat and options.named then errors.raise("misuse", "values_list: flat and named exclude each other") end
  if options.flat and #names ~= 1 then
    errors.raise("misuse", "values_list: flat takes one name, not %d", #names)
  end
  local kind = options.flat and "flat" or "list"
  local group = "values_list" .. (options.flat and " flat" or "") .. (options.named and " named" or "")
  local clause = selecting(kind, names, terms, options)
  local qs, node, params = follow(self, group, names, terms, values, clause, options)
  node.is_list = true
  return queryset.with(qs, node, params)
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
      if keep or b.meta.is_key[field] then chosen[field] = true end
    end
    b.chosen = chosen
  end
end

local function choose(qs, what, ...)
  queryset.node(qs, what)
  local names = { ... }
  if #names == 0 then errors.raise("misuse", "%s names no field", what) end
  for _, name in ipairs(names) do check_path(name, what) end
  local key = intern.term(what, compat.unpack(names))
  return queryset.copy(qs, chain_node.follow(qs.node, what, key, function(parent)
    return chain_node.new(parent, choosing(what, names), { says = what .. "(" .. show.names(names) .. ")" })
  end))
end

--- Loads only these fields (and the key); the others when they are first read. Paths
--- name fields of what select_related brings.  qs:select_related("author"):only("title", "author__name")
---@param ... string
---@return ryx.QuerySet
function M.methods:only(...)
  return choose(self, "only", ...)
end

--- Leaves these fields out until they are first read.  qs:defer("body")
---@param ... string
---@return ryx.QuerySet
function M.methods:defer(...)
  return choose(self, "defer", ...)
end

return M
