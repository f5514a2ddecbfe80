-- SPDX-License-Identifier: MIT
-- One statement runs on one alias: what stands inside a query and says using must say that of the query.
local errors = require "ryx.errors"

local M = {}

local function refuse(b, inside, around)
  errors.raise("misuse", "%s: a queryset inside this query is of the database %q, and %s of %q: one statement runs on "
    .. "one database; say the same for both by using, or fetch those rows first", b.meta.model_name, inside,
    b.alias and "the query around it" or "another one", around)
end

--- Says for which alias a builder is planned: the builder.
function M.plan(b, alias)
  b.alias = alias.name
  if b.named and b.named ~= b.alias then refuse(b, b.named, b.alias) end
  return b
end

--- Says that a queryset of a builder names an alias by using.
function M.name(b, name)
  while b.part_of do b = b.part_of end
  local known = b.alias or b.named
  if known and known ~= name then refuse(b, name, known) end
  b.named = name
end

return M
