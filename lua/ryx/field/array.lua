-- SPDX-License-Identifier: MIT
-- ryx.ArrayField: lists whose items are values of another field: an array where the database has
-- them, JSON text elsewhere. An item may be ryx.null.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local storage = require "ryx.storage"
local value_of = require "ryx.value"

local null, array_meta = value_of.null, value_of.array_meta

-- Options that say something about a column, which an item is not.
local COLUMN = {
  "primary_key", "unique", "db_index", "db_column", "db_comment", "default", "db_default", "auto_now", "auto_now_add",
  "auto_create", "collation",
}

local function check_base(base)
  if getmetatable(base) ~= field.Field then
    errors.raise("misuse", "ArrayField(base, { ... }): base is a field, not %s", compat.show(base))
  end
  local name = base.kind.name
  if base.db == "array" then
    errors.raise("misuse", "ArrayField: arrays inside arrays are not supported; use a JSONField")
  end
  if base.auto or base.relation or base.is_custom or base.generated or not storage[base.type].item then
    errors.raise("misuse", "ArrayField: items cannot be of %s", name)
  end
  for _, option in ipairs(COLUMN) do
    if base.options[option] ~= nil then
      errors.raise("misuse", "ArrayField: %s of %s says nothing about items; give it to the ArrayField", option, name)
    end
  end
end

-- The number of items, or nil when v is no list.
local function length(v)
  local mt = getmetatable(v)
  if type(v) ~= "table" or mt ~= nil and mt ~= array_meta then return nil end
  local n = 0
  for k in pairs(v) do
    if type(k) ~= "number" then return nil end
    n = n + 1
  end
  for i = 1, n do
    if v[i] == nil then return nil end
  end
  return n
end

local function at(i, message)
  return ("Item %d: %s"):format(i, message)
end

-- The items by one(item): a new list, or the same one when it already has the
-- field's form, so that who holds it holds what is saved.
local function map(v, one)
  local n = length(v)
  if not n then return nil, "Enter a list; use ryx.null for an item that is NULL." end
  local out, same = setmetatable({}, array_meta), getmetatable(v) == array_meta
  for i = 1, n do
    local item, message = v[i], nil
    if item ~= null then item, message = one(item) end
    if message then return nil, at(i, message) end
    same = same and rawequal(item, v[i])
    out[i] = item
  end
  return same and v or out
end

local function too_long(v, f)
  if f.size and #v > f.size then return ("Ensure this list has at most %d items."):format(f.size) end
end

-- For columns: no database checks items, so what the base field's column could
-- not hold is refused here.
local function to_column(v, f)
  local base = f.base
  local convert = base.kind.convert
  local list, message = map(v, function(item)
    local value, problem = item, nil
    if convert then value, problem = convert(item, base) end
    if not problem and base.storage then problem = base.storage(value) end
    return value, problem
  end)
  if message then return nil, message end
  message = too_long(list, f)
  if message then return nil, message end
  return list
end

-- For comparisons, where a list may hold more than the column.
local function to_list(v, f)
  local base = f.base
  local convert = base.kind.compare or base.kind.convert
  return map(v, function(item) return convert(item, base) end)
end

local function first_problem(checks, item)
  for _, check in ipairs(checks) do
    local message = check(item)
    if message then return message end
  end
end

local function items(f, add)
  local checks = f.base.checks
  add(function(v)
    for i, item in ipairs(v) do
      local message = item ~= null and first_problem(checks, item)
      if message then return at(i, message) end
    end
  end)
end

local kind = {
  name = "ArrayField", type = "array", db = "array", options = { base = false, size = false },
  convert = to_column, compare = to_list, checks = items,
  init = function(f)
    check_base(f.base)
    if f.size then errors.check_whole(f.size, 0, "ArrayField: size") end
    if f.choices then errors.raise("misuse", "ArrayField: choices are for items; give them to the base field") end
    f.elem = f.base.type
  end,
}

---@class ryx.ArrayFieldOptions: ryx.FieldOptions
---@field size? integer the most items

--- A list of values of a base field.  ryx.ArrayField(ryx.CharField{ max_length = 20 }, { size = 10 })
---@param base ryx.Field
---@param options? ryx.ArrayFieldOptions
---@return ryx.Field
function field.constructors.ArrayField(base, options)
  if options ~= nil and type(options) ~= "table" then
    errors.raise("misuse", "ArrayField takes a table of options, not %s", compat.show(options))
  end
  local all = {}
  for k, v in pairs(options or {}) do all[k] = v end
  all.base = base
  return field.new(kind, all)
end
