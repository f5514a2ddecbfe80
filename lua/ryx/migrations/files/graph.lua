-- SPDX-License-Identifier: MIT
-- The migrations of a folder: which come before which, and the way from those that a database has
-- to those that it shall have. A file that replaces others stands for them, until a database is
-- found that has some of them.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local folder = require "ryx.folder"
local load_file = require "ryx.migrations.files.file"
local state = require "ryx.migrations.state"
local view_of = require "ryx.migrations.files.view"

local M = {}

local Graph = {}
Graph.__index = Graph

-- All names that a file stands for, those of files that it replaces with what they replace.
local function covered(by_name, file, names)
  for _, name in ipairs(file.replaces or {}) do
    names[#names + 1] = name
    if by_name[name] then covered(by_name, by_name[name], names) end
  end
  return names
end

--- The graph of files; each gets `covers`, the names that it stands for.
function M.new(files, dir)
  local by_name = {}
  for _, file in ipairs(files) do by_name[file.name] = file end
  for _, file in ipairs(files) do file.covers = covered(by_name, file, {}) end
  local graph = setmetatable({ files = by_name, dir = dir }, Graph)
  graph.all = view_of(by_name, {})
  return graph
end

-- NNNN_name.lua is a migration, and other files of Lua may be what those require.
local function is_migration(dir, name)
  if not name:find("^%d.*%.lua$") then return false end
  if not name:find("^%d+_[%w_]+%.lua$") then
    errors.raise("misuse", "%s/%s is no name of a migration: they are called 0001_initial.lua, with letters, digits "
      .. "and underscores", dir, name)
  end
  return true
end

--- The graph of a folder; of one that is not there it is empty.
function M.load(dir)
  local files = {}
  for _, name in ipairs(folder.names(dir) or {}) do
    if is_migration(dir, name) then files[#files + 1] = load_file.load(dir .. "/" .. name) end
  end
  return M.new(files, dir)
end

--- The files in an order in which each comes after those that it depends on.
function Graph:order()
  return self.all.order
end

--- The names of the files that no other depends on, sorted.
function Graph:heads()
  return self.all.heads
end

--- The name of the one head, nil of no files. Several are an error: who applies them in whichever
--- order would have to guess.
function Graph:head()
  local heads = self:heads()
  if heads[2] then
    errors.raise("misuse", "the migrations have several ends, %s: ryx makemigrations --merge joins them",
      table.concat(heads, " and "))
  end
  return heads[1]
end

--- The number of the next file, as text.
function Graph:next_number()
  local last = 0
  for name in pairs(self.files) do last = math.max(last, tonumber(name:match("^%d+"))) end
  return ("%04d"):format(last + 1)
end

-- Names that begin like a prefix; the whole name is one alone.
local function beginning(names, prefix)
  local found = {}
  for _, name in ipairs(names) do
    if name == prefix then return { name } end
    if name:sub(1, #prefix) == prefix then found[#found + 1] = name end
  end
  return found
end

--- The file of a name or of the beginning of one name.
function Graph:find(prefix)
  local names = compat.sorted_keys(self.files)
  local found = beginning(names, prefix)
  if found[2] then
    errors.raise("misuse", "several migrations begin with %q: %s", prefix, table.concat(found, ", "))
  end
  if not found[1] then
    errors.raise("misuse", "there is no migration %q in %s%s", prefix, self.dir,
      names[1] and errors.hint(prefix, names) or "")
  end
  return self.files[found[1]]
end

--- Names that a database has applied and that no file is called or replaces, sorted.
function Graph:unknown(applied)
  local known, out = {}, {}
  for name, file in pairs(self.files) do
    known[name] = true
    for _, replaced in ipairs(file.replaces or {}) do known[replaced] = true end
  end
  for _, name in ipairs(compat.sorted_keys(applied)) do
    if not known[name] then out[#out + 1] = name end
  end
  return out
end

-- What a file makes of a state; what fails names the file.
local function apply(file, before)
  local after = before
  for _, op in ipairs(file.operations) do
    local ok, result = pcall(op.apply, op, after)
    if not ok then
      if not errors.is_error(result) then error(result, 0) end
      errors.raise(result.kind, "the migration %s: %s", file.name, result.message)
    end
    after = result
  end
  return after
end

local function fold(files)
  local s = state.new()
  for _, file in ipairs(files) do s = apply(file, s) end
  return s
end

--- The state that some files lead to, in their order.
function Graph:fold(files) -- luacheck: no self
  return fold(files)
end

--- A name and all that it depends on, as a set.
function Graph:with_ancestors(name)
  local set = self.all.ancestors(name)
  set[name] = true
  return set
end

--- The state that all files lead to.
function Graph:state()
  return fold(self.all.order)
end

--- The files before one where all are applied in their order.
function Graph:files_before(name)
  local before = {}
  for _, file in ipairs(self.all.order) do
    if file.name == name then break end
    before[#before + 1] = file
  end
  return before
end

--- The state before a file where all are applied in their order.
function Graph:state_before(name)
  return fold(self:files_before(name))
end

-- The files that lead from a set of applied names to a target: what it depends on forwards, what
-- depends on it backwards.
local function wanted(self, view, target)
  if target == nil then return function() return true end end
  if target == "zero" then return function() return false end end
  local file = self:find(target)
  if not view.has[file.name] then
    errors.raise("misuse", "the migration %s is replaced by %s", file.name, table.concat(view.instead(file.name), ", "))
  end
  local below, above = view.ancestors(file.name), view.descendants(file.name)
  return function(name)
    if name == file.name or below[name] then return true end
    if above[name] then return false end
    return view.is_applied[name] -- beside the way
  end
end

--- The way from a set of applied names to a target (nil: all, "zero", a name or its beginning), as
--- steps { file, backwards }. A step with `recorded` has nothing to do: all that its file replaces
--- is there, and so it is noted as applied.
function Graph:plan(applied, target)
  local view, back, forth = view_of(self.files, applied), {}, {}
  local is_wanted = wanted(self, view, target)
  for _, file in ipairs(view.order) do
    local is, shall = view.is_applied[file.name], is_wanted(file.name)
    if is and not shall then table.insert(back, 1, { file = file, backwards = true }) end
    if shall and not is then forth[#forth + 1] = { file = file } end
    if is and shall and not applied[file.name] then forth[#forth + 1] = { file = file, recorded = true } end
  end
  for _, step in ipairs(forth) do back[#back + 1] = step end
  return back
end

-- The state of the files that are in a set.
local function state_of(order, set)
  local files = {}
  for _, file in ipairs(order) do
    if set[file.name] then files[#files + 1] = file end
  end
  return fold(files)
end

--- The state of a database that has applied these names.
function Graph:state_with(applied)
  local view = view_of(self.files, applied)
  return state_of(view.order, view.is_applied)
end

--- The steps of a plan, each with the states without and with its file:
--- for step, without, with in graph:walk(applied, plan) do ... end
function Graph:walk(applied, plan)
  local view, set, i, now = view_of(self.files, applied), {}, 0, nil
  for name, is in pairs(view.is_applied) do set[name] = is or nil end
  return function()
    i = i + 1
    local step = plan[i]
    if not step then return nil end
    if step.recorded then return step end
    local name = step.file.name
    now = now or state_of(view.order, set)
    local with, without = now, now
    set[name] = not step.backwards or nil
    if step.backwards then without = state_of(view.order, set) else with = apply(step.file, now) end
    now = step.backwards and without or with
    return step, without, with
  end
end

return M
