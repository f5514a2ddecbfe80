-- SPDX-License-Identifier: MIT
-- Random models and random changes of them, as definitions that ryx.model takes. What is drawn
-- depends on the seed alone.
local ryx = require "ryx"
local state = require "ryx.migrations.state"

local M = {}

local World = {}
World.__index = World

--- A world without models; every world of a seed goes the same way. `without`: changes that it
--- does not make, as a set of names.
function M.new(seed, without)
  return setmetatable({ models = {}, at = seed, n = 0, without = without or {} }, World)
end

--- A whole number from 1 to n.
function World:draw(n)
  self.at = self.at * 16807 % 2147483647 -- below 2^53, so that every Lua goes the same way
  return math.floor(self.at / 8) % n + 1
end

function World:one_of(list) return list[self:draw(#list)] end
function World:chance(percent) return self:draw(100) <= percent end

function World:new_name(prefix)
  self.n = self.n + 1
  return prefix .. self.n
end

function World:names()
  local names = {}
  for name in pairs(self.models) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local KINDS = {
  CharField = { max_length = { 20, 80, 200 }, default = { "x", "it's" }, unique = { true }, db_index = { true } },
  SlugField = { max_length = { 50, 60 }, null = { true } },
  TextField = { default = { "" } },
  IntField = { default = { 0, 5, -1 }, unique = { true }, db_index = { true } },
  BigIntField = { default = { 1, 2 ^ 40 } },
  SmallIntField = { default = { 3 } },
  FloatField = { default = { 0.1, 2 } },
  DecimalField = { max_digits = { 8, 12 }, default = { ryx.decimal("1.50"), "2" }, db_default = { "0.25" } },
  BooleanField = { default = { true, false } },
  DateField = { auto_now_add = { true }, default = { ryx.date("2024-02-29") } },
  DateTimeField = { auto_now = { true }, tz = { true }, db_default = { ryx.Now() } },
  UUIDField = { default = { ryx.uuid4 }, auto_create = { true } },
  JSONField = { default = { { a = { 1, 2 } } } },
  ArrayField = { size = { 3 } },
}
local KIND_NAMES = {}
for name in pairs(KINDS) do KIND_NAMES[#KIND_NAMES + 1] = name end
table.sort(KIND_NAMES)

local function options_of(w, kind)
  local names, options = {}, {}
  for name in pairs(KINDS[kind]) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if w:chance(30) then options[name] = w:one_of(KINDS[kind][name]) end
  end
  if w:chance(40) then options.null = true end
  if w:chance(5) then options.db_column = w:new_name("c") end
  if options.auto_now then options.auto_now_add = nil end
  if options.db_default then options.default = nil end
  return options
end

local function column(w)
  local kind = w:one_of(KIND_NAMES)
  return { kind = kind, options = options_of(w, kind) }
end

-- The models that a key may refer to: those that have one of one field.
local function relation_targets(w)
  local list = {}
  for _, name in ipairs(w:names()) do
    if not w.models[name].meta.primary_key then list[#list + 1] = name end
  end
  return list
end

local function relation(w)
  local to = w:one_of(relation_targets(w))
  if w:chance(30) then return { kind = "ManyToManyField", to = to, options = { related_name = "+" } } end
  local options = { related_name = "+", null = w:chance(60) or nil }
  if w:chance(20) then options.on_delete = options.null and "SET_NULL" or "PROTECT" end
  return { kind = w:chance(80) and "ForeignKey" or "OneToOneField", to = to, options = options }
end

local NUMBERS = { IntField = true, SmallIntField = true, BigIntField = true }

-- A field that is worked out of one or two numbers of the model, or nil where it has none.
local function generated(w, model)
  local list = {}
  for name, f in pairs(model.fields) do
    if NUMBERS[f.kind] then list[#list + 1] = name end
  end
  if not list[1] then return nil end
  table.sort(list)
  return {
    kind = "GeneratedField", of = { w:one_of(list), w:one_of(list) }, plus = w:draw(3),
    options = { db_persist = w.without.virtual or w:chance(50), db_index = w:chance(20) or nil },
  }
end

-- The fields that are worked out of one go along with it.
local function forget_generated(model, name, forget)
  for other, f in pairs(model.fields) do
    if f.of and (f.of[1] == name or f.of[2] == name) then forget(model, other) end
  end
end

local function field(w, model)
  local made = w:chance(12) and not w.without.generated and generated(w, model)
  if made then return made end
  local f = relation_targets(w)[1] and w:chance(30) and relation(w) or column(w)
  -- No key refers to a model whose own has several fields, nor that of a join table.
  if f.kind == "ManyToManyField" and model.meta.primary_key then return column(w) end
  return f
end

-- The names of a model's fields with columns, sorted.
local function columns(model)
  local names = {}
  for name, f in pairs(model.fields) do
    if f.kind ~= "ManyToManyField" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function all(model)
  local names = {}
  for name in pairs(model.fields) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local forget_field

function forget_field(model, name)
  model.fields[name] = nil
  forget_generated(model, name, forget_field)
  for _, key in ipairs(model.meta.primary_key or {}) do
    if key == name then model.meta.primary_key = nil end
  end
  for _, list in ipairs{ "indexes", "unique_together", "index_together", "constraints" } do
    local kept = {}
    for _, item in ipairs(model.meta[list] or {}) do
      local uses = false
      for _, used in ipairs(item.uses) do uses = uses or used == name end
      if not uses then kept[#kept + 1] = item end
    end
    model.meta[list] = kept
  end
end

local function two(w, model)
  local names = columns(model)
  if #names < 2 then return nil end
  local a, b = w:one_of(names), w:one_of(names)
  return a ~= b and { a, b } or nil
end

local function add_item(w, model)
  local kind = w:one_of{ "indexes", "indexes", "unique_together", "index_together", "constraints" }
  local uses = two(w, model)
  if not uses then return end
  local list = model.meta[kind] or {}
  model.meta[kind] = list
  local item = { uses = uses, name = w:chance(50) and w:new_name("ix") or nil, unique = w:chance(30) or nil }
  if kind == "constraints" then item.name = w:new_name("ck") end
  if kind == "indexes" then item.desc, item.when = w:chance(30), w:chance(20) end
  local is_text = model.fields[uses[1]].kind == "CharField"
  item.lower = kind == "indexes" and is_text and w:chance(40)
  table.insert(list, w:draw(#list + 1), item)
end

-- What is no text any more has no small letters and no words.
local function drop_lower(model, name)
  local kept = {}
  for _, item in ipairs(model.meta.indexes or {}) do
    if item.uses[1] == name then item.lower = false end
    if item.uses[1] ~= name or not item.search then kept[#kept + 1] = item end
  end
  model.meta.indexes = kept
end

local function copied(v)
  if type(v) ~= "table" or getmetatable(v) then return v end
  local out = {}
  for k, item in pairs(v) do out[k] = copied(item) end
  return out
end

local CHANGES = {}

function CHANGES.add_model(w)
  local name = w:new_name("Model")
  local model = { fields = {}, meta = {} }
  w.models[name] = model
  for _ = 1, w:draw(4) do model.fields[w:new_name("f")] = field(w, model) end
  if w:chance(15) and not w.without.key then model.fields[w:new_name("f")] = { kind = "CharField",
    options = { primary_key = true } } end
  if w:chance(10) then model.meta.table_name = w:new_name("t") end
end

function CHANGES.delete_model(w)
  local gone = w:one_of(w:names())
  w.models[gone] = nil
  for _, name in ipairs(w:names()) do
    for _, f in ipairs(all(w.models[name])) do
      local g = w.models[name].fields[f]
      if g.to == gone or g.options.through == gone then forget_field(w.models[name], f) end
    end
  end
end

function CHANGES.rename_model(w)
  local old, new = w:one_of(w:names()), w:new_name("Model")
  w.models[new], w.models[old] = w.models[old], nil
  w.models[new].meta.was = w:chance(50) and old or nil
  for _, name in ipairs(w:names()) do
    for _, f in pairs(w.models[name].fields) do
      if f.to == old then f.to = new end
      if f.options.through == old then f.options.through = new end
    end
  end
end

function CHANGES.add_field(w)
  local model = w.models[w:one_of(w:names())]
  model.fields[w:new_name("f")] = field(w, model)
end

function CHANGES.remove_field(w)
  local model = w.models[w:one_of(w:names())]
  local names = all(model)
  if names[1] then forget_field(model, w:one_of(names)) end
end

local function has_many(model)
  for _, f in pairs(model.fields) do
    if f.kind == "ManyToManyField" then return true end
  end
  return false
end

-- A model and the name of one of its columns, or nothing.
local function one_column(w)
  local model = w.models[w:one_of(w:names())]
  local names = columns(model)
  return model, names[1] and w:one_of(names)
end

function CHANGES.alter_field(w)
  local model, name = one_column(w)
  local old = name and model.fields[name]
  if old and old.of then
    model.fields[name] = generated(w, model)
  elseif old and not old.to and not old.options.primary_key then
    model.fields[name] = { kind = old.kind, options = options_of(w, old.kind) }
  end
end

function CHANGES.convert_field(w)
  local model, name = one_column(w)
  if not name then return end
  local new = field(w, model)
  if new.kind == "ManyToManyField" then forget_field(model, name) end
  if not NUMBERS[new.kind] then forget_generated(model, name, forget_field) end
  for _, used in ipairs(new.of or {}) do
    if used == name or not model.fields[used] then return end
  end
  drop_lower(model, name)
  model.fields[name] = new
end

function CHANGES.rename_field(w)
  local model = w.models[w:one_of(w:names())]
  local names = all(model)
  if not names[1] then return end
  local old, new = w:one_of(names), w:new_name("f")
  model.fields[new], model.fields[old] = model.fields[old], nil
  model.fields[new].options.was = w:chance(50) and old or nil
  for _, f in pairs(model.fields) do
    for i, used in ipairs(f.of or {}) do
      if used == old then f.of[i] = new end
    end
  end
  for i, key in ipairs(model.meta.primary_key or {}) do
    if key == old then model.meta.primary_key[i] = new end
  end
  for _, list in pairs(model.meta) do
    for _, item in ipairs(type(list) == "table" and type(list[1]) == "table" and list or {}) do
      for i, used in ipairs(item.uses) do
        if used == old then item.uses[i] = new end
      end
    end
  end
end

function CHANGES.add_item(w)
  add_item(w, w.models[w:one_of(w:names())])
end

function CHANGES.remove_item(w)
  local model = w.models[w:one_of(w:names())]
  for _, name in ipairs{ "indexes", "constraints", "unique_together", "index_together" } do
    local list = model.meta[name]
    if list and list[1] then
      table.remove(list, w:draw(#list))
      return
    end
  end
end

function CHANGES.move_table(w)
  local meta = w.models[w:one_of(w:names())].meta
  meta.table_name = w:chance(60) and w:new_name("t") or nil
end

function CHANGES.key(w)
  local model = w.models[w:one_of(w:names())]
  if model.meta.primary_key then return end
  for _, name in ipairs(columns(model)) do
    if model.fields[name].options.primary_key then
      model.fields[name].options = {}
      return
    end
  end
  model.fields[w:new_name("f")] = { kind = "CharField", options = { primary_key = true } }
end

-- Does a model refer to one?
local function is_referred(w, wanted)
  for _, name in ipairs(w:names()) do
    for _, f in pairs(w.models[name].fields) do
      if f.to == wanted then return true end
    end
  end
  return false
end

-- A key of several fields, or none any more.
function CHANGES.several_keys(w)
  local name = w:one_of(w:names())
  local model, list = w.models[name], {}
  if model.meta.primary_key then
    model.meta.primary_key = nil
    return
  end
  for _, column_name in ipairs(columns(model)) do
    local options = model.fields[column_name].options
    if options.primary_key then return end
    if not options.null and not model.fields[column_name].of then list[#list + 1] = column_name end
  end
  if not is_referred(w, name) and list[2] and not has_many(model) then model.meta.primary_key = { list[1], list[2] } end
end

-- Two models with one of their own between them.
function CHANGES.link(w)
  local a, b = w:one_of(w:names()), w:one_of(w:names())
  if a == b or w.models[a].meta.primary_key or w.models[b].meta.primary_key then return end
  local name = w:new_name("Model")
  local function key(to) return { kind = "ForeignKey", to = to, options = { related_name = "+" } } end
  w.models[name] = { fields = { [w:new_name("f")] = key(a), [w:new_name("f")] = key(b) }, meta = {} }
  w.models[a].fields[w:new_name("f")] = {
    kind = "ManyToManyField", to = b, options = { related_name = "+", through = name },
  }
end

function CHANGES.manage(w)
  local meta = w.models[w:one_of(w:names())].meta
  if meta.managed == false then meta.managed = nil elseif w:chance(50) then meta.managed = false end
end

function CHANGES.search(w)
  local model = w.models[w:one_of(w:names())]
  for _, name in ipairs(columns(model)) do
    local kind = model.fields[name].kind
    if kind == "CharField" or kind == "TextField" then
      model.meta.indexes = model.meta.indexes or {}
      table.insert(model.meta.indexes, { uses = { name }, search = true,
        name = w:chance(50) and w:new_name("ix") or nil })
      return
    end
  end
end

local CHANGE_NAMES = {}
for name in pairs(CHANGES) do CHANGE_NAMES[#CHANGE_NAMES + 1] = name end
table.sort(CHANGE_NAMES)

-- What is a part of the key is never NULL.
local function settle_keys(model)
  for _, name in ipairs(model.meta.primary_key or {}) do
    local options = model.fields[name].options
    options.null, options.db_default = nil, nil
    if options.on_delete == "SET_NULL" then options.on_delete = nil end
  end
end

-- Does a model have one foreign key to another?
local function has_one_key(model, to)
  local n = 0
  for _, f in pairs(model.fields) do
    if f.to == to and f.kind ~= "ManyToManyField" then n = n + 1 end
  end
  return n == 1
end

-- A relation through a model that does not lead to both sides any more goes.
local function settle_relations(w)
  for _, name in ipairs(w:names()) do
    for _, field_name in ipairs(all(w.models[name])) do
      local f = w.models[name].fields[field_name]
      local through = f.options.through and w.models[f.options.through]
      if through and not (has_one_key(through, name) and has_one_key(through, f.to)) then
        forget_field(w.models[name], field_name)
      end
    end
  end
end

--- What may be given to restore, to take changes back.
function World:snapshot() return copied(self.models) end
function World:restore(models) self.models = models end

--- Changes the world in one way.
function World:change()
  local name = next(self.models) and self:one_of(CHANGE_NAMES) or "add_model"
  if self.without[name] then name = "add_field" end
  CHANGES[name](self)
  for _, model in pairs(self.models) do settle_keys(model) end
  settle_relations(self)
  return name
end

local function made_field(f)
  local options = {}
  for k, v in pairs(f.options) do options[k] = v end
  if f.to then return ryx[f.kind](f.to, options) end
  if f.of then
    options.expression = ryx.F(f.of[1]) + ryx.F(f.of[2]) * f.plus
    options.output_field = ryx.BigIntField{ null = true }
  end
  if f.kind == "ArrayField" then return ryx.ArrayField(ryx.IntField(), options) end
  return ryx[f.kind](options)
end

local ITEMS = {
  unique_together = function(item) return { item.uses[1], item.uses[2] } end,
  index_together = function(item) return { item.uses[1], item.uses[2] } end,
  constraints = function(item)
    local checks = ryx.Q{ [item.uses[1] .. "__isnull"] = true } + -ryx.Q{ [item.uses[2] .. "__isnull"] = true }
    return ryx.Constraint{ name = item.name, check = checks }
  end,
  indexes = function(item)
    if item.search then return ryx.SearchIndex{ fields = { item.uses[1] }, name = item.name } end
    return ryx.Index{
      fields = { (item.desc and "-" or "") .. item.uses[1], item.uses[2] }, name = item.name, unique = item.unique,
      expressions = item.lower and { ryx.Lower(item.uses[1]) } or nil,
      condition = item.when and ryx.Q{ [item.uses[2] .. "__isnull"] = false } or nil,
    }
  end,
}

--- What ryx.model takes for a model.
function M.definition(model)
  local def, meta = {}, {}
  for _, name in ipairs(all(model)) do def[name] = made_field(model.fields[name]) end
  for option, v in pairs(model.meta) do
    if ITEMS[option] then
      meta[option] = {}
      for i, item in ipairs(v) do meta[option][i] = ITEMS[option](item) end
    else
      meta[option] = copied(v)
    end
  end
  def.Meta = meta
  return def
end

--- The models as a state.
function World:state()
  local s = state.new()
  for _, name in ipairs(self:names()) do s = s:with(name, state.record(name, M.definition(self.models[name]))) end
  return s
end

return M
