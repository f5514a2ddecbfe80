-- SPDX-License-Identifier: MIT
-- filter{ title__search = "red fox" }: the field holds all words, whatever their order.
local bind = require "ryx.query.lookup.bind"
local catalog = require "ryx.query.lookup.catalog"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local search = require "ryx.query.fn.search"

local M = {}

--- The condition of `search` on a column of text.
function M.condition(resolver, left, row, class, path)
  if class == "expr" then
    errors.raise("misuse", "%s: %s takes a text, not an expression", bind.label(left, path), row.name)
  end
  if class ~= "string" then catalog.refuse(left, row.name, bind.LISTS[class] and "table" or class, path) end
  local words = resolver:param(left)
  resolver:bind(bind.as_is)
  return ir.truth(search.node("match", { left }, words, path))
end

return M
