-- SPDX-License-Identifier: MIT
-- m.create_model, delete_model, rename_model, alter_model.
local base = require "ryx.migrations.operation.base"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field_form = require "ryx.migrations.state.field_form"
local state_of = require "ryx.migrations.state"

local M = {}

local create = base.kind("create_model", {
  apply = function(op, state)
    if state:get(op.model) then errors.raise("misuse", "%s: there is a model %s already", op, op.model) end
    base.refuse_taken(op, state, op.record)
    for _, pair in ipairs(op.record.fields) do base.check_target(state, op.model, pair[1], pair[2]) end
    return state:with(op.model, op.record)
  end,
  describe = function(op) return "create model " .. op.model end,
  slug = function(op) return "create_" .. base.word(op.record.options.table_name or base.table_of(op.model)) end,
})

--- A model with its table: fields and Meta as ryx.model takes them.
--- m.create_model("Post", { title = ryx.CharField{ max_length = 80 } })
---@param name string
---@param def ryx.ModelDefinition
---@return ryx.Operation
function M.create_model(name, def)
  base.check_name("create_model", "model", name)
  errors.check_type(def, "table", "create_model(\"" .. name .. "\")")
  for _, option in ipairs{ "abstract", "proxy" } do
    if type(def.Meta) == "table" and def.Meta[option] then
      errors.raise("misuse", "create_model(%q): a model with Meta.%s has no table", name, option)
    end
  end
  return create{ model = name, record = state_of.record(name, def) }
end

-- Who refers to a model, as "Post.author", besides itself.
local function referrers(state, name)
  local found = {}
  for _, other in ipairs(state:names()) do
    for _, pair in ipairs(other ~= name and state:get(other).fields or {}) do
      local f = pair[2]
      if f.to == name or f.through == name then found[#found + 1] = other .. "." .. pair[1] end
    end
  end
  return found
end

local delete = base.kind("delete_model", {
  apply = function(op, state)
    state:find(op.model)
    local found = referrers(state, op.model)
    if found[1] then
      errors.raise("misuse", "%s: %s refers to it; remove that first", op, table.concat(found, ", "))
    end
    return state:without(op.model)
  end,
  describe = function(op) return "delete model " .. op.model end,
  slug = function(op, state) return "delete_" .. base.table_of(op.model, state) end,
})

--- Takes a model and its table away, with all rows. Backwards the table comes back without them.
--- m.delete_model("Post")
---@param name string
---@return ryx.Operation
function M.delete_model(name)
  return delete{ model = base.check_name("delete_model", "model", name) }
end

-- Relations to a model under its new name; the very same record where there are none.
local function record_with(record, old, new)
  local fields, changed = {}, false
  for i, pair in ipairs(record.fields) do
    local f = pair[2]
    local changes = { to = f.to == old and new or nil, through = f.through == old and new or nil }
    fields[i] = next(changes) and { pair[1], field_form.copy(f, changes) } or pair
    changed = changed or fields[i] ~= pair
  end
  if not changed then return record end
  return compat.with(record, { fields = fields })
end

local rename = base.kind("rename_model", {
  apply = function(op, state)
    local old = state:find(op.old)
    if state:get(op.new) then errors.raise("misuse", "%s: there is a model %s already", op, op.new) end
    local record = compat.with(record_with(old, op.old, op.new))
    record.name = op.new
    base.refuse_taken(op, state, record, op.old)
    local after = state:without(op.old):with(op.new, record)
    for _, name in ipairs(state:names()) do
      local other = state:get(name)
      local changed = record_with(other, op.old, op.new)
      if name ~= op.old and changed ~= other then after = after:with(name, changed) end
    end
    return after
  end,
  describe = function(op) return ("rename model %s to %s"):format(op.old, op.new) end,
  slug = function(op, state) return ("rename_%s_to_%s"):format(base.table_of(op.old, state), base.table_of(op.new)) end,
})

--- Another name of a model. A table that is called after it is renamed, and so are its join tables
--- and their columns.  m.rename_model("Post", "Article")
---@param old string
---@param new string
---@return ryx.Operation
function M.rename_model(old, new)
  base.check_name("rename_model", "model", old)
  base.check_name("rename_model", "model", new)
  if old == new then errors.raise("misuse", "rename_model: %s is both names", old) end
  return rename{ old = old, new = new, models = { [old] = new } }
end

-- Options of Meta that are nobody else's to change.
local ALTERED = {
  table_name = "string", schema = "string", database = "string", app_label = "string", managed = "boolean",
  primary_key = "table", ordering = "table", db_comment = "string",
}

local alter = base.kind("alter_model", {
  apply = function(op, state)
    local record = state:find(op.model)
    local options = record.options
    for option, v in pairs(op.options) do
      if v == false and ALTERED[option] ~= "boolean" then v = nil end
      if option == "managed" and v then v = nil end
      options = base.options_with(options, option, v)
    end
    local changed = state_of.changed(record, record.fields, options)
    base.refuse_taken(op, state, changed, op.model)
    return state:with(op.model, changed)
  end,
  describe = function(op)
    return ("alter %s of model %s"):format(table.concat(compat.sorted_keys(op.options), ", "), op.model)
  end,
  slug = function(op, state) return "alter_" .. base.table_of(op.model, state) end,
})

--- Other options of Meta: table_name, schema, primary_key, managed, database, db_comment; false takes one away.
--- A table with another name, or in another schema, is the same table; with `managed` it stays as it is.
--- m.alter_model("Post", { table_name = "texts" })
---@param model string
---@param options table<string, any>
---@return ryx.Operation
function M.alter_model(model, options)
  base.check_name("alter_model", "model", model)
  errors.check_options(options, ALTERED, "alter_model")
  if next(options) == nil then errors.raise("misuse", "alter_model(%q): no option is named", model) end
  for option, v in pairs(options) do
    if v ~= false then errors.check_type(v, ALTERED[option], "alter_model: " .. option) end
  end
  -- A table that becomes somebody else's stays, and one that becomes ours is there.
  return alter{ model = model, options = options, untouched = options.managed ~= nil or nil }
end

return M
