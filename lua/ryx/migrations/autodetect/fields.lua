-- SPDX-License-Identifier: MIT
-- Fields that were renamed, added, altered or removed between two states, for autodetect.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field = require "ryx.migrations.operation.field"
local field_form = require "ryx.migrations.state.field_form"
local fields = require "ryx.field"
local literal = require "ryx.migrations.writer.literal"
local match = require "ryx.migrations.autodetect.match"
local operation = require "ryx.migrations.operation.base"
local state_of = require "ryx.migrations.state"
local value_of = require "ryx.value"

local M = {}

local function by_name(record)
  local named = {}
  for _, pair in ipairs(record.fields) do named[pair[1]] = pair[2] end
  return named
end

-- Can one become the other where it is? A join table and a column cannot, nor tables of others, nor a
-- key to a model that must go first (`taken`).
local function can_become(old, new, taken)
  if old.relation and taken[old.to] then return false end
  if not old.many and not new.many then return true end
  return old.many and new.many and old.to == new.to and old.through == new.through
end

-- The names that one record has and another lacks, in order; what cannot become the other's is lacking.
local function only(a, b, taken)
  local names, others = {}, by_name(b)
  taken = taken or {}
  for _, pair in ipairs(a.fields) do
    local other = others[pair[1]]
    if not other or not can_become(pair[2], other, taken) then names[#names + 1] = pair[1] end
  end
  return names
end

local function rename(d, name, old, new)
  d:add(field.rename_field(name, old, new))
end

local function earlier(d, model, name)
  return d.was[model] and d.was[model] .. "." .. name
end

-- Is a name free for another: gone, or itself the new name of one that is there?
local function is_free(record, to, old)
  return not to[old] or to[old].was ~= nil and state_of.field(record, to[old].was) ~= nil
end

-- Those that the program says. Where names move along a row, the last one is free first.
local function hinted_renames(d, name)
  local to = by_name(d.to:get(name))
  local function next_rename()
    local record = d.state:get(name)
    for _, new in ipairs(only(d.to:get(name), record)) do
      local old = to[new].was
      if old and state_of.field(record, old) and is_free(record, to, old) then return old, new end
    end
  end
  local old, new = next_rename()
  while old do
    rename(d, name, old, new)
    old, new = next_rename()
  end
end

-- Renames that the program says, and those that are answered.
local function known_renames(d, name)
  hinted_renames(d, name)
  local to = by_name(d.to:get(name))
  for _, old in ipairs(only(d.state:get(name), d.to:get(name))) do
    local new = d.answers:renamed(name .. "." .. old, earlier(d, name, old))
    local is_there = new and state_of.field(d.state:get(name), new)
    if new and (not to[new] or is_there) then
      errors.raise("misuse", "rename %s.%s to %s: %s has no new field %s", name, old, new, name, new)
    end
    if new then rename(d, name, old, new) end
  end
end

local function ask_renames(d, name)
  local from, to, done = by_name(d.state:get(name)), by_name(d.to:get(name)), {}
  local old_names, new_names = only(d.state:get(name), d.to:get(name)), only(d.to:get(name), d.state:get(name))
  local candidates = match.candidates(old_names, new_names, function(old, new)
    if to[old] or from[new] or d.answers:renamed(name .. "." .. old, earlier(d, name, old)) == false then return nil end
    return match.fields(from[old], old, to[new], new)
  end)
  for _, pair in ipairs(candidates) do
    local old, new = pair[1], pair[2]
    if not done[old] and not done[new] then
      local q = { kind = "rename_field", model = name, old = old, new = new, field = old }
      local answer = d.answers:confirm(q)
      if answer == nil then
        d.open[name .. "." .. new] = true
        d:leave(q)
      end
      if answer ~= false then done[old], done[new] = true, true end
      if answer then rename(d, name, old, new) end
    end
  end
end

--- Renames of fields: said, answered, or asked about where a new one could be what is gone.
function M.rename(d)
  for name, from, to in d:each_common() do
    known_renames(d, name)
    if from.is_managed and to.is_managed then ask_renames(d, name) end
  end
end

-- Names of fields, those that are worked out of others before or behind them.
local function in_order(names, record, generated_first)
  local of, first, last = by_name(record), {}, {}
  for _, name in ipairs(names) do
    local part = (of[name].generated or false) == generated_first and first or last
    part[#part + 1] = name
  end
  for _, name in ipairs(last) do first[#first + 1] = name end
  return first
end

-- Is another field worked out of one, until it is altered?
local function is_read(record, name)
  for _, pair in ipairs(record.fields) do
    if operation.reads(pair[2], { [name] = true, [name .. "_id"] = true }) then return true end
  end
  return false
end

--- Removes the fields that are gone. What a field that stays is worked out of waits until that is another.
function M.remove(d)
  for name, from, to in d:each_common() do
    for _, old in ipairs(in_order(only(from, to, d.taken), from, true)) do
      if is_read(d.state:get(name), old) then
        table.insert(d.read, { name, old })
      else
        d:add(field.remove_field(name, old))
      end
    end
  end
end

--- Removes those that waited.
function M.remove_read(d)
  for _, pair in ipairs(d.read) do d:add(field.remove_field(pair[1], pair[2])) end
end

-- A field of the user's own kind as its base, which a file names.
local function stored(f)
  if not f.is_custom then return f end
  local base, options = f.kind.base, {}
  for name, v in pairs(f.options) do
    if fields.is_common(name) or (base.options or {})[name] ~= nil then options[name] = v end
  end
  if type(f.default) == "function" then options.default = nil end
  for _, name in ipairs{ "default", "db_default" } do
    local v = options[name]
    if v ~= nil and v ~= value_of.null and not value_of.is_expression(v) then options[name] = f:to_column(v) end
  end
  return fields.new(base, options)
end

-- What a default of the user's own gives now, for rows that are there: nobody calls it for them.
local function made(f)
  if type(f.default) ~= "function" or literal.value(f.default) or f.null or f.db_default ~= nil then return nil end
  local v = f:get_default()
  if v == nil or f.unique or f.primary_key then return nil end
  local value, problem = v, nil
  if not f.relation and not value_of.is_expression(v) then value, problem = f:to_column(v) end
  return not problem and value or nil
end

-- Must a person say what rows get?
local function lacks_value(f)
  if field_form.lacks_value(f) then return true end
  return type(f.default) == "function" and literal.value(f.default) == nil and not f.null and f.db_default == nil
end

-- The options of an operation whose field is never NULL: what rows get that are there. Of one that
-- may be another's new name that is no question yet.
local function fill_of(d, name, field_name, f)
  if d.fresh[name] or f.many or d.open[name .. "." .. field_name] then return nil end
  local v = made(f)
  if v == nil and lacks_value(f) and d.to:get(name).is_managed then
    local q = { kind = "default", model = name, field = field_name }
    v = d.answers:fill(stored(f), q, earlier(d, name, field_name))
    if v == nil then d:leave(q) end
  end
  return v ~= nil and { fill = v } or nil
end

--- Adds the new fields.
function M.add(d)
  for name, from, to in d:each_common() do
    local new = by_name(to)
    for _, field_name in ipairs(in_order(only(to, from), to, false)) do
      local f = new[field_name]
      d:add(field.add_field(name, field_name, stored(f), fill_of(d, name, field_name, f)))
    end
  end
end

-- The fields that are another now; of those that are the key no more, or of the others.
local function altered(d, from, to, are_keys)
  local old, list = by_name(from), {}
  for _, pair in ipairs(to.fields) do
    local name, f = pair[1], pair[2]
    local before = old[name]
    local was_key = before and before.primary_key and not f.primary_key or false
    local is_one = before and was_key == are_keys and can_become(before, f, d.taken)
    if is_one and not state_of.same_field(before, f, name) then
      list[#list + 1] = { name, before, f }
    end
  end
  return list
end

local function alter(d, are_keys)
  for name, from, to in d:each_common() do
    for _, change in ipairs(altered(d, from, to, are_keys)) do
      local field_name, old, new = compat.unpack(change)
      local may_lack = old.null and not new.null
      local options = may_lack and fill_of(d, name, field_name, new) or nil
      d:add(field.alter_field(name, field_name, stored(new), options))
    end
  end
end

--- Alters what is the key no more, before another field is: a model has one.
function M.release_keys(d) alter(d, true) end

--- Alters the other fields that are another now.
function M.alter(d) alter(d, false) end

return M
