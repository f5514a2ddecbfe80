-- SPDX-License-Identifier: MIT
-- ryx.GeneratedField{ expression, output_field, db_persist }: a column that the database works out of
-- others of its row. It is like the output field in all but who gives its values.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.field"
local naming = require "ryx.naming"

local M = {}

-- What it takes besides its own options; all else is the output field's or has no meaning here.
local OPTIONS = { expression = true, output_field = true, db_persist = true }
for _, name in ipairs{
  "db_column", "db_comment", "db_index", "help_text", "unique", "verbose_name", "was",
} do
  OPTIONS[name] = true
end

-- What an output field may not say, and why.
local NOT_OF_OUTPUT = {
  default = "the database gives the values", db_default = "the database gives the values",
  auto_now = "the database gives the values", auto_now_add = "the database gives the values",
  primary_key = "a generated column is no primary key", was = "say it in the GeneratedField",
  unique = "say it in the GeneratedField", db_index = "say it in the GeneratedField",
  db_column = "say it in the GeneratedField", db_comment = "say it in the GeneratedField",
}

local function check_output(f)
  if getmetatable(f) ~= field.Field then
    errors.raise("misuse", "GeneratedField: output_field is a field, ryx.IntField(), not %s", compat.show(f))
  end
  if f.relation or f.many or f.auto or f.generated or f.is_custom then
    errors.raise("misuse", "GeneratedField: output_field is a field with a column of values, not a %s", f.kind.name)
  end
  for _, option in ipairs(compat.sorted_keys(f.options)) do
    if NOT_OF_OUTPUT[option] and f.options[option] then
      errors.raise("misuse", "GeneratedField: output_field has no %s: %s", option, NOT_OF_OUTPUT[option])
    end
  end
end

local CLASSES = { expr = true, q = true }

local function check(options)
  errors.check_options(options, OPTIONS, "GeneratedField")
  local e = options.expression
  if type(e) ~= "table" or not rawget(e, "term") or not CLASSES[getmetatable(e)._class] then
    errors.raise("misuse", "GeneratedField: expression is an expression or a Q, ryx.F(\"price\") * 2, not %s",
      compat.show(e))
  end
  check_output(options.output_field)
  if type(options.db_persist) ~= "boolean" then
    errors.raise("misuse", "GeneratedField: db_persist is true (the row holds the value) or false (it is worked out "
      .. "when it is read), not %s", compat.show(options.db_persist))
  end
end

-- As a kind: that of the output field, whose options the field has as well.
local kinds = {}

local function init(f)
  local output = f.output_field
  for name, v in pairs(output.options) do f[name] = v end
  f.null, f.validators, f.editable, f.generated = output.null, {}, false, true
  if output.kind.init then output.kind.init(f) end
end

local function kind_of(output)
  local of = output.kind
  if not kinds[of] then
    local options = compat.with(of.options or {})
    for name in pairs(OPTIONS) do options[name] = options[name] or false end
    kinds[of] = setmetatable({ name = "GeneratedField", options = options, init = init }, { __index = of })
  end
  return kinds[of]
end

---@class ryx.GeneratedFieldOptions
---@field expression ryx.Expr|ryx.Q of other columns of the row
---@field output_field ryx.Field what the column is
---@field db_persist boolean true: the row holds the value; false: it is worked out when it is read
---@field unique? boolean
---@field db_index? boolean
---@field db_column? string
---@field db_comment? string
---@field help_text? string
---@field verbose_name? string
---@field was? string the name it had, so that migrations rename it

--- A column that the database works out of others of its row; it is read like any other, and never written.
--- ryx.GeneratedField{ expression = F"price" * F"pieces", output_field = ryx.IntField(), db_persist = true }
---   -> "total" INTEGER GENERATED ALWAYS AS (("price" * "pieces")) STORED
---@param options ryx.GeneratedFieldOptions
---@return ryx.Field
function field.constructors.GeneratedField(options)
  if type(options) ~= "table" then
    errors.raise("misuse", "GeneratedField takes a table of options, not %s", compat.show(options))
  end
  check(options)
  return field.new(kind_of(options.output_field), options)
end

-- What an expression may be made of, and what of all else has no place in a definition.
local REFUSED = {
  aggregate = "an aggregate is of many rows", window = "a window function is of many rows",
  subquery = "a queryset reads other rows", exists = "a queryset reads other rows",
  rows = "a queryset reads other rows", outer = "OuterRef means a query around it",
  new = "New is of a row that is inserted",
}
local CALLS = {
  Now = "ryx.Now gives another value each time", Search = "a search is no value of a row",
  SearchRank = "a search is no value of a row",
}

local function refuse(f, why)
  errors.raise("misuse", "%s.%s: a generated column is worked out of the columns of its own row, always in the same "
    .. "way: %s", f.meta.model_name, f.name, why)
end

-- What a name behind that of a relation means is known when the table is made.
local function check_path(f, path)
  local meta = f.meta
  local parts = naming.split(path)
  local of = meta.paths[parts[1]]
  if parts[1] == "pk" and not of then
    refuse(f, "name the key by its field, not as pk")
  elseif not of then
    if meta:relation(parts[1]) then refuse(f, ("%q leads to other rows"):format(path)) end
    meta:get_field(parts[1])
  elseif of.generated then
    refuse(f, ("%q is a generated column itself: write out what it is made of"):format(path))
  end
end

local function check_term(f, term)
  if REFUSED[term.op] then refuse(f, REFUSED[term.op]) end
  if term.op == "leaf" or term.op == "path" then check_path(f, term[1]) end
  if term.op == "function" and CALLS[term[1]] then refuse(f, CALLS[term[1]]) end
  for i = 1, term.n do
    if type(term[i]) == "table" and term[i].op then check_term(f, term[i]) end
  end
end

--- Gives a model `written`, the fields that writes may name, and `generated`, the others, where there are any.
function M.divide(meta)
  local written, rest = {}, {}
  for _, f in ipairs(meta.fields) do
    local list = f.generated and rest or written
    list[#list + 1] = f
  end
  meta.written, meta.generated = rest[1] and written or meta.fields, rest[1] and rest or false
  meta.db_defaults = rest[1] and {} or nil -- what is left to the database is read back
end

--- Refuses generated fields of a model whose expressions no table can have.
function M.check(meta)
  for _, f in ipairs(meta.generated or {}) do check_term(f, f.expression.term) end
end

--- Refuses that a field is given a value, where it is a generated one.
function M.refuse(f)
  errors.raise("field_error", "%s.%s is generated: the database works it out, so it cannot be set", f.meta.model_name,
    f.name)
end

--- A field that is about to be given a value; a generated one is an error.
function M.writable(f)
  if f.generated then M.refuse(f) end
  return f
end

return M
