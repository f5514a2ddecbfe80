-- SPDX-License-Identifier: MIT
-- object:save: what is done to an instance before its statement, the statement, who is told. Bulk
-- writes prepare their objects here, too.
local forward = require "ryx.relation.forward"
local instance = require "ryx.query.write.instance"
local key = require "ryx.meta.key"
local listeners = require "ryx.query.write.listeners"
local record = require "ryx.row.record"
local run = require "ryx.db.run"
local save_form = require "ryx.model.save_form"
local tracked = require "ryx.row.tracked"
local undone = require "ryx.query.write.undone"
local update = require "ryx.model.update"
local validate = require "ryx.validate"
local value_of = require "ryx.value"

local M = {}

-- Sets auto_now and auto_now_add; before that, null light userdata become absent.
local function stamp(meta, object, created, moment)
  local fields = meta.auto_fields
  for i = 1, #fields do
    local f = fields[i]
    moment = moment or value_of.now() -- one for all of a save
    local v = f.auto_value(moment, created, rawget(object, f.attname))
    if v ~= nil then
      record.loaded(object, f.attname)
      rawset(object, f.attname, v)
    end
  end
end

-- What was assigned as NULL reads as nil once it is written.
local function drop_nulls(meta, object)
  local fields = meta.fields
  for i = 1, #fields do
    local f = fields[i]
    if rawget(object, f.attname) == value_of.null then rawset(object, f.attname, nil) end
  end
end

-- What every write does to an instance before its values are looked at.
local function prepare(meta, object, created, moment, alias)
  stamp(meta, object, created, moment)
  forward.fill_keys(meta, object, created and alias)
end

-- Hooks and receivers may set what was not there when the object was checked.
local function check_again(meta, object, alias)
  drop_nulls(meta, object)
  forward.fill_keys(meta, object, alias)
  validate.check_storage(meta, object)
end

local function has_relation(fields)
  for i = 1, #fields do
    if fields[i].relation then return true end
  end
  return false
end

--- The same for a list, of an alias if that is known; of most models nothing is to be done. Values
--- that a database would round, or take though they are none of their field, are refused.
function M.prepare_all(meta, list, created, alias)
  if not (meta.auto_fields[1] or meta.exact_fields[1] or has_relation(meta.fields)) then return end
  local moment = meta.auto_fields[1] and value_of.now()
  for i = 1, #list do
    prepare(meta, list[i], created, moment, alias)
    validate.check_storage(meta, list[i], meta.exact_fields)
  end
end

--- Writes an instance on an alias: INSERT unless it was saved, else UPDATE, or as the options
--- say. Was it created? `insert` in place of the plain one may say no, or nil: nothing done.
function M.write(meta, object, alias, tx, options)
  local created, names = save_form.inserts(meta, object, options), options.update_fields
  local fields = not created and save_form.fields(meta, names)
  if names and names[1] == nil then return false end
  tx = tx or run.current_tx(alias)
  if options.validate == false then drop_nulls(meta, object) end
  prepare(meta, object, created, nil, alias)
  local check = options.validate == false and validate.check_storage or validate.full_clean
  check(meta, object)
  local told = listeners.of[meta.class]
  told = told and told.save
  if told then
    listeners.before_save(object, created)
    check_again(meta, object, created and alias)
  end
  if created then
    if tx then undone.inserting(tx, meta, object, options.force_insert) end
    created = (options.insert or instance.insert)(meta, object, alias, tx)
    if created == nil then return nil end
    rawset(object, "_r", { alias = alias })
    key.keep(meta, object)
    if meta.track_changes then tracked.keep(object, meta.fields, tx) end
  else
    update.row(meta, object, fields, alias, tx, options)
    record.moved(object, alias)
  end
  if told then listeners.after_save(object, created) end
  return created
end

return M
