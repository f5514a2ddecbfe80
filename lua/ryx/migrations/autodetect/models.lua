-- SPDX-License-Identifier: MIT
-- Models that were renamed, made or deleted between two states, for autodetect.
local change_options = require "ryx.migrations.autodetect.options"
local errors = require "ryx.errors"
local field = require "ryx.migrations.operation.field"
local historic = require "ryx.migrations.state.historic"
local match = require "ryx.migrations.autodetect.match"
local mention = require "ryx.migrations.state.mention"
local model = require "ryx.migrations.operation.model"
local operation = require "ryx.migrations.operation.base"
local state_of = require "ryx.migrations.state"

local M = {}

-- The names that one state has and another one lacks.
local function only(a, b)
  local names = {}
  for _, name in ipairs(a:names()) do
    if not b:get(name) then names[#names + 1] = name end
  end
  return names
end

local function rename(d, old, new)
  d.was[new] = old
  d:add(model.rename_model(old, new))
end

-- Is a name free for another: gone, or itself the new name of one that is there?
local function is_free(d, old)
  local other = d.to:get(old)
  return not other or other.was ~= nil and d.state:get(other.was) ~= nil
end

-- Those that the program says. Where names move along a row, the last one is free first.
local function hinted_renames(d)
  local function next_rename()
    for _, new in ipairs(only(d.to, d.state)) do
      local old = d.to:get(new).was
      if old and d.state:get(old) and is_free(d, old) then return old, new end
    end
  end
  local old, new = next_rename()
  while old do
    rename(d, old, new)
    old, new = next_rename()
  end
end

local function is_managed(a, b) return a.is_managed and b.is_managed end

-- A model that has the table of one that is gone is that one.
local function renames_of_tables(d)
  for _, new in ipairs(only(d.to, d.state)) do
    for _, old in ipairs(only(d.state, d.to)) do
      local a, b = d.state:get(old), d.to:get(new)
      local is_same = a and is_managed(a, b) and state_of.table_key(a) == state_of.table_key(b)
        and a.options.database == b.options.database
      if is_same and not d.state:get(new) and d.answers:renamed(old) == nil then rename(d, old, new) end
    end
  end
end

-- Renames that the program says, and those that are answered.
local function known_renames(d)
  hinted_renames(d)
  renames_of_tables(d)
  for _, old in ipairs(only(d.state, d.to)) do
    local new = d.answers:renamed(old)
    if new and (not d.to:get(new) or d.state:get(new)) then
      errors.raise("misuse", "rename %s to %s: there is no new model %s%s", old, new, new,
        errors.hint(new, only(d.to, d.state)))
    end
    if new then rename(d, old, new) end
  end
end

--- Renames of models: said, answered, or asked about where two are alike.
function M.rename(d)
  known_renames(d)
  local done = {}
  local candidates = match.candidates(only(d.state, d.to), only(d.to, d.state), function(old, new)
    local a, b = d.state:get(old), d.to:get(new)
    if not is_managed(a, b) or d.answers:renamed(old) == false then return nil end
    return match.models(a, b)
  end)
  for _, pair in ipairs(candidates) do
    local old, new = pair[1], pair[2]
    if not done[old] and not done[new] then
      local q = { kind = "rename_model", model = old, old = old, new = new }
      local answer = d.answers:confirm(q)
      if answer == nil then d:leave(q) end
      if answer ~= false then done[old], done[new] = true, true end
      if answer then rename(d, old, new) end
    end
  end
end

--- Finds the models that go and whose table is that of another one then: nothing may refer to them
--- until the end.
function M.find_taken(d)
  local keys = {}
  for _, name in ipairs(d.to:names()) do keys[state_of.table_key(d.to:get(name))] = true end
  for _, name in ipairs(only(d.state, d.to)) do
    d.taken[name] = keys[state_of.table_key(d.state:get(name))]
  end
end

-- The models of a state that a field of another one leads to.
local function targets(f)
  local list = {}
  for _, name in ipairs{ (f.relation or f.many) and f.to or nil, f.through } do
    if name ~= "self" then list[#list + 1] = name end
  end
  return list
end

-- A definition without fields that must wait, and without what of Meta names them.
local function without(record, later)
  local fields, options, marks, columns = {}, {}, {}, {}
  for _, pair in ipairs(record.fields) do
    local name, f = pair[1], pair[2]
    if later[name] then
      marks[name], marks[name .. "_id"], columns[f.db_column or f.generated and name or name .. "_id"] = "?", "?", "?"
    else
      fields[#fields + 1] = pair
    end
  end
  for option, v in pairs(record.options) do options[option] = v end
  for _, option in ipairs{ "unique_together", "index_together", "indexes", "constraints" } do
    local kept = {}
    for _, item in ipairs(options[option] or {}) do
      local _, found = mention.renamed({ [option] = { item } }, marks, columns)
      if not found[1] then kept[#kept + 1] = item end
    end
    options[option] = kept[1] and kept
  end
  return { name = record.name, fields = fields, options = options }
end

-- Has to be there from the beginning: it is the key.
local function is_key(record, name, f)
  if f.primary_key then return true end
  for _, key in ipairs(record.options.primary_key or {}) do
    if key == name or key == name .. "_id" then return true end
  end
  return false
end

-- Is a field worked out of one of some, or of its key?
local function reads(f, names)
  local all = {}
  for name in pairs(names) do all[name], all[name .. "_id"] = true, true end
  return operation.reads(f, all) or nil
end

-- In a circle of new models a key waits, and so does a relation whose models are not there yet.
local function create_one(d, record)
  local later = {}
  for _, pair in ipairs(record.fields) do
    for _, target in ipairs(targets(pair[2])) do
      local is_missing = target ~= record.name and not d.state:get(target)
      if is_missing and not is_key(record, pair[1], pair[2]) then later[pair[1]] = true end
    end
  end
  for _, pair in ipairs(next(later) and record.fields or {}) do
    later[pair[1]] = later[pair[1]] or reads(pair[2], later)
  end
  d.fresh[record.name] = true
  d:add(model.create_model(record.name, historic.definition(next(later) and without(record, later) or record)))
end

-- What a new model waits for, ever less: all that it refers to; its keys to others; those that are
-- never NULL; those that are part of its own key.
local WAITS = {
  function() return true end,
  function(f) return not f.many end,
  function(f) return not f.many and not f.null end,
  function(_, is_own_key) return is_own_key end,
}

local function is_ready(d, record, waits)
  for _, pair in ipairs(record.fields) do
    local f = pair[2]
    for _, target in ipairs(targets(f)) do
      local is_missing = target ~= record.name and not d.state:get(target)
      if is_missing and waits(f, is_key(record, pair[1], f)) then return false end
    end
  end
  return true
end

local function next_model(d, names)
  for _, waits in ipairs(WAITS) do
    for _, name in ipairs(names) do
      if is_ready(d, d.to:get(name), waits) then return name end
    end
  end
  return names[1]
end

--- Makes the new models, each after those that it refers to.
function M.create(d)
  local names = only(d.to, d.state)
  while names[1] do
    create_one(d, d.to:get(next_model(d, names)))
    names = only(d.to, d.state)
  end
end

-- Is a model named by one that stays, or by one that is still to go?
local function is_named(d, name)
  for _, other in ipairs(d.state:names()) do
    for _, pair in ipairs(other ~= name and d.state:get(other).fields or {}) do
      for _, target in ipairs(targets(pair[2])) do
        if target == name then return true end
      end
    end
  end
  return false
end

-- Models that go and refer to each other in a circle: a relation goes first.
local function open_circle(d, names)
  local going = {}
  for _, name in ipairs(names) do going[name] = true end
  for _, name in ipairs(names) do
    local record = d.state:get(name)
    for _, pair in ipairs(record.fields) do
      for _, target in ipairs(targets(pair[2])) do
        if going[target] and target ~= name and not is_key(record, pair[1], pair[2]) then
          change_options.clear(d, name)
          for _, other in ipairs(record.fields) do
            if reads(other[2], { [pair[1]] = true }) then d:add(field.remove_field(name, other[1])) end
          end
          d:add(field.remove_field(name, pair[1]))
          return true
        end
      end
    end
  end
  return false
end

--- Deletes the models that are gone, each after those that refer to it. `early`: only those that
--- nobody refers to any more, so that their names are free.
function M.delete(d, early)
  local names = only(d.state, d.to)
  while names[1] do
    local is_changed = false
    for _, name in ipairs(names) do
      if not is_named(d, name) then
        d:add(model.delete_model(name))
        is_changed = true
      end
    end
    if not is_changed and (early or not open_circle(d, names)) then return end
    names = only(d.state, d.to)
  end
end

return M
