-- SPDX-License-Identifier: MIT
-- qs:upsert, and the insert of qs:get_or_create: one row that may be there already. upsert
-- updates it and says which it was, yield leaves it as it is.
--
-- A server that says of each row whether it is new (tells_insert), and lets an insert
-- name the key it yields to (conflict_target) or has no other, does it in one
-- statement. With a target alone the look and the insert share a transaction, which
-- on such a database is the only writer. Else an update comes first, and an insert
-- where it found nothing. A row that update_where keeps as it is does not come back from
-- any of them, and is read.
local assignment = require "ryx.query.write.assignment"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local filter = require "ryx.query.clause.filter"
local instance = require "ryx.query.write.instance"
local ir = require "ryx.query.ir"
local left_out = require "ryx.row.left_out"
local on_conflict = require "ryx.query.write.on_conflict"
local one_alias = require "ryx.query.select.one_alias"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local transaction = require "ryx.db.transaction"
local unique = require "ryx.meta.unique"
local update_delete = require "ryx.query.write.update_delete"
local value = require "ryx.value"

local methods = {}
local M = { methods = methods }

local unpack = compat.unpack

local function objects(meta, alias, tx)
  return meta.rows:using(tx or alias.name)
end

-- Columns, values and terms of an insert.
local function parts(meta, object)
  local with_key = instance.has_key(meta, object)
  local fields = left_out.split(meta, object, instance.insert_fields(meta, with_key))
  local values, terms = instance.values(object, fields)
  return { meta = meta, object = object, fields = fields, values = values, terms = terms or {}, with_key = with_key }
end

