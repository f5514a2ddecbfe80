-- SPDX-License-Identifier: MIT
-- QuerySet: chain methods return a changed copy, terminals run. A manager is a
-- queryset without conditions.
local bulk_create = require "ryx.query.write.bulk_create"
local bulk_update = require "ryx.query.write.bulk_update"
local chain = require "ryx.query.clause.chain"
local combine = require "ryx.query.clause.combine"
local compat = require "ryx.compat"
local cte = require "ryx.query.clause.cte"
local errors = require "ryx.errors"
local explain = require "ryx.query.read.explain"
local fetch = require "ryx.query.read.fetch"
local stream = require "ryx.query.read.stream"
local get_or_create = require "ryx.query.write.get_or_create"
local ordering = require "ryx.query.resolve.order"
local page = require "ryx.query.read.page"
local path = require "ryx.query.resolve.path"
local queryset = require "ryx.query.clause.queryset"
local chain_node = require "ryx.query.clause.node"
local step = require "ryx.query.clause.step"
local join = require "ryx.query.clause.join"
local tree = require "ryx.query.clause.tree"
local unique = require "ryx.meta.unique"
local upsert = require "ryx.query.write.upsert"
local aggregate = require "ryx.query.read.aggregate"
local update_delete = require "ryx.query.write.update_delete"
local value = require "ryx.value"

local QuerySet = queryset.QuerySet
local new, copy, refuse_slice = queryset.new, queryset.copy, queryset.refuse_slice

local EMPTY = {}

--- Every row, as an array.  -> SELECT ...
function QuerySet:all()
  return fetch.all(self)
end

--- The one object; DoesNotExist or MultipleObjectsReturned otherwise.  Post.objects:get{ id = 1 }
function QuerySet:get(first, ...)
  local node = self.node
  if node.n == 0 and type(first) == "table" and getmetatable(first) == nil and select("#", ...) == 0
    and not node.is_none and not self.limit_value and not self.offset_value then
    local name, v = next(first)
    local edges = name ~= nil and next(first, name) == nil and node[value.class_of(v)]
    local child = edges and edges[name]
    if child and child.n == 1 and not child.binder and not self.loads then return fetch.get_by(self, child, v) end
  end
  if first == nil and select("#", ...) == 0 then return fetch.get(self) end
  return fetch.get(self:filter(first, ...))
end

local function step_total(node)
  return step.make(node, function(b) b.order, b.reversed = ordering.total(b), nil end)
end

-- A queryset whose rows have an order: by key when nothing is said.
local function ordered(qs)
  return copy(qs, chain_node.follow(qs.node, "flags", "total", step_total))
end

--- The first row in order (by key when nothing else is said), or nil.
function QuerySet:first()
  local qs = ordered(self)
  if not qs.limit_value or qs.limit_value > 1 then qs = qs:limit(1) end
  return fetch.first(qs)
end

