-- SPDX-License-Identifier: MIT
-- What may have been renamed: which of the things that are gone is which of the new ones. A score
-- puts the pairs in order; whether a pair is a rename is for a person to say.
local state = require "ryx.migrations.state"

local M = {}

local function pairs_of_letters(name)
  local set = {}
  for i = 1, #name - 1 do set[name:sub(i, i + 1):lower()] = true end
  return set
end

-- From 0 to 1: how much two names have in common.
local function likeness(a, b)
  local in_a, in_b, common, n = pairs_of_letters(a), pairs_of_letters(b), 0, 0
  for part in pairs(in_a) do
    n = n + 1
    if in_b[part] then common = common + 1 end
  end
  for _ in pairs(in_b) do n = n + 1 end
  return n > 0 and 2 * common / n or 0
end

-- Could what a field holds be what another one holds?
local function are_alike(a, old, b, new)
  if a.many or b.many then return a.many == b.many and a.to == b.to and a.through == b.through end
  if a.relation and b.relation then return a.to == b.to end
  if a.relation or b.relation then
    return (a.db_column or a.relation and old .. "_id" or old) == (b.db_column or b.relation and new .. "_id" or new)
  end
  return a.type == b.type and a.auto == b.auto
end

--- How likely a field is another one, over 0; nil: it cannot be.
function M.fields(a, old, b, new)
  if not are_alike(a, old, b, new) then return nil end
  return 1 + (state.same_field(a, b, new) and 1 or 0) + likeness(old, new)
end

-- The fields that say something about a model: all but the key that it has anyway.
local function own_fields(record)
  local own, n = {}, 0
  for _, pair in ipairs(record.fields) do
    if not state.is_implicit_key(pair[1], pair[2]) then own[pair[1]], n = pair[2], n + 1 end
  end
  return own, n
end

-- The share of fields that two models have in common.
local function overlap(a, b)
  local in_a, n_a = own_fields(a)
  local in_b, n_b = own_fields(b)
  if n_a + n_b == 0 then return 1 end
  local common = 0
  for name, f in pairs(in_a) do
    if in_b[name] and are_alike(f, name, in_b[name], name) then common = common + 1 end
  end
  return 2 * common / (n_a + n_b)
end

--- The same for two models: they have half of their fields in common, or their table.
function M.models(a, b)
  if state.table_key(a) == state.table_key(b) then return 3 end
  local share = overlap(a, b)
  if share < 0.5 then return nil end
  return 1 + share + likeness(a.name, b.name) / 10
end

--- Pairs of old and new names with a score, the likeliest first: { old, new, score }.
function M.candidates(old_names, new_names, score)
  local list = {}
  for _, old in ipairs(old_names) do
    for _, new in ipairs(new_names) do
      local n = score(old, new)
      if n then list[#list + 1] = { old, new, n } end
    end
  end
  table.sort(list, function(a, b)
    if a[3] ~= b[3] then return a[3] > b[3] end
    return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
  end)
  return list
end

return M
