-- SPDX-License-Identifier: MIT
-- Which migrations count for a database, and in which order: of a file that replaces others either
-- it or those. It counts where all of them are applied or none, they count where some are.
local compat = require "ryx.compat"
local errors = require "ryx.errors"

-- "all", "none" or "some" of a name: is it applied, or what its file replaces?
local function status_of(files, applied, name)
  if applied[name] then return "all" end
  local replaces = files[name] and files[name].replaces
  local status
  for _, replaced in ipairs(replaces or {}) do
    local one = status_of(files, applied, replaced)
    if status and one ~= status then return "some" end
    status = one
  end
  return status or "none"
end

local function refuse_gone(file, replaced)
  errors.raise("misuse", "the migration %s replaces %s, whose file is gone, and the database has applied some of what "
    .. "it replaces: put the file back until it has all of them", file.name, replaced)
end

-- Fills `instead`: what stands for the names that do not count.
local function choose(files, applied)
  local instead = {}
  for _, name in ipairs(compat.sorted_keys(files)) do
    local file = files[name]
    if file.replaces and status_of(files, applied, name) == "some" then
      instead[name] = file.replaces
      for _, replaced in ipairs(file.replaces) do
        if not files[replaced] and not applied[replaced] then refuse_gone(file, replaced) end
      end
    elseif file.replaces then
      for _, replaced in ipairs(file.replaces) do instead[replaced] = { name } end
    end
  end
  return instead
end

-- The names that stand for one, itself when it counts.
local function standing(instead, name, out)
  out = out or {}
  if not instead[name] then
    out[#out + 1] = name
    return out
  end
  for _, other in ipairs(instead[name]) do standing(instead, other, out) end
  return out
end

local function refuse_missing(files, file, name)
  errors.raise("misuse", "the migration %s depends on %q, which is not there%s", file.name, name,
    errors.hint(name, compat.sorted_keys(files)))
end

-- What each file that counts depends on, among those that count.
local function dependencies(files, instead, applied)
  local of = {}
  for name, file in pairs(files) do
    if not instead[name] then
      of[name] = {}
      for _, dependency in ipairs(file.dependencies) do
        for _, other in ipairs(standing(instead, dependency)) do
          if files[other] then
            -- What it replaces it need not wait for.
            if other ~= name or dependency == name then table.insert(of[name], other) end
          elseif not applied[other] or not instead[dependency] then
            refuse_missing(files, file, other)
          end
        end
      end
      table.sort(of[name])
    end
  end
  return of
end

-- Each after those that it depends on, else by name.
local function sorted(files, of)
  local order, state = {}, {}
  local function visit(name, trail)
    if state[name] == "done" then return end
    if state[name] then
      errors.raise("misuse", "migrations depend on each other in a circle: %s",
        trail:sub((trail:find(name .. " -> ", 1, true))) .. name)
    end
    state[name] = "begun"
    for _, other in ipairs(of[name]) do visit(other, trail .. name .. " -> ") end
    state[name] = "done"
    order[#order + 1] = files[name]
  end
  for _, name in ipairs(compat.sorted_keys(of)) do visit(name, "") end
  return order
end

-- All that can be reached from a name by the arrows of a graph, as a set.
local function reach(arrows, name, found)
  found = found or {}
  for _, other in ipairs(arrows[name] or {}) do
    if not found[other] then
      found[other] = true
      reach(arrows, other, found)
    end
  end
  return found
end

local function turned(of)
  local back = {}
  for name, list in pairs(of) do
    for _, other in ipairs(list) do
      back[other] = back[other] or {}
      table.insert(back[other], name)
    end
  end
  return back
end

--- What counts where `applied` (a set of names) is done: { order = files, heads = names, has = set of
--- names, is_applied = names -> boolean, ancestors(name), descendants(name) -> sets, instead(name) }.
return function(files, applied)
  local instead = choose(files, applied)
  local of = dependencies(files, instead, applied)
  local back = turned(of)
  local view = { order = sorted(files, of), heads = {}, has = {}, is_applied = {} }
  for name in pairs(of) do
    view.has[name] = true
    view.is_applied[name] = status_of(files, applied, name) == "all"
    if not back[name] then table.insert(view.heads, name) end
  end
  table.sort(view.heads)
  function view.ancestors(name) return reach(of, name) end
  function view.descendants(name) return reach(back, name) end
  function view.instead(name) return standing(instead, name) end
  return view
end
