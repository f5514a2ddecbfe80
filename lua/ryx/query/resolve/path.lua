-- SPDX-License-Identifier: MIT
-- "author__name__lower": from a path to a column, through joins. At each part of it a
-- field, relation or annotation of what was reached wins; what is left over are
-- transforms and the lookup.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local key = require "ryx.meta.key"
local naming = require "ryx.naming"

local M = {}

local column = builder.column

local function names_of(meta, annotations)
  local names = compat.sorted_keys(meta.paths)
  if not meta.pk_field then names[#names + 1] = "pk" end
  for _, name in ipairs(meta:relation_names()) do names[#names + 1] = name end
  for name in pairs(annotations or {}) do names[#names + 1] = name end
  return names
end

--- Raises for a name that a model does not have.
function M.unknown(meta, name, path, annotations)
  local where = path ~= name and (" (in %q)"):format(path) or ""
  errors.raise("field_error", "%s has no field %q%s%s", meta.model_name, name, where,
    errors.hint(name, names_of(meta, annotations)))
end

local function is_name(meta, name)
  return name and (meta.paths[name] or meta:relation(name))
end

-- Which scope a to-many step from `source` belongs to. In an assignment to-one steps
-- are in a scope of their own, `around`.
local function scope_of(resolver, source)
  if source.scope ~= resolver.builder and source.scope ~= resolver.around then return source.scope end
  if not resolver.own_scope then return resolver.builder end
  resolver.scope = resolver.scope or builder.scope()
  return resolver.scope
end

local function step_many(resolver, source, rel)
  if resolver.about == "filtered rows" then
    local joined = builder.find_many(source, rel, source.scope == resolver.builder and resolver.scope or source.scope)
    if joined then return joined end
    resolver.beyond = resolver.beyond or builder.scope()
    return builder.join_many(source, rel, resolver.beyond)
  end
  local scope = scope_of(resolver, source)
  local call = scope == resolver.builder and resolver.call or nil
  return builder.join_many(source, rel, scope, call)
end

local function is_key(meta, name)
  return name == "pk" or meta.paths[name] ~= nil and meta.paths[name] == meta.pk_field
end

-- A forward relation: its column, or the source it leads to when the path goes on.
local function step_forward(source, field, parts, i)
  local rel = parts[i] == field.name and source.meta:relation(field.name)
  local next_part = parts[i + 1]
  if not rel or not next_part then return column(source, field), nil, i + 1 end
  local target = rel:target_meta()
  if is_key(target, next_part) then return column(source, field), nil, i + 2 end
  if not is_name(target, next_part) then return column(source, field), nil, i + 1 end
  return nil, builder.join_one(source, rel), i + 1
end

-- A reverse or many-to-many relation: its key, or the source when the path goes on.
local function step_relation(resolver, source, rel, parts, i)
  local target = rel:target_meta()
  local next_part = parts[i + 1]
  local goes_on = is_name(target, next_part) and not is_key(target, next_part)
  local after = next_part and is_key(target, next_part) and i + 2 or i + 1
  if rel.single then
    local joined = builder.join_one(source, rel)
    if goes_on then return nil, joined, i + 1 end
    return builder.key(joined), nil, after
  end
  local joined = step_many(resolver, source, rel)
  if goes_on then return nil, builder.beyond(joined), i + 1 end
  local many_key = builder.many_key(joined, rel)
  many_key.related = target
  return many_key, nil, after
end

--- The field of the model's own table that a name means: author, author_id, author__id.
function M.field(meta, name)
  errors.check_type(name, "string", meta.model_name .. ": the name of a field")
  local parts = naming.split(name)
  local field = meta.paths[parts[1]]
  if not field and name == "pk" then key.refuse(meta, "pk", "name them") end
  if not field then M.unknown(meta, parts[1], name) end
  if not parts[2] then return field end
  if field.relation and is_key(field:target_meta(), parts[2]) and not parts[3] then return field end
  errors.raise("field_error", "%s.%s: %q is not a field of its table", meta.model_name, field.name, name)
end

--- Raises for a name that the rows a builder is made of do not hold.
function M.not_held(b, name)
  errors.raise("field_error", "%s: these rows hold no %q%s", b.meta.model_name, name,
    errors.hint(name, compat.sorted_keys(b.annotations)))
end

--- A column of a table that was joined under a name of its own.
function M.joined(join, parts, whole)
  local name = parts[2]
  local made = name and join.column(name)
  if made then return made, 3, parts end
  errors.raise("field_error", "%q: %s has no column %s%s", whole, parts[1], compat.show(name),
    errors.hint(tostring(name), join.names()))
end

-- Of rows that hold names alone: the longest of them that the path begins with.
local function held(b, parts, path)
  for i = #parts - 1, 2, -1 do
    local node = b.annotations[table.concat(parts, "__", 1, i)]
    if node then return node, i + 1, parts end
  end
  return M.not_held(b, path)
end

--- The expression a path begins with and the index after it.
function M.walk(resolver, path)
  local parts = naming.split(path)
  local b = resolver.builder
  local annotation = b.annotations[path]
  if annotation then return annotation, #parts + 1, parts end
  annotation = b.annotations[parts[1]]
  if annotation then return annotation, 2, parts end
  if b.joined and b.joined[parts[1]] then return M.joined(b.joined[parts[1]], parts, path) end
  if b.only_names then return held(b, parts, path) end
  if b.no_row then
    errors.raise("field_error", "%s: F%s: a new row has no values yet that an expression could read", b.meta.model_name,
      compat.show(path))
  end
  local source, i, node = b.root, 1, nil
  while true do
    local name = parts[i]
    local field = source.meta.paths[name]
    local rel = not field and source.meta:relation(name)
    if field and field.relation then
      node, source, i = step_forward(source, field, parts, i)
    elseif field then
      return column(source, field), i + 1, parts
    elseif name == "pk" then
      return builder.key(source), i + 1, parts
    elseif rel then
      node, source, i = step_relation(resolver, source, rel, parts, i)
    else
      M.unknown(source.meta, name, path, source == b.root and b.annotations)
    end
    if node then return node, i, parts end
  end
end

-- The source a to-many relation was joined as by a filter.
local function filtered(source, rel)
  local joined = source and builder.find_many(source, rel, source.scope)
  return joined and not joined.of_aggregate and joined or nil
end

--- The to-many relations that a path goes through, as one text; whether a filter has
--- joined the first of them, and all. nil when there are none. Joins nothing.
function M.chain(b, path)
  local parts, source, meta = naming.split(path), b.root, b.meta
  local names, chain, first, all = {}, nil, false, true
  if b.annotations[path] or b.annotations[parts[1]] then return nil end
  for i, name in ipairs(parts) do
    local field, rel = meta.paths[name], meta:relation(name)
    if not rel or field and not field.relation then break end
    meta, names[i] = rel:target_meta(), name
    if rel.single then
      source = source and source.to_one[rel.name]
    else
      local joined = filtered(source, rel)
      if not chain then first = joined ~= nil end
      chain, all = table.concat(names, "."), all and joined ~= nil
      source = joined and (joined.to and joined.beyond or joined)
    end
  end
  return chain, first, all
end

return M
