-- SPDX-License-Identifier: MIT
-- Indexes, constraints and other options of Meta that are different between two states, for
-- autodetect: what goes goes before fields do, what comes comes after them.
local index = require "ryx.migrations.operation.index"
local mention = require "ryx.migrations.state.mention"
local model = require "ryx.migrations.operation.model"
local state_of = require "ryx.migrations.state"

local M = {}

local TOGETHER = { unique_together = index.alter_unique_together, index_together = index.alter_index_together }
local TOGETHER_NAMES = { "index_together", "unique_together" }

local function list_of(record, option) return record.options[option] or {} end

-- The place of an item that is the same, among those that were not taken.
local function find(list, item, same, taken)
  for i, other in ipairs(list) do
    if not taken[i] and same(item, other) then return i end
  end
end

-- The items of a list that another one lacks.
local function lacking(list, other, same)
  local out, taken = {}, {}
  for _, item in ipairs(list) do
    local i = find(other, item, same, taken)
    if i then taken[i] = true else out[#out + 1] = item end
  end
  return out
end

-- Indexes without a name are called after their place: from the first that is elsewhere on they
-- are made again.
local function misplaced(list, other)
  local out = {}
  for i, item in ipairs(list) do
    local is_there = not out[1] and other[i] and state_of.same_index(item, other[i])
    if not is_there then out[#out + 1] = item end
  end
  return out
end

local function has_unnamed(list)
  for _, item in ipairs(list) do
    if not item.name then return true end
  end
  return false
end

local function remove_indexes(d, name, items)
  for _, item in ipairs(items) do
    d:add(index.remove_index(name, state_of.index_name(d.state:get(name), item)))
  end
end

-- The fields of a record that go, even where they come again, as marks for mention.renamed: of names
-- and of columns.
local function gone(d, from, to)
  local marks, columns = {}, {}
  for _, pair in ipairs(from.fields) do
    local name, f = pair[1], pair[2]
    local other = state_of.field(to, name)
    if not other or (other.many or false) ~= (f.many or false) or f.relation and d.taken[f.to] then
      marks[name], marks[name .. "_id"], columns[f.db_column or f.relation and name .. "_id" or name] = "?", "?", "?"
    end
  end
  return marks, columns
end

-- The items of a list that name a field which goes.
local function naming(record, option, marks, columns)
  local out = {}
  for _, item in ipairs(list_of(record, option)) do
    local _, found = mention.renamed({ [option] = { item } }, marks, columns)
    if found[1] then out[#out + 1] = item end
  end
  return out
end

local function withdraw_indexes(d, name, to)
  local wanted = list_of(to, "indexes")
  remove_indexes(d, name, lacking(list_of(d.state:get(name), "indexes"), wanted, state_of.same_index))
  remove_indexes(d, name, naming(d.state:get(name), "indexes", gone(d, d.state:get(name), to)))
  local left = list_of(d.state:get(name), "indexes")
  if has_unnamed(left) or has_unnamed(wanted) then
    local items = misplaced(left, wanted)
    for i = #items, 1, -1 do remove_indexes(d, name, { items[i] }) end
  end
end

-- Lists that name a field which goes.
local function withdraw_together(d, name, from, to)
  local marks = gone(d, from, to)
  for _, option in ipairs(TOGETHER_NAMES) do
    local kept, old = {}, list_of(from, option)
    for _, names in ipairs(old) do
      local _, found = mention.renamed({ [option] = { names } }, marks, {})
      if not found[1] then kept[#kept + 1] = names end
    end
    if kept[#old] == nil and old[1] then d:add(TOGETHER[option](name, kept)) end
  end
end

-- Is a key of several fields no more, or not of all of them?
local function loses_key(d, from, to)
  local key = from.options.primary_key
  if not key or not to.options.primary_key then return key ~= nil end
  local _, found = mention.renamed({ primary_key = key }, (gone(d, from, to)), {})
  return found[1] ~= nil
end

--- Takes away what is gone, and what names fields that are.
function M.withdraw(d)
  for name, from, to in d:each_common() do
    local lost = lacking(list_of(from, "constraints"), list_of(to, "constraints"), state_of.same_constraint)
    for _, item in ipairs(lost) do d:add(index.remove_constraint(name, item.name)) end
    for _, item in ipairs(naming(d.state:get(name), "constraints", gone(d, from, to))) do
      d:add(index.remove_constraint(name, item.name))
    end
    withdraw_indexes(d, name, to)
    withdraw_together(d, name, from, to)
    if loses_key(d, from, to) then d:add(model.alter_model(name, { primary_key = false })) end
  end
end

--- Takes away all of a model that is to go.
function M.clear(d, name)
  local record = d.state:get(name)
  for _, item in ipairs(list_of(record, "constraints")) do d:add(index.remove_constraint(name, item.name)) end
  for i = #list_of(record, "indexes"), 1, -1 do remove_indexes(d, name, { record.options.indexes[i] }) end
  for _, option in ipairs(TOGETHER_NAMES) do
    if list_of(record, option)[1] then d:add(TOGETHER[option](name, {})) end
  end
end

-- What a table is called, where it is and what it says of itself; false takes an option away.
local function changed_options(from, to)
  local changes = {}
  for _, option in ipairs{ "table_name", "schema", "database", "db_comment" } do
    if from.options[option] ~= to.options[option] then changes[option] = to.options[option] or false end
  end
  return next(changes) and changes
end

-- Is the table that a model shall have another one's still?
local function is_held(d, name)
  local key = state_of.table_key(d.to:get(name))
  for _, other in ipairs(d.state:names()) do
    if other ~= name and state_of.table_key(d.state:get(other)) == key then return true end
  end
  return false
end

local function next_change(d, must_be_free)
  for name, from, to in d:each_common() do
    local changes = changed_options(from, to)
    if changes and not (must_be_free and is_held(d, name)) then return name, changes end
  end
end

--- Alters where tables are and what they are called, each when its new name is free, and whose they
--- are: that by itself, for it touches no table.
function M.alter(d)
  local name, changes = next_change(d, true)
  while name do
    d:add(model.alter_model(name, changes))
    name, changes = next_change(d, true)
    if not name then name, changes = next_change(d, false) end
  end
  for other, from, to in d:each_common() do
    if from.is_managed ~= to.is_managed then d:add(model.alter_model(other, { managed = to.is_managed })) end
  end
end

--- Adds what is new.
function M.extend(d)
  for name, from, to in d:each_common() do
    local key = to.options.primary_key
    if key and not state_of.same_list(from.options.primary_key, key) then
      d:add(model.alter_model(name, { primary_key = key }))
    end
    for _, option in ipairs(TOGETHER_NAMES) do
      local lists = list_of(to, option)
      if not state_of.same_list(list_of(from, option), lists) then d:add(TOGETHER[option](name, lists)) end
    end
    for _, item in ipairs(lacking(list_of(to, "indexes"), list_of(from, "indexes"), state_of.same_index)) do
      d:add(index.add_index(name, item))
    end
    local new = lacking(list_of(to, "constraints"), list_of(from, "constraints"), state_of.same_constraint)
    for _, item in ipairs(new) do d:add(index.add_constraint(name, item)) end
  end
end

return M
