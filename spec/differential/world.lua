-- SPDX-License-Identifier: MIT
-- A random world: models, relations and rows as plain tables. It is the truth
-- the databases are loaded from and the evaluator reads.
--   world.models   in an order in which targets come first
--   model.fields   { name, type, null }, keys and foreign keys among them
--   model.steps    name -> { to, many, go(row) -> rows, spell = { names } }
--   model.rows     row: name -> value, or world.NULL
--   model.key      names of the fields of a key of several, which come first (keys.lua)
local values = require "differential.values"
local world_key = require "differential.world_key"

local M = {}

local NULL = setmetatable({}, { __tostring = function() return "NULL" end })
M.NULL = NULL

-- Names of fields by type; some are words of SQL.
local NAMES = {
  int = { "views", "rank" }, bigint = { "big" }, float = { "score" }, decimal = { "price" }, bool = { "active" },
  char = { "title", "group" }, text = { "body" }, date = { "day" }, datetime = { "created", "changed" },
  time = { "clock" }, uuid = { "token" }, json = { "meta" }, duration = { "span" },
}
local TYPES = {
  "int", "bigint", "float", "decimal", "bool", "char", "text", "date", "datetime", "time", "uuid", "json", "duration",
}

-- A family: its models, targets first; each line is
--   name, share of all types in percent, { relation, kind, target, related_name, null }...
--   key: names of a key of several fields; part: the one of them that is no relation, and its type
local FAMILIES = {
  {
    { "Country", 15 },
    { "Author", 40, { "country", "fk", "Country", "authors" } },
    { "Tag", 15 },
    { "Post", 100, { "author", "fk", "Author", "posts" }, { "editor", "fk", "Author", "edited", true },
      { "tags", "m2m", "Tag", "posts" } },
    { "Comment", 30, { "post", "fk", "Post", "comments", false }, { "parent", "fk", "Comment", "replies", true } },
    { "Profile", 30, { "author", "o2o", "Author", "profile", false } },
    { "Badge", 40, { "author", "fk", "Author", "badges", false }, key = { "author", "seat" },
      part = { "seat", "int" } },
  },
  {
    { "Owner", 30 },
    { "Node", 100, { "parent", "fk", "Node", "children", true }, { "owner", "fk", "Owner", "nodes" } },
    { "Label", 20 },
    { "Item", 50, { "node", "fk", "Node", "items", false }, { "other", "fk", "Node", "others", true },
      { "labels", "m2m", "Label", "items" } },
    { "Slot", 40, { "node", "o2o", "Node", "slot", false }, key = { "code", "node" },
      part = { "code", "char" } },
  },
  {
    { "Alpha", 40 },
    { "Beta", 40, { "alpha", "fk", "Alpha" } },
    { "Gamma", 100, { "beta", "fk", "Beta", nil, true }, { "kin", "fk", "Gamma", "kins", true } },
    { "Delta", 30, { "gamma", "o2o", "Gamma", "delta", true }, { "alphas", "m2m", "Alpha", "deltas" } },
    { "Edge", 40, { "beta", "fk", "Beta", nil, false }, { "alpha", "fk", "Alpha", "edges", false },
      key = { "beta", "since", "alpha" }, part = { "since", "date" } },
  },
}

