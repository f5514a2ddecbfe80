-- SPDX-License-Identifier: MIT
-- post.author, author.posts, post.tags as data: what a model reaches by one step of a path.
-- A descriptor is { name, kind = "forward" | "reverse" | "many", meta, single, field,
-- target_meta } and for "many" also { through_meta, source_field, target_field, many,
-- reverse_name }.
local M = {}

local function target_of_field(d)
  return d.field:target_meta()
end

local function model_of_field(d)
  return d.field.meta
end

--- A foreign key, seen from its own model.
function M.forward(f)
  return { name = f.name, kind = "forward", meta = f.meta, single = true, field = f, target_meta = target_of_field }
end

local function model_of_many(d)
  return d.many.meta
end

local function target_of_many(d)
  return d.many:target_meta()
end

local function through_meta(d)
  return d.many:through_meta()
end

local function from_key(d)
  return (d.many:join_keys())
end

local function to_key(d)
  return select(2, d.many:join_keys())
end

--- A many-to-many relation, seen from its own model.
function M.many(f)
  return {
    name = f.name, kind = "many", meta = f.meta, many = f,
    reverse_name = f:is_symmetrical() and f.name or M.reverse_name(f),
    target_meta = target_of_many, through_meta = through_meta, source_field = from_key, target_field = to_key,
  }
end

--- Any relation seen from the model `meta` it points to, under the name it has there.
function M.reverse(f, meta)
  local name = M.reverse_name(f)
  if f.many then
    return {
      name = name, kind = "many", meta = meta, many = f, reverse_name = f.name, target_meta = model_of_many,
      through_meta = through_meta, source_field = to_key, target_field = from_key,
    }
  end
  return {
    name = name, kind = "reverse", meta = meta, single = f.kind.one_to_one, field = f, target_meta = model_of_field,
  }
end

--- The name of the other side: related_name, else made of the model's; nil when
--- there is none. A hidden many-to-many side has a private one, for paths of ryx's own.
function M.reverse_name(f)
  local model = f.meta.model_name:lower()
  if f.many and f:is_symmetrical() then return nil end
  if f.related_name == "+" then return f.many and "_" .. model .. "_" .. f.name or nil end
  return f.related_name or f.kind.one_to_one and model or model .. "_set"
end

--- The name under which the object a one-to-one leads to knows what refers to it;
--- nil for others.
function M.single_reverse_name(f)
  return f.kind.one_to_one and M.reverse_name(f) or nil
end

--- The relation's field, whatever its kind.
function M.field_of(d)
  return d.field or d.many
end

--- How messages call it: Post.author
function M.label(d)
  local f = M.field_of(d)
  return f.meta.model_name .. "." .. f.name
end

-- Further names in paths: the model's beats a table's; two tables of one name have none.
local function add_weak(found, name, d, weight)
  local other = found[name]
  if not other or other.weight < weight then
    found[name] = { d = d, weight = weight }
  elseif other.weight == weight then
    other.d = nil
  end
end

--- The names that other sides without related_name have in paths only: name -> descriptor.
function M.weak_names(relations)
  local found, out = {}, {}
  for _, d in pairs(relations) do
    local f = M.field_of(d)
    if d.meta ~= f.meta or f.name ~= d.name then
      if not f.related_name then
        add_weak(found, f.meta.model_name:lower(), d, 2)
        add_weak(found, f.meta.table_name, d, 1)
      end
    end
  end
  for name, weak in pairs(found) do out[name] = weak.d end
  return out
end

return M
