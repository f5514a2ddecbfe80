-- SPDX-License-Identifier: MIT
-- bulk_create, bulk_update: what the database works out of rows, by a db_default or in a generated column, is
-- read when it is first touched, for all objects of the list at once.
local compat = require "ryx.compat"
local left_out = require "ryx.row.left_out"
local record = require "ryx.row.record"

local M = {}

local function peers_of(list)
  local peers = setmetatable({ n = #list }, { __mode = "v" })
  for i = 1, #list do peers[i] = list[i] end
  return peers
end

local function forget(list, fields)
  for i = 1, #list do
    for _, f in ipairs(fields) do rawset(list[i], f.attname, nil) end
  end
end

-- Those that an object was given are there.
local function note_given(meta, object, names)
  for name in pairs(names) do
    if not (meta.paths[name].generated or left_out.is(object, name)) then record.loaded(object, name) end
  end
  rawset(object, "_left", nil)
end

--- Notes it of objects that were inserted and share a record; of fields in lists, and of generated ones.
function M.inserted(meta, list, shared, ...)
  local names = {}
  for _, fields in ipairs{ meta.generated or {}, ... } do
    for _, f in ipairs(fields) do names[f.attname] = true end
  end
  forget(list, meta.generated or {})
  shared.deferred, shared.peers = names, peers_of(list)
  for i = 1, #list do note_given(meta, list[i], names) end
end

--- Notes it of objects that were updated: what they hold of some fields their rows hold no more.
function M.updated(list, fields)
  local peers, records = peers_of(list), {}
  forget(list, fields)
  for i = 1, #list do
    local was = list[i]._r
    if not records[was] then
      records[was] = { alias = was.alias, peers = peers, deferred = compat.with(was.deferred or {}) }
      for _, f in ipairs(fields) do records[was].deferred[f.attname] = true end
    end
    rawset(list[i], "_r", records[was])
  end
end

return M