local function add_fields(r, model, share)
  for _, type_name in ipairs(TYPES) do
    for i, name in ipairs(NAMES[type_name]) do
      if r:chance(share) and (i == 1 or r:chance(60)) then
        model.fields[#model.fields + 1] = { name = name, type = type_name, null = r:chance(60) }
      end
    end
  end
end

local function add_relation(r, world, model, line)
  local name, kind, target, related, null = line[1], line[2], world.by_name[line[3]], line[4], line[5]
  if target == nil then target = model end
  if null == nil then null = r:chance(60) end
  local rel = { name = name, kind = kind, to = target, related = related, null = null, model = model }
  model.relations[#model.relations + 1] = rel
  if kind ~= "m2m" then
    model.fields[#model.fields + 1] = { name = name .. "_id", type = "int", null = null, relation = rel }
  end
  -- Without related_name the model's name is the path, or that with _set.
  local default = (world.prefix .. model.name):lower()
  rel.reverse = related or default
  rel.reverse_names = related and { related } or { default, default .. "_set" }
end

local function new_model(world, name, part)
  local model = { name = name, full = world.prefix .. name, fields = {}, relations = {}, steps = {}, rows = {},
    by_id = {} }
  model.fields[1] = part and { name = part[1], type = part[2], null = false }
    or { name = "id", type = "int", null = false, key = true }
  model.fields[2] = { name = "name", type = "char", null = false }
  world.models[#world.models + 1] = model
  world.by_name[name] = model
  return model
end

local function new_row(r, model, id)
  local row = { id = id }
  for _, f in ipairs(model.fields) do
    if f.relation or f.key then row[f.name] = row[f.name] or NULL
    elseif f.null and r:chance(25) then row[f.name] = NULL
    else row[f.name] = values.make(r, f.type) end
  end
  return row
end

-- Few targets, so that some have many rows and some none.
local function target_of(r, rel, used)
  local rows = rel.to.rows
  if rel.kind == "o2o" then
    for _, row in ipairs(r:shuffled(rows)) do
      if not used[row.id] then
        used[row.id] = true
        return row.id
      end
    end
    return NULL
  end
  if #rows == 0 or (rel.null and r:chance(20)) then return NULL end
  return rows[r:chance(50) and r:int(1, math.min(5, #rows)) or r:int(1, #rows)].id
end

local function fill(r, model, n)
  local id, used = 0, {}
  local ids = {}
  for i = 1, n do
    id = id + r:pick{ 1, 1, 2, 5 }
    ids[i] = id
  end
  for _, key in ipairs(r:shuffled(ids)) do
    local row = new_row(r, model, key)
    local fits = true
    for _, rel in ipairs(model.relations) do
      if rel.kind ~= "m2m" then
        used[rel] = used[rel] or {}
        row[rel.name .. "_id"] = target_of(r, rel, used[rel])
        if row[rel.name .. "_id"] == NULL and not rel.null then fits = false end
      end
    end
    if fits then
      model.rows[#model.rows + 1] = row
      model.by_id[key] = row
    end
  end
  if model.key then world_key.number(model) end
end

local function link(r, rel)
  rel.links = {}
  for _, row in ipairs(rel.model.rows) do
    for _, target in ipairs(r:some(rel.to.rows, r:pick{ 0, 0, 1, 1, 2, 4 })) do
      rel.links[#rel.links + 1] = { row.id, target.id }
    end
  end
end

local EMPTY = {}

local function grouped(pairs_list, key, value)
  local out = {}
  for _, p in ipairs(pairs_list) do
    local k = p[key]
    out[k] = out[k] or {}
    table.insert(out[k], value(p))
  end
  return function(row) return out[row.id] or EMPTY end
end

local function add_steps(rel)
  local model, to = rel.model, rel.to
  local function names(list, name)
    return { to = to, spell = list, name = name, feature = rel.kind == "m2m" and "many" or "forward" }
  end
  local forward = names({ rel.name }, rel.name)
  local back = { to = model, spell = rel.reverse_names, name = rel.reverse, many = rel.kind ~= "o2o" }
  back.feature = rel.kind == "m2m" and "many" or "reverse"
  if rel.kind == "m2m" then
    forward.many = true
    forward.go = grouped(rel.links, 1, function(p) return to.by_id[p[2]] end)
    back.go = grouped(rel.links, 2, function(p) return model.by_id[p[1]] end)
  else
    local column = rel.name .. "_id"
    forward.go = function(row)
      local target = to.by_id[row[column]]
      return target and { target } or EMPTY
    end
    local by_target = {}
    for _, row in ipairs(model.rows) do by_target[#by_target + 1] = { row[column], row } end
    back.go = grouped(by_target, 1, function(p) return p[2] end)
  end
  model.steps[rel.name] = forward
  to.steps[rel.reverse] = back
end

local function settle(r, world)
  for _, model in ipairs(world.models) do
    for _, rel in ipairs(model.relations) do
      if rel.kind == "m2m" and not rel.links then link(r, rel) end
      add_steps(rel)
    end
    model.by_field, model.world = {}, world
    for _, f in ipairs(model.fields) do model.by_field[f.name] = f end
  end
end

--- A random world whose models' names begin with a prefix of its own.
function M.new(r, prefix, features)
  local world = { models = {}, by_name = {}, prefix = prefix }
  for _, line in ipairs(r:pick(FAMILIES)) do
    local model = new_model(world, line[1], line.part)
    add_fields(r, model, line[2])
    for i = 3, #line do
      if line[i][2] ~= "m2m" or features.links then add_relation(r, world, model, line[i]) end
    end
    if line.key then world_key.set(model, line.key) end
    fill(r, model, r:int(12, 34))
  end
  settle(r, world)
  return world
end

--- The model of a query: its own, that of the whole rows it is over, or one whose fields
--- are the columns of the rows it is over.
function M.model_of(world, query)
  if query.model then return world.by_name[query.model] end
  if not query.over then return M.model_of(world, query.set and query.parts[1] or query.body) end
  local model = { name = query.cte or query.set, fields = {}, steps = {}, by_field = {}, relations = {}, world = world }
  for i, c in ipairs(query.over) do
    model.fields[i] = { name = c[1], type = c[2].t, scale = c[2].scale, null = true }
    model.by_field[c[1]] = model.fields[i]
  end
  return model
end

--- A world by hand: models as { name, fields = { { name, type }... }, relations =
--- { line of a family... }, rows, links = { [relation] = { { from, to }... } } }.
function M.by_hand(list)
  local world = { models = {}, by_name = {}, prefix = "" }
  for _, spec in ipairs(list) do
    local model = new_model(world, spec[1], spec.part)
    for _, f in ipairs(spec.fields) do model.fields[#model.fields + 1] = { name = f[1], type = f[2], null = true } end
    for _, line in ipairs(spec.relations or {}) do add_relation(nil, world, model, line) end
    if spec.key then world_key.set(model, spec.key) end
    for _, rel in ipairs(model.relations) do rel.links = spec.links and spec.links[rel.name] end
    for _, row in ipairs(spec.rows) do
      for _, f in ipairs(model.fields) do
        if row[f.name] == nil then row[f.name] = NULL end
      end
      model.rows[#model.rows + 1] = row
      model.by_id[row.id] = row
    end
  end
  settle(nil, world)
  return world
end

return M
