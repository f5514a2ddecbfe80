-- SPDX-License-Identifier: MIT
-- qs:bulk_create: many instances in one statement, plain, ignoring rows that are there or
-- updating them.
local assignment = require "ryx.query.write.assignment"
local batch = require "ryx.query.write.batch"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local db_default = require "ryx.query.write.db_default"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local instance = require "ryx.query.write.instance"
local left_out = require "ryx.row.left_out"
local meta_key = require "ryx.meta.key"
local on_conflict = require "ryx.query.write.on_conflict"
local one_alias = require "ryx.query.select.one_alias"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local run = require "ryx.db.run"
local sequence = require "ryx.db.sequence"
local undone = require "ryx.query.write.undone"
local unique = require "ryx.meta.unique"
local upsert = require "ryx.query.write.upsert"
local validate = require "ryx.validate"
local worked_out = require "ryx.row.worked_out"

local methods = {}

local OPTIONS = {
  batch_size = true, ignore_conflicts = true, update_conflicts = true, unique_fields = true, update_fields = true,
  update_where = true, validate = true,
}
local NUMBERS = { number = true, cdata = true }

-- What makes two objects meet: the text of their values of the target, nil where one
-- is NULL.
local function id_of(object, target)
  local parts = {}
  for i, field in ipairs(target) do
    local v = object[field.attname]
    if v == nil then return nil end
    if field.is_custom then v = field:to_column(v) end
    local text = tostring(compat.keyof(v))
    parts[i] = #text .. ":" .. text
  end
  return table.concat(parts)
end

-- Objects that meet each other go into different statements, in their order: no
-- database updates a row twice in one.
local function rounds(list, c)
  if not c then return { list } end
  local out, seen = {}, {}
  for _, object in ipairs(list) do
    local id = id_of(object, c.target)
    local round = id and (seen[id] or 0) + 1 or 1
    if id then seen[id] = round end
    out[round] = out[round] or {}
    table.insert(out[round], object)
  end
  return out
end

local IGNORE = { name = "ignore", fields = {}, keeps = true }

function IGNORE.clause(_, b)
  return { targets = {}, key = b.meta.key_columns[1] }, {}
end

-- The key comes back unless it is known or what became of a row is not.
local function key_of(meta, with_key, c)
  if with_key or c and c.keeps then return nil end
  return meta.pk_field.attname
end

