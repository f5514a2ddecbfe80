-- SPDX-License-Identifier: MIT
-- Objects that a transaction inserted or deleted are, after a rollback, what they were before: without a
-- row, and without the key that the database made for it, or with their row.
--
-- Each block of a transaction notes them in order, in `objects` of its state: a weak list with `n`, `was` by
-- position (absent: new, without a key; a list of alike ones is there, and no object), and
-- `most`, how many there may be before those that are used no more are left out.
local loaded = require "ryx.row.loaded"

local M = {}

local rawget, rawset = rawget, rawset

local WEAK = { __mode = "v" }
local MOST = 4096

-- What is known of a new object that has its key.
local WITH_KEY = {}

-- What an object is, where that is more.
local function state_of(meta, object)
  local was = { record = rawget(object, "_r"), key = rawget(object, "_key"), left = rawget(object, "_left") }
  was.fields = meta.key_fields
  for i, f in ipairs(meta.key_fields) do was[i] = rawget(object, f.attname) end
  return was
end

local function put_back(object, was)
  local mt = getmetatable(object)
  if not mt then return end -- no object any more: another one, of Python's, has its values
  if not was then rawset(object, mt.model._meta.pk_field.attname, nil) end
  was = was or WITH_KEY
  rawset(object, "_r", was.record)
  rawset(object, "_key", was.key)
  for i, f in ipairs(was.fields or {}) do rawset(object, f.attname, was[i]) end
  for name in pairs(was.left or {}) do rawset(object, name, nil) end
  rawset(object, "_left", was.left)
end

-- The key of an object that has none any more is waited for again.
local function wait_again(object)
  local known = loaded.all(object)
  if not known then return end
  local paths = getmetatable(object).model._meta.paths
  for name, other in pairs(known) do
    local waits_for = name:match("^%+(.*)")
    if waits_for and rawget(other, "_r") == nil then rawset(object, paths[waits_for].attname, nil) end
  end
end

-- Calls fn(object, was) for all that are noted, the last one first.
local function each(objects, fn)
  for i = objects.n, 1, -1 do
    local object, was = objects[i], objects.was[i]
    for k = 1, was and was.n or 0 do
      if was[k] then fn(was[k], was.was) end
    end
    if object then fn(object, was) end
  end
end

local function put_all_back(state)
  each(state.objects, put_back)
  each(state.objects, function(object)
    if rawget(object, "_r") == nil then wait_again(object) end
  end)
end

local function is_used(object, was)
  if object then return true end
  for i = 1, was and was.n or 0 do
    if was[i] then return true end
  end
  return false
end

local function begin(state)
  state.was = {} -- the weak list does not keep it
  state.objects, state.put_back = setmetatable({ n = 0, most = MOST, was = state.was }, WEAK), put_all_back
  return state.objects
end

-- Leaves out what is used no more.
local function shrink(state)
  local before = state.objects
  local objects = begin(state)
  for i = 1, before.n do
    if is_used(before[i], before.was[i]) then
      local n = objects.n + 1
      objects[n], objects.was[n], objects.n = before[i], before.was[i], n
    end
  end
  objects.most = math.max(MOST, 4 * objects.n)
  return objects
end

local function note(tx, object, was)
  repeat
    local objects = tx.state.objects or begin(tx.state)
    if objects.n >= objects.most then objects = shrink(tx.state) end
    local n = objects.n + 1
    objects[n], objects.n = object, n
    if was then objects.was[n] = was end
    tx = tx.outer
  until not tx
end

--- Notes an object whose row is about to be inserted; has it one already?
function M.inserting(tx, meta, object, has_row)
  local f = meta.pk_field
  if f and not (has_row or meta.db_defaults) then
    local key = rawget(object, f.attname)
    if key == nil then return note(tx, object) end
    if type(key) ~= "table" then return note(tx, object, WITH_KEY) end
  end
  note(tx, object, state_of(meta, object))
end

--- The same of a list, whose objects have keys or not.
function M.inserting_all(tx, meta, list, with_key)
  local alike = setmetatable({ n = #list, was = with_key and WITH_KEY or nil }, WEAK)
  for i = 1, #list do
    local object = list[i]
    if meta.db_defaults or with_key and rawget(object, "_r") then
      note(tx, object, state_of(meta, object))
    else
      alike[i] = object
    end
  end
  note(tx, nil, alike)
end

--- Notes objects whose rows are about to be deleted.
function M.deleting(tx, meta, list)
  for i = 1, #list do note(tx, list[i], state_of(meta, list[i])) end
end

return M
