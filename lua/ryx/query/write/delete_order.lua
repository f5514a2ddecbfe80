-- SPDX-License-Identifier: MIT
-- In which order the rows of a delete go (collect.lua), where the database holds those that are
-- still referred to.
local batch = require "ryx.query.write.batch"
local compat = require "ryx.compat"

local M = {
  SIZE = 5000, -- keys in a list of one statement
}

local keyof = compat.keyof

-- The models whose rows go, children before those they refer to; of a circle in the order found.
local function models(c)
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

-- Models whose rows go in one order, by model: those that held keys tie to each other.
local function families(c)
  local of = {}
  for _, meta in ipairs(c.order) do of[meta] = { metas = { meta }, keys = {} } end
  local function join(a, b)
    if a == b then return end
    for _, meta in ipairs(b.metas) do
      of[meta] = a
      table.insert(a.metas, meta)
    end
    for _, key in ipairs(b.keys) do table.insert(a.keys, key) end
  end
  for _, meta in ipairs(c.order) do
    for _, key in ipairs(c.work[meta] or {}) do
      if key.is_held and of[key.field.meta] then
        join(of[meta], of[key.field.meta])
        table.insert(of[meta].keys, key)
      end
    end
  end
  return of
end

-- Every row of a family: by model and key, and as a list.
local function nodes_of(c, family)
  local by_meta, list = {}, {}
  for _, meta in ipairs(family.metas) do
    by_meta[meta] = {}
    for _, key in ipairs(c.sets[meta].keys) do
      local node = { meta = meta, key = key, depth = 0, children = 0, parents = {} }
      by_meta[meta][keyof(key)], list[#list + 1] = node, node
    end
  end
  return by_meta, list
end

-- Which of them refer to which, by a key. rows_with(c, field, list) gives the rows to ask.
local function tie(c, key, nodes, rows_with)
  local child_meta, f = key.field.meta, key.field
  local leads_to = { [f.attname .. "__in"] = c.sets[key.target].keys }
  for _, part in ipairs(batch.chunks(c.sets[child_meta].keys, M.SIZE)) do
    local qs = rows_with(c, child_meta.pk_field, part):order_by():filter(leads_to)
    for _, pair in ipairs(qs:values_list("pk", f.attname):all()) do
      local child, parent = nodes[child_meta][keyof(pair[1])], nodes[key.target][keyof(pair[2])]
      if child ~= parent then
        table.insert(child.parents, parent)
        parent.children = parent.children + 1
      end
    end
  end
end

-- How many generations of rows stand below each.
local function count_depths(list)
  local queue, i = {}, 1
  for _, node in ipairs(list) do
    if node.children == 0 then queue[#queue + 1] = node end
  end
  while queue[i] do
    for _, parent in ipairs(queue[i].parents) do
      parent.depth = math.max(parent.depth, queue[i].depth + 1)
      parent.children = parent.children - 1
      if parent.children == 0 then queue[#queue + 1] = parent end
    end
    i = i + 1
  end
end

local function add_layers(steps, family, list)
  local layers, n = {}, 0
  for _, node in ipairs(list) do
    layers[node.depth] = layers[node.depth] or {}
    local keys = layers[node.depth]
    keys[node.meta] = keys[node.meta] or {}
    table.insert(keys[node.meta], node.key)
    n = math.max(n, node.depth)
  end
  for depth = 0, n do
    for _, meta in ipairs(family.metas) do
      if layers[depth][meta] then steps[#steps + 1] = { meta, layers[depth][meta] } end
    end
  end
end

local function add_family(c, steps, family, rows_with)
  local nodes, list = nodes_of(c, family)
  for _, key in ipairs(list[2] and family.keys or {}) do tie(c, key, nodes, rows_with) end
  count_depths(list)
  add_layers(steps, family, list)
end

--- The rows that go, as { meta, keys } one after the other, so that no row goes before one that
--- refers to it.
function M.steps(c, rows_with)
  local steps, of, left = {}, families(c), {}
  local order = models(c)
  for _, meta in ipairs(order) do left[of[meta]] = (left[of[meta]] or 0) + 1 end
  for _, meta in ipairs(order) do
    local family = of[meta]
    left[family] = left[family] - 1
    -- What refers to any of a family has gone when its last model comes.
    if left[family] == 0 then
      if family.keys[1] then
        add_family(c, steps, family, rows_with)
      else
        steps[#steps + 1] = { meta, c.sets[meta].keys }
      end
    end
  end
  return steps, order
end

return M
