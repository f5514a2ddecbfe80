-- SPDX-License-Identifier: MIT
-- m.add_index, remove_index, add_constraint, remove_constraint, alter_unique_together,
-- alter_index_together.
local base = require "ryx.migrations.operation.base"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local state_of = require "ryx.migrations.state"

local M = {}

local function changed(state, record, option, v)
  return state:with(record.name, state_of.changed(record, record.fields, base.options_with(record.options, option, v)))
end

-- The item of a list of Meta that has a name, by rule or its own, and its place.
local function find(op, record, option, name_of)
  local list, names = record.options[option] or {}, {}
  for i, item in ipairs(list) do
    names[i] = name_of(record, item)
    if names[i] == op.name then return list, i end
  end
  errors.raise("field_error", "%s: %s has no %s %s%s", op, record.name, op.what, compat.show(op.name),
    names[1] and errors.hint(op.name, names) or "")
end

-- Two kinds over one list of Meta: one that adds an item, one that takes it away by name.
local function pair_of(what, option, name_of)
  local add = base.kind("add_" .. what, {
    apply = function(op, state)
      local record = state:find(op.model)
      local list = record.options[option] or {}
      return changed(state, record, option, base.list_with(list, #list + 1, op.item))
    end,
    describe = function(op)
      local label = op.item.name or "on " .. table.concat(op.item.fields, ", ")
      return ("add %s %s to %s"):format(what, label, op.model)
    end,
    slug = function(op, state) return ("add_%s_to_%s"):format(what, base.table_of(op.model, state)) end,
  })
  local remove = base.kind("remove_" .. what, {
    what = what,
    apply = function(op, state)
      local record = state:find(op.model)
      local list, i = find(op, record, option, name_of)
      return changed(state, record, option, base.list_with(list, i, nil))
    end,
    describe = function(op) return ("remove %s %s from %s"):format(what, op.name, op.model) end,
    slug = function(op, state) return ("remove_%s_from_%s"):format(what, base.table_of(op.model, state)) end,
  })
  return add, remove
end

local add_index, remove_index = pair_of("index", "indexes", state_of.index_name)
local add_constraint, remove_constraint = pair_of("constraint", "constraints", function(_, c) return c.name end)

local function item_of(what, model, item, classes, wanted)
  base.check_name(what, "model", model)
  if type(item) ~= "table" or not classes[item._class] then
    errors.raise("misuse", "%s(%q): %s is wanted, not %s", what, model, wanted, compat.show(item))
  end
  return item
end

--- An index, as Meta.indexes holds it: a ryx.Index or a ryx.SearchIndex.
--- m.add_index("Post", ryx.Index{ fields = { "views" }, name = "post_views_idx" })
---@param model string
---@param index ryx.Index|ryx.SearchIndex
---@return ryx.Operation
function M.add_index(model, index)
  local classes = { index = true, search_index = true }
  return add_index{ model = model, item = item_of("add_index", model, index, classes, "a ryx.Index{ ... }") }
end

--- Takes an index away by its name: its own, or the one that it has by rule.
--- m.remove_index("Post", "post_views_idx")
---@param model string
---@param name string
---@return ryx.Operation
function M.remove_index(model, name)
  base.check_name("remove_index", "model", model)
  errors.check_type(name, "string", "remove_index: the name")
  return remove_index{ model = model, name = name }
end

--- A constraint, as Meta.constraints holds it.
--- m.add_constraint("Post", ryx.Constraint{ check = ryx.Q{ views__gte = 0 }, name = "post_views_chk" })
---@param model string
---@param constraint ryx.Constraint
---@return ryx.Operation
function M.add_constraint(model, constraint)
  local item = item_of("add_constraint", model, constraint, { constraint = true }, "a ryx.Constraint{ ... }")
  return add_constraint{ model = model, item = item }
end

--- Takes a constraint away.  m.remove_constraint("Post", "post_views_chk")
---@param model string
---@param name string
---@return ryx.Operation
function M.remove_constraint(model, name)
  base.check_name("remove_constraint", "model", model)
  errors.check_type(name, "string", "remove_constraint: the name")
  return remove_constraint{ model = model, name = name }
end

local function together(option)
  local what = "alter_" .. option
  local make = base.kind(what, {
    apply = function(op, state)
      local record = state:find(op.model)
      return changed(state, record, option, op.lists)
    end,
    describe = function(op) return ("alter %s of %s"):format(option, op.model) end,
    slug = function(op, state) return ("alter_%s_on_%s"):format(option, base.table_of(op.model, state)) end,
  })
  return function(model, lists)
    base.check_name(what, "model", model)
    errors.check_type(lists, "table", what .. ": the lists")
    if type(lists[1]) == "string" then lists = { lists } end
    for _, names in ipairs(lists) do
      errors.check_type(names, "table", what .. ": a list of names")
      for _, name in ipairs(names) do errors.check_type(name, "string", what .. ": a name") end
    end
    return make{ model = model, lists = lists }
  end
end

--- All lists of fields whose values together are unique; of none an empty list.
--- m.alter_unique_together("Post", { { "author", "title" } })
---@param model string
---@param lists string[][]
---@return ryx.Operation
M.alter_unique_together = together("unique_together")

--- All lists of fields that have an index together; of none an empty list.
--- m.alter_index_together("Post", { { "author", "created" } })
---@param model string
---@param lists string[][]
---@return ryx.Operation
M.alter_index_together = together("index_together")

return M
