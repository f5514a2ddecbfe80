-- SPDX-License-Identifier: MIT
-- Post{ ... }, post.title = ..., post:save, post:delete, post:refresh_from_db: instances. A
-- column is a plain key of the table; NULL is an absent key; `_r` is there when the row is
-- in a database.
local accessors = require "ryx.model.accessors"
local compat = require "ryx.compat"
local db = require "ryx.db"
local delete = require "ryx.query.write.delete"
local errors = require "ryx.errors"
local identity = require "ryx.model.identity"
local key = require "ryx.meta.key"
local left_out = require "ryx.row.left_out"
local listeners = require "ryx.query.write.listeners"
local load_related = require "ryx.query.read.load_related"
local record = require "ryx.row.record"
local refresh = require "ryx.model.refresh"
local save = require "ryx.model.save"
local shown = require "ryx.model.shown"
local run = require "ryx.db.run"
local undone = require "ryx.query.write.undone"
local validate = require "ryx.validate"
local validate_unique = require "ryx.model.validate_unique"

local M = {}

local meta_of = record.meta_of

local function unknown(meta, name)
  errors.raise("field_error", "%s has no field %s%s", meta.model_name, compat.show(name),
    errors.hint(tostring(name), compat.sorted_keys(meta.paths)))
end

--- The metatable of a model's instances; those of a proxy share what its model's have.
function M.metatable(meta, class)
  local getters, setters = meta.getters, meta.setters
  if not getters then getters, setters = accessors.new(meta) end
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
    return ("<%s: pk=%s>"):format(meta.model_name, key.shown(meta, object))
  end
  mt.__pairs = shown.pairs
  local of = meta.concrete.instance_meta
  mt.__eq = of and of.__eq or identity.equality(meta)
  return mt
end

--- An unsaved instance from a table of values; missing keys take their defaults.
function M.construct(meta, values)
  if type(values) ~= "table" then errors.check_type(values, "table", meta.model_name) end
  local object = setmetatable({}, meta.instance_meta)
  for _, f in ipairs(meta.fields) do
    local v = values[f.attname]
    if v == nil and values[f.name] == nil and (values.pk == nil or not meta.is_key[f]) then
      v = f:get_default()
      if v ~= nil then rawset(object, f.attname, (f:convert(v))) end
    end
  end
  if meta.db_defaults then left_out.mark(meta, object) end
  for name, v in pairs(values) do
    local set = meta.setters[name]
    if not set then unknown(meta, name) end
    set(object, v)
  end
  return object
end

-- The alias an instance is written on, and a transaction that was handed on.
local function alias_of(meta, object, using)
  if type(using) == "table" and using._class == "tx" then return using.alias, using end
  if using then return db.alias(using) end
  return record.write_alias(object, meta)
end

local NO_OPTIONS = {}
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
  if options then errors.check_options(options, SAVE, "save") else options = NO_OPTIONS end
  local meta = meta_of(self, "save")
  local alias, tx = alias_of(meta, self, options.using)
  save.write(meta, self, alias, tx, options)
end

--- Deletes the row; the instance stays, unsaved. How many rows there were.  post:delete()
---@return integer
function M.methods:delete()
  local meta = meta_of(self, "delete")
  if rawget(self, "_r") == nil then
    errors.raise("misuse", "Cannot delete an unsaved %s instance.", meta.model_name)
  end
  key.check(meta, self, "delete")
  local alias = alias_of(meta, self)
  local told = listeners.of[meta.class]
  told = told and told.delete
  if told then listeners.before_delete(self) end
  local tx = run.current_tx(alias)
  if tx then undone.deleting(tx, meta, { self }) end
  local n = delete.instance(meta, self, alias, tx)
  rawset(self, "_r", nil)
  if told then listeners.after_delete(self) end
  key.forget(meta, self)
  return n
end

--- Reads the row again, or the fields named, also from another alias.
--- What was loaded of its relations is forgotten.
--- post:refresh_from_db()   post:refresh_from_db{ "views" }   post:refresh_from_db{ using = "replica" }
---@param options? string[]|{ fields?: string[], using?: string|ryx.Transaction }
function M.methods:refresh_from_db(options)
  local meta = meta_of(self, "refresh_from_db")
  if rawget(self, "_r") == nil then errors.raise("misuse", "Cannot refresh an unsaved instance.") end
  key.check(meta, self, "refresh_from_db")
  local names, using = refresh.parse(options)
  local alias, tx
  if using then alias, tx = alias_of(meta, self, using) else alias = record.read_alias(self, meta) end
  refresh.refresh(meta, self, names, alias, tx or run.current_tx(alias), using)
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
