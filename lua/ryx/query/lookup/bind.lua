-- SPDX-License-Identifier: MIT
-- filter{ age__gte = 18 }: how the user's value becomes parameters of the statement, of
-- which a list, an object or a range make others than themselves. binder(params, n, v)
-- appends to n parameters and gives their new number.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local number = require "ryx.field.number"
local record = require "ryx.row.record"
local value_of = require "ryx.value"

local M = {}

local null, class_of, is_plain = value_of.null, value_of.class_of, value_of.is_plain

--- A value as it is.
local function as_is(params, n, v)
  params[n + 1] = v
  return n + 1
end
M.as_is = as_is

--- Of a value that is part of the SQL: nothing.
function M.nothing(_, n)
  return n
end

--- The model whose objects a left side can refer to, or nil.
local function model_of(left)
  local field = left.field
  if left.related then return left.related.class end
  if not field then return nil end
  return field.relation and field:target() or field.primary_key and field.meta.class or nil
end
M.model_of = model_of

--- "Post.views" of a field; else what it is called.
local function label(left, what)
  local field = left.field
  if field and field.meta then return field.meta.model_name .. "." .. field.name end
  return what
end
M.label = label

--- The key of an object that the left side can refer to.
local function key_of(object, left)
  local wanted = model_of(left)
  if not wanted or not record.is_of(object, wanted._meta) then
    errors.raise("misuse", "%s takes a %s, not a %s", label(left, "this expression"),
      wanted and wanted._meta.model_name or "value", getmetatable(object).model._meta.model_name)
  end
  if object.pk == nil then
    errors.raise("misuse", "%s is not saved, so nothing can refer to it", tostring(object))
  end
  return object.pk
end
M.key_of = key_of

--- Classes of lists.
M.LISTS = { table = true, ints = true, doubles = true, strings = true, long = true }

--- An object by its key.
function M.object(left)
  return function(params, n, v) return as_is(params, n, key_of(v, left)) end
end

-- Fields of your own and those that read many forms say themselves what a value is.
local function refuse_table(left)
  local field = left.custom or left.field and (left.field.target_field or left.field)
  if field and (field.is_custom or field.kind.compare) then return end
  errors.raise("misuse", "%s: an in list holds values, and this one holds a table", label(left, "a comparison"))
end

-- NULL inside a list is ignored; instances stand for their keys.
local function clean_list(list, left)
  if is_plain(list) then return list end
  local out = {}
  for _, v in ipairs(list) do
    local class = class_of(v)
    if class == "expr" or class == "queryset" or class == "q" then
      errors.raise("misuse", "an in list holds values: join conditions with expressions by +")
    end
    if class == "object" then v = key_of(v, left)
    elseif M.LISTS[class] and getmetatable(v) == nil then refuse_table(left) end
    if class ~= "null" then out[#out + 1] = v end
  end
  return out
end

--- The list of IN.
function M.list(left)
  return function(params, n, v)
    if v[1] == nil and next(v) ~= nil then
      errors.raise("misuse", "an in lookup takes a list, not a table with names")
    end
    return as_is(params, n, clean_list(v, left))
  end
end

--- Two values.
function M.range(params, n, v)
  if v[1] == nil or v[2] == nil or v[3] ~= nil then
    errors.raise("misuse", "a range lookup takes a list of two values")
  end
  if v[1] == null or v[2] == null then
    errors.raise("misuse", "a range lookup takes two values, and NULL is none")
  end
  params[n + 1], params[n + 2] = v[1], v[2]
  return n + 2
end

-- Values are compared in the form in which the left side holds them.
local function converting(left, compare, form, binder, is_list)
  local function convert(v)
    local value, message = compare(v, form)
    if message then
      errors.raise("validation", "%s: %s (got %s)", label(left, "a comparison"), message, compat.show(v))
    end
    return value
  end
  return function(params, n, v)
    local after = binder(params, n, v)
    for i = n + 1, after do
      local p, list = params[i], {}
      if not is_list then params[i] = convert(p) else
        for j, item in ipairs(p) do list[j] = convert(item) end
        params[i] = list
      end
    end
    return after
  end
end

-- Lookups that compare a value as a whole, not with a part of it or a pattern.
local WHOLE = {
  exact = true, iexact = true, range = true, gt = true, gte = true, lt = true, lte = true, json_exact = true,
}

--- A binder for a left side whose type has a form of its own: decimals have its places, addresses
--- are written in one way.
function M.with_form(left, binder, is_list, name)
  local field = left.custom or left.field and (left.field.target_field or left.field)
  local is_whole = WHOLE[name] or is_list and name == nil
  if field and not is_whole and (left.type == "text" or field.is_custom) then return binder end
  if field and field.kind.compare then return converting(left, field.kind.compare, field, binder, is_list) end
  if left.type == "decimal" and left.places then
    return converting(left, number.to_places, { decimal_places = left.places }, binder, is_list)
  end
  return binder
end

return M