--- The last row in order, or nil.
function QuerySet:last()
  local qs = ordered(self)
  if qs.limit_value or qs.offset_value then
    local rows = fetch.all(qs)
    return rows[#rows]
  end
  return fetch.first(qs:reverse():limit(1))
end

--- The number of rows; limit, offset and distinct count.
function QuerySet:count()
  return fetch.count(self)
end

--- Is there any row?
function QuerySet:exists()
  return fetch.exists(self)
end

--- The SQL text of all() and what its placeholders stand for, in order.
--- qs:filter{ title__icontains = "50%" }:sql()  -> WHERE ... LIKE $1 ESCAPE '!', { "%50!%%" }
function QuerySet:sql()
  return fetch.sql(self)
end

--- How the database finds the rows: text. explain{ analyze = true } runs the query.
function QuerySet:explain(options)
  return explain.explain(self, options)
end

--- Sets fields of every row of the queryset; returns how many, or the rows.
--- qs:update{ views = F"views" + 1 }, qs:update({ views = 0 }, { returning = { "id" } })  -> UPDATE ... SET
function QuerySet:update(values, options)
  return update_delete.update(self, values, options)
end

function QuerySet:update_all(values, options)
  return update_delete.update(self, values, options, true)
end

--- Deletes the rows of the queryset; returns how many, or the rows.
--- qs:delete(), qs:delete{ returning = true }  -> DELETE
function QuerySet:delete(options)
  return update_delete.delete(self, options)
end

function QuerySet:delete_all(options)
  return update_delete.delete(self, options, true)
end

--- Makes and saves an instance.  Post.objects:create{ title = "Hello" }  -> INSERT
function QuerySet:create(values)
  local meta = self.node.meta
  local object = meta.construct(values or EMPTY)
  meta.save(object, fetch.alias(self), self.tx)
  return object
end

--- Inserts many instances at once and sets their keys; returns the list. With
--- ignore_conflicts rows that are there stay, with update_conflicts they are updated.
--- Post.objects:bulk_create(list, { update_conflicts = true, unique_fields = { "slug" }, update_fields = { "title" } })
function QuerySet:bulk_create(list, options)
  refuse_slice(self, "bulk_create")
  return bulk_create.create(self, list, options or EMPTY)
end

--- Writes fields of many saved instances, each its own values; returns the rows matched.
--- Post.objects:bulk_update(list, { "views", "title" })  -> UPDATE, one statement for a batch
function QuerySet:bulk_update(list, names, options)
  refuse_slice(self, "bulk_update")
  return bulk_update.update(self, list, names, options or EMPTY)
end

--- Inserts a row, or updates the one with the same unique_fields: object, created.
--- Page.objects:upsert({ slug = "a", hits = 1 }, { unique_fields = { "slug" },
---   update_fields = { hits = F"hits" + ryx.New"hits" } })  -> INSERT ... ON CONFLICT ... DO UPDATE
function QuerySet:upsert(values, options)
  refuse_slice(self, "upsert")
  return upsert.upsert(self, values or EMPTY, options or EMPTY)
end

--- The object that a lookup finds, else a new one with the defaults too: object, created.
--- Tag.objects:get_or_create{ name = "lua", defaults = { color = "blue" } }
function QuerySet:get_or_create(values)
  refuse_slice(self, "get_or_create")
  return get_or_create.get_or_create(self, values)
end

--- The same, and one that is found is changed to the defaults: object, created.
--- Page.objects:update_or_create{ slug = "a", defaults = { hits = F"hits" + 1 }, create_defaults = { hits = 1 } }
function QuerySet:update_or_create(values)
  refuse_slice(self, "update_or_create")
  return get_or_create.update_or_create(self, values)
end

--- Objects by key.  qs:in_bulk({ 1, 2 })[1].title
function QuerySet:in_bulk(list, options)
  options = options or EMPTY
  errors.check_options(options, { field_name = true }, "in_bulk")
  local meta, name = self.node.meta, options.field_name or "pk"
  local field = path.field(meta, name)
  if not unique.is_key(meta, { field }) then
    errors.raise("misuse", "in_bulk: %s.%s is not unique, so its values name no single object", meta.model_name, name)
  end
  if value.class_of(list) == "queryset" or type(list) ~= "table" or list[1] == nil and next(list) ~= nil then
    errors.raise("misuse", "in_bulk takes a list of values, not %s", compat.show(list))
  end
  local out = {}
  for _, object in ipairs(self:filter(name .. "__in", list):all()) do
    out[compat.keyof(object[field.attname])] = object
  end
  return out
end

--- Streams rows with flat memory.  for post in qs:iter{ chunk = 500 } do ... end
function QuerySet:iter(options)
  return stream.iter(self, options or EMPTY)
end

--- Calls fn for each row until it returns false; always closes its stream.
function QuerySet:each(fn, options)
  return stream.each(self, fn, options or EMPTY)
end

QuerySet.paginate, QuerySet.earliest, QuerySet.latest = page.paginate, page.earliest, page.latest
QuerySet.with = cte.with
QuerySet.descendants, QuerySet.ancestors = tree.descendants, tree.ancestors
QuerySet.join, QuerySet.for_update = join.join, join.for_update
for _, methods in ipairs{ chain, combine, aggregate } do
  for name, method in pairs(methods) do QuerySet[name] = method end
end

local M = { QuerySet = QuerySet, ordered = ordered }

--- The queryset of all rows of a model.
function M.new(meta)
  return new(chain_node.root(meta), EMPTY)
end

return M
