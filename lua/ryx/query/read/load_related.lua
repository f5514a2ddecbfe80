-- SPDX-License-Identifier: MIT
-- qs:prefetch_related, and the first touch of post.author, user.profile or a column that
-- was left out: what is missing of many objects, in one statement for all rows of a result.
local bind = require "ryx.query.lookup.bind"
local builder = require "ryx.query.select.builder"
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local key_of = require "ryx.meta.key"
local loaded = require "ryx.row.loaded"
local lookup = require "ryx.query.lookup"
local ordering = require "ryx.query.resolve.order"
local queryset = require "ryx.query.clause.queryset"
local record = require "ryx.row.record"
local relation = require "ryx.meta.relation"
local resolve = require "ryx.query.resolve"
local slice = require "ryx.query.clause.slice"
local strict = require "ryx.query.read.strict"
local tracked = require "ryx.row.tracked"
local value = require "ryx.value"

local M = {}

local keyof, null, single_reverse_name = compat.keyof, value.null, relation.single_reverse_name
local rawset, type = rawset, type

-- The key of its parent that a row behind a join table carries until it is given away.
local PARENT = "_parent"

-- What of the rows behind a relation says whose they are.
local function owner_column(b, rel)
  if rel.kind == "forward" then return builder.column(b.root, rel:target_meta().pk_field) end
  if rel.kind == "reverse" then
    if b.chosen then b.chosen[rel.field] = true end
    return builder.column(b.root, rel.field)
  end
  local reverse = b.meta:relation(rel.reverse_name)
  b.call = b.call + 1
  local key = builder.many_key(builder.join_many(b.root, reverse, b, b.call), reverse)
  b.annotations[PARENT], b.annotated[#b.annotated + 1] = key, PARENT
  b.group_keys = { key }
  return key
end

local function refuse(b, limited)
  if b.select then
    errors.raise("misuse", "prefetch_related needs objects of %s, values() gives none", b.meta.model_name)
  end
  if limited and (b.distinct or b.distinct_on) then
    errors.raise("unsupported", "%s: a limit per object goes with no distinct", b.meta.model_name)
  end
end

-- Lists are in the queryset's order, else in that of their keys. Rows of one parent
-- after another lie so in the index of a foreign key: nothing has to be sorted.
local function order_of(b, rel, key, limited)
  if rel.single then return {} end
  local order = ordering.of(b)
  if #order > 0 then return order end
  order = ordering.by_key(b)
  if rel.kind == "reverse" and not limited then table.insert(order, 1, { expr = key, desc = false }) end
  return order
end

-- Rows of the queryset that belong to a list of keys, at most n of each.
local function belonging(rel, limited)
  return function(b, first)
    refuse(b, limited)
    local key = owner_column(b, rel)
    local resolver = resolve.new(b, first, b.call)
    b.where[#b.where + 1] = lookup.condition(resolver, key, "in", "table", nil, rel.name)
    b.order, b.reversed = order_of(b, rel, key, limited), nil
    if not limited then return resolver end
    local place = {
      op = "window", type = "int", null = false, ir.call("row_number", "int", {}, { null = false }),
      partition = { key }, order = b.order,
    }
    b.qualify[#b.qualify + 1] = ir.lookup("lte", place, resolver:param{ type = "int" })
    resolver:bind(bind.as_is)
    return resolver
  end
end

-- The objects behind a relation for a list of keys.
local function related_rows(want, keys, at)
  local rel, limited = want.rel, want.limit ~= nil
  local target = rel:target_meta()
  -- A key leads to its row, whichever rows a manager leaves out.
  local qs = slice.whole(want.queryset or (rel.single and target.rows or target.related()))
  local node = chain_node.follow(qs.node, limited and "prefetch limit" or "prefetch", rel, function(parent)
    return chain_node.new(parent, belonging(rel, limited), { is_condition = true })
  end)
  local on, tx = qs.on_alias or at.alias, at.tx
  return queryset.new(node, chain_node.params(qs, node, { keys, want.limit }), nil, nil, on,
    qs.tx or tx and tx.alias == on and tx or nil, qs.loads, qs.more or at.cache and { cache = at.cache }):all()
end

-- Objects by the value that ties them to a relation: by its text or number, and
-- those values.
local function by_key(objects, attname)
  local groups, keys = {}, {}
  for i = 1, #objects do
    local object = objects[i]
    local key = object[attname]
    if key ~= nil and key ~= null then
      local id = keyof(key)
      local group = groups[id]
      if not group then
        group = {}
        groups[id], keys[#keys + 1] = group, key
      end
      group[#group + 1] = object
    end
  end
  return groups, keys
end

-- What an object's own key is known by.
local function id_of(meta, object)
  if meta.pk_field then return keyof(rawget(object, meta.pk_field.attname)) end
  return key_of.id(key_of.of(meta, object))
end

-- The same by the objects' own keys.
local function by_own_key(objects, meta)
  if meta.pk_field then return by_key(objects, meta.pk_field.attname) end
  local groups, keys = {}, {}
  for i, object in ipairs(objects) do
    local id = id_of(meta, object)
    groups[id] = groups[id] or {}
    table.insert(groups[id], object)
    keys[i] = object.pk
  end
  return groups, keys
end

local function keep(object, want, found)
  if want.to then
    rawset(object, want.to, found ~= null and found or nil)
  else
    loaded.keep(object, want.rel.name, found)
  end
end

-- The keys that objects have in a column, each once, and false under what each is known by.
local function keys_in(objects, attname)
  local keys, n, by_id = {}, 0, {}
  for i = 1, #objects do
    local key = objects[i][attname]
    if key ~= nil and by_id[key] == nil and key ~= null then
      local id = type(key) == "number" and key or keyof(key)
      if by_id[id] == nil then
        n = n + 1
        keys[n], by_id[id] = key, false
      end
    end
  end
  return keys, by_id
end

-- Objects a foreign key leads to. A key that leads nowhere is marked, or left to be
-- an error of its own touch.
local function load_forward(objects, want, at, marks)
  local f, to, name = want.rel.field, want.to, want.rel.name
  local attname, reverse_name = f.attname, single_reverse_name(f)
  local keys, by_id = keys_in(objects, attname)
  if #keys == 0 then return {} end
  local list, pk = related_rows(want, keys, at), f:target_meta().pk_field.attname
  for i = 1, #list do
    local key = list[i][pk]
    by_id[by_id[key] == false and key or keyof(key)] = list[i] -- a plain key was asked for as it is
  end
  for i = 1, #objects do
    local object = objects[i]
    local key = object[attname]
    local related = key ~= nil and (by_id[key] or by_id[keyof(key)]) -- a plain key needs no text
    if related then
      if to then rawset(object, to, related) else loaded.keep(object, name, related) end
      if reverse_name then loaded.keep(related, reverse_name, object) end
    elseif marks and key ~= nil and key ~= null then
      keep(object, want, not to and loaded.absent(key) or nil)
    end
  end
  return list
end

local function load_reverse(objects, want, at)
  local f = want.rel.field
  local groups, keys = by_key(objects, want.rel.meta.pk_field.attname)
  for _, object in ipairs(objects) do keep(object, want, null) end
  local list = related_rows(want, keys, at)
  for _, related in ipairs(list) do
    local group = groups[keyof(rawget(related, f.attname))]
    for _, object in ipairs(group) do keep(object, want, related) end
    loaded.keep(related, f.name, group[1])
  end
  return list
end

local function load_lists(objects, want, at)
  local rel, pk = want.rel, want.rel.meta.pk_field.attname
  local groups, keys = by_key(objects, pk)
  local f = rel.kind == "reverse" and rel.field or nil
  local attname = f and f.attname or PARENT
  local lists = {}
  for _, object in ipairs(objects) do
    lists[object] = {}
    keep(object, want, lists[object])
  end
  local list = related_rows(want, keys, at)
  for i = 1, #list do
    local related = list[i]
    local key = rawget(related, attname)
    local group = groups[key] or groups[keyof(key)] -- a plain key needs no text
    for j = 1, #group do
      local rows = lists[group[j]]
      rows[#rows + 1] = related
    end
    if f then loaded.keep(related, f.name, group[1]) else rawset(related, PARENT, nil) end
  end
  return list
end

local function loader_of(rel)
  if rel.kind == "forward" then return load_forward end
  return rel.single and load_reverse or load_lists
end

--- Loads what a relation leads to for objects: the objects it found. want: { rel, queryset,
--- limit, to }; at: { alias (nil: a router says it), tx, cache }.
function M.relation(objects, want, at)
  if #objects == 0 then return {} end
  if not at.alias then
    at = { alias = record.read_alias(objects[1], want.rel:target_meta()), tx = at.tx, cache = at.cache }
  end
  return loader_of(want.rel)(objects, want, at, true)
end

-- Peers of an object that know nothing of a relation either.
local function unloaded(object, name)
  return loaded.lacking(record.peers(object), name)
end

--- First touch of a foreign key: loads it for all rows of the result. The object.
function M.forward(object, f, key)
  strict.relation(getmetatable(object).model._meta, f.name)
  local objects, rel = unloaded(object, f.name), f.meta.relations[f.name]
  local target = f:target_meta()
  local alias = record.read_alias(object, target)
  if #objects == 1 then
    local related, reverse_name = target.rows:using(alias.name):get{ pk = key }, single_reverse_name(f)
    loaded.keep(object, f.name, related)
    if reverse_name then loaded.keep(related, reverse_name, object) end
    return related
  end
  load_forward(objects, { rel = rel }, { alias = alias })
  return loaded.get(object, f.name) or target:raise_missing()
end

--- First touch of the other side of a one-to-one: the object, or nil.
function M.reverse(object, rel)
  strict.relation(getmetatable(object).model._meta, rel.name)
  load_reverse(unloaded(object, rel.name), { rel = rel }, { alias = record.read_alias(object, rel:target_meta()) })
  local related = loaded.get(object, rel.name)
  return related ~= null and related or nil
end

--- First touch of a column that was left out: loads it for all rows that lack it.
function M.column(object, meta, attname)
  strict.column(meta, attname)
  local list = {}
  for _, peer in ipairs(record.peers(object)) do
    if record.is_deferred(peer, attname) then list[#list + 1] = peer end
  end
  local groups, keys = by_own_key(list, meta)
  local qs = meta.rows:using(record.read_alias(object, meta).name)
  for _, portion in ipairs(key_of.portions(meta, keys)) do
    for _, fresh in ipairs(qs:filter{ pk__in = portion }:order_by():only(attname):all()) do
      for _, peer in ipairs(groups[id_of(meta, fresh)]) do
        rawset(peer, attname, rawget(fresh, attname))
        if meta.track_changes then tracked.keep(peer, { meta.paths[attname] }) end
        record.loaded(peer, attname)
      end
    end
  end
  if record.is_deferred(object, attname) then meta:raise_missing() end
  return rawget(object, attname)
end

return M