local function compile(node, alias, p, clause, tells)
  local meta = node.meta
  local row, b = instance.new_row(meta, alias), one_alias.plan(builder.new(meta), alias)
  local sets, binders, n = assignment.sets(row, p.fields, p.terms, 0)
  b.ctes = row.ctes
  local conflict, more
  conflict, more, n = clause(b, n)
  local outputs, list = instance.returned_columns(b.root, meta.fields)
  if tells then
    outputs[#outputs + 1] = on_conflict.is_new(n)
    list.keys[#list.keys + 1] = "is_new"
  end
  local bytes = encode.insert{ target = b.root, sets = sets, conflict = conflict, returning = outputs, ctes = b.ctes }
  local plan = run.plan(alias, bytes, "insert", meta, list)
  plan.set_binders, plan.more_binders = binders, more
  return plan
end

-- Runs an insert with a clause: the row that came back, if any, is in the object; was
-- it new?
local function insert(p, alias, tx, name, clause, c, tells)
  local meta = p.meta
  name = ("%s %s %s"):format(name, tells and "tells" or "", assignment.name(p.fields, p.terms))
  local plan = plans.of_model(meta, alias, name, compile, p, clause, tells)
  local params = {}
  local n = assignment.bind(params, 0, p.terms, p.values, plan.set_binders)
  if c then n = c:bind(params, n, plan.more_binders) end
  if tells then
    n = n + 1
    params[n] = on_conflict.next_mark()
  end
  local row = run.row(plan, tx, nil, unpack(params, 1, n))
  if not row then return nil end
  local is_new = not tells or row[#meta.fields + 1] == true
  if is_new or c then
    instance.read_back(p.object, meta.fields, row)
    rawset(p.object, "_left", nil)
  end
  return is_new
end

-- A row of any unique key is only marked: the caller looks whether it is the one.
local function only_mark(meta)
  return function(b, first)
    local key = builder.column(b.root, meta.key_fields[1])
    local marked = ir.call("marked", key.type, { key, on_conflict.mark(first) }, { elem = key.elem })
    return { targets = {}, sets = { { column = key.column, expr = marked } } }, {}, first
  end
end

local function in_savepoint(meta, object, alias, tx)
  if not tx then return instance.insert(meta, object, alias, tx) end
  return transaction.savepoint(tx, function(inner) return instance.insert(meta, object, alias, inner) end)
end

-- Inserts unless a row of any unique key is there, which then stays as it is: true, or
-- nil. A row that is only marked is locked for writing from the start, while one that
-- an insert fails on is locked for reading: two of those would wait for each other.
local function yield(p, alias, tx)
  if run.can(alias, "tells_insert") then return insert(p, alias, tx, "yield", only_mark(p.meta), nil, true) or nil end
  local ok, err = pcall(in_savepoint, p.meta, p.object, alias, tx)
  if ok then return true end
  if errors.is_error(err) and err.kind == "unique_violation" then return nil end
  error(err, 0)
end

local function with_clause(c, p, alias, tx, tells)
  local function clause(b, first) return c:clause(b, first, tells) end
  return insert(p, alias, tx, "upsert " .. c.name, clause, c, tells)
end

-- PostgreSQL may find the row of another task by a key that the clause does not name
-- and fails on it; that row is committed then, so the same statement finds it. In a
-- transaction the failure has ended it, and is raised.
local function with_clause_again(c, p, alias)
  local ok, is_new = pcall(with_clause, c, p, alias, nil, true)
  if ok then return is_new end
  if errors.is_error(is_new) and is_new.kind == "unique_violation" then return with_clause(c, p, alias, nil, true) end
  error(is_new, 0)
end

local function look_then_insert(c, p, alias, tx)
  return transaction.within(alias, tx, function(inner)
    local conditions = c:conditions(p.object)
    local is_there = conditions and objects(p.meta, alias, inner):filter(conditions):exists()
    if not with_clause(c, p, alias, inner, false) then return nil end
    return not is_there
  end)
end

local ATTEMPTS, RETRIES = 2, 5

-- Reads the row that is there; false when there is none.
local function read(p, some)
  local row = some:first()
  if not row then return false end
  for _, field in ipairs(p.meta.fields) do rawset(p.object, field.attname, rawget(row, field.attname)) end
  return true
end

-- Updates the row that is there and reads it; false when there is none.
local function update(c, p, some)
  local terms, values = c:plain(p.object)
  local those = c.where and filter.where(some, c:plain_where(p.object)) or some
  return update_delete.set(those, c.fields, terms, values, nil, "values") > 0 and read(p, some)
end

-- By the second attempt the insert has locked the row it met.
local function update_or_insert(c, p, alias, tx)
  local meta, object = p.meta, p.object
  local conditions = c:conditions(object)
  if not conditions then return instance.insert(meta, object, alias, tx) end
  return transaction.within(alias, tx, function(inner)
    local some = objects(meta, alias, inner):filter(conditions)
    for i = 1, ATTEMPTS do
      if update(c, p, some) then return false end
      if i > 1 and c.keeps and some:exists() then return nil end
      if yield(p, alias, inner) then return true end
    end
    return instance.insert(meta, object, alias, inner) -- to be told which key it is
  end, RETRIES)
end

-- True: inserted, false: updated, nil: the row that is there stays as it is.
local function insert_or_update(c, p, alias, tx)
  local meta = p.meta
  local has_target = run.can(alias, "conflict_target")
  local is_only = unique.is_only(meta, c.target, p.with_key)
  if run.can(alias, "tells_insert") and (has_target or is_only and not c.keeps) then
    if tx or is_only then return with_clause(c, p, alias, tx, true) end
    return with_clause_again(c, p, alias)
  end
  if has_target then return look_then_insert(c, p, alias, tx) end
  return update_or_insert(c, p, alias, tx)
end

-- Outside a transaction the row that stayed may be gone when it is read; a transaction has
-- locked it.
local function read_kept(c, p, alias, tx)
  if read(p, objects(p.meta, alias, tx):filter(c:conditions(p.object))) or tx then return false, true end
  return transaction.within(alias, nil, function(inner)
    local is_new = insert_or_update(c, p, alias, inner)
    if is_new ~= nil then return is_new, false end
    return read_kept(c, p, alias, inner)
  end)
end

--- Inserts an object, or updates the row that has its unique key and reads it: was it
--- inserted, and did it stay as it was?
function M.write(meta, object, alias, tx, c)
  local p = parts(meta, object)
  local is_new = insert_or_update(c, p, alias, tx)
  if is_new ~= nil then return is_new, false end
  return read_kept(c, p, alias, tx)
end

-- Yielding.

local function do_nothing(meta, target)
  return function(_, first)
    return { targets = on_conflict.columns(target), key = meta.key_columns[1] }, {}, first
  end
end

--- Inserts an object unless a row with the values of the unique key `target` is there:
--- true, or nil. Where the server cannot be told the key, any other one yields too.
function M.yield(meta, object, alias, tx, target)
  if run.can(alias, "conflict_target") then
    return insert(parts(meta, object), alias, tx, "yield " .. assignment.name(target), do_nothing(meta, target))
  end
  return yield(parts(meta, object), alias, tx)
end

local OPTIONS = { unique_fields = true, update_fields = true, update_where = true }

-- The fields that a table of values names.
local function fields_given(meta, values)
  local fields, seen = {}, {}
  for _, name in ipairs(compat.sorted_keys(values)) do
    local field = meta.paths[name]
    if field and not seen[field] then fields[#fields + 1], seen[field] = field, true end
  end
  return fields
end

local function check_key(c, object)
  if c.goes_by_key and (object.pk == nil or object.pk == value.null) then
    errors.raise("misuse", "%s goes by the primary key, which has no value here: name unique_fields", c.what)
  end
end

---@class ryx.UpsertOptions
---@field unique_fields? string[] the unique key that is meant, the primary one when not given
---@field update_fields? table names, and expressions by name; what was given when not given
---@field update_where? ryx.Condition rows that do not pass it stay: F is what is there, New what was to be inserted

--- Inserts a row, or updates the one with the same unique_fields: the object as its row is
--- now, and whether it was inserted.
--- Page.objects:upsert({ slug = "a", hits = 1 }, { unique_fields = { "slug" },
---   update_fields = { hits = F"hits" + ryx.New"hits" } })  -> INSERT ... ON CONFLICT ... DO UPDATE
--- With update_where a row that does not pass it stays as it is: neither created nor updated.
---@param values? table<string, any>
---@param options? ryx.UpsertOptions
---@return ryx.Model object
---@return boolean created
---@return boolean updated
function methods:upsert(values, options)
  queryset.refuse_slice(self, "upsert")
  values, options = values or {}, options or {}
  local meta = self.node.meta
  errors.check_options(options, OPTIONS, meta.model_name .. ": upsert")
  local object = meta.construct(values)
  local c = on_conflict.parse(meta, options, "upsert", fields_given(meta, values))
  check_key(c, object)
  local stayed
  local created = meta.save(object, plans.write_alias(self), self.tx, {
    insert = function(m, o, alias, tx)
      local is_new
      is_new, stayed = M.write(m, o, alias, tx, c)
      return is_new
    end,
  })
  return object, created, not created and not stayed
end

return M
