-- SPDX-License-Identifier: MIT
-- The UPDATE of a save: which of the columns it writes, and whether their row was there.
local instance = require "ryx.query.write.instance"
local key = require "ryx.meta.key"
local record = require "ryx.row.record"
local tracked = require "ryx.row.tracked"

local M = {}

-- Those of some fields that are written. The row in another database is not known.
local function written(meta, object, fields, alias, options)
  local some = record.present(object, fields)
  if not meta.track_changes or options.update_fields or options.force_update then return some end
  if options.using and record.database_of(object) ~= alias.name then return some end
  return tracked.changed(object, some)
end

local function is_there(meta, object, alias, tx)
  return meta.rows:using(tx or alias.name):filter{ pk = object.pk }:exists()
end

--- Writes fields of an object to its row; none left to write is fine where the model has some.
function M.row(meta, object, fields, alias, tx, options)
  key.check(meta, object, "save")
  local some = written(meta, object, fields, alias, options)
  local is_found
  if #some > 0 then
    is_found = instance.save(meta, object, some, alias, tx) > 0
  else
    is_found = #fields > 0 or is_there(meta, object, alias, tx)
  end
  if not is_found then
    meta:raise_missing(("%s was not saved: no row has its key any more"):format(tostring(object)))
  end
  if meta.track_changes then tracked.keep(object, some, tx) end
end

return M
