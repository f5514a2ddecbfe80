-- SPDX-License-Identifier: MIT
-- The functions, aggregates and window functions users call: one table, which the
-- constructors and docs/reference/functions.md are made of. A row:
--
--   name       as in ryx.Lower
--   kind       "function", "aggregate" or "window"; family: the page's section
--   args       what each argument is: "expr" (a text is a path, another plain value
--              a value), "value" (a text is a value), "fields" (a path or a list of
--              them), "const" (a text or number that is part of the SQL and arrives
--              as it is), "share" (of those a number from 0 to 1). A "?" at the end:
--              may be missing. "..." repeats the last one, "...2" the last two
--   options    names of its own options, plain values
--   distinct   false: an aggregate without DISTINCT
--   window     false: an aggregate that is not for windows
--   is_condition  what it makes is a Q
--   needs_order  a window must have an order
--   doc, types, example, sql   for the page; sql is PostgreSQL's
--   resolve    function(args, options, fail) -> expression (query/ir); args are
--              resolved, fail(fmt, ...) raises an error that begins with the name
--
-- Pure.
local aggregate = require "ryx.query.fn.aggregate"
local convert = require "ryx.query.fn.convert"
local number = require "ryx.query.fn.number"
local operators = require "ryx.query.fn.operators"
local search = require "ryx.query.fn.search"
local text = require "ryx.query.fn.text"
local time = require "ryx.query.fn.time"

local M = {
  rows = {},              -- in the order of the page
  row = {},               -- by name
  operator = operators,   -- operator["+"](a, b, fail); operator.neg(a, fail)
  part = time.part,       -- part.year: { types = { date = true, ... }, resolve(node, fail) }
  transform = {},         -- the same, of texts and numbers: created__year, name__lower
}

local function add(family, kind, rows)
  for _, row in ipairs(rows) do
    row.kind, row.family = kind, family
    M.rows[#M.rows + 1] = row
    M.row[row.name] = row
  end
end

add("Choosing and converting", "function", convert)
add("Texts", "function", text)
add("Search", "function", search.rows)
add("Numbers", "function", number)
add("Dates and times", "function", time.rows)
add("Aggregates", "aggregate", aggregate.aggregates)
add("Window functions", "window", aggregate.windows)

-- A function of one argument as a transform of paths.
local function transform(name, row, types)
  M.transform[name] = {
    types = types,
    resolve = function(node, fail) return M.row[row].resolve({ node }, nil, fail) end,
  }
end

local TEXT, NUMBER = { text = true }, { int = true, double = true, decimal = true }
for _, name in ipairs{ "Lower", "Upper", "Length", "Trim" } do transform(name:lower(), name, TEXT) end
for _, name in ipairs{ "Abs", "Sign", "Floor", "Ceil" } do transform(name:lower(), name, NUMBER) end

--- The parts and transforms that a path may name after a value of a type.
function M.transforms_of(type)
  local names = {}
  for _, rows in ipairs{ M.part, M.transform } do
    for name, row in pairs(rows) do
      if row.types[type] then names[#names + 1] = name end
    end
  end
  return names
end

return M
