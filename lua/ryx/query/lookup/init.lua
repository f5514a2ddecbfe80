-- SPDX-License-Identifier: MIT
-- Lookups: which ones a type has, what each takes of a value, and the condition it
-- makes. A left side is an expression of ir.lua; `resolver` collects parameters.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local ir = require "ryx.query.ir"
local date_range = require "ryx.query.lookup.date_range"
local bind = require "ryx.query.lookup.bind"
local custom = require "ryx.query.lookup.custom"
local types = require "ryx.query.fn.types"

local M = {}

local as_is, nothing, label, complain, with_form = bind.as_is, bind.nothing, bind.label, bind.complain,
  bind.with_form
local LISTS = bind.LISTS

local function set(list)
  local names = {}
  for name in list:gmatch("%w[%w_]*") do names[name] = true end
  return names
end

local EQUALITY = set "exact in isnull"
local COMPARED = set "exact gt gte lt lte in range isnull"
local TEXT = set("exact iexact contains icontains startswith istartswith endswith iendswith regex iregex "
  .. "gt gte lt lte in range isnull")

--- The lookups of each type.
M.BY_TYPE = {
  bool = EQUALITY, bytes = EQUALITY, int = COMPARED, double = COMPARED, decimal = COMPARED, date = COMPARED,
  time = COMPARED, datetime = COMPARED, datetimetz = COMPARED, duration = COMPARED, uuid = COMPARED, text = TEXT,
  null = TEXT, array = set "exact contains contained_by overlap any isnull",
  json = set "exact contains contained_by has_key has_any has_all has_keys isnull",
}

--- Lookups that compare the parts of documents, by the type of what they are compared with.
M.IN_JSON = set("exact iexact contains icontains startswith istartswith endswith iendswith regex iregex gt gte lt "
  .. "lte in range isnull contained_by has_key has_any has_all has_keys")

--- Every lookup by name, in order: the built-in and the registered ones.
function M.available()
  local names = {}
  for _, known in pairs(M.BY_TYPE) do
    for name in pairs(known) do names[name] = true end
  end
  for _, name in ipairs(custom.names()) do names[name] = true end
  return compat.sorted_keys(names)
end

-- The model that a relation leads to.
local function related(left)
  local field = left.field
  return left.related or field and field.relation and field:target_meta() or nil
end

