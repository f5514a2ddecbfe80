-- SPDX-License-Identifier: MIT
-- A delete of which a part is ryx's work (cascade.lua): the rows that go with others are found level by level, those
-- that are in the way are named, then hooks are called and rows changed and deleted, children
-- first. Statements are as many as levels and parts of lists, not as rows.
local assignment = require "ryx.query.write.assignment"
local batch = require "ryx.query.write.batch"
local builder = require "ryx.query.select.builder"
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local constraint = require "ryx.meta.constraint"
local delete_order = require "ryx.query.write.delete_order"
local errors = require "ryx.errors"
local key_of = require "ryx.meta.key"
local listeners = require "ryx.query.write.listeners"
local lookup = require "ryx.query.lookup"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local returning = require "ryx.query.write.returning"
local update_delete = require "ryx.query.write.update_delete"
local value = require "ryx.value"

local M = {}

local SIZE = delete_order.SIZE
local SHOWN = 10 -- keys of rows in the way that are told

-- The keys of a queryset's rows.
local function keys_of(qs, meta)
  if meta.pk_field then return qs:values_list("pk", { flat = true }):all() end
  return qs:values_list(compat.unpack(key_of.attnames(meta))):all()
end

local function make_in_list(parent, f)
  return chain_node.new(parent, function(b, first)
    local resolver = resolve.new(b, first)
    b.where[#b.where + 1] = lookup.condition(resolver, builder.column(b.root, f), "in", "table", nil, f.name)
    return resolver
  end, { is_condition = true })
end

-- The rows in which a field is one of a list; short, because every level takes this way.
local function rows_with(c, f, list)
  f:settle()
  local node, params = chain_node.follow(chain_node.root(f.meta), "in list", f, make_in_list), {}
  node.binders[1](params, 0, list)
  return queryset.new(node, params, nil, nil, c.alias, c.tx or nil)
end

local function rows_of_keys(c, meta, keys)
  if meta.pk_field then return rows_with(c, meta.pk_field, keys) end
  return queryset.new(chain_node.root(meta), {}, nil, nil, c.alias, c.tx or nil):filter{ pk__in = keys }
end

local function referring(c, key, keys)
  return rows_with(c, key.field, keys)
end

-- The keys of a model's rows that were not met before.
local function add(c, meta, keys, objects)
  local set = c.sets[meta]
  if not set then
    set = { seen = {}, keys = {}, objects = {} }
    c.sets[meta], c.order[#c.order + 1] = set, meta
  end
  local new = {}
  for i, key in ipairs(keys) do
    local id = key_of.known_by(meta, key)
    if not set.seen[id] then
      set.seen[id] = true
      new[#new + 1] = key
      set.keys[#set.keys + 1] = key
      if objects then set.objects[#set.objects + 1] = objects[i] end
    end
  end
  if #new > 0 then c.queue[#c.queue + 1] = { meta, new } end
end

local WORK = {}

-- Rows that nobody needs to know are deleted by the key that refers.
function WORK.CASCADE(c, key, keys)
  local meta = key.field.meta
  if not key.is_known then
    c.fast[#c.fast + 1] = { key, keys }
  elseif listeners.of_deletes(meta) then
    local objects, list = referring(c, key, keys):order_by("pk"):all(), {}
    for i, object in ipairs(objects) do list[i] = object.pk end
    add(c, meta, list, objects)
  else
    add(c, meta, returning.lock(referring(c, key, keys), c.alias, c.tx))
  end
end

function WORK.SET_NULL(c, key, keys)
  c.changes[#c.changes + 1] = { key, keys, value.null }
end

function WORK.SET_DEFAULT(c, key, keys)
  local default = key.field.db_default
  if default == nil then default = key.field:get_default() end
  c.changes[#c.changes + 1] = { key, keys, default == nil and value.null or default }
end

-- Rows in the way of a key, at most n.
local function in_the_way(c, key, keys, n)
  local qs = referring(c, key, keys):order_by("pk")
  if n then qs = qs:limit(n) end
  local list = c.blockers[key]
  if not list then
    list = {}
    c.blockers[key], c.blockers[#c.blockers + 1] = list, key
  end
  for _, found in ipairs(keys_of(qs, key.field.meta)) do list[#list + 1] = found end
end

function WORK.PROTECT(c, key, keys)
  in_the_way(c, key, keys, SHOWN + 1)
end

-- Which of them go, too, is known at the end.
function WORK.RESTRICT(c, key, keys)
  in_the_way(c, key, keys, not c.work.gone[key.field.meta] and SHOWN + 1 or nil)
end

local function find_all(c)
  local i = 1
  while c.queue[i] do
    local meta, keys = c.queue[i][1], c.queue[i][2]
    for _, key in ipairs(c.work[meta] or {}) do
      for _, part in ipairs(batch.chunks(keys, SIZE)) do WORK[key.rule](c, key, part) end
    end
    c.queue[i] = false
    i = i + 1
  end
end

-- What is in the way of a delete, as data.
local function blockers(c)
  local out = {}
  for _, key in ipairs(c.blockers) do
    local f, keys = key.field, {}
    local going = key.rule == "RESTRICT" and c.sets[f.meta]
    for _, found in ipairs(c.blockers[key]) do
      if not (going and going.seen[key_of.known_by(f.meta, found)]) then keys[#keys + 1] = found end
    end
    if #keys > 0 then out[#out + 1] = { model = f.meta.model_name, field = f.name, keys = keys, rule = key.rule } end
  end
  return out
end

local function shown(b)
  local names = {}
  for i = 1, math.min(#b.keys, SHOWN) do names[i] = key_of.text(b.keys[i]) end
  local more = #b.keys > SHOWN and " and more" or ""
  for i = #b.keys, SHOWN + 1, -1 do b.keys[i] = nil end
  local rule = b.rule
  b.rule = nil
  return ("%s.%s (on_delete = %s) of %s"):format(b.model, b.field, rule, table.concat(names, ", ") .. more)
end

local function refuse_blocked(c, what)
  local list, parts = blockers(c), {}
  if #list == 0 then return end
  for i, b in ipairs(list) do parts[i] = shown(b) end
  error(errors.new{
    kind = "protected", model = list[1].model, field = list[1].field, blockers = list,
    errors = { __all__ = { constraint.REFERRED } },
    message = ("%s cannot be deleted: in the way are %s; delete or change those first"):format(what,
      table.concat(parts, "; ")),
  }, 0)
end

local function delete_keys(c, meta, keys)
  local n, size = 0, meta.pk_field and SIZE or key_of.PORTION
  for _, part in ipairs(batch.chunks(keys, size)) do
    n = n + update_delete.remove(rows_of_keys(c, meta, part))
  end
  return n
end

local function tell_of(c, meta)
  for _, object in ipairs(c.sets[meta].objects) do
    rawset(object, "_r", nil)
    listeners.after_delete(object)
  end
end

local function change(c, key, keys, v)
  local f = key.field
  update_delete.set(referring(c, key, keys), assignment.parse(f.meta, { [f.name] = v }, "update"))
end

-- How many rows of the model asked for were deleted.
local function write_all(c)
  local steps, order = delete_order.steps(c, rows_with)
  for _, meta in ipairs(order) do
    for _, object in ipairs(c.sets[meta].objects) do listeners.before_delete(object) end
  end
  for _, fast in ipairs(c.fast) do update_delete.remove(referring(c, fast[1], fast[2])) end
  for _, one in ipairs(c.changes) do change(c, one[1], one[2], one[3]) end
  local n, left = 0, {}
  for _, step in ipairs(steps) do left[step[1]] = (left[step[1]] or 0) + 1 end
  for _, step in ipairs(steps) do
    local meta = step[1]
    local deleted = delete_keys(c, meta, step[2])
    if meta == c.meta then n = n + deleted end
    left[meta] = left[meta] - 1
    if left[meta] == 0 then tell_of(c, meta) end
  end
  return n
end

-- Finds, refuses or writes: how many of the rows asked for were deleted.
local function run(c, tx, keys, what)
  if #keys == 0 then return 0 end
  c.tx = tx
  add(c, c.meta, keys)
  find_all(c)
  refuse_blocked(c, what)
  -- Where the database took a row along with another one it is not counted again.
  return math.min(write_all(c), #keys)
end

local function collector(meta, alias, work)
  return {
    meta = meta, alias = alias, work = work,
    sets = {}, order = {}, queue = {}, -- rows by model, models as they were met, rows to look at
    fast = {}, changes = {}, blockers = {},
  }
end

--- Deletes a row of a model by its key, and what goes with it: 1, or 0 when it was not there.
--- `what` is how messages call it.
function M.row(meta, alias, tx, work, key, what)
  local c = collector(meta, alias, work)
  if not work.writes then return run(c, tx, { key }, what) end
  return batch.block(alias, tx, function(inner) return run(c, inner, { key }, what) end)
end

--- The same for the rows whose keys find(tx) gives: how many of them there were.
function M.rows(meta, alias, tx, work, find)
  local c = collector(meta, alias, work)
  local function delete(inner)
    local keys = find(inner)
    return run(c, inner, keys, ("%d of %s"):format(#keys, meta.table_name))
  end
  if tx and not work.writes then return delete(tx) end
  return batch.block(alias, tx, delete)
end

return M
