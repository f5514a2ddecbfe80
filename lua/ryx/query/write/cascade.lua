-- SPDX-License-Identifier: MIT
-- What a delete does to the rows that refer to those it deletes: what the database does by its
-- own rules stays with it, the rest is ryx's work.
local listeners = require "ryx.query.write.listeners"
local referrers = require "ryx.meta.referrers"
local rules = require "ryx.db.rules"

local M = {}

-- A rule of a field and what the database calls it.
local IN_DATABASE = { CASCADE = "CASCADE", SET_NULL = "SET NULL", SET_DEFAULT = "SET DEFAULT" }

-- Work that goes on in the rows of the other table.
local FOLLOWS = { CASCADE = true }

-- A function's value is not the table's DEFAULT.
local function is_in_table(f)
  return f.db_default ~= nil or f.default ~= nil and type(f.default) ~= "function"
end

-- Every model whose rows may go with those of one, and the keys that lead to them.
local function reach(meta)
  local metas, keys, seen = { meta }, {}, { [meta] = true }
  local i = 1
  while metas[i] do
    for _, f in ipairs(referrers.of(metas[i])) do
      keys[#keys + 1] = { field = f, target = metas[i], rule = f.on_delete }
      if FOLLOWS[f.on_delete] and not seen[f.meta] then
        metas[#metas + 1], seen[f.meta] = f.meta, true
      end
    end
    i = i + 1
  end
  return metas, keys
end

-- May rows of a key's own table go with those that refer to it, through this key among others?
local function goes_round(key, keys)
  local metas, seen, i = { key.field.meta }, {}, 1
  while metas[i] do
    if metas[i] == key.target then return true end
    for _, other in ipairs(keys) do
      if other.target == metas[i] and FOLLOWS[other.rule] and not seen[other.field.meta] then
        metas[#metas + 1], seen[other.field.meta] = other.field.meta, true
      end
    end
    i = i + 1
  end
  return false
end

-- Rows of a circle go from below where the database would not take them along.
local function is_held(key, keys)
  return (key.in_database == "NO ACTION" or key.in_database == "RESTRICT") and goes_round(key, keys)
end

-- The keys of tables that are there, with what the database does by each.
local function with_rules(keys, alias, tx)
  local tables, out = {}, {}
  for i, key in ipairs(keys) do tables[i] = rules.name(key.field.meta) end
  rules.learn(alias, tx, tables)
  for _, key in ipairs(keys) do
    local is_there, rule = rules.of(alias, rules.name(key.field.meta), key.field.column)
    key.in_database = rule
    if is_there then out[#out + 1] = key end
  end
  for _, key in ipairs(out) do key.is_held = is_held(key, out) end
  return out
end

-- The same keys where the database would go too deep: every circle from below. nil when there is none.
local function from_below(keys)
  local out, has_circle = {}, false
  for i, key in ipairs(keys) do
    local circular = FOLLOWS[key.rule] and goes_round(key, keys)
    has_circle = has_circle or circular and key.in_database == "CASCADE"
    out[i] = {
      field = key.field, target = key.target, rule = key.rule, in_database = key.in_database,
      is_held = key.is_held or circular,
    }
  end
  return has_circle and out or nil
end

-- Must ryx do what a key says, for the key's own sake?
local function is_own_work(key)
  if key.rule == "DO_NOTHING" then return false end
  if key.rule == "SET_DEFAULT" and not is_in_table(key.field) then return true end
  return IN_DATABASE[key.rule] == nil or key.in_database ~= IN_DATABASE[key.rule]
end

-- Rows whose RESTRICT is asked about must be known, and so must those with hooks, those of a circle
-- that goes from below, and those that others of ryx's work refer to.
local function must_be_known(keys)
  local known = {}
  for _, key in ipairs(keys) do
    if key.rule == "RESTRICT" then known[key.field.meta] = true end
    if FOLLOWS[key.rule] and (key.is_held or listeners.of_deletes(key.field.meta)) then known[key.field.meta] = true end
  end
  local has_changed = true
  while has_changed do
    has_changed = false
    for _, key in ipairs(keys) do
      local is_work = is_own_work(key) or FOLLOWS[key.rule] and known[key.field.meta]
      if is_work and not known[key.target] then known[key.target], has_changed = true, true end
    end
  end
  return known
end

-- The work of each model: the keys that lead to it and are ryx's; besides `gone`, the models
-- whose rows may go, `held`, the keys that say in which order, and whether anything is written.
local function work_of(meta, keys)
  local known = must_be_known(keys)
  if not known[meta] then return nil end
  local work = { writes = false, gone = { [meta] = true }, held = {} }
  for _, key in ipairs(keys) do
    local child, follows = key.field.meta, FOLLOWS[key.rule]
    if follows then work.gone[child] = true end
    if key.rule == "DO_NOTHING" then table.insert(work.held, key) end
    if is_own_work(key) or follows and known[child] then
      key.is_known = known[child] or false
      work[key.target] = work[key.target] or {}
      table.insert(work[key.target], key)
      work.writes = work.writes or IN_DATABASE[key.rule] ~= nil
    end
  end
  return work
end

-- Who has hooks may change at any time.
local function hooks_of(metas)
  local flags = {}
  for i, meta in ipairs(metas) do flags[i] = listeners.of_deletes(meta) end
  return flags
end

local function is_current(entry, meta, alias)
  if not entry or entry.version ~= meta.registry.version or entry.rules ~= alias.rules then return false end
  for i, other in ipairs(entry.metas) do
    if listeners.of_deletes(other) ~= entry.hooks[i] then return false end
  end
  return true
end

local function calls_hooks(keys)
  for _, key in ipairs(keys) do
    if FOLLOWS[key.rule] and listeners.of_deletes(key.field.meta) then return true end
  end
  return false
end

-- Hooks are called once, so a delete that calls some is not tried first.
local function new_entry(meta, alias, tx)
  local metas, keys = reach(meta)
  if #keys > 0 then keys = with_rules(keys, alias, tx) end
  local entry = { version = meta.registry.version, rules = alias.rules, metas = metas, hooks = hooks_of(metas) }
  local below = #keys > 0 and rules.has_depth(alias) and from_below(keys)
  if below and calls_hooks(keys) then
    entry.work = work_of(meta, below)
  else
    entry.work, entry.deep = work_of(meta, keys), below and work_of(meta, below) or nil
  end
  return entry
end

--- What ryx has to do when rows of a model are deleted on an alias: the keys that lead to each
--- model, as lists by meta; nil when the database does it all. Then what it has to do when the
--- database finds itself too deep, nil where that cannot be.
function M.work(meta, alias, tx)
  local by_alias = meta.cascades
  if not by_alias then
    by_alias = setmetatable({}, { __mode = "k" })
    meta.cascades = by_alias
  end
  local entry = by_alias[alias]
  if not is_current(entry, meta, alias) then
    entry = new_entry(meta, alias, tx)
    by_alias[alias] = entry
  end
  return entry.work, entry.deep
end

return M
