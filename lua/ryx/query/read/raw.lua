-- SPDX-License-Identifier: MIT
-- Post.objects:raw(sql, params): instances from SQL of the user's own. Columns of the model
-- are its fields, others are attributes like annotations, and those that the SQL leaves
-- out are loaded when they are first touched.
local custom = require "ryx.row.custom"
local errors = require "ryx.errors"
local key = require "ryx.meta.key"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local raw_sql = require "ryx.db.raw"
local run = require "ryx.db.run"
local tracked = require "ryx.row.tracked"

local M = { methods = {} }

--- What Model.objects:raw gives.
---@class ryx.RawQuerySet
local RawQuerySet = { _class = "raw queryset" }
RawQuerySet.__index = RawQuerySet
RawQuerySet.__tostring = function(r) return ("<RawQuerySet %s: %s>"):format(r.qs.node.meta.model_name, r.sql) end

-- Columns by name: the attribute and the type of each.
local function columns_of(meta)
  local columns = {}
  for _, field in ipairs(meta.fields) do
    field:settle()
    local type = field.type == "array" and field.elem .. "[]" or field.type
    columns[field.column] = { field.attname, type }
  end
  return columns
end

-- The model's attributes that no column gave.
local function missing(meta, seen)
  local names = {}
  for _, field in ipairs(meta.fields) do
    if not seen[field.attname] then names[field.attname] = true end
  end
  return next(names) and names or nil
end

-- What the columns that were read hold, where saves compare with it.
local function keep_tracked(meta, list, seen)
  local fields = {}
  for _, field in ipairs(meta.fields) do
    if seen[field.attname] then fields[#fields + 1] = field end
  end
  for i = 1, #list do tracked.keep(list[i], fields) end
end

--- Every row as an instance.  Post.objects:raw("SELECT * FROM posts WHERE views > ?", { 5 }):all()
---@return ryx.Model[]
function RawQuerySet:all()
  local qs, meta = self.qs, self.qs.node.meta
  local alias = plans.read_alias(qs)
  local record, seen = { alias = alias }, {}
  local list = run.fetch_sql(alias, qs.tx or run.current_tx(alias), self.sql, self.params, {
    columns = columns_of(meta), meta = meta.instance_meta, record = record, seen = seen,
  })
  for _, f in ipairs(meta.key_fields) do
    if not seen[f.attname] then
      errors.raise("misuse", "%s: raw: the rows have no column %q, the key that makes them objects",
        meta.model_name, f.column)
    end
  end
  record.deferred = missing(meta, seen)
  for i = 1, meta.custom_fields and #list or 0 do custom.object(meta.custom_fields, list[i]) end
  if meta.track_changes then keep_tracked(meta, list, seen) end
  key.keep_all(meta, list)
  if qs.loads then
    qs.loads:load(list, { rows_kind = "model", meta = meta }, { alias = plans.loads_on(qs, alias), tx = qs.tx })
  end
  return list
end

--- The first row, or nil; the SQL says which that is, and should say LIMIT 1.
--- local newest = Post.objects:raw("SELECT * FROM posts ORDER BY id DESC LIMIT 1"):first()
---@return ryx.Model?
function RawQuerySet:first()
  return self:all()[1]
end

--- A loop over all rows.  for post in Post.objects:raw("SELECT * FROM posts"):iter() do ... end
---@return fun(): ryx.Model?
function RawQuerySet:iter()
  local list, i = self:all(), 0
  return function()
    i = i + 1
    return list[i]
  end
end

local function with(self, qs)
  return setmetatable({ qs = qs, sql = self.sql, params = self.params }, RawQuerySet)
end

--- Loads what relations lead to for all rows at once, as a QuerySet does.
--- Post.objects:raw("SELECT * FROM posts"):prefetch_related("author", "tags"):all()
---@param ... string|ryx.Prefetch
---@return ryx.RawQuerySet
function RawQuerySet:prefetch_related(...)
  return with(self, self.qs:prefetch_related(...))
end

--- The same on another database, or in a transaction.
--- Post.objects:raw("SELECT * FROM posts"):using("replica"):all()
---@param alias string|ryx.Transaction
---@return ryx.RawQuerySet
function RawQuerySet:using(alias)
  return with(self, self.qs:using(alias))
end

--- Instances from SQL of your own, which must select the key: all(), first(), iter(),
--- prefetch_related, using. Nothing can be filtered afterwards: the SQL says it.
--- Post.objects:raw("SELECT p.*, length(title) AS size FROM posts p WHERE views > ?", { 5 }):all()[1].size
---@param sql string
---@param params? any[] one for each ?
---@return ryx.RawQuerySet
function M.methods:raw(sql, params)
  raw_sql.check(sql, params, "raw")
  local node = self.node
  if node.parent or self.limit_value or self.offset_value then
    errors.raise("misuse", "%s: raw takes the place of a query, so nothing stands before it: say it in the SQL",
      node.meta.model_name)
  end
  node.meta:settle()
  return setmetatable({ qs = queryset.copy(self, node), sql = sql, params = params }, RawQuerySet)
end

return M
