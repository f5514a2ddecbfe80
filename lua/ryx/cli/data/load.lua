-- SPDX-License-Identifier: MIT
-- Lines into tables, all or none. Rows wait until many of a kind can be written by one statement; what a line of them
-- is refused for is found by writing one after the other. A row whose key is there takes the line's values. Keys that
-- lead to rows of later lines are put off as soon as the first is met, and then checked at the end.
local errors = require "ryx.errors"
local line = require "ryx.cli.data.line"
local models = require "ryx.cli.data.models"
local orphan = require "ryx.cli.data.orphan"
local router = require "ryx.db.router"
local copy_from = require("ryx.query.write.copy_from").run
local compat = require "ryx.compat"
local transaction = require "ryx.db.transaction"

local M = {}

local MOST = 5000

local Loader = {}
Loader.__index = Loader

local function new(metas, by_name)
  return setmetatable({
    metas = metas, by_name = by_name,
    places = {},   -- a meta -> which comes first when rows are written
    waiting = {},  -- heaps, each of rows of a meta that have the same fields
    heaps = {},    -- the same by meta
    is_new = {},   -- a meta -> its table had no rows
    put_off = {},  -- an alias -> the function that has its keys looked at again; false: it cannot be
    rows = 0,
  }, Loader)
end

-- Heaps.

-- Has a row just the fields of a heap?
local function fits(heap, row)
  local n, set = 0, heap.set
  for name in next, row do
    if not set[name] then return false end
    n = n + 1
  end
  return n == #heap.names
end

