-- SPDX-License-Identifier: MIT
-- qs:upsert, qs:bulk_create(list, { update_conflicts = true }): what an insert does where its
-- row is there already. The options unique_fields, update_fields and update_where, and the
-- clause they become.
local assignment = require "ryx.query.write.assignment"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local ir = require "ryx.query.ir"
local path = require "ryx.query.resolve.path"
local q = require "ryx.query.expr.q"
local unique = require "ryx.meta.unique"
local value_of = require "ryx.value"

local M = {}

local null, is_expression = value_of.null, value_of.is_expression

local function check_list(v, what)
  if type(v) ~= "table" or getmetatable(v) ~= nil or next(v) == nil then
    errors.raise("misuse", "%s takes a list of names of fields, not %s", what,
      type(v) == "table" and next(v) == nil and "an empty table" or compat.show(v))
  end
end

-- The unique key that is meant, the primary key when none is named.
local function target_of(meta, names, what)
  if names == nil then return { compat.unpack(meta.key_fields) } end
  check_list(names, what .. ": unique_fields")
  local fields, list = {}, {}
  for i, name in ipairs(names) do
    fields[i] = path.field(meta, name)
    list[i] = fields[i].name
    if fields[i].generated then
      errors.raise("unsupported", "%s: unique_fields: %s is generated, so no new row has a value of it yet: name the "
        .. "fields that it is made of in a unique key", what, list[i])
    end
  end
  if #fields == 0 then errors.raise("misuse", "%s: unique_fields takes a list of names", what) end
  if not unique.is_key(meta, fields) then
    errors.raise("misuse", "%s: %s has no unique key of %s: make it unique = true, or name it in Meta.unique_together",
      what, meta.model_name, table.concat(list, ", "))
  end
  return fields
end

local OnConflict = {}
OnConflict.__index = OnConflict

local function is_in(list, field)
  for _, f in ipairs(list) do
    if f == field then return true end
  end
  return false
end

local function add(c, field, term, values)
  if is_in(c.fields, field) then
    errors.raise("misuse", "%s: update_fields names %s twice", c.what, field.name)
  end
  local i = #c.fields + 1
  c.fields[i], c.terms[i], c.values[i] = field, term, values
end

local function add_new(c, field)
  -- The row was found by these: they are what is there.
  if is_in(c.target, field) then return end
  local e = expr.New(field.attname)
  add(c, field, e.term, e.values)
end

local function add_given(c, name, v)
  local field = assignment.field(c.meta, name, "update_fields")
  if c.meta.is_key[field] or is_in(c.target, field) then
    errors.raise("misuse", "%s: update_fields cannot set %s, by which rows are found", c.what, name)
  end
  add(c, field, assignment.operand(c.meta, field, v))
end

-- Names, and pairs of a name and a value or expression.
local function add_all(c, given)
  check_list(given, c.what .. ": update_fields")
  for _, key in ipairs(compat.sorted_keys(given)) do
    if type(key) == "number" then
      local field = assignment.field(c.meta, given[key], "update_fields")
      if c.meta.is_key[field] and not is_in(c.target, field) then
        errors.raise("misuse", "%s: update_fields cannot set the key", c.what)
      end
      add_new(c, field)
    else
      add_given(c, key, given[key])
    end
  end
end

-- A condition that no database takes is refused here: not all of them get it in a clause.
local function where_of(meta, given, what)
  if given == nil then return nil end
  what = what .. ": update_where"
  if type(given) ~= "table" then
    errors.raise("misuse", "%s takes a condition, Q{...} or a table of pairs, not %s", what, compat.show(given))
  end
  local where, b = q.of(what, given), builder.new(meta)
  b.new_row = "columns"
  assignment.condition(b, 0, where.term, what)
  return where
end