-- Names that may follow a left side in a path, after those of a list.
local function names_after(left, names)
  local target = related(left)
  for _, more in ipairs{
    functions.transforms_of(left.type), target and compat.sorted_keys(target.paths) or {},
    target and target:relation_names() or {},
  } do
    for _, other in ipairs(more) do names[#names + 1] = other end
  end
  return names
end

-- "BAuthor has no field and BBook.author", of a relation.
local function owner(left, path)
  local target = related(left)
  return target and ("%s has no field and %s"):format(target.model_name, label(left, path)) or label(left, path)
end

local function within(name, path)
  return path ~= name and (" (in %q)"):format(path) or ""
end

--- Raises for a part of a path that is neither a field nor a transform.
function M.no_step(left, name, path)
  errors.raise("field_error", "%s has no transform %q%s%s", owner(left, path), name, within(name, path),
    errors.hint(name, names_after(left, {})))
end

--- The name of a lookup that a type has, or an error with the nearest one.
function M.check(left, name, path)
  if custom.is_known(name) then return name end
  local known = M.BY_TYPE[left.type]
  if known[name] then return name end
  local names = names_after(left, compat.sorted_keys(known))
  for _, other in ipairs(custom.names()) do names[#names + 1] = other end
  errors.raise("field_error", "%s has no lookup %q%s%s", owner(left, path), name, within(name, path),
    errors.hint(name, names))
end

-- Conditions, by the class of the value.

local BOOLEAN = { yes = true, no = true }

local function plain(resolver, left, lookup, binder, count, type, elem)
  local operands = {}
  for i = 1, count do
    operands[i] = resolver:param{ type = type or left.type, elem = elem or left.elem, places = left.places,
      name = left.name }
  end
  resolver:bind(count > 0 and with_form(left, binder, lookup == "in") or binder)
  return ir.lookup(lookup, left, compat.unpack(operands))
end

local function by_null(resolver, left, lookup, path)
  if lookup ~= "exact" then complain(left, lookup, "null", path) end
  resolver:bind(nothing)
  return ir.lookup("isnull", left)
end

local function by_boolean(resolver, left, lookup, class, path)
  if lookup == "isnull" then
    resolver:bind(nothing)
    return ir.lookup(class == "yes" and "isnull" or "notnull", left)
  end
  if lookup == "in" or lookup == "range" then complain(left, lookup, class, path) end
  return plain(resolver, left, lookup, as_is, 1)
end

local function by_table(resolver, left, lookup, path)
  if lookup == "in" then return plain(resolver, left, "in", bind.list(left), 1, "array", left.type) end
  if lookup == "range" then return plain(resolver, left, "range", bind.range, 2) end
  if left.type == "array" and lookup == "exact" then return plain(resolver, left, lookup, as_is, 1) end
  complain(left, lookup, "table", path)
end

local function by_object(resolver, left, lookup, path)
  if lookup ~= "exact" or not bind.model_of(left) then complain(left, lookup, "object", path) end
  return plain(resolver, left, lookup, bind.object(left), 1)
end

local function by_scalar(resolver, left, lookup, path)
  if lookup == "in" or lookup == "range" or lookup == "isnull" then complain(left, lookup, "single value", path) end
  return date_range.by_part(resolver, left, lookup, plain, path) or plain(resolver, left, lookup, as_is, 1)
end

local function by_rows(resolver, left, lookup, term)
  local node = resolver:rows(term, left, lookup == "in")
  return ir.lookup(lookup, left, node)
end

-- Both sides of a comparison in one type.
local function meet(left, right, lookup, path)
  right = ir.coerce(right, left)
  ir.coerce(left, right)
  if right.type == "json" and left.type ~= "json" then
    return require("ryx.query.lookup.json").meet(left, right, path)
  end
  if left.type == "decimal" and right.type == "decimal" and lookup == "exact" and left.places ~= right.places then
    -- Where decimals are text, equal ones have equal digits only with equal places.
    return ir.call("ordered_decimal", "decimal", { left }, { places = left.places }), right
  end
  if left.type == right.type or left.type == "null" or right.type == "null" then return left, right end
  local nodes = { left, right }
  types.unify(nodes, function()
    errors.raise("field_error", "%s: %s cannot be compared with %s", path, left.type, right.type)
  end)
  return nodes[1], nodes[2]
end

local function by_expression(resolver, left, lookup, term, path)
  if lookup == "in" or lookup == "isnull" or lookup == "range" then complain(left, lookup, "expr", path) end
  local a, b = meet(left, resolver:resolve(term), lookup, path)
  return ir.lookup(lookup, a, b)
end

local function by_expressions(resolver, left, lookup, term, path)
  if lookup ~= "in" and lookup ~= "range" then complain(left, lookup, "table", path) end
  if lookup == "range" then
    if term.n ~= 2 then errors.raise("misuse", "a range lookup takes a list of two values") end
    return {
      op = "and",
      by_expression(resolver, left, "gte", term[1], path), by_expression(resolver, left, "lte", term[2], path),
    }
  end
  local any = { op = "or" }
  for i = 1, term.n do any[i] = by_expression(resolver, left, "exact", term[i], path) end
  return any
end

--- The condition of a lookup on a left side against a value of a class; `term` is
--- that of an expression or a queryset.
function M.condition(resolver, left, name, class, term, path)
  if custom.is_known(name) then return custom.condition(resolver, left, name, class, term) end
  if left.type == "json" or left.type == "array" then
    local special = require("ryx.query.lookup.json").condition(resolver, left, name, class, term, path)
    if special then return special end
  end
  if class == "expr" then return by_expression(resolver, left, name, term, path) end
  if class == "exprs" then return by_expressions(resolver, left, name, term, path) end
  if class == "queryset" then return by_rows(resolver, left, name, term) end
  if class == "null" then return by_null(resolver, left, name, path) end
  if BOOLEAN[class] then return by_boolean(resolver, left, name, class, path) end
  if LISTS[class] then return by_table(resolver, left, name, path) end
  if class == "object" then return by_object(resolver, left, name, path) end
  if class == "function" or class == "tx" or class == "thread" then complain(left, name, class, path) end
  return by_scalar(resolver, left, name, path)
end

return M
