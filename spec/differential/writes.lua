-- SPDX-License-Identifier: MIT
-- What a write leaves: how many rows it says, and what is in the tables afterwards.
--   terminal: { "update", { { field, e }... } } { "delete" } { "create_from", { { field, e }... } }
--     { "bulk_update", { { key, { { field, value }... } }... } }
--     { "upsert", key, { { field, value }... }, names to update, field to add to (or nil),
--       a Q of the row that is there (or nil) }
local compat = require "ryx.compat"
local evaluate = require "differential.evaluate"
local keys = require "differential.keys"
local oracle = require "differential.oracle"

local M = {}

local NULL, unpack = oracle.NULL, compat.unpack

local function copied(row)
  local out = {}
  for k, v in pairs(row) do out[k] = v end
  return out
end

-- The keys of the rows that a queryset chooses, each once.
local function chosen(world, query)
  local found, n, model = {}, 0, world.by_name[query.model]
  local all = { model = query.model, ops = query.ops, terminal = "all" }
  for _, row in ipairs(evaluate.query(world, all).rows) do
    local id = keys.row_of(model, row).id
    if not found[id] then n = n + 1 end
    found[id] = true
  end
  return found, n
end

local function kept(rows, gone)
  local out = {}
  for _, row in ipairs(rows) do
    if not gone[row.id] then out[#out + 1] = row end
  end
  return out
end

-- Rows that refer to rows that go, go too; adds their keys. Is there something new?
local function cascade(world, gone)
  local more = false
  for _, model in ipairs(world.models) do
    for _, rel in ipairs(model.relations) do
      local targets = gone[rel.to.name]
      for _, row in ipairs(rel.kind ~= "m2m" and targets and model.rows or {}) do
        if targets[row[rel.name .. "_id"]] and not gone[model.name][row.id] then
          gone[model.name][row.id], more = true, true
        end
      end
    end
  end
  return more
end

local function refers_to_itself(model)
  for _, rel in ipairs(model.relations) do
    if rel.to == model and rel.kind ~= "m2m" then return true end
  end
  return false
end

local WRITE = {}

--- Gives what it returns and the rows afterwards, by model.
function WRITE.update(world, query, model)
  local ids, n = chosen(world, query)
  local rows = {}
  for i, row in ipairs(model.rows) do
    rows[i] = row
    if ids[row.id] then
      rows[i] = copied(row)
      local ctx = oracle.context(world, model, row)
      for _, pair in ipairs(query.terminal[2]) do rows[i][pair[1]] = oracle.eval(pair[2], ctx) end
    end
  end
  return n, { [model.name] = rows }
end

function WRITE.create_from(world, query, model)
  local ids, n = chosen(world, query)
  local rows = {}
  for i, row in ipairs(model.rows) do rows[i] = row end
  for _, row in ipairs(model.rows) do
    if ids[row.id] then
      local new, ctx = {}, oracle.context(world, model, row)
      for _, pair in ipairs(query.terminal[2]) do new[pair[1]] = oracle.eval(pair[2], ctx) end
      rows[#rows + 1] = new
    end
  end
  return n, { [model.name] = rows }
end

function WRITE.delete(world, query, model)
  local gone = {}
  for _, each in ipairs(world.models) do gone[each.name] = {} end
  local ids, n = chosen(world, query)
  gone[model.name] = ids
  while cascade(world, gone) do end
  local after = {}
  for _, each in ipairs(world.models) do after[each.name] = kept(each.rows, gone[each.name]) end
  -- Whether rows that go with their parent are in the number, databases see differently.
  return not refers_to_itself(model) and n or nil, after
end

function WRITE.bulk_update(_, query, model)
  local changed, n = {}, 0
  for _, one in ipairs(query.terminal[2]) do
    changed[one[1]], n = one[2], n + 1
  end
  local rows = {}
  for i, row in ipairs(model.rows) do
    rows[i] = copied(row)
    for _, pair in ipairs(changed[row.id] or {}) do rows[i][pair[1]] = pair[2].v end
  end
  return n, { [model.name] = rows }
end

local function passes(world, model, row, q)
  return not q or oracle.filter({ oracle.context(world, model, row) }, q)[1] ~= nil
end

function WRITE.upsert(world, query, model)
  local _, id, list, names, sum, where = unpack(query.terminal, 1, 6)
  local new, rows, found = {}, {}, false
  for i, f in ipairs(keys.fields(model)) do new[f.name] = keys.values(model, id)[i] end
  for _, pair in ipairs(list) do new[pair[1]] = pair[2].v end
  for i, row in ipairs(model.rows) do
    rows[i] = row
    found = found or row.id == id
    if row.id == id and passes(world, model, row, where) then
      rows[i] = copied(row)
      for _, name in ipairs(names) do rows[i][name] = new[name] end
      if sum then rows[i][sum] = (row[sum] == NULL or new[sum] == NULL) and NULL or row[sum] + new[sum] end
    end
  end
  if not found then rows[#rows + 1] = new end
  return not found, { [model.name] = rows }
end

--- Is a query a write?
function M.is(query)
  return WRITE[query.terminal[1]] ~= nil
end

--- Models whose rows a write may change, in the world's order.
function M.models(world, query)
  if query.terminal[1] == "delete" then return world.models end
  return { world.by_name[query.model] }
end

--- What a write says (nil: nothing that all databases say), and its rows afterwards by model.
function M.answer(world, query)
  return WRITE[query.terminal[1]](world, query, world.by_name[query.model])
end

return M
