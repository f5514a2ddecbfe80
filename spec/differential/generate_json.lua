-- SPDX-License-Identifier: MIT
-- Random conditions on JSON documents.
local json = require "differential.json"
local values = require "differential.values"

local M = {}

local TEXT = { iexact = true, contains = true, icontains = true, startswith = true, endswith = true }

local function range_of(a, b)
  return a < b and { a, b } or { b, a }
end

local JSON_KEYS = {
  { "n" }, { "s" }, { "b" }, { "a b" }, { "é" }, { "o", "n" }, { "o", "s" }, { "tags", 0 }, { "tags", 1 },
  { "contains" }, { "key" }, { "nothing" }, { "o" }, { "o", "o", "n" },
}

local function any_document(g, e, sample)
  return sample(g, { owner = e.owner, name = e.name, t = "json" })
end

local function scalar(g, kind)
  local r = g.r
  if kind == "number" then return r:chance(70) and r:int(-3, 12) or r:int(-9, 9) + 0.25 end
  if kind == "bool" then return r:chance(50) end
  return r:pick{ "x", "X", "10", "", "é", "a'b", "true", "x y", "y" }
end

local function json_path_condition(g, c)
  local r = g.r
  c.at, c.value_type = r:pick(JSON_KEYS), "scalar"
  local kind = r:weighted{ "number", 4, "text", 4, "bool", 1 }
  local lookup = r:weighted{
    "exact", 4, "in", 2, "isnull", 2, "gt", 2, "lte", 2, "range", 1,
    "icontains", 1, "startswith", 1, "endswith", 1, "contains", 1, "iexact", 1,
  }
  c.lookup = lookup
  c.written = true
  if TEXT[lookup] then kind = "text" end
  if kind == "bool" and lookup ~= "isnull" then c.lookup = "exact" end
  lookup = c.lookup
  if lookup == "isnull" then c.value = r:chance(50)
  elseif lookup == "in" then c.value = { scalar(g, kind), scalar(g, kind) }
  elseif lookup == "range" then c.value = range_of(scalar(g, kind), scalar(g, kind))
  elseif lookup == "exact" and r:chance(15) then c.value = json.null
  else c.value = scalar(g, kind) end
  return c
end

-- Some members of an object, so that it is contained in it.
local function fragment(g, e, sample)
  local doc = any_document(g, e, sample)
  if json.kind(doc) ~= "object" then return json.object{ n = g.r:int(0, 5) } end
  local out = {}
  for _, key in ipairs(g.r:some(json.keys(doc), g.r:int(0, 2))) do out[key] = doc[key] end
  return json.object(out)
end

local WHOLE = { {} }

--- A JSON field of a model or a part of its documents; nil when it has none.
function M.part(g, model)
  local fields = {}
  for _, f in ipairs(model.fields) do
    if f.type == "json" then fields[#fields + 1] = f.name end
  end
  if #fields == 0 then return nil end
  local at = g.r:pick(g.r:chance(85) and JSON_KEYS or WHOLE)
  local e = { k = "field", path = {}, name = g.r:pick(fields), t = "json", spell = 0, at = #at > 0 and at or nil }
  -- As a path some keys would be read as something else.
  for _, step in ipairs(at) do
    if step == "key" or step == "contains" or g.r:chance(30) then e.called = true end
  end
  return e
end

--- Fills a condition on a JSON field.
function M.condition(g, c, e, sample)
  local r = g.r
  if r:chance(60) then return json_path_condition(g, c) end
  c.lookup = r:weighted{
    "exact", 3, "has_key", 3, "has_any", 2, "has_all", 2, "json_contains", 3, "contained_by", 1, "isnull", 2,
  }
  c.value_type = "json"
  if c.lookup == "isnull" then c.value = r:chance(50)
  elseif c.lookup == "has_key" then c.value, c.value_type = r:pick(values.KEYS), "text"
  elseif c.lookup == "has_any" or c.lookup == "has_all" then
    c.value, c.value_type = r:some(values.KEYS, r:int(0, 3)), "text"
  elseif c.lookup == "json_contains" then c.value = fragment(g, e, sample)
  else c.value = any_document(g, e, sample) end
  return c
end

return M
