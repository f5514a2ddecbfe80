-- SPDX-License-Identifier: MIT
-- In which order the rows of a delete go (collect.lua), where the database holds those that are
-- still referred to.
local batch = require "ryx.query.write.batch"
local compat = require "ryx.compat"

local M = {
  SIZE = 5000, -- keys in a list of one statement
}

local keyof = compat.keyof

--- The models whose rows go, children before those they refer to; of a circle in the order
--- found.
function M.models(c)
  local parents, done, out = {}, {}, {}
  local function note(key)
    local child, parent = key.field.meta, key.target
    if c.sets[child] and c.sets[parent] and child ~= parent then parents[#parents + 1] = { child, parent } end
  end
  for _, meta in ipairs(c.order) do
    for _, key in ipairs(c.work[meta] or {}) do note(key) end
  end
  for _, key in ipairs(c.work.held) do note(key) end
  local function visit(meta)
    if done[meta] then return end
    done[meta] = true
    for _, pair in ipairs(parents) do
      if pair[2] == meta then visit(pair[1]) end
    end
    out[#out + 1] = meta
  end
  for _, meta in ipairs(c.order) do visit(meta) end
  return out
end

-- Keys to its own table that say in which order its rows go.
local function own_keys(c, meta)
  local list = {}
  for _, key in ipairs(c.work[meta] or {}) do
    if key.is_held then list[#list + 1] = key end
  end
  return list
end

-- For each row how many generations of rows stand below it.
local function depths(pairs_of, keys)
  local children, parent_of, depth = {}, {}, {}
  for _, pair in ipairs(pairs_of) do
    local child, parent = keyof(pair[1]), keyof(pair[2])
    parent_of[child] = parent_of[child] or {}
    table.insert(parent_of[child], parent)
    children[parent] = (children[parent] or 0) + 1
  end
  local queue = {}
  for _, key in ipairs(keys) do
    depth[keyof(key)] = 0
    if not children[keyof(key)] then queue[#queue + 1] = keyof(key) end
  end
  local i = 1
  while queue[i] do
    for _, parent in ipairs(parent_of[queue[i]] or {}) do
      depth[parent] = math.max(depth[parent], depth[queue[i]] + 1)
      children[parent] = children[parent] - 1
      if children[parent] == 0 then queue[#queue + 1] = parent end
    end
    i = i + 1
  end
  return depth
end

--- The keys of a model's rows that go, in lists one after the other, so that no row goes before
--- one that refers to it. rows_with(c, field, list) gives the rows to ask.
function M.layers(c, meta, rows_with)
  local set = c.sets[meta]
  local own = own_keys(c, meta)
  if #own == 0 then return { set.keys } end
  local pairs_of = {}
  for _, key in ipairs(own) do
    for _, part in ipairs(batch.chunks(set.keys, M.SIZE)) do
      local qs = rows_with(c, meta.pk_field, part):order_by():filter{ [key.field.attname .. "__in"] = set.keys }
      for _, pair in ipairs(qs:values_list("pk", key.field.attname):all()) do
        if keyof(pair[1]) ~= keyof(pair[2]) then pairs_of[#pairs_of + 1] = pair end
      end
    end
  end
  if #pairs_of == 0 then return { set.keys } end
  local depth, out = depths(pairs_of, set.keys), {}
  for _, key in ipairs(set.keys) do
    local at = depth[keyof(key)] + 1
    for i = #out + 1, at do out[i] = {} end
    table.insert(out[at], key)
  end
  return out
end

return M
