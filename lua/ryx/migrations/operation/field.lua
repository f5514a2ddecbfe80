-- SPDX-License-Identifier: MIT
-- m.add_field, alter_field, remove_field, rename_field.
local base = require "ryx.migrations.operation.base"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local fields = require "ryx.field"
local field_form = require "ryx.migrations.state.field_form"
local mention = require "ryx.migrations.state.mention"
local state_of = require "ryx.migrations.state"
local term = require "ryx.migrations.state.term"
local value = require "ryx.value"

local M = {}

local function check_names(what, model, name)
  base.check_name(what, "model", model)
  base.check_name(what, "field", name)
end

-- The field of an operation, as states hold fields.
local function field_of(what, model, name, f)
  check_names(what, model, name)
  if getmetatable(f) ~= fields.Field then
    errors.raise("misuse", "%s(%q, %q): a field is wanted, ryx.CharField{ ... }, not %s", what, model, name,
      compat.show(f))
  end
  local copy = field_form.copy(f)
  if copy.to == model then copy.to = "self" end
  return copy
end

-- { ["Post.slug"] = value }: what rows that are there get, once.
local function fill_of(what, model, name, f, options)
  if options == nil then return {} end
  errors.check_options(options, { fill = true }, what)
  local v = options.fill
  if v == nil then return {} end
  if f.many then errors.raise("misuse", "%s: %s.%s has no column to fill", what, model, name) end
  if v == value.null then errors.raise("misuse", "%s: fill is a value, not NULL", what) end
  local path = value.is_expression(v) and term.path(v.term)
  if path then
    errors.raise("misuse", "%s: fill reads %s, and it is one value for all rows: let %s.%s be null = true, fill it in "
      .. "m.run_lua, and alter it then", what, path, model, name)
  end
  if not f.relation and not value.is_expression(v) then
    local _, problem = field_form.held(f, v)
    if problem then
      errors.raise("misuse", "%s: fill: %s is no value of %s.%s: %s", what, compat.show(v), model, name, problem)
    end
  end
  return { [model .. "." .. name] = v }
end

-- The name by which files call a field: its column's.
local function column_of(name, f)
  if not f or f.many then return base.word(name) end
  return base.word(f.db_column or f.relation and name .. "_id" or name)
end

local function changed(state, record, list, options)
  return state:with(record.name, state_of.changed(record, list, options or record.options))
end

