-- SPDX-License-Identifier: MIT
-- Models as data, without a database: what the program's models say now, or what migration files
-- make of nothing. A state is never changed: `with` and `without` give another one.
--
-- A record is { name, fields = { { name, field } ... }, options, is_managed, was }: fields belong
-- to no model (field_form.lua), options are those of Meta that a state keeps, `was` is Meta.was.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field_form = require "ryx.migrations.state.field_form"
local historic = require "ryx.migrations.state.historic"
local instance = require "ryx.model.instance"
local mention = require "ryx.migrations.state.mention"
local meta_of = require "ryx.meta"
local naming = require "ryx.naming"
local registry = require "ryx.registry"
local term = require "ryx.migrations.state.term"

local M = {}

local State = {}
State.__index = State

local function new(records)
  return setmetatable({ records = records, built = {} }, State)
end

--- A state without models.
function M.new()
  return new({})
end

-- What a state keeps of Meta as it was given. unique_together and the other lists come from the
-- meta, which has them in one form.
local KEPT = { "table_name", "schema", "database", "app_label", "primary_key", "db_comment" }
local LISTS = { "unique_together", "index_together", "indexes", "constraints" }

-- Orders by the model's own fields: paths could lead to what other migrations change.
local function own_ordering(meta)
  local list = {}
  for _, name in ipairs(meta.ordering) do
    if #naming.split(name) == 1 then list[#list + 1] = name end
  end
  return list[1] and list
end

local function options_of(meta)
  local options = {}
  for _, option in ipairs(KEPT) do options[option] = meta.options[option] end
  for _, option in ipairs(LISTS) do options[option] = meta[option][1] and meta[option] end
  options.ordering = own_ordering(meta) or nil
  if not meta.managed then options.managed = false end
  return options
end

