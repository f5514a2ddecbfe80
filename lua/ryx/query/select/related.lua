-- SPDX-License-Identifier: MIT
-- qs:select_related: to-one relations whose objects come with the rows, from joins of
-- the same statement. A part is { rel, parent, number, source, from, key }; of each
-- read/row_shape makes an object that hangs on its row's.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local naming = require "ryx.naming"

local M = {}

-- How far select_related() without names goes.
local DEPTH = 5

local function single_names(meta)
  local names = {}
  for _, name in ipairs(meta:relation_names()) do
    if meta:relation(name).single then names[#names + 1] = name end
  end
  return names
end

-- The relation of a name that has one object at most.
local function relation_of(meta, name, what)
  local rel = meta:relation(name)
  if not rel and meta.paths[name] then
    errors.raise("field_error", "%s.%s is no relation, so %s cannot follow it%s", meta.model_name, name, what,
      errors.hint(name, single_names(meta)))
  end
  if not rel then
    errors.raise("field_error", "%s: %s has no relation %q%s", what, meta.model_name, name,
      errors.hint(name, single_names(meta)))
  end
  if not rel.single then
    errors.raise("field_error", "%s.%s leads to many rows, which no join can bring: use prefetch_related(%q)",
      meta.model_name, name, name)
  end
  return rel
end

local function part_of(parts, parent, rel)
  for _, part in ipairs(parts) do
    if part.parent == parent and part.rel == rel then return part end
  end
  local part = { rel = rel, parent = parent, number = #parts + 1 }
  parts[#parts + 1] = part
  return part
end

local function add_path(b, name)
  local meta, parent = b.meta, nil
  for _, piece in ipairs(naming.split(name)) do
    parent = part_of(b.related, parent, relation_of(meta, piece, "select_related"))
    meta = parent.rel:target_meta()
  end
end

-- Every foreign key that is never NULL, of the model and of those it leads to.
local function add_all(b, meta, parent, depth)
  for _, field in ipairs(meta.fields) do
    if field.relation and not field.null and depth <= DEPTH then
      local part = part_of(b.related, parent, meta.relations[field.name])
      add_all(b, part.rel:target_meta(), part, depth + 1)
    end
  end
end

--- The clause of select_related(names...); without names all that are never NULL.
function M.selecting(names)
  return function(b)
    if b.select then
      errors.raise("misuse", "%s: select_related after values: values gives no objects", b.meta.model_name)
    end
    b.related = b.related or {}
    for _, name in ipairs(names) do add_path(b, name) end
    if #names == 0 then add_all(b, b.meta, nil, 1) end
  end
end

--- The clause of select_related(false).
function M.clear(b)
  b.related = nil
end

--- Names of relations as arguments of select_related, checked.
function M.check_names(...)
  local names = { ... }
  for i = 1, select("#", ...) do
    if type(names[i]) ~= "string" or names[i] == "" then
      errors.refuse_list(names[i], "select_related")
      errors.raise("misuse", "select_related takes names of relations, not %s", compat.show(names[i]))
    end
  end
  return names
end

-- The path of a part by the names of its relations.
local function id_of(part)
  return (part.parent and id_of(part.parent) .. "__" or "") .. part.rel.name
end

--- The fields of a model that only or defer names; those behind relations go into the
--- build, for the parts of select_related.
function M.choose(b, what, names)
  local own = {}
  if what == "only" then b.below = nil end
  for _, name in ipairs(names) do
    local pieces, meta, ids = naming.split(name), b.meta, {}
    for i = 1, #pieces - 1 do
      local rel = relation_of(meta, pieces[i], what)
      ids[i], meta = rel.name, rel:target_meta()
    end
    local field, id = meta:get_field(pieces[#pieces]), table.concat(ids, "__")
    if id == "" then own[field] = true else
      b.below = b.below or {}
      b.below[id] = b.below[id] or { what = what, name = name }
      b.below[id][field] = b.below[id].what == what or nil
    end
  end
  return own
end

-- Columns that lead from an object to what hangs on it are always read.
local function leads(b, part, field)
  for _, below in ipairs(b.related) do
    if below.parent == part and below.rel.field == field then return true end
  end
  return part ~= nil and part.rel.kind == "reverse" and part.rel.field == field
end

--- Fields of a row that lead to what is joined: only keeps them.
function M.keep_keys(b)
  for _, field in ipairs(b.related and b.meta.fields or {}) do
    if leads(b, nil, field) then b.chosen[field] = true end
  end
end

--- The fields of a part that are read, and the columns that are not.
function M.fields_of(b, part)
  local meta, spec = part.rel:target_meta(), b.below and b.below[id_of(part)]
  if not spec then return meta.fields, nil end
  local fields, lacking = {}, {}
  for _, field in ipairs(meta.fields) do
    local named = spec[field] or false
    if named == (spec.what == "only") or meta.is_key[field] or leads(b, part, field) then
      fields[#fields + 1] = field
    else
      lacking[field.attname] = true
    end
  end
  return fields, lacking
end

local function check_below(b)
  local joined = {}
  for _, part in ipairs(b.related or {}) do joined[id_of(part)] = true end
  for _, id in ipairs(compat.sorted_keys(b.below)) do
    if not joined[id] then
      local spec = b.below[id]
      errors.raise("misuse", "%s: %s names %q, which is not read with the rows: add select_related(%q)",
        b.meta.model_name, spec.what, spec.name, id)
    end
  end
end

--- Joins the parts of a builder; their columns are added to the outputs.
function M.outputs(b, outputs)
  if b.below then check_below(b) end
  for _, part in ipairs(b.related or {}) do
    local meta = part.rel:target_meta()
    part.source = builder.join_one(part.parent and part.parent.source or b.root, part.rel)
    part.from = #outputs + 1
    for _, field in ipairs((M.fields_of(b, part))) do
      outputs[#outputs + 1] = { expr = builder.column(part.source, field), name = "" }
      if field == meta.key_fields[1] then part.key = #outputs end
    end
  end
end

return M
