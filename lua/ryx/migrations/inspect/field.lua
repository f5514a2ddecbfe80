-- SPDX-License-Identifier: MIT
-- A column as the field that makes such a column, with its options; which field that is says the
-- catalog of the dialect (`fields`).
local canonical = require "ryx.migrations.text.canonical"
local compat = require "ryx.compat"
local field = require "ryx.field"
local inspect_meta = require "ryx.migrations.inspect.meta"
local introspect = require "ryx.migrations.introspect"
local query_raw = require "ryx.query.expr.raw"

for _, family in ipairs{ "array", "generated", "json", "number", "relation", "text", "time", "uuid" } do
  require("ryx.field." .. family)
end

local M = {}

-- { pattern of the type, field, names of options by the captures, test(column, check of its type) }
local function row_of(ctx, c, check)
  for _, row in ipairs(introspect.catalog_of(ctx.dialect).fields) do
    local captures = { c.type:match(row[1]) }
    if captures[1] and (not row[4] or row[4](c, check and check.sql or "")) then return row, captures end
  end
end

-- A type that ryx makes none of: the row of the field that reads and writes its values, or of why none does.
local function other_row_of(ctx, c)
  local text = c.type:upper():gsub("%s*([(),])%s*", "%1")
  for _, row in ipairs(introspect.catalog_of(ctx.dialect).others) do
    local captures = { text:match(row[1]) }
    if captures[1] and (not row[4] or row[4](c, captures[1])) then return row, captures end
  end
end

-- The field of a type, its options, that of the items, and the row of `others` that says so; or nil.
local function kind_of(ctx, c, check)
  local item = c.type:match("^(.*)%[%]$")
  if item then
    local base, options = kind_of(ctx, { type = item })
    return base and "ArrayField", options, base
  end
  local row, captures = row_of(ctx, c, check)
  local other
  if not row and c.name then
    row, captures = other_row_of(ctx, c)
    other = row
  end
  if not row or not row[2] then return nil, nil, nil, other end
  local options = {}
  for i, name in ipairs(row[3] or {}) do options[name] = tonumber(captures[i]) or true end
  for key, v in pairs(row.with or {}) do options[key] = v end
  return row[2], options, row[5], other
end

-- A whole number by its digits: beyond 2^53 it is text.
local function whole(text)
  local sign, digits, power = text:match("^(%-?)(%d+)e?(%-?%d*)$")
  power = tonumber(power) or 0
  if not digits or power < 0 then return nil end
  digits = digits .. ("0"):rep(power)
  return #digits < 16 and tonumber(sign .. digits) or sign .. digits
end