local function record_of(meta)
  local fields = {}
  for _, list in ipairs{ meta.fields, meta.many_to_many } do
    for _, f in ipairs(list) do fields[#fields + 1] = { f.name, field_form.copy(f) } end
  end
  return {
    name = meta.model_name, fields = fields, options = options_of(meta), is_managed = meta.managed,
    was = meta.options.was,
  }
end

-- A relation through a model has both its keys there, or it would fail when it is used.
local function check_relations(meta)
  for _, many in ipairs(meta.many_to_many) do
    if many.through then many:join_keys() end
  end
end

--- The state that models are in: what they took over from abstract ones is theirs; those, and
--- proxies, have no tables.
function M.from_models(models)
  local records = {}
  for _, model in ipairs(models) do
    local meta = model._meta
    if not meta.abstract and not meta.is_proxy then
      check_relations(meta)
      records[meta.model_name] = record_of(meta)
    end
  end
  return new(records)
end

-- A meta by itself: names of fields are looked up in it, relations lead nowhere.
local function lone_meta(name, def)
  return meta_of.new(name, def, {}, instance.methods, registry.new())
end

--- The record of a definition as ryx.model takes it.
function M.record(name, def)
  local copy = {}
  for k, v in pairs(def) do copy[k] = k == "Meta" and v or getmetatable(v) and v.copy and v:copy() or v end
  return record_of(lone_meta(name, copy))
end

--- A record with another list of fields and other options, checked as a model is.
function M.changed(record, fields, options)
  local changed = { name = record.name, fields = fields, options = options, was = record.was }
  changed.is_managed = options.managed ~= false
  lone_meta(record.name, historic.definition(changed))
  return changed
end

--- The record of a model, or nil.
function State:get(name)
  return self.records[name]
end

--- The names of all models, sorted.
function State:names()
  return compat.sorted_keys(self.records)
end

--- The record of a model; an error names the nearest one.
function State:find(name)
  local record = self.records[name]
  if record then return record end
  errors.raise("field_error", "there is no model %s at this point of the migrations%s", compat.show(name),
    next(self.records) and errors.hint(tostring(name), self:names()) or "")
end

--- Another state, in which a name has this record.
function State:with(name, record)
  local records = compat.with(self.records)
  records[name] = record
  return new(records)
end

--- Another state, without a model.
function State:without(name)
  local records = compat.with(self.records)
  records[name] = nil
  return new(records)
end

local function built(self, names, alias)
  local key = (alias or "") .. "\0" .. (names and table.concat(names, "\0") or "*")
  if not self.built[key] then self.built[key] = historic.registry(self.records, names or self:names(), alias) end
  return self.built[key]
end

-- Adds what a model refers to; of that only what its key is made of matters.
local function add_targets(self, name, seen, is_target)
  for _, pair in ipairs(self.records[name].fields) do
    local f = pair[2]
    local to = (f.relation or f.many) and (f.primary_key or not is_target) and field_form.target(f, name)
    if to and self.records[to] and not seen[to] then
      seen[to] = true
      add_targets(self, to, seen, true)
    end
  end
end

-- These models, as far as they are there, with those whose keys their columns have the types of.
local function closure(self, names)
  local seen = {}
  for _, name in ipairs(names) do seen[name] = self.records[name] and true end
  for _, name in ipairs(compat.sorted_keys(seen)) do add_targets(self, name, seen) end
  return compat.sorted_keys(seen)
end

--- The metas of all models with tables of ryx's making, or of some, with those of their join
--- tables: for schema.of. They belong to a registry of the state's own.
function State:metas(names)
  return historic.metas(built(self, names and closure(self, names)), names)
end

--- A class with querysets over the fields of this moment, on an alias.
function State:model(name, alias)
  self:find(name)
  return built(self, nil, alias):get(name)
end

--- The meta of a model as of this moment, for the names and types of columns.
function State:meta(name)
  local meta = built(self, closure(self, { name })):get(name)._meta
  meta:settle()
  return meta
end

--- The field of a name in a record, or nil, and its place.
function M.field(record, name)
  for i, pair in ipairs(record.fields) do
    if pair[1] == name then return pair[2], i end
  end
  return nil
end

--- The names of the fields of a record, in order.
function M.field_names(record)
  local names = {}
  for i, pair in ipairs(record.fields) do names[i] = pair[1] end
  return names
end

--- Is this the key that a model has when it names none?
function M.is_implicit_key(name, f)
  return name == "id" and f.kind.name == "AutoField" and next(f.options) == nil
end

--- The table of a record, with its schema where it says one: the key of schema.tables.
function M.table_key(record)
  local name = record.options.table_name or naming.table_name(record.name)
  return record.options.schema and record.options.schema .. "." .. name or name
end

--- The name of an index of a record, by rule where it has none.
function M.index_name(record, index)
  local meta = lone_meta(record.name, historic.definition(record))
  for i, other in ipairs(record.options.indexes or {}) do
    if other == index then return meta.indexes[i]:name_in(meta) end
  end
end

M.same_field = field_form.same
M.label = mention.label

local function same_list(a, b)
  if #(a or {}) ~= #(b or {}) then return false end
  for i, v in ipairs(a or {}) do
    if type(v) == "table" and not v.term and not same_list(v, b[i]) then return false end
    if type(v) == "table" and v.term and term.text(v) ~= term.text(b[i]) then return false end
    if type(v) ~= "table" and v ~= b[i] then return false end
  end
  return true
end

--- Are two lists of names, or of such lists, the same? nil is the empty one.
M.same_list = same_list

local function same_condition(a, b)
  if a == nil or b == nil then return a == b end
  return term.text(a) == term.text(b)
end

local function same_weights(a, b)
  for _, name in ipairs(a.fields) do
    if ((a.weights or {})[name] or "D") ~= ((b.weights or {})[name] or "D") then return false end
  end
  return true
end

--- Are two indexes, of any kind, the same to a database?
function M.same_index(a, b)
  return a == b or a._class == b._class and a.name == b.name and same_list(a.fields, b.fields)
    and same_list(a.desc, b.desc) and same_list(a.include, b.include) and same_list(a.expressions, b.expressions)
    and (a.unique or false) == (b.unique or false) and (a.method or "btree") == (b.method or "btree")
    and a.config == b.config and same_weights(a, b) and same_condition(a.condition, b.condition)
end

--- Are two constraints the same?
function M.same_constraint(a, b)
  return a == b or a.name == b.name and type(a.check) == type(b.check) and same_condition(a.check, b.check)
end

return M
