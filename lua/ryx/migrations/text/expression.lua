-- SPDX-License-Identifier: MIT
-- The expression of an index as SQL text: what a query writes for it, so that the database
-- finds the index for such a query.
local builder = require "ryx.query.select.builder"
local encode = require "ryx.query.ir.encode"
local errors = require "ryx.errors"
local resolve = require "ryx.query.resolve"
local run = require "ryx.db.run"

local NAME = "ryx_value"

--- The text of an expression over a model's own columns; `what` names it in errors.
return function(ctx, meta, e, what)
  local b = builder.new(meta)
  local resolver = resolve.new(b, 0)
  local node = resolver:resolve(e.term)
  if resolver.n > 0 then
    errors.raise("unsupported", "%s: an expression of an index holds no values; write them into ryx.Raw", what)
  end
  if #b.sources > 1 then
    errors.raise("misuse", "%s: an expression of an index reaches the model's own columns only", what)
  end
  local query = { sources = { b.root }, outputs = { { expr = node, name = NAME } } }
  local sql = run.sql(run.plan(ctx.alias, encode.select(query), "select", meta))
  local alias = meta.schema and " AS " .. ctx.quote(meta.table_name) or ""
  local of = ctx.name_of{ name = meta.table_name, schema = meta.schema }
  local from = (" AS %s FROM %s%s"):format(ctx.quote(NAME), of, alias)
  return sql:sub(#"SELECT " + 1, -#from - 1)
end
