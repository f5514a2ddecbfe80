-- SPDX-License-Identifier: MIT
-- Post{ ... }, post.title = ..., post:save, post:delete, post:refresh_from_db: instances. A
-- column is a plain key of the table; NULL is an absent key; `_r` is there when the row is
-- in a database.
local accessors = require "ryx.model.accessors"
local compat = require "ryx.compat"
local db = require "ryx.db"
local delete = require "ryx.query.write.delete"
local errors = require "ryx.errors"
local forward = require "ryx.relation.forward"
local instance = require "ryx.query.write.instance"
local listeners = require "ryx.query.write.listeners"
local load_related = require "ryx.query.read.load_related"
local record = require "ryx.row.record"
local refresh = require "ryx.model.refresh"
local save_form = require "ryx.model.save_form"
local shown = require "ryx.model.shown"
local rules = require "ryx.validate.rules"
local run = require "ryx.db.run"
local validate = require "ryx.validate"
local validate_unique = require "ryx.model.validate_unique"
local value_of = require "ryx.value"

local M = {}

local function unknown(meta, key)
  errors.raise("field_error", "%s has no field %s%s", meta.model_name, compat.show(key),
    errors.hint(tostring(key), compat.sorted_keys(meta.paths)))
end

-- A row is the same one whatever its model is called: the function is one of a table's models.
local function equality(key)
  local function equal(a, b)
    local theirs = getmetatable(b)
    if not theirs or getmetatable(a).__eq ~= equal or theirs.__eq ~= equal then return false end
    local k = rawget(a, key)
    return k ~= nil and k == rawget(b, key)
  end
  return equal
end

--- The metatable of a model's instances; those of a proxy share what its model's have.
function M.metatable(meta, class)
  local key = meta.pk_field and meta.pk_field.attname
  local getters, setters = meta.getters, meta.setters
  if not getters then getters, setters = accessors.new(meta, key) end
  local mt = { _class = "object", model = class }
  function mt.__index(object, name)
    local v = rawget(class, name)
    if v ~= nil then return v end
    local get = getters[name]
    if get then return get(object) end
    local shared = rawget(object, "_r")
    local deferred = shared and shared.deferred
    if deferred and deferred[name] then return load_related.column(object, meta, name) end
    return nil
  end
  function mt.__newindex(object, name, v)
    local set = setters[name]
    if set then return set(object, v) end
    if type(name) == "string" and name:sub(1, 1) == "_" then return rawset(object, name, v) end
    unknown(meta, name)
  end
  function mt.__tostring(object)
    local own = rawget(class, "__tostring")
    if own then return own(object) end
    return ("<%s: pk=%s>"):format(meta.model_name, tostring(compat.keyof(object.pk)))
  end
  mt.__pairs = shown.pairs
  local of = meta.concrete.instance_meta
  mt.__eq = of and of.__eq or equality(key)
  return mt
end

--- An unsaved instance from a table of values; missing keys take their defaults.
function M.construct(meta, values)
  if type(values) ~= "table" then errors.check_type(values, "table", meta.model_name) end
  local object = setmetatable({}, meta.instance_meta)
  for _, f in ipairs(meta.fields) do
    local v = values[f.attname]
    if v == nil and values[f.name] == nil and (values.pk == nil or not f.primary_key) then
      v = f:get_default()
      if v ~= nil then rawset(object, f.attname, (f:convert(v))) end
    end
  end
  for key, v in pairs(values) do
    local set = meta.setters[key]
    if not set then unknown(meta, key) end
    set(object, v)
  end
  return object
end

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
  for _, f in ipairs(meta.fields) do
    if rawget(object, f.attname) == value_of.null then rawset(object, f.attname, nil) end
  end
end

-- Values that a database would round or take as they are, though they are none of the field, are
-- refused by every write.
local function check_exact(meta, object)
  local fields = meta.exact_fields
  for i = 1, #fields do
    local f = fields[i]
    local v = rawget(object, f.attname)
    if v ~= nil and v ~= value_of.null and not value_of.is_expression(v) then
      local value, message = f:convert(v)
      message = message or f.storage and f.storage(value)
      if message then rules.raise({ [f.name] = { message } }, meta.model_name) end
      if value ~= v then rawset(object, f.attname, value) end
    end
  end
end

-- What every write does to an instance before its statement; full_clean has looked at
-- the values already when `checked`.
local function prepare(meta, object, created, checked, moment, alias)
  stamp(meta, object, created, moment)
  if not checked then check_exact(meta, object) end
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

--- The same for a list, of an alias if that is known; of most models nothing is to be done.
function M.prepare_all(meta, list, created, alias)
  if not (meta.auto_fields[1] or meta.exact_fields[1] or has_relation(meta.fields)) then return end
  local moment = meta.auto_fields[1] and value_of.now()
  for i = 1, #list do prepare(meta, list[i], created, false, moment, alias) end
end

local function is_there(meta, object, alias, tx)
  return meta.rows:using(tx or alias.name):filter{ pk = object.pk }:exists()
end

