-- SPDX-License-Identifier: MIT
-- post:refresh_from_db(): the row of an object is read again by its key, and what was loaded of
-- its relations is forgotten.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local instance = require "ryx.query.write.instance"
local loaded = require "ryx.row.loaded"
local record = require "ryx.row.record"
local tracked = require "ryx.row.tracked"

local M = {}

local OPTIONS = { fields = true, using = true }

--- What the argument says, a list of names or options: names or nil, `using` or nil.
function M.parse(argument)
  if argument == nil then return nil, nil end
  errors.check_type(argument, "table", "refresh_from_db")
  if argument[1] ~= nil then return argument, nil end
  errors.check_options(argument, OPTIONS, "refresh_from_db")
  if argument.fields ~= nil then errors.check_type(argument.fields, "table", "refresh_from_db: fields") end
  return argument.fields, argument.using
end

-- The columns and the relations that names stand for.
local function chosen(meta, names)
  local fields, relations = {}, {}
  for _, name in ipairs(names) do
    local f, rel = meta.paths[name], meta.relations[name]
    if f then
      fields[#fields + 1] = f
      rel = f.relation and meta.relations[f.name]
    elseif not rel then
      local known = compat.sorted_keys(meta.paths)
      for _, other in ipairs(meta:relation_names()) do known[#known + 1] = other end
      errors.raise("field_error", "%s has no field %s%s", meta.model_name, compat.show(name),
        errors.hint(tostring(name), known))
    end
    if rel then relations[#relations + 1] = rel.name end
  end
  return fields, relations
end

-- What another database holds, which was asked for by name, says nothing of the object's row.
local function note(object, fields, alias, using)
  if using and record.database_of(object) ~= alias.name then return tracked.forget{ object } end
  tracked.keep(object, fields)
end

--- Reads an object again: every column, or what names stand for.
function M.refresh(meta, object, names, alias, tx, using)
  local fields, relations = meta.fields, nil
  if names then fields, relations = chosen(meta, names) end
  if #fields > 0 and not instance.read(meta, object, fields, alias, tx) then
    meta:raise_missing(("%s was not read: no row has its key any more"):format(tostring(object)))
  end
  if meta.track_changes then note(object, fields, alias, using) end
  for _, f in ipairs(fields) do record.loaded(object, f.attname) end
  if not names then return loaded.forget(object) end
  for _, name in ipairs(relations) do loaded.keep(object, name, nil) end
end

return M