--- The clause that options describe: target, fields, terms, values, where (a Q), name.
--- `fields` are those updated when update_fields is not given.
function M.parse(meta, options, what, fields)
  meta:settle()
  what = meta.model_name .. ": " .. what
  local c = setmetatable({
    meta = meta, what = what, target = target_of(meta, options.unique_fields, what), fields = {}, terms = {},
    values = {}, where = where_of(meta, options.update_where, what),
  }, OnConflict)
  c.goes_by_key = unique.is_primary(meta, c.target)
  c.keeps = c.where ~= nil -- rows that are there may stay as they are
  if options.update_fields ~= nil then add_all(c, options.update_fields) else
    for _, field in ipairs(fields) do
      if not meta.is_key[field] then add_new(c, field) end
    end
  end
  for _, field in ipairs(meta.auto_fields) do
    if field.auto_now and not is_in(c.fields, field) then add_new(c, field) end
  end
  -- Something must be set for the row to come back: what it is found by.
  if #c.fields == 0 then
    local same = expr.New(c.target[1].attname)
    add(c, c.target[1], same.term, same.values)
  end
  c.name = assignment.name(c.target) .. " set " .. assignment.name(c.fields, c.terms)
    .. (c.where and " where #" .. c.where.term.id or "")
  return c
end

--- The columns of the target.
function M.columns(fields)
  local columns = {}
  for i, field in ipairs(fields) do columns[i] = field.column end
  return columns
end

--- The clause against the row that is there, and what its expressions take. Its
--- parameters are numbered from `first`; with `mark` the last one marks the row.
function OnConflict:clause(b, first, mark)
  b.new_row = "columns"
  local sets, binders, n = assignment.sets(b, self.fields, self.terms, first)
  local where
  if self.where then
    local resolver
    where, resolver = assignment.condition(b, n, self.where.term, self.what .. ": update_where")
    n, binders.where = resolver.n, resolver.binders
  end
  if mark then
    local value = sets[1].expr
    sets[1].expr = ir.call("marked", value.type, { value, M.mark(n) }, { elem = value.elem, places = value.places })
  end
  return { targets = M.columns(self.target), sets = sets, where = where }, binders, n
end

--- Appends what the clause takes to params after n: the new count.
function OnConflict:bind(params, n, binders)
  n = assignment.bind(params, n, self.terms, self.values, binders)
  for i, fn in ipairs(binders.where or {}) do n = fn(params, n, self.where.values[i]) end
  return n
end

--- The parameter of a mark.
function M.mark(number)
  return { op = "param", number = number, type = "int", name = "", null = false }
end

local last_mark

--- A number that no other statement marks rows with: it begins anywhere, as processes
--- may share a server's connections behind a proxy.
function M.next_mark()
  if not last_mark then
    local a, b, c, d = compat.random_bytes(4):byte(1, 4)
    last_mark = ((a * 256 + b) * 256 + c) * 256 + d
  end
  last_mark = last_mark + 1
  return last_mark
end

--- Was the row inserted? An output after those of the row.
function M.is_new(number)
  return { expr = ir.call("is_new", "bool", { M.mark(number) }, { null = false }), name = "is_new" }
end

-- The value that was to be inserted in place of New.
local function inserted_value(c, object, v)
  if getmetatable(v) ~= expr.NewValue then return v end
  local field = path.field(c.meta, v.name)
  local value = rawget(object, field.attname)
  if is_expression(value) then
    errors.raise("unsupported", "%s: New(%q) within an expression is a value here, not an expression: on this database "
      .. "the row is updated first", c.what, v.name)
  end
  if value == nil then return null end
  return field.is_custom and assignment.value(c.meta, field, value) or value
end

--- Terms and values of an update in place of the clause: New means the object's value.
function OnConflict:plain(object)
  local terms, values = {}, {}
  for i, field in ipairs(self.fields) do
    local term, list = self.terms[i], self.values[i]
    local inserted = term and term.op == "new" and rawget(object, path.field(self.meta, term[1]).attname)
    if is_expression(inserted) then
      terms[i], values[i] = assignment.operand(self.meta, field, inserted)
    elseif term then
      terms[i], values[i] = term, {}
      for k, v in ipairs(list) do values[i][k] = inserted_value(self, object, v) end
    else
      terms[i], values[i] = false, list
    end
  end
  return terms, values
end

--- The condition with the object's values in place of New.
function OnConflict:plain_where(object)
  local values = {}
  for i, v in ipairs(self.where.values) do values[i] = inserted_value(self, object, v) end
  return { term = self.where.term, values = values }
end

--- Conditions that find the row by the target: nil when a value of it is NULL, which
--- no row meets.
function OnConflict:conditions(object)
  local conditions = {}
  for _, field in ipairs(self.target) do
    local v = rawget(object, field.attname)
    if v == nil or v == null then return nil end
    conditions[field.attname] = v
  end
  return conditions
end

return M