local function decimal(text)
  local sign, digits, power = text:match("^(%-?)(%d+)e?(%-?%d*)$")
  power = tonumber(power) or 0
  if not digits then return nil end
  if power >= 0 then return sign .. digits .. ("0"):rep(power) end
  digits = ("0"):rep(1 - power - #digits) .. digits
  return sign .. digits:sub(1, power - 1) .. "." .. digits:sub(power)
end

local VALUE = {
  int = whole, duration = whole, decimal = decimal, double = function(text) return tonumber(text) end,
  bool = function(text) return text == "true" or text == "1e0" end,
}

-- The value of a default that is a plain literal, or nil.
local function value_of(kind, n)
  if n[1] == "number" or n[1] == "word" then
    local read = VALUE[kind]
    if n[1] == "word" and kind ~= "bool" or not read then return nil end
    return read(n[2])
  end
  if n[1] ~= "string" or kind == "json" or kind == "array" or kind == "bytes" then return nil end
  return n[2]
end

local function type_of(name)
  local made = field.constructors[name]
  local kind = field.kinds[made]
  return kind and kind.type
end

-- DEFAULT as an option: a literal is a value of the field's, all else stays SQL.
local function add_default(ctx, c, options, kind)
  if not c.default then return end
  local tree = canonical.tree(ctx.dialect, c.default, c.type)
  if tree and tree[1] == "word" and tree[2] == "null" then return end
  local v
  if tree then v = value_of(kind, tree) end
  if v ~= nil then options.default = v else options.db_default = query_raw.Raw((c.default:gsub("%?", "??"))) end
end

local AUTO = {
  SmallIntField = "SmallAutoField", IntField = "AutoField", BigIntField = "BigAutoField",
  PositiveSmallIntField = "SmallAutoField", PositiveIntField = "AutoField", PositiveBigIntField = "BigAutoField",
}

local function make(name, options, base, to)
  local make_field = field.constructors[name]
  if to then return make_field(to, options) end
  if name ~= "ArrayField" then return make_field(options) end
  local item = base == true and "TextField" or base
  local bounds = {}
  for _, option in ipairs{ "max_length", "max_digits", "decimal_places", "tz" } do
    bounds[option], options[option] = options[option], nil
  end
  return make_field(make(item, bounds), options)
end

-- A field whose default is none of its values has it as SQL.
local function try(name, options, base, to, c)
  local ok, f = pcall(make, name, options, base, to)
  if ok or options.default == nil then return ok and f or nil end
  options.default, options.db_default = nil, query_raw.Raw((c.default:gsub("%?", "??")))
  ok, f = pcall(make, name, options, base, to)
  return ok and f or nil
end

local function auto(ctx, name, options, c, referring)
  -- Some have one type for all; which it was say those that refer to it.
  if ctx.dialect.auto_type then
    name = referring and kind_of(ctx, referring.column, referring.check) or "IntField"
  end
  name = AUTO[name]
  if not name then return nil end
  -- The usual key needs no words.
  if c.name == "id" and name == "AutoField" then return try(name, { db_comment = c.comment }, nil, nil, c) end
  options.null = nil
  return try(name, options, nil, nil, c)
end

-- Of a relation the type is that of the key that it leads to.
local TYPED = { "max_length", "max_digits", "decimal_places", "tz", "collation" }

local function relation(options, to, c)
  for _, name in ipairs(TYPED) do options[name] = nil end
  local name = options.unique and "OneToOneField" or "ForeignKey"
  options.unique = nil
  return try(name, options, nil, to, c)
end

-- The field of a generated column, by the SQL that works it out.
local function generated(ctx, c, options, base, check, name)
  local type_options, own = {}, {}
  for key, v in pairs(options) do
    local is_own = key == "unique" or key == "db_index" or key == "db_column" or key == "db_comment"
    local set = is_own and own or type_options
    set[key] = v
  end
  local is_checked = ctx.dialect.generated_is_null and check and check.sql:lower():find("is not null", 1, true)
  if is_checked then type_options.null = nil end
  own.output_field = try(name, type_options, base, nil, c)
  if not own.output_field then return nil end
  own.expression, own.db_persist = inspect_meta.raw(ctx, c.generated), not c.virtual
  local ok, f = pcall(field.constructors.GeneratedField, own)
  return ok and f or nil
end

-- A text that is one of some, where the database takes text for it.
local function enum(ctx, c, given)
  if not introspect.catalog_of(ctx.dialect).reads_enums or c.generated then return nil end
  local longest = 1
  for _, v in ipairs(c.enum) do longest = math.max(longest, compat.utf8_len(v)) end
  local options = compat.with(given, { choices = c.enum, max_length = longest, null = c.null or nil })
  add_default(ctx, c, options, "text")
  return try("CharField", options, nil, nil, c)
end

--- What a comment says of a column that ryx makes otherwise: its type, and what is to be known of it.
function M.note(ctx, c, check)
  if c.enum then return nil end
  local name, _, _, other = kind_of(ctx, c, check)
  if not other then return nil end
  return not name and other.says or c.type .. (other.says and ", " .. other.says or "")
end

--- The field of a column, or nil where none covers it. `given` are further options; `check` is
--- that of the column's type; `to`, the model that it refers to; `referring`, { column, check } that refers to it.
function M.of(ctx, c, given, check, to, referring)
  if c.enum then return enum(ctx, c, given) end
  local name, options, base = kind_of(ctx, c, check)
  if not name or c.generated and to then return nil end
  local kind = name == "ArrayField" and "array" or type_of(name)
  for key, v in pairs(given) do options[key] = v end
  if c.null and not options.primary_key then options.null = true end
  if c.identity then return auto(ctx, name, options, c, referring) end
  if kind == "text" and c.collation ~= ctx.dialect.text_collation then options.collation = c.collation end
  if c.generated then return generated(ctx, c, options, base, check, name) end
  add_default(ctx, c, options, kind)
  if to then return relation(options, to, c) end
  return try(name, options, base, nil, c)
end

return M