function Loader:new_heap(meta, row)
  local heap = { meta = meta, names = compat.sorted_keys(row), set = {}, list = {}, n = #self.waiting }
  for _, name in ipairs(heap.names) do heap.set[name] = true end
  self.places[meta] = self.places[meta] or #self.metas + 1 -- join tables come last
  self.heaps[meta] = self.heaps[meta] or {}
  table.insert(self.heaps[meta], heap)
  table.insert(self.waiting, heap)
  return heap
end

function Loader:heap(meta, row)
  for _, heap in ipairs(self.heaps[meta] or {}) do
    if fits(heap, row) then return heap end
  end
  return self:new_heap(meta, row)
end

-- entry: what line.read gives.
function Loader:add(entry)
  local heap = self:heap(entry.meta, entry.row)
  local list = heap.list
  list[#list + 1] = entry
  if #list >= MOST then self:write_all() end
end

-- Writing.

local function alias_of(meta)
  return router.write(meta)
end

local function insert(meta, names, list)
  local i = 0
  if not list[1] then return end
  copy_from(meta.class, function()
    i = i + 1
    return list[i] and list[i].row
  end, { fields = names[1] and names or nil, using = alias_of(meta).name, batch = MOST })
end

local function key_names(meta)
  local names = {}
  for i, f in ipairs(meta.key_fields) do names[i] = f.attname end
  return compat.unpack(names)
end

-- Which of some rows are there, by their keys as text.
local function those_there(meta, list)
  local keys, there = {}, {}
  for _, entry in ipairs(list) do
    if entry.key ~= nil then keys[#keys + 1] = entry.key end
  end
  if not keys[1] then return there end
  for _, values in ipairs(meta.rows:using(alias_of(meta).name):filter{ pk__in = keys }
      :values_list(key_names(meta)):all()) do
    there[line.id(meta, values)] = true
  end
  return there
end

local function update(meta, names, entry)
  local sets, has_any = {}, false
  for _, name in ipairs(names) do
    if not meta.is_key[meta.paths[name]] then sets[name], has_any = entry.row[name], true end
  end
  if has_any then meta.rows:using(alias_of(meta).name):filter{ pk = entry.key }:update(sets) end
end

-- The lists of a row that was there are other ones now.
local function clear_lists(entry)
  for _, list in ipairs(entry.lists) do
    local join, from = list.many:through_meta(), list.many:join_keys()
    join.rows:using(alias_of(join).name):filter{ [from.attname] = entry.key }:delete()
  end
end

-- Updates the rows that are there; the others.
local function update_some(heap, list, there)
  local fresh = {}
  for _, entry in ipairs(list) do
    local id = entry.key ~= nil and line.id(heap.meta, line.values(heap.meta, entry.key))
    if id and there[id] then
      update(heap.meta, heap.names, entry)
      clear_lists(entry)
    else
      fresh[#fresh + 1] = entry
    end
  end
  return fresh
end

-- Writes rows of one kind in a savepoint.
local function write(heap, list, may_be_there)
  local meta = heap.meta
  local there = may_be_there and those_there(meta, list) or {}
  transaction.run(function()
    local fresh = next(there) ~= nil and update_some(heap, list, there) or list
    insert(meta, heap.names, fresh)
  end, { alias = alias_of(meta).name })
end

-- Rows that a key leads to may come later: true where keys can be put off, and were not yet.
function Loader:put_off_keys(meta)
  local alias = alias_of(meta)
  if self.put_off[alias] ~= nil then return false end
  local metas = {}
  for _, own in ipairs(self.metas) do
    if alias_of(own) == alias then
      metas[#metas + 1] = own
      for _, many in ipairs(models.lists(own)) do metas[#metas + 1] = many:through_meta() end
    end
  end
  self.put_off[alias] = require("ryx.migrations.rows").defer_keys(alias, metas) or false
  return self.put_off[alias] ~= false
end

-- What is wrong with a row, in ryx's words where it has some.
local function problem(err)
  if err.model and err.errors then
    local parts = {}
    for _, name in ipairs(compat.sorted_keys(err.errors)) do
      local of = name == "__all__" and err.model or err.model .. "." .. name
      parts[#parts + 1] = of .. ": " .. table.concat(err.errors[name], " ")
    end
    return table.concat(parts, " ")
  end
  return (tostring(err.message):gsub("^row %d+: ", ""):gsub("^rows %d+ to %d+: ", ""))
end

-- Says which line it was.
local function fail(number, err)
  if not errors.is_error(err) then error(err, 0) end
  error(errors.new{ kind = err.kind, message = ("line %d: %s"):format(number, problem(err)) }, 0)
end

-- Writes rows, with keys put off if need be: true, or false and the error.
function Loader:try(heap, list, may_be_there)
  local ok, err = pcall(write, heap, list, may_be_there)
  if not ok and errors.is_error(err) and err.kind == "foreign_key_violation" and self:put_off_keys(heap.meta) then
    ok, err = pcall(write, heap, list, may_be_there)
  end
  return ok, err
end

-- What ends the transaction or the program is not a matter of one row.
local OF_ROWS = {
  unique_violation = true, foreign_key_violation = true, not_null_violation = true, check_violation = true,
  validation = true, field_error = true, misuse = true, unsupported = true, operational = true,
}

function Loader:write_heap(heap)
  local list, meta = heap.list, heap.meta
  heap.list = {}
  if self.is_new[meta] == nil then self.is_new[meta] = not meta.rows:using(alias_of(meta).name):exists() end
  local ok, err = self:try(heap, list, not self.is_new[meta])
  if ok then return end
  if not (errors.is_error(err) and OF_ROWS[err.kind]) then error(err, 0) end
  for _, entry in ipairs(list) do
    local is_written, why = self:try(heap, { entry }, true)
    if not is_written then
      -- Alone a row may lack another one of its heap: what all were refused for is the matter then.
      local is_same = errors.is_error(why) and why.kind == err.kind
      fail(is_same and entry.number or list[1].number, is_same and why or err)
    end
  end
end

-- Rows of what others refer to go first.
function Loader:write_all()
  local list, places = {}, self.places
  for _, heap in ipairs(self.waiting) do
    if heap.list[1] then list[#list + 1] = heap end
  end
  table.sort(list, function(a, b)
    if places[a.meta] ~= places[b.meta] then return places[a.meta] < places[b.meta] end
    return a.n < b.n
  end)
  for _, heap in ipairs(list) do self:write_heap(heap) end
end

-- Lines.

function Loader:add_lists(read, number)
  for _, list in ipairs(read.lists) do
    local join, from, to = list.many:through_meta(), list.many:join_keys()
    local seen = {}
    for _, key in ipairs(list.keys) do
      if not seen[key] then
        seen[key] = true
        local row = { [from.attname] = read.key, [to.attname] = key }
        self:add{ meta = join, number = number, lists = {}, row = row }
      end
    end
  end
end

function Loader:take(number, text)
  local ok, read = pcall(line.read, text, self.by_name, number)
  if not ok then fail(number, read) end
  if read.lists[1] and read.key == nil then
    fail(number, errors.new{ kind = "validation", message = "a row with lists needs its pk" })
  end
  self:add(read)
  self:add_lists(read, number)
  self.rows = self.rows + 1
end

-- Databases look at keys that were put off late or never, and name no line.
function Loader:finish(source)
  self:write_all()
  for alias, look in pairs(self.put_off) do
    if look then
      local metas = {}
      for meta in pairs(self.places) do
        if alias_of(meta) == alias then metas[#metas + 1] = meta end
      end
      orphan.refuse(alias, metas, source, self.by_name)
      look()
    end
  end
end

--- Writes the lines of a source into the tables of models: how many rows. step(text) is told what goes on.
function M.run(project_models, source, step)
  local metas, by_name = models.all(project_models)
  local loader = new(metas, by_name)
  for i, meta in ipairs(metas) do loader.places[meta] = i end
  return models.within(metas, {}, function()
    for number, text in source:lines() do
      loader:take(number, text)
      if loader.rows % MOST == 0 then step(("%d rows"):format(loader.rows)) end
    end
    loader:finish(source)
    return loader.rows
  end)
end

return M
