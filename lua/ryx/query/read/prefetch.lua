-- SPDX-License-Identifier: MIT
-- qs:prefetch_related, ryx.Prefetch, ryx.prefetch: which relations are to be loaded for a
-- list of objects. A tree of wants { rel, name, queryset, limit, to, below }, checked when
-- it is asked for; load_related loads them.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local load_related = require "ryx.query.read.load_related"
local loaded = require "ryx.row.loaded"
local naming = require "ryx.naming"
local queryset = require "ryx.query.clause.queryset"
local router = require "ryx.db.router"
local value = require "ryx.value"

local methods = {}
local M = { methods = methods }

--- What ryx.Prefetch makes, for prefetch_related.
---@class ryx.Prefetch
local Prefetch = { _class = "prefetch" }
local OPTIONS = { queryset = true, limit = true, to = true }

local function check_queryset(qs, what)
  local mt = type(qs) == "table" and getmetatable(qs)
  if not mt or mt._class ~= "queryset" then
    errors.raise("misuse", "%s: queryset is a queryset, not %s", what, compat.show(qs))
  end
  if qs.limit_value or qs.offset_value then
    errors.raise("misuse", "%s: a limit of the queryset would count all rows: limit = n is for each object", what)
  end
end

--- A path of prefetch_related with a queryset of its own, a limit for each object, or
--- another place for the list.
--- ryx.Prefetch("posts", { queryset = Post.objects:order_by("-id"), limit = 3, to = "recent" })
---@param name string the path of a relation
---@param options? { queryset?: ryx.QuerySet, limit?: integer, to?: string }
---@return ryx.Prefetch
function M.Prefetch(name, options)
  options = options or {}
  if type(name) ~= "string" or name == "" then
    errors.raise("misuse", "Prefetch takes the path of a relation, not %s", compat.show(name))
  end
  local what = ("Prefetch(%q)"):format(name)
  errors.check_options(options, OPTIONS, what)
  if options.queryset ~= nil then check_queryset(options.queryset, what) end
  if options.limit ~= nil then errors.check_whole(options.limit, 1, what .. ": limit") end
  if options.to ~= nil and (type(options.to) ~= "string" or not options.to:find("^%a[%w_]*$")) then
    errors.raise("misuse", "%s: to is a name, not %s", what, compat.show(options.to))
  end
  return setmetatable({ path = name, queryset = options.queryset, limit = options.limit, to = options.to }, Prefetch)
end

local function relation_of(meta, name, full_path)
  local rel = meta:relation(name)
  if rel then return rel end
  if meta.paths[name] then
    errors.raise("field_error", "%s.%s is no relation, so prefetch_related cannot follow it%s", meta.model_name, name,
      errors.hint(name, meta:relation_names()))
  end
  errors.raise("field_error", "prefetch_related: %s has no relation %q%s%s", meta.model_name, name,
    full_path ~= name and (" (in %q)"):format(full_path) or "", errors.hint(name, meta:relation_names()))
end

local function find(wants, name)
  for _, want in ipairs(wants) do
    if want.name == name then return want end
  end
end

-- The place of a list is not one that the model has already.
local function check_place(wants, meta, to)
  if meta.paths[to] or meta.relations[to] or meta.methods[to] or rawget(meta.class, to) ~= nil then
    errors.raise("misuse", "prefetch_related: to = %q is a name that %s has already", to, meta.model_name)
  end
  if find(wants, to) then errors.raise("misuse", "prefetch_related: to = %q is named twice", to) end
end

local function check_special(rel, spec)
  local target = rel:target_meta()
  if spec.queryset and spec.queryset.node.meta.concrete ~= target.concrete then
    errors.raise("misuse", "Prefetch(%q) takes a queryset of %s, not of %s", spec.path, target.model_name,
      spec.queryset.node.meta.model_name)
  end
  if spec.limit and rel.single then
    errors.raise("misuse", "Prefetch(%q): limit has no meaning, %s.%s leads to one row", spec.path,
      rel.meta.model_name, rel.name)
  end
end