local add = base.kind("add_field", {
  apply = function(op, state)
    local record = state:find(op.model)
    if state_of.field(record, op.name) then
      errors.raise("misuse", "%s: %s has a field %s already", op, op.model, op.name)
    end
    base.check_target(state, op.model, op.name, op.field)
    return changed(state, record, base.list_with(record.fields, #record.fields + 1, { op.name, op.field }))
  end,
  describe = function(op) return ("add field %s to %s"):format(op.name, op.model) end,
  slug = function(op, state)
    return ("add_%s_to_%s"):format(column_of(op.name, op.field), base.table_of(op.model, state))
  end,
})

--- A field of a model, or a many-to-many relation with its join table. Rows that are there get
--- `fill`, else the default of the field.
--- m.add_field("Post", "slug", ryx.SlugField{ null = true })
--- m.add_field("Post", "rating", ryx.IntField{}, { fill = 5 })
---@param model string
---@param name string
---@param field ryx.Field
---@param options? { fill?: any } a value for rows that are there, which is no DEFAULT afterwards
---@return ryx.Operation
function M.add_field(model, name, field, options)
  local f = field_of("add_field", model, name, field)
  return add{ model = model, name = name, field = f, fill = fill_of("add_field", model, name, f, options) }
end

-- A relation with a join table and a column are nothing that one becomes of the other.
local function refuse_other_kind(op, old)
  local new = op.field
  local is_other = (old.many or false) ~= (new.many or false) or old.many and (old.to ~= new.to or
    old.through ~= new.through)
  if is_other then
    errors.raise("misuse", "%s: a ManyToManyField is altered by remove_field and add_field", op)
  end
end

local alter = base.kind("alter_field", {
  apply = function(op, state)
    local record, old, place = base.find(state, op.model, op.name)
    refuse_other_kind(op, old)
    base.check_target(state, op.model, op.name, op.field)
    return changed(state, record, base.list_with(record.fields, place, { op.name, op.field }))
  end,
  describe = function(op) return ("alter field %s of %s"):format(op.name, op.model) end,
  slug = function(op, state)
    return ("alter_%s_on_%s"):format(column_of(op.name, op.field), base.table_of(op.model, state))
  end,
})

--- Another definition of a field. Rows with NULL where none may be any more get `fill`, else the
--- default of the field.  m.alter_field("Post", "title", ryx.CharField{ max_length = 200 })
---@param model string
---@param name string
---@param field ryx.Field
---@param options? { fill?: any } a value in place of NULL, which is no DEFAULT afterwards
---@return ryx.Operation
function M.alter_field(model, name, field, options)
  local f = field_of("alter_field", model, name, field)
  return alter{ model = model, name = name, field = f, fill = fill_of("alter_field", model, name, f, options) }
end

local remove = base.kind("remove_field", {
  apply = function(op, state)
    local record, f, place = base.find(state, op.model, op.name)
    base.refuse_named(record, op.name, f, "removed")
    local ordering = {}
    for _, name in ipairs(record.options.ordering or {}) do
      local plain = name:gsub("^%-", "")
      if plain ~= op.name and plain ~= op.name .. "_id" then ordering[#ordering + 1] = name end
    end
    local options = base.options_with(record.options, "ordering", ordering)
    return changed(state, record, base.list_with(record.fields, place, nil), options)
  end,
  describe = function(op) return ("remove field %s from %s"):format(op.name, op.model) end,
  slug = function(op, state)
    local record = state and state:get(op.model)
    local column = column_of(op.name, record and state_of.field(record, op.name))
    return ("remove_%s_from_%s"):format(column, base.table_of(op.model, state))
  end,
})

--- Takes a field away, with its column and what is in it; of a many-to-many relation the join
--- table. Backwards the column comes back without it.  m.remove_field("Post", "slug")
---@param model string
---@param name string
---@return ryx.Operation
function M.remove_field(model, name)
  check_names("remove_field", model, name)
  return remove{ model = model, name = name }
end

local NAMING = { "unique_for_date", "unique_for_month", "unique_for_year" }

-- A field with options that name another one under its new name, or itself. `names` and `columns` are those of
-- expressions.
local function naming(f, old, new, names, columns)
  local changes = {}
  if f.generated then
    local expression = term.renamed(f.expression, names, columns)
    changes.expression = expression ~= f.expression and expression or nil
  end
  for _, option in ipairs(NAMING) do
    if f[option] == old then changes[option] = new end
  end
  return next(changes) and field_form.copy(f, changes) or f
end

-- Relations through a model whose foreign key has another name, in all models.
local function through(state, model, old, new)
  for _, name in ipairs(state:names()) do
    local record = state:get(name)
    for i, pair in ipairs(record.fields) do
      local keys, is_named = {}, false
      for j, key in ipairs(pair[2].through == model and pair[2].through_fields or {}) do
        keys[j], is_named = key == old and new or key, is_named or key == old
      end
      if is_named then
        local copy = { pair[1], field_form.copy(pair[2], { through_fields = keys }) }
        state = changed(state, state:get(name), base.list_with(state:get(name).fields, i, copy))
      end
    end
  end
  return state
end

local rename = base.kind("rename_field", {
  apply = function(op, state)
    local record, f, place = base.find(state, op.model, op.old)
    if state_of.field(record, op.new) then
      errors.raise("misuse", "%s: %s has a field %s already", op, op.model, op.new)
    end
    local names, columns = { [op.old] = op.new }, {}
    if f.relation then names[op.old .. "_id"] = op.new .. "_id" end
    local tail = f.relation and "_id" or ""
    if not f.db_column and not f.many then columns[op.old .. tail] = op.new .. tail end
    local list = {}
    for i, pair in ipairs(record.fields) do
      list[i] = { i == place and op.new or pair[1], naming(pair[2], op.old, op.new, names, columns) }
    end
    return through(changed(state, record, list, (mention.renamed(record.options, names, columns))), op.model,
      op.old, op.new)
  end,
  describe = function(op) return ("rename field %s of %s to %s"):format(op.old, op.model, op.new) end,
  slug = function(op, state)
    return ("rename_%s_to_%s_on_%s"):format(base.word(op.old), base.word(op.new), base.table_of(op.model, state))
  end,
})

--- Another name of a field and its column. Indexes, checks, keys and lists that name it go along.
--- m.rename_field("Post", "title", "headline")
---@param model string
---@param old string
---@param new string
---@return ryx.Operation
function M.rename_field(model, old, new)
  check_names("rename_field", model, old)
  base.check_name("rename_field", "field", new)
  if old == new then errors.raise("misuse", "rename_field: %s is both names", old) end
  return rename{ model = model, old = old, new = new, fields = { [model] = { [old] = new } } }
end

return M
