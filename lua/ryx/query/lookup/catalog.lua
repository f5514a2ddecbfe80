-- SPDX-License-Identifier: MIT
-- What a path in filter, exclude, get and Q may end with, views__gte = 5: a row for each
-- lookup. Conditions, methods of expressions, ryx.available_lookups() and
-- docs/reference/lookups.md are made of the rows; lookup_spec.lua holds them against C's.
--
--   [1]       its name
--   types     the types of values that have it
--   in_json   a part of JSON has it, if the type of what it is compared with does
--   methods   its names as a method of expressions, when not its own: F"views":gte(5)
--   operand   what it is compared with, unless a value: a list, a pair (a list of two), a
--             boolean, a key or keys of an object in JSON
--   makes     which of C's lookups (src/sql/lookup.h) a left side of this type makes of it;
--             without: that of its own name
--   sized     the same for a list of which more is known
--   of_class  the same for a value of this class, which C is not given; null_in_json: NULL
--             and a part of JSON
--   has_node  it makes a node of its own kind, so it is none of C's lookups
--   nulls     that of C's that may be true of NULL
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local nulls = require "ryx.query.ir.nulls"
local bind = require "ryx.query.lookup.bind"

-- Columns of which nothing is known are of type null and take the lookups of text.
local TEXT = "text null"
local ORDERED = "int double decimal date time datetime datetimetz duration uuid " .. TEXT
local SINGLE = "bool bytes " .. ORDERED
local ANY = SINGLE .. " array json"

local M = {}

M.rows = {
  { "exact", types = ANY, in_json = true, methods = "exact eq", makes = { json = "json_exact" },
    of_class = { null = "isnull", null_in_json = "json_null" } },
  { "in", types = SINGLE, in_json = true, methods = "in_", operand = "list", sized = "in_sized" },
  { "isnull", types = ANY, in_json = true, operand = "boolean",
    of_class = { yes = "isnull", no = "notnull" }, nulls = "isnull" },
  { "gt", types = ORDERED, in_json = true },
  { "gte", types = ORDERED, in_json = true },
  { "lt", types = ORDERED, in_json = true },
  { "lte", types = ORDERED, in_json = true },
  { "range", types = ORDERED, in_json = true, operand = "pair" },
  { "contains", types = TEXT .. " array json", in_json = true,
    makes = { array = "array_contains", json = "json_contains" } },
  { "startswith", types = TEXT, in_json = true },
  { "endswith", types = TEXT, in_json = true },
  { "iexact", types = TEXT, in_json = true },
  { "icontains", types = TEXT, in_json = true },
  { "istartswith", types = TEXT, in_json = true },
  { "iendswith", types = TEXT, in_json = true },
  { "regex", types = TEXT, in_json = true },
  { "iregex", types = TEXT, in_json = true },
  { "search", types = "text", has_node = true },
  { "trigram_similar", types = TEXT },
  { "contained_by", types = "array json", in_json = true,
    makes = { array = "array_contained_by", json = "json_contained_by" } },
  { "overlap", types = "array", makes = { array = "array_overlap" } },
  { "any", types = "array", methods = "", makes = { array = "array_contains" } },
  { "has_key", types = "json", in_json = true, operand = "key" },
  { "has_any", types = "json", in_json = true, operand = "keys" },
  { "has_all", types = "json", in_json = true, operand = "keys" },
  { "has_keys", types = "json", in_json = true, operand = "keys", makes = { json = "has_all" } },
}

M.row, M.of_type, M.in_json = {}, {}, {} -- rows by name; the same of a type, and of parts of JSON
M.methods = {}    -- the names of methods -> those of their lookups
M.registered = {} -- lookups of ryx.register_lookup by name: they go before those of a type

local function words(text)
  return text:gmatch("%S+")
end

for type in words(ANY) do M.of_type[type] = {} end
for _, row in ipairs(M.rows) do
  local name = row[1]
  row.name, row.makes, row.of_class = name, row.makes or {}, row.of_class or {}
  M.row[name], M.in_json[name] = row, row.in_json and row
  for type in words(row.types) do M.of_type[type][name] = row end
  for method in words(row.methods or name) do M.methods[method] = name end
  if row.nulls then nulls.LOOKUPS[row.nulls] = true end
end

--- Every lookup by name, in order.  ryx.available_lookups()[1]
---@return string[]
function M.available()
  local names = {}
  for _, known in ipairs{ M.row, M.registered } do
    for name in pairs(known) do names[name] = true end
  end
  return compat.sorted_keys(names)
end

--- Has a type the lookup?
function M.is_lookup(type, name)
  return M.registered[name] ~= nil or M.of_type[type][name] ~= nil
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

-- What others call a lookup.
local OTHER_WORDS = {
  eq = "exact", ge = "gte", le = "lte", like = "contains", ilike = "icontains", between = "range", null = "isnull",
}
local NEGATIONS = { ne = true, neq = true, ["not"] = true, not_in = true, nin = true }

local function hint(left, name, names)
  if NEGATIONS[name] then return ": write exclude{ ... }, or -Q{ ... }" end
  local other = OTHER_WORDS[name]
  if other and M.is_lookup(left.type, other) then return (" (did you mean %q?)"):format(other) end
  return errors.hint(name, names_after(left, names))
end

-- What lacks the name: "BAuthor has no field and BBook.author", of a relation.
local function raise_unknown(what, left, name, path, names)
  local target, owner = related(left), bind.label(left, path)
  if target then owner = ("%s has no field and %s"):format(target.model_name, owner) end
  local where = path ~= name and (" (in %q)"):format(path) or ""
  errors.raise("field_error", "%s has no %s %q%s%s", owner, what, name, where, hint(left, name, names))
end

--- Raises for a part of a path that is neither a field nor a transform.
function M.no_step(left, name, path)
  raise_unknown("transform", left, name, path, {})
end

--- The name of a lookup that a left side has, or an error with the nearest one.
function M.check(left, name, path)
  if M.is_lookup(left.type, name) then return name end
  local names = compat.sorted_keys(M.of_type[left.type])
  for other in pairs(M.registered) do names[#names + 1] = other end
  raise_unknown("lookup", left, name, path, names)
end

--- Raises for a value that a lookup does not take.
function M.refuse(left, name, class, path)
  local what, operand = bind.label(left, path), (M.row[name] or {}).operand
  if operand == "boolean" then errors.raise("misuse", "%s: %s takes true or false", what, name) end
  if class == "table" then
    local plain = path:gsub("__" .. name .. "$", "")
    errors.raise("misuse", "%s: %s takes one value, not a table; for a list use %s__in", what, path, plain)
  end
  if class == "null" then
    errors.raise("misuse", "%s: %s cannot compare with NULL; use isnull = true", what, path)
  end
  if operand == "list" or operand == "pair" then
    errors.raise("misuse", "%s: %s takes a list, not a %s", what, path, class)
  end
  errors.raise("misuse", "%s: %s cannot be compared with a %s", what, path, class)
end

return M