-- The want of a name: a place given before, or the relation as it is.
local function plain(wants, meta, name, full_path)
  local known = find(wants, name)
  if known then return known end
  local rel = relation_of(meta, name, full_path)
  known = find(wants, rel.name)
  if not known then
    known = { rel = rel, name = rel.name, below = {} }
    wants[#wants + 1] = known
  end
  return known
end

local function special(wants, meta, name, spec)
  local rel = relation_of(meta, name, spec.path)
  check_special(rel, spec)
  if spec.to then check_place(wants, meta, spec.to) end
  if not spec.to and find(wants, rel.name) then
    errors.raise("misuse", "prefetch_related: %q is named twice; Prefetch(%q, { to = ... }) gives one another place",
      spec.path, spec.path)
  end
  wants[#wants + 1] = {
    rel = rel, name = spec.to or rel.name, queryset = spec.queryset, limit = spec.limit, to = spec.to, below = {},
  }
end

local function add(wants, meta, spec)
  local parts = naming.split(spec.path)
  for i = 1, #parts - 1 do
    local want = plain(wants, meta, parts[i], spec.path)
    wants, meta = want.below, want.rel:target_meta()
  end
  local is_special = spec.queryset or spec.limit or spec.to
  if is_special then return special(wants, meta, parts[#parts], spec) end
  return plain(wants, meta, parts[#parts], spec.path)
end

local Loads = {}
Loads.__index = Loads

local function parents_of(objects, want)
  if want.queryset or want.limit or want.to then return objects, {} end
  local open, known = {}, {}
  for _, object in ipairs(objects) do
    local related = loaded.get(object, want.rel.name)
    if related == nil then open[#open + 1] = object else known[#known + 1] = related end
  end
  return open, known
end

-- Objects that were there already, each once, behind those that were found.
local function with_known(list, known)
  if #known == 0 then return list end
  local out, seen = {}, {}
  local function add_known(object)
    if object == value.null or loaded.is_absent(object) or seen[object] then return end
    seen[object], out[#out + 1] = true, object
  end
  for _, object in ipairs(list) do add_known(object) end
  for _, related in ipairs(known) do
    if getmetatable(related) ~= nil or related == value.null then add_known(related) else
      for _, object in ipairs(related) do add_known(object) end
    end
  end
  return out
end

-- at: as of load_related.
local function run(wants, objects, at)
  for _, want in ipairs(wants) do
    local open, known = parents_of(objects, want)
    local list, on = load_related.relation(open, want, at), want.queryset and want.queryset.on_alias or at.alias
    if #want.below > 0 then
      run(want.below, with_known(list, known), { alias = on, tx = at.tx, cache = at.cache })
    end
  end
end

--- Loads the tree for the rows of a plan, at { alias, tx, cache }. Without an alias a router
--- says where.
function Loads:load(list, plan, at)
  if plan.rows_kind ~= "model" then
    errors.raise("misuse", "%s: prefetch_related and values exclude each other: values gives no objects",
      plan.meta.model_name)
  end
  run(self.wants, list, at)
end

--- The paths that were asked for, as text.
function Loads:show()
  local parts = {}
  for i, spec in ipairs(self.specs) do
    parts[i] = getmetatable(spec) == Prefetch and ("Prefetch(%q)"):format(spec.path) or ("%q"):format(spec.path)
  end
  return table.concat(parts, ", ")
end

-- What was asked for before and these paths.
local function asked(meta, before, ...)
  local n = select("#", ...)
  if n == 0 then errors.raise("misuse", "prefetch_related names no relation") end
  local specs = { compat.unpack(before and before.specs or {}) }
  for i = 1, n do
    local spec = select(i, ...)
    if type(spec) == "string" and spec ~= "" then spec = { path = spec } end
    if type(spec) ~= "table" or type(rawget(spec, "path")) ~= "string" then
      errors.refuse_list(spec, "prefetch_related")
      errors.raise("misuse", "prefetch_related takes paths of relations and ryx.Prefetch, not %s",
        compat.show((select(i, ...))))
    end
    specs[#specs + 1] = spec
  end
  local wants = {}
  for _, spec in ipairs(specs) do add(wants, meta, spec) end
  return setmetatable({ specs = specs, wants = wants }, Loads)
end

-- Do the rows of a node hold no objects?
local function gives_values(node)
  if node.gives_values == nil then node.gives_values = builder.of(node).select ~= nil end
  return node.gives_values
end

--- Loads what relations lead to for all rows at once, with a statement for each of them;
--- paths are nested, ryx.Prefetch has options. false takes back what was asked before.
--- Author.objects:prefetch_related("posts__tags")  -> SELECT ... WHERE author_id IN (...)
---@param ... string|ryx.Prefetch|false
---@return ryx.QuerySet
function methods:prefetch_related(...)
  local node = queryset.node(self, "prefetch_related")
  local out = queryset.copy(self, node)
  if select("#", ...) == 1 and (...) == false then
    out.loads = nil
    return out
  end
  if gives_values(node) then
    errors.raise("misuse", "%s: prefetch_related after values: values gives no objects", node.meta.model_name)
  end
  out.loads = asked(node.meta, self.loads, ...)
  return out
end

--- Loads relations for objects that are there already.  ryx.prefetch(authors, "posts__tags")
---@param list ryx.Model[]
---@param ... string|ryx.Prefetch
---@return ryx.Model[] list
function M.prefetch(list, ...)
  errors.check_type(list, "table", "ryx.prefetch")
  local meta, alias
  for i, object in ipairs(list) do
    local shared = value.is_instance(object) and rawget(object, "_r")
    if not shared then errors.raise("misuse", "ryx.prefetch: item %d is no saved object", i) end
    local model = getmetatable(object).model._meta
    meta, alias = meta or model, alias or shared.alias.name
    if model.concrete ~= meta.concrete or shared.alias.name ~= alias then
      errors.raise("misuse", "ryx.prefetch: item %d is not of the model or database of the first", i)
    end
  end
  if meta then run(asked(meta, nil, ...).wants, list, { alias = not router.current and db.alias(alias) or nil }) end
  return list
end

return M
