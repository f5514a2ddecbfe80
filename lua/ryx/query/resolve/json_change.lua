-- SPDX-License-Identifier: MIT
-- F"meta":set("a", 1):remove("b"): a document with other values at some places. A chain of
-- changes becomes one tree of them, so that no change holds a copy of the document that
-- those before it give.
--
-- A key applies to objects and a position to arrays; where there is something else the
-- document stays as it is. What is not there, or JSON's null, becomes an object or an array
-- for what is set in it.
local convert = require "ryx.query.fn.convert"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local of_resolver = require "ryx.query.resolve.resolver"
local types = require "ryx.query.fn.types"

local handlers, failing = of_resolver.handlers, of_resolver.failing

-- By the type of a step: what it applies to.
local FAMILY = {
  string = { whole = "json_object_of", some = "json_if_object" },
  number = { whole = "json_array_of", some = "json_if_array" },
}

-- A place in the document and what changes below it: `base` is what it holds before, lists
-- of changes by family are in `changes`, the families in the order in which they came in
-- `families`. It `creates` the family of what is set first, nil where all is removed.
-- A change is { step, value } or { step, below = place } (`is_made`: what is there is a
-- value that was set before), or { step } alone, which removes.
local function place(base)
  return { base = base, families = {}, changes = {}, creates = nil }
end

local function changes_of(at, step)
  local family = FAMILY[type(step)]
  local list = at.changes[family]
  if not list then
    list = {}
    at.changes[family] = list
    at.families[#at.families + 1] = family
  end
  return list
end

-- Does a change put something at its step, whatever was there?
local function is_set(change)
  return change.value ~= nil or change.below ~= nil and (change.is_made or change.below.creates ~= nil)
end

local function find_key(list, key)
  for i, change in ipairs(list) do
    if change.step == key then return i end
  end
  return nil
end

-- Of an array the last change alone, as others move its items; and what was set may have
-- been appended in another place than it named, but for the first.
local function find_item(list, position)
  local last = list[#list]
  return last and last.step == position and (position == 0 or not is_set(last)) and #list or nil
end

-- The place that a step leads to; nil where only the whole document so far tells what is
-- there.
local function below(at, step)
  local list = changes_of(at, step)
  local is_key = type(step) == "string"
  local i = (is_key and find_key or find_item)(list, step)
  if i then
    local change = list[i]
    if change.value then change.below, change.value, change.is_made = place(change.value), nil, true end
    return change.below
  end
  if not is_key and #list > 0 then return nil end
  local part = ir.json_part(at.base, { step })
  part.kind = "raw"
  list[#list + 1] = { step = step, below = place(part) }
  return list[#list].below
end

-- Puts a change into the tree: false where that needs the document so far.
local function put(at, steps, value)
  local places = { at }
  for i = 1, #steps - 1 do
    places[i + 1] = below(places[i], steps[i])
    if not places[i + 1] then return false end
  end
  local step = steps[#steps]
  local list = changes_of(places[#steps], step)
  local i = type(step) == "string" and find_key(list, step) or #list + 1
  list[i] = { step = step, value = value }
  for k, on_the_way in ipairs(value and places or {}) do
    on_the_way.creates = on_the_way.creates or FAMILY[type(steps[k])]
  end
  return true
end

local build

-- What is put at a place.
local function content(change)
  return ir.call("json_part", "json", { change.value or build(change.below) })
end

-- The function of a change: what only removes below makes nothing.
local function verb(change)
  if not change.value and not change.below then return "json_remove" end
  return is_set(change) and "json_set" or "json_replace"
end

local function add(args, change, step)
  args[#args + 1] = step
  if change.value or change.below then args[#args + 1] = content(change) end
end

local function apply_items(changes, node)
  for _, change in ipairs(changes) do
    local args = { node }
    add(args, change, ir.int(change.step))
    node = ir.call(verb(change) .. "_item", "json", args)
  end
  return node
end

local AT_ONCE = 40 -- keys, of the arguments that a function takes

-- Keys are apart from each other, so those of one verb are changed by one call: SQLite reads
-- no deep nests.
local function apply_keys(changes, node)
  for _, name in ipairs{ "json_remove", "json_set", "json_replace" } do
    local most, args, n = name == "json_replace" and 1 or AT_ONCE, { node }, 0
    for _, change in ipairs(changes) do
      if verb(change) == name then
        if n == most then args, n = { ir.call(name .. "_key", "json", args) }, 0 end
        add(args, change, ir.call("json_key", "text", { ir.text(change.step) }))
        n = n + 1
      end
    end
    if n > 0 then node = ir.call(name .. "_key", "json", args) end
  end
  return node
end

function build(at)
  local node = at.base
  for _, family in ipairs(at.families) do
    local start = at.creates == family and family.whole or family.some
    local apply = family == FAMILY.string and apply_keys or apply_items
    local some = ir.call(start, "json", { node }, { null = true })
    node = ir.call("json_or", "json", { apply(at.changes[family], some), node }, { null = not at.creates })
  end
  return node
end

-- The changes of a chain, the first one first, and what they are changes of.
local function chain(term)
  local list = {}
  while term.op == "json_set" or term.op == "json_remove" do
    table.insert(list, 1, term)
    term = term[1]
  end
  return list, term
end

local function base_of(resolver, term)
  local base = resolver:resolve(term)
  if base.type == "null" or base.loose and base.op == "param" then base = types.coerce(base, { type = "json" }) end
  if base.type ~= "json" then
    errors.raise("field_error", "set() and remove() change JSON, not a value of type %s", base.type)
  end
  return base
end

local function steps_of(term, from)
  local steps = {}
  for i = from, term.n do steps[#steps + 1] = term[i] end
  return steps
end

local function change(resolver, term)
  local list, bottom = chain(term)
  local root = place(base_of(resolver, bottom))
  for _, one in ipairs(list) do
    local sets = one.op == "json_set"
    local value = sets and convert.document(resolver:resolve(one[2]), failing "set") or nil
    local steps = steps_of(one, sets and 3 or 2)
    if not put(root, steps, value) then
      root = place(build(root))
      put(root, steps, value)
    end
  end
  return build(root)
end

handlers.json_set, handlers.json_remove = change, change
