-- SPDX-License-Identifier: MIT
-- The models that a step from one state to the next is about: those that changed, and those whose keys lead to
-- another table or to another key then. `metas` of either state with these names make the schemas to compare,
-- whatever the number of other models.
local compat = require "ryx.compat"
local field_form = require "ryx.migrations.state.field_form"
local state_of = require "ryx.migrations.state"

-- The fields of a record's primary key, as a list.
local function key_of(record)
  local key = {}
  for _, pair in ipairs(record.fields) do
    if pair[2].primary_key then key[#key + 1] = pair end
  end
  return key
end

-- Do references to a model look another way afterwards?
local function changes_references(a, b)
  if not a or not b or a.name ~= b.name or state_of.table_key(a) ~= state_of.table_key(b) then return true end
  local keys, others = key_of(a), key_of(b)
  if #keys ~= 1 or #others ~= 1 then return true end
  local old, new = keys[1], others[1]
  return old[1] ~= new[1] or not state_of.same_field(old[2], new[2], old[1])
end

-- A key that is made of another key changes with it.
local function add_referrers(set, state, name)
  for _, other in ipairs(state:names()) do
    for _, pair in ipairs(set[other] and {} or state:get(other).fields) do
      local f = pair[2]
      if (f.relation or f.many) and field_form.target(f, other) == name then
        set[other] = true
        if f.primary_key then add_referrers(set, state, other) end
      end
    end
  end
end

--- The names of those models, sorted.
return function(from, to)
  local changed, set = {}, {}
  for _, state in ipairs{ from, to } do
    for _, name in ipairs(state:names()) do
      if from:get(name) ~= to:get(name) then changed[name], set[name] = true, true end
    end
  end
  for _, name in ipairs(compat.sorted_keys(changed)) do
    if changes_references(from:get(name), to:get(name)) then
      add_referrers(set, from, name)
      add_referrers(set, to, name)
    end
  end
  return compat.sorted_keys(set)
end
