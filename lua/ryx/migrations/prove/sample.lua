-- SPDX-License-Identifier: MIT
-- Rows to try migrations on: for the models of a moment, values by the types of fields, relations filled, no two alike
-- where they must not be.
local db = require "ryx.db"
local errors = require "ryx.errors"
local operation_steps = require "ryx.migrations.runner.operation_steps"
local unique = require "ryx.meta.unique"

local M = {}

local Sampler = {}
Sampler.__index = Sampler

M.ROWS = 2

--- Makes rows on an alias; numbers go on from state to state.
function M.new(alias)
  return setmetatable({ alias = alias, number = 0 }, Sampler)
end

local SPECIAL = {
  EmailField = function(n) return ("a%d@example.com"):format(n) end,
  URLField = function(n) return ("https://example.com/%d"):format(n) end,
  SlugField = function(n) return ("row-%d"):format(n) end,
  GenericIPAddressField = function(n) return ("10.0.%d.%d"):format(math.floor(n / 250) % 250, n % 250) end,
  IPAddressField = function(n) return ("10.0.%d.%d"):format(math.floor(n / 250) % 250, n % 250) end,
}

-- The end of a text is what makes it another one.
local function text(n, f)
  local s = ("row %d"):format(n)
  if f.min_length and #s < f.min_length then s = ("x"):rep(f.min_length - #s) .. s end
  return f.max_length and s:sub(-f.max_length) or s
end

-- As many digits as stand before the point.
local function decimal(n, f)
  return tostring(n % math.floor(10 ^ math.min(f.max_digits - f.decimal_places, 9)))
end

local function day(n)
  return ("20%02d-%02d-%02d"):format(math.floor(n / 336) % 100, math.floor(n / 28) % 12 + 1, n % 28 + 1)
end

local function clock(n) return ("%02d:%02d:%02d"):format(math.floor(n / 3600) % 24, math.floor(n / 60) % 60, n % 60) end

local VALUES
VALUES = {
  text = text, decimal = decimal, date = day, time = clock,
  int = function(n) return n end,
  double = function(n) return n + 0.5 end,
  bool = function(n) return n % 2 == 0 end,
  bytes = function(n) return "\0\255" .. tostring(n) end,
  datetime = function(n) return day(n) .. " " .. clock(n) end,
  datetimetz = function(n) return day(n) .. " " .. clock(n) end,
  duration = function(n) return ("PT%dS"):format(n) end,
  uuid = function(n) return ("00000000-0000-4000-8000-%012x"):format(n) end,
  json = function(n) return { n = n } end,
  array = function(n, f) return { VALUES[f.base.type] and VALUES[f.base.type](n, f.base) or nil } end,
}

-- The fields whose values, alone or together, no two rows may share.
local function keyed_of(meta)
  local set = {}
  for _, check in ipairs(unique.checks(meta)) do
    for _, f in ipairs(check.fields) do set[f] = true end
  end
  return set
end

local function choice_of(f, n, is_keyed)
  local choice = f.choices[is_keyed and n % #f.choices + 1 or 1]
  return type(choice) == "table" and choice[1] or choice
end

local function value_of(f, n, is_keyed)
  if f.choices and f.choices[1] ~= nil and not f.unique then return choice_of(f, n, is_keyed) end
  local make = SPECIAL[f.kind.name] or VALUES[f.type]
  return make and make(n, f)
end

-- A row that a relation leads to: each has its own where no two may have the same.
local function target_of(self, f, path, is_keyed)
  local name = f:target_meta().model_name
  if path[name] then return nil end
  if not is_keyed then
    local found = self.state:model(name, self.alias.name).objects:first()
    if found then return found end
  end
  return self:make(name, path)
end

local function values_of(self, meta, n, path, is_sparse)
  local values, keyed = {}, keyed_of(meta)
  for _, f in ipairs(meta.fields) do
    local must = not f.null or f.primary_key
    if not f.auto and not f.generated and (must or not is_sparse) then
      if f.relation then
        values[f.name] = target_of(self, f, path, keyed[f])
      else
        values[f.name] = value_of(f, n, keyed[f])
      end
    end
  end
  return values
end

-- Join tables of ryx's making.
local function link(self, row, meta, path)
  for _, f in ipairs(meta.many_to_many) do
    local other = not f.through and target_of(self, f, path)
    if other then row[f.name]:add(other) end
  end
end

--- Makes a row of a model and those that it needs. `path` are the models that are being made.
function Sampler:make(name, path, is_sparse)
  local class, inner = self.state:model(name, self.alias.name), { [name] = true }
  for k in pairs(path) do inner[k] = true end
  self.number = self.number + 1
  local values = values_of(self, class._meta, self.number, inner, is_sparse)
  local row = class.objects:create(values)
  if not is_sparse then link(self, row, class._meta, {}) end
  return row
end

local PASSES = { cancelled = true, connection = true }

--- Makes rows of models of a state, one with all there is and one with what must be. What cannot be made is told to
--- note(text): checks may want what nobody can guess.
function Sampler:fill(state, names, note)
  self.state = state
  local ours = {}
  for _, meta in ipairs(operation_steps.metas(self.alias, state, names)) do ours[meta.model_name] = true end
  db.schema_changed(self.alias)
  for _, name in ipairs(names) do
    for i = 1, ours[name] and M.ROWS or 0 do
      local ok, err = pcall(self.make, self, name, {}, i > 1)
      if not ok and (not errors.is_error(err) or PASSES[err.kind]) then error(err, 0) end
      if not ok then
        note(("no rows of %s: %s"):format(name, err.message))
        break
      end
    end
  end
end

return M
