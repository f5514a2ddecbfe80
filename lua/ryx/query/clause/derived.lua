-- SPDX-License-Identifier: MIT
-- qs:with(cte), qs:join(queryset): the rows of one queryset beside those of another, what
-- they hold, and their columns by name.
local compat = require "ryx.compat"
local ir = require "ryx.query.ir"
local outputs_of = require "ryx.query.select.outputs"
local queries = require "ryx.query.resolve.query"

local M = {}

-- What rows hold: names, and expressions that say of which type.
local function columns_of(outputs, names)
  local columns = {}
  for i, output in ipairs(outputs) do
    local field, column = output.expr.field, { name = output.name, expr = output.expr }
    columns[names[i]] = column
    if field and field.relation and field.attname == names[i] then columns[field.name] = column end
  end
  return columns
end

local function name_outputs(b, query, names)
  for i, output in ipairs(query.outputs) do
    output.name = not b.select and output.expr.op == "column" and output.name == "" and output.expr.column
      or output.name ~= "" and output.name or names[i]
  end
end

--- The query of a builder as a table, and what its rows hold: { query, names, outputs,
--- columns, select, is_model }.
function M.rows(b, limit, offset)
  local names = outputs_of.names(b)
  local query = queries.part(b, limit, offset)
  name_outputs(b, query, names)
  local outputs = { compat.unpack(query.outputs) }
  return {
    query = query, names = names, outputs = outputs, columns = columns_of(outputs, names), select = b.select,
    is_model = not b.select,
  }
end

--- Such rows as a joined source, for builder.joined.
function M.joined(source, rows)
  return {
    source = source,
    column = function(name)
      local column = rows.columns[name]
      return column and ir.derived(source, column.name, column.expr)
    end,
    names = function() return compat.sorted_keys(rows.columns) end,
  }
end

return M