local function update(meta, object, fields, alias, tx)
  local some = record.present(object, fields)
  local is_found
  if #some > 0 then
    is_found = instance.save(meta, object, some, alias, tx) > 0
  else
    is_found = #fields > 0 or is_there(meta, object, alias, tx)
  end
  if not is_found then
    meta:raise_missing(("%s was not saved: no row has its key any more"):format(tostring(object)))
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
  prepare(meta, object, created, options.validate ~= false, nil, alias)
  local check = options.validate == false and validate.check_storage or validate.full_clean
  check(meta, object)
  local told = listeners.of[meta.class]
  told = told and told.save
  if told then
    listeners.before_save(object, created)
    check_again(meta, object, created and alias)
  end
  if created then
    created = (options.insert or instance.insert)(meta, object, alias, tx)
    if created == nil then return nil end
    rawset(object, "_r", { alias = alias })
  else
    update(meta, object, fields, alias, tx)
    record.moved(object, alias)
  end
  if told then listeners.after_save(object, created) end
  return created
end

-- The alias an instance is written on, and a transaction that was handed on.
local function alias_of(meta, object, using)
  if type(using) == "table" and using._class == "tx" then return using.alias, using end
  if using then return db.alias(using) end
  return record.write_alias(object, meta)
end

-- The meta of an object that a method was called on: post.save() has lost its colon.
local function meta_of(object, method)
  local mt = getmetatable(object)
  if not mt or mt._class ~= "object" then
    errors.raise("misuse", "%s belongs to an object, not to %s: call it with a colon, object:%s(...)", method,
      compat.show(object), method)
  end
  return mt.model._meta
end

local SAVE = { force_insert = true, force_update = true, validate = true, update_fields = true, using = true }

---@class ryx.SaveOptions
---@field force_insert? boolean an INSERT, of what was saved, too
---@field force_update? boolean an UPDATE by the key, of what was not saved, too
---@field update_fields? string[] the only fields that an UPDATE writes
---@field validate? boolean false: without full_clean
---@field using? string|ryx.Transaction

--- An instance, a row of a model: fields, relations and annotations are read by name.
---@class ryx.Model
---@field pk any the key
---@field [string] any
M.methods = {}

--- Writes the instance: an UPDATE when it was saved, whatever its key, else an INSERT.
--- post:save()   post:save{ update_fields = { "views" } }   copy:save{ force_insert = true }
--- `using` names an alias or is a transaction that was handed on.
---@param options? ryx.SaveOptions
function M.methods:save(options)
  options = options or {}
  errors.check_options(options, SAVE, "save")
  local meta = meta_of(self, "save")
  local alias, tx = alias_of(meta, self, options.using)
  M.write(meta, self, alias, tx, options)
end

--- Deletes the row; the instance stays, unsaved. How many rows there were.  post:delete()
---@return integer
function M.methods:delete()
  local meta = meta_of(self, "delete")
  if rawget(self, "_r") == nil then
    errors.raise("misuse", "Cannot delete an unsaved %s instance.", meta.model_name)
  end
  local alias = alias_of(meta, self)
  local told = listeners.of[meta.class]
  told = told and told.delete
  if told then listeners.before_delete(self) end
  local n = delete.instance(meta, self, alias, run.current_tx(alias))
  rawset(self, "_r", nil)
  if told then listeners.after_delete(self) end
  rawset(self, meta.pk_field.attname, nil)
  return n
end

--- Reads the row again, or the fields named, also from another alias.
--- What was loaded of its relations is forgotten.
--- post:refresh_from_db()   post:refresh_from_db{ "views" }   post:refresh_from_db{ using = "replica" }
---@param options? string[]|{ fields?: string[], using?: string|ryx.Transaction }
function M.methods:refresh_from_db(options)
  local meta = meta_of(self, "refresh_from_db")
  if rawget(self, "_r") == nil then errors.raise("misuse", "Cannot refresh an unsaved instance.") end
  local names, using = refresh.parse(options)
  local alias, tx
  if using then alias, tx = alias_of(meta, self, using) else alias = record.read_alias(self, meta) end
  refresh.refresh(meta, self, names, alias, tx or run.current_tx(alias))
end

--- A plain table of the columns by name (author_id) and of annotations. NULL is left out unless
--- `null` stands for it; relations come when they are named.
--- post:to_table{ exclude = { "body" }, null = ryx.null, related = { "author", "tags" } }
---@param options? { null?: any, only?: string[], exclude?: string[], related?: string[] }
---@return table<string, any>
function M.methods:to_table(options)
  meta_of(self, "to_table")
  return shown.to_table(self, options)
end

--- Checks every field, then clean(); no I/O.  post:full_clean()
function M.methods:full_clean()
  validate.full_clean(meta_of(self, "full_clean"), self)
end

--- Asks whether other rows have its unique values, those of unique_for_date and the like among them, and raises
--- one ValidationError for all. Others may write before the save: the database decides.  post:validate_unique()
function M.methods:validate_unique()
  validate_unique(meta_of(self, "validate_unique"), self)
end

return M
