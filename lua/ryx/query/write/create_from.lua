-- SPDX-License-Identifier: MIT
-- Archive.objects:create_from(qs): inserts the rows of a queryset, which the database copies
-- by itself (INSERT ... SELECT).
local assignment = require "ryx.query.write.assignment"
local batch = require "ryx.query.write.batch"
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local hint = require "ryx.query.clause.hint"
local instance = require "ryx.query.write.instance"
local ir = require "ryx.query.ir"
local plans = require "ryx.query.read.plan"
local query = require "ryx.query.resolve.query"
local query_bounds = require "ryx.query.ir.bounds"
local run = require "ryx.db.run"
local sequence = require "ryx.db.sequence"
local transaction = require "ryx.db.transaction"
local value = require "ryx.value"

local methods = {}

-- The names of the columns' fields: those that are given, or what values() calls them.
local function names_of(b, given, what)
  if not b.select then
    errors.raise("misuse", "%s: say by values() which columns the rows have, by the names of the fields here", what)
  end
  local names = {}
  for i, column in ipairs(b.select.fields) do names[i] = column.name end
  if given == nil then return names end
  errors.check_type(given, "table", what .. ": fields")
  if #given ~= #names then errors.raise("misuse", "%s: %d fields for %d columns", what, #given, #names) end
  return given
end

-- The fields, in order and as a set.
local function fields_of(meta, names, what)
  local fields, seen = {}, {}
  for i, name in ipairs(names) do
    local field = assignment.field(meta, name, "create_from")
    if seen[field] then errors.raise("misuse", "%s: %s is there twice", what, field.name) end
    fields[i], seen[field] = field, true
  end
  return fields, seen
end

-- What a field is that the rows do not name, nil when the database knows.
local function default_of(field, moment, what)
  if field.auto_value then return field.auto_value(moment, true, nil) end
  if type(field.default) == "function" and (field.unique or field.primary_key) then
    errors.raise("misuse", "%s: %s is unique, and its default is worked out once: name it in values()", what,
      field.name)
  end
  local v = field:get_default()
  if v == nil and field.db_default ~= nil then return nil end
  if v == nil and not field.null and not (field.primary_key and field.auto) then
    errors.raise("misuse", "%s: no value for %s, which has no default: name it in values()", what, field.name)
  end
  return v
end

-- The rest of the columns: fields, terms and values as of assignment.parse.
local function rest_of(meta, named, what)
  local fields, terms, list = {}, {}, {}
  local moment = meta.auto_fields[1] and value.now()
  for _, field in ipairs(meta.written) do
    local v
    if not named[field] then v = default_of(field, moment, what) end
    if v ~= nil then
      local i = #fields + 1
      fields[i] = field
      terms[i], list[i] = assignment.operand(meta, field, v)
    end
  end
  return fields, terms, list
end

-- Other columns beside those of such rows would make others of them.
local function is_plain(q)
  return not q.distinct and not q.group and not q.limit and not q.offset
end

local function as_table(q)
  local source, outputs = { join = "first", query = q }, {}
  for i, output in ipairs(q.outputs) do
    output.name = "c" .. i
    outputs[i] = { expr = ir.derived(source, output.name, output.expr), name = "" }
  end
  return { sources = { source }, outputs = outputs }
end

local function compile(node, alias, meta, bounds, fields, rest, terms)
  node.meta:settle()
  local b = query.build(node, alias)
  local rows = query.part(b, query_bounds.params(bounds, node.n))
  if not is_plain(rows) then rows = as_table(rows) end
  local columns = {}
  for i, field in ipairs(fields) do
    columns[i], rows.outputs[i].expr = field.column, assignment.fit(field, rows.outputs[i].expr)
  end
  local target = instance.new_row(meta, alias)
  local sets, binders, n = assignment.sets(target, rest, terms, node.n + query_bounds.count(bounds))
  for _, set in ipairs(sets) do
    columns[#columns + 1] = set.column
    rows.outputs[#rows.outputs + 1] = { expr = set.expr, name = "" }
  end
  local plan = run.plan(alias, encode.insert({
    target = target.root, columns = columns, rows = rows, ctes = b.ctes,
  }, n), "insert", meta)
  plan.set_binders = binders
  return plan
end

-- Both are of one database.
local function check_alias(qs, source, alias, what)
  if plans.write_alias(source) ~= alias then
    errors.raise("misuse", "%s: the rows are of another database: fetch them, then bulk_create", what)
  end
  return qs.tx or source.tx
end

--- Inserts the rows of a queryset, which names their fields by values(); others take their
--- defaults. Returns how many. No row is fetched.
--- Archive.objects:create_from(Post.objects:filter{ views = 0 }:values("title"))  -> INSERT ... SELECT
---@param source ryx.QuerySet
---@param options? { fields?: string[] } the fields of the columns in order, whatever those are called
---@return integer
function methods:create_from(source, options)
  local meta = self.node.meta
  local what = meta.model_name .. ": create_from"
  batch.check_target(self, what)
  expr.check_queryset(source, what)
  hint.refuse(source, "create_from")
  options = options or {}
  errors.check_options(options, { fields = true }, what)
  meta:settle()
  local alias = plans.write_alias(self)
  local tx = check_alias(self, source, alias, what)
  local fields, named = fields_of(meta, names_of(query.build(source.node), options.fields, what), what)
  local rest, terms, list = rest_of(meta, named, what)
  if source.node.is_none then return 0 end
  local bounds = query_bounds.of(source)
  local name = ("create %s %d %s %s"):format(meta.model_name, bounds, assignment.name(fields),
    assignment.name(rest, terms))
  local plan = plans.plan(source.node, alias, name, compile, meta, bounds, fields, rest, terms)
  local params, n = plans.params(source)
  params = { compat.unpack(params, 1, n) }
  n = assignment.bind(params, n, terms, list, plan.set_binders)
  local function insert(at) return run.affected(plan, at, compat.unpack(params, 1, n)) end
  if not (named[meta.pk_field] and sequence.is_apart(alias, meta)) then return insert(tx or run.current_tx(alias)) end
  return transaction.within(alias, tx, function(at)
    local inserted = insert(at)
    sequence.follow_all(alias, at, meta)
    return inserted
  end)
end

return { methods = methods }
