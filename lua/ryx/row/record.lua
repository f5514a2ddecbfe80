-- SPDX-License-Identifier: MIT
-- What rows of one result share: a record under their key `_r`, { alias, peers, deferred }.
-- peers is a weak list of those rows (src/lua/rows.c makes it), deferred the columns
-- that were left out. Rows with other columns left out have records of their own
-- with the same peers.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local router = require "ryx.db.router"

local rawget, rawset, rawequal = rawget, rawset, rawequal

local M = {}

--- The meta of an object that a method was called on: post.save() has lost its colon.
function M.meta_of(object, method)
  local mt = getmetatable(object)
  if not mt or mt._class ~= "object" then
    errors.raise("misuse", "%s belongs to an object, not to %s: call it with a colon, object:%s(...)", method,
      compat.show(object), method)
  end
  return mt.model._meta
end

--- Is an object a row of this model, or of a proxy of it, or of the one that this is a proxy of?
function M.is_of(object, meta)
  return getmetatable(object).model._meta.concrete == meta.concrete
end

--- The alias an object is from, nil of one that is not saved.
function M.alias(object)
  local record = rawget(object, "_r")
  return record and db.alias(record.alias.name)
end

--- The alias that rows of a model are read on for an object: its own, what it leads to.
function M.read_alias(object, meta)
  return router.read(meta, M.alias(object), object)
end

--- The same of writes.
function M.write_alias(object, meta)
  return router.write(meta, M.alias(object), object)
end

--- The name of the database that an object is from, nil of one that is not saved.
--- ryx.database_of(post)   -> "default"
---@param object ryx.Model
---@return string?
function M.database_of(object)
  local record = type(object) == "table" and rawget(object, "_r")
  return record and record.alias.name or nil
end

--- Refuses that an object of an alias refers to one of another database.
function M.check_relation(label, object, alias, other)
  local theirs = rawget(other, "_r")
  if not theirs or theirs.alias == alias and not router.current then return end
  router.check_relation(label, object, db.alias(alias.name), other, M.alias(other))
end

--- An object was written on an alias: it is of that one from now on.
function M.moved(object, alias)
  local record = rawget(object, "_r")
  if record and record.alias.name == alias.name then return end
  rawset(object, "_r", { alias = alias, deferred = record and record.deferred })
end

--- The objects read together with one and still alive, itself among them.
function M.peers(object)
  local record = rawget(object, "_r")
  local peers = record and record.peers
  if not peers then return { object } end
  local out, n, seen = {}, 0, false
  for i = 1, peers.n do
    local peer = peers[i]
    local theirs = peer and peer._r -- in a loop this is faster than rawget, a call
    if theirs and theirs.peers == peers then
      n = n + 1
      out[n] = peer
      seen = seen or rawequal(peer, object)
    end
  end
  if not seen then out[n + 1] = object end
  return out
end

--- Was a column of the object left out, and not read or assigned since?
function M.is_deferred(object, attname)
  local record = rawget(object, "_r")
  local deferred = record and record.deferred
  return deferred ~= nil and deferred[attname] == true
end

-- The record like another one that lacks only `names`; each exists once.
local function variant(record, names)
  local base, list = record.base or record, {}
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  local id = table.concat(list, ",")
  base.variants = base.variants or {}
  local made = base.variants[id]
  if not made then
    made = { alias = record.alias, peers = record.peers, base = base, deferred = list[1] and names or nil }
    base.variants[id] = made
  end
  return made
end

--- Notes that an object has a column that it may have lacked.
function M.loaded(object, attname)
  local record = rawget(object, "_r")
  local deferred = record and record.deferred
  if not deferred or not deferred[attname] then return end
  local after = record.after
  if not after then
    after = {}
    record.after = after
  end
  if not after[attname] then
    local rest = {}
    for name in pairs(deferred) do rest[name] = name ~= attname or nil end
    after[attname] = variant(record, rest)
  end
  rawset(object, "_r", after[attname])
end

--- The fields among a list that the object has.
function M.present(object, fields)
  local record = rawget(object, "_r")
  local deferred = record and record.deferred
  if not deferred then return fields end
  local out = {}
  for _, f in ipairs(fields) do
    if not deferred[f.attname] then out[#out + 1] = f end
  end
  return out
end

return M