local function compile(node, alias, fields, mixed, c, key)
  local meta = node.meta
  local b = one_alias.plan(builder.new(meta), alias)
  local clause, binders
  if c then clause, binders = c:clause(b, #fields) end
  local plan = run.plan(alias, encode.insert{
    target = b.root, sets = db_default.sets(fields, mixed), batch = true, conflict = clause, ctes = b.ctes,
    key = not c and key and meta.pk_field.auto,
    returning = key and { { expr = builder.column(b.root, meta.pk_field), name = "" } } or {},
  }, "insert", meta)
  plan.set_binders = binders
  return plan
end

local function plan_of(meta, alias, with_key, fields, mixed, c, key)
  local name = with_key and "bulk key" or "bulk"
  if fields.are_some then
    name = name .. " of " .. assignment.name(fields) .. " or " .. assignment.name(mixed or {})
  elseif not c then
    return plans.of_model(meta, alias, name, instance.insert_plan, with_key, true)
  end
  return plans.of_model(meta, alias, name .. " " .. (c and c.name or ""), compile, fields, mixed, c, key)
end

-- Keys of the parameters: names of columns, then the values that the clause takes.
local function keys_of(fields, c, plan)
  local keys, values = {}, {}
  for i, f in ipairs(fields) do keys[i] = f.attname end
  if not c or c == IGNORE then return keys end
  local n = c:bind(values, 0, plan.set_binders)
  for i = 1, n do keys[#keys + 1] = { values[i] } end
  return keys
end

-- The columns of an insert, those that all of a list leave to the database, and those that some do.
local function columns_of(meta, list, with_key)
  local fields, left, mixed = left_out.split_list(meta, list, instance.insert_fields(meta, with_key))
  if left or mixed then fields.are_some = true end
  if left and #fields == 0 then -- a statement of many rows names a column
    fields[1], left = table.remove(left), left[1] and left
    mixed = { fields[1] }
  end
  return fields, left, mixed
end

local function insert(meta, alias, list, with_key, c, tx)
  local key = key_of(meta, with_key, c)
  local fields, left, mixed = columns_of(meta, list, with_key)
  if key and meta.pk_field.db_default ~= nil then db_default.check_key(alias, meta.pk_field) end
  local plan = plan_of(meta, alias, with_key, fields, mixed, c, key)
  local shared = { alias = alias }
  batch.run(meta, plan, tx, list, fields, keys_of(fields, c, plan), "bulk_create", key, key and shared)
  if with_key and not (c and c.keeps) then
    for _, object in ipairs(list) do rawset(object, "_r", shared) end
    meta_key.keep_all(meta, list)
  end
  if (left or mixed or meta.generated) and not (c and c.keeps) then
    worked_out.inserted(meta, list, shared, left or {}, mixed or {})
  end
end

-- Where an insert cannot name the key it yields to, and may meet rows by another one; or
-- where nothing tells the keys of rows that it made or met.
local function goes_alone(meta, alias, c, with_key)
  if not with_key and not c.keeps and not run.can(alias, "returning") then return true end
  return not run.can(alias, "conflict_target") and not unique.is_only(meta, c.target, with_key)
end

local function copy_of(object)
  local copy = setmetatable({}, getmetatable(object))
  for name, v in next, object do rawset(copy, name, v) end
  return copy
end

-- Objects learn nothing of rows that may have stayed.
local function one_by_one(write, meta, alias, list, c, tx)
  local keeps = c and c.keeps
  for _, object in ipairs(list) do
    write(meta, keeps and copy_of(object) or object, alias, tx, c)
    if not keeps then
      rawset(object, "_r", { alias = alias })
      meta_key.keep(meta, object)
    end
  end
end

-- Lists that one statement each can write, and whether they have keys.
local function groups_of(meta, keyed, fresh)
  if not meta.db_defaults then return { { keyed, true }, { fresh, false } } end
  local groups = {}
  for _, part in ipairs(left_out.parts(meta, keyed)) do groups[#groups + 1] = { part, true } end
  for _, part in ipairs(left_out.parts(meta, fresh)) do groups[#groups + 1] = { part, false } end
  return groups
end

-- Statements to be run: functions(tx).
local function jobs(meta, alias, list, c, size)
  local out = { keyed = {} }
  local is_update = c and c ~= IGNORE
  for _, round in ipairs(rounds(list, is_update and c)) do
    local keyed, fresh = meta_key.split(meta, round)
    out.keyed[#out.keyed + 1] = keyed
    for _, group in ipairs(groups_of(meta, keyed, fresh)) do
      local alone = is_update and goes_alone(meta, alias, c, group[2]) and upsert.write
      -- Rows of nothing but a key that the database makes: a statement of many would name no column.
      if not group[2] and meta.written[2] == nil then alone = instance.insert end
      for _, chunk in ipairs(batch.chunks(group[1], size)) do
        out[#out + 1] = function(tx)
          if tx and not (c and c.keeps) then undone.inserting_all(tx, meta, chunk, group[2]) end
          if alone then return one_by_one(alone, meta, alias, chunk, c, tx) end
          return insert(meta, alias, chunk, group[2], c, tx)
        end
      end
      if alone and #group[1] > 0 then out.several = true end
    end
  end
  return out
end

-- The keys that the database makes lie above those of the user's, from these rows on.
local function follow_keys(alias, tx, meta, lists)
  local highest
  for _, list in ipairs(lists) do
    for _, object in ipairs(list) do
      local key = rawget(object, meta.pk_field.attname)
      if type(key) == "string" then key = tonumber(key) end
      if NUMBERS[type(key)] and (highest == nil or key > highest) then highest = key end
    end
  end
  if highest ~= nil and sequence.is_apart(alias, meta) then sequence.follow(alias, tx, meta, highest) end
end

-- A row that is there keeps what is left to the database.
local function updated_fields(meta, list)
  local fields = {}
  for _, f in ipairs(meta.written) do
    local is_left = false
    for i = 1, f.db_default ~= nil and #list or 0 do is_left = is_left or left_out.is(list[i], f.attname) end
    if not (f.auto_now_add or is_left) then fields[#fields + 1] = f end
  end
  return fields
end

local function refuse_keyless(list, c)
  if not c.goes_by_key then return end
  for i, object in ipairs(list) do
    if object.pk == nil then
      errors.raise("misuse", "bulk_create: update_conflicts goes by the primary key, which item %d has not: name "
        .. "unique_fields", i)
    end
  end
end

local function on_conflict_of(meta, list, options)
  if options.ignore_conflicts and options.update_conflicts then
    errors.raise("misuse", "bulk_create: ignore_conflicts and update_conflicts exclude each other")
  end
  if not options.update_conflicts then
    for _, name in ipairs{ "unique_fields", "update_fields", "update_where" } do
      if options[name] ~= nil then
        errors.raise("misuse", "bulk_create: %s belongs to update_conflicts = true", name)
      end
    end
    return options.ignore_conflicts and IGNORE or nil
  end
  local c = on_conflict.parse(meta, options, "bulk_create", updated_fields(meta, list))
  refuse_keyless(list, c)
  return c
end

---@class ryx.BulkCreateOptions
---@field batch_size? integer rows of a statement
---@field validate? boolean full_clean() every instance first; types and lengths are checked in any case
---@field ignore_conflicts? boolean
---@field update_conflicts? boolean
---@field unique_fields? string[] the unique key that is meant, the primary one when not given
---@field update_fields? table names, and expressions by name; all when not given
---@field update_where? ryx.Condition rows that do not pass it stay: F is what is there, New what was to be inserted

--- Inserts many instances at once and sets their keys; returns the list. With
--- ignore_conflicts rows that are there stay, with update_conflicts they are updated, with
--- update_where those that pass it.
--- Several statements share a transaction.
--- Post.objects:bulk_create(list, { update_conflicts = true, unique_fields = { "slug" }, update_fields = { "title" } })
---@param list ryx.Model[]
---@param options? ryx.BulkCreateOptions
---@return ryx.Model[] list
function methods:bulk_create(list, options)
  queryset.refuse_slice(self, "bulk_create")
  options = options or {}
  errors.check_options(options, OPTIONS, "bulk_create")
  local meta = self.node.meta
  batch.check(meta, list, "bulk_create")
  local size = batch.size(options, "bulk_create")
  if options.validate ~= nil then errors.check_type(options.validate, "boolean", "bulk_create: validate") end
  local alias = list[1] and plans.write_alias(self)
  meta.prepare_all(list, true, alias)
  for i = 1, options.validate and #list or 0 do validate.full_clean(meta, list[i]) end
  batch.check_values(list, meta.fields, "bulk_create")
  local c = on_conflict_of(meta, list, options)
  meta_key.check_parts(meta, list)
  if #list == 0 then return list end
  local todo = jobs(meta, alias, list, c, size)
  batch.together(alias, self.tx, todo.several and 2 or #todo, function(tx)
    if meta:makes_keys() then follow_keys(alias, tx, meta, todo.keyed) end
    for _, job in ipairs(todo) do job(tx) end
  end)
  return list
end

return { methods = methods }
