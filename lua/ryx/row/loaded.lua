-- SPDX-License-Identifier: MIT
-- What post.author, author.posts and user.profile found hangs on the instance under a key of
-- ryx's own: an object, a list of objects, null where the other side has none, or a mark
-- with the foreign key that leads nowhere. C puts objects and nulls there too
-- (src/lua/rows.c).
local value = require "ryx.value"

local M = {}

local KEY = "_related"
local rawget, rawset, part = rawget, rawset, value.part

--- What is known of a relation of an instance: nil when nothing is.
function M.get(object, name)
  local known = rawget(object, KEY)
  return known and known[name]
end

--- Remembers what a relation leads to; nil forgets.
function M.keep(object, name, related)
  local known = rawget(object, KEY)
  if known then
    known[name] = related
  elseif related ~= nil then
    rawset(object, KEY, { [name] = related })
  end
end

--- Those of a list that know nothing of a relation; the list itself when nothing is known at all.
function M.lacking(objects, name)
  local some, out = part(objects, KEY)
  for i = 1, #some do
    if rawget(some[i], KEY)[name] == nil then out[#out + 1] = some[i] end
  end
  return out
end

local Absent = {}

--- The mark of a foreign key whose object is not there.
function M.absent(key)
  return setmetatable({ pk = key }, Absent)
end

function M.is_absent(related)
  return getmetatable(related) == Absent
end

--- Remembers an object that was assigned; when it has no key yet, its key is taken
--- when the instance is written.
function M.assign(object, name, related, has_key)
  M.keep(object, name, related)
  if M.all(object) then M.keep(object, "+" .. name, not has_key and related or nil) end
end

--- The object whose key a foreign key waits for, or nil.
function M.awaited(object, name)
  return M.get(object, "+" .. name)
end

--- Every relation that something is known of, or nil.
function M.all(object)
  return rawget(object, KEY)
end

--- Forgets what was loaded.
function M.forget(object)
  rawset(object, KEY, nil)
end

return M
